//! The rising count: "at least n different keys within the timespan" holds exactly when the n-th most recent key is inside it.
//!
//! So a group remembers n events and no more, whether it counts events, values or rules; nothing is ever counted anew.

use crate::slab::NONE;
use crate::store::{Entry, Store};

/// What an event did to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The condition does not hold.
    Quiet,
    /// It holds; the entries are the group's slots, and the time is the one the event counts at.
    Holds(i64),
    /// The event is too old for the window, and not enough alone.
    TooOld,
    /// It holds for this late event alone: the window has moved on and stays as it is.
    Alone,
}

impl Store {
    /// Takes the next event in (time, id) order; no keys = each event counts once.
    ///
    /// Only a late event can be older than the last one. Inside the timespan it counts as if it had come with the last; one that is
    /// older still is judged alone.
    pub fn feed_recent(
        &mut self,
        group: u32,
        needed: usize,
        timespan_us: i64,
        keys: &[u32],
        mut entry: Entry,
    ) -> Verdict {
        let last_us = self
            .group(group)
            .map_or(entry.time_us, |group| group.last_us);
        if entry.time_us < last_us {
            if entry.time_us < last_us.saturating_sub(timespan_us) {
                let is_enough = keys.len().max(1) >= needed;
                return if is_enough {
                    Verdict::Alone
                } else {
                    Verdict::TooOld
                };
            }
            entry.time_us = last_us;
        }
        if keys.is_empty() {
            self.push(group, entry, NONE);
        }
        for key in keys {
            if !self.renew(group, entry, *key) {
                self.push(group, entry, *key);
            }
        }
        while self.slot_count(group) > needed {
            self.pop_oldest(group);
        }
        let oldest_us = entry.time_us.saturating_sub(timespan_us);
        while self
            .oldest(group)
            .is_some_and(|slot| slot.entry.time_us < oldest_us)
        {
            self.pop_oldest(group);
        }
        if let Some(group) = self.group_mut(group) {
            group.last_us = entry.time_us;
        }
        let carried = self.group(group).map_or(0, |group| group.carried as usize);
        if self.slot_count(group).saturating_add(carried) < needed {
            return Verdict::Quiet;
        }
        Verdict::Holds(entry.time_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(time_us: i64, seq: u64) -> Entry {
        Entry {
            time_us,
            seq,
            stream: 0,
            facts: NONE,
        }
    }

    #[test]
    fn three_events_hold_only_while_the_first_is_inside_the_timespan() {
        let mut store = Store::new(1);
        let group = store.create(0, b"g", 0);
        let mut feed = |time, seq| store.feed_recent(group, 3, 60, &[], entry(time, seq));
        assert_eq!(feed(0, 1), Verdict::Quiet);
        assert_eq!(feed(30, 2), Verdict::Quiet);
        assert_eq!(feed(60, 3), Verdict::Holds(60));
        assert_eq!(feed(91, 4), Verdict::Quiet);
        assert_eq!(feed(91, 5), Verdict::Holds(91));
        assert_eq!(store.slot_count(group), 3);
    }

    #[test]
    fn a_value_seen_again_is_one_value_with_a_later_time() {
        let mut store = Store::new(1);
        let group = store.create(0, b"g", 0);
        let (one, two) = (store.texts.intern(b"an"), store.texts.intern(b"binh"));
        let mut feed = |key, time| store.feed_recent(group, 2, 60, &[key], entry(time, 1));
        assert_eq!(feed(one, 0), Verdict::Quiet);
        assert_eq!(feed(one, 50), Verdict::Quiet);
        assert_eq!(feed(two, 70), Verdict::Holds(70));
        assert_eq!(store.oldest(group).map(|slot| slot.entry.time_us), Some(50));
        store.remove(group);
        assert_eq!((store.len(), store.remembered()), (0, 0));
        assert_eq!(store.texts.len(), 2);
    }

    #[test]
    fn a_late_event_counts_with_the_last_one_or_alone() {
        let mut store = Store::new(1);
        let group = store.create(0, b"g", 100);
        let mut feed = |needed, time| store.feed_recent(group, needed, 60, &[], entry(time, 1));
        assert_eq!(feed(2, 100), Verdict::Quiet);
        assert_eq!(feed(2, 39), Verdict::TooOld);
        assert_eq!(feed(1, 39), Verdict::Alone);
        assert_eq!(feed(2, 40), Verdict::Holds(100));
    }
}
