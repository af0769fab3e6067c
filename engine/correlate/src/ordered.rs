//! Rules one after another: which rows of events, at strictly growing places, hit rules in their order (gaps in the list allowed).
//!
//! For each member and length one row is enough, the *latest*: the one whose first event is latest, among these the one whose second
//! event is latest, and so on. It stays inside the timespan for longest, and what can be added to another can be added to it.

use crate::event::EventRef;
use crate::store::Entry;

/// Longest list of members.
pub const MOST_MEMBERS: usize = 32;

/// An event of a row, and the number of its place among the group's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The event.
    pub entry: Entry,
    /// Grows with each place.
    pub place: u64,
}

/// Where an event stands: firings with the same place come together, none before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Event time.
    pub time_us: i64,
    /// The event; `None` = behind all events of its time.
    pub event: Option<EventRef>,
}

/// The latest rows: `rows[member][length − 1]`, oldest event first.
#[derive(Debug, Default)]
pub struct Chains {
    rows: Vec<Vec<Vec<Step>>>,
    /// Rows that end at the newest place: nothing at that place may follow them.
    fresh: Vec<(usize, Vec<Step>)>,
    last: Option<Place>,
    places: u64,
}

impl Chains {
    /// For so many members.
    #[must_use]
    pub fn new(members: usize) -> Self {
        Self {
            rows: (0..members)
                .map(|member| vec![Vec::new(); member + 1])
                .collect(),
            ..Self::default()
        }
    }

    /// Takes the next event, which hit these members; rows are no longer than `longest`.
    ///
    /// `changed` hears of each use of an event's facts that begins (`true`) or ends.
    pub fn feed(
        &mut self,
        members: &[usize],
        longest: usize,
        timespan_us: i64,
        entry: Entry,
        place: Place,
        changed: &mut Vec<(u32, bool)>,
    ) {
        if self.last != Some(place) {
            self.settle(changed);
            self.last = Some(place);
            self.places += 1;
        }
        let oldest_us = entry.time_us.saturating_sub(timespan_us);
        let step = Step {
            entry,
            place: self.places,
        };
        for member in members {
            for length in 1..=longest.min(member + 1) {
                if let Some(row) = self.longer(*member, length, oldest_us, step) {
                    changed.extend(row.iter().map(|step| (step.entry.facts, true)));
                    self.fresh.push((*member, row));
                }
            }
        }
    }

    /// The latest row of this length that ends with this step at this member.
    fn longer(
        &self,
        member: usize,
        length: usize,
        oldest_us: i64,
        step: Step,
    ) -> Option<Vec<Step>> {
        if length == 1 {
            return Some(vec![step]);
        }
        let before = self
            .rows
            .iter()
            .take(member)
            .filter_map(|lengths| lengths.get(length - 2))
            .filter(|row| {
                row.first()
                    .is_some_and(|first| first.entry.time_us >= oldest_us)
            })
            .max_by(|left, right| places(left).cmp(places(right)))?;
        let mut row = before.clone();
        row.push(step);
        Some(row)
    }

    /// What ended at the newest place may now be followed.
    fn settle(&mut self, changed: &mut Vec<(u32, bool)>) {
        for (member, row) in std::mem::take(&mut self.fresh) {
            self.keep(member, row, changed);
        }
    }

    fn keep(&mut self, member: usize, row: Vec<Step>, changed: &mut Vec<(u32, bool)>) {
        let known = self
            .rows
            .get_mut(member)
            .and_then(|lengths| lengths.get_mut(row.len().saturating_sub(1)));
        let gone = match known {
            Some(known) if places(known).lt(places(&row)) => std::mem::replace(known, row),
            _ => row,
        };
        changed.extend(gone.iter().map(|step| (step.entry.facts, false)));
    }

    /// The latest row of this length that began at this time or later.
    #[must_use]
    pub fn latest(&self, length: usize, oldest_us: i64) -> Option<Vec<Entry>> {
        let row = self
            .iter()
            .map(|(_, row)| row)
            .filter(|row| {
                row.len() == length
                    && row
                        .first()
                        .is_some_and(|first| first.entry.time_us >= oldest_us)
            })
            .max_by(|left, right| places(left).cmp(places(right)))?;
        Some(row.iter().map(|step| step.entry).collect())
    }

    /// Every row with its member.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[Step])> {
        let settled =
            self.rows.iter().enumerate().flat_map(|(member, lengths)| {
                lengths.iter().map(move |row| (member, row.as_slice()))
            });
        let fresh = self
            .fresh
            .iter()
            .map(|(member, row)| (*member, row.as_slice()));
        settled.chain(fresh).filter(|(_, row)| !row.is_empty())
    }

    /// Memory of its rows.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.iter()
            .map(|(_, row)| size_of::<Vec<Step>>() + size_of_val(row))
            .sum()
    }

    /// The longest row of a window.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.iter().map(|(_, row)| row.len()).max().unwrap_or(0)
    }

    /// Where the newest event stands, and how many places there were.
    #[must_use]
    pub fn position(&self) -> (Option<Place>, u64) {
        (self.last, self.places)
    }

    /// After a restart: as `iter` and `position` gave them.
    pub fn restore(
        &mut self,
        rows: Vec<(usize, Vec<Step>)>,
        position: (Option<Place>, u64),
        changed: &mut Vec<(u32, bool)>,
    ) {
        (self.last, self.places) = position;
        for (member, row) in rows {
            changed.extend(row.iter().map(|step| (step.entry.facts, true)));
            if row.last().is_some_and(|last| last.place == self.places) {
                self.fresh.push((member, row));
            } else {
                self.keep(member, row, changed);
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self, changed: &mut Vec<(u32, bool)>) {
        let fresh = self.fresh.drain(..).map(|(_, row)| row);
        let settled = self.rows.iter_mut().flatten().map(std::mem::take);
        for row in settled.chain(fresh) {
            changed.extend(row.iter().map(|step| (step.entry.facts, false)));
        }
    }
}

fn places(row: &[Step]) -> impl Iterator<Item = u64> {
    row.iter().map(|step| step.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(events: &[(i64, &[usize])], needed: usize, members: usize) -> Vec<Option<Vec<i64>>> {
        let mut chains = Chains::new(members);
        let mut changed = Vec::new();
        let found = events
            .iter()
            .zip(1..)
            .map(|((time_us, hit), seq)| {
                let entry = Entry {
                    time_us: *time_us,
                    seq,
                    stream: 0,
                    facts: 7,
                };
                let place = Place {
                    time_us: *time_us,
                    event: Some(EventRef { stream: 0, seq }),
                };
                chains.feed(hit, needed, 60, entry, place, &mut changed);
                let row = chains.latest(needed, time_us - 60)?;
                Some(row.iter().map(|entry| entry.time_us).collect())
            })
            .collect();
        chains.clear(&mut changed);
        let users: i64 = changed
            .iter()
            .map(|(_, more)| if *more { 1 } else { -1 })
            .sum();
        assert_eq!(users, 0);
        found
    }

    #[test]
    fn only_the_listed_order_inside_the_timespan_is_a_row() {
        assert_eq!(fed(&[(0, &[1]), (1, &[0])], 2, 2), [None, None]);
        let found = fed(&[(0, &[0]), (60, &[1])], 2, 2);
        assert_eq!(found, [None, Some(vec![0, 60])]);
        assert_eq!(fed(&[(0, &[0]), (61, &[1])], 2, 2), [None, None]);
    }

    #[test]
    fn it_holds_at_every_event_as_long_as_the_row_is_in_the_window() {
        let found = fed(&[(0, &[0]), (10, &[1]), (50, &[0]), (61, &[0])], 2, 2);
        let row = Some(vec![0, 10]);
        assert_eq!(found, [None, row.clone(), row, None]);
    }

    #[test]
    fn one_event_that_hits_both_rules_is_no_row_but_two_are() {
        let both: &[usize] = &[0, 1];
        assert_eq!(fed(&[(5, both)], 2, 2), [None]);
        assert_eq!(fed(&[(5, both), (5, both)], 2, 2), [None, Some(vec![5, 5])]);
    }

    #[test]
    fn the_latest_beginning_wins_and_two_of_three_may_skip_one() {
        let events: &[(i64, &[usize])] = &[(0, &[0]), (50, &[0]), (55, &[1]), (100, &[2])];
        assert_eq!(fed(events, 3, 3).pop().flatten(), Some(vec![50, 55, 100]));
        assert_eq!(fed(&[(0, &[0]), (9, &[2])], 2, 3), [None, Some(vec![0, 9])]);
    }

    #[test]
    fn what_comes_together_follows_nothing_of_its_own_place() {
        let mut chains = Chains::new(2);
        let mut changed = Vec::new();
        let place = Place {
            time_us: 5,
            event: None,
        };
        let mut feed = |member: usize| {
            chains.feed(&[member], 2, 60, Entry::default(), place, &mut changed);
            chains.latest(2, 0)
        };
        assert_eq!(feed(0), None);
        assert_eq!(feed(1), None);
    }
}
