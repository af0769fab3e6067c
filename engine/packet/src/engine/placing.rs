//! From a packet to its flow: the key, the flow that has it or a new one, its counters and its originator.

use super::share::Role;
use super::{Engine, SECOND_US, Seen, application, handshake, tcp};
use crate::anomaly::{self, AnomalySet};
use crate::bytes::count;
use crate::decode::Packet;
use crate::decode::transport::{Header, Segment, flag};
use crate::decode::tunnel::{self, Kind};
use crate::flow::connection::Connection;
use crate::flow::history::History;
use crate::flow::table::Links;
use crate::flow::{DirectionSource, EndReason, Flow, Phase, Side};
use crate::ids::{FlowKey, icmp_counterpart};
use crate::proto::icmp::{self, Quoted};
use crate::proto::{Application, Context, Shared};

/// No port below this is given to clients.
const SYSTEM_PORTS: u16 = 1_024;

impl Engine {
    /// The flow's key, and the side of the sender.
    pub(super) fn key(
        &self,
        packet: &Packet<'_>,
        segment: &Segment<'_>,
        domain: u32,
    ) -> (FlowKey, u8) {
        let (mut source_port, mut destination_port) =
            (segment.source_port, segment.destination_port);
        let mut one_way = matches!(packet.protocol, 50 | 51);
        if let Header::Icmp { kind, .. } = segment.header {
            match icmp_counterpart(packet.family, kind) {
                Some(counterpart) => {
                    source_port = u16::from(kind);
                    destination_port = u16::from(counterpart);
                }
                None => one_way = true,
            }
        }
        let (vlan, domain) = if self.shared.settings.vlan_in_key {
            (packet.link.vlan, domain)
        } else {
            // The depth stays: a packet is never in the flow that carries it.
            ([0; 3], domain & !0x00ff_ffff)
        };
        let swapped =
            !one_way && (packet.source, source_port) > (packet.destination, destination_port);
        if swapped {
            std::mem::swap(&mut source_port, &mut destination_port);
        }
        let (low, high) = if swapped {
            (packet.destination, packet.source)
        } else {
            (packet.source, packet.destination)
        };
        let key = FlowKey {
            low,
            high,
            low_port: source_port,
            high_port: destination_port,
            vlan,
            domain,
            protocol: packet.protocol,
            family: packet.family,
            one_way,
        };
        (key, u8::from(swapped))
    }

    /// Takes a packet into its flow; answers the flow's id.
    pub(super) fn segment(&mut self, seen: &Seen<'_>) -> u64 {
        let quoted = match seen.segment.header {
            Header::Icmp { kind, .. } => self.quoted(seen, kind),
            _ => None,
        };
        let teller = self.teller(quoted.as_ref().map(|(_, role)| *role));
        let index = self.find_or_begin(seen);
        let Some(flow) = self.table.slab.get_mut(index) else {
            return 0;
        };
        count_packet(flow, seen);
        let id = flow.id;
        if !seen.packet.oddities.is_empty() || !seen.segment.oddities.is_empty() {
            let Shared { ledger, rate, .. } = &mut self.shared;
            let odd = seen.packet.oddities.anomalies();
            for anomaly in odd.chain(seen.segment.oddities.anomalies()) {
                anomaly::report_in_flow(&mut self.out, ledger, rate, flow, anomaly, seen.moment);
            }
        }
        let was_new = flow.phase == Phase::New;
        if !seen.is_bad {
            let (out, shared) = (&mut self.out, &mut self.shared);
            match &seen.segment.header {
                Header::Tcp(header) => tcp::segment(flow, out, shared, seen, header),
                Header::Udp => {
                    settle_by_packets(flow);
                    if seen.carries.is_none() {
                        shared.is_cut = seen.segment.missing > 0;
                        application::datagram(flow, out, shared, seen);
                        shared.is_cut = false;
                    }
                }
                Header::Icmp { kind, code } => {
                    settle_by_packets(flow);
                    let mut context = Context {
                        flow,
                        out,
                        shared,
                        moment: seen.moment,
                    };
                    let quoted = quoted.as_ref().map(|(quoted, _)| quoted);
                    // Who follows the quoted flow knows its id, and tells.
                    let was_muted = std::mem::replace(&mut context.out.is_muted, !teller);
                    context.out.next_place();
                    icmp::observe(&mut context, seen.packet, [*kind, *code], quoted);
                    context.out.next_place();
                    context.out.is_muted = was_muted;
                }
                Header::Other => settle_by_packets(flow),
            }
        }
        if seen.carries.is_some() {
            flow.carries = seen.carries;
        }
        if was_new && flow.phase != Phase::New {
            self.table.settle(index);
        }
        id
    }

    /// The packet that an ICMP error is about, with the flow that it belongs to.
    #[inline(never)]
    fn quoted<'a>(&self, seen: &Seen<'a>, kind: u8) -> Option<(Quoted<'a>, Role)> {
        let mut quoted = Quoted::find(seen.packet, kind)?;
        let (mut key, _) = self.key(&quoted.packet, &quoted.segment, seen.key.domain);
        key.vlan = seen.key.vlan;
        let settings = &self.shared.settings;
        quoted.community_id = Some(community_id(&key, settings.community_id_seed));
        let index = self.table.find(key.table_hash(settings.hash_key), &key);
        quoted.flow = index
            .and_then(|index| self.table.slab.get(index))
            .map(|flow| flow.id);
        let role = if self.is_sharing() {
            self.role_of_key(&key)
        } else {
            Role::Common
        };
        Some((quoted, role))
    }

    fn find_or_begin(&mut self, seen: &Seen<'_>) -> u32 {
        if let Some(index) = self.table.find_again(&seen.key)
            && self.end_of_former(index, seen).is_none()
        {
            return index;
        }
        let hash = seen.key.table_hash(self.shared.settings.hash_key);
        let index = self.find_or_begin_by(hash, seen);
        self.table.expect(index);
        index
    }

    fn find_or_begin_by(&mut self, hash: u64, seen: &Seen<'_>) -> u32 {
        if let Some(index) = self.table.find(hash, &seen.key) {
            let Some(reason) = self.end_of_former(index, seen) else {
                return index;
            };
            self.wheel.remove(&mut self.table.slab, index);
            self.end_flow(index, reason);
        }
        self.make_room();
        self.begin(seen, hash)
    }

    /// Why the flow that has this packet's key is over, if it is. The wheel comes by once a second; a packet must not
    /// find a flow whose time was up before.
    fn end_of_former(&self, index: u32, seen: &Seen<'_>) -> Option<EndReason> {
        let flow = self.table.slab.get(index)?;
        if let Header::Tcp(header) = &seen.segment.header
            && !seen.is_bad
            && handshake::is_new_connection(flow, header, seen.side)
        {
            return Some(EndReason::Closed);
        }
        let timeout_us = self.shared.settings.timeout_us(flow);
        if flow.last_us.saturating_add(timeout_us) > self.clock.now_us() {
            return None;
        }
        Some(if flow.phase == Phase::Closed {
            EndReason::Closed
        } else {
            EndReason::Timeout
        })
    }

    fn begin(&mut self, seen: &Seen<'_>, hash: u64) -> u32 {
        let settings = &self.shared.settings;
        let start_us = seen.moment.time_us;
        let is_tcp = seen.key.protocol == 6;
        let timeout = if is_tcp {
            settings.tcp_new_timeout
        } else {
            settings.other_new_timeout
        };
        let is_untracked = !settings.midstream && is_midstream(&seen.segment.header);
        let connection = Connection {
            is_untracked,
            ..Connection::default()
        };
        let application = if is_untracked || !settings.parse_protocols {
            Application::Off
        } else {
            Application::Probing {
                refused: [0; 2],
                tries: 0,
                missed: [0; 2],
            }
        };
        // What is not followed is not guessed about either.
        let (source_side, direction) = if is_untracked {
            (seen.side, DirectionSource::FirstPacket)
        } else {
            originator(seen)
        };
        let mut history = History::default();
        if source_side != seen.side && matches!(seen.key.protocol, 6 | 17) {
            history.mark_flip();
        }
        let flow = Flow {
            key: seen.key,
            hash,
            id: seen
                .key
                .flow_id(start_us, seen.tunnel.map_or(0, |tunnel| tunnel.parent)),
            community_id: community_id(&seen.key, settings.community_id_seed),
            source_side,
            direction,
            phase: Phase::New,
            emergency: self.is_emergency(),
            first_packet: seen.moment.packet,
            first_place: self.out.place(),
            start_us,
            last_us: start_us,
            intervals: 0,
            interim_packets: 0,
            sides: [Side::default(); 2],
            mac: seen.packet.link.mac.map(|[source, destination]| {
                if seen.side == 0 {
                    [source, destination]
                } else {
                    [destination, source]
                }
            }),
            vlan: seen.packet.link.vlan,
            vlan_count: seen.packet.link.vlan_count,
            tunnel: seen.tunnel,
            carries: seen.carries,
            icmp: match seen.segment.header {
                Header::Icmp { kind, code } => Some((kind, code)),
                _ => None,
            },
            protocols: [None; 2],
            from_protocol: None,
            history,
            sequences: [crate::stream::Sequence::default(); 2],
            connection,
            limits: 0,
            transactions: 0,
            anomalies: AnomalySet::default(),
            streams: None,
            application,
            links: Links::default(),
        };
        let due_us = settings.interim_us(&flow).min(
            self.out
                .clock_us
                .saturating_add(u64::from(timeout) * SECOND_US),
        );
        self.shared.ledger.flows += 1;
        let index = self.table.insert(flow);
        self.wheel.insert(&mut self.table.slab, index, due_us);
        index
    }
}

fn count_packet(flow: &mut Flow, seen: &Seen<'_>) {
    flow.last_us = flow.last_us.max(seen.moment.time_us);
    let is_source = flow.source_side == seen.side;
    let [low, high] = &mut flow.sides;
    let side = if seen.side == 0 { low } else { high };
    side.packets = side.packets.saturating_add(seen.weight.packets);
    side.bytes = side.bytes.saturating_add(seen.weight.bytes);
    side.ip_bytes = side
        .ip_bytes
        .saturating_add(u64::from(seen.packet.ip_length));
    let payload = count(seen.segment.payload.len()).saturating_add(u64::from(seen.segment.missing));
    side.payload_bytes = side.payload_bytes.saturating_add(payload);
    if seen.is_bad {
        flow.history.count(b'c', is_source);
    } else if let Header::Tcp(header) = &seen.segment.header {
        let [low, high] = &mut flow.connection.flags;
        *(if seen.side == 0 { low } else { high }) |= header.flags;
    } else if payload > 0 {
        flow.history.note(b'd', is_source);
    }
}

/// Whether a flow's first segment is from the middle of a connection.
fn is_midstream(header: &Header) -> bool {
    matches!(header, Header::Tcp(header) if header.flags & flag::SYN == 0)
}

/// Without a handshake a flow is established when both ends have spoken.
fn settle_by_packets(flow: &mut Flow) {
    if flow.phase == Phase::New && flow.sides.iter().all(|side| side.packets > 0) {
        flow.phase = Phase::Established;
    }
}

/// The side of the originator by the first packet: handshake, then ports, then who spoke.
fn originator(seen: &Seen<'_>) -> (u8, DirectionSource) {
    let (source, destination) = (seen.segment.source_port, seen.segment.destination_port);
    let other = 1 - seen.side;
    match seen.segment.header {
        Header::Tcp(header) if header.flags & flag::SYN != 0 && !header.is_contradiction() => {
            let side = if header.flags & flag::ACK == 0 {
                seen.side
            } else {
                other
            };
            (side, DirectionSource::Handshake)
        }
        Header::Tcp(_) if source != destination => (
            if source > destination {
                seen.side
            } else {
                other
            },
            DirectionSource::Port,
        ),
        // The relay of these tunnels has the port, its client any.
        Header::Udp
            if matches!(seen.carries, Some(Kind::Teredo | Kind::Ayiya))
                && is_relay(source)
                && !is_relay(destination) =>
        {
            (other, DirectionSource::Parser)
        }
        // A datagram's first sender is nearly always its originator; only a system port says otherwise.
        Header::Udp if source < SYSTEM_PORTS && destination >= SYSTEM_PORTS => {
            (other, DirectionSource::Port)
        }
        Header::Icmp { kind, .. } if is_answer(seen.packet.family, kind) => {
            (other, DirectionSource::Parser)
        }
        _ => (seen.side, DirectionSource::FirstPacket),
    }
}

fn is_relay(port: u16) -> bool {
    matches!(port, tunnel::TEREDO | tunnel::AYIYA)
}

fn is_answer(family: u8, kind: u8) -> bool {
    if family == 4 {
        matches!(kind, 0 | 14 | 16 | 18)
    } else {
        matches!(kind, 129)
    }
}

/// One-way ICMP is hashed as sent with type and code; what has a counterpart, ordered.
fn community_id(key: &FlowKey, seed: u16) -> crate::ids::CommunityId {
    let mut key = *key;
    if key.one_way && matches!(key.protocol, 50 | 51) && key.low > key.high {
        std::mem::swap(&mut key.low, &mut key.high);
    }
    key.community_id(seed)
}
