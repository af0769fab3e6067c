//! From a frame to its flow: decoding, counting, and what the packet sets off.

mod application;
mod descent;
mod expiry;
mod handshake;
pub mod owners;
mod placing;
mod recognition;
mod reset;
pub mod share;
mod sides;
mod tcp;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::anomaly::{self, Anomaly, AnomalyRate, Moment};
use crate::bytes::count;
use crate::clock::{Clock, Step};
use crate::decode::transport::Segment;
use crate::decode::tunnel::Kind;
use crate::decode::{Packet, Reason, link};
use crate::defrag::{Pieces, Weight};
use crate::emit::head::Place;
use crate::emit::output::{Output, Sink};
use crate::emit::portion::Stage;
use crate::flow::Tunnel;
use crate::flow::summary::Summaries;
use crate::flow::table::Table;
use crate::flow::wheel::Wheel;
use crate::ids::FlowKey;
use crate::ledger::Ledger;
use crate::proto::Shared;
use crate::settings::Settings;
use crate::source::{Damage, Frame};
use crate::survey::Sums;
use owners::Owners;
use share::{Role, Share};

/// Microseconds of a second.
const SECOND_US: u64 = 1_000_000;

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
    share: Share,
    owners: Owners,
    sums: Sums,
    /// What only the owner of a flow counts, while other engines read the same capture.
    own_ledger: Box<Ledger>,
    /// Whether the events and counts of the moment are those of a flow that only this engine follows.
    is_inside: bool,
    /// What is known already of the frame's outermost packet.
    known_role: Option<Role>,
    /// Flows whose time has come, in the order in which they began.
    due: Vec<(u64, u16, u32)>,
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
    /// What encloses the packet.
    tunnel: Option<Tunnel>,
    /// What the packet encloses.
    carries: Option<Kind>,
}

/// What carries a packet: a frame, or a tunnel in one.
#[derive(Clone, Copy)]
struct Carrier {
    /// Length on the wire of the frame or frames.
    bytes: u64,
    /// Whether the kernel says that the sums are left to the network card.
    is_offloaded: bool,
    tunnel: Option<Tunnel>,
    moment: Moment,
}

impl Engine {
    /// An engine whose batches go to `sink`. `checksums_on` is the outcome of the setting for this source.
    #[must_use]
    pub fn new(settings: Settings, checksums_on: bool, sink: Sink) -> Self {
        let out = Output::new(&settings, sink);
        Self::with_output(settings, checksums_on, out)
    }

    fn with_output(settings: Settings, checksums_on: bool, out: Output) -> Self {
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
                ledger: Box::new(ledger),
                rate: AnomalyRate::default(),
                stream_bytes: 0,
                parser_bytes: 0,
                is_cut: false,
                expected: crate::proto::expected::Expected::default(),
                dns_message: crate::proto::dns::Message::default(),
                icmp_rates: crate::proto::rates::Rates::default(),
                arp_rates: crate::proto::rates::Rates::default(),
                bodies: crate::proto::http_body::Bodies::default(),
            },
            pieces: Pieces::default(),
            summaries: Summaries::default(),
            packet: 0,
            share: Share::WHOLE,
            owners: Owners::new(1),
            sums: Sums::all(checksums_on),
            own_ledger: Box::default(),
            is_inside: false,
            known_role: None,
            due: Vec::new(),
        }
    }

    /// The account so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// Which sums mean anything in this source, when that is found out after the engine was made.
    pub fn set_checksums(&mut self, sums: &Sums) {
        self.shared.ledger.checksums_on = sums.are_on;
        self.shared.ledger.checksum_hosts_left = sums.hosts_left();
        self.sums = sums.clone();
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
        self.begin_frame(frame);
        // A parser is taken out of its flow while it works: after a panic the flow has none.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.decode(frame)));
        match outcome {
            Ok(Ok(())) => self.shared.ledger.decoded += 1,
            Ok(Err(reason)) => self.shared.ledger.refuse(frame.interface, reason),
            Err(_) => self.panicked(frame.time_us),
        }
    }

    /// Takes a frame of which it is known that this engine alone takes it.
    pub fn own_frame(&mut self, frame: &Frame<'_>) {
        self.known_role = Some(Role::Own);
        self.frame(frame);
        self.known_role = None;
    }

    /// Lets a frame pass that another engine takes: it is counted, and the clock moves.
    pub fn pass(&mut self, frame: &Frame<'_>) {
        self.begin_frame(frame);
        self.order(Stage::Clock, 0, 0);
        self.tick(frame.time_us);
        self.shared.ledger.decoded += 1;
    }

    fn begin_frame(&mut self, frame: &Frame<'_>) {
        self.packet += 1;
        // Of several engines the first one counts what all of them see.
        if self.share.index == 0 {
            self.shared.ledger.take(frame);
        }
    }

    fn decode(&mut self, frame: &Frame<'_>) -> Result<(), Reason> {
        self.order(Stage::Clock, 0, 0);
        self.tick(frame.time_us);
        self.order(Stage::Packet, 0, 0);
        let moment = Moment::new(frame.time_us, self.packet);
        let carrier = Carrier {
            bytes: u64::from(frame.wire_length),
            is_offloaded: frame.checksums_offloaded,
            tunnel: None,
            moment,
        };
        // Nearly every frame is plain: it goes the short way.
        if let Some(packet) = link::decode_plain(frame) {
            return self.packet(&packet, &carrier);
        }
        match link::decode(frame) {
            Ok(content) => self.content(&content, &carrier),
            Err(reason) => {
                let is_cut = count(frame.data.len()) < u64::from(frame.wire_length);
                self.report_reason(reason, is_cut, &Place::Capture, moment);
                Err(reason)
            }
        }
    }

    fn panicked(&mut self, time_us: u64) {
        let moment = Moment::new(time_us, self.packet);
        self.out.forget_unfinished();
        let Shared { ledger, rate, .. } = &mut self.shared;
        if self.is_inside {
            // The other engines have decoded this frame.
            self.own_ledger.decoded += 1;
        }
        ledger.undecoded("engine_panic");
        anomaly::report(
            &mut self.out,
            ledger,
            rate,
            &Place::Capture,
            (Anomaly::EnginePanic, b""),
            moment,
        );
        if self.is_inside {
            self.leave(Role::Own);
        }
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
        self.order(Stage::End, 0, 0);
        let moment = Moment::new(self.clock.now_us(), self.packet);
        let note = damage.to_string();
        let Shared { ledger, rate, .. } = &mut self.shared;
        ledger.damage = Some(damage.clone());
        let what = (Anomaly::CaptureDamaged, note.as_bytes());
        anomaly::report(&mut self.out, ledger, rate, &Place::Capture, what, moment);
    }

    fn tick(&mut self, time_us: u64) {
        let (step, was_false) = self.clock.see(time_us);
        let ledger = &mut self.shared.ledger;
        if let Step::Back(by) = step {
            ledger.steps_back += 1;
            ledger.largest_step_back_us = ledger.largest_step_back_us.max(by);
        }
        self.out.clock_us = self.clock.now_us();
        if was_false {
            let moment = Moment::new(self.clock.now_us(), self.packet);
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
}
