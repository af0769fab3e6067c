//! Memory that all flows share: taken in shares, given back when a share is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A bound on the sum of all shares.
#[derive(Clone, Debug)]
pub struct Budget {
    taken: Arc<AtomicU64>,
    most: u64,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(most: u64) -> Self {
        Self {
            taken: Arc::new(AtomicU64::new(0)),
            most,
        }
    }

    /// A share, if so many bytes are left.
    #[must_use]
    pub fn take(&self, bytes: u64) -> Option<Share> {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        let share = Share {
            taken: Arc::clone(&self.taken),
            bytes,
        };
        (before.saturating_add(bytes) <= self.most).then_some(share)
    }
}

/// Bytes taken from a [`Budget`].
#[derive(Debug)]
pub struct Share {
    taken: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn a_share_that_is_dropped_can_be_taken_again() {
        let budget = Budget::new(10);
        let first = budget.take(7).expect("there is room");
        assert!(budget.take(4).is_none());
        drop(first);
        assert!(budget.take(10).is_some());
    }
}
