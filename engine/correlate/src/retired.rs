//! Versions of rules that are no longer in force: their open windows end under them (docs/reference/correlation.md, section 10).
//!
//! Until its end such a watch counts as if nothing had changed, but it only says what began before the change. A watch without a
//! moment of change in this lane had nothing open here: it takes nothing.

use crate::core::Core;
use crate::lane::Lane;
use crate::slab::NONE;
use crate::watch::Watch;

impl Lane {
    /// Another version of this watch's rule came into force when everything up to this event time had been seen.
    pub fn retire(&mut self, name: &str, at_us: i64) {
        let number = self.core.plan.by_name.get(name).copied();
        if let Some(place) = number.and_then(|number| self.core.retired.get_mut(number as usize)) {
            *place = Some(at_us);
        }
    }

    /// The names of the retired watches that are not over yet.
    #[must_use]
    pub fn retiring(&self) -> Vec<String> {
        (0..)
            .zip(&self.core.plan.watches)
            .filter(|(number, watch)| {
                self.core
                    .ends_us(watch, *number)
                    .is_some_and(|ends_us| ends_us > self.watermark_us)
                    || watch.retired.is_some() && self.core.store.list(*number).count > 0
            })
            .map(|(_, watch)| watch.name.clone())
            .collect()
    }
}

impl Core {
    /// A moment after the change; `None` for what is in force.
    fn after(&self, watch: &Watch, number: u32, span_us: i64) -> Option<i64> {
        watch.retired?;
        let at_us = self.retired.get(number as usize).copied().flatten();
        Some(at_us.map_or(i64::MIN, |at_us| at_us.saturating_add(span_us)))
    }

    /// Until when a retired watch takes events.
    pub(crate) fn ends_us(&self, watch: &Watch, number: u32) -> Option<i64> {
        self.after(watch, number, watch.retired?.ends_us)
    }

    /// Whether a watch takes an event of this time.
    pub(crate) fn takes(&self, watch: &Watch, number: u32, time_us: i64) -> bool {
        self.ends_us(watch, number)
            .is_none_or(|ends_us| time_us <= ends_us)
    }

    /// Whether it opens a group at this time.
    pub(crate) fn opens(&self, watch: &Watch, number: u32, time_us: i64) -> bool {
        let Some(retired) = watch.retired else {
            return true;
        };
        self.after(watch, number, retired.opens_us)
            .is_none_or(|opens_us| time_us <= opens_us)
    }

    /// Whether what began at this time is said.
    pub(crate) fn says(&self, watch: &Watch, number: u32, start_us: i64) -> bool {
        let Some(retired) = watch.retired else {
            return !watch.is_silent;
        };
        let speaks_us = self.after(watch, number, retired.speaks_us);
        !watch.is_silent && speaks_us.is_none_or(|speaks_us| start_us <= speaks_us)
    }

    /// Whether an episode is heard of.
    pub(crate) fn is_numbered(&self, episode: u32) -> bool {
        episode != NONE
            && self
                .episodes
                .get(episode)
                .is_some_and(|episode| episode.number != 0)
    }
}
