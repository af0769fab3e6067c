//! SNMP versions 1 to 3 over UDP (RFC 1157, 3416, 3412, 3414): an event a message, an answer with its latency.
//!
//! Emits `snmp-get`, `-get-next`, `-get-bulk`, `-set`, `-inform`, `-trap`, `-response`, `-report`, and `snmp-encrypted` for
//! what version 3 hides. Caps: 64 open requests a flow, 128 variables a message.

use super::snmp_message::{self, Message, pdu};
use super::unanswered::{Asked, Unanswered};
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

/// One flow's requests.
#[derive(Default)]
struct Snmp {
    /// By number and sender.
    open: Unanswered<Asked<(i64, Direction)>, MAX_OPEN>,
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
        self.open.held()
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
            let key = (message.key(), direction.other());
            if let Some(asked) = self.open.take(|asked| asked.key == key) {
                asked.answered(&mut event, moment.received_us);
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

    fn ask(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        message: &Message<'_>,
    ) -> u64 {
        let asked = Asked::now(context, (message.key(), direction));
        if message.wants_answer() && self.open.push(asked).is_some() {
            context.limit("snmp_open_requests");
        }
        asked.transaction
    }
}
