//! ICMP errors, redirects and advertisements (RFC 792, RFC 4443, RFC 4861). Echo is told by flows.
//!
//! Cap: ten events a second for each source.

use super::Context;
use crate::anomaly::Anomaly;
use crate::bytes::{be16, be32};
use crate::decode::transport::{Header, Segment};
use crate::decode::{Link, Oddities, Packet, ip};
use crate::emit::head::{Dataset, Event, Related, append_flow_id, append_mac};
use crate::emit::line::Line;
use crate::emit::output::{append_address, append_bare_address};
use crate::ids::CommunityId;

/// Options of a neighbour message that are looked at.
const MAX_OPTIONS: usize = 16;
/// Prefixes, and servers, of one router advertisement that are told.
const MAX_LISTED: usize = 8;

/// What an event is called; `None` for messages that make none.
fn action(family: u8, kind: u8) -> Option<&'static str> {
    Some(match (family, kind) {
        (4, 3) | (6, 1) => "icmp-unreachable",
        (4, 4) => "icmp-source-quench",
        (4, 5) | (6, 137) => "icmp-redirect",
        (4, 9) | (6, 134) => "icmp-router-advertisement",
        (4, 11) | (6, 3) => "icmp-time-exceeded",
        (4, 12) | (6, 4) => "icmp-parameter-problem",
        (6, 2) => "icmp-packet-too-big",
        (6, 136) => "icmp-neighbor-advertisement",
        _ => return None,
    })
}

/// Whether IANA has given a type a meaning, and the code to the type.
fn oddity(family: u8, kind: u8, code: u8) -> Option<Anomaly> {
    let last_code = if family == 4 {
        match kind {
            3 => 15,
            5 => 3,
            9 => 16,
            11 => 1,
            12 => 2,
            0 | 4 | 8 | 10 | 13..=18 | 42 => 0,
            6 | 30..=41 | 253 | 254 => u8::MAX,
            43 => 4,
            _ => return Some(Anomaly::IcmpTypeUnknown),
        }
    } else {
        match kind {
            1 => 8,
            3 => 1,
            4 => 10,
            2 | 128..=137 | 141..=145 | 148 | 149 | 151..=153 | 160 => 0,
            139 | 140 => 2,
            100 | 101 | 138 | 146 | 147 | 150 | 154..=159 | 161 | 200 | 201 => u8::MAX,
            _ => return Some(Anomaly::IcmpTypeUnknown),
        }
    };
    (code > last_code).then_some(Anomaly::IcmpCodeUnknown)
}

/// Looks at one message; `packet` holds it from its type on.
pub fn observe(
    context: &mut Context<'_>,
    packet: &Packet<'_>,
    [kind, code]: [u8; 2],
    quoted: Option<&Quoted<'_>>,
) {
    // Behind a length that lies nothing more is judged.
    if packet.missing == 0
        && let Some(anomaly) = oddity(packet.family, kind, code)
    {
        context.anomaly(anomaly);
    }
    let Some(action) = action(packet.family, kind) else {
        return;
    };
    if !context
        .shared
        .icmp_rates
        .admit(&packet.source, context.moment.time_us)
    {
        context.limit("icmp_rate");
        return;
    }
    let target = target(packet, kind);
    let options = Options::read(packet, kind);
    let mut addresses = Vec::new();
    addresses.extend(target.map(|target| (packet.family, target)));
    if let Some(quoted) = quoted {
        addresses.extend([
            (quoted.packet.family, quoted.packet.source),
            (quoted.packet.family, quoted.packet.destination),
        ]);
    }
    let mut event = Event::new(
        Dataset::Icmp,
        action,
        context.moment.time_us,
        context.moment.packet,
    );
    event.related = Related {
        addresses: &addresses,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            let mark = line.open("icmp");
            line.number("type", u64::from(kind));
            line.number("code", u64::from(code));
            line.close(mark);
        },
        |line| {
            let mark = line.open("icmp");
            if let Some(target) = target {
                line.raw("target", |out| append_address(out, packet.family, &target));
            }
            options.write(line);
            if let Some(quoted) = quoted {
                write_quoted(line, quoted);
            }
            line.close(mark);
        },
    );
}

/// What the options of a neighbour message say (RFC 4861 section 4.6, RFC 8106).
#[derive(Default)]
struct Options {
    mac: Option<[u8; 6]>,
    lifetime: Option<u16>,
    prefixes: Vec<([u8; 16], u8)>,
    servers: Vec<[u8; 16]>,
}

impl Options {
    fn read(packet: &Packet<'_>, kind: u8) -> Self {
        let mut found = Self::default();
        let start = match (packet.family, kind) {
            (6, 134) => 16,
            (6, 136) => 24,
            (6, 137) => 40,
            _ => return found,
        };
        if kind == 134 {
            found.lifetime = be16(packet.payload, 6);
        }
        let mut rest = packet.payload.get(start..).unwrap_or_default();
        for _ in 0..MAX_OPTIONS {
            let &[option, units, ..] = rest else {
                break;
            };
            let length = usize::from(units) * 8;
            let Some((value, tail)) = rest.split_at_checked(length).filter(|_| length > 0) else {
                break;
            };
            found.take(option, value);
            rest = tail;
        }
        found
    }

    fn take(&mut self, option: u8, value: &[u8]) {
        let address = |at: usize| value.get(at..)?.first_chunk::<16>().copied();
        match option {
            1 | 2 => self.mac = value.get(2..).and_then(|mac| mac.first_chunk().copied()),
            3 if self.prefixes.len() < MAX_LISTED => {
                let length = value.get(2).copied();
                self.prefixes.extend(address(16).zip(length));
            }
            25 => {
                let servers = value.get(8..).unwrap_or_default().chunks_exact(16);
                for server in servers.take(MAX_LISTED.saturating_sub(self.servers.len())) {
                    self.servers.extend(server.first_chunk::<16>().copied());
                }
            }
            _ => {}
        }
    }

    fn write(&self, line: &mut Line<'_>) {
        if let Some(mac) = self.mac {
            line.raw("mac", |out| append_mac(out, mac));
        }
        if let Some(lifetime) = self.lifetime {
            line.number("lifetime", u64::from(lifetime));
        }
        let list = line.open_list("prefix");
        for (prefix, length) in &self.prefixes {
            line.item_raw(|out| {
                out.push(b'"');
                append_bare_address(out, 6, prefix);
                out.push(b'/');
                out.extend_from_slice(itoa::Buffer::new().format(*length).as_bytes());
                out.push(b'"');
            });
        }
        line.close_list(list);
        let list = line.open_list("dns_server");
        for server in &self.servers {
            line.item_raw(|out| append_address(out, 6, server));
        }
        line.close_list(list);
    }
}

/// The beginning of the packet that an error is about.
pub struct Quoted<'a> {
    /// The packet, as far as it is quoted.
    pub packet: Packet<'a>,
    /// Its transport, as far as a flow's key needs it.
    pub segment: Segment<'a>,
    has_ports: bool,
    /// Id of its flow, if that is alive.
    pub flow: Option<u64>,
    /// Community id of its flow.
    pub community_id: Option<CommunityId>,
}

impl<'a> Quoted<'a> {
    /// What a message of this type quotes.
    #[must_use]
    pub fn find(message: &Packet<'a>, kind: u8) -> Option<Self> {
        let is_error = match message.family {
            4 => matches!(kind, 3 | 4 | 5 | 11 | 12),
            _ => kind < 128,
        };
        if !is_error {
            return None;
        }
        let inside = message.payload.get(8..)?;
        // How much is quoted is the sender's choice: what lacks was not cut by anybody.
        let packet = if message.family == 4 {
            ip::decode_v4(inside, Link::default())
        } else {
            ip::decode_v6(inside, Link::default())
        };
        let packet = packet.ok()?;
        let data = packet.payload;
        let is_whole = packet.fragment.is_none() && packet.broken.is_none();
        let ports = match packet.protocol {
            6 | 17 | 132 | 136 => be16(data, 0).zip(be16(data, 2)),
            50 => be32(data, 0).map(index_halves),
            51 => be32(data, 4).map(index_halves),
            _ => None,
        };
        let ports = ports.filter(|_| is_whole);
        let header = match (packet.protocol, data) {
            (1 | 58, &[kind, code, ..]) => Header::Icmp { kind, code },
            _ => Header::Other,
        };
        let (source_port, destination_port) = match header {
            Header::Icmp { kind, code } => (u16::from(kind), u16::from(code)),
            _ => ports.unwrap_or_default(),
        };
        Some(Self {
            packet,
            segment: Segment {
                header,
                source_port,
                destination_port,
                payload: &[],
                missing: 0,
                oddities: Oddities::default(),
            },
            has_ports: ports.is_some() && matches!(packet.protocol, 6 | 17 | 132 | 136),
            flow: None,
            community_id: None,
        })
    }
}

fn index_halves(index: u32) -> (u16, u16) {
    let half = |value: u32| u16::try_from(value & 0xffff).unwrap_or(0);
    (half(index >> 16), half(index))
}

/// The gateway of a redirect, the target of an advertisement or an IPv6 redirect.
fn target(packet: &Packet<'_>, kind: u8) -> Option<[u8; 16]> {
    match (packet.family, kind) {
        (4, 5) => packet
            .payload
            .get(4..)?
            .first_chunk::<4>()
            .copied()
            .map(ip::widen),
        (6, 136 | 137) => packet.payload.get(8..)?.first_chunk::<16>().copied(),
        _ => None,
    }
}

fn write_quoted(line: &mut Line<'_>, quoted: &Quoted<'_>) {
    let packet = &quoted.packet;
    let mark = line.open("quoted");
    line.number("protocol", u64::from(packet.protocol));
    for (name, address, port) in [
        ("source", &packet.source, quoted.segment.source_port),
        (
            "destination",
            &packet.destination,
            quoted.segment.destination_port,
        ),
    ] {
        let end = line.open(name);
        line.raw("ip", |out| append_address(out, packet.family, address));
        if quoted.has_ports {
            line.number("port", u64::from(port));
        }
        line.close(end);
    }
    if let Some(community_id) = quoted.community_id
        && packet.fragment.is_none()
    {
        line.plain("community_id", &community_id.text());
    }
    if let Some(flow) = quoted.flow {
        line.raw("flow", |out| append_flow_id(out, flow));
    }
    line.close(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_codes_are_those_that_iana_lists() {
        assert_eq!(oddity(4, 8, 0), None);
        assert_eq!(oddity(4, 3, 15), None);
        assert_eq!(oddity(4, 3, 16), Some(Anomaly::IcmpCodeUnknown));
        assert_eq!(oddity(4, 7, 0), Some(Anomaly::IcmpTypeUnknown));
        assert_eq!(oddity(6, 135, 0), None);
        assert_eq!(oddity(6, 135, 1), Some(Anomaly::IcmpCodeUnknown));
        assert_eq!(oddity(6, 0, 0), Some(Anomaly::IcmpTypeUnknown));
    }

    #[test]
    fn a_router_advertisement_tells_its_prefixes_and_servers() {
        let mut message = vec![134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        message.extend([1, 1, 2, 2, 2, 2, 2, 2]);
        message.extend([3, 4, 64, 0xc0]);
        message.extend([0; 12]);
        message.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        message.extend([25, 3, 0, 0, 0, 0, 0, 9]);
        message.extend([0xfd; 16]);
        // An option of length 0 ends it: it would never end otherwise.
        message.extend([5, 0, 0, 0, 0, 0, 0, 0]);
        let mut data = vec![
            0x60,
            0,
            0,
            0,
            0,
            u8::try_from(message.len()).unwrap(),
            58,
            255,
        ];
        data.extend([0xfe; 32]);
        data.extend(message);
        let packet = ip::decode_v6(&data, Link::default()).unwrap();
        let options = Options::read(&packet, 134);
        assert_eq!((options.mac, options.lifetime), (Some([2; 6]), Some(1_800)));
        assert_eq!(options.prefixes.len(), 1);
        assert_eq!(options.prefixes[0].1, 64);
        assert_eq!(options.servers, [[0xfd; 16]]);
    }
}
