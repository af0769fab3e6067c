//! A group as bytes.

use std::collections::HashMap;

use crate::body::{Body, Closing};
use crate::core::Core;
use crate::event::EventRef;
use crate::exact::Ratio;
use crate::ordered::Chains;
use crate::series::Series;
use crate::slab::NONE;
use crate::state::VERSION;
use crate::store::Entry;
use crate::values::{push_part, push_varint};

pub const RECENT: u8 = 0;
pub const SERIES: u8 = 1;
pub const CHAINS: u8 = 2;
pub const CLOSING: u8 = 3;
pub const EXPECTED: u8 = 4;

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
    pub(crate) fn encode(&self, number: u32) -> Option<Vec<u8>> {
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

fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}
