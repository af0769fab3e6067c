//! A lane's memory has a bound in bytes, whatever is in its keys, values and lines.
//!
//! Quotas count groups; here is counted what they hold. Beyond the bound groups of the watch that holds most go, the least recent that
//! counted least first, until an eighth of the bound is free: so that looking through everything costs little for each byte that came.

use std::collections::BinaryHeap;

use crate::body::Body;
use crate::core::Core;
use crate::episode::Episode;
use crate::event::EventRef;
use crate::slab::NONE;
use crate::store::{Group, Slot};

/// What is counted as it comes and goes.
#[derive(Debug)]
pub struct Memory {
    /// Of groups that are no rising counts, without texts.
    pub bodies: usize,
    /// Ids that open episodes name.
    pub ids: usize,
    /// The bound.
    pub most: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            bodies: 0,
            ids: 0,
            most: usize::MAX,
        }
    }
}

impl Core {
    /// At most so many bytes of groups, texts and episodes are kept.
    pub fn hold_bytes(&mut self, most: usize) {
        self.memory.most = most;
    }

    /// What groups, texts and episodes take; what waits for the watermark is beside that.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.store.bytes()
            + self.memory.bodies
            + self.episodes.len() * size_of::<Episode>()
            + self.memory.ids * size_of::<EventRef>()
    }

    pub(crate) fn body_bytes(&self, group: u32) -> usize {
        self.store
            .group(group)
            .and_then(|group| group.body.as_deref())
            .map_or(0, Body::bytes)
    }

    /// A group's body has changed.
    pub(crate) fn count_body(&mut self, group: u32, before: usize) {
        let now = self.body_bytes(group);
        self.memory.bodies = (self.memory.bodies + now).saturating_sub(before);
    }

    /// Groups go while there is too much; `event`: the one that was too much, and its time.
    pub(crate) fn hold_memory(&mut self, event: EventRef, now_us: i64) {
        if self.bytes() <= self.memory.most {
            return;
        }
        let plan = std::sync::Arc::clone(&self.plan);
        let enough = self.memory.most - self.memory.most / 8;
        let mut heaviest: BinaryHeap<(usize, u32)> = (0..)
            .zip(&plan.watches)
            // Groups that a rule expects are as many as it names, and each is bounded by itself.
            .filter(|(_, watch)| watch.expect.is_none())
            .map(|(number, _)| (self.watch_bytes(number), number))
            .filter(|(bytes, _)| *bytes > 0)
            .collect();
        while self.bytes() > enough
            && let Some((bytes, number)) = heaviest.pop()
        {
            let Some(watch) = plan.watches.get(number as usize) else {
                continue;
            };
            let Some(victim) = self.victim(number, NONE) else {
                continue;
            };
            let gone = self.group_bytes(victim);
            self.evict(watch, number, victim, (event, now_us), true);
            self.counts.groups_evicted_for_memory += 1;
            heaviest.push((bytes.saturating_sub(gone), number));
        }
    }

    fn watch_bytes(&self, number: u32) -> usize {
        let mut at = self.store.list(number).head;
        let mut bytes = 0;
        while self.store.group(at).is_some() {
            bytes += self.group_bytes(at);
            at = self.store.next(at);
        }
        bytes
    }

    /// What would go with a group; a text that others use too is counted with each.
    fn group_bytes(&self, number: u32) -> usize {
        let Some(group) = self.store.group(number) else {
            return 0;
        };
        let text = |text: u32| self.store.texts.get(text).len();
        let slots: usize = self
            .store
            .slots(number)
            .map(|slot| size_of::<Slot>() + text(slot.key) + text(slot.entry.facts))
            .sum();
        let body = match group.body.as_deref() {
            Some(Body::Series(series)) => series.iter().map(|(entry, _)| text(entry.facts)).sum(),
            Some(Body::Chains(chains)) => chains
                .iter()
                .flat_map(|(_, row)| row)
                .map(|step| text(step.entry.facts))
                .sum(),
            Some(Body::Closing(closing)) => closing
                .facts
                .iter()
                .chain(&closing.keys)
                .map(|key| text(*key))
                .sum(),
            _ => 0_usize,
        };
        size_of::<Group>() + text(group.key) + slots + self.body_bytes(number) + body
    }
}
