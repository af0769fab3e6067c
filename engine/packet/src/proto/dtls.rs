//! DTLS 1.0 to 1.3 (RFC 4347, RFC 6347, RFC 9147): the records, and the open part of the handshake out of its fragments, one
//! event a connection.
//!
//! Caps: 256 records a datagram; 16 messages and 256 KiB waiting a direction, 64 KiB a message; those of `tls_handshake`.

use std::collections::BTreeMap;

use super::quic_crypto::Stream;
use super::tls_event;
use super::tls_fingerprint::Carrier;
use super::tls_handshake::Handshake;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Usual ports: CoAP, DTLS by name, STUN, RADIUS.
pub const PORTS: &[u16] = &[443, 2083, 3391, 4433, 5349, 5684];
/// Records of a datagram that are looked at.
const MAX_RECORDS: usize = 256;
/// Messages of a direction that wait for fragments.
const MAX_MESSAGES: usize = 16;
/// Bytes of a direction that wait.
const MAX_WAITING: usize = 256 << 10;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const CONNECTION_ID: u8 = 25;
const ACKNOWLEDGEMENT: u8 = 26;

/// Recognises the records that begin a handshake, or a datagram of records that end where it ends.
#[must_use]
pub fn probe(bytes: &[u8], _: bool) -> Probe {
    let mut rest = Bytes::new(bytes);
    let Some(record) = Record::read(&mut rest) else {
        return Probe::No;
    };
    match (record.kind, record.epoch, record.body.first()) {
        (HANDSHAKE, 0, Some(1)) => Probe::Yes(Role::Client),
        (HANDSHAKE, 0, Some(2 | 3)) => Probe::Yes(Role::Server),
        (APPLICATION_DATA | HANDSHAKE | ALERT, 1.., _) if rest.is_empty() => {
            Probe::Yes(Role::Either)
        }
        _ => Probe::No,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Dtls {
        handshake: Handshake::over(Carrier::Datagram),
        halves: Pair::default(),
        start_us: None,
        is_told: false,
    })
}

/// A record with its whole header (RFC 6347, section 4.1).
struct Record<'a> {
    kind: u8,
    epoch: u16,
    body: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(bytes: &mut Bytes<'a>) -> Option<Self> {
        let (kind, version, epoch) = (bytes.u8()?, bytes.u16()?, bytes.u16()?);
        let is_known = (CHANGE_CIPHER_SPEC..=ACKNOWLEDGEMENT).contains(&kind)
            && matches!(version, 0xfefd | 0xfeff)
            // Its connection id has a length that only both ends know.
            && kind != CONNECTION_ID;
        if !is_known {
            return None;
        }
        bytes.skip(6)?;
        let body = bytes.vector16()?.rest();
        Some(Self { kind, epoch, body })
    }
}

/// A message whose fragments have not all come.
struct Partial {
    kind: u8,
    length: usize,
    fragments: Stream,
}

/// One direction.
#[derive(Default)]
struct Half {
    /// Number of the message that is read next; the first one that is seen sets it.
    next: Option<u16>,
    partial: BTreeMap<u16, Partial>,
    has_finished: bool,
}

/// One connection, as far as it is in the open.
struct Dtls {
    handshake: Handshake,
    halves: Pair<Half>,
    start_us: Option<u64>,
    is_told: bool,
}

impl Parser for Dtls {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.received_us);
        let mut rest = Bytes::new(bytes);
        for _ in 0..MAX_RECORDS {
            if rest.is_empty() || self.is_told {
                break;
            }
            // Version 1.3 shortens the headers of what it encrypts (RFC 9147, section 4); so do connection ids.
            if matches!(rest.rest(), [0x20..=0x3f | CONNECTION_ID, ..]) {
                self.halves.of_mut(direction).has_finished = true;
                break;
            }
            let Some(record) = Record::read(&mut rest) else {
                context.anomaly(Anomaly::DtlsMalformed);
                break;
            };
            self.record(context, direction, &record);
        }
        let is_over = self.halves.iter().all(|half| half.has_finished);
        if is_over && self.handshake.server.is_some() {
            self.handshake.is_established = Some(true);
            self.tell(context);
        }
        if self.is_told {
            Step::done(bytes.len())
        } else {
            Step::more(bytes.len())
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.tell(context);
    }

    fn held(&self) -> usize {
        self.halves.iter().map(Half::held).sum::<usize>() + self.handshake.held()
    }
}

impl Half {
    fn held(&self) -> usize {
        let partial = self.partial.values();
        partial.map(|message| 64 + message.fragments.held()).sum()
    }
}

impl Dtls {
    fn record(&mut self, context: &mut Context<'_>, direction: Direction, record: &Record<'_>) {
        if record.epoch > 0 {
            self.halves.of_mut(direction).has_finished = true;
            return;
        }
        match record.kind {
            CHANGE_CIPHER_SPEC => self.handshake.note(direction, b'i'),
            ALERT => {
                if let &[level, description] = record.body
                    && self.handshake.alert(direction, level, description)
                {
                    self.tell(context);
                }
            }
            HANDSHAKE => {
                let mut rest = Bytes::new(record.body);
                while !rest.is_empty() {
                    if self.fragment(context, direction, &mut rest).is_none() {
                        context.anomaly(Anomaly::DtlsMalformed);
                        break;
                    }
                }
            }
            _ => {}
        }
    }

    /// A fragment of a handshake message (RFC 6347, section 4.2.2).
    fn fragment(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &mut Bytes<'_>,
    ) -> Option<()> {
        let kind = bytes.u8()?;
        let length = usize::try_from(bytes.u24()?).ok()?;
        let number = bytes.u16()?;
        let offset = u64::from(bytes.u24()?);
        let data = bytes.vector24()?.rest();
        let half = self.halves.of_mut(direction);
        let next = *half.next.get_or_insert(number);
        // What was read already comes again when its answer was lost.
        if number < next {
            return Some(());
        }
        if offset == 0 && data.len() == length && number == next {
            half.next = Some(next.saturating_add(1));
            half.partial.remove(&number);
            self.handshake
                .message(context, direction, kind, Bytes::new(data));
        } else {
            let is_full = !half.partial.contains_key(&number) && half.partial.len() >= MAX_MESSAGES
                || half.held() > MAX_WAITING;
            let message = (!is_full).then(|| {
                half.partial.entry(number).or_insert_with(|| Partial {
                    kind,
                    length,
                    fragments: Stream::default(),
                })
            });
            if !message.is_some_and(|message| message.fragments.add(offset, data)) {
                context.limit("dtls_fragments");
            }
        }
        self.take_whole(context, direction);
        Some(())
    }

    /// Reads the messages that are whole and next.
    fn take_whole(&mut self, context: &mut Context<'_>, direction: Direction) {
        loop {
            let half = self.halves.of_mut(direction);
            let Some(next) = half.next else { return };
            let is_whole = half
                .partial
                .get(&next)
                .is_some_and(|message| message.fragments.ready().len() >= message.length);
            if !is_whole {
                return;
            }
            let message = half.partial.remove(&next);
            half.next = Some(next.saturating_add(1));
            if let Some(message) = message {
                let body = message.fragments.ready();
                let body = body.get(..message.length).unwrap_or(body);
                self.handshake
                    .message(context, direction, message.kind, Bytes::new(body));
            }
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

    fn record(kind: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [
            &[kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1],
            &length[..],
            body,
        ]
        .concat()
    }

    #[test]
    fn the_first_records_of_either_end_are_recognised() {
        let hello = record(HANDSHAKE, 0, &[1, 0, 0, 1]);
        assert_eq!(probe(&hello, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&hello[..12], false), Probe::No);
        let verify = record(HANDSHAKE, 0, &[3, 0, 0, 1]);
        assert_eq!(probe(&verify, false), Probe::Yes(Role::Server));
        let mut data = record(APPLICATION_DATA, 1, &[9; 20]);
        assert_eq!(probe(&data, false), Probe::Yes(Role::Either));
        data.push(0);
        assert_eq!(probe(&data, false), Probe::No);
        assert_eq!(probe(b"\x16\x03\x03\0\x05\x01", false), Probe::No);
    }
}
