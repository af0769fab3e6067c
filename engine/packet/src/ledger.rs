//! What became of every packet: `read = decoded + undecoded(by reason)`, and what hit a limit.

use std::collections::BTreeMap;

use crate::decode::Reason;
use crate::source::Damage;

/// Counters of one reader. They are told whole: nothing is dropped without a number here.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Frames taken from the source.
    pub read: u64,
    /// Frames whose packet was counted in a flow.
    pub decoded: u64,
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
    /// Payload bytes of streams that never arrived.
    pub missed_bytes: u64,
}

impl Ledger {
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

    /// Counts a limit that was hit.
    pub fn limit(&mut self, name: &'static str) {
        *self.limits.entry(name).or_default() += 1;
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
