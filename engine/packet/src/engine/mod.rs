//! From a frame to its flow: decoding, counting, and what the packet sets off.

mod application;
mod expiry;
mod tcp;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::anomaly::{self, Anomaly, AnomalyRate, Moment};
use crate::bytes::count;
use crate::clock::{Clock, Step};
use crate::decode::checksum::{self, Verdict};
use crate::decode::transport::{self, Header, Segment, flag};
use crate::decode::{Fragment, Packet, Reason, link};
use crate::defrag::{Joined, Pieces, Weight};
use crate::emit::head::Place;
use crate::emit::output::{Output, Sink};
use crate::flow::summary::Summaries;
use crate::flow::table::{Links, Table};
use crate::flow::wheel::Wheel;
use crate::flow::{DirectionSource, Flow, Phase, Side};
use crate::ids::{FlowKey, icmp_counterpart};
use crate::ledger::Ledger;
use crate::proto::{Application, Context, Shared, icmp};
use crate::settings::Settings;
use crate::source::{Damage, Frame};

/// Microseconds of a second.
const SECOND_US: u64 = 1_000_000;
/// No port below this is given to clients.
const SYSTEM_PORTS: u16 = 1_024;

/// All state of one reader.
pub struct Engine {
    table: Table,
    wheel: Wheel,
    clock: Clock,
    out: Output,
    shared: Shared,
    pieces: Pieces,
    summaries: Summaries,
    packet: u64,
}

/// A packet with its place in a flow.
struct Seen<'a> {
    key: FlowKey,
    side: u8,
    packet: &'a Packet<'a>,
    segment: Segment<'a>,
    weight: Weight,
    moment: Moment,
    is_bad: bool,
}

impl Engine {
    /// An engine whose batches go to `sink`. `checksums_on` is the outcome of the setting for this source.
    #[must_use]
    pub fn new(settings: Settings, checksums_on: bool, sink: Sink) -> Self {
        let out = Output::new(&settings, sink);
        let ledger = Ledger {
            checksums_on,
            ..Ledger::default()
        };
        Self {
            table: Table::default(),
            wheel: Wheel::default(),
            clock: Clock::default(),
            out,
            shared: Shared {
                settings,
                ledger,
                rate: AnomalyRate::default(),
                stream_bytes: 0,
                dns_message: crate::proto::dns::Message::default(),
                icmp_rates: crate::proto::icmp::Rates::default(),
                unpack_space: Vec::new(),
            },
            pieces: Pieces::default(),
            summaries: Summaries::default(),
            packet: 0,
        }
    }

    /// The account so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// The account, to add what only the source knows.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.shared.ledger
    }

    /// The batch being filled.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// Flows alive.
    #[must_use]
    pub fn living(&self) -> u64 {
        count(self.table.len())
    }

    /// Takes one frame. A defect of ours costs the flow its parser and is counted; it never ends the capture.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        self.packet += 1;
        let ledger = &mut self.shared.ledger;
        ledger.read += 1;
        ledger.bytes = ledger.bytes.saturating_add(u64::from(frame.wire_length));
        // A parser is taken out of its flow while it works: after a panic the flow has none.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.decode(frame)));
        match outcome {
            Ok(Ok(())) => self.shared.ledger.decoded += 1,
            Ok(Err(reason)) => self.shared.ledger.undecoded(reason),
            Err(_) => self.panicked(frame.time_us),
        }
    }

    fn decode(&mut self, frame: &Frame<'_>) -> Result<(), Reason> {
        self.tick(frame.time_us);
        let moment = Moment {
            time_us: frame.time_us,
            packet: self.packet,
        };
        let packet = link::decode(frame)?;
        self.packet(&packet, frame, moment)
    }

    fn panicked(&mut self, time_us: u64) {
        let moment = Moment {
            time_us,
            packet: self.packet,
        };
        let Shared { ledger, rate, .. } = &mut self.shared;
        ledger.undecoded("engine_panic");
        anomaly::report(
            &mut self.out,
            ledger,
            rate,
            &Place::Capture,
            (Anomaly::EnginePanic, b""),
            moment,
        );
    }

    /// Moves the clock without a packet: a live source does so while the wire is silent.
    pub fn advance(&mut self, time_us: u64) {
        if time_us > self.clock.now_us() {
            self.clock.see(time_us);
            self.out.clock_us = self.clock.now_us();
            self.expire();
        }
    }

    /// The capture breaks off here; what it gave so far stays good.
    pub fn damaged(&mut self, damage: &Damage) {
        let moment = Moment {
            time_us: self.clock.now_us(),
            packet: self.packet,
        };
        let note = damage.to_string();
        let Shared { ledger, rate, .. } = &mut self.shared;
        ledger.damage = Some(damage.clone());
        let what = (Anomaly::CaptureDamaged, note.as_bytes());
        anomaly::report(&mut self.out, ledger, rate, &Place::Capture, what, moment);
    }

    fn tick(&mut self, time_us: u64) {
        let (step, was_false) = self.clock.see(time_us);
        let ledger = &mut self.shared.ledger;
        ledger.first_time_us = Some(
            ledger
                .first_time_us
                .map_or(time_us, |first| first.min(time_us)),
        );
        ledger.last_time_us = Some(
            ledger
                .last_time_us
                .map_or(time_us, |last| last.max(time_us)),
        );
        if let Step::Back(by) = step {
            ledger.steps_back += 1;
            ledger.largest_step_back_us = ledger.largest_step_back_us.max(by);
        }
        self.out.clock_us = self.clock.now_us();
        if was_false {
            let moment = Moment {
                time_us: self.clock.now_us(),
                packet: self.packet,
            };
            let Shared { ledger, rate, .. } = &mut self.shared;
            anomaly::report(
                &mut self.out,
                ledger,
                rate,
                &Place::Capture,
                (Anomaly::TimeJump, b""),
                moment,
            );
        }
        self.expire();
    }

    fn packet(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        moment: Moment,
    ) -> Result<(), Reason> {
        if let Some(fragment) = packet.fragment {
            return self.fragment(packet, fragment, frame.wire_length, moment);
        }
        let is_bad = self.shared.ledger.checksums_on
            && !frame.checksums_offloaded
            && self.is_sum_bad(packet);
        let weight = Weight {
            packets: 1,
            bytes: u64::from(frame.wire_length),
        };
        self.whole(packet, weight, moment, is_bad)
    }

    /// Takes a packet that is whole, or was joined from pieces.
    fn whole(
        &mut self,
        packet: &Packet<'_>,
        weight: Weight,
        moment: Moment,
        is_bad: bool,
    ) -> Result<(), Reason> {
        let segment = transport::decode(packet)?;
        let (key, side) = self.key(packet, &segment);
        self.segment(&Seen {
            key,
            side,
            packet,
            segment,
            weight,
            moment,
            is_bad,
        });
        Ok(())
    }

    /// Keeps a piece; the last one that was missing sets off the whole datagram.
    fn fragment(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        wire_length: u32,
        moment: Moment,
    ) -> Result<(), Reason> {
        let Shared { ledger, rate, .. } = &mut self.shared;
        if ledger.checksums_on && !packet.header_sum_good {
            ledger.bad_checksums += 1;
            return Err("fragment_header_sum");
        }
        let outcome = self
            .pieces
            .insert(packet, fragment, wire_length, self.clock.now_us());
        // Pieces count as decoded while there is hope.
        ledger.take_back("fragment_incomplete", outcome.dropped);
        if outcome.has_hit_limit {
            ledger.limit("fragments");
        }
        if let Some(anomaly) = outcome.anomaly {
            let Packet {
                family,
                source,
                destination,
                protocol,
                ..
            } = *packet;
            let place = Place::Packet(family, source, destination, protocol);
            anomaly::report(&mut self.out, ledger, rate, &place, (anomaly, b""), moment);
        }
        if let Some(reason) = outcome.refused {
            return Err(reason);
        }
        let Some(joined) = outcome.joined else {
            return Ok(());
        };
        let outcome = self.joined(packet, &joined, moment);
        if let Err(reason) = outcome {
            // All pieces but this one were counted as decoded.
            self.shared
                .ledger
                .take_back(reason, joined.weight.packets.saturating_sub(1));
        }
        outcome
    }

    fn joined(&mut self, last: &Packet<'_>, joined: &Joined, moment: Moment) -> Result<(), Reason> {
        let (protocol, payload) = joined.behind_extensions(last.family)?;
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let whole = Packet {
            protocol,
            payload,
            ip_length: length.saturating_add(joined.header_bytes),
            fragment: None,
            missing: 0,
            ..*last
        };
        let is_bad = self.shared.ledger.checksums_on && self.is_sum_bad(&whole);
        self.whole(&whole, joined.weight, moment, is_bad)
    }

    fn is_sum_bad(&mut self, packet: &Packet<'_>) -> bool {
        let verdict = if packet.header_sum_good {
            checksum::check(packet)
        } else {
            Verdict::Bad
        };
        match verdict {
            Verdict::Good | Verdict::Unknown => false,
            Verdict::Offloaded => {
                self.shared.ledger.offloaded_checksums += 1;
                false
            }
            Verdict::Bad => {
                self.shared.ledger.bad_checksums += 1;
                true
            }
        }
    }

    /// The flow's key, and the side of the sender.
    fn key(&self, packet: &Packet<'_>, segment: &Segment<'_>) -> (FlowKey, u8) {
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
        let vlan = if self.shared.settings.vlan_in_key {
            packet.vlan
        } else {
            [0; 3]
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
            protocol: packet.protocol,
            family: packet.family,
            one_way,
        };
        (key, u8::from(swapped))
    }

    fn segment(&mut self, seen: &Seen<'_>) {
        let index = self.find_or_begin(seen);
        let Some(flow) = self.table.slab.get_mut(index) else {
            return;
        };
        count_packet(flow, seen);
        let was_new = flow.phase == Phase::New;
        if !seen.is_bad {
            let (out, shared) = (&mut self.out, &mut self.shared);
            match &seen.segment.header {
                Header::Tcp(header) => tcp::segment(flow, out, shared, seen, header),
                Header::Udp => {
                    settle_by_packets(flow);
                    application::datagram(flow, out, shared, seen);
                }
                Header::Icmp { kind, code } => {
                    settle_by_packets(flow);
                    let mut context = Context {
                        flow,
                        out,
                        shared,
                        moment: seen.moment,
                    };
                    icmp::observe(&mut context, seen.packet, *kind, *code);
                }
                Header::Other => settle_by_packets(flow),
            }
        }
        if was_new && flow.phase != Phase::New {
            self.table.settle(index);
        }
    }

    fn find_or_begin(&mut self, seen: &Seen<'_>) -> u32 {
        let hash = seen.key.table_hash(self.shared.settings.hash_key);
        if let Some(index) = self.table.find(hash, &seen.key) {
            let is_reused = match (&seen.segment.header, self.table.slab.get(index)) {
                (Header::Tcp(header), Some(flow)) if !seen.is_bad => {
                    tcp::is_new_connection(flow, header, seen.side)
                }
                _ => false,
            };
            if !is_reused {
                return index;
            }
            self.wheel.remove(&mut self.table.slab, index);
            self.end_flow(index, crate::flow::EndReason::Closed);
        }
        self.make_room();
        self.begin(seen, hash)
    }

    fn begin(&mut self, seen: &Seen<'_>, hash: u64) -> u32 {
        let settings = &self.shared.settings;
        let start_us = seen.moment.time_us;
        let interval = u64::from(settings.interim_interval) * SECOND_US;
        let is_tcp = seen.key.protocol == 6;
        let timeout = if is_tcp {
            settings.tcp_new_timeout
        } else {
            settings.other_new_timeout
        };
        let (source_side, direction) = originator(seen);
        let flow = Flow {
            key: seen.key,
            hash,
            id: seen.key.flow_id(start_us),
            community_id: community_id(seen),
            source_side,
            direction,
            phase: Phase::New,
            emergency: self.is_emergency(),
            first_packet: seen.moment.packet,
            start_us,
            last_us: start_us,
            interim_us: if interval == 0 {
                u64::MAX
            } else {
                start_us.saturating_add(interval)
            },
            interim_packets: 0,
            sides: [Side::default(); 2],
            mac: seen.packet.mac.map(|[source, destination]| {
                if seen.side == 0 {
                    [source, destination]
                } else {
                    [destination, source]
                }
            }),
            vlan: seen.packet.vlan,
            vlan_count: seen.packet.vlan_count,
            icmp: match seen.segment.header {
                Header::Icmp { kind, code } => Some((kind, code)),
                _ => None,
            },
            protocols: [None; 2],
            history: crate::flow::history::History::default(),
            sequences: [crate::stream::Sequence::default(); 2],
            transactions: 0,
            anomalies: 0,
            streams: None,
            application: Application::Probing {
                refused: [0; 2],
                tries: 0,
            },
            links: Links::default(),
        };
        let due_us = flow.interim_us.min(
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
        flow.history.note(b'c', is_source);
    } else if let Header::Tcp(header) = &seen.segment.header {
        side.tcp_flags |= header.flags;
    } else if payload > 0 {
        flow.history.note(b'd', is_source);
    }
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
        Header::Tcp(header) if header.flags & flag::SYN != 0 => {
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

fn is_answer(family: u8, kind: u8) -> bool {
    if family == 4 {
        matches!(kind, 0 | 14 | 16 | 18)
    } else {
        matches!(kind, 129)
    }
}

/// One-way ICMP is hashed as sent with type and code; what has a counterpart, ordered.
fn community_id(seen: &Seen<'_>) -> [u8; crate::ids::COMMUNITY_LENGTH] {
    let mut key = seen.key;
    if key.one_way && matches!(key.protocol, 50 | 51) && key.low > key.high {
        std::mem::swap(&mut key.low, &mut key.high);
    }
    key.community_id(0)
}
