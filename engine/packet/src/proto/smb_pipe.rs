//! Named pipes over SMB: how their bytes reach the protocol that is spoken through them.
//!
//! A pipe's bytes travel in WRITE requests (client to server), READ responses (server to client), both ways in
//! `FSCTL_PIPE_TRANSCEIVE` and in the `TransactNmPipe` of SMB 1. Every open pipe owns at most one [`PipeParser`], which
//! gets the bytes of each direction in order, one call for each operation or for each part of one as it arrives:
//! fragments of DCERPC may be split over operations and joined in one. It is made by [`parser_for`] when the first byte
//! comes, gets `gap` when bytes are missing (it may give up: return false), and `end` when the pipe is closed, evicted or
//! the flow ends. What it needs of SMB for its own events is the [`Carrier`].

use super::smb_event;
use super::smb_state::Status;
use super::{Context, Direction};
use crate::emit::line::Line;

/// What SMB knows of the operation that carries bytes.
#[derive(Clone, Copy, Debug)]
pub struct Carrier<'a> {
    /// Name of the pipe as opened, without the leading backslash: `atsvc`.
    pub pipe: &'a [u8],
    /// Share it lies in, `\\server\IPC$`, when its connection was seen.
    pub share: &'a [u8],
    /// EVE's name of the command that sent the client's last bytes.
    pub command: &'static str,
    /// Status of the response to it, when it came.
    pub status: Option<Status>,
    /// Dialect, `unknown` when not negotiated here.
    pub dialect: &'a str,
    /// Session.
    pub session: u64,
    /// Tree.
    pub tree: u32,
    /// Domain and name of the session's user, where it was seen to log in.
    pub user: (&'a [u8], &'a [u8]),
}

impl Carrier<'_> {
    /// Writes the members of the object `smb` that an event of a pipe's protocol repeats.
    pub fn describe(&self, line: &mut Line<'_>) {
        let mark = line.open("smb");
        line.word("command", self.command);
        if let Some(status) = self.status {
            smb_event::write_status(line, status);
        }
        smb_event::write_place(line, self.dialect, self.session, self.tree);
        line.text_within("share", self.share, 512);
        line.close(mark);
    }
}

/// What is spoken through one open pipe.
pub trait PipeParser: Send {
    /// The next bytes of one end.
    fn data(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        carrier: &Carrier<'_>,
        bytes: &[u8],
    );

    /// `length` bytes of one end are lost. False gives the pipe up.
    fn gap(&mut self, context: &mut Context<'_>, direction: Direction, length: u64) -> bool;

    /// Nothing more will come.
    fn end(&mut self, context: &mut Context<'_>);

    /// Bytes on the heap, roughly.
    fn held(&self) -> usize;
}

/// The parser for what is spoken through a pipe, by its first bytes; `None` leaves the pipe's own events alone.
#[must_use]
pub fn parser_for(_direction: Direction, bytes: &[u8]) -> Option<Box<dyn PipeParser>> {
    is_dcerpc(bytes).then(super::dcerpc::make_pipe)
}

/// Whether bytes look like DCERPC (MS-RPCE, section 2.2.2.1; C706, section 12.6.3.1): what is opened in a tree whose
/// connection was not seen is a pipe then.
#[must_use]
pub fn is_dcerpc(bytes: &[u8]) -> bool {
    // Version 5.0, a kind of packet, flags, a data representation, and a length of the fragment that holds the header.
    matches!(bytes, [5, 0, 0..=19, _, 0x10 | 0x00, 0, 0, 0, ..])
        && crate::bytes::le16(bytes, 8).is_some_and(|length| length >= 16)
}
