//! A group of bytes: whatever they are, they are refused or a group that goes on counting.

use crate::absence::Expected;
use crate::body::{Body, Closing, EVENT_IDS_KEPT, MOST_CLOSING_KEYS};
use crate::core::Core;
use crate::episode::Episode;
use crate::event::EventRef;
use crate::exact::Exact;
use crate::ordered::{Chains, Place, Step};
use crate::series::{MOST_NUMBERS, Series};
use crate::slab::NONE;
use crate::state::VERSION;
use crate::state_writer::{CHAINS, CLOSING, EXPECTED, RECENT, SERIES};
use crate::store::Entry;
use crate::values::{take_part, take_varint};
use crate::watch::Watch;

/// Ranks, numbers of episodes and counts end below.
const MOST_TALLIED: u64 = 1 << 62;

/// The number of the open episode of a group as bytes.
pub(crate) fn episode_of(state: &[u8]) -> Option<u64> {
    let (version, bytes) = state.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut state = State {
        bytes,
        streams: Vec::new(),
        texts: Vec::new(),
        last_us: 0,
        last_seq: 0,
    };
    for _ in 0..state.count(usize::MAX)? {
        take_part(&mut state.bytes)?;
        take_varint(&mut state.bytes)?;
    }
    for _ in 0..state.count(usize::MAX)? {
        take_part(&mut state.bytes)?;
    }
    for _ in 0..4 {
        state.number()?;
    }
    (state.byte()? != 0).then(|| state.number()).flatten()
}

struct State<'b> {
    bytes: &'b [u8],
    streams: Vec<u32>,
    texts: Vec<u32>,
    last_us: i64,
    last_seq: u64,
}

impl State<'_> {
    fn number(&mut self) -> Option<u64> {
        take_varint(&mut self.bytes)
    }

    /// A number that goes on growing: no honest one is near the end of its kind.
    fn tally(&mut self) -> Option<u64> {
        self.number().filter(|number| *number < MOST_TALLIED)
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    fn episode(&mut self) -> Option<Episode> {
        let (number, hits) = (self.tally()?, self.tally()?);
        let last_us = self.time()?;
        let event_count = self.tally()?;
        let ids: Option<Vec<EventRef>> = (0..self.count(EVENT_IDS_KEPT)?)
            .map(|_| self.event())
            .collect();
        let mut episode = Episode::begun(number, last_us, ids?, event_count);
        episode.hits = hits;
        Some(episode)
    }

    /// A number of things of which each takes at least a byte of what is left.
    fn count(&mut self, most: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= most && count <= self.bytes.len()).then_some(count)
    }

    fn signed(&mut self) -> Option<i64> {
        self.number().map(unzigzag)
    }

    fn time(&mut self) -> Option<i64> {
        self.last_us = self.last_us.wrapping_add(self.signed()?);
        Some(self.last_us)
    }

    fn text(&mut self) -> Option<u32> {
        let place = usize::try_from(self.number()?).ok()?;
        if place == 0 {
            return Some(NONE);
        }
        self.texts.get(place - 1).copied()
    }

    fn event(&mut self) -> Option<EventRef> {
        let place = usize::try_from(self.number()?).ok()?;
        let stream = *self.streams.get(place)?;
        self.last_seq = self.last_seq.wrapping_add(self.signed()?.cast_unsigned());
        Some(EventRef {
            stream,
            seq: self.last_seq,
        })
    }

    fn entry(&mut self) -> Option<Entry> {
        let time_us = self.time()?;
        let event = self.event()?;
        Some(Entry {
            time_us,
            seq: event.seq,
            stream: event.stream,
            facts: self.text()?,
        })
    }

    fn series(&mut self, watch: &Watch, changed: &mut Vec<(u32, bool)>) -> Option<Series> {
        let mut series = Series::new(watch.kind);
        for _ in 0..self.count(MOST_NUMBERS)? {
            let entry = self.entry()?;
            let text = std::str::from_utf8(take_part(&mut self.bytes)?).ok()?;
            changed.push((entry.facts, true));
            series.push(entry, Exact::parse_long(text)?);
        }
        Some(series)
    }

    fn chains(&mut self, watch: &Watch, changed: &mut Vec<(u32, bool)>) -> Option<Chains> {
        let places = self.tally()?;
        let last = match self.number()? {
            0 => None,
            kind => Some(Place {
                time_us: self.time()?,
                event: if kind == 2 { Some(self.event()?) } else { None },
            }),
        };
        let mut rows = Vec::new();
        for _ in 0..self.count(usize::MAX)? {
            let member = usize::try_from(self.number()?).ok()?;
            let mut row = Vec::new();
            for _ in 0..self.count(watch.members.len())? {
                row.push(Step {
                    entry: self.entry()?,
                    place: self.tally()?,
                });
            }
            rows.push((member, row));
        }
        let mut chains = Chains::new(watch.members.len());
        chains.restore(rows, (last, places), changed);
        Some(chains)
    }

    fn expected(&mut self, watch: &Watch, changed: &mut Vec<(u32, bool)>) -> Option<Expected> {
        let start_us = self.signed()?;
        let has_latest = self.number()? == 1;
        let latest_us = self.signed()?;
        let values = self.words()?;
        let closing = match self.number()? {
            0 => None,
            _ => Some(Box::new(self.closing(watch, changed)?)),
        };
        Some(Expected {
            start_us,
            latest_us: has_latest.then_some(latest_us),
            values,
            closing,
        })
    }

    fn words(&mut self) -> Option<Vec<String>> {
        let mut words = Vec::new();
        for _ in 0..self.count(usize::MAX)? {
            let word = take_part(&mut self.bytes)?.to_vec();
            words.push(String::from_utf8(word).ok()?);
        }
        Some(words)
    }

    fn closing(&mut self, watch: &Watch, changed: &mut Vec<(u32, bool)>) -> Option<Closing> {
        let first = self.entry()?;
        let line = take_part(&mut self.bytes)?.to_vec();
        let values = self.words()?;
        let mut members = Vec::new();
        for _ in 0..self.count(watch.members.len())? {
            members.push(u32::try_from(self.number()?).ok()?);
        }
        let mut closing = Closing::new(watch, first, &line, values, members);
        closing.event_count = self.tally()?;
        closing.weight = self.tally()?;
        closing.last_us = self.time()?;
        for _ in 0..self.count(EVENT_IDS_KEPT)? {
            closing.ids.push(self.event()?);
        }
        for _ in 0..self.count(EVENT_IDS_KEPT)? {
            closing.facts.push(self.text()?);
        }
        for _ in 0..self.count(MOST_CLOSING_KEYS)? {
            closing.keys.insert(self.text()?);
        }
        changed.push((first.facts, true));
        let kept = closing.facts.iter().chain(&closing.keys);
        changed.extend(kept.map(|text| (*text, true)));
        if closing.series.is_some() {
            closing.series = Some(self.series(watch, changed)?);
        }
        if closing.chains.is_some() {
            closing.chains = Some(self.chains(watch, changed)?);
        }
        Some(closing)
    }
}

impl Core {
    pub(crate) fn decode(
        &mut self,
        watch: &Watch,
        number: u32,
        key: &[u8],
        bytes: &[u8],
    ) -> Option<()> {
        let mut state = State {
            bytes,
            streams: Vec::new(),
            texts: Vec::new(),
            last_us: 0,
            last_seq: 0,
        };
        for _ in 0..state.count(usize::MAX)? {
            let sensor = std::str::from_utf8(take_part(&mut state.bytes)?).ok()?;
            let epoch = take_varint(&mut state.bytes)?;
            state.streams.push(self.streams.number(sensor, epoch));
        }
        for _ in 0..state.count(usize::MAX)? {
            let text = take_part(&mut state.bytes)?;
            state.texts.push(self.store.texts.intern(text));
        }
        let done = self.decode_group(watch, number, key, &mut state);
        for text in state.texts {
            self.store.texts.release(text);
        }
        done
    }

    fn decode_group(
        &mut self,
        watch: &Watch,
        number: u32,
        key: &[u8],
        state: &mut State<'_>,
    ) -> Option<()> {
        let rank = state.tally()?;
        let last_us = state.time()?;
        let held_us = state.signed()?;
        let carried = u32::try_from(state.number()?).ok()?;
        let episode = match state.byte()? {
            0 => None,
            _ => Some(state.episode()?),
        };
        let kind = state.byte()?;
        let mut changed = Vec::new();
        let mut slots = Vec::new();
        let body = match kind {
            RECENT => {
                for _ in 0..state.count(usize::MAX)? {
                    slots.push((state.entry()?, state.text()?));
                }
                None
            }
            SERIES => Some(Body::Series(state.series(watch, &mut changed)?)),
            CHAINS => Some(Body::Chains(state.chains(watch, &mut changed)?)),
            CLOSING => Some(Body::Closing(Box::new(state.closing(watch, &mut changed)?))),
            EXPECTED => Some(Body::Expected(state.expected(watch, &mut changed)?)),
            _ => return None,
        };
        let is_closing = matches!(body, Some(Body::Closing(_) | Body::Expected(_)));
        if !state.bytes.is_empty() || is_closing == watch.is_rising {
            return None;
        }
        let begins_us = match &body {
            Some(Body::Closing(closing)) => closing.first.time_us,
            _ => last_us,
        };
        let clock = match &body {
            Some(Body::Expected(expected)) => Some((expected.start_us, expected.latest_us)),
            _ => None,
        };
        self.count_uses(&changed);
        let group = self.store.create(number, key, last_us);
        for (entry, key) in slots {
            self.store.push(group, entry, key);
        }
        let episode = episode.map_or(NONE, |episode| {
            self.memory.ids += episode.ids.len();
            self.next_episode = self.next_episode.max(episode.number.saturating_add(1));
            self.episodes.insert(episode)
        });
        if let Some(group) = self.store.group_mut(group) {
            group.rank = rank;
            group.held_us = held_us;
            group.carried = carried;
            group.episode = episode;
            group.is_kept = true;
            group.body = body.map(Box::new);
        }
        self.count_body(group, 0);
        match clock {
            Some((start_us, latest_us)) => self.arm_clock(watch, number, start_us, latest_us),
            None => self.arm(watch, number, group, begins_us),
        }
        Some(())
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::lane::Lane;
    use crate::state::VERSION;
    use crate::values::push_varint;
    use crate::watch::Plan;

    fn restored(rank: u64) -> bool {
        let plan = br#"{"version":1,"watches":[{"name":"w","kind":"event_count","timespan_us":60,"fire":"episode","bounds":[["gte","2"]],
            "expression":null,"percentile":null,"members":[{"id":"a","rule":0,"group":[]}],"group_by":[],"fields":[],"most_groups":9,
            "expect":null,"entities":[],"silent":false}]}"#;
        let mut lane = Lane::new(Arc::new(Plan::parse(plan).unwrap()));
        // No streams, no texts; rank, last time, held, carried; no episode; a recent count without slots.
        let mut state = vec![VERSION, 0, 0];
        push_varint(&mut state, rank);
        state.extend([0, 0, 0, 0, 0, 0]);
        lane.restore("w", b"", &state).is_ok()
    }

    #[test]
    fn a_rank_that_cannot_grow_any_more_is_damage() {
        assert!(restored(7));
        assert!(!restored(u64::MAX));
    }
}
