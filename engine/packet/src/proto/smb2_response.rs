//! Answers of SMB 2 and 3 (MS-SMB2, sections 2.2.4 to 2.2.40), matched to their requests.

use std::sync::Arc;

use super::smb::Payload;
use super::smb_connection::Sink;
use super::smb_find;
use super::smb_names as names;
use super::smb_setup;
use super::smb_state::{Command, Detail, Kind, Negotiation, OpenKey, Request, State, Tree};
use super::smb2::{HEADER, Header, file_id, length32, slice};
use super::smb2_request::{TRANSCEIVE, contexts};
use super::{Context, Direction};
use crate::anomaly::Anomaly;
use crate::bytes::{le16, le32, le64};

/// More data are there than fit: what is there is good.
const BUFFER_OVERFLOW: u32 = 0x8000_0005;
/// The end of a file, an empty pipe, one that the other end left, and a reader who waits no longer are no failure to read.
const READ_ENDS: [u32; 5] = [
    0xc000_0011,
    0xc000_00b0,
    0xc000_00d9,
    0xc000_0120,
    0xc000_014b,
];
/// `FILE_ATTRIBUTE_DIRECTORY`.
const DIRECTORY: u32 = 0x10;

/// Reads an answer: `None` when it breaks its format, else what follows it.
#[expect(
    clippy::option_option,
    reason = "malformed, and nothing follows, are two things"
)]
pub fn read(
    context: &mut Context<'_>,
    state: &mut State,
    header: &Header,
    bytes: &[u8],
) -> Option<Option<Payload>> {
    if header.is_pending() {
        return Some(None);
    }
    let body = bytes.get(HEADER..)?;
    let mut key = (2, header.message);
    if header.command == 0
        && header.message == 0
        && state.requests.get(&key).is_none()
        && let Some(first) = state.negotiation.take()
    {
        // A client that knows both versions asks in the first (section 3.3.5.3).
        key = (1, first);
    }
    // A break of an oplock is the server's own (section 2.2.23); answers to nothing are from before the capture.
    let Some(mut request) = state.requests.remove(&key) else {
        return Some(None);
    };
    let mut response = Response {
        context,
        state,
        header,
        bytes,
        body,
    };
    let is_good = header.status == 0
        || matches!(
            (header.command, header.status),
            (1, 0xc000_0016) | (8 | 11 | 14, BUFFER_OVERFLOW)
        );
    let mut payload = None;
    let is_whole = if is_good {
        response.complete(&mut request, &mut payload).is_some()
    } else {
        response.refuse(&mut request);
        true
    };
    state.tell(context, &request, Some(header.status()));
    match header.command {
        2 if is_good => drop(state.sessions.remove(&request.session)),
        4 if is_good => drop(state.trees.remove(&(request.session, request.tree))),
        _ => {}
    }
    is_whole.then_some(payload)
}

struct Response<'a, 'b, 'c> {
    context: &'a mut Context<'c>,
    state: &'a mut State,
    header: &'b Header,
    bytes: &'b [u8],
    body: &'b [u8],
}

impl Response<'_, '_, '_> {
    /// Completes a request with an answer that is no error.
    fn complete(&mut self, request: &mut Request, payload: &mut Option<Payload>) -> Option<()> {
        let (session, tree) = (request.session, request.tree);
        match &mut request.detail {
            Detail::Negotiate(one) => self.negotiation(one)?,
            Detail::Setup(setup) => {
                let offset = usize::from(le16(self.body, 4)?);
                let blob = slice(self.bytes, offset, usize::from(le16(self.body, 6)?))?;
                setup.flags = le16(self.body, 2)?;
                request.session = self.header.session;
                let is_over = self.header.status == 0;
                smb_setup::response(
                    self.context,
                    self.state,
                    request.session,
                    setup,
                    (blob, is_over),
                );
            }
            Detail::Tree(shared, _) if self.header.command == 3 => {
                shared.kind = kind(self.body.get(2).copied()?);
                request.tree = self.header.tree;
                self.tree(session, request.tree, shared.clone());
            }
            Detail::Create(..) => self.created(request)?,
            Detail::File(key, _) if self.header.command == 6 => {
                let key = self.state.resolve(*key);
                self.state.close(self.context, &key);
            }
            Detail::Read(key, offset) => {
                let sink = Sink {
                    key: self.state.resolve(*key),
                    direction: Direction::FromDestination,
                    command: Command::Two(8),
                    session,
                    tree,
                };
                self.state.begin_transfer(self.context, &sink);
                self.answered(&sink.key, Direction::FromDestination);
                *payload = Some(Payload {
                    sink,
                    offset: *offset,
                    start: usize::from(*self.body.get(2)?),
                    length: length32(self.body, 4)?,
                });
            }
            Detail::Write(key) => {
                let key = *key;
                self.written(key);
            }
            Detail::Find(_, listing) => {
                let offset = usize::from(le16(self.body, 2)?);
                let length = length32(self.body, 4)?;
                let data = self.bytes.get(offset..)?;
                let data = data.get(..length).unwrap_or(data);
                smb_find::names(data, listing);
            }
            Detail::Control(key, _, TRANSCEIVE) | Detail::Transceive(key) => {
                let key = *key;
                self.written(key);
                let offset = length32(self.body, 32)?;
                let output = slice(self.bytes, offset, length32(self.body, 36)?)?;
                let sink = Sink {
                    key: self.state.resolve(key),
                    direction: Direction::FromDestination,
                    command: Command::Two(11),
                    session,
                    tree,
                };
                self.state.begin_transfer(self.context, &sink);
                self.answered(&sink.key, Direction::FromDestination);
                self.state.carry(self.context, &sink, 0, output);
            }
            Detail::Rename(Some(key), _, to) => {
                let key = self.state.resolve(*key);
                if let Some(open) = self.state.opens.get_mut(&key) {
                    Arc::make_mut(&mut open.facts).path.clone_from(to);
                }
            }
            _ => {}
        }
        Some(())
    }

    /// An error answers a request.
    fn refuse(&mut self, request: &mut Request) {
        match &mut request.detail {
            Detail::Create(..) => {
                self.state
                    .opens
                    .remove(&OpenKey::Pending(self.header.message));
            }
            Detail::Setup(_) => {
                request.session = self.header.session;
                self.state.sessions.remove(&request.session);
            }
            Detail::Read(key, _) => {
                let key = self.state.resolve(*key);
                if !READ_ENDS.contains(&self.header.status) {
                    self.answered(&key, Direction::FromDestination);
                }
            }
            Detail::Write(key) | Detail::Control(key, ..) | Detail::Transceive(key) => {
                let key = *key;
                self.written(key);
            }
            _ => {}
        }
    }

    fn answered(&mut self, key: &OpenKey, direction: Direction) {
        if let Some(open) = self.state.opens.get_mut(key) {
            open.answered(direction, self.header.status());
        }
    }

    fn written(&mut self, key: OpenKey) {
        let key = self.state.resolve(key);
        let status = self.header.status();
        if let Some(open) = self.state.opens.get_mut(&key) {
            open.answered(Direction::FromSource, status);
            if let Some((_, last)) = &mut open.last {
                *last = Some(status);
            }
        }
    }

    fn tree(&mut self, session: u64, id: u32, tree: Tree) {
        let cost = tree.share.len();
        self.state.trees.insert((session, id), tree, cost);
        while self.state.trees.overflow().is_some() {
            self.context.limit("smb_trees");
        }
    }

    fn created(&mut self, request: &mut Request) -> Option<()> {
        let session = request.session;
        let Detail::Create(facts, choice) = &mut request.detail else {
            return Some(());
        };
        let body = self.body;
        choice.action = le32(body, 4);
        let id = file_id(body, 64)?;
        let known = Arc::make_mut(facts);
        known.id = Some(id);
        // Creation, last access, last write, change: the order of the times in EVE's names.
        for (place, time) in known.times.iter_mut().enumerate() {
            *time = le64(body, 8 + 8 * place)?;
        }
        known.size = le64(body, 48);
        known.is_directory = le32(body, 56)? & DIRECTORY != 0;
        let key = OpenKey::Known(session, id);
        self.state
            .opened(self.context, self.header.message, key, facts.clone());
        Some(())
    }

    fn negotiation(&mut self, one: &mut Negotiation) -> Option<()> {
        let body = self.body;
        let revision = le16(body, 4)?;
        names::dialect(revision).clone_into(&mut self.state.dialect);
        one.server_guid = file_id(body, 8);
        one.signing = [one.signing[0], le16(body, 2)];
        one.capabilities = [one.capabilities[0], le32(body, 24)];
        one.sizes = Some([le32(body, 28)?, le32(body, 32)?, le32(body, 36)?]);
        if revision == 0x0311 {
            let offset = length32(body, 60)?;
            let number = usize::from(le16(body, 6)?);
            contexts(self.bytes.get(offset..).unwrap_or_default(), number, one);
        }
        // The wildcard asks for a second negotiation; any other is the last.
        if revision != 0x02ff && std::mem::replace(&mut self.state.is_negotiated, true) {
            self.context.anomaly(Anomaly::SmbNegotiateRepeated);
        }
        Some(())
    }
}

/// Share types (section 2.2.10).
#[must_use]
pub fn kind(share_type: u8) -> Kind {
    match share_type {
        1 => Kind::Disk,
        2 => Kind::Pipe,
        3 => Kind::Print,
        _ => Kind::Unknown,
    }
}
