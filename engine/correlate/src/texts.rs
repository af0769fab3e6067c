//! Texts kept once, by number, for as long as somebody counts on them: keys of groups, counted values, facts of events.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use crate::slab::{NONE, Slab};

/// Interned texts with the number of their users.
#[derive(Debug, Default)]
pub struct Texts {
    entries: Slab<Text>,
    table: HashTable<u32>,
    hasher: RandomState,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Text {
    bytes: Box<[u8]>,
    users: u32,
    hash: u32,
}

/// A whole hash from the half that is kept.
#[must_use]
pub fn widen(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The half of a hash that is kept.
#[must_use]
pub fn narrow(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

impl Texts {
    /// The number of a text; the caller is one of its users.
    pub fn intern(&mut self, bytes: &[u8]) -> u32 {
        let hash = narrow(self.hasher.hash_one(bytes));
        let entries = &self.entries;
        let known = self
            .table
            .find(widen(hash), |number| {
                entries
                    .get(*number)
                    .is_some_and(|text| text.hash == hash && *text.bytes == *bytes)
            })
            .copied();
        if let Some(number) = known {
            self.retain(number);
            return number;
        }
        self.bytes += bytes.len();
        let number = self.entries.insert(Text {
            bytes: bytes.into(),
            users: 1,
            hash,
        });
        let entries = &self.entries;
        self.table.insert_unique(widen(hash), number, |other| {
            widen(entries.get(*other).map_or(0, |text| text.hash))
        });
        number
    }

    /// The number of a text, if somebody uses it; the caller becomes no user.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Option<u32> {
        let hash = narrow(self.hasher.hash_one(bytes));
        self.table
            .find(widen(hash), |number| {
                self.entries
                    .get(*number)
                    .is_some_and(|text| text.hash == hash && *text.bytes == *bytes)
            })
            .copied()
    }

    /// One user more.
    pub fn retain(&mut self, number: u32) {
        if let Some(text) = self.entries.get_mut(number) {
            text.users = text.users.saturating_add(1);
        }
    }

    /// One user less; the last one takes the text along.
    pub fn release(&mut self, number: u32) {
        let Some(text) = self.entries.get_mut(number) else {
            return;
        };
        text.users = text.users.saturating_sub(1);
        if text.users > 0 {
            return;
        }
        let hash = text.hash;
        self.bytes = self.bytes.saturating_sub(text.bytes.len());
        if let Ok(found) = self.table.find_entry(widen(hash), |other| *other == number) {
            found.remove();
        }
        self.entries.remove(number);
    }

    /// The text.
    #[must_use]
    pub fn get(&self, number: u32) -> &[u8] {
        if number == NONE {
            return &[];
        }
        self.entries
            .get(number)
            .map_or(&[], |text| text.bytes.as_ref())
    }

    /// Memory of those that are there.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes + self.len() * (size_of::<Text>() + size_of::<u64>())
    }

    /// How many different ones there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_lives_until_its_last_user_has_gone() {
        let mut texts = Texts::default();
        let first = texts.intern(b"An");
        assert_eq!(texts.intern(b"An"), first);
        assert_ne!(texts.intern(b"an"), first);
        texts.release(first);
        assert_eq!(texts.get(first), b"An");
        assert_eq!(texts.find(b"An"), Some(first));
        let both = texts.bytes();
        texts.release(first);
        assert_eq!(texts.find(b"An"), None);
        assert_eq!(texts.len(), 1);
        assert_eq!(both, 2 * texts.bytes());
    }
}
