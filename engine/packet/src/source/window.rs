//! A sliding window over a byte stream: contiguous slices without a copy per record.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::Damage;

/// The packed bytes end too soon.
const CUT: &str = "compressed_data_cut";
/// They need more memory than is given them, or a dictionary.
const UNSUPPORTED: &str = "compressed_data_unsupported";
/// The packed bytes are wrong.
const CORRUPT: &str = "compressed_data_corrupt";

/// Buffers what was read and not yet stepped over. Holds one record and one read at most.
pub struct Window {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes at the front of the buffer that stay where they are.
    pinned: usize,
    offset: u64,
    read_size: usize,
    ended: bool,
    failed: Option<&'static str>,
}

impl Window {
    /// A window at the start of `input`.
    #[must_use]
    pub fn new(input: Box<dyn Read + Send>, read_size: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            pinned: 0,
            offset: 0,
            read_size: read_size.max(1),
            ended: false,
            failed: None,
        }
    }

    /// How many bytes of the stream lie before the window.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads until `wanted` bytes are there or the input ends; tells how many are there.
    pub fn fill(&mut self, wanted: usize) -> usize {
        while self.available() < wanted && !self.ended {
            self.read_more(wanted);
        }
        self.available()
    }

    /// Bytes that are in memory now.
    #[must_use]
    pub fn available(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// The first `length` bytes, if they are in memory.
    #[must_use]
    pub fn peek(&self, length: usize) -> Option<&[u8]> {
        self.peek_at(0, length)
    }

    /// `length` bytes after the first `skipped`.
    #[must_use]
    pub fn peek_at(&self, skipped: usize, length: usize) -> Option<&[u8]> {
        let from = self.start.checked_add(skipped)?;
        let to = from.checked_add(length).filter(|to| *to <= self.end)?;
        self.buffer.get(from..to)
    }

    /// Keeps what [`Self::peek_at`] gave in place until the buffer is taken, and tells where in it that is.
    pub fn pin(&mut self, skipped: usize, length: usize) -> Range<usize> {
        let from = self.start.saturating_add(skipped);
        self.pinned = from.saturating_add(length).min(self.end);
        from..self.pinned
    }

    /// Takes the buffer with all that is pinned in it and goes on in `next`, whose content is of no interest.
    pub fn take_pinned(&mut self, next: Vec<u8>) -> Vec<u8> {
        let taken = std::mem::replace(&mut self.buffer, next);
        let rest = taken.get(self.start..self.end).unwrap_or_default();
        if self.buffer.len() < rest.len() {
            self.buffer.resize(rest.len(), 0);
        }
        if let Some(space) = self.buffer.get_mut(..rest.len()) {
            space.copy_from_slice(rest);
        }
        self.end = rest.len();
        self.start = 0;
        self.pinned = 0;
        taken
    }

    /// Steps over `length` bytes, reading and dropping what is not in memory. False when the input ends before.
    pub fn advance(&mut self, length: usize) -> bool {
        let mut left = length;
        loop {
            let step = left.min(self.available());
            self.start = self.start.saturating_add(step);
            self.offset = self.offset.saturating_add(crate::bytes::count(step));
            left = left.saturating_sub(step);
            if left == 0 {
                return true;
            }
            if self.fill(1) == 0 {
                return false;
            }
        }
    }

    /// What to report when a record is cut: a failed read is told apart from a short file.
    #[must_use]
    pub fn damage(&self, reason: &'static str) -> Damage {
        Damage {
            offset: self.offset,
            reason: self.failed.unwrap_or(reason),
        }
    }

    /// Whether the input ended because reading or unpacking failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Whether it ended because what was packed breaks off, is wrong or cannot be unpacked.
    #[must_use]
    pub fn has_broken_packing(&self) -> bool {
        matches!(self.failed, Some(CUT | CORRUPT | UNSUPPORTED))
    }

    fn read_more(&mut self, wanted: usize) {
        let available = self.available();
        let front = self.pinned.min(self.start);
        if front < self.start {
            self.buffer.copy_within(self.start..self.end, front);
            self.start = front;
            self.end = front.saturating_add(available);
        }
        let missing = wanted.saturating_sub(available).min(2 * super::MAX_RECORD);
        let needed = self.end.saturating_add(self.read_size.max(missing));
        if self.buffer.len() < needed {
            self.buffer.resize(needed, 0);
        }
        let got = match self
            .buffer
            .get_mut(self.end..self.end.saturating_add(self.read_size))
        {
            Some(space) => read_once(&mut *self.input, space),
            None => Ok(0),
        };
        let got = got.unwrap_or_else(|reason| {
            self.failed = Some(reason);
            0
        });
        self.ended = got == 0;
        self.end = self.end.saturating_add(got);
    }
}

fn read_once(input: &mut dyn Read, space: &mut [u8]) -> Result<usize, &'static str> {
    loop {
        match input.read(space) {
            Ok(got) => return Ok(got),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(match error.kind() {
                    ErrorKind::UnexpectedEof => CUT,
                    ErrorKind::InvalidInput | ErrorKind::InvalidData => CORRUPT,
                    ErrorKind::Unsupported => UNSUPPORTED,
                    _ => "read_failed",
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn what_is_pinned_stays_in_place_and_what_follows_goes_on_in_the_next_buffer() {
        let bytes: Vec<u8> = (0..100).collect();
        let mut window = Window::new(Box::new(std::io::Cursor::new(bytes.clone())), 7);
        assert_eq!(window.fill(10), 14);
        let first = window.pin(2, 8);
        assert!(window.advance(10));
        // Stepped over without a pin: room for what comes.
        assert!(window.advance(30));
        window.fill(20);
        let second = window.pin(1, 19);
        let taken = window.take_pinned(vec![9; 3]);
        assert_eq!(taken[first], bytes[2..10]);
        assert_eq!(taken[second], bytes[41..60]);
        assert!(taken.len() < 50, "{}", taken.len());
        assert!(window.advance(20) && window.fill(5) >= 5);
        assert_eq!(window.peek(5), bytes.get(60..65));
        assert_eq!(window.offset(), 60);
    }
}
