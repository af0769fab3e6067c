//! A sliding window over a byte stream: contiguous slices without a copy per record.

use std::io::{ErrorKind, Read};

use super::Damage;

/// Buffers what was read and not yet stepped over. Holds one record and one read at most.
pub struct Window {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
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

    fn read_more(&mut self, wanted: usize) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end = self.available();
        self.start = 0;
        let missing = wanted.saturating_sub(self.end).min(2 * super::MAX_RECORD);
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
                    ErrorKind::UnexpectedEof => "compressed_data_cut",
                    ErrorKind::InvalidInput | ErrorKind::InvalidData => "compressed_data_corrupt",
                    _ => "read_failed",
                });
            }
        }
    }
}
