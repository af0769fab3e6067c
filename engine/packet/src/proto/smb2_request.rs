//! Requests of SMB 2 and 3 (MS-SMB2, sections 2.2.3 to 2.2.39).

use std::sync::Arc;

use super::smb::Payload;
use super::smb_connection::Sink;
use super::smb_detail::is_delete_on_close;
use super::smb_names as names;
use super::smb_setup;
use super::smb_state::{
    Choice, Command, Detail, FileFacts, Listing, MAX_NAME, Negotiation, OpenKey, State, Tree, cut,
};
use super::smb2::{Chain, HEADER, Header, file_id, length32, slice};
use super::{Context, Direction};
use crate::bytes::{le16, le32, le64, utf16le};

/// Dialects that are looked at; there are seven.
const MAX_DIALECTS: usize = 32;
/// Contexts of a negotiation that are looked at.
const MAX_CONTEXTS: usize = 16;
/// `FSCTL_PIPE_WAIT`.
const PIPE_WAIT: u32 = 0x0011_0018;
/// `FSCTL_PIPE_TRANSCEIVE`.
pub const TRANSCEIVE: u32 = 0x0011_c017;

/// Reads a request: `None` when it breaks its format, else what follows it.
#[expect(
    clippy::option_option,
    reason = "malformed, and nothing follows, are two things"
)]
pub fn read(
    context: &mut Context<'_>,
    state: &mut State,
    chain: &mut Chain,
    header: &Header,
    bytes: &[u8],
) -> Option<Option<Payload>> {
    let (session, tree) = if header.is_related() {
        chain.place
    } else {
        (header.session, header.tree)
    };
    chain.place = (session, tree);
    let mut request = Request {
        context,
        state,
        header,
        bytes,
        body: bytes.get(HEADER..)?,
        previous: chain.key.filter(|_| header.is_related()),
        session,
        tree,
        key: None,
    };
    let detail = request.detail()?;
    chain.key = request.key.or(chain.key);
    let payload = match detail {
        Detail::Write(_) => Some(request.payload()?),
        _ => None,
    };
    let key = (2, header.message);
    state.begin(context, key, (header.command(), session, tree), detail);
    if let Some(payload) = &payload {
        state.begin_transfer(context, &payload.sink);
    }
    Some(payload)
}

struct Request<'a, 'b, 'c> {
    context: &'a mut Context<'c>,
    state: &'a mut State,
    header: &'b Header,
    bytes: &'b [u8],
    body: &'b [u8],
    previous: Option<OpenKey>,
    session: u64,
    tree: u32,
    key: Option<OpenKey>,
}

impl Request<'_, '_, '_> {
    fn detail(&mut self) -> Option<Detail> {
        let body = self.body;
        Some(match self.header.command {
            0 => Detail::Negotiate(Box::new(negotiation(self.bytes, body)?)),
            1 => self.setup()?,
            3 => {
                let share = self.text(4, 6)?;
                let tree = Tree {
                    share: cut(&share).into(),
                    ..Tree::default()
                };
                Detail::Tree(tree, [Vec::new(), Vec::new()])
            }
            4 => Detail::Tree(
                self.state.tree(self.session, self.tree),
                [Vec::new(), Vec::new()],
            ),
            5 => self.create()?,
            6 | 7 | 10 | 15 => self.file(8)?,
            16 => self.file(24)?,
            8 => Detail::Read(self.open_key(16)?, le64(body, 8)?),
            9 => Detail::Write(self.open_key(16)?),
            11 => self.control()?,
            14 => {
                let key = self.open_key(8)?;
                let listing = Listing {
                    class: *body.get(2)?,
                    pattern: cut(&self.text(24, 26)?),
                    ..Listing::default()
                };
                Detail::Find(self.state.facts(&key), Box::new(listing))
            }
            17 => self.change()?,
            _ => Detail::Plain,
        })
    }

    /// A text of which the body tells offset and length, each in two bytes.
    fn text(&self, offset: usize, length: usize) -> Option<Vec<u8>> {
        let offset = usize::from(le16(self.body, offset)?);
        let length = usize::from(le16(self.body, length)?);
        slice(self.bytes, offset, length).map(utf16le)
    }

    /// The file that the id at `at` names, or the one of the message before.
    fn open_key(&mut self, at: usize) -> Option<OpenKey> {
        let id = file_id(self.body, at)?;
        let key = match self.previous {
            Some(previous) if id == [0xff; 16] => self.state.resolve(previous),
            _ => OpenKey::Known(self.session, id),
        };
        self.key = Some(key);
        Some(key)
    }

    fn file(&mut self, at: usize) -> Option<Detail> {
        let key = self.open_key(at)?;
        Some(Detail::File(key, self.state.facts(&key)))
    }

    fn setup(&mut self) -> Option<Detail> {
        let offset = usize::from(le16(self.body, 12)?);
        let length = usize::from(le16(self.body, 14)?);
        let blob = slice(self.bytes, offset, length)?;
        let setup = smb_setup::request(self.context, self.state, self.session, blob);
        Some(Detail::Setup(Box::new(setup)))
    }

    fn create(&mut self) -> Option<Detail> {
        let body = self.body;
        let choice = Choice {
            access: le32(body, 24)?,
            disposition: Some(le32(body, 36)?),
            options: le32(body, 40)?,
            action: None,
        };
        let path = self.text(44, 46)?;
        let facts = Arc::new(FileFacts {
            is_path_cut: path.len() > MAX_NAME,
            path: cut(&path),
            tree: self.state.tree(self.session, self.tree),
            is_directory: choice.options & 1 != 0,
            deletes: is_delete_on_close(choice.options),
            tree_id: self.tree,
            session: self.session,
            ..FileFacts::default()
        });
        let key = OpenKey::Pending(self.header.message);
        self.key = Some(key);
        self.state.open(self.context, key, facts.clone());
        Some(Detail::Create(facts, Box::new(choice)))
    }

    fn control(&mut self) -> Option<Detail> {
        let function = le32(self.body, 4)?;
        let key = self.open_key(8)?;
        if function == TRANSCEIVE {
            let offset = length32(self.body, 24)?;
            let input = slice(self.bytes, offset, length32(self.body, 28)?)?;
            let sink = self.sink(key);
            self.state.begin_transfer(self.context, &sink);
            self.state.carry(self.context, &sink, 0, input);
            if self.state.has_parser(&key) {
                return Some(Detail::Transceive(key));
            }
        }
        if function == PIPE_WAIT {
            // The pipe has no handle yet, only a name (MS-FSCC, section 2.3.49).
            let input = self.bytes.get(length32(self.body, 24)?..)?;
            let name = slice(input, 14, length32(input, 8)?)?;
            let facts = FileFacts {
                path: cut(&utf16le(name)),
                tree: self.state.tree(self.session, self.tree),
                ..FileFacts::default()
            };
            return Some(Detail::Control(key, Arc::new(facts), function));
        }
        Some(Detail::Control(key, self.state.facts(&key), function))
    }

    /// `SET_INFO` (section 2.2.39): of its many uses a new name and a deletion matter.
    fn change(&mut self) -> Option<Detail> {
        let [kind, class] = *self.body.get(2..)?.first_chunk::<2>()?;
        let length = length32(self.body, 4)?;
        let offset = usize::from(le16(self.body, 8)?);
        let key = self.open_key(16)?;
        let facts = self.state.facts(&key);
        let data = slice(self.bytes, offset, length)?;
        // FileRenameInformation, FileLinkInformation, FileDispositionInformation (MS-FSCC, section 2.4).
        Some(match (kind, class) {
            (1, 10 | 11 | 65) => {
                let name = slice(data, 20, length32(data, 16)?)?;
                Detail::Rename(Some(key), facts, cut(&utf16le(name)))
            }
            (1, 13 | 64) if data.first().is_some_and(|flags| flags & 1 != 0) => {
                Detail::Delete(facts)
            }
            _ => Detail::File(key, facts),
        })
    }

    fn sink(&self, key: OpenKey) -> Sink {
        Sink {
            key,
            direction: Direction::FromSource,
            command: Command::Two(self.header.command),
            session: self.session,
            tree: self.tree,
        }
    }

    fn payload(&self) -> Option<Payload> {
        Some(Payload {
            sink: self.sink(self.key?),
            offset: le64(self.body, 8)?,
            start: usize::from(le16(self.body, 2)?),
            length: length32(self.body, 4)?,
        })
    }
}

fn negotiation(bytes: &[u8], body: &[u8]) -> Option<Negotiation> {
    let count = usize::from(le16(body, 2)?);
    let mut one = Negotiation {
        client_guid: file_id(body, 12),
        signing: [le16(body, 4), None],
        capabilities: [le32(body, 8), None],
        ..Negotiation::default()
    };
    let mut is_311 = false;
    for place in 0..count.min(MAX_DIALECTS) {
        let revision = le16(body, 36 + 2 * place)?;
        is_311 |= revision == 0x0311;
        let name = match names::dialect(revision) {
            "unknown" => format!("{revision:#06x}"),
            name => name.to_owned(),
        };
        one.dialects.push(name.into_bytes());
    }
    if is_311 {
        let offset = length32(body, 28)?;
        let number = usize::from(le16(body, 32)?);
        contexts(bytes.get(offset..).unwrap_or_default(), number, &mut one);
    }
    Some(one)
}

/// Contexts of a negotiation (section 2.2.3.1): the server's name and the cipher.
pub fn contexts(mut bytes: &[u8], number: usize, one: &mut Negotiation) {
    for _ in 0..number.min(MAX_CONTEXTS) {
        let (Some(kind), Some(length)) = (le16(bytes, 0), le16(bytes, 2)) else {
            return;
        };
        let length = usize::from(length);
        let Some(data) = slice(bytes, 8, length) else {
            return;
        };
        match kind {
            // The answer holds one cipher, the one that was chosen.
            2 if length == 4 => {
                one.cipher = match le16(data, 2) {
                    Some(1) => "AES-128-CCM",
                    Some(2) => "AES-128-GCM",
                    Some(3) => "AES-256-CCM",
                    Some(4) => "AES-256-GCM",
                    _ => "",
                };
            }
            5 => one.server_name = cut(&utf16le(data)),
            _ => {}
        }
        let step = 8 + length.next_multiple_of(8);
        bytes = bytes.get(step..).unwrap_or_default();
    }
}
