//! Firings on their way to the watches above: at one place by depth, then by the name of the watch, then by group.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::event::EventRef;

/// An inner firing as an event.
#[derive(Debug, PartialEq, Eq)]
pub struct Inner {
    /// The depth of the watch that fired.
    pub depth: u32,
    /// The place of its name among all names.
    pub rank: u32,
    /// The group's folded values.
    pub key: Vec<String>,
    /// The watch that fired.
    pub watch: u32,
    /// Its firing time.
    pub time_us: i64,
    /// The event at whose place it stands; `None` = behind all events of its time.
    pub place: Option<EventRef>,
    /// The event that fired it; of a whole window its first.
    pub event: EventRef,
    /// Its group and its result as a line of their own.
    pub fields: Vec<u8>,
    /// What is behind it.
    pub facts: Vec<u8>,
    /// The line that an alert shows.
    pub line: Vec<u8>,
}

impl Inner {
    fn turn(&self) -> (u32, u32, &[String]) {
        (self.depth, self.rank, &self.key)
    }
}

impl Ord for Inner {
    fn cmp(&self, other: &Self) -> Ordering {
        self.turn()
            .cmp(&other.turn())
            .then_with(|| self.time_us.cmp(&other.time_us))
    }
}

impl PartialOrd for Inner {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Those of one place that wait.
#[derive(Debug, Default)]
pub struct Queue {
    heap: BinaryHeap<Reverse<Inner>>,
}

impl Queue {
    /// One more.
    pub fn push(&mut self, inner: Inner) {
        self.heap.push(Reverse(inner));
    }

    /// The first.
    pub fn pop(&mut self) -> Option<Inner> {
        self.heap.pop().map(|Reverse(inner)| inner)
    }

    /// The depth of the first.
    #[must_use]
    pub fn depth(&self) -> Option<u32> {
        self.heap.peek().map(|Reverse(inner)| inner.depth)
    }
}
