//! Ends of flows: silence, a full table, the end of the capture.

use super::share::Role;
use super::{Engine, SECOND_US};
use crate::anomaly::Moment;
use crate::bytes::count;
use crate::emit::portion::Stage;
use crate::flow::{EndReason, Flow, Phase, record};

/// Share of the table from which short timeouts hold.
const EMERGENCY_PERCENT: u64 = 80;
/// How many soon due flows are compared when one must go.
const EVICTION_SAMPLE: usize = 16;

impl Engine {
    /// Ends what has been silent for too long and writes interim records that are due.
    pub(super) fn expire(&mut self) {
        let now_us = self.clock.now_us();
        if self.wheel.is_up_to_date(now_us) {
            return;
        }
        let was_muted = std::mem::replace(&mut self.out.is_muted, false);
        self.summaries.flush_due(&mut self.out, now_us);
        self.out.is_muted = was_muted;
        while let Some(first) = self.wheel.turn(now_us) {
            self.collect(first);
            let second = self.wheel.second();
            for at in 0..self.due.len() {
                let Some(&(packet, place, index)) = self.due.get(at) else {
                    break;
                };
                self.order(Stage::Expiry, second, begun(packet, place));
                let role = self.role_of_flow(index);
                self.enter(role);
                self.visit(index, now_us);
                self.leave(role);
            }
        }
    }

    /// The flows of a slot, in the order in which they began: that is the same however flows are divided.
    fn collect(&mut self, first: u32) {
        self.due.clear();
        let mut index = first;
        while let Some(flow) = self.table.slab.get(index) {
            self.due.push((flow.first_packet, flow.first_place, index));
            index = flow.links.wheel_next;
        }
        self.due.sort_unstable();
    }

    fn role_of_flow(&self, index: u32) -> Role {
        if !self.is_sharing() {
            return Role::Common;
        }
        let flow = self.table.slab.get(index);
        flow.map_or(Role::Common, |flow| self.role_of_key(&flow.key))
    }

    fn visit(&mut self, index: u32, now_us: u64) {
        let is_emergency = self.is_emergency();
        let Some(flow) = self.table.slab.get_mut(index) else {
            return;
        };
        flow.emergency |= is_emergency;
        let deadline_us = flow
            .last_us
            .saturating_add(self.shared.settings.timeout_us(flow));
        if deadline_us <= now_us {
            let reason = if flow.phase == Phase::Closed {
                EndReason::Closed
            } else {
                EndReason::Timeout
            };
            self.end_flow(index, reason);
            return;
        }
        let settings = &self.shared.settings;
        if settings.interim_us(flow) <= now_us {
            let passed = now_us.saturating_sub(flow.start_us) / settings.interval_us();
            flow.intervals = u32::try_from(passed).unwrap_or(u32::MAX);
            let packets = u32::try_from(flow.packets() & u64::from(u32::MAX)).unwrap_or(0);
            // A flow that is closed, or was silent since the last record, has nothing new to tell before it ends.
            if flow.phase != Phase::Closed && packets != flow.interim_packets {
                flow.interim_packets = packets;
                record::write(&mut self.out, flow, None);
            }
        }
        let due_us = deadline_us.min(self.shared.settings.interim_us(flow));
        self.wheel.insert(&mut self.table.slab, index, due_us);
    }

    /// Ends a flow that is in no slot of the wheel.
    pub(super) fn end_flow(&mut self, index: u32, reason: EndReason) {
        let Some(mut flow) = self.table.remove(index) else {
            return;
        };
        let moment = Moment::new(self.clock.now_us().max(flow.last_us), self.packet);
        super::application::finish(&mut flow, &mut self.out, &mut self.shared, moment);
        *self
            .shared
            .ledger
            .flow_ends
            .entry(reason.name())
            .or_default() += 1;
        // A flood of half-open flows is told by its target, not flow by flow.
        if reason == EndReason::Evicted && flow.phase == Phase::New {
            if !self.out.is_muted {
                self.summaries.add(&mut self.out, &flow);
            }
            return;
        }
        record::write(&mut self.out, &flow, Some(reason));
    }

    /// Makes sure that one more flow fits.
    pub(super) fn make_room(&mut self) {
        if count(self.table.len()) < u64::from(self.shared.settings.max_flows) {
            return;
        }
        self.shared.ledger.limit("flow_table");
        let victim = self.table.oldest_half_open().or_else(|| {
            let sample = self.wheel.soonest(&self.table.slab, EVICTION_SAMPLE);
            let idle = |index: &u32| {
                self.table
                    .slab
                    .get(*index)
                    .map_or(u64::MAX, |flow| flow.last_us)
            };
            sample.into_iter().min_by_key(idle)
        });
        if let Some(index) = victim {
            self.wheel.remove(&mut self.table.slab, index);
            // The victim need not be of the kind whose place it makes.
            let inside = self.is_inside;
            if inside {
                self.leave(Role::Own);
            }
            let role = self.role_of_flow(index);
            self.enter(role);
            self.end_flow(index, EndReason::Evicted);
            self.leave(role);
            if inside {
                self.enter(Role::Own);
            }
        }
    }

    /// Whether the table is so full that short timeouts hold.
    pub(super) fn is_emergency(&self) -> bool {
        let limit = u64::from(self.shared.settings.max_flows) * EMERGENCY_PERCENT / 100;
        count(self.table.len()) >= limit
    }

    /// Ends every flow, oldest first, and closes the last batch.
    pub fn finish(&mut self) {
        let dropped = self.pieces.drop_all();
        let ledger = &mut self.shared.ledger;
        ledger.take_back("fragment_incomplete", dropped.outer);
        ledger.inner_lost("fragment_incomplete", dropped.inner);
        for index in self.table.by_age() {
            if self.out.is_stopped() {
                break;
            }
            let began = self.table.slab.get(index);
            let began = began.map_or(0, |flow| begun(flow.first_packet, flow.first_place));
            self.order(Stage::End, 1, began);
            let role = self.role_of_flow(index);
            self.enter(role);
            self.end_flow(index, EndReason::Shutdown);
            self.leave(role);
        }
        self.order(Stage::Rest, 0, 0);
        // A summary tells of flows that this engine alone had to give up.
        self.out.is_muted = false;
        self.summaries.flush(&mut self.out);
        if self.is_sharing() {
            self.hand_on(true);
        } else {
            self.out.flush();
        }
    }
}

/// When a flow began, as one number.
fn begun(packet: u64, place: u16) -> u64 {
    packet
        .saturating_mul(1 << 16)
        .saturating_add(u64::from(place))
}

impl crate::settings::Settings {
    fn interval_us(&self) -> u64 {
        u64::from(self.interim_interval).max(1) * SECOND_US
    }

    /// When the next interim record of a flow is due, µs.
    pub(super) fn interim_us(&self, flow: &Flow) -> u64 {
        if self.interim_interval == 0 {
            return u64::MAX;
        }
        let intervals = u64::from(flow.intervals).saturating_add(1);
        flow.start_us
            .saturating_add(intervals.saturating_mul(self.interval_us()))
    }

    /// How long a flow may be silent, µs.
    pub(super) fn timeout_us(&self, flow: &Flow) -> u64 {
        let is_tcp = flow.key.protocol == 6;
        let seconds = match (flow.phase, is_tcp, flow.emergency) {
            (Phase::New, _, true) => 5,
            (Phase::Established, _, true) => 100,
            (Phase::Closed, _, true) => 10,
            (Phase::New, true, false) => self.tcp_new_timeout,
            (Phase::Established, true, false) => self.tcp_established_timeout,
            (Phase::Closed, _, false) => self.tcp_closed_timeout,
            (Phase::New, false, false) => self.other_new_timeout,
            (Phase::Established, false, false) => self.other_established_timeout,
        };
        u64::from(seconds) * SECOND_US
    }
}
