//! What a lane knows of the open groups of one watch: what is counted, what is missing, and when it ends.

use crate::body::{Body, Closing};
use crate::core::Core;
use crate::event::EventRef;
use crate::exact::Ratio;
use crate::lane::Lane;
use crate::ordered::Chains;
use crate::plan::Kind;
use crate::slab::NONE;
use crate::store::{Entry, Group};
use crate::values::parts;
use crate::watch::Watch;

/// Events that are named of one group.
const MOST_EVENTS: usize = 100;

/// One open group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenGroup {
    /// Its folded values.
    pub key: Vec<String>,
    /// What counts: time, id, and the counted value or the id of the member where one is kept.
    pub events: Vec<(i64, String, Option<String>)>,
    /// All events that count; of them at most a hundred are named.
    pub event_count: u64,
    /// What is compared, exactly.
    pub observed: String,
    /// Ids of the members that were seen, where the condition asks for them.
    pub members: Vec<String>,
    /// The first microsecond that counts.
    pub start_us: i64,
    /// When the group ends if nothing more comes; a whole window is judged then.
    pub end_us: i64,
    /// Hits of the alert that grows; none is open: 0.
    pub hits: u64,
    /// Of what is compared so much is carried on from groups of this key that had to go.
    pub carried: u32,
}

impl Lane {
    /// The open groups of a watch, the most recent first; of this folded key, or so many of all.
    #[must_use]
    pub fn explain(&self, name: &str, key: Option<&[String]>, most: usize) -> Vec<OpenGroup> {
        let plan = &self.core.plan;
        let Some(number) = plan.by_name.get(name).copied() else {
            return Vec::new();
        };
        let Some(watch) = plan.watches.get(number as usize) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut at = self.core.store.list(number).tail;
        while let Some(group) = self.core.store.group(at)
            && found.len() < most
        {
            let values = parts(self.core.store.texts.get(group.key));
            if key.is_none_or(|key| key == values) {
                found.push(self.open_group(watch, number, at, group, values));
            }
            at = self.core.store.before(at);
        }
        found
    }

    fn open_group(
        &self,
        watch: &Watch,
        number: u32,
        place: u32,
        group: &Group,
        key: Vec<String>,
    ) -> OpenGroup {
        let mut open = OpenGroup {
            key,
            carried: group.carried,
            start_us: group.last_us,
            end_us: group.last_us.saturating_add(watch.timespan_us),
            ..OpenGroup::default()
        };
        if group.episode != NONE
            && let Some(episode) = self.core.episodes.get(group.episode)
        {
            open.hits = episode.hits;
        }
        match group.body.as_deref() {
            None => self.tell_slots(watch, number, place, &mut open),
            Some(Body::Series(series)) => {
                open.observed = series
                    .value(watch)
                    .map_or(String::new(), |value| value.text());
                let entries: Vec<(Entry, String)> = series
                    .iter()
                    .map(|(entry, value)| (*entry, Ratio::of(value.clone()).text()))
                    .collect();
                self.tell_entries(&entries, &mut open);
            }
            Some(Body::Chains(chains)) => self.tell_row(watch, group, chains, &mut open),
            Some(Body::Closing(closing)) => self.tell_window(watch, number, closing, &mut open),
            Some(Body::Expected(expected)) => {
                open.start_us = expected.start_us;
                open.end_us = expected.start_us.saturating_add(watch.timespan_us - 1);
                if let Some(closing) = &expected.closing {
                    let end_us = open.end_us;
                    self.tell_window(watch, number, closing, &mut open);
                    open.start_us = expected.start_us;
                    open.end_us = end_us;
                }
            }
        }
        open
    }

    fn tell_slots(&self, watch: &Watch, number: u32, place: u32, open: &mut OpenGroup) {
        let entries: Vec<(Entry, String)> = self
            .core
            .store
            .slots(place)
            .map(|slot| {
                let text = self.core.store.texts.get(slot.key);
                (slot.entry, String::from_utf8_lossy(text).into_owned())
            })
            .collect();
        open.observed = (entries.len() + open.carried as usize).to_string();
        if watch.kind == Kind::Temporal {
            let seen: Vec<u32> = self.core.store.slots(place).map(|slot| slot.key).collect();
            open.members = self.member_ids(watch, number, |text| seen.contains(&text));
        }
        self.tell_entries(&entries, open);
    }

    /// The row that stays longest in the window, of the longest ones.
    fn tell_row(&self, watch: &Watch, group: &Group, chains: &Chains, open: &mut OpenGroup) {
        let oldest_us = group.last_us.saturating_sub(watch.timespan_us);
        let row = (1..=chains.longest())
            .rev()
            .find_map(|length| chains.latest(length, oldest_us))
            .unwrap_or_default();
        open.observed = row.len().to_string();
        let entries: Vec<(Entry, String)> = row
            .into_iter()
            .map(|entry| (entry, String::new()))
            .collect();
        self.tell_entries(&entries, open);
    }

    fn tell_window(&self, watch: &Watch, number: u32, closing: &Closing, open: &mut OpenGroup) {
        open.start_us = closing.first.time_us;
        open.end_us = closing.ends_us(watch.timespan_us);
        open.event_count = closing.weight;
        open.observed = Core::measured(watch, closing).map_or(String::new(), |value| value.text());
        if watch.kind == Kind::Temporal {
            open.members = self.member_ids(watch, number, |text| closing.keys.contains(&text));
        }
        // Only the first event's time is kept; the others are known by their ids.
        let ids = closing.ids.iter().map(|id| self.core.streams.id(*id));
        open.events = ids.map(|id| (closing.first.time_us, id, None)).collect();
    }

    fn tell_entries(&self, entries: &[(Entry, String)], open: &mut OpenGroup) {
        if let Some((first, _)) = entries.first() {
            open.start_us = first.time_us;
        }
        open.event_count = entries.len() as u64;
        open.events = entries
            .iter()
            .take(MOST_EVENTS)
            .map(|(entry, text)| {
                let id = self.core.streams.id(EventRef {
                    stream: entry.stream,
                    seq: entry.seq,
                });
                (entry.time_us, id, (!text.is_empty()).then(|| text.clone()))
            })
            .collect();
    }

    fn member_ids(&self, watch: &Watch, number: u32, is_seen: impl Fn(u32) -> bool) -> Vec<String> {
        let texts = self.core.member_texts.get(number as usize);
        let mut ids: Vec<String> = watch
            .members
            .iter()
            .zip(texts.into_iter().flatten())
            .filter(|(_, text)| is_seen(**text))
            .map(|(member, _)| member.id.clone())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
