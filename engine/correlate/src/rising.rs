//! Conditions that are judged at every event: whether they hold, and the alert that begins or grows.

use crate::body::Body;
use crate::core::Core;
use crate::feed::Feed;
use crate::firing::{Firing, Gathered};
use crate::plan::Fire;
use crate::recent::Verdict;
use crate::slab::NONE;
use crate::store::{BEGINNING, Entry};
use crate::telling::{member_ids, name_group};
use crate::values::parts;

/// A condition that holds at an event.
pub(crate) struct Holding {
    /// What counted, oldest first; empty = the group's slots.
    entries: Vec<Entry>,
    /// When it counts.
    time_us: i64,
    /// What was compared.
    observed: String,
    /// For this late event alone.
    is_alone: bool,
}

impl Feed<'_, '_> {
    pub(crate) fn recent(&mut self, group: u32, members: &[(u32, u32)]) -> Option<Holding> {
        let keys = self.keys(members);
        // A condition of names looks at the last event of each member, so none is let go for being one too many.
        let needed = match &self.watch.expression {
            Some(_) => usize::MAX,
            None => self.watch.needed,
        };
        let timespan_us = self.watch.timespan_us;
        let carried = self
            .core
            .refresh_carried(self.number, group, self.entry.time_us);
        let store = &mut self.core.store;
        let verdict = store.feed_recent(group, needed, timespan_us, &keys, self.entry);
        match verdict {
            Verdict::Holds(time_us) => Some(Holding {
                entries: Vec::new(),
                time_us,
                observed: store
                    .slot_count(group)
                    .saturating_add(carried as usize)
                    .min(needed)
                    .to_string(),
                is_alone: false,
            }),
            Verdict::Alone => Some(Holding {
                entries: vec![self.entry],
                time_us: self.entry.time_us,
                observed: needed.to_string(),
                is_alone: true,
            }),
            Verdict::TooOld => None,
            Verdict::Quiet => {
                let expression = self.watch.expression.as_ref()?;
                let known = self.core.member_texts.get(self.number as usize)?;
                let seen: Vec<u32> = store.slots(group).map(|slot| slot.key).collect();
                let holds = expression
                    .holds(|place| known.get(place).is_some_and(|text| seen.contains(text)));
                holds.then(|| Holding {
                    entries: Vec::new(),
                    time_us: store.group(group).map_or(0, |group| group.last_us),
                    observed: seen.len().to_string(),
                    is_alone: false,
                })
            }
        }
    }

    pub(crate) fn ordered(&mut self, group: u32, members: &[(u32, u32)]) -> Option<Holding> {
        let mut places: Vec<usize> = members.iter().map(|(_, place)| *place as usize).collect();
        places.sort_unstable();
        places.dedup();
        let (needed, timespan_us) = (self.watch.needed, self.watch.timespan_us);
        let entry = self.entry_in_order(group)?;
        let mut changed = Vec::new();
        let place = self.occurrence.place;
        let row = match self.core.store.group_mut(group)?.body.as_deref_mut() {
            Some(Body::Chains(chains)) => {
                chains.feed(&places, needed, timespan_us, entry, place, &mut changed);
                chains.latest(needed, entry.time_us.saturating_sub(timespan_us))
            }
            _ => None,
        };
        self.core.count_uses(&changed);
        row.map(|entries| Holding {
            observed: entries.len().to_string(),
            entries,
            time_us: entry.time_us,
            is_alone: false,
        })
    }

    pub(crate) fn series(&mut self, group: u32) -> Option<Holding> {
        let numbers = self.numbers();
        let entry = self.entry_in_order(group)?;
        let oldest_us = entry.time_us.saturating_sub(self.watch.timespan_us);
        let mut changed = Vec::new();
        let mut held = None;
        if let Some(Body::Series(series)) = self.core.store.group_mut(group)?.body.as_deref_mut() {
            for number in numbers {
                changed.push((entry.facts, true));
                if let Some(gone) = series.push(entry, number) {
                    changed.push((gone.facts, false));
                    self.core.counts.numbers_cut += 1;
                }
            }
            while let Some(gone) = series.pop_before(oldest_us) {
                changed.push((gone.facts, false));
            }
            if let Some(value) = series.value(self.watch)
                && self.watch.holds(&value)
            {
                held = Some(Holding {
                    entries: series.iter().map(|(entry, _)| *entry).collect(),
                    time_us: entry.time_us,
                    observed: value.text(),
                    is_alone: false,
                });
            }
        }
        self.core.count_uses(&changed);
        held
    }

    /// A late event inside the timespan counts as if it had come with the last; one that is older still counts for nothing here.
    fn entry_in_order(&mut self, group: u32) -> Option<Entry> {
        let timespan_us = self.watch.timespan_us;
        let group = self.core.store.group_mut(group)?;
        let mut entry = self.entry;
        if entry.time_us < group.last_us {
            if entry.time_us < group.last_us.saturating_sub(timespan_us) {
                self.core.counts.late_alone += 1;
                return None;
            }
            entry.time_us = group.last_us;
        }
        group.last_us = entry.time_us;
        Some(entry)
    }

    /// The condition holds: an alert begins, or grows.
    pub(crate) fn holds(&mut self, group: u32, members: &[(u32, u32)], holding: Holding) -> bool {
        let (time_us, is_alone) = (holding.time_us, holding.is_alone);
        let (episode, held_us) = self
            .core
            .store
            .group(group)
            .map_or((NONE, BEGINNING), |group| (group.episode, group.held_us));
        // A dip below the threshold ends nothing: an attack near it would otherwise be a new alert every minute.
        let goes_on = self.watch.fire == Fire::Episode
            && !is_alone
            && episode != NONE
            && held_us >= time_us.saturating_sub(self.watch.timespan_us);
        let mut is_said = self.core.is_numbered(episode);
        if goes_on {
            self.core.grow(episode, time_us, &self.entry);
        } else {
            let has_episode = self.watch.fire == Fire::Episode && !is_alone;
            let firing = self.firing(group, members, holding);
            is_said = self.core.says(self.watch, self.number, firing.start_us);
            let fresh = if has_episode {
                self.core.open(&firing, is_said)
            } else {
                NONE
            };
            let occurrence = self.occurrence;
            self.core.tell(
                self.watch,
                self.number,
                (occurrence.event, occurrence.place.event),
                firing,
                fresh,
            );
            if !is_alone {
                self.core.close(episode);
                if let Some(group) = self.core.store.group_mut(group) {
                    group.episode = fresh;
                }
            }
            if self.watch.fire == Fire::Reset && !is_alone {
                self.core.empty(group);
            }
        }
        if !is_alone && let Some(group) = self.core.store.group_mut(group) {
            group.held_us = time_us;
        }
        if is_said {
            if goes_on {
                self.core.counts.alerts_grown += 1;
            } else {
                self.core.counts.alerts_opened += 1;
            }
        }
        goes_on
    }

    fn firing(&mut self, group: u32, members: &[(u32, u32)], holding: Holding) -> Firing {
        let watch = self.watch;
        let core = &*self.core;
        let mut gathered = Gathered::default();
        let (mut start_us, mut last_us) = (holding.time_us, holding.time_us);
        let add = |gathered: &mut Gathered, entry: &Entry| {
            gathered.add(watch, &core.streams, &core.store.texts, entry);
        };
        if holding.entries.is_empty() {
            let oldest = core.store.oldest(group);
            start_us = oldest.map_or(start_us, |slot| slot.entry.time_us);
            core.store
                .slots(group)
                .for_each(|slot| add(&mut gathered, &slot.entry));
        } else {
            start_us = holding
                .entries
                .first()
                .map_or(start_us, |entry| entry.time_us);
            last_us = holding
                .entries
                .last()
                .map_or(last_us, |entry| entry.time_us);
            holding
                .entries
                .iter()
                .for_each(|entry| add(&mut gathered, entry));
        }
        let (carried, key) = core.store.group(group).map_or((0, Vec::new()), |group| {
            (group.carried, parts(core.store.texts.get(group.key)))
        });
        let is_short = core.store.slot_count(group) < watch.needed;
        let mut firing = Firing {
            watch: watch.name.clone(),
            values: self.shown_values(members),
            start_us,
            end_us: holding.time_us,
            last_us,
            first_event_id: core.streams.id(self.occurrence.event),
            observed: holding.observed,
            line: self.occurrence.line.to_vec(),
            members: member_ids(watch, members.iter().map(|(_, member)| *member)),
            is_complete: core.is_complete,
            is_estimated: carried > 0 && is_short && !holding.is_alone,
            ..Firing::default()
        };
        name_group(watch, key, &mut firing);
        gathered.into_firing(&mut firing);
        firing
    }
}

impl Core {
    /// Counting begins anew: what the group remembers is forgotten, the group stays.
    fn empty(&mut self, group: u32) {
        while self.store.pop_oldest(group) {}
        if let Some(group) = self.store.group_mut(group) {
            group.carried = 0;
        }
        let mut changed = Vec::new();
        let before = self.body_bytes(group);
        match self
            .store
            .group_mut(group)
            .and_then(|group| group.body.as_deref_mut())
        {
            Some(Body::Series(series)) => {
                while let Some(gone) = series.pop_oldest() {
                    changed.push((gone.facts, false));
                }
            }
            Some(Body::Chains(chains)) => chains.clear(&mut changed),
            _ => {}
        }
        self.count_uses(&changed);
        self.count_body(group, before);
    }
}
