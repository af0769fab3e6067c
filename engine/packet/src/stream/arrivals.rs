//! When the bytes came that wait for their parser: a parser gets them with the acknowledgement, which may be late.
//!
//! The last few moments are kept, each with the end of what had come by then; of more, the last ones count as one.

/// Moments kept for one direction.
const MAX_ARRIVALS: usize = 16;

/// Moments, in order; places are counted in the buffer of the direction.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    moments: Vec<(usize, u64)>,
    /// Time of the bytes that were offered last, unless more of the same moment follow them.
    offered_us: Option<u64>,
}

impl Arrivals {
    /// Bytes up to `end` have come by now; those up to `seen` were offered before.
    pub(super) fn note(&mut self, seen: usize, end: usize, time_us: u64) {
        let is_full = self.moments.len() >= MAX_ARRIVALS;
        match self.moments.last_mut() {
            Some((known, _)) if *known >= end => {}
            Some((known, at_us)) if is_full || *at_us == time_us => {
                *known = end;
                *at_us = time_us;
            }
            None if end <= seen => {}
            _ => self.moments.push((end, time_us)),
        }
    }

    /// The bytes that came first of those behind `seen`: where they end, at most at `end`, and when they came.
    pub(super) fn next(&self, seen: usize, end: usize) -> (usize, Option<u64>) {
        let behind = self.moments.iter().find(|(place, _)| *place > seen);
        behind.map_or((end, None), |(place, at_us)| {
            ((*place).min(end), Some(*at_us))
        })
    }

    /// Bytes up to `seen` were offered.
    pub(super) fn offer(&mut self, seen: usize) {
        let count = self.moments.iter().take_while(|(end, _)| *end <= seen);
        let count = count.count();
        let last = self.moments.drain(..count).next_back();
        if last.is_some() || !self.moments.is_empty() {
            let whole = last.filter(|(end, _)| *end == seen);
            self.offered_us = whole.map(|(_, at_us)| at_us);
        }
    }

    /// Bytes up to `end` are to be offered once more.
    pub(super) fn take_back(&mut self, end: usize) {
        if let Some(at_us) = self.offered_us {
            self.moments.insert(0, (end, at_us));
        }
    }

    /// The buffer begins `by` bytes later now.
    pub(super) fn shift(&mut self, by: usize) {
        for (end, _) in &mut self.moments {
            *end = end.saturating_sub(by);
        }
    }

    /// The buffer is empty.
    pub(super) fn clear(&mut self) {
        self.moments.clear();
    }
}
