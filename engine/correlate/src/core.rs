//! The groups of a lane and what one event does to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::absence::Clock;
use crate::body::Body;
use crate::count::Counts;
use crate::episode::Episode;
use crate::event::{EventRef, Streams};
use crate::exact::Exact;
use crate::feed::Feed;
use crate::firing::{Changes, Eviction};
use crate::inner::Queue;
use crate::memory::Memory;
use crate::ordered::Place;
use crate::sketch::Sketch;
use crate::slab::{NONE, Slab};
use crate::store::{Entry, Store};
use crate::values::Event;
use crate::watch::{Plan, Watch};

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
pub(crate) type Members = Vec<(u32, u32)>;

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
    pub(crate) grown: Vec<u32>,
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
    pub(crate) key: Vec<u8>,
    pub(crate) text: String,
    facts: Vec<u8>,
    pub(crate) counted: Vec<String>,
    pub(crate) texts: Vec<u32>,
    pub(crate) numbers: Vec<Exact>,
    pub(crate) facts_by_set: Vec<u32>,
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
