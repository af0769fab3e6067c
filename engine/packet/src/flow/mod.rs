//! Flows: who talks to whom, since when, how much, and what about.

pub mod connection;
pub mod history;
pub mod limit;
pub mod record;
pub mod summary;
pub mod table;
pub mod wheel;

use crate::anomaly::AnomalySet;
use crate::decode::tunnel::Kind;
use crate::emit::head::append_flow_id;
use crate::ids::{CommunityId, FlowKey};
use crate::proto::{Application, Protocol};
use crate::stream::{Sequence, Streams};
use connection::Connection;
use history::History;

/// How the originator was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectionSource {
    /// Sender of the SYN, or receiver of the SYN-ACK.
    Handshake,
    /// The parser knows client from server.
    Parser,
    /// A system port, or the lower of two, is the server's.
    Port,
    /// Nothing better than who spoke first.
    FirstPacket,
}

impl DirectionSource {
    /// `khien.flow.direction_source`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Parser => "parser",
            Self::Port => "port",
            Self::FirstPacket => "first-packet",
        }
    }
}

/// How far a flow is; decides its timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// One side only, or a handshake under way.
    New,
    /// Both sides.
    Established,
    /// Both sides said FIN, or one reset.
    Closed,
}

impl Phase {
    /// `khien.flow.state`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Established => "established",
            Self::Closed => "closed",
        }
    }
}

/// Why a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Silence.
    Timeout,
    /// FIN or RST, then the time for late segments; or the ports were used again.
    Closed,
    /// The table was full.
    Evicted,
    /// The capture ended.
    Shutdown,
}

impl EndReason {
    /// `khien.flow.reason`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::Evicted => "evicted",
            Self::Shutdown => "shutdown",
        }
    }
}

/// Counters of one side.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side {
    /// Packets sent.
    pub packets: u64,
    /// Frame bytes on the wire.
    pub bytes: u64,
    /// IP bytes, headers included.
    pub ip_bytes: u64,
    /// Bytes behind the transport header.
    pub payload_bytes: u64,
    /// Stream bytes that the other side got and we did not.
    pub missed_bytes: u64,
}

/// What encloses a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// How.
    pub kind: Kind,
    /// How many tunnels enclose it, this one included.
    pub depth: u8,
    /// Id of the enclosing flow, that of the first packet.
    pub parent: u64,
    /// Id of the virtual network, or 0.
    pub network: u32,
}

/// One flow. Sides are numbered by the key's order: 0 is the lower end.
pub struct Flow {
    /// What identifies it while it lives.
    pub key: FlowKey,
    /// Hash of the key in the table.
    pub hash: u64,
    /// `khien.flow.id`.
    pub id: u64,
    /// `network.community_id`.
    pub community_id: CommunityId,
    /// Which side is the originator.
    pub source_side: u8,
    /// How that was found.
    pub direction: DirectionSource,
    /// Timeout class.
    pub phase: Phase,
    /// Whether the table was nearly full while it lived.
    pub emergency: bool,
    /// Number of its first packet.
    pub first_packet: u64,
    /// Step down the layers of that packet that began it.
    pub first_place: u16,
    /// Time of its first packet, µs.
    pub start_us: u64,
    /// Largest time of its packets, µs.
    pub last_us: u64,
    /// Intervals of interim records that have passed.
    pub intervals: u32,
    /// Packets told of in the last interim record, modulo 2^32.
    pub interim_packets: u32,
    /// Counters by side.
    pub sides: [Side; 2],
    /// Link addresses by side.
    pub mac: Option<[[u8; 6]; 2]>,
    /// VLAN ids, outermost first.
    pub vlan: [u16; 3],
    /// How many there are.
    pub vlan_count: u8,
    /// What encloses it.
    pub tunnel: Option<Tunnel>,
    /// What it encloses.
    pub carries: Option<Kind>,
    /// ICMP type and code of the first packet.
    pub icmp: Option<(u8, u8)>,
    /// What each side speaks, by side.
    pub protocols: [Option<Protocol>; 2],
    /// What both spoke before they switched (STARTTLS, Upgrade).
    pub from_protocol: Option<Protocol>,
    /// TCP flags in the order of their first appearance, and what follows from it.
    pub history: History,
    /// Sequence numbers by side.
    pub sequences: [Sequence; 2],
    /// How the TCP connection stands.
    pub connection: Connection,
    /// Bounds that cut something off, by bit.
    pub limits: u8,
    /// Transactions begun.
    pub transactions: u32,
    /// Anomalies that made an event.
    pub anomalies: AnomalySet,
    /// TCP reassembly; made when the first payload comes.
    pub streams: Option<Box<Streams>>,
    /// The parser, or how far recognition got.
    pub application: Application,
    /// Links of the timing wheel and of the list of half-open flows.
    pub links: table::Links,
}

impl Flow {
    /// Address and port of an end.
    #[must_use]
    pub fn end(&self, is_source: bool) -> (&[u8; 16], u16) {
        if (self.source_side == 0) == is_source {
            (&self.key.low, self.key.low_port)
        } else {
            (&self.key.high, self.key.high_port)
        }
    }

    /// Counters of an end.
    #[must_use]
    pub fn side(&self, is_source: bool) -> &Side {
        let [low, high] = &self.sides;
        if (self.source_side == 0) == is_source {
            low
        } else {
            high
        }
    }

    /// All TCP flags that an end has shown.
    #[must_use]
    pub fn flags_of(&self, is_source: bool) -> u8 {
        let [low, high] = self.connection.flags;
        if (self.source_side == 0) == is_source {
            low
        } else {
            high
        }
    }

    /// Sequence numbers of an end.
    #[must_use]
    pub fn sequence_of(&self, is_source: bool) -> &Sequence {
        let [low, high] = &self.sequences;
        if (self.source_side == 0) == is_source {
            low
        } else {
            high
        }
    }

    /// Bytes of an end's stream that came in order, gaps included.
    #[must_use]
    pub fn received(&self, is_source: bool) -> u64 {
        let Some(streams) = &self.streams else {
            return 0;
        };
        let [low, high] = &streams.halves;
        if (self.source_side == 0) == is_source {
            low.received
        } else {
            high.received
        }
    }

    /// Link address of an end.
    #[must_use]
    pub fn mac_of(&self, is_source: bool) -> Option<&[u8; 6]> {
        let [low, high] = self.mac.as_ref()?;
        Some(if (self.source_side == 0) == is_source {
            low
        } else {
            high
        })
    }

    /// What an end speaks.
    #[must_use]
    pub fn protocol_of(&self, is_source: bool) -> Option<Protocol> {
        let [low, high] = self.protocols;
        if (self.source_side == 0) == is_source {
            low
        } else {
            high
        }
    }

    /// `network.protocol`.
    #[must_use]
    pub fn protocol_name(&self) -> Option<&'static str> {
        self.protocols
            .iter()
            .flatten()
            .next()
            .map(|protocol| protocol.name())
            // Datagrams that carry others speak the tunnel's protocol; of the rest the transport says as much.
            .or_else(|| {
                self.carries
                    .filter(|_| self.key.protocol == 17)
                    .map(Kind::name)
            })
    }

    /// Names the protocol of both ends.
    pub fn set_protocol(&mut self, protocol: Protocol) {
        self.protocols = [Some(protocol); 2];
    }

    /// Makes the end that sent from `side` the originator.
    pub fn set_source(&mut self, side: u8, direction: DirectionSource) {
        if self.source_side != side {
            self.source_side = side;
            self.history.flip();
            self.history.mark_flip();
        }
        self.direction = direction;
    }

    /// Packets of both ends.
    #[must_use]
    pub fn packets(&self) -> u64 {
        let [low, high] = &self.sides;
        low.packets.saturating_add(high.packets)
    }

    /// Appends `khien.flow.id` as JSON.
    pub fn append_id(&self, out: &mut Vec<u8>) {
        append_flow_id(out, self.id);
    }
}
