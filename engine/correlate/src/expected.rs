//! What an event does to an expected group of a window of the clock.

use crate::body::{Body, Closing};
use crate::feed::Feed;

impl Feed<'_, '_> {
    /// Gives the event to the window of an expected group, if it is one.
    pub(crate) fn give_expected(&mut self, key: &[u8], members: &[(u32, u32)]) {
        let time_us = self.entry.time_us;
        if self.core.is_ending {
            // Nobody promises anything any more: this event alone says how far time has come.
            if self.watch.retired.is_none() && self.core.clock(self.number).start_us.is_none() {
                self.core.begin_clock(self.watch, self.number, time_us);
            }
            self.core
                .judge_clock(self.watch, self.number, time_us.saturating_sub(1));
        }
        if let Some(clock) = self.core.clocks.get_mut(self.number as usize) {
            clock.latest_us = clock.latest_us.max(Some(time_us));
        }
        let Some(group) = self.core.store.find(self.number, key) else {
            return;
        };
        let values = self.shown_values(members);
        let watch = self.watch;
        let (entry, line) = (self.entry, self.occurrence.line);
        let Some(Body::Expected(expected)) = self
            .core
            .store
            .group_mut(group)
            .and_then(|group| group.body.as_deref_mut())
        else {
            return;
        };
        if time_us < expected.start_us {
            return;
        }
        if expected.closing.is_none() {
            let members = members.iter().map(|(_, member)| *member).collect();
            expected.closing = Some(Box::new(Closing::new(watch, entry, line, values, members)));
            self.core.count_body(group, 0);
            self.core.store.texts.retain(entry.facts);
        }
        self.core.store.mark(group);
        self.give_closing(group, members);
    }
}
