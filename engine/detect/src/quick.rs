//! A quick hash for tables that rules fill and events only ask: whoever writes events cannot make two entries meet.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table of the rules' own texts and numbers.
pub type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<QuickHasher>>;

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Eight bytes a step.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    continued(bytes.len() as u64, bytes)
}

/// What does not fill eight bytes is read again from the end, so that no loop over single bytes is needed.
fn continued(state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let state = words
        .iter()
        .fold(state, |state, word| mixed(state, u64::from_le_bytes(*word)));
    let last = match (rest, bytes.last_chunk::<8>()) {
        ([], Some(_)) => return state,
        (_, Some(last)) => u64::from_le_bytes(*last),
        (short, None) => match (short.first_chunk::<4>(), short.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => short
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte)),
        },
    };
    mixed(state, last)
}

fn mixed(state: u64, word: u64) -> u64 {
    (state.rotate_left(5) ^ word).wrapping_mul(FACTOR)
}

/// The same for the standard library's tables.
#[derive(Debug, Default, Clone, Copy)]
pub struct QuickHasher(u64);

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = continued(self.0 ^ bytes.len() as u64, bytes);
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 = mixed(self.0, u64::from(byte));
    }

    fn finish(&self) -> u64 {
        // The tables look at the lowest bits and at the highest; a product is well mixed only in the latter.
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_one_byte_or_in_length_have_other_hashes() {
        let texts = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "a\0",
            "abcdefgh",
            "abcdefghi",
            "abcdefgi",
        ];
        let mut hashes: Vec<u64> = texts.iter().map(|text| hash(text.as_bytes())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), texts.len());
    }

    #[test]
    fn numbers_in_a_row_spread_over_the_lowest_bits() {
        let mut seen = [false; 128];
        for number in 0..1_000_u32 {
            let mut hasher = QuickHasher::default();
            hasher.write(number.to_string().as_bytes());
            if let Some(slot) = seen.get_mut((hasher.finish() % 128) as usize) {
                *slot = true;
            }
        }
        assert!(seen.iter().filter(|slot| **slot).count() > 100);
    }
}
