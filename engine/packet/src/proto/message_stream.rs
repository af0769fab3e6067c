//! One direction of a stream of messages that say how long they are: what to step over, and where a loss leaves us.

use crate::bytes::count;

/// Where one direction is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Half {
    /// Bytes still to be stepped over.
    skip: u64,
    /// Length of the message whose rest is waited for; 0 when it is not known yet.
    expected: u64,
    /// Bytes of it that wait.
    waiting: u64,
    /// Nothing more can be read: the beginning of the next message is not known.
    is_lost: bool,
}

impl Half {
    /// How many of the bytes offered are to be stepped over.
    pub fn step_over(&mut self, bytes: &[u8]) -> usize {
        if self.is_lost {
            return bytes.len();
        }
        let step = count(bytes.len()).min(self.skip);
        self.skip -= step;
        self.expected = 0;
        self.waiting = 0;
        usize::try_from(step).unwrap_or(0)
    }

    /// Steps over the next `length` bytes when they come.
    pub fn skip(&mut self, length: u64) {
        self.skip = length;
    }

    /// Waits for the rest of a message of `expected` bytes (0: not known yet) of which `waiting` are there.
    pub fn wait(&mut self, expected: u64, waiting: usize) {
        self.expected = expected;
        self.waiting = count(waiting);
    }

    /// `length` bytes are lost, and the bytes that waited with them. A loss inside a message of known length leaves its
    /// end known.
    pub fn gap(&mut self, length: u64) {
        let inside = if self.skip > 0 {
            self.skip
        } else {
            self.expected.saturating_sub(self.waiting)
        };
        self.is_lost |= inside < length;
        self.skip = inside.saturating_sub(length);
        self.expected = 0;
        self.waiting = 0;
    }

    /// Whether this direction is given up.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }
}

#[cfg(test)]
mod tests {
    use super::Half;

    #[test]
    fn a_loss_inside_a_message_is_stepped_over_with_its_rest() {
        let mut half = Half::default();
        half.wait(100, 30);
        half.gap(50);
        assert_eq!(half.step_over(&[0; 64]), 20);
        assert_eq!(half.step_over(&[0; 64]), 0);
        assert!(!half.is_lost());
    }

    #[test]
    fn a_loss_beyond_the_end_of_a_message_loses_the_direction() {
        let mut half = Half::default();
        half.wait(100, 30);
        half.gap(71);
        assert!(half.is_lost());
        assert_eq!(half.step_over(&[0; 64]), 64);
        let mut half = Half::default();
        half.gap(1);
        assert!(half.is_lost());
    }
}
