//! Absence: groups that each window of the clock must have seen (docs/reference/correlation.md, section 5).
//!
//! Windows are [k · timespan, (k + 1) · timespan). Silent windows in a row are one alert, so a silence of any length costs the same:
//! only the first of many empty windows is looked at.

use crate::body::{Body, Closing};
use crate::core::Core;
use crate::episode::Episode;
use crate::event::EventRef;
use crate::firing::{Firing, Gathered};
use crate::plan::Fire;
use crate::slab::NONE;
use crate::store::Entry;
use crate::values::{normal, push_part};
use crate::watch::Watch;

/// The group number of timers for windows of the clock.
pub const CLOCK: u32 = NONE - 1;

/// Where a watch with expected groups stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// The first microsecond of the window that is judged next; `None` = it has not begun.
    pub start_us: Option<i64>,
    /// The newest event that fed the watch.
    pub latest_us: Option<i64>,
}

/// One expected group in the window that is judged next.
#[derive(Debug)]
pub struct Expected {
    /// The window's first microsecond.
    pub start_us: i64,
    /// The newest event that fed the watch, whatever its group.
    pub latest_us: Option<i64>,
    /// Its values as the rule has them.
    pub values: Vec<String>,
    /// What came in the window.
    pub closing: Option<Box<Closing>>,
}

impl Core {
    /// Whether a watch waits for groups here.
    pub(crate) fn expects(&self, watch: &Watch) -> bool {
        self.judges_absence && watch.expect.is_some()
    }

    /// The watches with expected groups whose clock has not begun begin after this time.
    pub(crate) fn begin_clocks(&mut self, after_us: i64) {
        let plan = std::sync::Arc::clone(&self.plan);
        for (number, watch) in (0_u32..).zip(&plan.watches) {
            if self.expects(watch)
                && watch.retired.is_none()
                && self.clock(number).start_us.is_none()
            {
                self.begin_clock(watch, number, after_us.saturating_add(1));
            }
        }
    }

    /// From here on time goes on with this watch's own events only.
    pub(crate) fn stop_clocks(&mut self) {
        self.timers.retain(|timer| timer.3 != CLOCK);
        self.is_ending = true;
    }

    /// Judges what the end of everything leaves, and forgets the expected groups.
    pub(crate) fn end_clocks(&mut self, last_us: i64) {
        let plan = std::sync::Arc::clone(&self.plan);
        for (number, watch) in (0_u32..).zip(&plan.watches) {
            if !self.expects(watch) {
                continue;
            }
            let end_us = self
                .clock(number)
                .latest_us
                .map_or(last_us, |latest| latest.max(last_us));
            self.judge_clock(watch, number, end_us);
            self.end_clock(number);
        }
    }

    /// Nothing is waited for any more.
    fn end_clock(&mut self, number: u32) {
        if let Some(clock) = self.clocks.get_mut(number as usize) {
            *clock = Clock::default();
        }
        loop {
            let head = self.store.list(number).head;
            if self.store.group(head).is_none() {
                return;
            }
            self.forget(head);
        }
    }

    /// Whether nothing came in the window that is judged next.
    pub(crate) fn is_quiet(&self, number: u32) -> bool {
        let mut at = self.store.list(number).head;
        while let Some(group) = self.store.group(at) {
            if let Some(Body::Expected(expected)) = group.body.as_deref()
                && expected.closing.is_some()
            {
                return false;
            }
            at = self.store.next(at);
        }
        true
    }

    pub(crate) fn clock(&self, number: u32) -> Clock {
        self.clocks
            .get(number as usize)
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn begin_clock(&mut self, watch: &Watch, number: u32, begin_us: i64) {
        let span = watch.timespan_us;
        let start_us = begin_us
            .checked_add(span - 1)
            .map_or(begin_us, |end| end.div_euclid(span).saturating_mul(span));
        for values in watch.expect.iter().flatten() {
            let mut key = Vec::new();
            for value in values {
                push_part(&mut key, normal(value).as_bytes());
            }
            if self.store.find(number, &key).is_some() {
                continue;
            }
            let group = self.store.create(number, &key, start_us);
            if let Some(group) = self.store.group_mut(group) {
                group.body = Some(Box::new(Body::Expected(Expected {
                    start_us,
                    latest_us: None,
                    values: values.clone(),
                    closing: None,
                })));
            }
            self.store.mark(group);
        }
        self.arm_clock(watch, number, start_us, None);
    }

    /// The watch's next window begins here.
    pub(crate) fn arm_clock(
        &mut self,
        watch: &Watch,
        number: u32,
        start_us: i64,
        latest_us: Option<i64>,
    ) {
        let Some(clock) = self.clocks.get_mut(number as usize) else {
            return;
        };
        clock.start_us = Some(start_us);
        clock.latest_us = clock.latest_us.max(latest_us);
        if !self.is_ending {
            let ends_us = start_us.saturating_add(watch.timespan_us - 1);
            self.timers.insert((ends_us, watch.depth, number, CLOCK));
        }
    }

    /// Judges every whole window up to this microsecond.
    pub(crate) fn judge_clock(&mut self, watch: &Watch, number: u32, up_to_us: i64) {
        let span = watch.timespan_us;
        let Some(start_us) = self.clock(number).start_us else {
            return;
        };
        let until_us = self.ends_us(watch, number).unwrap_or(i64::MAX);
        let up_to_us = up_to_us.min(until_us);
        let windows = up_to_us
            .saturating_add(1)
            .saturating_sub(start_us)
            .div_euclid(span);
        if windows <= 0 {
            if start_us.saturating_add(span - 1) > until_us {
                self.end_clock(number);
            }
            return;
        }
        let next_us = start_us.saturating_add(windows.saturating_mul(span));
        let mut groups = Vec::new();
        let mut at = self.store.list(number).head;
        while let Some(group) = self.store.group(at) {
            groups.push((group.key, at));
            at = self.store.next(at);
        }
        // At one time groups come in the order of their keys.
        groups.sort_by(|left, right| {
            self.store
                .texts
                .get(left.0)
                .cmp(self.store.texts.get(right.0))
        });
        for (_, group) in groups {
            self.judge_expected(watch, number, group, windows.unsigned_abs());
            let latest_us = self.clock(number).latest_us;
            if let Some(Body::Expected(expected)) = self
                .store
                .group_mut(group)
                .and_then(|group| group.body.as_deref_mut())
            {
                expected.start_us = next_us;
                expected.latest_us = latest_us;
            }
            self.store.mark(group);
        }
        if next_us.saturating_add(span - 1) > until_us {
            self.end_clock(number);
        } else {
            self.arm_clock(watch, number, next_us, None);
        }
    }

    /// One group over so many windows, of which only the first can hold anything.
    fn judge_expected(&mut self, watch: &Watch, number: u32, group: u32, windows: u64) {
        let span = watch.timespan_us;
        let Some(Body::Expected(expected)) = self
            .store
            .group_mut(group)
            .and_then(|group| group.body.as_deref_mut())
        else {
            return;
        };
        let (start_us, values) = (expected.start_us, expected.values.clone());
        let closing = expected.closing.take();
        let freed = closing.as_ref().map_or(0, |closing| closing.bytes());
        self.memory.bodies = self.memory.bodies.saturating_sub(freed);
        let nothing = Closing::new(
            watch,
            Entry {
                facts: NONE,
                ..Entry::default()
            },
            &[],
            Vec::new(),
            Vec::new(),
        );
        let seen = closing.as_deref().unwrap_or(&nothing);
        let first = self.observed(watch, number, seen);
        let firing =
            first.map(|observed| self.absence(watch, group, (start_us, &values), seen, observed));
        self.row(watch, number, group, firing, 1);
        if let Some(closing) = closing {
            self.release_body(Body::Closing(closing));
        }
        if windows > 1 {
            let start_us = start_us.saturating_add(span);
            let firing = self.observed(watch, number, &nothing).map(|observed| {
                self.absence(watch, group, (start_us, &values), &nothing, observed)
            });
            self.row(watch, number, group, firing, windows - 1);
        }
    }

    /// So many windows that say the same: an alert begins or goes on, or there is none any more.
    fn row(
        &mut self,
        watch: &Watch,
        number: u32,
        group: u32,
        firing: Option<Firing>,
        windows: u64,
    ) {
        let open = self.store.group(group).map_or(NONE, |group| group.episode);
        let mut episode = open;
        match firing {
            None => {
                self.close(open);
                episode = NONE;
            }
            Some(firing) => {
                let last_us = firing.end_us.saturating_add(
                    watch
                        .timespan_us
                        .saturating_mul(i64::try_from(windows - 1).unwrap_or(i64::MAX)),
                );
                let mut more = windows;
                if open == NONE {
                    more -= 1;
                    let is_said = self.says(watch, number, firing.start_us);
                    episode = self.open(&firing, is_said);
                    self.tell_absence(watch, number, firing, episode);
                    self.counts.alerts_opened += u64::from(is_said);
                }
                if more > 0 {
                    self.prolong(episode, more, last_us);
                    if self.is_numbered(episode) {
                        self.counts.alerts_grown += more;
                    }
                }
            }
        }
        if let Some(group) = self.store.group_mut(group) {
            group.episode = episode;
        }
    }

    fn tell_absence(&mut self, watch: &Watch, number: u32, firing: Firing, episode: u32) {
        debug_assert_eq!(watch.fire, Fire::Episode);
        self.tell(watch, number, (EventRef::NOBODY, None), firing, episode);
    }

    fn absence(
        &self,
        watch: &Watch,
        group: u32,
        (start_us, values): (i64, &[String]),
        seen: &Closing,
        observed: String,
    ) -> Firing {
        let end_us = start_us.saturating_add(watch.timespan_us - 1);
        let mut gathered = Gathered::default();
        for facts in &seen.facts {
            gathered.add_facts(watch, self.store.texts.get(*facts));
        }
        for entity in &watch.entities {
            // Nobody came who could name it: the group itself is what the alert is about.
            let name = self.plan.field_names.get(entity.field as usize);
            let place = watch.group_by.iter().position(|field| Some(field) == name);
            if let Some(value) = place.and_then(|place| values.get(place)) {
                gathered.add_entity((entity.kind.clone(), entity.role.clone(), value.clone()));
            }
        }
        let key = self
            .store
            .group(group)
            .map(|group| crate::values::parts(self.store.texts.get(group.key)));
        let mut firing = Firing {
            watch: watch.name.clone(),
            fields: watch.group_by.clone(),
            key: key.unwrap_or_default(),
            values: values.to_vec(),
            start_us,
            end_us,
            last_us: end_us,
            observed,
            line: seen.line.to_vec(),
            is_complete: self.is_complete,
            ..Firing::default()
        };
        gathered.into_firing(&mut firing);
        firing.event_ids = seen.ids.iter().map(|id| self.streams.id(*id)).collect();
        firing.event_count = seen.weight;
        firing
    }
}

impl Episode {
    /// So many windows more.
    fn prolong(&mut self, windows: u64, last_us: i64) {
        self.hits = self.hits.saturating_add(windows);
        self.last_us = last_us;
    }
}

impl Core {
    fn prolong(&mut self, episode: u32, windows: u64, last_us: i64) {
        if let Some(open) = self.episodes.get_mut(episode) {
            open.prolong(windows, last_us);
            self.note_growth(episode);
        }
    }
}
