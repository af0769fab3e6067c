//! The end of a call's results, kept while packets pass: the return value lies there (C706, section 12.6.4.10; MS-RPCE,
//! section 2.2.2.11).
//!
//! A response may be 64 KiB long and come in as many pieces as its sender likes. Nothing of it is held but the last bytes
//! before its token: a security trailer, its padding (at most 16 bytes) and four bytes of results.

use super::dcerpc_pdu::{Header, TRAILER};
use crate::bytes::count;

/// Bytes of a return value.
const VALUE: usize = 4;
/// The most padding before a security trailer.
const MAX_PADDING: usize = 16;
/// Bytes that are kept.
const WINDOW: usize = TRAILER + MAX_PADDING + VALUE;
/// Results are encrypted (MS-RPCE, section 2.2.1.1.8).
const PRIVACY: u8 = 6;

/// A response that is passing.
#[derive(Clone, Copy, Debug)]
pub struct Passing {
    /// Number of its call.
    pub call: u32,
    /// Whether it is the last fragment.
    pub is_last: bool,
    /// Whether numbers are little-endian.
    pub is_little: bool,
    /// Whether something of it is missing.
    pub is_cut: bool,
    token: usize,
    window: [u8; WINDOW],
    filled: usize,
}

impl Passing {
    /// A response of which nothing has passed but its fixed part.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self {
            call: header.call,
            is_last: header.is_last(),
            is_little: header.is_little,
            is_cut: false,
            token: header.auth_length,
            window: [0; WINDOW],
            filled: 0,
        }
    }

    /// The next bytes; before them `left` bytes of the packet were to come.
    pub fn take(&mut self, bytes: &[u8], left: u64) {
        let before_token = left.saturating_sub(count(self.token));
        let length =
            usize::try_from(before_token).map_or(bytes.len(), |most| most.min(bytes.len()));
        let bytes = bytes.get(..length).unwrap_or(bytes);
        let bytes = bytes
            .get(bytes.len().saturating_sub(WINDOW)..)
            .unwrap_or(bytes);
        let kept = self.filled.min(WINDOW.saturating_sub(bytes.len()));
        let from = self.filled.saturating_sub(kept);
        self.window.copy_within(from..self.filled, 0);
        self.filled = kept.saturating_add(bytes.len());
        if let Some(space) = self.window.get_mut(kept..self.filled) {
            space.copy_from_slice(bytes);
        }
    }

    /// The last bytes of its results; `None` when they cannot be read.
    fn results(&self) -> Option<&[u8]> {
        if self.is_cut {
            return None;
        }
        let passed = self.window.get(..self.filled)?;
        if self.token == 0 {
            return Some(passed);
        }
        let (body, trailer) = passed.split_at_checked(passed.len().checked_sub(TRAILER)?)?;
        let [_, level, padding, ..] = trailer else {
            return None;
        };
        let padding = usize::from(*padding);
        if *level == PRIVACY || padding > MAX_PADDING {
            return None;
        }
        body.get(..body.len().checked_sub(padding)?)
    }
}

/// The end of the results of one call, over all its fragments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Results {
    bytes: [u8; VALUE],
    filled: usize,
    losses: u32,
}

impl Results {
    /// One more fragment, in order. `losses` counts what went missing on the connection: over a hole nothing is joined.
    pub fn add(&mut self, fragment: &Passing, losses: u32) {
        let Some(end) = fragment.results() else {
            self.filled = 0;
            return;
        };
        if self.losses != losses {
            self.filled = 0;
            self.losses = losses;
        }
        let known = self.bytes.get(..self.filled).unwrap_or_default();
        let mut joined = [0; VALUE + WINDOW];
        let length = known.len().saturating_add(end.len());
        for (space, byte) in joined.iter_mut().zip(known.iter().chain(end)) {
            *space = *byte;
        }
        let from = length.saturating_sub(VALUE);
        let last = joined.get(from..length).unwrap_or_default();
        self.filled = last.len();
        if let Some(space) = self.bytes.get_mut(..last.len()) {
            space.copy_from_slice(last);
        }
    }

    /// The number in the last four bytes, if so many are known.
    #[must_use]
    pub fn value(&self, is_little: bool) -> Option<u32> {
        (self.filled == VALUE).then(|| {
            if is_little {
                u32::from_le_bytes(self.bytes)
            } else {
                u32::from_be_bytes(self.bytes)
            }
        })
    }
}

#[cfg(test)]
mod tests;
