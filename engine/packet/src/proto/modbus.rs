//! Modbus over TCP (MODBUS Application Protocol 1.1b3; MODBUS Messaging on TCP/IP 1.0b).
//!
//! Emits one event a transaction: `modbus-read`, `-write`, `-diagnostic`, `-identification`, `-other`, and
//! `modbus-exception`. Caps: 64 open requests a flow (the oldest is told without its answer), 253 bytes a message.

use super::modbus_event;
use super::modbus_message::{Header, MAX_LENGTH, Pdu};
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};
use crate::anomaly::{Anomaly, Moment};
use crate::emit::head::{Dataset, Event};

/// The port of Modbus.
pub const PORTS: &[u16] = &[502];
/// Requests without an answer that one flow remembers.
const MAX_OPEN: usize = 64;

/// Whether a stream is Modbus. On its port the header is enough; elsewhere the whole first message must fit.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    let Some(header) = Header::read(data) else {
        let is_begun = data
            .get(2..)
            .unwrap_or_default()
            .iter()
            .take(2)
            .all(|byte| *byte == 0);
        return if is_begun { Probe::More } else { Probe::No };
    };
    if header.protocol_id != 0 {
        return Probe::No;
    }
    let message = header.is_valid().then(|| header.pdu(data)).flatten();
    let Some(message) = message else {
        return match (is_usual_port, header.is_valid()) {
            (true, _) => Probe::Yes(Role::Either),
            (false, true) => Probe::More,
            (false, false) => Probe::No,
        };
    };
    match (message.is_request_shape(), message.is_response_shape()) {
        (true, false) => Probe::Yes(Role::Client),
        (false, true) => Probe::Yes(Role::Server),
        (false, false) if !is_usual_port => Probe::No,
        _ => Probe::Yes(Role::Either),
    }
}

/// State for a stream.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Modbus::default())
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Open {
    header: Header,
    pdu: Vec<u8>,
    moment: Moment,
    transaction: u64,
}

/// One flow's requests.
#[derive(Default)]
struct Modbus {
    /// Ends that lost bytes at some time: every segment may begin in the middle of a message.
    is_lost: Pair<bool>,
    open: Unanswered<Open, MAX_OPEN>,
}

impl Parser for Modbus {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = 0;
        let is_client = is_client(context, direction);
        while let Some(rest) = bytes.get(consumed..) {
            let Some(header) = Header::read(rest) else {
                break;
            };
            if !header.is_valid() {
                context.anomaly(Anomaly::ModbusMalformed);
                // Nothing marks where the next message begins. After a hole it often does with a segment.
                return if *self.is_lost.of(direction) {
                    Step::more(bytes.len())
                } else {
                    Step::done(bytes.len())
                };
            }
            let Some(pdu) = header.pdu(rest) else {
                break;
            };
            if is_client && !pdu.is_exception() {
                self.request(context, header, pdu);
            } else {
                self.response(context, header, pdu);
            }
            consumed += header.whole_length();
        }
        Step::more(consumed)
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, _: u64) -> bool {
        *self.is_lost.of_mut(direction) = true;
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        while let Some(open) = self.open.pop() {
            report(context, Some(&open), None);
        }
    }

    fn held(&self) -> usize {
        self.open.held() + self.open.len() * MAX_LENGTH
    }
}

impl Modbus {
    fn request(&mut self, context: &mut Context<'_>, header: Header, pdu: Pdu<'_>) {
        let transaction = context.begin_transaction();
        let oldest = self.open.push(Open {
            header,
            pdu: pdu.bytes.to_vec(),
            moment: context.moment,
            transaction,
        });
        if let Some(oldest) = oldest {
            report(context, Some(&oldest), None);
            context.limit("modbus_open_requests");
        }
    }

    fn response(&mut self, context: &mut Context<'_>, header: Header, pdu: Pdu<'_>) {
        let open = self.open.take(|open| {
            open.header.transaction_id == header.transaction_id
                && open.header.unit_id == header.unit_id
                && Pdu::new(&open.pdu).function() == pdu.function()
        });
        report(context, open.as_ref(), Some((header, pdu)));
    }
}

/// Requests go to the port of Modbus, when one end has it; otherwise to who was called.
fn is_client(context: &Context<'_>, direction: Direction) -> bool {
    let [source, destination] = [true, false].map(|end| context.flow.end(end).1);
    let is_server = |port| PORTS.contains(&port);
    match (is_server(source), is_server(destination)) {
        (true, false) => direction == Direction::FromDestination,
        _ => direction == Direction::FromSource,
    }
}

/// Tells of a transaction, or of the half of one that was seen.
fn report(context: &mut Context<'_>, open: Option<&Open>, answer: Option<(Header, Pdu<'_>)>) {
    let request = open.map(|open| Pdu::new(&open.pdu));
    let response = answer.map(|(_, pdu)| pdu);
    let Some(header) = answer
        .map(|(header, _)| header)
        .or(open.map(|open| open.header))
    else {
        return;
    };
    let is_exception = response.is_some_and(|pdu| pdu.is_exception());
    let action = if is_exception {
        "modbus-exception"
    } else {
        request
            .or(response)
            .map_or("modbus-other", |pdu| pdu.action())
    };
    let moment = context.moment;
    let packet = match (answer, open) {
        (None, Some(open)) => open.moment.packet,
        _ => moment.packet,
    };
    let mut event = Event::new(Dataset::Modbus, action, moment.time_us, packet);
    event.success = response.map(|_| !is_exception);
    if let Some(open) = open {
        event.transaction = Some(open.transaction);
        event.start_us = Some(open.moment.received_us);
        let passed = moment.received_us.saturating_sub(open.moment.received_us);
        event.duration_us = answer.map(|_| passed);
    } else {
        event.transaction = Some(context.begin_transaction());
    }
    context.emit(
        &event,
        |line| modbus_event::write(line, header, request, response),
        |_| {},
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MODBUS Application Protocol 1.1b3, section 6.1: coils 20 to 38, and their states.
    const REQUEST: &[u8] = &[0, 1, 0, 0, 0, 6, 17, 1, 0, 0x13, 0, 0x13];
    const RESPONSE: &[u8] = &[0, 1, 0, 0, 0, 6, 17, 1, 3, 0xcd, 0x6b, 0x05];

    #[test]
    fn a_message_is_known_on_any_port_and_tells_who_sent_it() {
        assert_eq!(probe(REQUEST, false), Probe::Yes(Role::Client));
        assert_eq!(probe(RESPONSE, false), Probe::Yes(Role::Server));
        for cut in 0..REQUEST.len() {
            assert_eq!(probe(&REQUEST[..cut], false), Probe::More, "{cut}");
        }
        assert_eq!(probe(b"GET / HT", true), Probe::No);
        assert_eq!(probe(&[0; 12], false), Probe::No);
    }
}
