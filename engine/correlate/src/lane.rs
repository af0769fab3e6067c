//! A lane: events in event time, from the buffer before the watermark to the firings behind it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::absence::CLOCK;
use crate::core::{Core, Occurrence};
use crate::event::{EventRef, head};
use crate::firing::Changes;
use crate::inner::Inner;
use crate::ordered::Place;
use crate::pending::Pending;
use crate::plan::Kind;
use crate::slab::NONE;
use crate::store::BEGINNING;
use crate::values::Reader;
use crate::watch::Plan;

/// From here on a promise is everything, and no time.
const END_US: i64 = 1 << 62;

/// One line that rules hit: first byte, one past its newline, rule numbers.
pub type Hit = (usize, usize, Vec<u32>);

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

/// Events, groups and timers of one dataset's main lane, or of one stream that is catching up.
#[derive(Debug)]
pub struct Lane {
    /// Everything up to here has been seen.
    pub watermark_us: i64,
    /// Groups, episodes and counts.
    pub core: Core,
    pub(crate) pending: VecDeque<Pending>,
    pub(crate) pending_bytes: usize,
    pub(crate) waiting: usize,
    pub(crate) is_sorted: bool,
    /// Kept pending events that were evaluated since.
    pub(crate) released: Vec<EventRef>,
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

    pub(crate) fn read(
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
        // A rule that came into force behind a watermark begins there, also when nothing is promised after it but the end.
        let first_us = if self.watermark_us == BEGINNING {
            watermark_us
        } else {
            self.watermark_us
        };
        if first_us < END_US {
            self.core.begin_clocks(first_us);
        }
        if watermark_us >= END_US {
            self.last_us = self.watermark_us;
            self.core.stop_clocks();
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

    /// Nothing waits and nothing is open.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.pending.is_empty() && self.core.store.is_empty()
    }

    /// Whether there is something to hand out or to keep.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.core.has_changes()
            || !self.released.is_empty()
            || self.pending.iter().any(|pending| !pending.is_kept)
    }
}
