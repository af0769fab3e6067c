//! SIP over UDP and TCP (RFC 3261), with its session descriptions.
//!
//! Emits `sip-<method>` for requests and for their answers. Caps: 64 KiB a head, 64 KiB of a body are read (longer ones
//! are stepped over), 64 requests a flow wait for their answer.

use super::sip_event::{self, Message};
use super::sip_message::{Fields, Start, head_length, split_line};
use super::unanswered::{Asked, Unanswered};
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::count;

/// Ports that break ties.
pub const PORTS: &[u16] = &[5060, 5061];
/// Bytes of a head.
const MAX_HEAD: usize = 64 << 10;
/// Bytes of a body that are read.
const MAX_BODY: usize = 64 << 10;
/// Bytes of a first line.
const MAX_LINE: usize = 4 << 10;
/// Requests that wait for an answer.
const MAX_OPEN: usize = 64;

/// Whether an end speaks SIP.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    let data = trim_start(data);
    let (line, rest) = split_line(data);
    if rest.is_empty() && !data.ends_with(b"\n") {
        let is_text = line
            .iter()
            .take(16)
            .all(|byte| matches!(byte, b' '..=b'~' | b'\r'));
        let begins = line.first().is_none_or(u8::is_ascii_uppercase);
        return if is_text && begins && line.len() < MAX_LINE {
            Probe::More
        } else {
            Probe::No
        };
    }
    match Start::read(line) {
        Some(start) if start.is_usual() || is_usual_port => Probe::Yes(match start {
            Start::Request { .. } => Role::Client,
            Start::Response { .. } => Role::Server,
        }),
        _ => Probe::No,
    }
}

/// Whether a datagram is SIP: nothing more will come.
#[must_use]
pub fn probe_datagram(data: &[u8], is_usual_port: bool) -> Probe {
    match probe(data, is_usual_port) {
        Probe::More => Probe::No,
        other => other,
    }
}

/// State for a TCP connection.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Sip {
        is_stream: true,
        ..Sip::default()
    })
}

/// State for datagrams.
#[must_use]
pub fn make_datagram() -> Box<dyn Parser> {
    Box::new(Sip::default())
}

#[derive(Clone, Copy, Default)]
struct Half {
    /// Bytes of an unfinished head that were searched.
    scanned: usize,
    /// Bytes of a body still to be stepped over.
    skip: u64,
    is_lost: bool,
}

/// One flow.
#[derive(Default)]
struct Sip {
    is_stream: bool,
    halves: Pair<Half>,
    /// By the hash of dialog and number.
    open: Unanswered<Asked<u64>, MAX_OPEN>,
}

impl Parser for Sip {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        if !self.is_stream {
            self.datagram(context, bytes);
            return Step::more(bytes.len());
        }
        let mut consumed = self.skip(direction, bytes);
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            match self.message(context, direction, rest) {
                Some(0) | None => return Step::more(consumed),
                Some(used) => consumed += used,
            }
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        let half = self.halves.of_mut(direction);
        half.is_lost |= half.skip < length;
        half.skip = half.skip.saturating_sub(length);
        half.scanned = 0;
        true
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        self.open.held()
    }
}

impl Sip {
    fn skip(&mut self, direction: Direction, bytes: &[u8]) -> usize {
        let half = self.halves.of_mut(direction);
        let step = count(bytes.len()).min(half.skip);
        half.skip -= step;
        usize::try_from(step).unwrap_or(0)
    }

    fn datagram(&mut self, context: &mut Context<'_>, bytes: &[u8]) {
        let bytes = trim_start(bytes);
        // Keep-alives are empty or zeros (RFC 5626).
        if bytes.iter().all(|byte| *byte == 0) {
            return;
        }
        let head = head_length(bytes, 0).unwrap_or(bytes.len());
        let (head, body) = bytes.split_at_checked(head).unwrap_or((bytes, b""));
        self.read(context, head, body);
    }

    /// Reads one message of a stream; how many bytes it took, `None` when it is not whole.
    fn message(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        // Between messages there may be keep-alives (RFC 5626, section 3.5.1).
        let blank = bytes.len() - trim_start(bytes).len();
        if blank > 0 {
            self.halves.of_mut(direction).scanned = 0;
            return Some(blank);
        }
        if bytes.is_empty() {
            return None;
        }
        let scanned = self.halves.of_mut(direction).scanned;
        let Some(length) = head_length(bytes, scanned) else {
            self.halves.of_mut(direction).scanned = bytes.len();
            if bytes.len() <= MAX_HEAD {
                return None;
            }
            context.limit("sip_head");
            self.halves.of_mut(direction).is_lost = true;
            self.halves.of_mut(direction).scanned = 0;
            return Some(bytes.len());
        };
        let head = bytes.get(..length)?;
        let (line, fields) = split_line(head);
        if Start::read(line).is_none() {
            if !std::mem::replace(&mut self.halves.of_mut(direction).is_lost, true) {
                context.anomaly(Anomaly::SipMalformed);
            }
            self.halves.of_mut(direction).scanned = 0;
            return Some(length);
        }
        let announced = Fields::read(fields).length.unwrap_or(0);
        let whole = usize::try_from(announced).unwrap_or(usize::MAX);
        let body = bytes.get(length..).unwrap_or_default();
        if body.len() < whole.min(MAX_BODY) {
            // The head is found at once when it is asked for again.
            self.halves.of_mut(direction).scanned = length.saturating_sub(4);
            return None;
        }
        let body = body.get(..whole).unwrap_or(body);
        self.halves.of_mut(direction).scanned = 0;
        self.halves.of_mut(direction).is_lost = false;
        self.read(context, head, body);
        self.halves.of_mut(direction).skip = announced.saturating_sub(count(body.len()));
        Some(length + body.len())
    }

    fn read(&mut self, context: &mut Context<'_>, head: &[u8], body: &[u8]) {
        let (line, rest) = split_line(head);
        let Some(start) = Start::read(line) else {
            return context.anomaly(Anomaly::SipMalformed);
        };
        let fields = Fields::read(rest);
        if fields.is_malformed {
            context.anomaly(Anomaly::SipMalformed);
        }
        if fields.is_cut {
            context.limit("sip_fields");
        }
        let key = crate::ids::sip::<1, 3>([0, 0], &words(fields.call_id, fields.sequence));
        let message = Message {
            line,
            start,
            fields,
            body: body.get(..MAX_BODY).unwrap_or(body),
            body_bytes: count(body.len()),
        };
        match start {
            Start::Request { .. } => {
                let asked = Asked::now(context, key);
                sip_event::write(context, &message, Err(asked.transaction));
                if self.open.push(asked).is_some() {
                    context.limit("sip_open");
                }
            }
            Start::Response { code, .. } => {
                let is_last = !code.starts_with(b"1");
                let asked = if is_last {
                    self.open.take(|asked| asked.key == key)
                } else {
                    self.open.find(|asked| asked.key == key).copied()
                };
                sip_event::write(context, &message, Ok(asked));
            }
        }
    }
}

/// Call and number as words for a hash, with their lengths.
fn words(call: &[u8], sequence: &[u8]) -> Vec<u64> {
    let mut words = vec![count(call.len()), count(sequence.len())];
    for chunk in call.chunks(8).chain(sequence.chunks(8)) {
        let word = chunk
            .iter()
            .fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        words.push(word);
    }
    words
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let blank = bytes
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len());
    bytes.get(blank..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_tells_who_speaks() {
        let invite = b"INVITE sip:bob@biloxi.com SIP/2.0\r\nVia: x\r\n\r\n";
        assert_eq!(probe(invite, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&invite[..12], false), Probe::More);
        assert_eq!(
            probe(b"SIP/2.0 200 OK\r\n\r\n", false),
            Probe::Yes(Role::Server)
        );
        assert_eq!(probe(b"GET / HTTP/1.1\r\n\r\n", true), Probe::No);
        assert_eq!(probe_datagram(b"INVITE sip:bob", true), Probe::No);
    }
}
