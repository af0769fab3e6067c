//! Messages of SMB 2 and 3 (MS-SMB2, section 2.2.1): the header, and which bytes of a message must be whole.

use super::smb_state::{Command, OpenKey, State, Status};
use super::{Context, smb::Payload, smb2_request, smb2_response};
use crate::bytes::{le16, le32, le64};

/// Length of the header.
pub const HEADER: usize = 64;
/// The message is an answer.
const RESPONSE: u32 = 1;
/// The answer is not for now.
const ASYNC: u32 = 2;
/// The request is about the file of the one before it.
const RELATED: u32 = 4;

/// The header of a message.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Size of the header as it says, 64.
    pub size: u16,
    /// NT status, in answers.
    pub status: u32,
    /// Command.
    pub command: u16,
    /// Flags.
    pub flags: u32,
    /// Where the next message of the packet begins, from this header; 0 in the last.
    pub next: u32,
    /// Message id.
    pub message: u64,
    /// Tree; 0 where an asynchronous id stands instead.
    pub tree: u32,
    /// Session.
    pub session: u64,
}

impl Header {
    /// Reads a header.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEADER)?;
        let flags = le32(bytes, 16)?;
        Some(Self {
            size: le16(bytes, 4)?,
            status: le32(bytes, 8)?,
            command: le16(bytes, 12)?,
            flags,
            next: le32(bytes, 20)?,
            message: le64(bytes, 24)?,
            tree: if flags & ASYNC == 0 {
                le32(bytes, 36)?
            } else {
                0
            },
            session: le64(bytes, 40)?,
        })
    }

    /// Whether it is an answer.
    #[must_use]
    pub fn is_response(&self) -> bool {
        self.flags & RESPONSE != 0
    }

    /// Whether the answer is only that there will be one.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.flags & ASYNC != 0 && self.status == 0x103
    }

    /// Whether it goes on with the file of the message before it.
    #[must_use]
    pub fn is_related(&self) -> bool {
        self.flags & RELATED != 0
    }

    /// Command as both versions have it.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::Two(self.command)
    }

    /// Status as both versions have it.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::Nt(self.status)
    }
}

/// What messages of one packet hand on to each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain {
    /// Session and tree of the message before.
    pub place: (u64, u32),
    /// File of the message before.
    pub key: Option<OpenKey>,
}

/// How many bytes of a message are read at once; those of reads and writes are not waited for.
#[must_use]
pub fn need(header: &Header) -> usize {
    match (header.command, header.is_response()) {
        (8, true) => HEADER + 16,
        (9, false) => HEADER + 48,
        _ => usize::MAX,
    }
}

/// Reads a message; what it says about bytes that follow. `None` when it breaks its format.
#[expect(
    clippy::option_option,
    reason = "malformed, and nothing follows, are two things"
)]
pub fn message(
    context: &mut Context<'_>,
    state: &mut State,
    chain: &mut Chain,
    header: &Header,
    bytes: &[u8],
) -> Option<Option<Payload>> {
    if header.size != 64 || header.command > 18 {
        return None;
    }
    if header.is_response() {
        smb2_response::read(context, state, header, bytes)
    } else {
        smb2_request::read(context, state, chain, header, bytes)
    }
}

/// The file id at `at`, of a session.
#[must_use]
pub fn file_id(bytes: &[u8], at: usize) -> Option<[u8; 16]> {
    bytes.get(at..)?.first_chunk::<16>().copied()
}

/// Bytes whose place from the header and length a message tells.
#[must_use]
pub fn slice(bytes: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    if length == 0 {
        return Some(b"");
    }
    bytes.get(offset..offset.checked_add(length)?)
}

/// A length of four bytes.
#[must_use]
pub fn length32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(le32(bytes, at)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_tells_request_answer_and_pending() {
        let mut bytes = [0_u8; HEADER];
        bytes[..6].copy_from_slice(b"\xfeSMB\x40\0");
        bytes[12] = 5;
        bytes[24] = 9;
        bytes[36] = 7;
        let header = Header::read(&bytes).expect("it is whole");
        assert!(!header.is_response() && !header.is_related());
        assert_eq!((header.command, header.message, header.tree), (5, 9, 7));
        bytes[16] = 3;
        bytes[8..10].copy_from_slice(&[3, 1]);
        let header = Header::read(&bytes).expect("it is whole");
        assert!(header.is_pending());
        assert_eq!(header.tree, 0);
        assert!(Header::read(&bytes[..63]).is_none());
    }
}
