//! DNS (RFC 1035, 6891) over UDP and TCP (RFC 7766), multicast DNS (RFC 6762) and LLMNR (RFC 4795).
//!
//! Emits `dns-query` and `dns-answer`. Caps: those of a message (`dns_message`), 64 open queries a flow.

use super::dns_event::{self, Sent};
use super::dns_message::{HEADER, IS_ANSWER};
use super::dns_name::Texts;
use super::unanswered::{Asked, Unanswered};
use super::{Context, Direction, Pair, Parser, Probe, Role, Step, dns_numbers};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;
use crate::emit::head::{Dataset, Event, Related};

pub use super::dns_message::Message;

/// The port of DNS.
pub const PORTS: &[u16] = &[53];
/// The port of multicast DNS.
pub const MULTICAST_PORTS: &[u16] = &[5353];
/// The port of LLMNR.
pub const LOCAL_PORTS: &[u16] = &[5355];
/// A name that is not out to mislead fits in here.
const MAX_PLAIN_NAME: usize = 260;
/// Queries without an answer that one flow remembers.
const MAX_OPEN: usize = 64;

/// Whether a datagram is DNS: the header must make sense, and away from its ports the whole message must.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    let mut bytes = Bytes::new(data);
    let Some([_, flags, questions, answers, authorities, additionals]) = header(&mut bytes) else {
        return Probe::No;
    };
    let is_answer = flags & IS_ANSWER != 0;
    let role = if is_answer {
        Role::Server
    } else {
        Role::Client
    };
    let records = u32::from(answers) + u32::from(authorities) + u32::from(additionals);
    if u32::from(questions) + records == 0 {
        return Probe::No;
    }
    if matches!(flags >> 11 & 15, 3 | 7..) && !(is_usual_port && is_first_question_plain(data)) {
        return Probe::No;
    }
    let least = usize::from(questions) * 5 + usize::try_from(records).unwrap_or(0) * 11;
    if least > data.len().saturating_sub(HEADER) {
        return if is_usual_port && questions <= 8 {
            Probe::Yes(role)
        } else {
            Probe::No
        };
    }
    if is_usual_port {
        return Probe::Yes(role);
    }
    let is_query = answers == 0 && flags.trailing_zeros() >= 4;
    if questions > 0 && (is_answer || is_query) && is_first_question_plain(data) {
        Probe::Yes(role)
    } else {
        Probe::No
    }
}

/// Multicast DNS differs from DNS by its port alone; a group has no client and no server.
#[must_use]
pub fn probe_multicast(data: &[u8], is_usual_port: bool) -> Probe {
    match probe(data, is_usual_port) {
        Probe::Yes(_) if is_usual_port => Probe::Yes(Role::Either),
        _ => Probe::No,
    }
}

/// LLMNR differs from DNS by its port alone.
#[must_use]
pub fn probe_local(data: &[u8], is_usual_port: bool) -> Probe {
    if is_usual_port {
        probe(data, true)
    } else {
        Probe::No
    }
}

fn header(bytes: &mut Bytes<'_>) -> Option<[u16; 6]> {
    Some([
        bytes.u16()?,
        bytes.u16()?,
        bytes.u16()?,
        bytes.u16()?,
        bytes.u16()?,
        bytes.u16()?,
    ])
}

/// Whether the first question has a printable name, a known type and a known class.
fn is_first_question_plain(data: &[u8]) -> bool {
    let (mut texts, mut at) = (Texts::default(), HEADER);
    let Some(name) = texts.name(data, &mut at) else {
        return false;
    };
    let mut bytes = Bytes::new(data.get(at..).unwrap_or_default());
    let (Some(kind), Some(class)) = (bytes.u16(), bytes.u16()) else {
        return false;
    };
    let is_printable = texts
        .get(&name.text)
        .iter()
        .all(|byte| matches!(byte, 0x21..=0x7e));
    is_printable
        && dns_numbers::type_name(kind).is_some()
        && dns_numbers::class_name(class).is_some()
}

/// Whether a stream is DNS: a length, then a message that fits it.
#[must_use]
pub fn probe_stream(data: &[u8], is_usual_port: bool) -> Probe {
    let mut bytes = Bytes::new(data);
    let Some(length) = bytes.u16().map(usize::from) else {
        return Probe::More;
    };
    if length < HEADER + 5 {
        return Probe::No;
    }
    if let Some(message) = bytes.take(length) {
        return probe(message, is_usual_port);
    }
    // The header and the first question are enough to refuse.
    let begun = bytes.rest();
    let Some([_, flags, questions, answers, authorities, additionals]) = header(&mut bytes) else {
        return Probe::More;
    };
    let records = [answers, authorities, additionals].map(usize::from);
    let least = usize::from(questions) * 5 + records.iter().sum::<usize>() * 11;
    if least > length {
        return Probe::No;
    }
    let is_whole = begun.len() > HEADER + MAX_PLAIN_NAME;
    if matches!(flags >> 11 & 15, 3 | 7..) || questions == 0 {
        Probe::No
    } else if is_first_question_plain(begun) || !is_whole && is_begun_plain(begun) {
        Probe::More
    } else {
        Probe::No
    }
}

/// Whether the first label, as far as it is there, could be one of a name.
fn is_begun_plain(begun: &[u8]) -> bool {
    match begun.get(HEADER..) {
        Some(&[length, ref label @ ..]) => {
            let most = usize::from(length);
            length <= 63
                && label
                    .iter()
                    .take(most)
                    .all(|byte| matches!(byte, 0x21..=0x7e))
        }
        _ => true,
    }
}

/// The same, for LLMNR.
#[must_use]
pub fn probe_local_stream(data: &[u8], is_usual_port: bool) -> Probe {
    if is_usual_port {
        probe_stream(data, true)
    } else {
        Probe::No
    }
}

/// State for datagrams.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Dns::default())
}

/// State for a stream.
#[must_use]
pub fn make_stream() -> Box<dyn Parser> {
    Box::new(Dns {
        is_stream: true,
        ..Dns::default()
    })
}

/// State for messages to a group: what answers what cannot be told.
#[must_use]
pub fn make_multicast() -> Box<dyn Parser> {
    Box::new(Dns {
        is_multicast: true,
        ..Dns::default()
    })
}

/// One flow's queries.
#[derive(Default)]
struct Dns {
    is_stream: bool,
    is_multicast: bool,
    /// Ends of a stream that lost bytes: the beginning of a message must be found again.
    is_lost: Pair<bool>,
    messages: u64,
    open: Unanswered<Asked<u16>, MAX_OPEN>,
}

impl Parser for Dns {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        if !self.is_stream {
            self.message(context, direction, bytes);
            return Step::more(bytes.len());
        }
        let is_lost = self.is_lost.of_mut(direction);
        if *is_lost {
            match probe_stream(bytes, false) {
                Probe::Yes(_) => *is_lost = false,
                Probe::More => return Step::more(0),
                Probe::No => return Step::more(bytes.len()),
            }
        }
        let mut rest = Bytes::new(bytes);
        let mut consumed = 0;
        while let Some(message) = rest.vector16() {
            self.message(context, direction, message.rest());
            consumed = bytes.len() - rest.len();
        }
        Step::more(consumed)
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, _: u64) -> bool {
        // Lengths are the only boundaries; a message often begins with a segment, so the next ones are tried.
        *self.is_lost.of_mut(direction) = true;
        true
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        self.open.held()
    }
}

impl Dns {
    fn message(&mut self, context: &mut Context<'_>, direction: Direction, data: &[u8]) {
        let mut message = std::mem::take(&mut context.shared.dns_message);
        if message.read(data).is_some() {
            let transaction = self.report(context, direction, &message);
            for anomaly in message.anomalies() {
                context.anomaly_in(anomaly, transaction);
            }
            if message.records_cut {
                context.limit("dns_records");
            }
            if message.texts.faults.texts_cut {
                context.limit("dns_texts");
            }
        } else {
            context.anomaly(Anomaly::DnsMalformed);
        }
        context.shared.dns_message = message;
    }

    /// Tells of a message; gives the number of its transaction.
    fn report(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        message: &Message,
    ) -> Option<u64> {
        if message.broken.is_some() && message.questions.is_empty() && message.records.is_empty() {
            return None;
        }
        let is_answer = message.is_answer();
        let action = if is_answer { "dns-answer" } else { "dns-query" };
        let mut event = Event::new(
            Dataset::Dns,
            action,
            context.moment.time_us,
            context.moment.packet,
        );
        if is_answer {
            self.answer(&mut event, message, context.moment.received_us);
        } else {
            event.transaction = Some(self.query(context, message));
        }
        let question = message.questions.first();
        let name = question.map_or(&b""[..], |question| message.text(&question.name.text));
        // The root is nobody's name.
        let hosts: [&[u8]; 1] = [if name == b"." { b"" } else { name }];
        event.related = Related {
            addresses: &message.resolved,
            hosts: &hosts,
            ..Related::default()
        };
        let sent = Sent {
            number: self.messages,
            is_reversed: is_answer == (direction == Direction::FromSource),
        };
        self.messages = self.messages.saturating_add(1);
        context.emit(
            &event,
            |line| dns_event::write_dns(line, message),
            |line| dns_event::write_own(line, message, sent),
        );
        // Two servers talk to each other from their own port, and in a group anybody answers.
        let is_between_servers = context.flow.key.low_port == context.flow.key.high_port;
        if sent.is_reversed && !is_between_servers && !self.is_multicast {
            let anomaly = if is_answer {
                Anomaly::DnsNotQuery
            } else {
                Anomaly::DnsNotAnswer
            };
            context.anomaly_in(anomaly, event.transaction);
        }
        event.transaction
    }

    fn answer(&mut self, event: &mut Event<'_>, message: &Message, received_us: u64) {
        event.success = Some(message.response_code() == 0);
        if let Some(asked) = self.open.take(|asked| asked.key == message.id) {
            asked.answered(event, received_us);
        }
    }

    fn query(&mut self, context: &mut Context<'_>, message: &Message) -> u64 {
        let asked = Asked::now(context, message.id);
        // In a group nobody need answer.
        if !self.is_multicast && self.open.push(asked).is_some() {
            context.limit("dns_open_queries");
        }
        asked.transaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] =
        b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x02vn\x00\x00\x01\x00\x01";

    #[test]
    fn a_query_is_known_on_any_port_and_noise_on_none() {
        assert_eq!(probe(QUERY, false), Probe::Yes(Role::Client));
        assert_eq!(probe_multicast(QUERY, true), Probe::Yes(Role::Either));
        assert_eq!(probe_multicast(QUERY, false), Probe::No);
        assert_eq!(probe(&[0xff; 40], false), Probe::No);
        assert_eq!(probe(&[0; 40], true), Probe::No);
    }

    #[test]
    fn a_stream_is_known_by_its_first_message_however_it_is_cut() {
        let length = u16::try_from(QUERY.len()).expect("a short query");
        let stream = [&length.to_be_bytes()[..], QUERY].concat();
        for cut in 0..stream.len() {
            assert_eq!(probe_stream(&stream[..cut], false), Probe::More, "{cut}");
        }
        assert_eq!(probe_stream(&stream, false), Probe::Yes(Role::Client));
        assert_eq!(
            probe_stream(b"GET / HTTP/1.1\r\nHost: a\r\n", false),
            Probe::No
        );
        assert_eq!(
            probe_stream(
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00\x00",
                false
            ),
            Probe::No
        );
    }
}
