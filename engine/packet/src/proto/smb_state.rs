//! What a connection's requests, sessions, trees and open files are known by: what both versions of SMB share.
//!
//! Caps, for each connection: 1,024 open requests in 256 KiB, 1,024 open files in 512 KiB, 1,024 trees in 128 KiB, 256
//! sessions in 64 KiB. The oldest goes first and is told of as far as it is known.

use std::collections::VecDeque;
use std::sync::Arc;

use super::ntlm::Exchange;
use super::smb_names as names;
use super::smb_pipe::PipeParser;
pub use super::smb_request::{Choice, Detail, Listing, Negotiation, Request, Setup};
use super::smb_slots::Slots;
use super::smb_transfer::Transfer;
use super::{Direction, Pair};

/// Longest name of a file, share or host that is kept, in bytes.
pub const MAX_NAME: usize = 1_024;

/// A command of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// MS-CIFS.
    One(u8),
    /// MS-SMB2.
    Two(u16),
}

impl Command {
    /// EVE's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One(command) => names::command1(command),
            Self::Two(command) => names::command2(command),
        }
    }
}

/// How a server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// NT status.
    Nt(u32),
    /// Class and code of a DOS error.
    Dos(u8, u16),
}

impl Status {
    /// Whether the command did what it should, warnings included.
    #[must_use]
    pub fn is_success(self) -> bool {
        match self {
            Self::Nt(status) => status >> 30 != 3,
            Self::Dos(class, _) => class == 0,
        }
    }

    /// Whether it did it without a warning.
    #[must_use]
    pub fn is_plain_success(self) -> bool {
        matches!(self, Self::Nt(0) | Self::Dos(0, _))
    }
}

/// Of which kind a share or an open file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Its tree connection was not seen.
    #[default]
    Unknown,
    /// Files.
    Disk,
    /// Named pipes.
    Pipe,
    /// A printer.
    Print,
}

impl Kind {
    /// EVE's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Disk => "FILE",
            Self::Pipe => "PIPE",
            Self::Print => "PRINT",
        }
    }
}

/// A tree connection.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// `\\server\share`.
    pub share: Arc<[u8]>,
    /// What it holds.
    pub kind: Kind,
}

/// A session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Log-in under way.
    pub exchange: Exchange,
    /// Who logged in.
    pub user: Arc<[u8]>,
    /// In which domain.
    pub domain: Arc<[u8]>,
}

/// How an open file is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenKey {
    /// By the request that opens it, which is not answered yet.
    Pending(u64),
    /// By session and file id (version 2), or by 0 and FID (version 1).
    Known(u64, [u8; 16]),
}

impl OpenKey {
    /// A FID of version 1.
    #[must_use]
    pub fn fid(fid: u16) -> Self {
        let mut id = [0; 16];
        let [low, high] = fid.to_le_bytes();
        let [first, second, ..] = &mut id;
        (*first, *second) = (low, high);
        Self::Known(0, id)
    }
}

/// What is known of a file besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct FileFacts {
    /// Path in the share, as sent.
    pub path: Vec<u8>,
    /// Whether the path was longer than what is kept.
    pub is_path_cut: bool,
    /// Share.
    pub tree: Tree,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// End of the file when it was opened.
    pub size: Option<u64>,
    /// Creation, last access, last write, change (100 ns since 1601); 0 is unknown.
    pub times: [u64; 4],
    /// File id.
    pub id: Option<[u8; 16]>,
    /// Whether it was opened to be deleted when closed.
    pub deletes: bool,
    /// Tree id.
    pub tree_id: u32,
    /// Session id.
    pub session: u64,
}

/// An open file, directory or pipe.
#[derive(Default)]
pub struct Open {
    /// What is known of it.
    pub facts: Arc<FileFacts>,
    /// Bytes to the server and from it.
    pub transfers: Pair<Option<Box<Transfer>>>,
    /// First answer to a write and to a read that was no success, else the last one.
    pub states: Pair<Option<Status>>,
    /// What is spoken through it.
    pub pipe: Option<Box<dyn PipeParser>>,
    /// Whether that was asked already.
    pub is_pipe_known: bool,
    /// Command of the client that carried the last bytes, and the answer to it.
    pub last: Option<(Command, Option<Status>)>,
}

impl Open {
    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let transfers = self.transfers.iter().flatten().map(|one| one.held());
        self.facts.path.len()
            + size_of::<FileFacts>()
            + transfers.sum::<usize>()
            + self.pipe.as_ref().map_or(0, |pipe| pipe.held())
    }

    /// Remembers the answer to a read or a write.
    pub fn answered(&mut self, direction: Direction, status: Status) {
        let state = self.states.of_mut(direction);
        if state.is_none_or(Status::is_success) {
            *state = Some(status);
        }
    }
}

/// The state of one connection.
pub struct State {
    /// Requests by version and message id.
    pub requests: Slots<(u8, u64), Request>,
    /// Open files.
    pub opens: Slots<OpenKey, Open>,
    /// Trees by session and id.
    pub trees: Slots<(u64, u32), Tree>,
    /// Sessions.
    pub sessions: Slots<u64, Session>,
    /// Files opened lately, by the request that did.
    pub aliases: VecDeque<(u64, OpenKey)>,
    /// Dialect agreed on.
    pub dialect: String,
    /// Called and calling name of a session request.
    pub netbios: Option<[Vec<u8>; 2]>,
    /// Sealed messages.
    pub encrypted: u64,
    /// Packed messages.
    pub compressed: u64,
    /// Bytes in both.
    pub opaque_bytes: u64,
    /// When the first of them passed, µs.
    pub opaque_us: u64,
    /// Key of a negotiation of version 1 that may be answered by version 2.
    pub negotiation: Option<u64>,
    /// Whether a negotiation was answered.
    pub is_negotiated: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            requests: Slots::new(1_024, 256 << 10),
            opens: Slots::new(1_024, 512 << 10),
            trees: Slots::new(1_024, 128 << 10),
            sessions: Slots::new(256, 64 << 10),
            aliases: VecDeque::new(),
            dialect: "unknown".to_owned(),
            netbios: None,
            encrypted: 0,
            compressed: 0,
            opaque_bytes: 0,
            opaque_us: 0,
            negotiation: None,
            is_negotiated: false,
        }
    }
}

impl State {
    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        self.requests.held() + self.opens.held() + self.trees.held() + self.sessions.held()
    }

    /// Whether the protocol that is spoken through an open pipe is known.
    #[must_use]
    pub fn has_parser(&self, key: &OpenKey) -> bool {
        self.opens.get(key).is_some_and(|open| open.pipe.is_some())
    }

    /// The tree of a session.
    #[must_use]
    pub fn tree(&self, session: u64, tree: u32) -> Tree {
        self.trees
            .get(&(session, tree))
            .cloned()
            .unwrap_or_default()
    }

    /// What is known of an open file.
    #[must_use]
    pub fn facts(&self, key: &OpenKey) -> Arc<FileFacts> {
        self.opens
            .get(key)
            .map(|open| open.facts.clone())
            .unwrap_or_default()
    }
}

/// A name that is kept.
#[must_use]
pub fn cut(name: &[u8]) -> Vec<u8> {
    name.get(..MAX_NAME).unwrap_or(name).to_vec()
}
