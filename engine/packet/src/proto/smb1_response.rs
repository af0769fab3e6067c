//! Answers of SMB 1 (MS-CIFS, section 2.2.4; MS-SMB, section 2.2.4), matched to their requests.

use std::sync::Arc;

use super::smb_connection::Sink;
use super::smb_setup;
use super::smb_state::{Detail, Kind, Negotiation, OpenKey, Request, Setup, State, Status, Tree};
use super::smb1::{Block, Header};
use super::smb2::file_id;
use super::{Context, Direction, smb1_transaction};
use crate::anomaly::Anomaly;
use crate::bytes::{le16, le32, le64};

/// `CAP_EXTENDED_SECURITY`: a blob instead of a challenge.
const EXTENDED_SECURITY: u32 = 0x8000_0000;

/// Reads one command of an answer. `None` when it breaks its format.
pub fn read(
    context: &mut Context<'_>,
    state: &mut State,
    header: &Header,
    block: &Block<'_>,
) -> Option<()> {
    let Some(mut request) = state.requests.remove(&(1, block.key)) else {
        return Some(());
    };
    let mut response = Response {
        context,
        state,
        header,
        block,
    };
    let is_good = header.status.is_success() || header.status == Status::Nt(0xc000_0016);
    let result = if is_good {
        response.complete(&mut request)
    } else {
        response.refuse(&mut request);
        Some(())
    };
    state.tell(context, &request, Some(header.status));
    match block.command {
        0x74 if is_good => drop(state.sessions.remove(&request.session)),
        0x71 if is_good => drop(state.trees.remove(&(request.session, request.tree))),
        _ => {}
    }
    result
}

struct Response<'a, 'b, 'c> {
    context: &'a mut Context<'c>,
    state: &'a mut State,
    header: &'b Header,
    block: &'b Block<'b>,
}

impl Response<'_, '_, '_> {
    fn complete(&mut self, request: &mut Request) -> Option<()> {
        if matches!(self.block.command, 0x25 | 0x32 | 0xa0) {
            return smb1_transaction::response(
                self.context,
                self.state,
                self.header,
                self.block,
                request,
            );
        }
        let words = self.block.words;
        match &mut request.detail {
            Detail::Negotiate(one) => self.negotiation(one),
            Detail::Setup(setup) => {
                request.session = self.header.session();
                self.setup(setup)
            }
            Detail::Tree(tree, [_, service]) if self.block.command != 0x71 => {
                request.tree = u32::from(self.header.tree);
                request.session = self.header.session();
                *service = self.block.texts(0, false).next_oem();
                service.truncate(64);
                tree.kind = match service.as_slice() {
                    b"A:" => Kind::Disk,
                    b"IPC" => Kind::Pipe,
                    b"LPT1:" => Kind::Print,
                    _ => Kind::Unknown,
                };
                if self.block.command == 0x70 {
                    request.tree = u32::from(le16(words, 2)?);
                }
                let key = (request.session, request.tree);
                let tree = tree.clone();
                self.tree(key, tree);
                Some(())
            }
            Detail::Create(..) => self.created(request),
            Detail::File(key, _) if self.block.command == 0x04 => {
                let key = self.state.resolve(*key);
                self.state.close(self.context, &key);
                Some(())
            }
            Detail::Read(key, offset) => {
                let sink = Sink {
                    key: self.state.resolve(*key),
                    direction: Direction::FromDestination,
                    command: self.block.command(),
                    session: self.header.session(),
                    tree: u32::from(self.header.tree),
                };
                let data = if self.block.command == 0x2e {
                    let high = usize::from(le16(words, 14).unwrap_or(0));
                    let length = (high << 16) | usize::from(le16(words, 10)?);
                    self.block.data(usize::from(le16(words, 12)?), length)
                } else {
                    self.block.bytes.get(3..).unwrap_or_default()
                };
                self.state.begin_transfer(self.context, &sink);
                self.state.carry(self.context, &sink, *offset, data);
                if let Some(open) = self.state.opens.get_mut(&sink.key) {
                    open.answered(Direction::FromDestination, self.header.status);
                }
                Some(())
            }
            Detail::Write(key) => {
                let key = *key;
                self.written(key);
                if self.block.command == 0x2c {
                    self.state.close(self.context, &key);
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    fn refuse(&mut self, request: &mut Request) {
        match &request.detail {
            Detail::Create(..) => {
                let key = OpenKey::Pending(self.block.key);
                self.state.opens.remove(&key);
            }
            Detail::Setup(_) => {
                self.state.sessions.remove(&self.header.session());
            }
            Detail::Write(key) => self.written(*key),
            Detail::Read(key, _) => {
                let key = self.state.resolve(*key);
                if let Some(open) = self.state.opens.get_mut(&key) {
                    open.answered(Direction::FromDestination, self.header.status);
                }
            }
            _ => {}
        }
    }

    fn written(&mut self, key: OpenKey) {
        let key = self.state.resolve(key);
        if let Some(open) = self.state.opens.get_mut(&key) {
            open.answered(Direction::FromSource, self.header.status);
            if let Some((_, last)) = &mut open.last {
                *last = Some(self.header.status);
            }
        }
    }

    fn tree(&mut self, key: (u64, u32), tree: Tree) {
        let cost = tree.share.len();
        self.state.trees.insert(key, tree, cost);
        while self.state.trees.overflow().is_some() {
            self.context.limit("smb_trees");
        }
    }

    fn negotiation(&mut self, one: &mut Negotiation) -> Option<()> {
        let Block { words, bytes, .. } = *self.block;
        self.state.negotiation = None;
        if std::mem::replace(&mut self.state.is_negotiated, true) {
            self.context.anomaly(Anomaly::SmbNegotiateRepeated);
        }
        let Some(index) = le16(words, 0) else {
            return Some(());
        };
        if let Some(dialect) = one.dialects.get(usize::from(index)) {
            self.state.dialect = String::from_utf8_lossy(dialect).into_owned();
        }
        // NT LM 0.12 has seventeen words (MS-SMB, section 2.2.4.5.2).
        if words.len() == 34 {
            let capabilities = le32(words, 19)?;
            one.capabilities = [None, Some(capabilities)];
            one.signing = [None, words.get(2).map(|mode| u16::from(mode >> 2))];
            if capabilities & EXTENDED_SECURITY != 0 {
                one.server_guid = file_id(bytes, 0);
            } else {
                let challenge = usize::from(*words.get(33)?);
                let texts = self.block.texts(challenge, self.header.is_unicode());
                let mut texts = texts.unaligned();
                one.domain = texts.next_text();
                one.server_name = texts.next_text();
            }
        }
        Some(())
    }

    fn setup(&mut self, setup: &mut Setup) -> Option<()> {
        let Block { words, bytes, .. } = *self.block;
        let session = self.header.session();
        let is_over = self.header.status.is_success();
        let is_unicode = self.header.is_unicode();
        if let Some(action) = le16(words, 4) {
            setup.flags |= action & 1;
        }
        let (blob, texts_at) = if words.len() == 8 {
            let length = usize::from(le16(words, 6)?);
            (bytes.get(..length).unwrap_or(bytes), length)
        } else {
            (&b""[..], 0)
        };
        let mut texts = self.block.texts(texts_at, is_unicode);
        setup.server = [texts.next_text(), texts.next_text(), texts.next_text()];
        smb_setup::response(self.context, self.state, session, setup, (blob, is_over));
        Some(())
    }

    fn created(&mut self, request: &mut Request) -> Option<()> {
        let words = self.block.words;
        let session = self.header.session();
        let Detail::Create(facts, choice) = &mut request.detail else {
            return Some(());
        };
        let known = Arc::make_mut(facts);
        known.session = session;
        let fid = match self.block.command {
            0xa2 => {
                choice.action = le32(words, 7);
                for (place, time) in known.times.iter_mut().enumerate() {
                    *time = le64(words, 11 + 8 * place)?;
                }
                known.size = le64(words, 55);
                known.is_directory = words.get(67).is_some_and(|flag| *flag != 0);
                le16(words, 5)?
            }
            0x2d => {
                known.size = le32(words, 12).map(u64::from);
                le16(words, 4)?
            }
            0x02 => {
                known.size = le32(words, 8).map(u64::from);
                le16(words, 0)?
            }
            0x00 => {
                choice.action = Some(2);
                return Some(());
            }
            _ => {
                choice.action = Some(2);
                le16(words, 0)?
            }
        };
        let key = OpenKey::fid(fid);
        if let OpenKey::Known(_, id) = key {
            known.id = Some(id);
        }
        self.state
            .opened(self.context, self.block.key, key, facts.clone());
        Some(())
    }
}
