//! What goes when a watch has more groups than its quota, what is told of it, and what counts on for it.

use crate::body::Body;
use crate::core::Core;
use crate::event::EventRef;
use crate::firing::Eviction;
use crate::sketch::Sketch;
use crate::slab::NONE;
use crate::values::parts;
use crate::watch::Watch;

/// How many of the least recent groups are looked at to find one that counted little.
const CANDIDATES: usize = 64;
/// The beginning of a key that an eviction shows, in characters.
const SHOWN_KEY: usize = 64;
/// What goes after a longer pause is told apart: of it the next alert begins.
pub const QUIET_US: i64 = 600_000_000;

impl Core {
    /// Too many groups: the least recent that counted least goes, so that a flood of newcomers drives out newcomers.
    ///
    /// `newcomer`: the group that is one too many, the event that opened it, and its time.
    pub(crate) fn hold_quota(
        &mut self,
        watch: &Watch,
        number: u32,
        newcomer: (u32, EventRef, i64),
    ) {
        if self.store.list(number).count <= watch.most_groups {
            return;
        }
        if let Some(victim) = self.victim(number, newcomer.0) {
            self.evict(watch, number, victim, (newcomer.1, newcomer.2), false);
        }
    }

    /// The least recent group that counted least, never this one.
    pub(crate) fn victim(&mut self, number: u32, spared: u32) -> Option<u32> {
        let mut candidates = Vec::with_capacity(CANDIDATES);
        let mut at = self.store.list(number).head;
        while at != NONE && candidates.len() < CANDIDATES {
            if at != spared {
                let weight = self.weight(at);
                candidates.push((at, weight));
                if weight <= 1 {
                    break;
                }
            }
            at = self.store.next(at);
        }
        let (victim, _) = candidates
            .iter()
            .min_by_key(|(_, weight)| *weight)
            .copied()?;
        // Those that counted more go to the back: the next search begins behind them.
        for (group, _) in candidates
            .iter()
            .filter(|(group, weight)| *group != victim && *weight > 1)
        {
            self.store.touch(*group);
        }
        Some(victim)
    }

    /// A group goes, and that is told; `at`: the event for which it goes, and its time.
    pub(crate) fn evict(
        &mut self,
        watch: &Watch,
        number: u32,
        victim: u32,
        at: (EventRef, i64),
        is_for_memory: bool,
    ) {
        let is_carried = self.carry(watch, number, victim, at.1);
        self.note_eviction(watch, (number, is_for_memory), victim, at, is_carried);
        self.disarm(watch, number, victim);
        self.forget(victim);
        self.counts.groups_evicted += 1;
        self.counts.counts_not_carried += u64::from(!is_carried);
    }

    /// What a group has counted.
    fn weight(&self, number: u32) -> u64 {
        let Some(group) = self.store.group(number) else {
            return 0;
        };
        match group.body.as_deref() {
            None => self.store.slot_count(number) as u64 + u64::from(group.carried),
            Some(Body::Series(series)) => series.len() as u64,
            Some(Body::Chains(chains)) => chains.longest() as u64,
            Some(Body::Closing(closing)) => closing.event_count,
            Some(Body::Expected(_)) => u64::MAX,
        }
    }

    fn disarm(&mut self, watch: &Watch, number: u32, group: u32) {
        if let Some(Body::Closing(closing)) = self
            .store
            .group(group)
            .and_then(|group| group.body.as_deref())
        {
            let ends_us = closing.ends_us(watch.timespan_us);
            self.timers.remove(&(ends_us, watch.depth, number, group));
        }
    }

    fn note_eviction(
        &mut self,
        watch: &Watch,
        (number, is_for_memory): (u32, bool),
        victim: u32,
        (event, now_us): (EventRef, i64),
        is_carried: bool,
    ) {
        let told = self.evictions.entry((number, is_for_memory)).or_default();
        if let Some(eviction) = told
            .last_mut()
            .filter(|eviction| now_us <= eviction.last_us.saturating_add(QUIET_US))
        {
            eviction.count += 1;
            eviction.last_us = eviction.last_us.max(now_us);
            eviction.is_estimated &= is_carried;
            return;
        }
        let key = self
            .store
            .group(victim)
            .map(|group| parts(self.store.texts.get(group.key)))
            .unwrap_or_default();
        told.push(Eviction {
            watch: watch.name.clone(),
            key: key
                .into_iter()
                .map(|part| part.chars().take(SHOWN_KEY).collect())
                .collect(),
            event_id: self.streams.id(event),
            count: 1,
            since_us: now_us,
            last_us: now_us,
            is_estimated: is_carried,
            is_for_memory,
        });
    }

    /// The counts of a group that goes live on in its watch's sketch; whether that can be believed.
    fn carry(&mut self, watch: &Watch, number: u32, victim: u32, now_us: i64) -> bool {
        if !Sketch::serves(watch) {
            return false;
        }
        let Some(group) = self.store.group(victim) else {
            return false;
        };
        let key = self.store.texts.get(group.key);
        let sketch = self
            .sketches
            .entry(number)
            .or_insert_with(|| Sketch::new(watch, now_us));
        sketch.add(key, self.store.slot_count(victim), now_us);
        sketch.is_believed()
    }

    /// At most so much have evicted groups of this group's key counted inside the timespan.
    pub(crate) fn carried(&mut self, number: u32, group: u32, now_us: i64) -> u32 {
        let (Some(sketch), Some(group)) = (self.sketches.get_mut(&number), self.store.group(group))
        else {
            return 0;
        };
        sketch.estimate(self.store.texts.get(group.key), now_us)
    }

    /// What is carried goes out of the window with time. No group of this key goes while this one lives, so it never grows.
    pub(crate) fn refresh_carried(&mut self, number: u32, group: u32, now_us: i64) -> u32 {
        let before = self.store.group(group).map_or(0, |group| group.carried);
        if before == 0 {
            return 0;
        }
        let carried = self.carried(number, group, now_us).min(before);
        if let Some(group) = self.store.group_mut(group) {
            group.carried = carried;
        }
        carried
    }

    /// The sketches to keep and, without a state, those to forget. Where a watch has no group left, nothing that its sketch counted
    /// is inside the timespan: each group that went made room for one that counted later.
    pub(crate) fn take_sketches(&mut self) -> Vec<(u32, Option<Vec<u8>>)> {
        let mut told = Vec::new();
        let store = &self.store;
        self.sketches.retain(|number, sketch| {
            if store.list(*number).count > 0 {
                told.extend(sketch.take_state().map(|state| (*number, Some(state))));
                return true;
            }
            if sketch.is_kept() {
                told.push((*number, None));
            }
            false
        });
        told
    }

    /// Takes back a sketch.
    pub(crate) fn restore_sketch(
        &mut self,
        watch: &Watch,
        number: u32,
        state: &[u8],
    ) -> Option<()> {
        let sketch = Sketch::restore(watch, state)?;
        self.sketches.insert(number, sketch);
        Some(())
    }
}
