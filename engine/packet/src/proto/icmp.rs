//! ICMP errors, redirects and advertisements (RFC 792, RFC 4443, RFC 4861). Echo is told by flows.
//!
//! Cap: ten events a second for each source.

use super::Context;
use crate::bytes::be16;
use crate::decode::Packet;
use crate::decode::ip;
use crate::decode::link::Link;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;
use crate::emit::output::append_address;
use crate::ids::sip;

/// Events of one source in one second.
const MAX_PER_SECOND: u32 = 10;
/// Sources told apart; two that fall into one place share its rate.
const PLACES: usize = 1_024;

/// How many events a source has made in the second that it is in.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    second: u64,
    count: u32,
}

/// Rates of all sources.
#[derive(Debug)]
pub struct Rates {
    places: Vec<Rate>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            places: vec![Rate::default(); PLACES],
        }
    }
}

impl Rates {
    fn admit(&mut self, source: &[u8; 16], time_us: u64) -> bool {
        let (high, low) = source.split_at(8);
        let word = |half: &[u8]| {
            half.iter()
                .fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
        };
        let hash = sip::<1, 3>([0, 0], &[word(high), word(low)]);
        let place = usize::try_from(hash).unwrap_or(0) % PLACES;
        let Some(rate) = self.places.get_mut(place) else {
            return false;
        };
        let second = time_us / 1_000_000;
        if rate.second != second {
            *rate = Rate { second, count: 0 };
        }
        rate.count = rate.count.saturating_add(1);
        rate.count <= MAX_PER_SECOND
    }
}

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

/// Looks at one message; `packet` holds it from its type on.
pub fn observe(context: &mut Context<'_>, packet: &Packet<'_>, kind: u8, code: u8) {
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
    let quoted = packet
        .payload
        .get(8..)
        .and_then(|quoted| quote(packet.family, kind, quoted));
    let target = target(packet, kind);
    let mut addresses = Vec::new();
    addresses.extend(target.map(|target| (packet.family, target)));
    if let Some(quoted) = &quoted {
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
            if let Some(quoted) = &quoted {
                write_quoted(line, quoted);
            }
            line.close(mark);
        },
    );
}

/// The beginning of the packet that an error is about.
struct Quoted<'a> {
    packet: Packet<'a>,
    ports: Option<[u16; 2]>,
}

fn quote(family: u8, kind: u8, quoted: &[u8]) -> Option<Quoted<'_>> {
    let is_error = if family == 4 {
        matches!(kind, 3 | 4 | 5 | 11 | 12)
    } else {
        kind < 128
    };
    if !is_error {
        return None;
    }
    let packet = if family == 4 {
        ip::decode_v4(quoted, Link::default(), 0)
    } else {
        ip::decode_v6(quoted, Link::default(), 0)
    };
    let packet = packet.ok()?;
    let has_ports = matches!(packet.protocol, 6 | 17 | 132) && packet.fragment.is_none();
    let ports = be16(packet.payload, 0)
        .zip(be16(packet.payload, 2))
        .filter(|_| has_ports);
    Some(Quoted {
        packet,
        ports: ports.map(|(source, destination)| [source, destination]),
    })
}

/// The gateway of a redirect, the target of an advertisement or an IPv6 redirect.
fn target(packet: &Packet<'_>, kind: u8) -> Option<[u8; 16]> {
    match (packet.family, kind) {
        (4, 5) => {
            let [a, b, c, d] = *packet.payload.get(4..)?.first_chunk::<4>()?;
            Some([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        }
        (6, 136 | 137) => packet.payload.get(8..)?.first_chunk::<16>().copied(),
        _ => None,
    }
}

fn write_quoted(line: &mut Line<'_>, quoted: &Quoted<'_>) {
    let Quoted { packet, ports } = quoted;
    let mark = line.open("quoted");
    line.number("protocol", u64::from(packet.protocol));
    for (name, address, place) in [
        ("source", &packet.source, 0),
        ("destination", &packet.destination, 1),
    ] {
        let end = line.open(name);
        line.raw("ip", |out| append_address(out, packet.family, address));
        if let Some(port) = ports.as_ref().and_then(|ports| ports.get(place)) {
            line.number("port", u64::from(*port));
        }
        line.close(end);
    }
    line.close(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_makes_ten_events_a_second() {
        let mut rates = Rates::default();
        let admitted = (0..50).filter(|_| rates.admit(&[1; 16], 5_000_000)).count();
        assert_eq!(admitted, 10);
        assert!(rates.admit(&[1; 16], 6_000_000));
    }
}
