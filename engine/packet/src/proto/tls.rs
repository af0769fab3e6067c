//! TLS 1.0 to 1.3 (RFC 8446, RFC 5246) and SSL 3: the open part of the handshake, one event a connection.
//!
//! Caps: 256 KiB of handshake a direction, 16 certificates a chain.

use super::tls_event;
use super::tls_hello::{ClientHello, ServerHello};
use super::x509::Certificate;
use super::{Context, Direction, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Usual ports.
pub const PORTS: &[u16] = &[443, 465, 636, 853, 989, 990, 993, 995, 8443];
/// Handshake messages that one direction may hold.
const MAX_HANDSHAKE: usize = 256 << 10;
/// The longest record of any version, with the slack that TLS 1.2 grants.
const MAX_RECORD: usize = 16_384 + 2_048;
/// Certificates of a chain that are counted.
const MAX_CHAIN: usize = 16;

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
        _ => Probe::No,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Tls::default())
}

/// One direction.
#[derive(Default)]
struct Half {
    handshake: Vec<u8>,
    /// Whether what follows is encrypted.
    is_encrypted: bool,
    /// Whether something encrypted followed.
    has_finished: bool,
    certificate: Option<Certificate>,
    chain: usize,
}

/// One connection, as far as it is in the open.
#[derive(Default)]
pub struct Tls {
    halves: [Half; 2],
    /// The client's hello.
    pub client: Option<ClientHello>,
    /// The server's hello.
    pub server: Option<ServerHello>,
    /// Group of the server's key exchange (TLS 1.2 and before).
    pub group: Option<u16>,
    /// The last alert in the open.
    pub alert: Option<u8>,
    /// Whether both ends went on to encrypted data.
    pub is_established: bool,
    start_us: Option<u64>,
    is_told: bool,
}

impl Parser for Tls {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.time_us);
        let mut rest = Bytes::new(bytes);
        let mut consumed = 0;
        while let Some(&[kind, major, minor, high, low]) = rest.rest().first_chunk::<5>() {
            let length = usize::from(u16::from_be_bytes([high, low]));
            if major != 3
                || minor > 4
                || !(CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&kind)
                || length > MAX_RECORD
            {
                context.anomaly(Anomaly::TlsMalformed);
                return Step::done(bytes.len());
            }
            let mut record = rest;
            let Some(payload) = record.skip(5).and_then(|()| record.take(length)) else {
                break;
            };
            rest = record;
            consumed = bytes.len() - rest.len();
            self.record(context, direction, kind, payload);
            if self.is_told {
                return Step::done(consumed);
            }
        }
        Step::more(consumed)
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        // Records cannot be found again; what is known is told at the end.
        false
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.tell(context);
    }

    fn held(&self) -> usize {
        let hellos = if self.client.is_some() {
            HELLO_BYTES
        } else {
            0
        };
        self.halves.iter().fold(hellos, |sum, half| {
            let certificate = if half.certificate.is_some() {
                CERTIFICATE_BYTES
            } else {
                0
            };
            sum + half.handshake.capacity() + certificate
        })
    }
}

/// About what is kept of both hellos.
const HELLO_BYTES: usize = 2_048;
/// About what is kept of a certificate.
const CERTIFICATE_BYTES: usize = 2_048;

impl Tls {
    /// The certificate of an end and the length of its chain.
    #[must_use]
    pub fn certificate(&self, direction: Direction) -> Option<&Certificate> {
        let [source, destination] = &self.halves;
        if direction == Direction::FromSource {
            source
        } else {
            destination
        }
        .certificate
        .as_ref()
    }

    /// Whether the session was taken up again.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        let Some(server) = &self.server else {
            return false;
        };
        if server.is_version_13() {
            return server.has_pre_shared_key;
        }
        let [_, destination] = &self.halves;
        destination.is_encrypted && destination.chain == 0
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        let [source, destination] = &mut self.halves;
        if direction == Direction::FromSource {
            source
        } else {
            destination
        }
    }

    fn record(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        kind: u8,
        payload: &[u8],
    ) {
        let is_13 = self.server.as_ref().is_some_and(ServerHello::is_version_13);
        let half = self.half(direction);
        match kind {
            // In TLS 1.3 it means nothing (RFC 8446, appendix D.4).
            CHANGE_CIPHER_SPEC if !is_13 => half.is_encrypted = true,
            ALERT if !half.is_encrypted && payload.len() == 2 => {
                self.alert = payload.get(1).copied();
                if payload.first() == Some(&2) {
                    self.tell(context);
                }
            }
            HANDSHAKE if !half.is_encrypted => self.handshake(context, direction, payload),
            HANDSHAKE | APPLICATION_DATA => half.has_finished = true,
            _ => {}
        }
        let is_over = self.halves.iter().all(|half| half.has_finished);
        if is_over && self.server.is_some() {
            self.is_established = true;
            self.tell(context);
        }
    }

    fn handshake(&mut self, context: &mut Context<'_>, direction: Direction, payload: &[u8]) {
        let mut pending = std::mem::take(&mut self.half(direction).handshake);
        pending.extend_from_slice(payload);
        let mut rest = Bytes::new(&pending);
        loop {
            let mut message = rest;
            let (Some(kind), Some(body)) = (message.u8(), message.vector24()) else {
                break;
            };
            rest = message;
            if self.message(direction, kind, body).is_none() {
                context.anomaly(Anomaly::TlsMalformed);
            }
        }
        if rest.len() > MAX_HANDSHAKE {
            context.limit("tls_handshake_bytes");
            context.anomaly(Anomaly::ParserBudget);
            self.tell(context);
            return;
        }
        // What is kept is moved only when a message was whole: a byte a record stays linear.
        let consumed = pending.len() - rest.len();
        if consumed > 0 {
            pending.drain(..consumed);
        }
        self.half(direction).handshake = pending;
    }

    fn message(&mut self, direction: Direction, kind: u8, body: Bytes<'_>) -> Option<()> {
        match (kind, direction) {
            (1, Direction::FromSource) => self.client = Some(ClientHello::read(body)?),
            (2, Direction::FromDestination) => {
                let hello = ServerHello::read(body)?;
                // After a retry request comes another hello.
                if !hello.is_retry() {
                    self.server = Some(hello);
                }
            }
            (11, _) => self.certificates(direction, body)?,
            (12, Direction::FromDestination) => {
                if let &[3, high, low, ..] = body.rest() {
                    self.group = Some(u16::from_be_bytes([high, low]));
                }
            }
            _ => {}
        }
        Some(())
    }

    fn certificates(&mut self, direction: Direction, mut body: Bytes<'_>) -> Option<()> {
        let mut list = body.vector24()?;
        let half = self.half(direction);
        while !list.is_empty() && half.chain < MAX_CHAIN {
            let certificate = list.vector24()?;
            if half.chain == 0 {
                half.certificate = Some(Certificate::read(certificate.rest()));
            }
            half.chain += 1;
        }
        Some(())
    }

    fn tell(&mut self, context: &mut Context<'_>) {
        if self.is_told || (self.client.is_none() && self.server.is_none()) {
            return;
        }
        self.is_told = true;
        for direction in [Direction::FromSource, Direction::FromDestination] {
            if self
                .certificate(direction)
                .is_some_and(|certificate| certificate.is_broken)
            {
                context.anomaly(Anomaly::TlsCertificateInvalid);
            }
        }
        tls_event::write(context, self, self.start_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_recognised_and_other_records_are_not() {
        assert_eq!(
            probe(&[22, 3, 1, 0, 200, 1], false),
            Probe::Yes(Role::Client)
        );
        assert_eq!(
            probe(&[22, 3, 3, 0, 80, 2], false),
            Probe::Yes(Role::Server)
        );
        assert_eq!(probe(&[22, 3], false), Probe::More);
        assert_eq!(probe(&[23, 3, 3, 0, 80, 2], false), Probe::No);
        assert_eq!(probe(b"GET / ", false), Probe::No);
    }
}
