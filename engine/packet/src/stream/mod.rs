//! One connection's bytes put back in order (RFC 9293): late, repeated and missing segments.

mod arrivals;
mod half;
mod waiting;

pub use half::Half;

/// Bytes that a parser may leave unconsumed.
pub const MAX_UNCONSUMED: usize = 1 << 20;

/// Both directions, by side of the flow.
#[derive(Debug, Default)]
pub struct Streams {
    /// The halves.
    pub halves: [Half; 2],
}

/// Sequence numbers of one side: what a flow knows before any payload is kept.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one number whether it is known"
)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequence {
    /// The number of the first byte not received.
    pub next: u32,
    /// The highest acknowledgement from the other side.
    pub acknowledged: u32,
    /// Time stamp of the last segment in order (RFC 7323).
    pub timestamp: u32,
    /// Time stamp of the first segment.
    pub first_timestamp: u32,
    /// Number of the FIN: the one behind the last byte.
    pub end: u32,
    /// Number behind the last byte seen, in order or not.
    pub highest: u32,
    /// The highest number that the side has used, if only to acknowledge: the history of the connection counts by it.
    pub used: u32,
    /// Number of the first byte.
    pub first: u32,
    /// Whether `next`, `first` and `highest` mean anything.
    pub is_known: bool,
    /// Whether `next` comes from a SYN.
    pub is_synchronised: bool,
    /// Whether the other side has acknowledged that SYN.
    pub is_confirmed: bool,
    /// Whether `acknowledged` means anything.
    pub is_acknowledged: bool,
    /// Whether the time stamps mean anything.
    pub has_timestamp: bool,
    /// Whether `end` means anything.
    pub has_end: bool,
}

impl Sequence {
    /// How far a number lies ahead of the first byte not received.
    #[must_use]
    pub fn ahead(&self, number: u32) -> i64 {
        i64::from(number.wrapping_sub(self.next).cast_signed())
    }

    /// The stream begins with this number.
    pub fn begin(&mut self, number: u32) {
        self.next = number;
        self.first = number;
        self.highest = number;
        self.used = number;
        self.is_known = true;
    }

    /// Bytes end before this number.
    pub fn reach(&mut self, number: u32) {
        if number.wrapping_sub(self.highest).cast_signed() > 0 {
            self.highest = number;
        }
    }

    /// The side uses numbers up to this one; whether it had gone as far before.
    pub fn uses(&mut self, number: u32) -> bool {
        let is_new = number.wrapping_sub(self.used).cast_signed() > 0;
        if is_new {
            self.used = number;
        }
        !is_new
    }

    /// Bytes of the stream by its numbers, seen or acknowledged, when `received` came in order.
    #[must_use]
    pub fn length(&self, received: u64) -> u64 {
        if !self.is_known {
            return 0;
        }
        let fin = u32::from(self.is_end_acknowledged());
        let taken = if self.is_acknowledged {
            self.ahead(self.acknowledged.wrapping_sub(fin))
        } else {
            0
        };
        let further = taken.max(self.ahead(self.highest)).max(0);
        received.saturating_add(u64::try_from(further).unwrap_or(0))
    }

    /// Whether the other side has acknowledged the FIN.
    #[must_use]
    pub fn is_end_acknowledged(&self) -> bool {
        self.has_end
            && self.is_acknowledged
            && self.acknowledged.wrapping_sub(self.end).cast_signed() > 0
    }
}

/// What became of a segment.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one segment"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// All of it was known already.
    pub is_repeated: bool,
    /// Where it overlaps bytes still held, they differ.
    pub differs: bool,
    /// Part of it was known already.
    pub is_overlapping: bool,
    /// Too far ahead, or too much waits: not taken.
    pub is_beyond: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Receiver {
        half: Half,
        state: Sequence,
    }

    impl Receiver {
        fn new(isn: u32) -> Self {
            let state = Sequence {
                next: isn,
                is_known: true,
                is_synchronised: true,
                ..Sequence::default()
            };
            Self {
                half: Half::default(),
                state,
            }
        }

        fn send(&mut self, at: u32, data: &[u8]) -> Taken {
            self.half.insert(&mut self.state, at, data, data.len())
        }

        fn acknowledge(&mut self, number: u32) {
            self.state.acknowledged = number;
            self.state.is_acknowledged = true;
        }

        fn text(&mut self) -> String {
            let ready = self.half.ready(&self.state, false);
            let bytes = ready.map_or(Vec::new(), |(bytes, _)| bytes.to_vec());
            self.half.consume(bytes.len(), bytes.len());
            String::from_utf8(bytes).expect("test data is ASCII")
        }

        /// What a parser is given at once that uses the first `uses` bytes of it, and when the last of it came.
        fn offer(&mut self, uses: usize) -> Option<(String, Option<u64>)> {
            let (bytes, came_us) = self.half.ready(&self.state, false)?;
            let (text, length) = (String::from_utf8_lossy(bytes).into_owned(), bytes.len());
            self.half.consume(length, uses);
            Some((text, came_us))
        }
    }

    #[test]
    fn late_and_repeated_segments_come_out_once_in_order_across_the_wrap() {
        let mut receiver = Receiver::new(u32::MAX - 2);
        receiver.send(3, b"ghi");
        receiver.send(0, b"def");
        assert!(receiver.send(0, b"def").is_repeated);
        receiver.send(u32::MAX - 2, b"abc");
        assert_eq!(receiver.text(), "");
        receiver.acknowledge(6);
        assert_eq!(receiver.text(), "abcdefghi");
        assert_eq!(receiver.half.held(), 0);
    }

    #[test]
    fn only_what_was_acknowledged_is_delivered() {
        let mut receiver = Receiver::new(0);
        receiver.send(0, b"abcdef");
        receiver.acknowledge(4);
        assert_eq!(receiver.text(), "abcd");
        receiver.acknowledge(6);
        assert_eq!(receiver.text(), "ef");
    }

    #[test]
    fn the_first_copy_wins_and_the_other_is_told() {
        let mut receiver = Receiver::new(0);
        receiver.send(3, b"DEF");
        assert!(receiver.send(2, b"cdefg").differs);
        assert!(!receiver.send(0, b"ab").differs);
        assert!(receiver.send(0, b"xb").differs);
        receiver.acknowledge(7);
        assert_eq!(receiver.text(), "abcDEFg");
    }

    #[test]
    fn of_a_segment_that_repeats_and_goes_on_only_the_new_part_counts() {
        let mut receiver = Receiver::new(0);
        receiver.send(0, b"abc");
        let taken = receiver.send(1, b"bcde");
        assert!(taken.is_overlapping && !taken.is_repeated && !taken.differs);
        assert!(receiver.send(3, b"XEF").differs);
        receiver.acknowledge(6);
        assert_eq!(receiver.text(), "abcdeF");
    }

    #[test]
    fn acknowledged_bytes_that_never_came_are_a_gap() {
        let mut receiver = Receiver::new(0);
        receiver.send(0, b"abc");
        receiver.send(5, b"fgh");
        assert_eq!(receiver.half.take_gap(&mut receiver.state), None);
        receiver.acknowledge(8);
        assert_eq!(receiver.half.take_gap(&mut receiver.state), Some(2));
        assert_eq!(receiver.half.take_gap(&mut receiver.state), None);
        assert_eq!(receiver.half.received, 8);
    }

    #[test]
    fn a_segment_sixteen_mebibytes_ahead_is_not_waited_for() {
        let mut receiver = Receiver::new(0);
        assert!(receiver.send(17 << 20, b"x").is_beyond);
        assert_eq!(receiver.half.held(), 0);
    }

    #[test]
    fn the_urgent_byte_is_no_byte_of_the_stream_in_order_or_late() {
        let mut receiver = Receiver::new(0);
        receiver.send(0, b"ab");
        receiver.half.insert_outside(&mut receiver.state, 2);
        receiver.half.insert_outside(&mut receiver.state, 5);
        receiver.send(6, b"ef");
        receiver.send(3, b"cd");
        receiver.acknowledge(8);
        assert_eq!(receiver.text(), "abcdef");
        assert_eq!(receiver.half.received, 8);
    }

    #[test]
    fn bytes_settled_together_come_by_when_they_came() {
        let mut receiver = Receiver::new(0);
        for (at, data, time_us) in [
            (0, b"ab", 10),
            (4, b"ef", 20),
            (2, b"cd", 30),
            (6, b"gh", 40),
        ] {
            receiver.send(at, data);
            receiver.half.note_arrival(time_us);
        }
        receiver.acknowledge(7);
        assert_eq!(receiver.offer(1), Some(("ab".to_owned(), Some(10))));
        // The second piece was of no use before the one that it followed.
        assert_eq!(receiver.offer(5), Some(("bcdef".to_owned(), Some(30))));
        receiver.half.offer_again();
        assert_eq!(receiver.offer(0), Some(("g".to_owned(), Some(40))));
        receiver.half.offer_again();
        receiver.acknowledge(8);
        assert_eq!(receiver.offer(2), Some(("gh".to_owned(), Some(40))));
        assert_eq!(receiver.offer(0), None);
    }

    #[test]
    fn of_many_moments_the_last_ones_count_as_one() {
        let mut receiver = Receiver::new(0);
        for at in 0..100 {
            receiver.send(at, b"x");
            receiver.half.note_arrival(u64::from(at) + 1);
        }
        receiver.acknowledge(100);
        let offers: Vec<_> = std::iter::from_fn(|| receiver.offer(100)).collect();
        assert_eq!(offers.len(), 16);
        assert_eq!(offers.first(), Some(&("x".to_owned(), Some(1))));
        assert_eq!(offers.last(), Some(&("x".repeat(85), Some(100))));
    }
}
