//! Numbers of a window: exact sum, and their order for medians and percentiles.

use std::collections::VecDeque;

use crate::exact::{Exact, Ratio};
use crate::plan::Kind;
use crate::store::Entry;
use crate::watch::Watch;

/// A window holds at most this many numbers of one group; beyond it the oldest go, and that is counted.
pub const MOST_NUMBERS: usize = 10_000;
/// A block of the sorted list is split when it has more.
const BLOCK: usize = 128;

/// Numbers in the order of their events, their sum, and, where the order matters, sorted.
#[derive(Debug, Default)]
pub struct Series {
    entries: VecDeque<(Entry, Exact)>,
    sum: Sum,
    sorted: Option<Sorted>,
}

#[derive(Debug)]
struct Sum(Exact);

impl Default for Sum {
    fn default() -> Self {
        Self(Exact::ZERO)
    }
}

impl Series {
    /// For what a watch compares.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            sorted: matches!(kind, Kind::ValueMedian | Kind::ValuePercentile).then(Sorted::default),
            ..Self::default()
        }
    }

    /// One number more; what had to go for it.
    pub fn push(&mut self, entry: Entry, value: Exact) -> Option<Entry> {
        let gone = if self.entries.len() >= MOST_NUMBERS {
            self.pop_oldest()
        } else {
            None
        };
        self.sum.0 = self.sum.0.plus(&value);
        if let Some(sorted) = &mut self.sorted {
            sorted.insert(value.clone());
        }
        self.entries.push_back((entry, value));
        gone
    }

    /// Forgets the oldest.
    pub fn pop_oldest(&mut self) -> Option<Entry> {
        let (entry, value) = self.entries.pop_front()?;
        self.sum.0 = self.sum.0.minus(&value);
        if let Some(sorted) = &mut self.sorted {
            sorted.remove(&value);
        }
        Some(entry)
    }

    /// Forgets the oldest if it is before this time.
    pub fn pop_before(&mut self, time_us: i64) -> Option<Entry> {
        if self.entries.front()?.0.time_us < time_us {
            self.pop_oldest()
        } else {
            None
        }
    }

    /// Events and numbers, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (&Entry, &Exact)> {
        self.entries.iter().map(|(entry, value)| (entry, value))
    }

    /// How many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Memory of its numbers; values that were read are small.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let sorted = usize::from(self.sorted.is_some()) * size_of::<Exact>();
        self.len() * (size_of::<(Entry, Exact)>() + sorted)
    }

    /// What the watch compares; `None` without numbers.
    #[must_use]
    pub fn value(&self, watch: &Watch) -> Option<Ratio> {
        let count = self.entries.len() as u64;
        if count == 0 {
            return None;
        }
        match watch.kind {
            Kind::ValueSum => Some(Ratio::of(self.sum.0.clone())),
            Kind::ValueAvg => Some(Ratio {
                numerator: self.sum.0.clone(),
                denominator: count,
            }),
            _ => self.sorted.as_ref()?.at(
                watch.percentile.numerator,
                watch.percentile.denominator,
                count,
            ),
        }
    }
}

/// A sorted list in blocks: adding, taking out and finding the n-th cost the square root of its length.
#[derive(Debug, Default)]
struct Sorted {
    blocks: Vec<Vec<Exact>>,
}

impl Sorted {
    fn insert(&mut self, value: Exact) {
        let at = self
            .blocks
            .partition_point(|block| block.last().is_some_and(|last| *last < value))
            .min(self.blocks.len().saturating_sub(1));
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push(vec![value]);
            return;
        };
        let place = block.partition_point(|known| *known < value);
        block.insert(place, value);
        if block.len() > BLOCK {
            let upper = block.split_off(BLOCK / 2);
            self.blocks.insert(at + 1, upper);
        }
    }

    fn remove(&mut self, value: &Exact) {
        let at = self
            .blocks
            .partition_point(|block| block.last().is_some_and(|last| last < value));
        let Some(block) = self.blocks.get_mut(at) else {
            return;
        };
        let place = block.partition_point(|known| known < value);
        if block.get(place).is_some_and(|known| known == value) {
            block.remove(place);
        }
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    fn nth(&self, mut place: u64) -> Option<&Exact> {
        for block in &self.blocks {
            let length = block.len() as u64;
            if place < length {
                return block.get(usize::try_from(place).ok()?);
            }
            place -= length;
        }
        None
    }

    /// The place (n − 1) · p on the line through the sorted numbers, exactly.
    fn at(&self, numerator: u64, denominator: u64, count: u64) -> Option<Ratio> {
        let place = (count - 1).checked_mul(numerator)?;
        let (whole, part) = (place / denominator, place % denominator);
        let low = self.nth(whole)?;
        if part == 0 {
            return Some(Ratio::of(low.clone()));
        }
        let high = self.nth(whole + 1)?;
        Some(Ratio {
            numerator: low.times(denominator).plus(&high.minus(low).times(part)),
            denominator,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(values: &[&str]) -> Series {
        let mut series = Series::new(Kind::ValueMedian);
        for value in values {
            series.push(Entry::default(), Exact::parse(value).unwrap());
        }
        series
    }

    #[test]
    fn a_percentile_lies_between_two_numbers_on_a_straight_line() {
        // 1, 2, 3, 4: the 95th percentile lies at place 2.85, so 3 + 0.85 = 3.85; the median at 1.5, so 2.5.
        let series = filled(&["4", "1", "3", "2"]);
        let sorted = series.sorted.as_ref().unwrap();
        assert_eq!(sorted.at(95, 100, 4).unwrap().text(), "3.85");
        assert_eq!(sorted.at(50, 100, 4).unwrap().text(), "2.5");
        assert_eq!(sorted.at(100, 100, 4).unwrap().text(), "4");
        assert_eq!(sorted.at(0, 100, 4).unwrap().text(), "1");
    }

    #[test]
    fn the_sorted_list_agrees_with_sorting_after_every_step() {
        let mut series = Series::new(Kind::ValueMedian);
        let mut plain: VecDeque<u64> = VecDeque::new();
        let mut state = 12_345_u64;
        for step in 0..3_000_u64 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let value = (state >> 33) % 500;
            series.push(Entry::default(), Exact::whole(value));
            plain.push_back(value);
            if step % 3 == 2 && plain.len() > 700 {
                series.pop_oldest();
                plain.pop_front();
            }
            let mut sorted: Vec<u64> = plain.iter().copied().collect();
            sorted.sort_unstable();
            let count = sorted.len();
            let found = series
                .sorted
                .as_ref()
                .unwrap()
                .nth((count / 2) as u64)
                .unwrap();
            assert_eq!(*found, Exact::whole(sorted[count / 2]));
        }
        assert_eq!(series.sum.0, Exact::whole(plain.iter().sum()));
    }

    #[test]
    fn a_full_window_lets_the_oldest_go() {
        let mut series = Series::new(Kind::ValueSum);
        for value in 0..MOST_NUMBERS as u64 {
            assert!(series.push(Entry::default(), Exact::whole(value)).is_none());
        }
        assert!(series.push(Entry::default(), Exact::whole(5)).is_some());
        assert_eq!(series.len(), MOST_NUMBERS);
    }
}
