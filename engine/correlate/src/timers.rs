//! When groups end: one timer a window, or one a watch whose groups stand in the order of their last events.

use crate::core::Core;
use crate::slab::NONE;
use crate::watch::Watch;

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
    pub(crate) fn forget_old(&mut self, watch: &Watch, number: u32, depth: u32, watermark_us: i64) {
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
