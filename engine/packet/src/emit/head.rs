//! What all events share: the frame, the two ends, `related` and our own names of the flow.

pub use super::event::{DATASETS, Dataset, Event, Related};
use super::line::Line;
use super::output::append_address;
use super::time::TimeText;
use crate::flow::Flow;
use crate::ids::halves;

/// Version of the Elastic Common Schema that the names follow.
const ECS_VERSION: &str = "8.17.0";

/// Between whom it happened.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// Inside a flow.
    Flow(&'a Flow),
    /// In a packet that belongs to none: family, source, destination, protocol.
    Packet(u8, [u8; 16], [u8; 16], u8),
    /// Towards one end of many flows: family, destination, port, protocol.
    Target(u8, [u8; 16], u16, u8),
    /// On a link, below IP: the two stations and the VLAN, with the IPv4 addresses that they speak of.
    Link(&'a LinkEnds),
    /// In the capture itself.
    Capture,
}

/// The two ends of a message below IP.
#[derive(Clone, Copy, Debug)]
pub struct LinkEnds {
    /// What lies below.
    pub link: crate::decode::Link,
    /// Addresses of sender and receiver, in the first four bytes, where they are of IPv4 and known.
    pub addresses: [Option<[u8; 16]>; 2],
}

impl Place<'_> {
    /// Words that differ between different ends.
    #[must_use]
    pub fn words(&self) -> [u64; 4] {
        let (source, destination) = match self {
            Self::Flow(flow) => (flow.key.low, flow.key.high),
            Self::Packet(_, source, destination, _) => (*source, *destination),
            Self::Target(_, destination, ..) => ([0; 16], *destination),
            Self::Link(ends) => {
                let mut both = [0; 16];
                let [source, destination] = ends.link.mac.unwrap_or_default();
                for (place, byte) in both.iter_mut().zip(source.iter().chain(&destination)) {
                    *place = *byte;
                }
                (both, ends.addresses[0].unwrap_or_default())
            }
            Self::Capture => return [0; 4],
        };
        let [a, b] = halves(&source);
        let [c, d] = halves(&destination);
        [a, b, c, d]
    }
}

/// `@timestamp`, `event` and `ecs`.
pub fn write_event(
    line: &mut Line<'_>,
    event: &Event<'_>,
    now: &mut TimeText,
    other: &mut TimeText,
) {
    line.plain("@timestamp", now.write(event.time_us));
    let mark = line.open("event");
    line.word("kind", "event");
    let list = line.open_list("category");
    line.item_word("network");
    event
        .categories
        .iter()
        .for_each(|category| line.item_word(category));
    line.close_list(list);
    let list = line.open_list("type");
    line.item_word("connection");
    line.item_word("protocol");
    event.types.iter().for_each(|kind| line.item_word(kind));
    line.close_list(list);
    line.word("action", event.action);
    if let Some(success) = event.success {
        line.word("outcome", if success { "success" } else { "failure" });
    }
    line.word("dataset", event.dataset.name());
    line.word("module", "khien");
    if let Some(start_us) = event.start_us {
        line.plain("start", other.write(start_us));
    }
    if let Some(end_us) = event.end_us {
        line.plain("end", other.write(end_us));
    }
    if let Some(duration_us) = event.duration_us {
        line.number("duration", duration_us.saturating_mul(1_000));
    }
    line.close(mark);
    let mark = line.open("ecs");
    line.word("version", ECS_VERSION);
    line.close(mark);
}

/// `network`, `source` and `destination`. A flow record adds its counters to the same objects.
pub fn write_place(line: &mut Line<'_>, place: &Place<'_>, event: &Event<'_>) {
    match place {
        Place::Flow(flow) => write_flow_place(line, flow, event),
        Place::Packet(family, source, destination, protocol) => {
            let mark = line.open("network");
            line.word("type", network_type(*family));
            write_transport(line, *family, *protocol);
            line.close(mark);
            for (name, address) in [("source", source), ("destination", destination)] {
                let mark = line.open(name);
                line.raw("ip", |out| append_address(out, *family, address));
                line.close(mark);
            }
        }
        Place::Target(family, destination, port, protocol) => {
            let mark = line.open("network");
            line.word("type", network_type(*family));
            write_transport(line, *family, *protocol);
            line.close(mark);
            let mark = line.open("destination");
            line.raw("ip", |out| append_address(out, *family, destination));
            line.number("port", u64::from(*port));
            line.close(mark);
        }
        Place::Link(ends) => write_link_place(line, ends, event),
        Place::Capture => {}
    }
}

fn write_link_place(line: &mut Line<'_>, ends: &LinkEnds, event: &Event<'_>) {
    let mark = line.open("network");
    line.word("protocol", event.protocol.unwrap_or_default());
    write_vlan(line, ends.link.vlan, ends.link.vlan_count);
    line.close(mark);
    for (place, name) in ["source", "destination"].into_iter().enumerate() {
        let mark = line.open(name);
        if let Some(address) = ends.addresses.get(place).copied().flatten() {
            line.raw("ip", |out| append_address(out, 4, &address));
        }
        if let Some(mac) = ends.link.mac.as_ref().and_then(|mac| mac.get(place)) {
            line.raw("mac", |out| append_mac(out, *mac));
        }
        line.close(mark);
    }
}

fn write_flow_place(line: &mut Line<'_>, flow: &Flow, event: &Event<'_>) {
    let is_record = event.dataset == Dataset::Flow;
    let mark = line.open("network");
    line.word("type", network_type(flow.key.family));
    write_transport(line, flow.key.family, flow.key.protocol);
    if let Some(protocol) = event.protocol.or_else(|| flow.protocol_name()) {
        line.word("protocol", protocol);
    }
    line.plain("community_id", &flow.community_id.text());
    line.word("forwarded_ip", event.forwarded_ip.unwrap_or_default());
    write_vlan(line, flow.vlan, flow.vlan_count);
    if is_record {
        let sides = &flow.sides;
        line.number("packets", sides[0].packets.saturating_add(sides[1].packets));
        line.number("bytes", sides[0].bytes.saturating_add(sides[1].bytes));
    }
    line.close(mark);
    for (name, is_source) in [("source", true), ("destination", false)] {
        let mark = line.open(name);
        let (address, port) = flow.end(is_source);
        line.raw("ip", |out| append_address(out, flow.key.family, address));
        if matches!(flow.key.protocol, 6 | 17 | 132 | 136) {
            line.number("port", u64::from(port));
        }
        if let Some(mac) = event.macs.get(usize::from(!is_source)).copied().flatten() {
            line.raw("mac", |out| append_mac(out, mac));
        }
        if is_record {
            let side = flow.side(is_source);
            if let Some(mac) = flow.mac_of(is_source) {
                line.raw("mac", |out| append_mac(out, *mac));
            }
            line.number("packets", side.packets);
            line.number("bytes", side.bytes);
        }
        line.close(mark);
    }
}

fn write_vlan(line: &mut Line<'_>, vlan: [u16; 3], vlan_count: u8) {
    let [outer, inner, _] = vlan;
    if vlan_count > 0 {
        let mark = line.open("vlan");
        line.number_text("id", u64::from(outer));
        line.close(mark);
    }
    if vlan_count > 1 {
        let mark = line.open("inner");
        let vlan = line.open("vlan");
        line.number_text("id", u64::from(inner));
        line.close(vlan);
        line.close(mark);
    }
}

/// `related`: addresses, hosts, users, hashes, each value once.
pub fn write_related(line: &mut Line<'_>, place: &Place<'_>, related: &Related<'_>) {
    let mark = line.open("related");
    let ends = match place {
        Place::Flow(flow) => Some((flow.key.family, *flow.end(true).0, *flow.end(false).0)),
        Place::Packet(family, source, destination, _) => Some((*family, *source, *destination)),
        Place::Target(family, destination, ..) => Some((*family, *destination, *destination)),
        Place::Link(ends) => match ends.addresses {
            [Some(source), Some(destination)] => Some((4, source, destination)),
            [Some(address), None] | [None, Some(address)] => Some((4, address, address)),
            [None, None] => None,
        },
        Place::Capture => None,
    };
    let list = line.open_list("ip");
    if let Some((family, source, destination)) = ends {
        line.item_raw(|out| append_address(out, family, &source));
        if destination != source {
            line.item_raw(|out| append_address(out, family, &destination));
        }
        for (index, (kind, address)) in related.addresses.iter().enumerate() {
            let is_end = *kind == family && (*address == source || *address == destination);
            let is_repeated = related
                .addresses
                .iter()
                .take(index)
                .any(|earlier| earlier == &(*kind, *address));
            if !is_end && !is_repeated {
                line.item_raw(|out| append_address(out, *kind, address));
            }
        }
    }
    line.close_list(list);
    for (name, values) in [
        ("hosts", related.hosts),
        ("user", related.users),
        ("hash", related.hashes),
    ] {
        let list = line.open_list(name);
        for (index, value) in values.iter().enumerate() {
            if !values.iter().take(index).any(|earlier| earlier == value) {
                line.item_text(value, 512);
            }
        }
        line.close_list(list);
    }
    line.close(mark);
}

/// `khien.flow.id`, `khien.tx`, `khien.packet`, `khien.vlan`.
pub fn write_khien(line: &mut Line<'_>, place: &Place<'_>, event: &Event<'_>) {
    if let Place::Flow(flow) = place {
        // A flow record opens the same object itself, with more in it.
        if event.dataset != Dataset::Flow {
            let mark = line.open("flow");
            line.raw("id", |out| append_flow_id(out, flow.id));
            line.close(mark);
        }
        write_third_vlan(line, flow.vlan, flow.vlan_count);
        write_tunnel(line, flow);
    }
    if let Place::Link(ends) = place {
        write_third_vlan(line, ends.link.vlan, ends.link.vlan_count);
    }
    if let Some(transaction) = event.transaction {
        line.number("tx", transaction);
    }
    if event.packet > 0 {
        line.number("packet", event.packet);
    }
}

fn write_third_vlan(line: &mut Line<'_>, vlan: [u16; 3], vlan_count: u8) {
    if vlan_count > 2 {
        let list = line.open_list("vlan");
        line.item_number(u64::from(vlan[2]));
        line.close_list(list);
    }
}

/// What encloses a flow, and what a flow encloses.
fn write_tunnel(line: &mut Line<'_>, flow: &Flow) {
    if flow.tunnel.is_none() && flow.carries.is_none() {
        return;
    }
    let mark = line.open("tunnel");
    if let Some(tunnel) = &flow.tunnel {
        line.word("type", tunnel.kind.name());
        line.number("depth", u64::from(tunnel.depth));
        line.raw("parent", |out| append_flow_id(out, tunnel.parent));
        if tunnel.network > 0 {
            line.number("network", u64::from(tunnel.network));
        }
    }
    line.word("carries", flow.carries.map_or("", |kind| kind.name()));
    line.close(mark);
}

/// Appends a flow id: 16 hexadecimal digits between quotes.
pub fn append_flow_id(out: &mut Vec<u8>, id: u64) {
    out.push(b'"');
    super::text::append_hex(out, &id.to_be_bytes());
    out.push(b'"');
}

/// Appends a link address between quotes, as ECS spells it.
pub fn append_mac(out: &mut Vec<u8>, mac: [u8; 6]) {
    let mut text = *b"\"..-..-..-..-..-..\"";
    for (place, byte) in text[1..].chunks_mut(3).zip(mac) {
        let [high, low] = super::text::hex(byte);
        if let [first, second, _] = place {
            *first = high.to_ascii_uppercase();
            *second = low.to_ascii_uppercase();
        }
    }
    out.extend_from_slice(&text);
}

fn network_type(family: u8) -> &'static str {
    if family == 4 { "ipv4" } else { "ipv6" }
}

/// `network.transport` by name, `network.iana_number` for protocols without one of ours.
fn write_transport(line: &mut Line<'_>, family: u8, protocol: u8) {
    let name = match protocol {
        1 if family == 4 => "icmp",
        2 => "igmp",
        4 => "ipip",
        6 => "tcp",
        17 => "udp",
        41 => "ipv6",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        132 => "sctp",
        136 => "udplite",
        _ => "",
    };
    line.word("transport", name);
    line.number_text("iana_number", u64::from(protocol));
}
