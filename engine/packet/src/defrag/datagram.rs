//! One datagram under way: its pieces by offset, none overlapping another.

use std::collections::BTreeMap;

use super::Weight;
use crate::bytes::count;
use crate::decode::Fragment;

/// What a datagram costs in the table besides its bytes; what a piece costs in its map. Measured, rounded up.
const OVERHEAD: u64 = 320;
const PIECE_OVERHEAD: u64 = 48;

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was new, or said what was known.
    Kept,
    /// It says something else about bytes that were there; those stay.
    Differs,
    /// It overlaps, which IPv6 forbids: the datagram is lost.
    Condemned,
    /// It does not fit to the end.
    Beyond,
}

/// A datagram under way.
pub struct Datagram {
    /// In the order of beginning.
    pub number: u64,
    /// Protocol as the first piece says.
    pub protocol: u8,
    /// IP header bytes of all pieces.
    pub header_bytes: u32,
    /// Frames of all pieces.
    pub weight: Weight,
    pieces: BTreeMap<u32, Box<[u8]>>,
    total: Option<u32>,
    furthest: u32,
    received: u32,
    is_condemned: bool,
}

impl Datagram {
    /// Nothing yet.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            protocol: 0,
            header_bytes: 0,
            weight: Weight::default(),
            pieces: BTreeMap::new(),
            total: None,
            furthest: 0,
            received: 0,
            is_condemned: false,
        }
    }

    /// Bytes of memory.
    pub fn held(&self) -> u64 {
        OVERHEAD + u64::from(self.received) + count(self.pieces.len()) * PIECE_OVERHEAD
    }

    /// Whether every byte up to the end is there.
    pub fn is_whole(&self) -> bool {
        self.total == Some(self.received)
    }

    /// All bytes in order.
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(usize::try_from(self.received).unwrap_or(0));
        self.pieces
            .values()
            .for_each(|piece| all.extend_from_slice(piece));
        all
    }

    /// Takes a piece of at least one byte; `is_strict` forbids overlaps other than an exact repetition.
    pub fn take(
        &mut self,
        fragment: Fragment,
        protocol: u8,
        payload: &[u8],
        is_strict: bool,
    ) -> Taken {
        if self.is_condemned {
            return Taken::Condemned;
        }
        let start = fragment.offset;
        let end = start.saturating_add(u32::try_from(payload.len()).unwrap_or(u32::MAX));
        let (gaps, does_differ) = self.compare(start, payload);
        let is_new = matches!(gaps.as_slice(), [(from, to)] if *from == start && *to == end);
        if is_strict && !is_new && !self.is_repeated(start, payload) {
            self.pieces.clear();
            self.received = 0;
            self.is_condemned = true;
            return Taken::Condemned;
        }
        let is_beyond = match self.total {
            Some(total) => end > total,
            None => !fragment.more && end < self.furthest,
        };
        if is_beyond {
            return Taken::Beyond;
        }
        if start == 0 || self.pieces.is_empty() {
            self.protocol = protocol;
        }
        if !fragment.more && self.total.is_none() {
            self.total = Some(end);
        }
        self.furthest = self.furthest.max(end);
        for (from, to) in gaps {
            if let Some(bytes) = part(payload, start, from, to) {
                self.received = self.received.saturating_add(to.saturating_sub(from));
                self.pieces.insert(from, Box::from(bytes));
            }
        }
        if does_differ {
            Taken::Differs
        } else {
            Taken::Kept
        }
    }

    fn is_repeated(&self, start: u32, payload: &[u8]) -> bool {
        self.pieces
            .get(&start)
            .is_some_and(|known| **known == *payload)
    }

    /// Which parts of the range are not known yet, and whether a known part says something else.
    fn compare(&self, start: u32, payload: &[u8]) -> (Vec<(u32, u32)>, bool) {
        let end = start.saturating_add(u32::try_from(payload.len()).unwrap_or(u32::MAX));
        let mut gaps = Vec::new();
        let mut does_differ = false;
        let mut at = start;
        let before = self.pieces.range(..start).next_back();
        for (offset, known) in before.into_iter().chain(self.pieces.range(start..end)) {
            let known_end = offset.saturating_add(u32::try_from(known.len()).unwrap_or(0));
            let (from, to) = (at.max(*offset), end.min(known_end));
            if from >= to {
                continue;
            }
            if at < from {
                gaps.push((at, from));
            }
            does_differ |= part(payload, start, from, to) != part(known, *offset, from, to);
            at = to;
        }
        if at < end {
            gaps.push((at, end));
        }
        (gaps, does_differ)
    }
}

/// The bytes of the range from `from` to `to` in a piece that starts at `start`.
fn part(piece: &[u8], start: u32, from: u32, to: u32) -> Option<&[u8]> {
    let begin = usize::try_from(from.checked_sub(start)?).ok()?;
    let end = usize::try_from(to.checked_sub(start)?).ok()?;
    piece.get(begin..end)
}
