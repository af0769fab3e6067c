//! The groups of a lane and what one event does to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::absence::Clock;
use crate::body::{Body, EVENT_IDS_KEPT};
use crate::count::Counts;
use crate::event::{EventRef, Streams};
use crate::exact::Exact;
use crate::firing::{Changes, Eviction, Growth, origins};
use crate::inner::Queue;
use crate::memory::Memory;
use crate::ordered::Place;
use crate::plan::Kind;
use crate::sketch::Sketch;
use crate::slab::{NONE, Slab};
use crate::store::{Entry, Store};
use crate::values::{Event, normal, push_part};
use crate::watch::{Plan, Watch};

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

/// An event while watches look at it.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence<'a> {
    /// Event time.
    pub time_us: i64,
    /// Its place in its stream; of an inner firing the event that fired it.
    pub event: EventRef,
    /// Where it stands in the order of events.
    pub place: Place,
    /// The line that an alert shows.
    pub line: &'a [u8],
    /// Facts of an inner firing; `NONE` for a line's own.
    pub facts: u32,
}

/// (watch, member) pairs of one watch.
type Members = Vec<(u32, u32)>;

/// Where a group stands in the order of its watch's timers: (time, depth of the chain, watch, group).
pub type Timer = (i64, u32, u32, u32);

/// All state of a lane but what waits for the watermark.
#[derive(Debug)]
pub struct Core {
    /// What is watched.
    pub plan: Arc<Plan>,
    /// Groups.
    pub store: Store,
    /// Sensors and epochs.
    pub streams: Streams,
    /// Open episodes.
    pub episodes: Slab<Episode>,
    /// What became of everything.
    pub counts: Counts,
    /// Whether all sources have spoken.
    pub is_complete: bool,
    /// What is to be handed out.
    pub changes: Changes,
    /// Whether groups are waited for here: in a main lane, and nowhere else.
    pub judges_absence: bool,
    /// Inner firings that wait for their outer watches.
    pub(crate) inner: Queue,
    pub(crate) clocks: Vec<Clock>,
    pub(crate) is_ending: bool,
    pub(crate) timers: BTreeSet<Timer>,
    pub(crate) armed: Vec<bool>,
    pub(crate) member_texts: Vec<Vec<u32>>,
    pub(crate) next_episode: u64,
    pub(crate) scratch: Scratch,
    /// The watches whose alerts grew by the newest event.
    pub(crate) grown_watches: Vec<u32>,
    grown: Vec<u32>,
    /// By watch, and whether for memory.
    pub(crate) evictions: BTreeMap<(u32, bool), Vec<Eviction>>,
    /// Counts of groups that had to go, by watch.
    pub(crate) sketches: BTreeMap<u32, Sketch>,
    /// By watch: when another version of its rule came into force.
    pub(crate) retired: Vec<Option<i64>>,
    pub(crate) memory: Memory,
}

/// Kept between events, so that nothing is allocated for most of them.
#[derive(Debug, Default)]
pub struct Scratch {
    key: Vec<u8>,
    text: String,
    facts: Vec<u8>,
    counted: Vec<String>,
    pub(crate) texts: Vec<u32>,
    pub(crate) numbers: Vec<Exact>,
    facts_by_set: Vec<u32>,
}

impl Core {
    /// No groups yet.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let mut store = Store::new(plan.watches.len());
        let member_texts = plan
            .watches
            .iter()
            .map(|watch| {
                watch
                    .members
                    .iter()
                    .map(|member| store.texts.intern(member.id.as_bytes()))
                    .collect()
            })
            .collect();
        Self {
            store,
            streams: Streams::default(),
            episodes: Slab::default(),
            counts: Counts::default(),
            is_complete: true,
            changes: Changes::default(),
            inner: Queue::default(),
            timers: BTreeSet::new(),
            judges_absence: false,
            clocks: vec![Clock::default(); plan.watches.len()],
            is_ending: false,
            armed: vec![false; plan.watches.len()],
            member_texts,
            next_episode: 1,
            scratch: Scratch {
                facts_by_set: vec![NONE; plan.entity_sets.len()],
                ..Scratch::default()
            },
            grown_watches: Vec::new(),
            grown: Vec::new(),
            evictions: BTreeMap::new(),
            sketches: BTreeMap::new(),
            retired: vec![None; plan.watches.len()],
            memory: Memory::default(),
            plan,
        }
    }

    /// Gives an event to the watches that it feeds: (watch, member), sorted.
    pub fn feed(&mut self, event: &Event<'_>, occurrence: Occurrence<'_>, fed: &[(u32, u32)]) {
        let plan = Arc::clone(&self.plan);
        let mut scratch = std::mem::take(&mut self.scratch);
        self.grown_watches.clear();
        for members in fed.chunk_by(|left, right| left.0 == right.0) {
            let Some((number, watch)) = members
                .first()
                .and_then(|(number, _)| Some((*number, plan.watches.get(*number as usize)?)))
            else {
                continue;
            };
            let facts = match occurrence.facts {
                NONE => self.facts(&plan, watch, event, &mut scratch),
                facts => facts,
            };
            let entry = Entry {
                time_us: occurrence.time_us,
                seq: occurrence.event.seq,
                stream: occurrence.event.stream,
                facts,
            };
            let mut step = Feed {
                core: self,
                plan: &plan,
                watch,
                number,
                event,
                occurrence,
                entry,
                scratch: &mut scratch,
            };
            match step.run(members) {
                Some(true) => self.grown_watches.push(number),
                Some(false) => {}
                None => self.counts.group_missing += 1,
            }
        }
        for facts in &mut scratch.facts_by_set {
            if *facts != NONE {
                self.store.texts.release(std::mem::replace(facts, NONE));
            }
        }
        self.scratch = scratch;
        self.hold_memory(occurrence.event, occurrence.time_us);
    }

    /// The facts of a line, made once for all watches that name the same entities.
    fn facts(
        &mut self,
        plan: &Plan,
        watch: &Watch,
        event: &Event<'_>,
        scratch: &mut Scratch,
    ) -> u32 {
        let made = scratch.facts_by_set.get(watch.entity_set).copied();
        if let Some(made) = made.filter(|made| *made != NONE) {
            return made;
        }
        scratch.facts.clear();
        self.counts.facts_left_out +=
            event.push_facts(&mut scratch.facts, plan.facts, &watch.entities);
        let facts = self.store.texts.intern(&scratch.facts);
        if let Some(place) = scratch.facts_by_set.get_mut(watch.entity_set) {
            *place = facts;
        }
        facts
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
        open.event_count += count;
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

    /// Whether there is something to hand out or to keep.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.store.has_changes()
            || !self.grown.is_empty()
            || !self.evictions.is_empty()
            || !self.changes.firings.is_empty()
            || !self.changes.growths.is_empty()
            || !self.changes.closed.is_empty()
    }

    /// The number that the next episode gets.
    #[must_use]
    pub fn next_episode(&self) -> u64 {
        self.next_episode
    }

    /// Numbers episodes from here on, so that those of two lanes can be told apart.
    pub fn begin_episodes(&mut self, number: u64) {
        self.next_episode = self.next_episode.max(number);
    }

    /// Forgets a group and ends its episode.
    pub(crate) fn forget(&mut self, number: u32) {
        let group = self.store.remove(number);
        self.close(group.episode);
        if let Some(body) = group.body {
            self.memory.bodies = self.memory.bodies.saturating_sub(body.bytes());
            self.release_body(*body);
        }
    }

    pub(crate) fn release_body(&mut self, body: Body) {
        let body = match body {
            Body::Expected(expected) => match expected.closing {
                Some(closing) => Body::Closing(closing),
                None => return,
            },
            body => body,
        };
        let mut changed = Vec::new();
        match body {
            Body::Series(mut series) => {
                while let Some(entry) = series.pop_oldest() {
                    changed.push((entry.facts, false));
                }
            }
            Body::Expected(_) => {}
            Body::Chains(mut chains) => chains.clear(&mut changed),
            Body::Closing(mut closing) => {
                let kept = closing.facts.iter().chain(&closing.keys);
                changed.extend(kept.map(|text| (*text, false)));
                changed.push((closing.first.facts, false));
                if let Some(chains) = &mut closing.chains {
                    chains.clear(&mut changed);
                }
            }
        }
        self.count_uses(&changed);
    }

    pub(crate) fn count_uses(&mut self, changed: &[(u32, bool)]) {
        // First the new uses, so that nothing falls away between.
        for (text, _) in changed.iter().filter(|(_, is_more)| *is_more) {
            self.store.texts.retain(*text);
        }
        for (text, _) in changed.iter().filter(|(_, is_more)| !*is_more) {
            self.store.texts.release(*text);
        }
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

/// One event on its way into the groups of one watch.
pub(crate) struct Feed<'c, 'e> {
    pub core: &'c mut Core,
    pub plan: &'c Plan,
    pub watch: &'c Watch,
    pub number: u32,
    pub event: &'c Event<'e>,
    pub occurrence: Occurrence<'c>,
    pub entry: Entry,
    pub scratch: &'c mut Scratch,
}

impl Feed<'_, '_> {
    /// Whether an alert grew; `None` when the event belongs to no group or has nothing that counts.
    fn run(&mut self, members: &[(u32, u32)]) -> Option<bool> {
        if !self.prepare() {
            return None;
        }
        let mut key = std::mem::take(&mut self.scratch.key);
        let mut grown = None;
        if self.watch.is_uniform || members.len() == 1 {
            key.clear();
            let first = members.first().map_or(0, |(_, member)| *member);
            if self.push_key(&mut key, first) {
                grown = Some(self.give(&key, members));
            }
        } else {
            // Rules that look at the same event through different aliases may put it into different groups.
            let mut by_key: Vec<(Vec<u8>, Members)> = Vec::new();
            for member in members {
                key.clear();
                if !self.push_key(&mut key, member.1) {
                    continue;
                }
                match by_key.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, known)) => known.push(*member),
                    None => by_key.push((key.clone(), vec![*member])),
                }
            }
            for (key, members) in by_key {
                grown = Some(self.give(&key, &members) | grown.unwrap_or(false));
            }
        }
        self.scratch.key = key;
        for text in self.scratch.texts.drain(..) {
            self.core.store.texts.release(text);
        }
        grown
    }

    /// Reads what is counted; whether there is anything.
    fn prepare(&mut self) -> bool {
        let (watch, scratch) = (self.watch, &mut *self.scratch);
        scratch.texts.clear();
        if watch.kind == Kind::ValueCount {
            self.event
                .counted_values(&watch.fields, &mut scratch.counted);
            let texts = &mut self.core.store.texts;
            scratch.texts.extend(
                scratch
                    .counted
                    .iter()
                    .map(|value| texts.intern(value.as_bytes())),
            );
            return !scratch.texts.is_empty();
        }
        if watch.is_numeric() {
            self.core.counts.values_not_numbers +=
                self.event.numbers(&watch.fields, &mut scratch.numbers);
            return !scratch.numbers.is_empty();
        }
        true
    }

    /// The folded key of the group, seen through one member; whether the event has it.
    fn push_key(&mut self, key: &mut Vec<u8>, member: u32) -> bool {
        let Some(member) = self.watch.members.get(member as usize) else {
            return false;
        };
        if self.watch.kind == Kind::Event {
            // Of the fields those that the event has, so that no hit is ever without an alert.
            for field in &member.group {
                let Some(value) = self.event.group_value(*field) else {
                    continue;
                };
                let name = self.plan.field_names.get(*field as usize);
                push_part(key, name.map_or(&[], |name| name.as_bytes()));
                push_part(key, normal(&value).as_bytes());
            }
            return true;
        }
        member.group.iter().all(|field| {
            self.event
                .push_group_value(key, &mut self.scratch.text, *field)
        })
    }

    /// The numbers of this event, for the kinds that compare them.
    pub(crate) fn numbers(&mut self) -> Vec<Exact> {
        self.scratch.numbers.clone()
    }

    /// The keys that this event counts for: values, members, or none where each event counts once.
    pub(crate) fn keys(&mut self, members: &[(u32, u32)]) -> Vec<u32> {
        match self.watch.kind {
            Kind::ValueCount => self.scratch.texts.clone(),
            Kind::Temporal => {
                let known = self.core.member_texts.get(self.number as usize);
                let mut named: Vec<(&str, u32)> = members
                    .iter()
                    .filter_map(|(_, member)| {
                        let id = &self.watch.members.get(*member as usize)?.id;
                        Some((id.as_str(), *known?.get(*member as usize)?))
                    })
                    .collect();
                named.sort_unstable();
                named.dedup();
                named.into_iter().map(|(_, text)| text).collect()
            }
            _ => Vec::new(),
        }
    }
}
