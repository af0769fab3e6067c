//! The events that a group remembers, oldest first: a list of slots, and their places by what they count for.

use crate::slab::NONE;
use crate::store::{Entry, Slot, Store};

impl Store {
    /// How many it remembers.
    #[must_use]
    pub fn slot_count(&self, group: u32) -> usize {
        self.groups
            .get(group)
            .map_or(0, |group| group.count as usize)
    }

    /// The oldest one.
    #[must_use]
    pub fn oldest(&self, group: u32) -> Option<&Slot> {
        self.slots.get(self.groups.get(group)?.head)
    }

    /// All of them.
    pub fn slots(&self, group: u32) -> impl Iterator<Item = &Slot> {
        let mut next = self.groups.get(group).map_or(NONE, |group| group.head);
        std::iter::from_fn(move || {
            let slot = self.slots.get(next)?;
            next = slot.next;
            Some(slot)
        })
    }

    /// Remembers an event as the newest; the slot uses the facts and the key, which it retains.
    pub fn push(&mut self, group: u32, entry: Entry, key: u32) {
        self.texts.retain(entry.facts);
        if key != NONE {
            self.texts.retain(key);
        }
        let number = self.slots.insert(Slot {
            entry,
            key,
            group,
            previous: NONE,
            next: NONE,
        });
        self.link_slot(number);
        if key == NONE {
            return;
        }
        let slots = &self.slots;
        self.by_value
            .insert_unique(value_hash(group, key), number, |other| {
                slots
                    .get(*other)
                    .map_or(0, |slot| value_hash(slot.group, slot.key))
            });
    }

    /// Makes the slot of a key the newest, with another event; whether there was one.
    pub fn renew(&mut self, group: u32, entry: Entry, key: u32) -> bool {
        let found = self
            .by_value
            .find(value_hash(group, key), |number| {
                self.slots
                    .get(*number)
                    .is_some_and(|slot| slot.group == group && slot.key == key)
            })
            .copied();
        let Some(number) = found else {
            return false;
        };
        self.unlink_slot(number);
        self.texts.retain(entry.facts);
        if let Some(slot) = self.slots.get_mut(number) {
            let before = std::mem::replace(&mut slot.entry, entry);
            self.texts.release(before.facts);
        }
        self.link_slot(number);
        true
    }

    /// Forgets the oldest one; whether there was one.
    pub fn pop_oldest(&mut self, group: u32) -> bool {
        let number = self.groups.get(group).map_or(NONE, |group| group.head);
        if number == NONE {
            return false;
        }
        self.unlink_slot(number);
        let slot = self.slots.remove(number);
        self.texts.release(slot.entry.facts);
        if slot.key != NONE {
            if let Ok(found) = self
                .by_value
                .find_entry(value_hash(group, slot.key), |other| *other == number)
            {
                found.remove();
            }
            self.texts.release(slot.key);
        }
        true
    }

    fn link_slot(&mut self, number: u32) {
        let Some(slot) = self.slots.get_mut(number) else {
            return;
        };
        let Some(group) = self.groups.get_mut(slot.group) else {
            return;
        };
        slot.previous = group.tail;
        slot.next = NONE;
        let before = group.tail;
        group.tail = number;
        group.count += 1;
        if before == NONE {
            group.head = number;
        } else if let Some(before) = self.slots.get_mut(before) {
            before.next = number;
        }
    }

    fn unlink_slot(&mut self, number: u32) {
        let Some(slot) = self.slots.get(number) else {
            return;
        };
        let (owner, previous, next) = (slot.group, slot.previous, slot.next);
        if let Some(group) = self.groups.get_mut(owner) {
            group.count = group.count.saturating_sub(1);
            if previous == NONE {
                group.head = next;
            }
            if next == NONE {
                group.tail = previous;
            }
        }
        if let Some(previous) = self.slots.get_mut(previous) {
            previous.next = next;
        }
        if let Some(next) = self.slots.get_mut(next) {
            next.previous = previous;
        }
    }
}

/// Numbers of groups and texts are small and given by the store: mixing them is enough.
fn value_hash(group: u32, key: u32) -> u64 {
    let both = (u64::from(group) << 32) | u64::from(key);
    let mixed = both.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}
