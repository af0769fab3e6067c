//! A timing wheel on packet time: one slot a second, so that no timeout needs a scan of the table.

use super::table::Slab;

/// Slots; a deadline further ahead is looked at again after a turn.
const SLOTS: u64 = 1_024;
/// No flow.
pub const NONE: u32 = u32::MAX;

/// Doubly linked lists of flows, one a second.
pub struct Wheel {
    heads: Vec<u32>,
    second: u64,
    started: bool,
    /// When the second is over, µs.
    until_us: u64,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            heads: vec![NONE; usize::try_from(SLOTS).unwrap_or(0)],
            second: 0,
            started: false,
            until_us: 0,
        }
    }
}

impl Wheel {
    /// Puts a flow where the wheel comes by at or after `at_us`.
    pub fn insert(&mut self, slab: &mut Slab, index: u32, at_us: u64) {
        let second = (at_us / 1_000_000).saturating_add(1);
        let second = second.clamp(
            self.second.saturating_add(1),
            self.second.saturating_add(SLOTS - 1),
        );
        let slot = second % SLOTS;
        let Some(head) = usize::try_from(slot)
            .ok()
            .and_then(|slot| self.heads.get_mut(slot))
        else {
            return;
        };
        let next = std::mem::replace(head, index);
        if let Some(flow) = slab.get_mut(index) {
            flow.links.wheel_next = next;
            flow.links.wheel_previous = NONE;
            flow.links.wheel_slot = u16::try_from(slot).unwrap_or(0);
        }
        if let Some(flow) = slab.get_mut(next) {
            flow.links.wheel_previous = index;
        }
    }

    /// Takes a flow out.
    pub fn remove(&mut self, slab: &mut Slab, index: u32) {
        let Some(links) = slab.get(index).map(|flow| flow.links) else {
            return;
        };
        if let Some(previous) = slab.get_mut(links.wheel_previous) {
            previous.links.wheel_next = links.wheel_next;
        } else if let Some(head) = self.heads.get_mut(usize::from(links.wheel_slot)) {
            *head = links.wheel_next;
        }
        if let Some(next) = slab.get_mut(links.wheel_next) {
            next.links.wheel_previous = links.wheel_previous;
        }
    }

    /// Moves the wheel by one second towards `now_us` and answers the first flow there; `None` when it is up to date.
    /// The flows of that slot are no longer in the wheel: their `wheel_next` still links them.
    pub fn turn(&mut self, now_us: u64) -> Option<u32> {
        let now = now_us / 1_000_000;
        if !self.started {
            self.started = true;
            self.second = now;
        }
        if self.second >= now {
            self.until_us = self.second.saturating_add(1).saturating_mul(1_000_000);
            return None;
        }
        // After a long silence one whole turn sees every slot.
        self.second = (self.second + 1).max(now.saturating_sub(SLOTS));
        let head = usize::try_from(self.second % SLOTS)
            .ok()
            .and_then(|slot| self.heads.get_mut(slot))?;
        Some(std::mem::replace(head, NONE))
    }

    /// Whether the wheel stands at this time already.
    #[must_use]
    pub fn is_up_to_date(&self, now_us: u64) -> bool {
        self.started && now_us < self.until_us
    }

    /// The second at which the wheel stands.
    #[must_use]
    pub fn second(&self) -> u64 {
        self.second
    }

    /// Flows that are due soonest, at most `most`: where to look for one to evict.
    #[must_use]
    pub fn soonest(&self, slab: &Slab, most: usize) -> Vec<u32> {
        let mut found = Vec::new();
        for ahead in 1..SLOTS {
            let slot = usize::try_from((self.second + ahead) % SLOTS).unwrap_or(0);
            let mut index = self.heads.get(slot).copied().unwrap_or(NONE);
            while let Some(flow) = slab.get(index) {
                found.push(index);
                if found.len() >= most {
                    return found;
                }
                index = flow.links.wheel_next;
            }
        }
        found
    }
}
