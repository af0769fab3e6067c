//! What became of every packet: `read = decoded + undecoded(by reason)`, and what hit a limit.

use std::collections::BTreeMap;

use crate::decode::Reason;
use crate::source::{Damage, Frame};

/// Counters of one reader. They are told whole: nothing is dropped without a number here.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Frames taken from the source.
    pub read: u64,
    /// Frames that were understood: their packet was counted in a flow, or is in one of the two counts below.
    pub decoded: u64,
    /// Of those, frames that belong to no flow: ARP.
    pub without_flow: u64,
    /// Packets counted in flows beyond one a frame: the further ones of an aggregate of IEEE 802.11.
    pub aggregated: u64,
    /// Packets inside tunnels that could not be decoded, by reason; their frames were.
    pub undecoded_inner: BTreeMap<Reason, u64>,
    /// The same account for each interface of the capture, in the order of the file.
    pub interfaces: Vec<InterfaceLedger>,
    /// Frames that were not, by reason.
    pub undecoded: BTreeMap<Reason, u64>,
    /// Length on the wire of all frames.
    pub bytes: u64,
    /// Smallest packet time, µs.
    pub first_time_us: Option<u64>,
    /// Largest packet time, µs.
    pub last_time_us: Option<u64>,
    /// Packets older than one before them.
    pub steps_back: u64,
    /// The largest such step, µs.
    pub largest_step_back_us: u64,
    /// Where the capture breaks off.
    pub damage: Option<Damage>,
    /// Flows begun.
    pub flows: u64,
    /// Final flow records by reason.
    pub flow_ends: BTreeMap<&'static str, u64>,
    /// Anomalies by name, those that made no event included.
    pub anomalies: BTreeMap<&'static str, u64>,
    /// Times that a limit was hit, by limit.
    pub limits: BTreeMap<&'static str, u64>,
    /// Packets whose checksum was wrong; their flow counts them, their payload was not used.
    pub bad_checksums: u64,
    /// Packets whose checksum was left to the network card.
    pub offloaded_checksums: u64,
    /// Whether checksums are being checked.
    pub checksums_on: bool,
    /// Hosts whose checksums are not, because they leave them to their network card.
    pub checksum_hosts_left: u64,
    /// Payload bytes of streams that never arrived.
    pub missed_bytes: u64,
}

/// Interfaces of one capture that are told apart; the frames of more are counted with the last.
const MAX_INTERFACES: usize = 256;

/// The account of one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceLedger {
    /// Link type of its last frame.
    pub link_type: u32,
    /// Frames taken from it.
    pub read: u64,
    /// Of those, frames that stayed undecoded when they came. Pieces of datagrams that are given up later are not in it.
    pub undecoded: u64,
    /// Length on the wire of all frames.
    pub bytes: u64,
    /// Smallest and largest packet time, µs.
    pub times_us: Option<(u64, u64)>,
}

impl Ledger {
    /// Takes a frame into the accounts of the capture and of its interface.
    pub fn take(&mut self, frame: &Frame<'_>) {
        self.read += 1;
        let bytes = u64::from(frame.wire_length);
        self.bytes = self.bytes.saturating_add(bytes);
        let time_us = frame.time_us;
        self.first_time_us = Some(
            self.first_time_us
                .map_or(time_us, |first| first.min(time_us)),
        );
        self.last_time_us = Some(self.last_time_us.map_or(time_us, |last| last.max(time_us)));
        let Some(interface) = self.interface(frame.interface) else {
            return;
        };
        interface.link_type = frame.link_type;
        interface.read += 1;
        interface.bytes = interface.bytes.saturating_add(bytes);
        interface.times_us = Some(
            interface
                .times_us
                .map_or((time_us, time_us), |(first, last)| {
                    (first.min(time_us), last.max(time_us))
                }),
        );
    }

    /// Counts a frame of an interface that stays undecoded.
    pub fn refuse(&mut self, interface: u32, reason: Reason) {
        self.undecoded(reason);
        if let Some(interface) = self.interface(interface) {
            interface.undecoded += 1;
        }
    }

    fn interface(&mut self, number: u32) -> Option<&mut InterfaceLedger> {
        let index = usize::try_from(number)
            .unwrap_or(usize::MAX)
            .min(MAX_INTERFACES - 1);
        if index >= self.interfaces.len() {
            self.interfaces
                .resize(index + 1, InterfaceLedger::default());
        }
        self.interfaces.get_mut(index)
    }

    /// Counts a frame that stays undecoded.
    pub fn undecoded(&mut self, reason: Reason) {
        *self.undecoded.entry(reason).or_default() += 1;
    }

    /// Frames that were counted as decoded turn out not to be.
    pub fn take_back(&mut self, reason: Reason, frames: u64) {
        if frames > 0 {
            self.decoded = self.decoded.saturating_sub(frames);
            *self.undecoded.entry(reason).or_default() += frames;
        }
    }

    /// Packets inside tunnels that will never be decoded.
    pub fn inner_lost(&mut self, reason: Reason, packets: u64) {
        if packets > 0 {
            *self.undecoded_inner.entry(reason).or_default() += packets;
        }
    }

    /// Counts a limit that was hit.
    pub fn limit(&mut self, name: &'static str) {
        *self.limits.entry(name).or_default() += 1;
    }

    /// Adds what one of several engines counted for flows that only it followed; frames were counted by all.
    pub fn add(&mut self, own: &Self) {
        for (reason, frames) in &own.undecoded {
            self.take_back(reason, *frames);
        }
        self.flows = self.flows.saturating_add(own.flows);
        self.bad_checksums = self.bad_checksums.saturating_add(own.bad_checksums);
        self.offloaded_checksums = self
            .offloaded_checksums
            .saturating_add(own.offloaded_checksums);
        self.missed_bytes = self.missed_bytes.saturating_add(own.missed_bytes);
        for (mine, theirs) in [
            (&mut self.flow_ends, &own.flow_ends),
            (&mut self.anomalies, &own.anomalies),
            (&mut self.limits, &own.limits),
        ] {
            for (name, times) in theirs {
                *mine.entry(name).or_default() += times;
            }
        }
    }

    /// Whether every frame has a place.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let undecoded = self
            .undecoded
            .values()
            .fold(0_u64, |sum, part| sum.saturating_add(*part));
        self.read == self.decoded.saturating_add(undecoded)
    }
}
