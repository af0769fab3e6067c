//! SNMP versions 1 to 3 over UDP (RFC 1157, 3416, 3412, 3414): an event a message, an answer with its latency.
//!
//! Emits `snmp-get`, `-get-next`, `-get-bulk`, `-set`, `-inform`, `-trap`, `-response`, `-report`, and `snmp-encrypted` for
//! what version 3 hides. Caps: 64 open requests a flow, 128 variables a message.

use std::collections::VecDeque;

use super::snmp_message::{self, Message, pdu};
use super::{Context, Direction, Parser, Probe, Role, Step, snmp_event};
use crate::anomaly::Anomaly;
use crate::emit::head::{Dataset, Event, Related};

/// The ports of agents and of who takes traps.
pub const PORTS: &[u16] = &[161, 162];
/// Requests of one flow that wait for an answer.
const MAX_OPEN: usize = 64;

/// Whether a datagram is SNMP: everything down to the list of variables must be there.
#[must_use]
pub fn probe(data: &[u8], _is_usual_port: bool) -> Probe {
    match Message::read(data) {
        // What is encrypted does not tell who asks.
        Some(message) if message.pdu.is_none() => Probe::Yes(Role::Either),
        Some(message) if message.is_response() => Probe::Yes(Role::Server),
        Some(_) => Probe::Yes(Role::Client),
        None => Probe::No,
    }
}

/// State for datagrams.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Snmp::default())
}

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug)]
struct Open {
    key: i64,
    time_us: u64,
    transaction: u64,
    direction: Direction,
}

/// One flow's requests.
#[derive(Default)]
struct Snmp {
    open: VecDeque<Open>,
}

impl Parser for Snmp {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        match Message::read(bytes) {
            Some(message) => self.report(context, direction, &message),
            None => context.anomaly(Anomaly::SnmpMalformed),
        }
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        self.open.capacity() * size_of::<Open>()
    }
}

impl Snmp {
    fn report(&mut self, context: &mut Context<'_>, direction: Direction, message: &Message<'_>) {
        let found = message.pdu.and_then(|pdu| snmp_message::names(pdu.kind));
        let action = found.map_or("snmp-encrypted", |(_, action)| action);
        let moment = context.moment;
        let mut event = Event::new(Dataset::Snmp, action, moment.time_us, moment.packet);
        let is_response = match message.pdu {
            Some(_) => message.is_response(),
            None => direction == Direction::FromDestination,
        };
        if is_response {
            if let Some(open) = self.answer(direction, message.key()) {
                event.transaction = Some(open.transaction);
                event.start_us = Some(open.time_us);
                event.duration_us = Some(moment.received_us.saturating_sub(open.time_us));
            }
            event.success = message
                .pdu
                .filter(|pdu| pdu.kind == pdu::RESPONSE)
                .map(|pdu| {
                    let [status, _] = pdu.numbers;
                    status == 0
                });
        } else {
            event.transaction = Some(self.ask(context, direction, message));
        }
        let user = message.security.map_or(&b""[..], |security| security.user);
        let users = [user];
        event.related = Related {
            users: &users,
            ..Related::default()
        };
        let sender = match direction {
            Direction::FromSource => "source",
            Direction::FromDestination => "destination",
        };
        let mut is_whole = true;
        context.emit(
            &event,
            |line| {
                let mark = line.open("user");
                line.text_within("name", user, 256);
                line.close(mark);
                is_whole = snmp_event::write(line, message);
            },
            |line| {
                let mark = line.open("snmp");
                line.word("sender", sender);
                line.close(mark);
            },
        );
        if !is_whole {
            context.limit("snmp_variables");
        }
    }

    fn answer(&mut self, direction: Direction, key: i64) -> Option<Open> {
        let place = self
            .open
            .iter()
            .position(|open| open.key == key && open.direction != direction)?;
        self.open.remove(place)
    }

    fn ask(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        message: &Message<'_>,
    ) -> u64 {
        let transaction = context.begin_transaction();
        if !message.wants_answer() {
            return transaction;
        }
        if self.open.len() >= MAX_OPEN && self.open.pop_front().is_some() {
            context.limit("snmp_open_requests");
        }
        self.open.push_back(Open {
            key: message.key(),
            time_us: context.moment.received_us,
            transaction,
            direction,
        });
        transaction
    }
}
