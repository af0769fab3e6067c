//! One direction of a TCP connection put back in order (RFC 9293): late, repeated and missing segments.

use std::collections::BTreeMap;

use crate::bytes::count;

/// A segment further ahead than this is not waited for.
const MAX_HOLE: i64 = 16 << 20;
/// Bytes of late segments that one direction may hold.
const MAX_WAITING_BYTES: usize = 1 << 20;
/// Late segments that one direction may hold.
const MAX_WAITING: usize = 4_096;
/// Bytes that wait for an acknowledgement before they are delivered without.
const MAX_UNACKNOWLEDGED: usize = 256 << 10;
/// Bytes that a parser may leave unconsumed.
pub const MAX_UNCONSUMED: usize = 1 << 20;
/// A buffer is kept for the next segments up to this size.
const KEEP_CAPACITY: usize = 16 << 10;

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
    /// Whether `next` means anything.
    pub is_known: bool,
    /// Whether `next` comes from a SYN.
    pub is_synchronised: bool,
    /// Whether `acknowledged` means anything.
    pub is_acknowledged: bool,
    /// Whether `timestamp` means anything.
    pub has_timestamp: bool,
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

#[derive(Debug)]
struct Piece {
    length: usize,
    data: Vec<u8>,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Half {
    buffer: Vec<u8>,
    head: usize,
    waiting: BTreeMap<u64, Piece>,
    waiting_bytes: usize,
    /// Bytes of the stream received in order, gaps included.
    pub received: u64,
    offered: usize,
    is_dropping: bool,
}

impl Half {
    /// Bytes in memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.pending().saturating_add(self.waiting_bytes)
    }

    /// Takes a segment of `length` bytes, of which `data` was captured, at `sequence`.
    pub fn insert(
        &mut self,
        state: &mut Sequence,
        sequence: u32,
        data: &[u8],
        length: usize,
    ) -> Taken {
        let ahead = i64::from(sequence.wrapping_sub(state.next).cast_signed());
        let signed = i64::try_from(length).unwrap_or(i64::MAX);
        if ahead.saturating_add(signed) <= 0 {
            let differs = self.differs_from_buffer(ahead, data);
            return Taken {
                is_repeated: true,
                is_overlapping: true,
                differs,
                is_beyond: false,
            };
        }
        if ahead > 0 {
            return self.insert_late(ahead, data, length);
        }
        let known = usize::try_from(-ahead).unwrap_or(0);
        let differs =
            known > 0 && self.differs_from_buffer(ahead, data.get(..known).unwrap_or(data));
        let fresh = data.get(known..).unwrap_or_default();
        self.append(state, fresh);
        if data.len() == length {
            self.absorb(state);
        }
        Taken {
            differs,
            is_overlapping: known > 0,
            ..Taken::default()
        }
    }

    /// The next hole that the receiver is known not to wait for: its length. The hole is closed.
    pub fn take_gap(&mut self, state: &mut Sequence) -> Option<u64> {
        if !state.is_acknowledged {
            return None;
        }
        let ahead = i64::from(state.acknowledged.wrapping_sub(state.next).cast_signed());
        // One number beyond the last byte is the FIN's.
        if ahead <= 0 || ahead > MAX_HOLE || (ahead == 1 && self.waiting.is_empty()) {
            return None;
        }
        Some(self.close_hole(state, u64::try_from(ahead).unwrap_or(0)))
    }

    /// The same at the end of the flow, or when too much waits: whatever is missing before the next piece.
    pub fn force_gap(&mut self, state: &mut Sequence) -> Option<u64> {
        let (&first, _) = self.waiting.first_key_value()?;
        Some(self.close_hole(state, first.saturating_sub(self.received)))
    }

    /// Whether late segments wait for more than one direction may hold.
    #[must_use]
    pub fn is_overfull(&self) -> bool {
        self.waiting_bytes > MAX_WAITING_BYTES || self.waiting.len() > MAX_WAITING
    }

    /// Bytes to hand to the parser: settled, not consumed, and more than it saw last time.
    #[must_use]
    pub fn ready(&self, state: &Sequence, settle_all: bool) -> Option<&[u8]> {
        let pending = self.pending();
        let unsettled = if settle_all || !state.is_acknowledged {
            if settle_all { 0 } else { pending }
        } else {
            let behind = i64::from(state.next.wrapping_sub(state.acknowledged).cast_signed());
            usize::try_from(behind).unwrap_or(0)
        };
        let unsettled = if unsettled > MAX_UNACKNOWLEDGED {
            0
        } else {
            unsettled
        };
        let settled = pending.saturating_sub(unsettled);
        if settled <= self.offered {
            return None;
        }
        self.buffer
            .get(self.head..self.head.saturating_add(settled))
    }

    /// The parser has used `consumed` of the `offered` bytes.
    pub fn consume(&mut self, offered: usize, consumed: usize) {
        let consumed = consumed.min(offered);
        self.head = self.head.saturating_add(consumed);
        self.offered = offered - consumed;
        if self.head >= self.buffer.len() {
            self.buffer.clear();
            self.head = 0;
            if self.buffer.capacity() > KEEP_CAPACITY {
                self.buffer = Vec::new();
            }
        } else if self.head > KEEP_CAPACITY && self.head > self.buffer.len() / 2 {
            self.buffer.drain(..self.head);
            self.head = 0;
        }
    }

    /// From now on only numbers are followed.
    pub fn stop_keeping(&mut self) {
        self.is_dropping = true;
        self.buffer = Vec::new();
        self.head = 0;
        self.offered = 0;
        for piece in self.waiting.values_mut() {
            piece.data = Vec::new();
        }
        self.waiting_bytes = 0;
    }

    /// The rest was left for another parser: offer it once more.
    pub fn offer_again(&mut self) {
        self.offered = 0;
    }

    /// Bytes in order that the parser has not consumed.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len().saturating_sub(self.head)
    }

    fn append(&mut self, state: &mut Sequence, data: &[u8]) {
        if !self.is_dropping {
            self.buffer.extend_from_slice(data);
        }
        self.step(state, data.len());
    }

    fn step(&mut self, state: &mut Sequence, length: usize) {
        self.received = self.received.saturating_add(count(length));
        // Sequence numbers are counted modulo 2^32; no piece is that long.
        state.next = state.next.wrapping_add(u32::try_from(length).unwrap_or(0));
    }

    /// Joins pieces that are no longer late.
    fn absorb(&mut self, state: &mut Sequence) {
        while let Some(entry) = self.waiting.first_entry() {
            let start = *entry.key();
            if start > self.received {
                return;
            }
            let piece = entry.remove();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(piece.data.len());
            let known = usize::try_from(self.received - start).unwrap_or(usize::MAX);
            if known >= piece.length {
                continue;
            }
            if self.is_dropping {
                self.step(state, piece.length - known);
                continue;
            }
            self.append(state, piece.data.get(known..).unwrap_or_default());
            if piece.data.len() < piece.length {
                return;
            }
        }
    }

    /// Pieces do not overlap: of what came twice the first copy is kept.
    fn insert_late(&mut self, ahead: i64, data: &[u8], length: usize) -> Taken {
        if ahead > MAX_HOLE {
            return Taken {
                is_beyond: true,
                ..Taken::default()
            };
        }
        let mut taken = Taken {
            is_repeated: true,
            ..Taken::default()
        };
        let mut start = self
            .received
            .saturating_add(u64::try_from(ahead).unwrap_or(0));
        let end = start.saturating_add(count(length));
        let origin = start;
        while start < end {
            let before = self.waiting.range(..=start).next_back();
            if let Some((&known_start, piece)) = before
                && known_start.saturating_add(count(piece.length)) > start
            {
                let known_end = known_start.saturating_add(count(piece.length)).min(end);
                taken.differs |= differs(
                    &piece.data,
                    start - known_start,
                    data,
                    start - origin,
                    known_end - start,
                );
                taken.is_overlapping = true;
                start = known_end;
                continue;
            }
            let next = self
                .waiting
                .range(start..)
                .next()
                .map_or(end, |(next, _)| (*next).min(end));
            let piece = self.cut(data, start - origin, next - start);
            self.waiting_bytes = self.waiting_bytes.saturating_add(piece.data.len());
            self.waiting.insert(start, piece);
            taken.is_repeated = false;
            start = next;
        }
        taken
    }

    fn cut(&self, data: &[u8], from: u64, length: u64) -> Piece {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let length = usize::try_from(length).unwrap_or(0);
        let captured = data.get(from..).unwrap_or_default();
        let captured = captured.get(..length).unwrap_or(captured);
        Piece {
            length,
            data: if self.is_dropping {
                Vec::new()
            } else {
                captured.to_vec()
            },
        }
    }

    fn close_hole(&mut self, state: &mut Sequence, most: u64) -> u64 {
        // What the parser left unconsumed lacks its end now.
        self.buffer.clear();
        self.head = 0;
        self.offered = 0;
        let until_piece = self
            .waiting
            .first_key_value()
            .map(|(start, _)| start.saturating_sub(self.received));
        let length = until_piece.map_or(most, |until| until.min(most));
        self.step(state, usize::try_from(length).unwrap_or(0));
        self.absorb(state);
        length
    }

    /// Compares a copy that begins `ahead` (≤ 0) of `next` with what is still in the buffer.
    fn differs_from_buffer(&self, ahead: i64, data: &[u8]) -> bool {
        let back = usize::try_from(-ahead).unwrap_or(usize::MAX);
        let held = self.pending();
        let skip = back.saturating_sub(held);
        let from = self.buffer.len().saturating_sub(back.min(held));
        let known = self.buffer.get(from..).unwrap_or_default();
        let copy = data.get(skip..).unwrap_or_default();
        known.iter().zip(copy).any(|(one, other)| one != other)
    }
}

fn differs(known: &[u8], known_from: u64, copy: &[u8], copy_from: u64, length: u64) -> bool {
    let tail =
        |data: &'_ [u8], from: u64| usize::try_from(from).map_or(0, |from| from.min(data.len()));
    let known = known.get(tail(known, known_from)..).unwrap_or_default();
    let copy = copy.get(tail(copy, copy_from)..).unwrap_or_default();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    known
        .iter()
        .zip(copy)
        .take(length)
        .any(|(one, other)| one != other)
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
            let bytes = self
                .half
                .ready(&self.state, false)
                .unwrap_or_default()
                .to_vec();
            self.half.consume(bytes.len(), bytes.len());
            String::from_utf8(bytes).expect("test data is ASCII")
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
}
