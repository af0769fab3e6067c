//! A group as bytes and back: what a checkpoint keeps. The form belongs to `VERSION`; numbers of texts and streams never leave a lane,
//! so a state names its streams and texts itself, each once.

use std::collections::HashMap;

use crate::absence::Expected;
use crate::body::{Body, Closing, EVENT_IDS_KEPT, MOST_CLOSING_KEYS};
use crate::core::{Core, Episode};
use crate::error::CorrelateError;
use crate::event::EventRef;
use crate::exact::{Exact, Ratio};
use crate::lane::Lane;
use crate::ordered::{Chains, Place, Step};
use crate::series::{MOST_NUMBERS, Series};
use crate::slab::NONE;
use crate::store::Entry;
use crate::values::{push_part, push_varint, take_part, take_varint};
use crate::watch::Watch;

/// Raised with every change of the form.
pub const VERSION: u8 = 1;

const RECENT: u8 = 0;
const SERIES: u8 = 1;
const CHAINS: u8 = 2;
const CLOSING: u8 = 3;
const EXPECTED: u8 = 4;

/// The key under which a watch's sketch is kept: an unfinished number, so no group has it.
pub const SKETCH_KEY: &[u8] = &[0xff];

/// A changed group: watch, key, state.
pub type Kept = (String, Vec<u8>, Vec<u8>);

struct Writer<'c> {
    core: &'c Core,
    out: Vec<u8>,
    texts: Vec<u32>,
    text_places: HashMap<u32, u64>,
    streams: Vec<u32>,
    last_us: i64,
    last_seq: u64,
}

impl Writer<'_> {
    fn number(&mut self, value: u64) {
        push_varint(&mut self.out, value);
    }

    fn signed(&mut self, value: i64) {
        self.number(zigzag(value));
    }

    fn time(&mut self, time_us: i64) {
        let step = time_us.wrapping_sub(self.last_us);
        self.last_us = time_us;
        self.signed(step);
    }

    fn text(&mut self, text: u32) {
        if text == NONE {
            return self.number(0);
        }
        let texts = &mut self.texts;
        let place = *self.text_places.entry(text).or_insert_with(|| {
            texts.push(text);
            texts.len() as u64
        });
        self.number(place);
    }

    fn event(&mut self, event: EventRef) {
        let place = self.streams.iter().position(|known| *known == event.stream);
        let place = place.unwrap_or_else(|| {
            self.streams.push(event.stream);
            self.streams.len() - 1
        });
        self.number(place as u64);
        let step = event.seq.wrapping_sub(self.last_seq).cast_signed();
        self.last_seq = event.seq;
        self.signed(step);
    }

    fn entry(&mut self, entry: &Entry) {
        self.time(entry.time_us);
        self.event(EventRef {
            stream: entry.stream,
            seq: entry.seq,
        });
        self.text(entry.facts);
    }

    fn series(&mut self, series: &Series) {
        self.number(series.len() as u64);
        for (entry, value) in series.iter() {
            self.entry(entry);
            push_part(&mut self.out, Ratio::of(value.clone()).text().as_bytes());
        }
    }

    fn chains(&mut self, chains: &Chains) {
        let (last, places) = chains.position();
        self.number(places);
        match last {
            None => self.number(0),
            Some(place) => {
                self.number(if place.event.is_some() { 2 } else { 1 });
                self.time(place.time_us);
                if let Some(event) = place.event {
                    self.event(event);
                }
            }
        }
        self.number(chains.iter().count() as u64);
        for (member, row) in chains.iter() {
            self.number(member as u64);
            self.number(row.len() as u64);
            for step in row {
                self.entry(&step.entry);
                self.number(step.place);
            }
        }
    }

    fn closing(&mut self, closing: &Closing) {
        self.entry(&closing.first);
        push_part(&mut self.out, &closing.line);
        self.number(closing.values.len() as u64);
        for value in &closing.values {
            push_part(&mut self.out, value.as_bytes());
        }
        self.number(closing.members.len() as u64);
        for member in &closing.members {
            self.number(u64::from(*member));
        }
        self.number(closing.event_count);
        self.number(closing.weight);
        self.time(closing.last_us);
        self.number(closing.ids.len() as u64);
        closing.ids.iter().for_each(|id| self.event(*id));
        self.number(closing.facts.len() as u64);
        closing.facts.iter().for_each(|facts| self.text(*facts));
        self.number(closing.keys.len() as u64);
        closing.keys.iter().for_each(|key| self.text(*key));
        if let Some(series) = &closing.series {
            self.series(series);
        }
        if let Some(chains) = &closing.chains {
            self.chains(chains);
        }
    }

    /// The tables in front, then what was written.
    fn finish(self) -> Vec<u8> {
        let mut out = vec![VERSION];
        push_varint(&mut out, self.streams.len() as u64);
        for stream in self.streams {
            let (sensor, epoch) = self.core.streams.get(stream).unwrap_or_default();
            push_part(&mut out, sensor.as_bytes());
            push_varint(&mut out, epoch);
        }
        push_varint(&mut out, self.texts.len() as u64);
        for text in self.texts {
            push_part(&mut out, self.core.store.texts.get(text));
        }
        out.extend(self.out);
        out
    }
}

impl Core {
    fn encode(&self, number: u32) -> Option<Vec<u8>> {
        let group = self.store.group(number)?;
        let mut writer = Writer {
            core: self,
            out: Vec::new(),
            texts: Vec::new(),
            text_places: HashMap::new(),
            streams: Vec::new(),
            last_us: 0,
            last_seq: 0,
        };
        writer.number(group.rank);
        writer.time(group.last_us);
        writer.signed(group.held_us);
        writer.number(u64::from(group.carried));
        match self
            .episodes
            .get(group.episode)
            .filter(|_| group.episode != NONE)
        {
            None => writer.out.push(0),
            Some(episode) => {
                writer.out.push(1);
                writer.number(episode.number);
                writer.number(episode.hits);
                writer.time(episode.last_us);
                writer.number(episode.event_count);
                writer.number(episode.ids.len() as u64);
                episode.ids.iter().for_each(|id| writer.event(*id));
            }
        }
        match group.body.as_deref() {
            None => {
                writer.out.push(RECENT);
                writer.number(self.store.slot_count(number) as u64);
                for slot in self.store.slots(number) {
                    writer.entry(&slot.entry);
                    writer.text(slot.key);
                }
            }
            Some(Body::Series(series)) => {
                writer.out.push(SERIES);
                writer.series(series);
            }
            Some(Body::Chains(chains)) => {
                writer.out.push(CHAINS);
                writer.chains(chains);
            }
            Some(Body::Closing(closing)) => {
                writer.out.push(CLOSING);
                writer.closing(closing);
            }
            Some(Body::Expected(expected)) => {
                writer.out.push(EXPECTED);
                writer.signed(expected.start_us);
                writer.number(expected.latest_us.map_or(0, |_| 1));
                writer.signed(expected.latest_us.unwrap_or(0));
                writer.number(expected.values.len() as u64);
                for value in &expected.values {
                    push_part(&mut writer.out, value.as_bytes());
                }
                writer.number(u64::from(expected.closing.is_some()));
                if let Some(closing) = &expected.closing {
                    writer.closing(closing);
                }
            }
        }
        Some(writer.finish())
    }
}

impl Lane {
    /// The groups that changed since the last time, and the kept ones that are gone: (watch, key).
    pub fn snapshot(&mut self) -> (Vec<Kept>, Vec<(String, Vec<u8>)>) {
        let plan = std::sync::Arc::clone(&self.core.plan);
        let name = |watch: u32| {
            plan.watches
                .get(watch as usize)
                .map_or_else(String::new, |watch| watch.name.clone())
        };
        let (dirty, dropped) = self.core.store.take_changes();
        let mut kept = Vec::with_capacity(dirty.len());
        for number in dirty {
            let Some(state) = self.core.encode(number) else {
                continue;
            };
            let texts = &self.core.store.texts;
            if let Some(group) = self.core.store.group(number) {
                kept.push((name(group.watch), texts.get(group.key).to_vec(), state));
            }
            if let Some(group) = self.core.store.group_mut(number) {
                group.is_kept = true;
            }
        }
        let mut dropped: Vec<(String, Vec<u8>)> = dropped
            .into_iter()
            .map(|(watch, key)| (name(watch), key.into_vec()))
            .collect();
        for (watch, sketch) in self.core.take_sketches() {
            let key = SKETCH_KEY.to_vec();
            match sketch {
                Some(state) => kept.push((name(watch), key, state)),
                None => dropped.push((name(watch), key)),
            }
        }
        (kept, dropped)
    }

    /// Takes back a group; call `finish_restore` after the last. `false`: no watch has this name any more.
    ///
    /// # Errors
    /// The bytes are no state of such a group.
    pub fn restore(
        &mut self,
        name: &str,
        key: &[u8],
        state: &[u8],
    ) -> Result<bool, CorrelateError> {
        let plan = std::sync::Arc::clone(&self.core.plan);
        let Some(number) = plan.by_name.get(name).copied() else {
            return Ok(false);
        };
        let wrong = |reason| CorrelateError::State {
            name: name.to_owned(),
            reason,
        };
        let Some(watch) = plan.watches.get(number as usize) else {
            return Ok(false);
        };
        let Some((version, rest)) = state.split_first() else {
            return Err(wrong("it is empty"));
        };
        if *version != VERSION {
            return Err(wrong("it is of another version"));
        }
        if key == SKETCH_KEY {
            return self
                .core
                .restore_sketch(watch, number, rest)
                .map(|()| true)
                .ok_or_else(|| wrong("its sketch is damaged"));
        }
        self.core
            .decode(watch, number, key, rest)
            .map(|()| true)
            .ok_or_else(|| wrong("it is damaged"))
    }

    /// Puts the groups into the order in which they were used.
    pub fn finish_restore(&mut self) {
        self.core.store.relink();
        let (dirty, _) = self.core.store.take_changes();
        debug_assert!(dirty.is_empty());
    }
}

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

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    fn episode(&mut self) -> Option<Episode> {
        let (number, hits) = (self.number()?, self.number()?);
        let last_us = self.time()?;
        let event_count = self.number()?;
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
        let places = self.number()?;
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
                    place: self.number()?,
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
        closing.event_count = self.number()?;
        closing.weight = self.number()?;
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
    fn decode(&mut self, watch: &Watch, number: u32, key: &[u8], bytes: &[u8]) -> Option<()> {
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
        let rank = state.number()?;
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

fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
