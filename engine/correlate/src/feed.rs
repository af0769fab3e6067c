//! What an event does to one group: counted, judged, told.

use crate::absence::Expected;
use crate::body::{Body, Closing, EVENT_IDS_KEPT, MOST_CLOSING_KEYS};
use crate::core::{Core, Episode, Feed};
use crate::event::EventRef;
use crate::exact::Ratio;
use crate::firing::{Firing, Gathered, facts_of, has_origins, origins};
use crate::inner::Inner;
use crate::ordered::Chains;
use crate::plan::{Fire, Kind};
use crate::recent::Verdict;
use crate::series::Series;
use crate::slab::NONE;
use crate::store::{BEGINNING, Entry};
use crate::values::parts;
use crate::watch::Watch;

/// A condition that holds at an event.
struct Holding {
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
    /// Gives the event to the group of this key; whether it grew an alert that was there.
    pub(crate) fn give(&mut self, key: &[u8], members: &[(u32, u32)]) -> bool {
        if !self.core.takes(self.watch, self.number, self.entry.time_us) {
            return false;
        }
        if self.watch.expect.is_some() {
            if self.core.judges_absence {
                self.give_expected(key, members);
            }
            return false;
        }
        let known = self.core.store.find(self.number, key);
        if known.is_none() && !self.core.opens(self.watch, self.number, self.entry.time_us) {
            return false;
        }
        let group = known.unwrap_or_else(|| self.new_group(key, members));
        self.core.store.touch(group);
        if !self.watch.is_rising {
            self.give_closing(group, members);
            return false;
        }
        let holding = match self.watch.kind {
            Kind::Event | Kind::EventCount | Kind::ValueCount | Kind::Temporal => {
                self.recent(group, members)
            }
            Kind::TemporalOrdered => {
                let before = self.core.body_bytes(group);
                let holding = self.ordered(group, members);
                self.core.count_body(group, before);
                holding
            }
            _ => {
                let before = self.core.body_bytes(group);
                let holding = self.series(group);
                self.core.count_body(group, before);
                holding
            }
        };
        holding.is_some_and(|holding| self.holds(group, members, holding))
    }

    fn new_group(&mut self, key: &[u8], members: &[(u32, u32)]) -> u32 {
        let now_us = self.entry.time_us;
        let group = self.core.store.create(self.number, key, now_us);
        let body = if self.watch.is_rising {
            match self.watch.kind {
                Kind::TemporalOrdered => Some(Body::Chains(Chains::new(self.watch.members.len()))),
                _ if self.watch.is_numeric() => Some(Body::Series(Series::new(self.watch.kind))),
                _ => None,
            }
        } else {
            self.core.store.texts.retain(self.entry.facts);
            Some(Body::Closing(Box::new(Closing::new(
                self.watch,
                self.entry,
                self.occurrence.line,
                self.shown_values(members),
                members.iter().map(|(_, member)| *member).collect(),
            ))))
        };
        if let Some(group) = self.core.store.group_mut(group) {
            group.body = body.map(Box::new);
        }
        self.core.count_body(group, 0);
        self.core.arm(self.watch, self.number, group, now_us);
        let carried = self.core.carried(self.number, group, now_us);
        if let Some(group) = self.core.store.group_mut(group) {
            group.carried = carried;
        }
        let newcomer = (group, self.occurrence.event, now_us);
        self.core.hold_quota(self.watch, self.number, newcomer);
        group
    }

    /// The group's values as this event has them.
    pub(crate) fn shown_values(&self, members: &[(u32, u32)]) -> Vec<String> {
        members
            .first()
            .and_then(|(_, member)| self.watch.members.get(*member as usize))
            .map(|member| {
                member
                    .group
                    .iter()
                    .filter_map(|field| self.event.group_value(*field))
                    .map(std::borrow::Cow::into_owned)
                    .collect()
            })
            .unwrap_or_default()
    }

    fn recent(&mut self, group: u32, members: &[(u32, u32)]) -> Option<Holding> {
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

    fn ordered(&mut self, group: u32, members: &[(u32, u32)]) -> Option<Holding> {
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

    fn series(&mut self, group: u32) -> Option<Holding> {
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
    fn holds(&mut self, group: u32, members: &[(u32, u32)], holding: Holding) -> bool {
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

    /// How many raw events are behind this one, and which: itself, or those of an inner firing.
    fn behind(&mut self) -> (u64, Vec<EventRef>) {
        let facts = self.core.store.texts.get(self.entry.facts);
        if !has_origins(facts) {
            return (1, vec![self.occurrence.event]);
        }
        let (count, ids) = origins(facts);
        let streams = &mut self.core.streams;
        (
            count,
            ids.iter().filter_map(|id| streams.parse(id)).collect(),
        )
    }

    pub(crate) fn give_closing(&mut self, group: u32, members: &[(u32, u32)]) {
        let before = self.core.body_bytes(group);
        self.take_closing(group, members);
        self.core.count_body(group, before);
    }

    fn take_closing(&mut self, group: u32, members: &[(u32, u32)]) {
        let keys = if self.watch.kind == Kind::Temporal {
            self.keys(members)
        } else {
            self.scratch.texts.clone()
        };
        let numbers = self.numbers();
        let (weight, ids) = self.behind();
        let (entry, watch) = (self.entry, self.watch);
        let mut changed = Vec::new();
        let counts = &mut self.core.counts;
        let body = self
            .core
            .store
            .group_mut(group)
            .and_then(|group| group.body.as_deref_mut());
        let Some(
            Body::Closing(closing)
            | Body::Expected(Expected {
                closing: Some(closing),
                ..
            }),
        ) = body
        else {
            return;
        };
        for key in keys {
            if closing.keys.len() >= MOST_CLOSING_KEYS && !closing.keys.contains(&key) {
                counts.closing_keys_cut += 1;
            } else if closing.keys.insert(key) {
                changed.push((key, true));
            }
        }
        // A whole window is told with the facts of its first events; its numbers and rows need none.
        let bare = Entry {
            facts: NONE,
            ..entry
        };
        if let Some(series) = &mut closing.series {
            for number in numbers {
                counts.numbers_cut += u64::from(series.push(bare, number).is_some());
            }
        }
        if let Some(chains) = &mut closing.chains {
            let mut places: Vec<usize> = members.iter().map(|(_, place)| *place as usize).collect();
            places.sort_unstable();
            places.dedup();
            let longest = watch.members.len();
            let place = self.occurrence.place;
            chains.feed(
                &places,
                longest,
                watch.timespan_us,
                bare,
                place,
                &mut changed,
            );
        }
        if closing.take(entry, weight, ids) {
            changed.push((entry.facts, true));
        }
        self.core.count_uses(&changed);
    }
}

impl Closing {
    /// One more event inside the window, with the events behind it; whether its facts are kept.
    fn take(&mut self, entry: Entry, weight: u64, ids: Vec<EventRef>) -> bool {
        self.event_count += 1;
        self.weight += weight;
        self.last_us = entry.time_us;
        if self.ids.len() >= EVENT_IDS_KEPT {
            return false;
        }
        for id in ids {
            if self.ids.len() < EVENT_IDS_KEPT && !self.ids.contains(&id) {
                self.ids.push(id);
            }
        }
        let is_new = !self.facts.contains(&entry.facts);
        if is_new {
            self.facts.push(entry.facts);
        }
        is_new
    }
}

impl Core {
    /// The episode that a firing begins; one of which nobody hears has no number.
    pub(crate) fn open(&mut self, firing: &Firing, is_said: bool) -> u32 {
        let number = if is_said {
            let number = self.next_episode;
            self.next_episode += 1;
            number
        } else {
            0
        };
        let ids: Vec<EventRef> = firing
            .event_ids
            .iter()
            .filter_map(|id| self.streams.parse(id))
            .collect();
        self.memory.ids += ids.len();
        self.episodes.insert(Episode::begun(
            number,
            firing.last_us,
            ids,
            firing.event_count,
        ))
    }

    /// Hands a firing out, and to the watches that this one feeds.
    pub(crate) fn tell(
        &mut self,
        watch: &Watch,
        number: u32,
        (event, place): (EventRef, Option<EventRef>),
        mut firing: Firing,
        episode: u32,
    ) {
        let plan = std::sync::Arc::clone(&self.plan);
        if plan
            .by_watch
            .get(number as usize)
            .is_some_and(|fed| !fed.is_empty())
        {
            self.inner.push(Inner {
                depth: watch.depth,
                rank: watch.rank,
                key: firing.key.clone(),
                watch: number,
                time_us: firing.end_us,
                place,
                event,
                fields: inner_line(&firing),
                facts: facts_of(&firing),
                line: firing.line.clone(),
            });
        }
        if !self.says(watch, number, firing.start_us) {
            return;
        }
        firing.episode = self
            .episodes
            .get(episode)
            .map(|episode| episode.number)
            .filter(|number| *number != 0);
        self.changes.firings.push(firing);
    }

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

    /// A closing window is over: an alert, if its condition holds.
    pub(crate) fn judge(&mut self, watch: &Watch, number: u32, group: u32) {
        let Some(key) = self.store.group(group).map(|group| group.key) else {
            return;
        };
        let Some(Body::Closing(closing)) = self
            .store
            .group(group)
            .and_then(|group| group.body.as_deref())
        else {
            return;
        };
        let Some(observed) = self.observed(watch, number, closing) else {
            return;
        };
        let mut gathered = Gathered::default();
        for facts in std::iter::once(&closing.first.facts).chain(&closing.facts) {
            gathered.add_facts(watch, self.store.texts.get(*facts));
        }

        let mut firing = Firing {
            watch: watch.name.clone(),
            values: closing.values.clone(),
            start_us: closing.first.time_us,
            end_us: closing.ends_us(watch.timespan_us),
            last_us: closing.last_us,
            first_event_id: self.streams.id(EventRef {
                stream: closing.first.stream,
                seq: closing.first.seq,
            }),
            observed,
            line: closing.line.to_vec(),
            members: member_ids(watch, closing.members.iter().copied()),
            is_complete: self.is_complete,
            ..Firing::default()
        };
        name_group(watch, parts(self.store.texts.get(key)), &mut firing);
        let first = EventRef {
            stream: closing.first.stream,
            seq: closing.first.seq,
        };
        gathered.into_firing(&mut firing);
        let ids = closing.ids.iter().map(|id| self.streams.id(*id));
        firing.event_ids = ids.collect();
        firing.event_count = closing.weight;
        if self.says(watch, number, firing.start_us) {
            self.counts.alerts_opened += 1;
        }
        self.tell(watch, number, (first, None), firing, NONE);
    }

    /// What the window's value is, if the condition holds for it.
    pub(crate) fn observed(&self, watch: &Watch, number: u32, closing: &Closing) -> Option<String> {
        if let Some(expression) = &watch.expression {
            let known = self.member_texts.get(number as usize)?;
            let holds = expression.holds(|place| {
                known
                    .get(place)
                    .is_some_and(|text| closing.keys.contains(text))
            });
            return holds.then(|| closing.keys.len().to_string());
        }
        let value = Self::measured(watch, closing)?;
        watch.holds(&value).then(|| value.text())
    }

    /// What of a window is compared; `None` without numbers.
    pub(crate) fn measured(watch: &Watch, closing: &Closing) -> Option<Ratio> {
        match watch.kind {
            Kind::Event | Kind::EventCount => Some(Ratio::whole(closing.event_count)),
            Kind::ValueCount | Kind::Temporal => Some(Ratio::whole(closing.keys.len() as u64)),
            Kind::TemporalOrdered => {
                let longest = closing.chains.as_ref().map_or(0, Chains::longest);
                Some(Ratio::whole(longest as u64))
            }
            _ => closing.series.as_ref()?.value(watch),
        }
    }
}

fn member_ids(watch: &Watch, members: impl Iterator<Item = u32>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for member in members {
        if let Some(member) = watch.members.get(member as usize)
            && !ids.contains(&member.id)
        {
            ids.push(member.id.clone());
        }
    }
    ids
}

/// Fields and folded values of the group; a rule on single events keeps both in its key.
fn name_group(watch: &Watch, key: Vec<String>, firing: &mut Firing) {
    if watch.kind == Kind::Event {
        let mut parts = key.into_iter();
        while let (Some(field), Some(value)) = (parts.next(), parts.next()) {
            firing.fields.push(field);
            firing.key.push(value);
        }
    } else {
        firing.fields.clone_from(&watch.group_by);
        firing.key = key;
    }
}

/// What an outer watch reads of an inner firing: its group under the group-by names, and its result as `value`.
fn inner_line(firing: &Firing) -> Vec<u8> {
    let mut object = serde_json::Map::new();
    for (field, value) in firing.fields.iter().zip(&firing.values) {
        object.insert(field.clone(), value.clone().into());
    }
    let result = firing.observed.clone();
    object.entry("value").or_insert_with(|| result.into());
    serde_json::to_vec(&object).unwrap_or_default()
}
