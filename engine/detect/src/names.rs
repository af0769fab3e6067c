//! Names by their hash, for readers that know the hash already: one look for a name that is not there.

use crate::json::hash;

/// Each name with a number.
#[derive(Debug, Default)]
pub struct Names {
    entries: Vec<Entry>,
    /// Position of an entry plus one, 0 = free; a power of two, at most half full.
    slots: Vec<u32>,
}

#[derive(Debug)]
struct Entry {
    hash: u32,
    name: Box<str>,
    number: usize,
}

impl Names {
    /// Adds a name that is not in it yet.
    pub fn add(&mut self, name: &str, number: usize) {
        self.entries.push(Entry {
            hash: hash(name.as_bytes()),
            name: name.into(),
            number,
        });
        if self.entries.len() * 2 > self.slots.len() {
            let size = (self.entries.len() * 4).next_power_of_two();
            self.slots = vec![0; size];
            for place in 0..self.entries.len() {
                self.enter(place);
            }
        } else {
            self.enter(self.entries.len() - 1);
        }
    }

    /// The number of the name with this hash for which `is_it` is true.
    pub fn find(&self, hash: u32, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        let mut at = self.first_slot(hash);
        loop {
            // No slot at all, or a free one: not there.
            let place = self.slots.get(at)?.checked_sub(1)?;
            let entry = self.entries.get(place as usize)?;
            if entry.hash == hash && is_it(&entry.name) {
                return Some(entry.number);
            }
            at = self.next_slot(at);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn enter(&mut self, place: usize) {
        let Some(entry) = self.entries.get(place) else {
            return;
        };
        let mut at = self.first_slot(entry.hash);
        while self.slots.get(at).is_some_and(|slot| *slot != 0) {
            at = self.next_slot(at);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = u32::try_from(place + 1).unwrap_or(0);
        }
    }

    fn first_slot(&self, hash: u32) -> usize {
        hash as usize & self.slots.len().saturating_sub(1)
    }

    fn next_slot(&self, at: usize) -> usize {
        (at + 1) & self.slots.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &Names, name: &str) -> Option<usize> {
        names.find(hash(name.as_bytes()), |known| known == name)
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        let mut names = Names::default();
        assert_eq!(found(&names, "a"), None);
        for number in 0..1_000 {
            names.add(&format!("name{number}"), number);
        }
        for number in 0..1_000 {
            assert_eq!(found(&names, &format!("name{number}")), Some(number));
            assert_eq!(found(&names, &format!("other{number}")), None);
        }
    }

    #[test]
    fn names_with_one_hash_are_told_apart() {
        let mut names = Names::default();
        names.add("first", 1);
        names.add("second", 2);
        for entry in &mut names.entries {
            entry.hash = 7;
        }
        names.slots.fill(0);
        names.enter(0);
        names.enter(1);
        assert_eq!(names.find(7, |known| known == "second"), Some(2));
        assert_eq!(names.find(7, |known| known == "third"), None);
    }
}
