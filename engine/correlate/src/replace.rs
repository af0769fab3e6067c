//! Groups that take the place of others: what a second evaluation, of late events together with all the rest, leaves open
//! (docs/concepts/late-repair.md).

use std::collections::HashSet;

use crate::absence::Clock;
use crate::error::CorrelateError;
use crate::lane::Lane;
use crate::slab::NONE;
use crate::state::{Kept, SKETCH_KEY};
use crate::state_reader::episode_of;
use crate::watch::Watch;

impl Lane {
    /// The groups of these watches give way to these ones. Where the new group's episode is among `left`, the old group stays.
    ///
    /// # Errors
    /// A state is damaged; the lane is then of no use any more.
    pub fn replace(
        &mut self,
        names: &[String],
        groups: &[Kept],
        left: &[u64],
    ) -> Result<(), CorrelateError> {
        let plan = std::sync::Arc::clone(&self.core.plan);
        let numbers: Vec<u32> = names
            .iter()
            .filter_map(|name| plan.by_name.get(name).copied())
            .collect();
        let left: HashSet<u64> = left.iter().copied().collect();
        let (stay, come): (Vec<&Kept>, Vec<&Kept>) = groups
            .iter()
            .filter(|(name, _, _)| names.contains(name))
            .partition(|(_, key, state)| {
                key != SKETCH_KEY && episode_of(state).is_some_and(|one| left.contains(&one))
            });
        let mut staying: HashSet<u32> = HashSet::new();
        for (name, key, _) in stay {
            let number = plan.by_name.get(name).copied();
            staying.extend(number.and_then(|number| self.core.store.find(number, key)));
        }
        self.core
            .timers
            .retain(|(_, _, number, group)| !numbers.contains(number) || staying.contains(group));
        for number in &numbers {
            self.clear(*number, &staying);
        }
        for (name, key, state) in come {
            self.restore(name, key, state)?;
        }
        let mut restored: Vec<u32> = Vec::new();
        for number in &numbers {
            restored.extend(self.members_of(*number));
        }
        self.core.store.renew_ranks(&restored);
        for number in numbers {
            if let Some(watch) = plan.watches.get(number as usize) {
                self.rearm(watch, number);
            }
        }
        Ok(())
    }

    /// Forgets the groups of a watch but those that stay.
    fn clear(&mut self, number: u32, staying: &HashSet<u32>) {
        for group in self.members_of(number) {
            if !staying.contains(&group) {
                self.core.forget(group);
            }
        }
        if let Some(armed) = self.core.armed.get_mut(number as usize) {
            *armed = false;
        }
        if let Some(clock) = self.core.clocks.get_mut(number as usize) {
            *clock = Clock::default();
        }
    }

    fn members_of(&self, number: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut at = self.core.store.list(number).head;
        while self.core.store.group(at).is_some() {
            found.push(at);
            at = self.core.store.next(at);
        }
        found
    }

    /// A sliding window's timer stands at its oldest group.
    fn rearm(&mut self, watch: &Watch, number: u32) {
        if !watch.is_rising {
            return;
        }
        self.core
            .timers
            .retain(|timer| timer.2 != number || timer.3 != NONE);
        let head = self.core.store.list(number).head;
        let last_us = self.core.store.group(head).map(|group| group.last_us);
        if let Some(armed) = self.core.armed.get_mut(number as usize) {
            *armed = last_us.is_some();
        }
        if let Some(last_us) = last_us {
            let ends_us = last_us.saturating_add(watch.timespan_us);
            self.core
                .timers
                .insert((ends_us, watch.depth, number, NONE));
        }
    }
}
