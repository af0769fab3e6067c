//! Alerts that grow: how an episode begins, goes on and ends.

use crate::body::EVENT_IDS_KEPT;
use crate::core::Core;
use crate::event::{EventRef, Streams};
use crate::firing::{Changes, Firing, Growth, origins};
use crate::slab::NONE;
use crate::store::Entry;

/// An alert that grows.
#[derive(Debug, Default)]
pub struct Episode {
    /// Unique in its lane; 0 for a silent watch.
    pub number: u64,
    /// Events at which the condition held.
    pub hits: u64,
    /// The newest one's time.
    pub last_us: i64,
    /// The first events.
    pub ids: Vec<EventRef>,
    /// All of them.
    pub event_count: u64,
    has_grown: bool,
}

impl Episode {
    /// A new one.
    #[must_use]
    pub fn begun(number: u64, last_us: i64, ids: Vec<EventRef>, event_count: u64) -> Self {
        Self {
            number,
            hits: 1,
            last_us,
            ids,
            event_count,
            has_grown: false,
        }
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

    /// The newest event goes to an open episode.
    pub(crate) fn grow(&mut self, episode: u32, time_us: i64, entry: &Entry) {
        let facts = self.store.texts.get(entry.facts);
        let (count, ids) = if crate::firing::has_origins(facts) {
            let (count, ids) = origins(facts);
            let ids: Vec<EventRef> = ids.iter().filter_map(|id| self.streams.parse(id)).collect();
            (count, ids)
        } else {
            let own = EventRef {
                stream: entry.stream,
                seq: entry.seq,
            };
            (1, vec![own])
        };
        let Some(open) = self.episodes.get_mut(episode) else {
            return;
        };
        open.hits += 1;
        open.event_count = open.event_count.saturating_add(count);
        open.last_us = open.last_us.max(time_us);
        for id in ids {
            // Only events behind inner firings can be named before.
            if open.ids.len() < EVENT_IDS_KEPT && !open.ids.contains(&id) {
                open.ids.push(id);
                self.memory.ids += 1;
            }
        }
        self.note_growth(episode);
    }

    pub(crate) fn note_growth(&mut self, episode: u32) {
        if let Some(open) = self.episodes.get_mut(episode)
            && !open.has_grown
            && open.number != 0
        {
            open.has_grown = true;
            self.grown.push(episode);
        }
    }

    /// Nothing goes on in this episode any more.
    pub(crate) fn close(&mut self, episode: u32) {
        if episode == NONE {
            return;
        }
        let open = self.episodes.remove(episode);
        self.memory.ids = self.memory.ids.saturating_sub(open.ids.len());
        if open.number == 0 {
            return;
        }
        if open.has_grown {
            self.changes.growths.push(growth(&self.streams, &open));
        }
        self.changes.closed.push(open.number);
    }

    /// Everything since the last time.
    pub fn take_changes(&mut self) -> Changes {
        let grown = std::mem::take(&mut self.grown);
        for episode in grown {
            if let Some(open) = self.episodes.get_mut(episode)
                && std::mem::take(&mut open.has_grown)
            {
                self.changes.growths.push(growth(&self.streams, open));
            }
        }
        let mut changes = std::mem::take(&mut self.changes);
        changes.evictions = std::mem::take(&mut self.evictions)
            .into_values()
            .flatten()
            .collect();
        changes
    }
}

fn growth(streams: &Streams, open: &Episode) -> Growth {
    Growth {
        episode: open.number,
        hits: open.hits,
        last_us: open.last_us,
        event_ids: open.ids.iter().map(|id| streams.id(*id)).collect(),
        event_count: open.event_count,
    }
}
