//! DCERPC over TCP, UDP and named pipes (C706; MS-RPCE): negotiations and calls, told with interface and operation.
//!
//! Emits `dcerpc-bind` and `dcerpc-call`. Stub data is counted, not kept, but for the last four bytes of the results, which
//! say what a call returned. Caps: 64 contexts and 256 open calls a connection, 64 open calls of a datagram flow; the oldest
//! call is told without its answer.

use super::dcerpc_association::Association;
use super::dcerpc_datagram::Datagram;
use super::dcerpc_event::{self, Call};
use super::dcerpc_pdu::{Header, kind};
use super::smb_pipe::{Carrier, PipeParser};
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};

/// The endpoint mapper's port; services have any other.
pub const PORTS: &[u16] = &[135, 593];
/// Open calls of a datagram flow.
const MAX_OPEN_DATAGRAMS: usize = 64;
/// Bytes of a packet in a pipe that wait for its rest.
const MAX_WAITING: usize = 64 << 10;

/// Whether an end speaks connection-oriented DCERPC.
#[must_use]
pub fn probe(data: &[u8], _is_usual_port: bool) -> Probe {
    if let Some(header) = Header::read(data) {
        match header.is_beginning(data) {
            None => return Probe::More,
            Some(false) => return Probe::No,
            Some(true) => {}
        }
        let role = if header.is_clients() {
            Role::Client
        } else {
            Role::Server
        };
        return Probe::Yes(role);
    }
    // Version, type and representation must fit as far as they are there.
    let fits = match data {
        [] | [5] | [5, 0 | 1] | [5, 0 | 1, 0..=kind::LAST] | [5, 0 | 1, 0..=kind::LAST, _] => true,
        [5, 0 | 1, 0..=kind::LAST, _, order, ..] => order & 0xee == 0 && data.len() < 16,
        _ => false,
    };
    if fits { Probe::More } else { Probe::No }
}

/// Whether a datagram is connectionless DCERPC.
#[must_use]
pub fn probe_datagram(data: &[u8], _is_usual_port: bool) -> Probe {
    match Datagram::read(data) {
        Some(datagram) if datagram.kind == kind::REQUEST => Probe::Yes(Role::Client),
        Some(_) => Probe::Yes(Role::Server),
        None => Probe::No,
    }
}

/// State for a TCP connection.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Stream {
        association: Association::default(),
    })
}

/// State for datagrams.
#[must_use]
pub fn make_datagram() -> Box<dyn Parser> {
    Box::new(Datagrams::default())
}

/// State for a named pipe.
#[must_use]
pub fn make_pipe() -> Box<dyn PipeParser> {
    Box::new(Pipe::default())
}

struct Stream {
    association: Association,
}

impl Parser for Stream {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        Step::more(self.association.data(context, None, direction, bytes))
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        self.association.gap(direction, length);
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.association.end(context);
    }

    fn held(&self) -> usize {
        self.association.held()
    }
}

/// A pipe gives its bytes once: what waits for the rest of its packet is kept here.
#[derive(Default)]
struct Pipe {
    association: Association,
    waiting: Pair<Vec<u8>>,
}

impl PipeParser for Pipe {
    fn data(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        carrier: &Carrier<'_>,
        bytes: &[u8],
    ) {
        let mut waiting = std::mem::take(self.waiting.of_mut(direction));
        let consumed = if waiting.is_empty() {
            let consumed = self
                .association
                .data(context, Some(carrier), direction, bytes);
            waiting.extend_from_slice(bytes.get(consumed..).unwrap_or_default());
            0
        } else {
            waiting.extend_from_slice(bytes);
            self.association
                .data(context, Some(carrier), direction, &waiting)
        };
        waiting.drain(..consumed.min(waiting.len()));
        if waiting.len() > MAX_WAITING {
            context.limit("dcerpc_waiting");
            self.association
                .gap(direction, crate::bytes::count(waiting.len()));
            waiting = Vec::new();
        }
        *self.waiting.of_mut(direction) = waiting;
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        let waiting = std::mem::take(self.waiting.of_mut(direction));
        let lost = length.saturating_add(crate::bytes::count(waiting.len()));
        self.association.gap(direction, lost);
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.association.end(context);
    }

    fn held(&self) -> usize {
        let waiting: usize = self.waiting.iter().map(Vec::capacity).sum();
        waiting + self.association.held()
    }
}

/// A flow of version 4.
#[derive(Default)]
struct Datagrams {
    open: Unanswered<Call, MAX_OPEN_DATAGRAMS>,
}

impl Parser for Datagrams {
    fn data(&mut self, context: &mut Context<'_>, _: Direction, bytes: &[u8]) -> Step {
        if let Some(datagram) = Datagram::read(bytes) {
            match datagram.kind {
                kind::REQUEST => self.ask(context, &datagram),
                kind::RESPONSE | kind::FAULT | kind::REJECT => self.answer(context, &datagram),
                // Pings and acknowledgements of the transport.
                _ => {}
            }
        }
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        while let Some(call) = self.open.pop() {
            dcerpc_event::write_call(context, &call, b"", None);
        }
    }

    fn held(&self) -> usize {
        self.open.held()
    }
}

impl Datagrams {
    fn ask(&mut self, context: &mut Context<'_>, datagram: &Datagram) {
        let key = Some((datagram.activity, datagram.sequence));
        if let Some(call) = self.open.find(|call| call.activity == key) {
            call.request.add(u64::from(datagram.length));
            return;
        }
        let mut call = Call::new(context, 0, Some(datagram.interface), datagram.operation);
        call.activity = key;
        call.request.add(u64::from(datagram.length));
        if let Some(oldest) = self.open.push(call) {
            context.limit("dcerpc_calls");
            dcerpc_event::write_call(context, &oldest, b"", None);
        }
    }

    fn answer(&mut self, context: &mut Context<'_>, datagram: &Datagram) {
        let key = Some((datagram.activity, datagram.sequence));
        let Some(call) = self.open.find(|call| call.activity == key) else {
            return;
        };
        call.response.add(u64::from(datagram.length));
        call.answer = Some(datagram.kind);
        if datagram.kind == kind::RESPONSE {
            call.set_value(datagram.value);
        }
        if !datagram.has_more
            && let Some(call) = self.open.take(|call| call.activity == key)
        {
            dcerpc_event::write_call(context, &call, b"", None);
        }
    }
}
