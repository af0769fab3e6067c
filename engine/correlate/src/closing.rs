//! Whole windows: what an event adds, and the judgement when they are over.

use crate::absence::Expected;
use crate::body::{Body, Closing, EVENT_IDS_KEPT, MOST_CLOSING_KEYS};
use crate::core::Core;
use crate::event::EventRef;
use crate::exact::Ratio;
use crate::feed::Feed;
use crate::firing::{Firing, Gathered, has_origins, origins};
use crate::ordered::Chains;
use crate::plan::Kind;
use crate::slab::NONE;
use crate::store::Entry;
use crate::telling::{member_ids, name_group};
use crate::values::parts;
use crate::watch::Watch;

impl Feed<'_, '_> {
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
}

impl Closing {
    /// One more event inside the window, with the events behind it; whether its facts are kept.
    fn take(&mut self, entry: Entry, weight: u64, ids: Vec<EventRef>) -> bool {
        self.event_count += 1;
        self.weight = self.weight.saturating_add(weight);
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
