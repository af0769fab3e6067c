//! QUIC 1 and 2 (RFC 9000, RFC 9001, RFC 9369), their drafts, Google's and Meta's versions: the hellos in Initial packets,
//! one event when the handshake is through and one when the connection ends.
//!
//! Caps: 64 packets a datagram, 100 letters of history, 16 hellos; those of `quic_crypto` and `tls_handshake`.

use super::quic_crypto::{Stream, number};
use super::quic_event;
use super::quic_google::GoogleHello;
use super::quic_keys::Keys;
pub use super::quic_packet::probe;
use super::quic_packet::{FIXED, Header, LONG, Packet, public_version};
use super::quic_version::{Kind, Version};
use super::tls_fingerprint::Carrier;
use super::tls_handshake::Handshake;
use super::{Context, Direction, Pair, Parser, Step};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Usual ports.
pub const PORTS: &[u16] = &[443, 784, 853, 4433, 8443];
/// Packets of a datagram that are looked at.
const MAX_COALESCED: usize = 64;
/// Letters of history that are kept.
const MAX_HISTORY: usize = 100;
/// Hellos whose packets are told.
const MAX_HELLOS: usize = 16;

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Quic {
        handshake: Handshake::over(Carrier::Quic),
        ..Quic::default()
    })
}

/// Where a hello was complete.
#[derive(Clone, Copy, Debug)]
pub struct Hello {
    /// Number of the packet.
    pub packet: u64,
    /// Whether it is the client's.
    pub is_client: bool,
}

/// One connection, as far as it is in the open.
#[derive(Default)]
pub struct Quic {
    /// The version of the first packet.
    pub version: Option<Version>,
    /// The id that the client chose for the server.
    pub destination: Vec<u8>,
    /// The client's own id.
    pub client_id: Vec<u8>,
    /// The server's own id.
    pub server_id: Vec<u8>,
    /// One letter a packet, as in Zeek's logs.
    pub history: Vec<u8>,
    /// The handshake.
    pub handshake: Handshake,
    /// Google's handshake.
    pub google: Option<GoogleHello>,
    /// Hellos in their order.
    pub hellos: Vec<Hello>,
    /// Time of the first packet.
    pub start_us: Option<u64>,
    keys: Option<Pair<Keys>>,
    streams: Pair<Stream>,
    short_packets: Pair<u64>,
    is_told: bool,
}

impl Parser for Quic {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.received_us);
        let mut rest = bytes;
        for _ in 0..MAX_COALESCED {
            let used = self.packet(context, direction, rest);
            rest = rest.get(used..).unwrap_or_default();
            if used == 0 || rest.is_empty() {
                break;
            }
        }
        let are_both_through = self.short_packets.iter().all(|packets| *packets > 0);
        if are_both_through && self.handshake.server.is_some() {
            self.handshake.is_established = Some(true);
        }
        if self.handshake.is_established == Some(true) || self.google.is_some() {
            self.tell(context);
        }
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        if self.handshake.server.is_some() && self.handshake.is_established == Some(false) {
            // Whether the handshake went on can be seen only by the packets after it.
            self.handshake.is_established = None;
        }
        self.tell(context);
        if self.version.is_some() {
            quic_event::write_connection(context, self);
        }
    }

    fn held(&self) -> usize {
        let streams: usize = self.streams.iter().map(Stream::held).sum();
        let keys = self.keys.as_ref().map_or(0, size_of_val);
        streams + keys + self.handshake.held() + self.history.capacity() + 256
    }
}

impl Quic {
    /// Takes one packet of a datagram; how long it is.
    fn packet(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> usize {
        let Some(first) = bytes.first() else {
            return 0;
        };
        if first & LONG == 0 {
            self.short_packet(context, direction, bytes);
            return bytes.len();
        }
        let Some(header) = Header::read(bytes) else {
            context.anomaly(Anomaly::QuicMalformed);
            return bytes.len();
        };
        if header.version.number == 0 {
            self.note(direction, b'v');
            return bytes.len();
        }
        self.learn(direction, &header);
        match header.version.kind {
            Kind::Unknown => {
                self.note(direction, b'u');
                bytes.len()
            }
            Kind::Google => {
                self.note(direction, b'i');
                self.google(context, direction, header.version, bytes);
                bytes.len()
            }
            Kind::Protected { salt, is_second } => {
                let used = self.long_packet(context, direction, bytes, &header, (salt, is_second));
                used.unwrap_or_else(|| {
                    context.anomaly(Anomaly::QuicMalformed);
                    bytes.len()
                })
            }
        }
    }

    /// Keeps version and ids of the first packet of either end; a client that was turned down begins anew.
    fn learn(&mut self, direction: Direction, header: &Header<'_>) {
        let has_hello = !self.hellos.is_empty() || self.google.is_some();
        match direction {
            Direction::FromSource => {
                let is_other = self.version != Some(header.version);
                if self.version.is_none() || is_other && !has_hello {
                    self.version = Some(header.version);
                    self.destination = header.destination.to_vec();
                    self.client_id = header.source.to_vec();
                }
            }
            Direction::FromDestination => {
                if self.server_id.is_empty() {
                    self.server_id = header.source.to_vec();
                }
                self.version.get_or_insert(header.version);
            }
        }
    }

    fn short_packet(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) {
        let is_google = self.version.is_none_or(Version::has_public_header);
        if is_google && let Some(version) = public_version(bytes) {
            self.version.get_or_insert(version);
            if self.destination.is_empty() {
                self.destination = bytes.get(1..9).unwrap_or_default().to_vec();
            }
            self.note(direction, b'i');
            self.google(context, direction, version, bytes);
            return;
        }
        if !is_google && bytes.first().is_none_or(|first| first & FIXED == 0) {
            self.note(direction, b'x');
            return;
        }
        let packets = self.short_packets.of_mut(direction);
        *packets += 1;
        // Not every one: the first, the second, the fourth, the eighth.
        if packets.is_power_of_two() {
            self.note(direction, b'o');
        }
    }

    /// A long packet of a version with protected Initial packets; how long it is.
    fn long_packet(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
        header: &Header<'_>,
        (salt, is_second): (&[u8; 20], bool),
    ) -> Option<usize> {
        let kind = Packet::of(header.first, is_second);
        let mut rest = header.rest;
        if kind == Packet::Retry {
            self.note(direction, b'r');
            return Some(bytes.len());
        }
        if kind == Packet::Initial {
            let token = number(&mut rest)?;
            rest.skip(usize::try_from(token).ok()?)?;
        }
        let length = usize::try_from(number(&mut rest)?).ok()?;
        let head = bytes.get(..bytes.len() - rest.len())?;
        let Some(protected) = rest.take(length) else {
            // The datagram was cut when it was captured, or lies.
            self.note(direction, b'x');
            return None;
        };
        match kind {
            Packet::Initial => {
                self.note(direction, b'i');
                self.initial(
                    context,
                    direction,
                    header,
                    (head, protected),
                    (salt, is_second),
                );
            }
            Packet::Early => self.note(direction, b'z'),
            _ => self.note(direction, b'h'),
        }
        Some(bytes.len() - rest.len())
    }

    fn initial(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        header: &Header<'_>,
        (head, protected): (&[u8], &[u8]),
        (salt, is_second): (&[u8; 20], bool),
    ) {
        // After the server's hello there is nothing more to read in the open.
        if self.handshake.server.is_some() {
            return;
        }
        let known = self.keys.as_mut().map(|keys| keys.of_mut(direction));
        let mut plain = known.and_then(|keys| keys.open(head, protected));
        if plain.is_none() && direction == Direction::FromSource {
            // The first one, or the first after a retry: keys and stream begin anew.
            let mut keys = Keys::of(salt, is_second, header.destination);
            plain = keys
                .as_mut()
                .and_then(|keys| keys.source.open(head, protected));
            if plain.is_some() {
                self.keys = keys;
                self.streams = Pair::default();
            }
        }
        let Some(plain) = plain else {
            context.limit("quic_not_opened");
            return;
        };
        if header.version.is_google() {
            self.google(context, direction, header.version, &plain);
        } else {
            let frames = self.streams.of_mut(direction).read(&plain);
            if !frames.is_whole {
                context.anomaly(Anomaly::QuicMalformed);
            }
            if frames.is_over {
                context.limit("quic_crypto");
            }
            if frames.has_close {
                self.note(direction, b'c');
            }
            self.messages(context, direction);
        }
    }

    /// Takes whole handshake messages from what is in order.
    fn messages(&mut self, context: &mut Context<'_>, direction: Direction) {
        let mut ready = std::mem::take(self.streams.of_mut(direction));
        loop {
            let mut message = Bytes::new(ready.ready());
            let (Some(kind), Some(body)) = (message.u8(), message.vector24()) else {
                break;
            };
            let used = 4 + body.len();
            self.handshake.message(context, direction, kind, body);
            if matches!(kind, 1 | 2) {
                self.note(direction, b's');
                self.hello(context, direction);
            }
            ready.consume(used);
        }
        *self.streams.of_mut(direction) = ready;
        if self.handshake.server.is_some() {
            self.keys = None;
            self.streams = Pair::default();
        }
    }

    fn google(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        version: Version,
        packet: &[u8],
    ) {
        if direction == Direction::FromSource
            && self.google.is_none()
            && let Some(hello) = GoogleHello::find(version, packet)
        {
            self.google = Some(hello);
            self.note(direction, b's');
            self.hello(context, direction);
        }
    }

    fn hello(&mut self, context: &mut Context<'_>, direction: Direction) {
        if self.hellos.len() >= MAX_HELLOS {
            context.limit("quic_hellos");
            return;
        }
        self.hellos.push(Hello {
            packet: context.moment.packet,
            is_client: direction == Direction::FromSource,
        });
    }

    fn note(&mut self, direction: Direction, letter: u8) {
        if self.history.len() < MAX_HISTORY {
            self.history.push(match direction {
                Direction::FromSource => letter.to_ascii_uppercase(),
                Direction::FromDestination => letter,
            });
        }
    }

    fn tell(&mut self, context: &mut Context<'_>) {
        if !self.is_told && (self.handshake.is_known() || self.google.is_some()) {
            self.is_told = true;
            quic_event::write_handshake(context, self);
        }
    }

    /// Packets with short headers from client and server.
    #[must_use]
    pub fn short_packets(&self) -> u64 {
        self.short_packets
            .iter()
            .fold(0, |sum, packets| sum.saturating_add(*packets))
    }
}
