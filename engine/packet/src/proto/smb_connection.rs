//! What happens to requests and open files of a connection, whichever version speaks.

use std::sync::Arc;

use super::smb_event::{self, Carried};
use super::smb_pipe::{self, Carrier};
use super::smb_state::{Command, Detail, FileFacts, Kind, Open, OpenKey, Request, State, Status};
use super::smb_transfer::Transfer;
use super::{Context, Direction, Pair};
use crate::anomaly::Anomaly;

/// Files that requests of the same chain know by the request that opens them.
const MAX_ALIASES: usize = 16;

/// Where the bytes of a read or a write go.
#[derive(Clone, Copy, Debug)]
pub struct Sink {
    /// The open file.
    pub key: OpenKey,
    /// Who sends them.
    pub direction: Direction,
    /// Command that carries them.
    pub command: Command,
    /// Session.
    pub session: u64,
    /// Tree.
    pub tree: u32,
}

impl State {
    /// A request that has just been sent.
    pub fn begin(
        &mut self,
        context: &mut Context<'_>,
        key: (u8, u64),
        (command, session, tree): (Command, u64, u32),
        detail: Detail,
    ) {
        let mut request = Request {
            command,
            transaction: 0,
            start_us: context.moment.received_us,
            session,
            tree,
            detail,
        };
        if smb_event::is_told(&request) {
            request.transaction = context.begin_transaction();
        }
        let cost = request.detail.held();
        if let Some(old) = self.requests.insert(key, request, cost) {
            self.tell(context, &old, None);
        }
        while let Some(old) = self.requests.overflow() {
            context.limit("smb_open_requests");
            self.tell(context, &old, None);
        }
    }

    /// Writes the event of a request, if it has one.
    pub fn tell(&self, context: &mut Context<'_>, request: &Request, status: Option<Status>) {
        if smb_event::is_told(request) {
            smb_event::write(context, self, request, status);
        }
    }

    /// Takes an open file in.
    pub fn open(&mut self, context: &mut Context<'_>, key: OpenKey, facts: Arc<FileFacts>) {
        let open = Open {
            facts,
            ..Open::default()
        };
        let cost = open.held();
        if let Some(old) = self.opens.insert(key, open, cost) {
            self.end_open(context, old, false);
        }
        while let Some(old) = self.opens.overflow() {
            context.limit("smb_open_files");
            self.end_open(context, old, false);
        }
    }

    /// The answer to a request to open told the file's id.
    pub fn opened(
        &mut self,
        context: &mut Context<'_>,
        pending: u64,
        key: OpenKey,
        facts: Arc<FileFacts>,
    ) {
        let from = OpenKey::Pending(pending);
        if self.opens.get(&from).is_none() {
            self.open(context, key, facts);
            return;
        }
        if let Some(old) = self.opens.rename(&from, key) {
            self.end_open(context, old, false);
        }
        if let Some(open) = self.opens.get_mut(&key) {
            open.facts = facts;
        }
        if self.aliases.len() >= MAX_ALIASES {
            self.aliases.pop_front();
        }
        self.aliases.push_back((pending, key));
    }

    /// The key that a file has by now.
    #[must_use]
    pub fn resolve(&self, key: OpenKey) -> OpenKey {
        let OpenKey::Pending(pending) = key else {
            return key;
        };
        self.aliases
            .iter()
            .rev()
            .find(|(from, _)| *from == pending)
            .map_or(key, |(_, to)| *to)
    }

    /// A file was closed, or never opened.
    pub fn close(&mut self, context: &mut Context<'_>, key: &OpenKey) {
        if let Some(open) = self.opens.remove(key) {
            self.end_open(context, open, true);
        }
    }

    /// Tells what passed through an open file.
    fn end_open(&self, context: &mut Context<'_>, mut open: Open, is_closed: bool) {
        if let Some(mut pipe) = open.pipe.take() {
            pipe.end(context);
        }
        let Pair {
            source: written,
            destination: read,
        } = open.transfers;
        let Pair {
            source: write_status,
            destination: read_status,
        } = open.states;
        let version = match open.last {
            Some((Command::One(_), _)) => [Command::One(0x2f), Command::One(0x2e)],
            _ => [Command::Two(9), Command::Two(8)],
        };
        let [write_command, read_command] = version;
        for (transfer, status, command, direction) in [
            (written, write_status, write_command, Direction::FromSource),
            (read, read_status, read_command, Direction::FromDestination),
        ] {
            if let Some(transfer) = transfer {
                let carried = Carried {
                    facts: &open.facts,
                    direction,
                    command,
                    status,
                    is_closed,
                };
                smb_event::write_transfer(context, self, &carried, *transfer);
            }
        }
    }

    /// A read or a write begins: what it is about is open, though perhaps since before the capture.
    pub fn begin_transfer(&mut self, context: &mut Context<'_>, sink: &Sink) {
        if self.opens.get(&sink.key).is_none() {
            let facts = FileFacts {
                tree: self.tree(sink.session, sink.tree),
                tree_id: sink.tree,
                session: sink.session,
                id: match sink.key {
                    OpenKey::Known(_, id) => Some(id),
                    OpenKey::Pending(_) => None,
                },
                ..FileFacts::default()
            };
            self.open(context, sink.key, Arc::new(facts));
        }
        let Some(open) = self.opens.get_mut(&sink.key) else {
            return;
        };
        if sink.direction == Direction::FromSource || open.last.is_none() {
            open.last = Some((sink.command, None));
        }
        if open.pipe.is_some() {
            return;
        }
        let transfer = open.transfers.of_mut(sink.direction);
        let transfer = transfer.get_or_insert_with(|| {
            let number = context.begin_transaction();
            Box::new(Transfer::new(number, context.moment.received_us))
        });
        transfer.operations += 1;
    }

    /// Bytes of a read or a write.
    pub fn carry(&mut self, context: &mut Context<'_>, sink: &Sink, offset: u64, bytes: &[u8]) {
        let Some(open) = self.opens.get_mut(&sink.key) else {
            return;
        };
        if open.facts.tree.kind != Kind::Disk && !open.is_pipe_known {
            open.is_pipe_known = true;
            open.pipe = smb_pipe::parser_for(sink.direction, bytes);
            if open.pipe.is_some() {
                open.transfers = Pair::default();
            }
            if open.facts.tree.kind == Kind::Unknown
                && (open.pipe.is_some() || smb_pipe::is_dcerpc(bytes))
            {
                Arc::make_mut(&mut open.facts).tree.kind = Kind::Pipe;
            }
        }
        if let Some(pipe) = &mut open.pipe {
            let session = self.sessions.get(&sink.session);
            let (command, status) = open.last.unwrap_or((sink.command, None));
            let carrier = Carrier {
                pipe: open
                    .facts
                    .path
                    .strip_prefix(b"\\")
                    .unwrap_or(&open.facts.path),
                share: &open.facts.tree.share,
                command: command.name(),
                status,
                dialect: &self.dialect,
                session: sink.session,
                tree: sink.tree,
                user: session.map_or((b"", b""), |one| (&one.domain, &one.user)),
            };
            pipe.data(context, sink.direction, &carrier, bytes);
        } else if let Some(transfer) = open.transfers.of_mut(sink.direction) {
            if open.facts.tree.kind == Kind::Pipe {
                transfer.pass(crate::bytes::count(bytes.len()));
            } else if transfer.data(offset, bytes)
                && sink.direction == Direction::FromSource
                && open.facts.tree.kind == Kind::Disk
            {
                context.anomaly(Anomaly::SmbFileOverlap);
            }
        }
        self.weigh(context, sink);
    }

    /// `length` bytes of a read or a write are lost.
    pub fn lose(&mut self, context: &mut Context<'_>, sink: &Sink, offset: u64, length: u64) {
        let Some(open) = self.opens.get_mut(&sink.key) else {
            return;
        };
        if let Some(pipe) = &mut open.pipe {
            if !pipe.gap(context, sink.direction, length) {
                pipe.end(context);
                open.pipe = None;
            }
        } else if let Some(transfer) = open.transfers.of_mut(sink.direction) {
            transfer.gap(offset, length);
        }
    }

    fn weigh(&mut self, context: &mut Context<'_>, sink: &Sink) {
        let Some(cost) = self.opens.get(&sink.key).map(Open::held) else {
            return;
        };
        self.opens.set_cost(&sink.key, cost);
        while let Some(old) = self.opens.overflow() {
            context.limit("smb_open_files");
            self.end_open(context, old, false);
        }
    }

    /// Nothing more will come: tells what is half known, in the order in which it began.
    pub fn end(&mut self, context: &mut Context<'_>) {
        while let Some(request) = self.requests.pop() {
            self.tell(context, &request, None);
        }
        while let Some(open) = self.opens.pop() {
            self.end_open(context, open, false);
        }
        let mut sessions =
            std::mem::replace(&mut self.sessions, super::smb_slots::Slots::new(0, 0));
        while let Some(session) = sessions.pop() {
            if session.user.is_empty() {
                super::ntlm_event::write(context, &session.exchange, None);
            }
        }
        if self.encrypted > 0 || self.compressed > 0 {
            smb_event::write_opaque(context, self);
        }
    }
}
