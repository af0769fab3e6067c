//! The bytes of one open file in one direction: reads or writes at their offsets become one file.
//!
//! Caps: 256 KiB that came before the bytes in front of them; beyond, the hole counts as lost.

use std::collections::BTreeMap;

use crate::bytes::count;
use crate::file::File;

/// No file is longer (MS-FSCC, section 2.1.1: places are signed numbers of 64 bits); half of it lets sums stay below.
const MAX_OFFSET: u64 = 1 << 62;
/// Bytes that wait for those before them.
const MAX_WAITING: usize = 256 << 10;

/// A file on its way.
#[derive(Default)]
pub struct Transfer {
    file: File,
    next: u64,
    waiting: BTreeMap<u64, Vec<u8>>,
    waiting_bytes: usize,
    /// Requests that carried it.
    pub operations: u64,
    /// Payload bytes, those that came twice included.
    pub bytes: u64,
    /// Number of the transaction that tells of it.
    pub transaction: u64,
    /// When the first bytes passed, µs.
    pub start_us: u64,
}

impl Transfer {
    /// Nothing has passed yet.
    #[must_use]
    pub fn new(transaction: u64, start_us: u64) -> Self {
        Self {
            transaction,
            start_us,
            ..Self::default()
        }
    }

    /// Takes the bytes at `offset`. True when some of them were known already.
    pub fn data(&mut self, offset: u64, bytes: &[u8]) -> bool {
        self.bytes = self.bytes.saturating_add(count(bytes.len()));
        if offset > MAX_OFFSET {
            return false;
        }
        if offset > self.next {
            self.wait(offset, bytes);
            while self.waiting_bytes > MAX_WAITING {
                self.give_up_hole();
            }
            return false;
        }
        let overlaps = self.append(offset, bytes);
        self.settle();
        overlaps
    }

    /// `length` bytes at `offset` were lost.
    pub fn gap(&mut self, offset: u64, length: u64) {
        if offset == self.next {
            self.skip_to(offset.saturating_add(length));
            self.settle();
        }
    }

    /// Counts bytes of a pipe, which have no place.
    pub fn pass(&mut self, length: u64) {
        self.bytes = self.bytes.saturating_add(length);
    }

    /// Where the bytes end that are in order.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        size_of::<Self>() + 256 + self.waiting_bytes
    }

    /// Settles what still waits: bytes that are missing before it count as lost.
    pub fn settle_all(&mut self) {
        while !self.waiting.is_empty() {
            self.give_up_hole();
        }
    }

    /// The file.
    #[must_use]
    pub fn finish(mut self) -> File {
        self.settle_all();
        self.file
    }

    /// Bytes that begin at or before the end; those before it are known.
    fn append(&mut self, offset: u64, bytes: &[u8]) -> bool {
        let known = usize::try_from(self.next.saturating_sub(offset)).unwrap_or(usize::MAX);
        let fresh = bytes.get(known..).unwrap_or_default();
        self.file.data(fresh);
        self.next = self.next.saturating_add(count(fresh.len()));
        known > 0 && !bytes.is_empty()
    }

    fn wait(&mut self, offset: u64, bytes: &[u8]) {
        self.waiting_bytes += bytes.len();
        // Bytes come in segments: most continue the piece before them.
        if let Some((start, piece)) = self.waiting.range_mut(..=offset).next_back()
            && start.saturating_add(count(piece.len())) == offset
        {
            piece.extend_from_slice(bytes);
        } else if let Some(old) = self.waiting.insert(offset, bytes.to_vec()) {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(old.len());
        }
    }

    fn settle(&mut self) {
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.next {
                return;
            }
            let (offset, piece) = entry.remove_entry();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(piece.len());
            self.append(offset, &piece);
        }
    }

    fn give_up_hole(&mut self) {
        if let Some((&offset, _)) = self.waiting.first_key_value() {
            self.skip_to(offset);
        }
        self.settle();
    }

    fn skip_to(&mut self, offset: u64) {
        self.file.gap(offset.saturating_sub(self.next));
        self.next = offset.max(self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_out_of_order_make_the_file_and_repeated_ones_are_told() {
        let mut transfer = Transfer::default();
        assert!(!transfer.data(4, b"efgh"));
        assert!(!transfer.data(8, b"ij"));
        assert_eq!(transfer.next(), 0);
        assert!(!transfer.data(0, b"abcd"));
        assert_eq!(transfer.next(), 10);
        assert!(transfer.data(2, b"cd"));
        assert!(transfer.data(8, b"ijkl"));
        assert_eq!(transfer.next(), 12);
        assert_eq!(transfer.finish().size(), 12);
    }

    #[test]
    fn too_much_that_waits_makes_the_hole_a_loss() {
        let mut transfer = Transfer::default();
        let piece = vec![1; 64 << 10];
        for place in 1..8_u64 {
            transfer.data(place * count(piece.len()), &piece);
            assert!(transfer.held() < MAX_WAITING + (1 << 17));
        }
        assert_eq!(transfer.next(), 8 * count(piece.len()));
        assert_eq!(transfer.finish().size(), 7 * count(piece.len()));
    }
}
