//! Evicted half-open flows, told together: one record for each target in ten seconds.

use std::collections::{BTreeMap, HashSet};

use super::Flow;
use crate::bytes::count;
use crate::emit::head::{Dataset, Event, Place};
use crate::emit::output::Output;

/// How long one summary collects, µs.
const INTERVAL_US: u64 = 10_000_000;
/// Targets collected at once; more close the interval early.
const MAX_TARGETS: usize = 4_096;
/// Sources told apart for one target; beyond it the number is a lower bound.
const MAX_SOURCES: usize = 1_024;

/// Family, destination, port, protocol. The order of the map is that of the events.
type Target = (u8, [u8; 16], u16, u8);

#[derive(Default)]
struct Summary {
    sources: HashSet<[u8; 16]>,
    flows: u64,
    packets: u64,
    bytes: u64,
    first_us: u64,
    last_us: u64,
}

/// All targets of the current interval.
#[derive(Default)]
pub struct Summaries {
    targets: BTreeMap<Target, Summary>,
    begun_us: u64,
}

impl Summaries {
    /// Adds a flow that had to go.
    pub fn add(&mut self, out: &mut Output, flow: &Flow) {
        if self.targets.len() >= MAX_TARGETS {
            self.flush(out);
        }
        if self.targets.is_empty() {
            self.begun_us = out.clock_us;
        }
        let (destination, port) = flow.end(false);
        let target = (flow.key.family, *destination, port, flow.key.protocol);
        let summary = self.targets.entry(target).or_insert_with(|| Summary {
            first_us: flow.start_us,
            ..Summary::default()
        });
        if summary.sources.len() < MAX_SOURCES {
            summary.sources.insert(*flow.end(true).0);
        }
        summary.flows += 1;
        summary.packets = summary.packets.saturating_add(flow.packets());
        let bytes = flow.side(true).bytes.saturating_add(flow.side(false).bytes);
        summary.bytes = summary.bytes.saturating_add(bytes);
        summary.first_us = summary.first_us.min(flow.start_us);
        summary.last_us = summary.last_us.max(flow.last_us);
    }

    /// Writes what has been collected for long enough.
    pub fn flush_due(&mut self, out: &mut Output, now_us: u64) {
        if !self.targets.is_empty() && now_us >= self.begun_us.saturating_add(INTERVAL_US) {
            self.flush(out);
        }
    }

    /// Writes everything.
    pub fn flush(&mut self, out: &mut Output) {
        for ((family, destination, port, protocol), summary) in std::mem::take(&mut self.targets) {
            let mut event = Event::new(Dataset::Flow, "flow-summary", out.clock_us, 0);
            event.types = &["info"];
            event.start_us = Some(summary.first_us);
            event.end_us = Some(summary.last_us);
            event.duration_us = Some(summary.last_us.saturating_sub(summary.first_us));
            let place = Place::Target(family, destination, port, protocol);
            out.event(
                &event,
                &place,
                |_| {},
                |line| {
                    let mark = line.open("flow");
                    line.word("state", "new");
                    line.word("reason", "evicted");
                    line.flag("emergency", true);
                    line.number("flows", summary.flows);
                    line.number("sources", count(summary.sources.len()));
                    line.number("packets", summary.packets);
                    line.number("bytes", summary.bytes);
                    line.close(mark);
                },
            );
        }
    }
}
