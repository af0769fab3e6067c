//! Events that wait for the watermark, in their order.

use crate::event::EventRef;
use crate::lane::{Hit, Lane};

/// An event that waits for the watermark.
#[derive(Debug)]
pub(crate) struct Pending {
    pub time_us: i64,
    pub event: EventRef,
    pub line: Box<[u8]>,
    pub hits: Box<[u32]>,
    pub is_kept: bool,
}

impl Pending {
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.line.len() + size_of_val(&*self.hits)
    }
}

/// An event that waits, as a checkpoint keeps it: id, time, line.
pub type Waiting = (String, i64, Vec<u8>);

impl Lane {
    pub(crate) fn push(&mut self, pending: Pending) {
        if let Some(last) = self.pending.back() {
            let order = last
                .time_us
                .cmp(&pending.time_us)
                .then_with(|| self.core.streams.compare(last.event, pending.event));
            self.is_sorted &= order.is_le();
        }
        self.waiting += pending.hits.len();
        self.pending_bytes += pending.bytes();
        self.pending.push_back(pending);
    }

    pub(crate) fn sort(&mut self) {
        if self.is_sorted {
            return;
        }
        let streams = &self.core.streams;
        // What waited was sorted and what came is nearly so: the sort joins runs.
        self.pending.make_contiguous().sort_by(|left, right| {
            left.time_us
                .cmp(&right.time_us)
                .then_with(|| streams.compare(left.event, right.event))
        });
        self.is_sorted = true;
    }

    /// Events that wait.
    #[must_use]
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// Memory of the events that wait.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// Matches (event and rule) that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// The time of the n-th waiting event.
    pub fn pending_time(&mut self, place: usize) -> Option<i64> {
        self.sort();
        self.pending.get(place).map(|pending| pending.time_us)
    }

    /// The events that began and that ceased to wait since the last time.
    pub fn take_pending(&mut self) -> (Vec<Waiting>, Vec<String>) {
        let streams = &self.core.streams;
        let removed = std::mem::take(&mut self.released)
            .into_iter()
            .map(|event| streams.id(event))
            .collect();
        let mut added = Vec::new();
        for pending in self.pending.iter_mut().filter(|pending| !pending.is_kept) {
            pending.is_kept = true;
            added.push((
                streams.id(pending.event),
                pending.time_us,
                pending.line.to_vec(),
            ));
        }
        (added, removed)
    }

    /// Takes back events that waited, each with its time.
    pub fn restore_pending(&mut self, lines: &[u8], hits: &[Hit], times: &[i64]) {
        for (hit, time_us) in hits.iter().zip(times) {
            if let Some(mut pending) = self.read(lines, hit, 0, i64::MAX) {
                pending.time_us = *time_us;
                pending.is_kept = true;
                self.push(pending);
            }
        }
    }
}
