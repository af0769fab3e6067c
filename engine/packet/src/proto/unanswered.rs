//! What has no answer yet: the oldest first, and never more than its type says.
//!
//! An answer belongs to the oldest request that fits. Who sends requests that nobody answers makes the oldest go:
//! [`Unanswered::push`] gives it back, to be counted and, where it is worth an event, told.

use std::collections::VecDeque;

use super::Context;
use crate::emit::head::Event;

/// At most `MOST` requests without an answer.
#[derive(Debug)]
pub struct Unanswered<T, const MOST: usize> {
    requests: VecDeque<T>,
}

impl<T, const MOST: usize> Default for Unanswered<T, MOST> {
    fn default() -> Self {
        Self {
            requests: VecDeque::new(),
        }
    }
}

impl<T, const MOST: usize> Unanswered<T, MOST> {
    /// Adds the youngest. Where there is no room for it, gives the oldest, which is no longer kept.
    #[must_use = "what is dropped is counted"]
    pub fn push(&mut self, request: T) -> Option<T> {
        let dropped = if self.requests.len() >= MOST {
            self.requests.pop_front()
        } else {
            None
        };
        self.requests.push_back(request);
        dropped
    }

    /// Takes the oldest.
    pub fn pop(&mut self) -> Option<T> {
        self.requests.pop_front()
    }

    /// Takes the oldest that fits.
    pub fn take(&mut self, fits: impl FnMut(&T) -> bool) -> Option<T> {
        let place = self.requests.iter().position(fits)?;
        self.requests.remove(place)
    }

    /// The oldest that fits.
    pub fn find(&mut self, mut fits: impl FnMut(&T) -> bool) -> Option<&mut T> {
        self.requests.iter_mut().find(|request| fits(request))
    }

    /// The youngest that fits.
    pub fn find_last(&mut self, mut fits: impl FnMut(&T) -> bool) -> Option<&mut T> {
        self.requests.iter_mut().rfind(|request| fits(request))
    }

    /// The oldest.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.requests.front()
    }

    /// The oldest, to change.
    pub fn first_mut(&mut self) -> Option<&mut T> {
        self.requests.front_mut()
    }

    /// The youngest.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.requests.back()
    }

    /// The youngest, to change.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.requests.back_mut()
    }

    /// All, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.requests.iter()
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Bytes on the heap, without what the requests keep there themselves.
    #[must_use]
    pub fn held(&self) -> usize {
        self.requests.capacity() * size_of::<T>()
    }
}

/// A request that was told when it came; of its answer it tells how long that took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<K> {
    /// What the answer repeats.
    pub key: K,
    /// When it came, µs.
    pub time_us: u64,
    /// Its transaction.
    pub transaction: u64,
}

impl<K> Asked<K> {
    /// A request that came just now and begins a transaction.
    #[must_use]
    pub fn now(context: &mut Context<'_>, key: K) -> Self {
        Self {
            key,
            time_us: context.moment.received_us,
            transaction: context.begin_transaction(),
        }
    }

    /// Writes into the event of the answer, which came at `received_us`, what it answers.
    pub fn answered(&self, event: &mut Event<'_>, received_us: u64) {
        event.transaction = Some(self.transaction);
        event.start_us = Some(self.time_us);
        event.duration_us = Some(received_us.saturating_sub(self.time_us));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::head::Dataset;

    #[test]
    fn never_more_are_kept_than_the_type_says_and_the_oldest_is_given_back() {
        let mut open = Unanswered::<u32, 3>::default();
        let dropped: Vec<u32> = (0..10).filter_map(|number| open.push(number)).collect();
        assert_eq!(dropped, [0, 1, 2, 3, 4, 5, 6]);
        assert!(open.iter().eq(&[7, 8, 9]));
        assert_eq!(open.len(), 3);
        assert!(open.held() <= 4 * size_of::<u32>());
    }

    #[test]
    fn an_answer_takes_the_oldest_that_fits_and_leaves_the_others_in_order() {
        let mut open = Unanswered::<(char, u32), 8>::default();
        for request in [('a', 1), ('b', 2), ('a', 3), ('c', 4)] {
            assert_eq!(open.push(request), None);
        }
        assert_eq!(open.take(|(key, _)| *key == 'x'), None);
        assert_eq!(open.take(|(key, _)| *key == 'a'), Some(('a', 1)));
        if let Some((_, number)) = open.find(|(key, _)| *key == 'a') {
            *number = 30;
        }
        assert_eq!(open.pop(), Some(('b', 2)));
        assert_eq!(open.first(), Some(&('a', 30)));
        assert_eq!(open.last(), Some(&('c', 4)));
        let _ = open.push(('a', 5));
        let youngest = open.find_last(|(key, _)| *key == 'a').copied();
        assert_eq!(youngest, Some(('a', 5)));
    }

    #[test]
    fn an_answer_tells_what_it_answers_and_how_long_that_took() {
        let asked = Asked {
            key: 7,
            time_us: 1_000,
            transaction: 5,
        };
        let mut event = Event::new(Dataset::Dns, "dns-answer", 9_000, 2);
        asked.answered(&mut event, 1_250);
        assert_eq!(event.transaction, Some(5));
        assert_eq!(event.start_us, Some(1_000));
        assert_eq!(event.duration_us, Some(250));
        // A clock that went back.
        asked.answered(&mut event, 900);
        assert_eq!(event.duration_us, Some(0));
    }
}
