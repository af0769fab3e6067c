//! What is kept of a request until it is answered, and completed by the answer.

use std::sync::Arc;

use super::ntlm::Exchange;
use super::smb_state::{Command, FileFacts, OpenKey, Tree};

/// What both ends agree on at the beginning.
#[derive(Clone, Debug, Default)]
pub struct Negotiation {
    /// Dialects that the client knows.
    pub dialects: Vec<Vec<u8>>,
    /// Client's GUID.
    pub client_guid: Option<[u8; 16]>,
    /// Server's GUID.
    pub server_guid: Option<[u8; 16]>,
    /// Name of the server as the client knows it.
    pub server_name: Vec<u8>,
    /// Capabilities of client and server.
    pub capabilities: [Option<u32>; 2],
    /// Security mode of client and server: 1 signing enabled, 2 required.
    pub signing: [Option<u16>; 2],
    /// Most bytes of a read, a write and another transaction.
    pub sizes: Option<[u32; 3]>,
    /// Cipher chosen.
    pub cipher: &'static str,
    /// Domain that a server of version 1 names.
    pub domain: Vec<u8>,
}

/// A log-in step.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// NTLM messages so far.
    pub exchange: Exchange,
    /// Kerberos messages.
    pub kerberos: super::kerberos_event::Exchange,
    /// How it proves who it is: `kerberos`, `ntlm`, `plain`.
    pub method: &'static str,
    /// Account of a log-in of version 1 without NTLMSSP.
    pub account: Vec<u8>,
    /// Its domain.
    pub domain: Vec<u8>,
    /// System, software and domain of the client's machine.
    pub client: [Vec<u8>; 3],
    /// System, software and domain of the server.
    pub server: [Vec<u8>; 3],
    /// Session flags of the answer: 1 guest, 2 nobody, 4 encrypted.
    pub flags: u16,
}

/// How a file is opened.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What to do when it exists.
    pub disposition: Option<u32>,
    /// Rights wanted.
    pub access: u32,
    /// Options.
    pub options: u32,
    /// What was done.
    pub action: Option<u32>,
}

/// What a directory holds.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Class of information asked for.
    pub class: u8,
    /// Pattern that names must fit.
    pub pattern: Vec<u8>,
    /// The first names.
    pub names: Vec<Vec<u8>>,
    /// How many there were.
    pub total: u64,
}

/// What a request is about; the answer completes it.
#[derive(Debug, Default)]
pub enum Detail {
    /// Nothing more than its command.
    #[default]
    Plain,
    /// Dialects.
    Negotiate(Box<Negotiation>),
    /// A log-in.
    Setup(Box<Setup>),
    /// A tree: share, and the service of version 1 both ways.
    Tree(Tree, [Vec<u8>; 2]),
    /// Opening a file.
    Create(Arc<FileFacts>, Box<Choice>),
    /// Something with an open file.
    File(OpenKey, Arc<FileFacts>),
    /// Reading at an offset.
    Read(OpenKey, u64),
    /// Writing.
    Write(OpenKey),
    /// Listing a directory.
    Find(Arc<FileFacts>, Box<Listing>),
    /// A control code.
    Control(OpenKey, Arc<FileFacts>, u32),
    /// Both ways through a pipe whose own protocol tells of it.
    Transceive(OpenKey),
    /// Renaming.
    Rename(Option<OpenKey>, Arc<FileFacts>, Vec<u8>),
    /// Deleting.
    Delete(Arc<FileFacts>),
    /// Subcommand of a transaction of version 1, and the file it is about.
    Transaction(&'static str, Option<OpenKey>),
}

impl Detail {
    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        match self {
            Self::Plain
            | Self::Read(..)
            | Self::Write(..)
            | Self::Transceive(_)
            | Self::Transaction(..) => 0,
            Self::Negotiate(one) => {
                size_of::<Negotiation>()
                    + one.server_name.len()
                    + one
                        .dialects
                        .iter()
                        .map(|name| name.len() + size_of::<Vec<u8>>())
                        .sum::<usize>()
            }
            Self::Setup(one) => {
                let names = [&one.account, &one.domain]
                    .into_iter()
                    .chain(&one.client)
                    .chain(&one.server);
                size_of::<Setup>()
                    + one.exchange.held()
                    + one.kerberos.held()
                    + names.map(Vec::len).sum::<usize>()
            }
            Self::Tree(tree, services) => {
                tree.share.len() + services.iter().map(Vec::len).sum::<usize>()
            }
            // The path belongs to the open file.
            Self::File(..) => 16,
            Self::Control(_, facts, _) => 16 + facts.path.len(),
            Self::Create(facts, _) | Self::Delete(facts) => {
                facts.path.len() + size_of::<FileFacts>()
            }
            Self::Rename(_, facts, to) => facts.path.len() + to.len() + size_of::<FileFacts>(),
            Self::Find(_, listing) => listing.pattern.len() + size_of::<Listing>(),
        }
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Request {
    /// Command.
    pub command: Command,
    /// Number of the transaction.
    pub transaction: u64,
    /// When it was sent, µs.
    pub start_us: u64,
    /// Session.
    pub session: u64,
    /// Tree.
    pub tree: u32,
    /// What it is about.
    pub detail: Detail,
}
