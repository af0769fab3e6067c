//! TLS 1.0 to 1.3 (RFC 8446, RFC 5246), SSL 3 (RFC 6101) and SSL 2: the records, and the open part of the handshake, one
//! event a connection.
//!
//! Caps: 256 KiB a message of the handshake (a longer one is noted, and stepped over); those of `tls_handshake` and `x509`.

use super::ssl2;
use super::tls_event;
use super::tls_fingerprint::Carrier;
use super::tls_handshake::Handshake;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Usual ports.
pub const PORTS: &[u16] = &[443, 465, 636, 853, 989, 990, 993, 995, 8443];
/// The longest message of the handshake that is read.
const MAX_HANDSHAKE: usize = 256 << 10;
/// The longest record of any version, with the slack that TLS 1.2 grants.
const MAX_RECORD: usize = 16_384 + 2_048;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const HEARTBEAT: u8 = 24;

/// Recognises a record that begins a conversation.
#[must_use]
pub fn probe(bytes: &[u8], _: bool) -> Probe {
    match bytes {
        [HANDSHAKE, 3, 0..=4, high, low, kind, ..] => {
            let length = u16::from_be_bytes([*high, *low]);
            match kind {
                1 if length >= 4 => Probe::Yes(Role::Client),
                2 if length >= 4 => Probe::Yes(Role::Server),
                _ => Probe::No,
            }
        }
        [ALERT, 3, 0..=4, 0, 2, 1..=2, ..] => Probe::Yes(Role::Either),
        [HANDSHAKE | ALERT]
        | [HANDSHAKE | ALERT, 3]
        | [HANDSHAKE | ALERT, 3, 0..=4]
        | [HANDSHAKE | ALERT, 3, 0..=4, _]
        | [HANDSHAKE | ALERT, 3, 0..=4, _, _] => Probe::More,
        _ => ssl2::probe(bytes),
    }
}

/// Whether a client that asked for TLS begins it with these bytes, of which there is one at least. What speaks in lines
/// never begins so.
#[must_use]
pub fn may_begin(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, ..] | [HANDSHAKE])
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Tls {
        handshake: Handshake::over(Carrier::Stream),
        halves: Pair::default(),
        start_us: None,
        is_told: false,
    })
}

/// How far one direction is.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// No record was read.
    #[default]
    Begin,
    /// What is said can be read.
    Open,
    /// What follows is encrypted.
    Encrypted,
    /// Something encrypted followed.
    Finished,
}

/// One direction.
#[derive(Default)]
struct Half {
    /// The begin of a message whose rest has not come.
    pending: Vec<u8>,
    /// Bytes to come of a message that is too long to be kept.
    to_skip: usize,
    stage: Stage,
    /// Whether bytes are missing: what follows cannot be told apart.
    is_lost: bool,
    /// Whether the last heartbeat asked for more than it brought.
    has_overreached: bool,
}

/// One connection, as far as it is in the open.
struct Tls {
    handshake: Handshake,
    halves: Pair<Half>,
    start_us: Option<u64>,
    is_told: bool,
}

impl Parser for Tls {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.received_us);
        if self.halves.of_mut(direction).is_lost {
            return Step::more(bytes.len());
        }
        let mut rest = Bytes::new(bytes);
        let mut consumed = 0;
        while !self.is_told {
            let mut record = rest;
            match self.next_record(context, direction, &mut record) {
                Some(true) => {}
                Some(false) => break,
                None => return Step::done(bytes.len()),
            }
            rest = record;
            consumed = bytes.len() - rest.len();
        }
        if self.is_told {
            Step::done(consumed)
        } else {
            Step::more(consumed)
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, _: u64) -> bool {
        // Records cannot be found again in this direction; the other one may still tell its half.
        self.halves.of_mut(direction).is_lost = true;
        self.handshake.is_established = None;
        !self.halves.iter().all(|half| half.is_lost)
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.tell(context);
    }

    fn held(&self) -> usize {
        let pending: usize = self.halves.iter().map(|half| half.pending.capacity()).sum();
        pending + self.handshake.held()
    }
}

impl Tls {
    /// Takes one record. False wants more bytes, nothing gives the stream up.
    fn next_record(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &mut Bytes<'_>,
    ) -> Option<bool> {
        let is_ssl2 = self
            .handshake
            .server
            .as_ref()
            .is_some_and(|hello| hello.is_ssl2);
        let half = self.halves.of_mut(direction);
        if is_ssl2 || matches!(bytes.rest(), [0x80..=0x8f, ..]) && half.stage == Stage::Begin {
            return self.ssl2_record(context, direction, bytes);
        }
        let Some(&[kind, major, minor, high, low]) = bytes.rest().first_chunk::<5>() else {
            return Some(false);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let fault = if !(CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&kind) {
            Anomaly::TlsRecordType
        } else if major != 3 || minor > 4 && half.stage == Stage::Begin {
            Anomaly::TlsRecordVersion
        } else if length > MAX_RECORD {
            Anomaly::TlsMalformed
        } else {
            let payload = bytes.skip(5).and_then(|()| bytes.take(length));
            if let Some(payload) = payload {
                half.stage = half.stage.max(Stage::Open);
                self.record(context, direction, kind, payload);
            }
            return Some(payload.is_some());
        };
        context.anomaly(fault);
        None
    }

    fn ssl2_record(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &mut Bytes<'_>,
    ) -> Option<bool> {
        let Some(length) = bytes.u16() else {
            return Some(false);
        };
        // Records of encrypted blocks have a third byte: the length of their padding.
        let (length, padding) = if length & 0x8000 == 0 {
            (length & 0x3fff, 1)
        } else {
            (length & 0x7fff, 0)
        };
        let Some(body) = bytes
            .skip(padding)
            .and_then(|()| bytes.take(usize::from(length)))
        else {
            return Some(false);
        };
        let half = self.halves.of_mut(direction);
        half.stage = half.stage.max(Stage::Open);
        // After the client's master key (2) all of SSL 2 is encrypted; a server's answer to it says that it went well.
        if half.stage >= Stage::Encrypted {
            half.stage = Stage::Finished;
            self.settle(context);
            return Some(true);
        }
        let mut body = Bytes::new(body);
        let kind = body.u8();
        if matches!(kind, Some(2 | 4)) {
            half.stage = Stage::Encrypted;
        }
        let read =
            kind.and_then(|kind| self.handshake.ssl2_message(context, direction, kind, body));
        if read.is_none() {
            context.anomaly(Anomaly::TlsMalformed);
        }
        read.map(|()| true)
    }

    fn record(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        kind: u8,
        payload: &[u8],
    ) {
        let is_13 = self.handshake.is_version_13();
        let half = self.halves.of_mut(direction);
        match kind {
            CHANGE_CIPHER_SPEC => {
                // In TLS 1.3 it means nothing (RFC 8446, appendix D.4).
                if !is_13 {
                    half.stage = half.stage.max(Stage::Encrypted);
                }
                self.handshake.note(direction, b'i');
            }
            ALERT if half.stage < Stage::Encrypted && payload.len() == 2 => {
                if let &[level, description] = payload
                    && self.handshake.alert(direction, level, description)
                {
                    self.tell(context);
                }
            }
            HANDSHAKE if half.stage < Stage::Encrypted => {
                self.fragment(context, direction, payload);
            }
            HEARTBEAT if half.stage < Stage::Encrypted => {
                self.heartbeat(context, direction, payload);
            }
            HANDSHAKE | APPLICATION_DATA if half.stage >= Stage::Encrypted || is_13 => {
                half.stage = Stage::Finished;
            }
            _ => {}
        }
        self.settle(context);
    }

    /// Tells the event once both ends speak under keys.
    fn settle(&mut self, context: &mut Context<'_>) {
        let is_over = self.halves.iter().all(|half| half.stage == Stage::Finished);
        if is_over && self.handshake.server.is_some() {
            self.handshake.is_established = Some(true);
            self.tell(context);
        }
    }

    /// A piece of the stream of handshake messages.
    fn fragment(&mut self, context: &mut Context<'_>, direction: Direction, payload: &[u8]) {
        let half = self.halves.of_mut(direction);
        let skipped = half.to_skip.min(payload.len());
        half.to_skip -= skipped;
        let payload = payload.get(skipped..).unwrap_or_default();
        let mut pending = std::mem::take(&mut half.pending);
        // Most records hold whole messages: nothing is copied then.
        let rest = if pending.is_empty() {
            self.messages(context, direction, payload)
        } else {
            pending.extend_from_slice(payload);
            self.messages(context, direction, &pending)
        };
        if pending.is_empty() {
            pending.extend_from_slice(payload.get(payload.len() - rest..).unwrap_or_default());
        } else {
            // What is kept is moved only when a message was whole: a byte a record stays linear.
            let consumed = pending.len() - rest;
            if consumed > 0 {
                pending.drain(..consumed);
            }
        }
        self.halves.of_mut(direction).pending = pending;
    }

    /// Takes the whole messages; how many bytes are left.
    fn messages(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> usize {
        let mut rest = Bytes::new(bytes);
        loop {
            let mut message = rest;
            let (Some(kind), Some(length)) = (message.u8(), message.u24()) else {
                return rest.len();
            };
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > MAX_HANDSHAKE {
                self.handshake.step_over(context, direction, kind);
                // A record is shorter than any such message.
                self.halves.of_mut(direction).to_skip = length.saturating_sub(message.len());
                return 0;
            }
            let Some(body) = message.take(length).map(Bytes::new) else {
                return rest.len();
            };
            rest = message;
            self.handshake.message(context, direction, kind, body);
        }
    }

    /// Heartbeats (RFC 6520): one that claims more than it brings asks for memory that is not its own.
    fn heartbeat(&mut self, context: &mut Context<'_>, direction: Direction, payload: &[u8]) {
        self.handshake.note(direction, b'b');
        let Some((&[kind, high, low], rest)) = payload.split_first_chunk::<3>() else {
            context.anomaly(Anomaly::TlsMalformed);
            return;
        };
        let claimed = usize::from(u16::from_be_bytes([high, low]));
        match kind {
            1 => {
                // Sixteen bytes of padding belong to it (RFC 6520, section 4).
                let has_overreached = claimed.saturating_add(16) > rest.len();
                if has_overreached {
                    context.anomaly(Anomaly::TlsHeartbeatOverflow);
                }
                self.halves.of_mut(direction).has_overreached = has_overreached;
            }
            2 => {
                let asked = direction.other();
                if std::mem::take(&mut self.halves.of_mut(asked).has_overreached) {
                    context.anomaly(Anomaly::TlsHeartbeatLeak);
                }
            }
            _ => context.anomaly(Anomaly::TlsMalformed),
        }
    }

    fn tell(&mut self, context: &mut Context<'_>) {
        if !self.is_told && self.handshake.is_known() {
            self.is_told = true;
            tls_event::write(context, &self.handshake, self.start_us);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_recognised_and_other_records_are_not() {
        let client = Probe::Yes(Role::Client);
        assert_eq!(probe(&[22, 3, 1, 0, 200, 1], false), client);
        let server = Probe::Yes(Role::Server);
        assert_eq!(probe(&[22, 3, 3, 0, 80, 2], false), server);
        assert_eq!(probe(&[22, 3], false), Probe::More);
        assert_eq!(probe(&[23, 3, 3, 0, 80, 2], false), Probe::No);
        assert_eq!(probe(b"GET / ", false), Probe::No);
    }
}
