//! A lane: events in event time, from the buffer before the watermark to the firings behind it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::absence::CLOCK;
use crate::core::{Core, Occurrence};
use crate::event::{EventRef, head};
use crate::firing::Changes;
use crate::inner::Inner;
use crate::ordered::Place;
use crate::plan::Kind;
use crate::slab::NONE;
use crate::store::BEGINNING;
use crate::values::Reader;
use crate::watch::{Plan, Watch};

/// From here on a promise is everything, and no time.
const END_US: i64 = 1 << 62;

/// One line that rules hit: first byte, one past its newline, rule numbers.
pub type Hit = (usize, usize, Vec<u32>);

/// An event that waits for the watermark.
#[derive(Debug)]
struct Pending {
    time_us: i64,
    event: EventRef,
    line: Box<[u8]>,
    hits: Box<[u32]>,
    is_kept: bool,
}

impl Pending {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.line.len() + size_of_val(&*self.hits)
    }
}

/// Hits of one stream that lie behind the watermark, by their places among the hits handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The sensor.
    pub sensor: String,
    /// Its epoch.
    pub epoch: u64,
    /// Places.
    pub places: Vec<usize>,
}

/// An event that waits, as a checkpoint keeps it: id, time, line.
pub type Waiting = (String, i64, Vec<u8>);

/// Events, groups and timers of one dataset's main lane, or of one stream that is catching up.
#[derive(Debug)]
pub struct Lane {
    /// Everything up to here has been seen.
    pub watermark_us: i64,
    /// Groups, episodes and counts.
    pub core: Core,
    pending: VecDeque<Pending>,
    pending_bytes: usize,
    waiting: usize,
    is_sorted: bool,
    /// Kept pending events that were evaluated since.
    released: Vec<EventRef>,
    last: Option<(i64, EventRef)>,
    /// The last watermark that was a time, once everything is promised.
    last_us: i64,
    reader: Reader,
    fed: Vec<(u32, u32)>,
}

impl Lane {
    /// A lane in which nothing has happened.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            watermark_us: BEGINNING,
            reader: Reader::new(&plan.fields),
            core: Core::new(plan),
            pending: VecDeque::new(),
            pending_bytes: 0,
            waiting: 0,
            is_sorted: true,
            released: Vec::new(),
            last: None,
            last_us: BEGINNING,
            fed: Vec::new(),
        }
    }

    /// Takes what a scan found; what lies behind the watermark is named and left to a lane of its own.
    ///
    /// A time beyond `latest_us` comes from a wrong clock: the event counts at `ingested_us`.
    pub fn observe(
        &mut self,
        lines: &[u8],
        hits: &[Hit],
        ingested_us: i64,
        latest_us: i64,
    ) -> Vec<Late> {
        let mut late: Vec<Late> = Vec::new();
        for (place, hit) in hits.iter().enumerate() {
            let Some(pending) = self.read(lines, hit, ingested_us, latest_us) else {
                continue;
            };
            if pending.time_us > self.watermark_us {
                self.push(pending);
                continue;
            }
            self.core.counts.late += 1;
            let (sensor, epoch) = self
                .core
                .streams
                .get(pending.event.stream)
                .unwrap_or_default();
            match late
                .iter_mut()
                .find(|late| late.epoch == epoch && late.sensor == sensor)
            {
                Some(late) => late.places.push(place),
                None => late.push(Late {
                    sensor: sensor.to_owned(),
                    epoch,
                    places: vec![place],
                }),
            }
        }
        late
    }

    /// Takes events behind the main watermark, one by one up to `target_us`. One that is behind its own stream's promise too is
    /// ordered by nothing any more: it is evaluated as it comes.
    pub fn observe_late(
        &mut self,
        lines: &[u8],
        hits: &[Hit],
        ingested_us: i64,
        latest_us: i64,
        target_us: i64,
    ) {
        self.core.is_complete = false;
        for hit in hits {
            let Some(pending) = self.read(lines, hit, ingested_us, latest_us) else {
                continue;
            };
            self.watermark_us = self.watermark_us.min(pending.time_us.saturating_sub(1));
            self.push(pending);
            self.advance(target_us, usize::MAX);
        }
        // The main lane has counted these already.
        self.core.counts.skewed = 0;
    }

    fn read(
        &mut self,
        lines: &[u8],
        hit: &Hit,
        ingested_us: i64,
        latest_us: i64,
    ) -> Option<Pending> {
        let (start, end, rules) = hit;
        let line = lines.get(*start..*end).unwrap_or_default();
        let Some((mut time_us, event)) =
            head(line).and_then(|(time, id)| Some((time, self.core.streams.parse(id)?)))
        else {
            self.core.counts.unreadable += 1;
            return None;
        };
        if time_us > latest_us {
            self.core.counts.skewed += 1;
            time_us = ingested_us;
        }
        Some(Pending {
            time_us,
            event,
            line: line.into(),
            hits: rules.as_slice().into(),
            is_kept: false,
        })
    }

    fn push(&mut self, pending: Pending) {
        if let Some(last) = self.pending.back() {
            let order = last
                .time_us
                .cmp(&pending.time_us)
                .then_with(|| self.core.streams.compare(last.event, pending.event));
            self.is_sorted &= order.is_le();
        }
        self.waiting += pending.hits.len();
        self.pending_bytes += pending.bytes();
        self.pending.push_back(pending);
    }

    fn sort(&mut self) {
        if self.is_sorted {
            return;
        }
        let streams = &self.core.streams;
        // What waited was sorted and what came is nearly so: the sort joins runs.
        self.pending.make_contiguous().sort_by(|left, right| {
            left.time_us
                .cmp(&right.time_us)
                .then_with(|| streams.compare(left.event, right.event))
        });
        self.is_sorted = true;
    }

    /// Everything up to this event time has been seen: evaluates it in order, then ends what is over. `false`: so many firings
    /// wait to be taken that the rest comes with the next call.
    pub fn advance(&mut self, watermark_us: i64, most_firings: usize) -> bool {
        if watermark_us < self.watermark_us {
            return true;
        }
        self.move_clocks(watermark_us);
        self.watermark_us = watermark_us;
        self.sort();
        while self
            .pending
            .front()
            .is_some_and(|pending| pending.time_us <= watermark_us)
        {
            if self.core.changes.firings.len() >= most_firings {
                return false;
            }
            let Some(pending) = self.pending.pop_front() else {
                break;
            };
            // What was over before this event is ended before it, so that a long step and many short ones see the same groups.
            self.end(pending.time_us.saturating_sub(1));
            self.release(&pending);
        }
        self.end(watermark_us);
        if self.core.is_ending {
            let plan = Arc::clone(&self.core.plan);
            self.core.end_clocks(self.last_us);
            self.feed_inner(&plan);
        }
        true
    }

    /// The clock of expected groups begins with the first watermark that is a time, and stops with the last.
    fn move_clocks(&mut self, watermark_us: i64) {
        if !self.core.judges_absence || self.core.is_ending || watermark_us == BEGINNING {
            return;
        }
        if watermark_us >= END_US {
            self.last_us = self.watermark_us;
            self.core.stop_clocks();
        } else if self.watermark_us == BEGINNING {
            self.core.begin_clocks(watermark_us);
        } else {
            self.core.begin_clocks(self.watermark_us);
        }
    }

    fn release(&mut self, pending: &Pending) {
        self.waiting -= pending.hits.len();
        self.pending_bytes = self.pending_bytes.saturating_sub(pending.bytes());
        if pending.is_kept {
            self.released.push(pending.event);
        }
        if self.last == Some((pending.time_us, pending.event)) {
            self.core.counts.duplicates += 1;
            return;
        }
        self.last = Some((pending.time_us, pending.event));
        let plan = Arc::clone(&self.core.plan);
        let mut fed = std::mem::take(&mut self.fed);
        fed.clear();
        for hit in &pending.hits {
            fed.extend(plan.by_rule.get(*hit as usize).into_iter().flatten());
        }
        fed.sort_unstable();
        let occurrence = Occurrence {
            time_us: pending.time_us,
            event: pending.event,
            place: Place {
                time_us: pending.time_us,
                event: Some(pending.event),
            },
            line: &pending.line,
            facts: NONE,
        };
        match self.reader.read(&plan.fields, &pending.line) {
            Some(event) => self.core.feed(&event, occurrence, &fed),
            None => self.core.counts.unreadable += 1,
        }
        self.count(&plan, &pending.hits);
        self.fed = fed;
        self.feed_inner(&plan);
    }

    /// What became of each match.
    fn count(&mut self, plan: &Plan, hits: &[u32]) {
        let grown = &self.core.grown_watches;
        let counts = &mut self.core.counts;
        for hit in hits {
            counts.matched += 1;
            let own = plan.by_rule.get(*hit as usize).and_then(|fed| {
                fed.iter().map(|(watch, _)| *watch).find(|watch| {
                    plan.watches
                        .get(*watch as usize)
                        .is_some_and(|watch| watch.kind == Kind::Event && !watch.is_silent)
                })
            });
            match own {
                None => counts.suppressed += 1,
                Some(watch) if grown.contains(&watch) => counts.grouped += 1,
                Some(_) => counts.alerted += 1,
            }
        }
    }

    /// Gives inner firings to the outer watches, theirs too, until all is quiet; a chain's length is bounded by the plan.
    fn feed_inner(&mut self, plan: &Plan) {
        while let Some(inner) = self.core.inner.pop() {
            self.feed_one(plan, &inner);
        }
    }

    fn feed_one(&mut self, plan: &Plan, inner: &Inner) {
        let fed = plan
            .by_watch
            .get(inner.watch as usize)
            .map_or(&[][..], Vec::as_slice);
        let facts = self.core.store.texts.intern(&inner.facts);
        let occurrence = Occurrence {
            time_us: inner.time_us,
            event: inner.event,
            place: Place {
                time_us: inner.time_us,
                event: inner.place,
            },
            line: &inner.line,
            facts,
        };
        match self.reader.read(&plan.fields, &inner.fields) {
            Some(event) => self.core.feed(&event, occurrence, fed),
            None => self.core.counts.unreadable += 1,
        }
        self.core.store.texts.release(facts);
    }

    /// Forgets groups that can no longer matter; judges windows that are over: at one time by depth, inner firings in between.
    fn end(&mut self, watermark_us: i64) {
        let mut now_us = watermark_us;
        loop {
            let due = self.core.timers.first().copied();
            let due = due.filter(|timer| timer.0 <= watermark_us);
            let waits = self.core.inner.depth();
            let is_first = match (due, waits) {
                (None, None) => return,
                (Some((ends_us, depth, _, _)), Some(inner)) => ends_us <= now_us && depth <= inner,
                (timer, _) => timer.is_some(),
            };
            let plan = Arc::clone(&self.core.plan);
            if !is_first {
                if let Some(inner) = self.core.inner.pop() {
                    self.feed_one(&plan, &inner);
                }
                continue;
            }
            let Some((ends_us, depth, number, group)) = self.core.timers.pop_first() else {
                return;
            };
            now_us = ends_us;
            let Some(watch) = plan.watches.get(number as usize) else {
                continue;
            };
            if group == CLOCK {
                let up_to_us = if self.core.is_quiet(number) {
                    watermark_us
                } else {
                    ends_us
                };
                self.core.judge_clock(watch, number, up_to_us);
            } else if group == NONE {
                // An inner firing before the watermark may still keep a group of an outer watch.
                let up_to_us = if depth == 0 { watermark_us } else { now_us };
                self.core.forget_old(watch, number, depth, up_to_us);
            } else {
                self.core.judge(watch, number, group);
                self.core.forget(group);
            }
        }
    }

    /// Everything since the last time.
    pub fn take_changes(&mut self) -> Changes {
        self.core.take_changes()
    }

    /// Events that wait.
    #[must_use]
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// Memory of the events that wait.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// Matches (event and rule) that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// The time of the n-th waiting event.
    pub fn pending_time(&mut self, place: usize) -> Option<i64> {
        self.sort();
        self.pending.get(place).map(|pending| pending.time_us)
    }

    /// Nothing waits and nothing is open.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.pending.is_empty() && self.core.store.is_empty()
    }

    /// The events that began and that ceased to wait since the last time.
    pub fn take_pending(&mut self) -> (Vec<Waiting>, Vec<String>) {
        let streams = &self.core.streams;
        let removed = std::mem::take(&mut self.released)
            .into_iter()
            .map(|event| streams.id(event))
            .collect();
        let mut added = Vec::new();
        for pending in self.pending.iter_mut().filter(|pending| !pending.is_kept) {
            pending.is_kept = true;
            added.push((
                streams.id(pending.event),
                pending.time_us,
                pending.line.to_vec(),
            ));
        }
        (added, removed)
    }

    /// Takes back events that waited, each with its time.
    pub fn restore_pending(&mut self, lines: &[u8], hits: &[Hit], times: &[i64]) {
        for (hit, time_us) in hits.iter().zip(times) {
            if let Some(mut pending) = self.read(lines, hit, 0, i64::MAX) {
                pending.time_us = *time_us;
                pending.is_kept = true;
                self.push(pending);
            }
        }
    }

    /// Whether there is something to hand out or to keep.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.core.has_changes()
            || !self.released.is_empty()
            || self.pending.iter().any(|pending| !pending.is_kept)
    }
}

impl Core {
    /// Sees to it that a new group ends.
    pub(crate) fn arm(&mut self, watch: &Watch, number: u32, group: u32, now_us: i64) {
        let ends_us = now_us.saturating_add(watch.timespan_us);
        if !watch.is_rising {
            self.timers.insert((ends_us, watch.depth, number, group));
            return;
        }
        // The groups of a sliding window stand in the order of their last events: one timer for the first is enough.
        if let Some(armed) = self.armed.get_mut(number as usize)
            && !*armed
        {
            *armed = true;
            self.timers.insert((ends_us, watch.depth, number, NONE));
        }
    }

    /// Forgets the groups of a sliding window whose last event is too long ago.
    fn forget_old(&mut self, watch: &Watch, number: u32, depth: u32, watermark_us: i64) {
        loop {
            let head = self.store.list(number).head;
            let Some(group) = self.store.group(head) else {
                if let Some(armed) = self.armed.get_mut(number as usize) {
                    *armed = false;
                }
                return;
            };
            let ends_us = group.last_us.saturating_add(watch.timespan_us);
            if ends_us > watermark_us {
                self.timers.insert((ends_us, depth, number, NONE));
                return;
            }
            self.forget(head);
        }
    }
}
