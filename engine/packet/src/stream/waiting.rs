//! Segments that came before their turn: disjoint pieces by their place in the stream.

use std::collections::BTreeMap;

use crate::bytes::count;

/// Bytes of late segments that one direction may hold.
const MAX_BYTES: usize = 1 << 20;
/// Late segments that one direction may hold.
const MAX_PIECES: usize = 4_096;

/// A late segment, or the part of it that no earlier one covers.
#[derive(Debug)]
pub(super) struct Piece {
    /// Numbers it covers.
    pub length: usize,
    /// Its bytes; fewer than `length` when the capture cut them off, none when nobody wants them.
    pub data: Vec<u8>,
    /// Whether its numbers count but carry no byte of the stream: urgent data.
    pub is_outside: bool,
}

/// What a piece brings.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    /// Place of its first byte in the stream.
    pub start: u64,
    /// Numbers it covers.
    pub length: usize,
    /// Captured bytes.
    pub data: &'a [u8],
    /// See [`Piece::is_outside`].
    pub is_outside: bool,
}

/// How an arrival relates to what waited already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Overlap {
    /// Some of it was there.
    pub is_overlapping: bool,
    /// Something of it was new.
    pub is_fresh: bool,
    /// A byte that was there has another value now.
    pub differs: bool,
}

/// All late pieces of one direction. They do not overlap: of what came twice the first copy is kept.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pieces: BTreeMap<u64, Piece>,
    bytes: usize,
}

impl Waiting {
    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether more waits than one direction may hold.
    pub fn is_overfull(&self) -> bool {
        self.bytes > MAX_BYTES || self.pieces.len() > MAX_PIECES
    }

    /// Where the first piece begins.
    pub fn first(&self) -> Option<u64> {
        self.pieces.first_key_value().map(|(start, _)| *start)
    }

    /// Takes out the first piece if it begins at or before `place`.
    pub fn take_until(&mut self, place: u64) -> Option<(u64, Piece)> {
        let entry = self.pieces.first_entry()?;
        if *entry.key() > place {
            return None;
        }
        let (start, piece) = entry.remove_entry();
        self.bytes = self.bytes.saturating_sub(piece.data.len());
        Some((start, piece))
    }

    /// Keeps the numbers of all pieces and forgets their bytes.
    pub fn drop_bytes(&mut self) {
        self.pieces
            .values_mut()
            .for_each(|piece| piece.data = Vec::new());
        self.bytes = 0;
    }

    /// Keeps what is new of an arrival; its bytes only when `keep` says so.
    pub fn insert(&mut self, arrival: Arrival<'_>, keep: bool) -> Overlap {
        let mut overlap = Overlap::default();
        let end = arrival.start.saturating_add(count(arrival.length));
        let mut start = arrival.start;
        while start < end {
            let before = self.pieces.range(..=start).next_back();
            if let Some((known_start, piece)) = before
                && known_start.saturating_add(count(piece.length)) > start
            {
                let known_end = known_start.saturating_add(count(piece.length)).min(end);
                overlap.is_overlapping = true;
                overlap.differs |= differs(
                    after(&piece.data, start - known_start),
                    after(arrival.data, start - arrival.start),
                    known_end - start,
                );
                start = known_end;
                continue;
            }
            let next = self.pieces.range(start..).next();
            let until = next.map_or(end, |(next, _)| (*next).min(end));
            self.keep(&arrival, start, until, keep);
            overlap.is_fresh = true;
            start = until;
        }
        overlap
    }

    fn keep(&mut self, arrival: &Arrival<'_>, start: u64, until: u64, keep: bool) {
        let length = usize::try_from(until - start).unwrap_or(usize::MAX);
        let captured = after(arrival.data, start - arrival.start);
        let captured = captured.get(..length).unwrap_or(captured);
        let data = if keep && !arrival.is_outside {
            captured.to_vec()
        } else {
            Vec::new()
        };
        self.bytes = self.bytes.saturating_add(data.len());
        let is_outside = arrival.is_outside;
        let piece = Piece {
            length,
            data,
            is_outside,
        };
        self.pieces.insert(start, piece);
    }
}

fn after(data: &[u8], skipped: u64) -> &[u8] {
    usize::try_from(skipped)
        .ok()
        .and_then(|skipped| data.get(skipped..))
        .unwrap_or_default()
}

fn differs(known: &[u8], copy: &[u8], length: u64) -> bool {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let pairs = known.iter().zip(copy).take(length);
    pairs.into_iter().any(|(one, other)| one != other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(start: u64, data: &[u8]) -> Arrival<'_> {
        Arrival {
            start,
            length: data.len(),
            data,
            is_outside: false,
        }
    }

    #[test]
    fn of_overlapping_pieces_the_first_copy_is_kept_and_the_holes_are_filled() {
        let mut waiting = Waiting::default();
        waiting.insert(arrival(2, b"cd"), true);
        waiting.insert(arrival(6, b"gh"), true);
        let overlap = waiting.insert(arrival(0, b"abXXefghij"), true);
        assert!(overlap.is_overlapping && overlap.is_fresh && overlap.differs);
        let mut text = Vec::new();
        while let Some((_, piece)) = waiting.take_until(9) {
            text.extend(piece.data);
        }
        assert_eq!(text, b"abcdefghij");
        assert_eq!(waiting.bytes(), 0);
    }

    #[test]
    fn a_repeated_piece_is_not_fresh() {
        let mut waiting = Waiting::default();
        waiting.insert(arrival(4, b"abc"), true);
        let overlap = waiting.insert(arrival(5, b"b"), true);
        assert_eq!(
            overlap,
            Overlap {
                is_overlapping: true,
                ..Overlap::default()
            }
        );
    }
}
