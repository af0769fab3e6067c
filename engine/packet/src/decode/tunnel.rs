//! Packets inside packets. What a protocol number says is believed; what a port says must be proven by the inner header.
//!
//! IP in IP (RFC 2003), IPv6 in IPv4 (RFC 4213), GRE and ERSPAN ([`super::gre`]), VXLAN (RFC 7348), Geneve (RFC 8926),
//! Teredo (RFC 4380), GTP version 1, user plane (3GPP TS 29.281), AYIYA (draft-massar-v6ops-ayiya), GRE over UDP
//! (RFC 8086).

use super::gre::{self, Payload};
use super::layer::{self, Next};
use super::transport::{Header, Segment};
use super::{Content, Link, Oddities, Packet, Reason};
use crate::bytes::{Bytes, be16, be32};

/// Ports that let us look for a tunnel.
const VXLAN: u16 = 4_789;
const GENEVE: u16 = 6_081;
/// Port of relays and servers of Teredo.
pub const TEREDO: u16 = 3_544;
/// First four bytes of every address of Teredo (RFC 4380, section 2.6).
const TEREDO_PREFIX: u32 = 0x2001_0000;
const GTP: u16 = 2_152;
/// Port of AYIYA brokers.
pub const AYIYA: u16 = 5_072;
const GRE: u16 = 4_754;
/// Extension headers of one GTP packet.
const MAX_EXTENSIONS: usize = 8;

/// How a packet is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IPv4 in IPv4 or IPv6.
    IpInIp,
    /// IPv6 in IPv4 or IPv6.
    Ipv6InIp,
    /// GRE, either version.
    Gre,
    /// A mirrored frame.
    Erspan,
    /// A frame of a virtual network.
    Vxlan,
    /// A frame or packet of a virtual network.
    Geneve,
    /// IPv6 over UDP through address translation.
    Teredo,
    /// A mobile subscriber's packet.
    Gtp,
    /// A tunnel broker's packet.
    Ayiya,
    /// GRE behind a UDP header.
    GreInUdp,
}

impl Kind {
    /// `khien.tunnel.type`, and `network.protocol` of a flow of datagrams that carries it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::IpInIp => "ipip",
            Self::Ipv6InIp => "ipv6",
            Self::Gre => "gre",
            Self::Erspan => "erspan",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::Teredo => "teredo",
            Self::Gtp => "gtp",
            Self::Ayiya => "ayiya",
            Self::GreInUdp => "gre-udp",
        }
    }
}

/// What a packet carries.
#[derive(Clone, Copy, Debug)]
pub struct Inner<'a> {
    /// How.
    pub kind: Kind,
    /// Id of the virtual network (VXLAN, Geneve), else 0.
    pub network: u32,
    /// What, or why it cannot be read.
    pub content: Result<Content<'a>, Reason>,
}

/// Whether datagrams of a port may carry packets.
#[must_use]
pub fn is_port(port: u16) -> bool {
    matches!(port, VXLAN | GENEVE | TEREDO | GTP | AYIYA | GRE)
}

/// Whether a packet can be a tunnel at all: cheap, for the packets that are none.
#[must_use]
pub fn is_candidate(packet: &Packet<'_>, segment: &Segment<'_>) -> bool {
    match packet.protocol {
        17 => {
            let ports = [segment.source_port, segment.destination_port];
            ports.iter().any(|port| is_port(*port)) || is_peer(segment.payload)
        }
        4 | 41 | 47 => true,
        _ => false,
    }
}

/// Peers of Teredo talk from ports of their own (RFC 4380, section 5.2): then one end of the packet inside must have one of
/// the service's addresses, `2001::/32`.
fn is_peer(payload: &[u8]) -> bool {
    payload.first().is_some_and(|first| first >> 4 == 6)
        && [8, 24]
            .iter()
            .any(|place| be32(payload, *place) == Some(TEREDO_PREFIX))
}

/// Looks into a candidate. `None` means that it is no tunnel, or carries nothing.
#[must_use]
pub fn open<'a>(packet: &Packet<'a>, segment: &Segment<'a>) -> Option<Inner<'a>> {
    let bytes = Bytes::new(segment.payload);
    let link = Link {
        layers: packet.link.layers.saturating_add(1),
        cut: segment.missing,
        ..Link::default()
    };
    let by_number = |kind, next| {
        Some(Inner {
            kind,
            network: 0,
            content: layer::walk(next, bytes, link),
        })
    };
    match (packet.protocol, &segment.header) {
        (4, _) => by_number(Kind::IpInIp, Next::V4),
        (41, _) => by_number(Kind::Ipv6InIp, Next::V6),
        (47, _) => generic(bytes, link),
        (17, Header::Udp) => {
            by_port(segment.destination_port, bytes, link)
                .or_else(|| {
                    // An answer may come from the port instead.
                    by_port(segment.source_port, bytes, link)
                })
                .or_else(|| {
                    let is_peer = is_peer(segment.payload);
                    is_peer.then(|| by_port(TEREDO, bytes, link)).flatten()
                })
        }
        _ => None,
    }
}

fn generic(bytes: Bytes<'_>, link: Link) -> Option<Inner<'_>> {
    let mut bytes = bytes;
    let (kind, content) = match gre::header(&mut bytes) {
        Ok(Payload::Inner(kind, next)) => (kind, layer::walk(next, bytes, link)),
        Ok(Payload::Nothing | Payload::Other(_)) => return None,
        Err(reason) => (Kind::Gre, Err(reason)),
    };
    Some(Inner {
        kind,
        network: 0,
        content,
    })
}

fn by_port(port: u16, bytes: Bytes<'_>, link: Link) -> Option<Inner<'_>> {
    let mut bytes = bytes;
    let (kind, network, next) = match port {
        VXLAN => vxlan(&mut bytes)?,
        GENEVE => geneve(&mut bytes)?,
        TEREDO => teredo(&mut bytes, link)?,
        GTP => gtp(&mut bytes, link)?,
        AYIYA => ayiya(&mut bytes)?,
        GRE => match gre::header(&mut bytes).ok()? {
            Payload::Inner(_, next) => (Kind::GreInUdp, 0, next),
            Payload::Nothing | Payload::Other(_) => return None,
        },
        _ => return None,
    };
    let content = layer::walk(next, bytes, link);
    let is_proven = match &content {
        // A random payload may look like the first byte of IP; its sum and its lengths then hardly ever fit.
        Ok(Content::Ip(packet)) => {
            packet.broken.is_none() && packet.oddities.fits() && packet.header_sum_good
        }
        Ok(Content::Arp(..) | Content::Aggregate(..)) => true,
        // So deep that we do not look: what was seen on the way proves enough.
        Err(reason) => *reason == "too_many_layers",
    };
    is_proven.then_some(Inner {
        kind,
        network,
        content,
    })
}

impl Oddities {
    /// Whether the lengths of a header fit into what carries it.
    fn fits(self) -> bool {
        self.0 & (Self::BEYOND_FRAME | Self::OPTION_LENGTH) == 0
    }
}

/// Flags with the I bit (the others are reserved, or of the group policy extension), 24 bits of network id.
fn vxlan(bytes: &mut Bytes<'_>) -> Option<(Kind, u32, Next)> {
    let (flags, network) = (bytes.u32()?, bytes.u32()? >> 8);
    // The bit and its neighbours of draft-ietf-nvo3-vxlan-gpe are the only ones ever set in the first byte, besides the
    // policy bit.
    if flags >> 24 & 0x08 == 0 || flags >> 24 & 0x70 != 0 {
        return None;
    }
    Some((Kind::Vxlan, network, Next::Ethernet))
}

fn geneve(bytes: &mut Bytes<'_>) -> Option<(Kind, u32, Next)> {
    let [first, flags] = bytes.array::<2>()?;
    let (kind, network) = (bytes.u16()?, bytes.u32()? >> 8);
    if first >> 6 != 0 || flags & 0x3f != 0 {
        return None;
    }
    bytes.skip(usize::from(first & 0x3f) * 4)?;
    Some((Kind::Geneve, network, Next::EtherType(kind)))
}

/// An authentication, then an origin indication may stand before the IPv6 header; that must fill the rest.
fn teredo(bytes: &mut Bytes<'_>, link: Link) -> Option<(Kind, u32, Next)> {
    if bytes.rest().starts_with(&[0, 1]) {
        bytes.skip(2)?;
        let [id, value] = bytes.array::<2>()?;
        bytes.skip(usize::from(id) + usize::from(value) + 9)?;
    }
    if bytes.rest().starts_with(&[0, 0]) {
        bytes.skip(8)?;
    }
    let stated = 40 + usize::from(be16(bytes.rest(), 4)?);
    let there = bytes.len() + usize::try_from(link.cut).ok()?;
    let is_v6 = bytes.rest().first()? >> 4 == 6;
    // A bubble may have something behind it.
    let is_empty = stated == 40 && bytes.rest().get(6) == Some(&super::ip::NO_NEXT_HEADER);
    (is_v6 && (stated == there || is_empty)).then_some((Kind::Teredo, 0, Next::V6))
}

/// Version 1, a user's packet; its length must be that of the datagram.
fn gtp(bytes: &mut Bytes<'_>, link: Link) -> Option<(Kind, u32, Next)> {
    let (flags, kind, length) = (bytes.u8()?, bytes.u8()?, bytes.u16()?);
    let _tunnel = bytes.u32()?;
    let there = bytes.len() + usize::try_from(link.cut).ok()?;
    if flags >> 4 != 3 || kind != 0xff || usize::from(length) != there {
        return None;
    }
    if flags & 7 != 0 {
        let [_, _, _, mut next] = bytes.array::<4>()?;
        if flags & 4 == 0 {
            next = 0;
        }
        for _ in 0..MAX_EXTENSIONS {
            if next == 0 {
                break;
            }
            let words = usize::from(bytes.u8()?);
            bytes.skip((words * 4).checked_sub(2)?)?;
            next = bytes.u8()?;
        }
        if next != 0 {
            return None;
        }
    }
    Some((Kind::Gtp, 0, Next::Version))
}

/// Identity and signature of stated length, then IPv6 or IPv4; operation 1 forwards.
fn ayiya(bytes: &mut Bytes<'_>) -> Option<(Kind, u32, Next)> {
    let [identity, signature, operation, next] = bytes.array::<4>()?;
    let _epoch = bytes.u32()?;
    if operation & 15 != 1 {
        return None;
    }
    bytes.skip(1_usize.checked_shl(u32::from(identity >> 4))?)?;
    bytes.skip(usize::from(signature >> 4) * 4)?;
    match next {
        4 => Some((Kind::Ayiya, 0, Next::V4)),
        41 => Some((Kind::Ayiya, 0, Next::V6)),
        _ => None,
    }
}
