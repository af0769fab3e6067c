//! One direction of a stream put back in order: the bytes that wait for their parser, and the pieces that wait for bytes.

use super::arrivals::Arrivals;
use super::waiting::{Arrival, Waiting};
use super::{Sequence, Taken};
use crate::bytes::count;

/// A segment further ahead than this is not waited for.
const MAX_HOLE: i64 = 16 << 20;
/// Bytes that wait for an acknowledgement before they are delivered without.
const MAX_UNACKNOWLEDGED: usize = 256 << 10;
/// Numbers without a byte that are remembered; further ones delay the last bytes until the next acknowledgement.
const MAX_OUTSIDE: usize = 64;
/// A buffer is kept for the next segments up to this size.
const KEEP_CAPACITY: usize = 16 << 10;

/// One direction.
#[derive(Debug, Default)]
pub struct Half {
    buffer: Vec<u8>,
    head: usize,
    arrivals: Arrivals,
    waiting: Waiting,
    /// Bytes of the stream received in order, gaps included.
    pub received: u64,
    offered: usize,
    /// Places of numbers without a byte that may not be acknowledged yet: urgent data.
    outside: Vec<u64>,
    is_dropping: bool,
}

impl Half {
    /// Bytes in memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.pending().saturating_add(self.waiting.bytes())
    }

    /// Takes a segment of `length` bytes, of which `data` was captured, at `sequence`.
    pub fn insert(
        &mut self,
        state: &mut Sequence,
        sequence: u32,
        data: &[u8],
        length: usize,
    ) -> Taken {
        let ahead = state.ahead(sequence);
        let signed = i64::try_from(length).unwrap_or(i64::MAX);
        if ahead.saturating_add(signed) <= 0 {
            return Taken {
                is_repeated: true,
                is_overlapping: true,
                differs: self.differs_from_buffer(ahead, data),
                is_beyond: false,
            };
        }
        if ahead > 0 {
            return self.insert_late(ahead, data, length, false);
        }
        let known = usize::try_from(-ahead).unwrap_or(0);
        let differs =
            known > 0 && self.differs_from_buffer(ahead, data.get(..known).unwrap_or(data));
        let fresh = data.get(known..).unwrap_or_default();
        let length = length.saturating_sub(known);
        let end = self.received.saturating_add(count(length));
        if self.waiting.first().is_none_or(|first| first >= end) {
            self.append(state, fresh);
            if fresh.len() == length {
                self.absorb(state);
            }
            return Taken {
                differs,
                is_overlapping: known > 0,
                ..Taken::default()
            };
        }
        // Some of it came before: that copy is kept.
        let arrival = Arrival {
            start: self.received,
            length,
            data: fresh,
            is_outside: false,
        };
        let overlap = self.waiting.insert(arrival, !self.is_dropping);
        self.absorb(state);
        Taken {
            is_repeated: false,
            differs: differs || overlap.differs,
            is_overlapping: true,
            is_beyond: false,
        }
    }

    /// Takes one number that carries no byte of the stream: the urgent byte, which is read out of band.
    pub fn insert_outside(&mut self, state: &mut Sequence, sequence: u32) {
        let ahead = state.ahead(sequence);
        if ahead > 0 {
            self.insert_late(ahead, &[], 1, true);
        } else if ahead == 0 {
            self.step_outside(state, 1);
            self.absorb(state);
        }
    }

    fn step_outside(&mut self, state: &mut Sequence, length: usize) {
        let settled = self.received.saturating_sub(count(behind(state)));
        self.outside.retain(|place| *place >= settled);
        let places = self.received..self.received.saturating_add(count(length));
        if state.is_acknowledged && self.outside.len() < MAX_OUTSIDE {
            self.outside.extend(places);
        }
        self.step(state, length);
    }

    /// The next hole that the receiver is known not to wait for: its length. The hole is closed.
    pub fn take_gap(&mut self, state: &mut Sequence) -> Option<u64> {
        if !state.is_acknowledged {
            return None;
        }
        let mut ahead = state.ahead(state.acknowledged);
        // One number beyond the last byte is the FIN's.
        if state.has_end {
            ahead = ahead.min(state.ahead(state.end));
        }
        let is_end = !state.has_end && ahead == 1 && self.waiting.is_empty();
        if ahead <= 0 || ahead > MAX_HOLE || is_end {
            return None;
        }
        Some(self.close_hole(state, u64::try_from(ahead).unwrap_or(0)))
    }

    /// The same at the end of the flow, or when too much waits: whatever is missing before the next piece.
    pub fn force_gap(&mut self, state: &mut Sequence) -> Option<u64> {
        let first = self.waiting.first()?;
        Some(self.close_hole(state, first.saturating_sub(self.received)))
    }

    /// Whether late segments wait for more than one direction may hold.
    #[must_use]
    pub fn is_overfull(&self) -> bool {
        self.waiting.is_overfull()
    }

    /// What was taken until now came at this time.
    pub fn note_arrival(&mut self, time_us: u64) {
        if !self.is_dropping {
            let seen = self.head.saturating_add(self.offered);
            self.arrivals.note(seen, self.buffer.len(), time_us);
        }
    }

    /// Bytes to hand to the parser: settled, not consumed, more than it saw last time; and when the last of them came.
    /// What came later is ready after them.
    #[inline]
    #[must_use]
    pub fn ready(&self, state: &Sequence, settle_all: bool) -> Option<(&[u8], Option<u64>)> {
        let settled = self
            .pending()
            .saturating_sub(self.unsettled(state, settle_all));
        if settled <= self.offered {
            return None;
        }
        let seen = self.head.saturating_add(self.offered);
        let (end, came_us) = self.arrivals.next(seen, self.head.saturating_add(settled));
        Some((self.buffer.get(self.head..end)?, came_us))
    }

    /// Whether there is neither a byte that the parser has not seen nor a hole that was acknowledged. What is settled of
    /// the bytes that wait is another question.
    #[must_use]
    pub fn is_idle(&self, state: &Sequence) -> bool {
        self.pending() <= self.offered
            && (!state.is_acknowledged || state.ahead(state.acknowledged) <= 0)
    }

    fn unsettled(&self, state: &Sequence, settle_all: bool) -> usize {
        if settle_all {
            return 0;
        }
        let unsettled = if state.is_acknowledged {
            let behind = behind(state);
            let settled = self.received.saturating_sub(count(behind));
            let outside = self.outside.iter().filter(|place| **place >= settled);
            behind.saturating_sub(outside.count())
        } else {
            self.pending()
        };
        if unsettled > MAX_UNACKNOWLEDGED {
            0
        } else {
            unsettled
        }
    }

    /// The parser has used `consumed` of the `offered` bytes.
    pub fn consume(&mut self, offered: usize, consumed: usize) {
        let consumed = consumed.min(offered);
        self.head = self.head.saturating_add(consumed);
        self.offered = offered - consumed;
        self.arrivals.offer(self.head.saturating_add(self.offered));
        if self.head >= self.buffer.len() {
            self.buffer.clear();
            self.arrivals.clear();
            self.head = 0;
            if self.buffer.capacity() > KEEP_CAPACITY {
                self.buffer = Vec::new();
            }
        } else if self.head > KEEP_CAPACITY && self.head > self.buffer.len() / 2 {
            self.buffer.drain(..self.head);
            self.arrivals.shift(self.head);
            self.head = 0;
        }
    }

    /// From now on only numbers are followed.
    pub fn stop_keeping(&mut self) {
        self.is_dropping = true;
        self.forget_bytes();
        self.buffer = Vec::new();
        self.arrivals = Arrivals::default();
        self.waiting.drop_bytes();
    }

    /// Forgets the bytes behind `depth`, once: how many numbers those are.
    pub fn cut_at(&mut self, depth: u64) -> Option<u64> {
        if self.is_dropping {
            return None;
        }
        let excess = self
            .received
            .checked_sub(depth)
            .filter(|excess| *excess > 0)?;
        let kept = self
            .pending()
            .saturating_sub(usize::try_from(excess).unwrap_or(usize::MAX));
        self.buffer.truncate(self.head.saturating_add(kept));
        Some(excess)
    }

    /// Begins anew: what was taken was never part of the stream.
    pub fn restart(&mut self) {
        *self = Self {
            is_dropping: self.is_dropping,
            ..Self::default()
        };
    }

    /// The rest was left for another parser: offer it once more.
    pub fn offer_again(&mut self) {
        self.arrivals
            .take_back(self.head.saturating_add(self.offered));
        self.offered = 0;
    }

    /// Bytes that the parser saw and left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.offered
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
        while let Some((start, piece)) = self.waiting.take_until(self.received) {
            let known = usize::try_from(self.received - start).unwrap_or(usize::MAX);
            let Some(fresh) = piece.length.checked_sub(known).filter(|fresh| *fresh > 0) else {
                continue;
            };
            if piece.is_outside {
                self.step_outside(state, fresh);
                continue;
            }
            if self.is_dropping {
                self.step(state, fresh);
                continue;
            }
            self.append(state, piece.data.get(known..).unwrap_or_default());
            if piece.data.len() < piece.length {
                return;
            }
        }
    }

    fn insert_late(&mut self, ahead: i64, data: &[u8], length: usize, is_outside: bool) -> Taken {
        if ahead > MAX_HOLE {
            return Taken {
                is_beyond: true,
                ..Taken::default()
            };
        }
        let distance = u64::try_from(ahead).unwrap_or(0);
        let arrival = Arrival {
            start: self.received.saturating_add(distance),
            length,
            data,
            is_outside,
        };
        let overlap = self.waiting.insert(arrival, !self.is_dropping);
        Taken {
            is_repeated: !overlap.is_fresh,
            is_overlapping: overlap.is_overlapping,
            differs: overlap.differs,
            is_beyond: false,
        }
    }

    fn close_hole(&mut self, state: &mut Sequence, most: u64) -> u64 {
        // What the parser left unconsumed lacks its end now.
        self.forget_bytes();
        let until_piece = self
            .waiting
            .first()
            .map(|start| start.saturating_sub(self.received));
        let length = until_piece.map_or(most, |until| until.min(most));
        self.step(state, usize::try_from(length).unwrap_or(0));
        self.absorb(state);
        length
    }

    fn forget_bytes(&mut self) {
        self.buffer.clear();
        self.arrivals.clear();
        self.head = 0;
        self.offered = 0;
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

/// Numbers received that the other side has not acknowledged.
fn behind(state: &Sequence) -> usize {
    usize::try_from(-state.ahead(state.acknowledged)).unwrap_or(0)
}
