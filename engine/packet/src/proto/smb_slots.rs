//! A map that forgets its oldest members: by number and by the key that the wire uses.

use std::collections::BTreeMap;

struct Slot<K, V> {
    key: K,
    value: V,
    cost: usize,
}

/// Members by number (their age) and by key. Every verb costs at most the logarithm of how many there are.
pub struct Slots<K, V> {
    members: BTreeMap<u64, Slot<K, V>>,
    numbers: BTreeMap<K, u64>,
    next: u64,
    cost: usize,
    max_members: usize,
    max_cost: usize,
}

impl<K: Ord + Copy, V> Slots<K, V> {
    /// Empty, for so many members that together may cost so many bytes.
    #[must_use]
    pub fn new(max_members: usize, max_cost: usize) -> Self {
        Self {
            members: BTreeMap::new(),
            numbers: BTreeMap::new(),
            next: 0,
            cost: 0,
            max_members,
            max_cost,
        }
    }

    /// Takes a member in; one with the same key is given back. Call [`Slots::overflow`] after it.
    pub fn insert(&mut self, key: K, value: V, cost: usize) -> Option<V> {
        let number = self.next;
        self.next += 1;
        let old = self.numbers.insert(key, number);
        let old = old.and_then(|old| self.take(old));
        self.cost = self.cost.saturating_add(cost);
        self.members.insert(number, Slot { key, value, cost });
        old
    }

    /// The oldest member, as long as there are too many or they cost too much.
    pub fn overflow(&mut self) -> Option<V> {
        if self.members.len() <= self.max_members && self.cost <= self.max_cost {
            return None;
        }
        self.pop()
    }

    /// The oldest member.
    pub fn pop(&mut self) -> Option<V> {
        let (&number, _) = self.members.first_key_value()?;
        self.remove_number(number)
    }

    /// A member.
    pub fn get(&self, key: &K) -> Option<&V> {
        let number = self.numbers.get(key)?;
        self.members.get(number).map(|slot| &slot.value)
    }

    /// A member to change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let number = self.numbers.get(key)?;
        self.members.get_mut(number).map(|slot| &mut slot.value)
    }

    /// Sets what a member costs now.
    pub fn set_cost(&mut self, key: &K, cost: usize) {
        if let Some(slot) = self
            .numbers
            .get(key)
            .and_then(|number| self.members.get_mut(number))
        {
            self.cost = self.cost.saturating_sub(slot.cost).saturating_add(cost);
            slot.cost = cost;
        }
    }

    /// Gives a member another key; one that has it already is given back.
    pub fn rename(&mut self, from: &K, to: K) -> Option<V> {
        if *from == to {
            return None;
        }
        let number = self.numbers.remove(from)?;
        let old = self.numbers.insert(to, number);
        if let Some(slot) = self.members.get_mut(&number) {
            slot.key = to;
        }
        old.and_then(|old| self.take(old))
    }

    /// Takes a member out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let number = *self.numbers.get(key)?;
        self.remove_number(number)
    }

    /// What all members cost, with the maps themselves, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let each = size_of::<Slot<K, V>>() + 2 * size_of::<K>() + 3 * size_of::<u64>();
        self.cost
            .saturating_add(self.members.len().saturating_mul(each))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    fn remove_number(&mut self, number: u64) -> Option<V> {
        let slot = self.members.remove(&number)?;
        self.cost = self.cost.saturating_sub(slot.cost);
        self.numbers.remove(&slot.key);
        Some(slot.value)
    }

    /// Takes a member out whose key belongs to another already.
    fn take(&mut self, number: u64) -> Option<V> {
        let slot = self.members.remove(&number)?;
        self.cost = self.cost.saturating_sub(slot.cost);
        Some(slot.value)
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[test]
    fn the_oldest_goes_when_there_are_too_many_or_they_cost_too_much() {
        let mut slots = Slots::new(2, 100);
        for key in 0..3 {
            assert_eq!(slots.insert(key, key, 10), None);
        }
        assert_eq!(slots.overflow(), Some(0));
        assert_eq!(slots.overflow(), None);
        slots.set_cost(&2, 95);
        assert_eq!(slots.overflow(), Some(1));
        assert_eq!(slots.overflow(), None);
        assert_eq!(slots.len(), 1);
        assert_eq!(slots.get(&0), None);
    }

    #[test]
    fn a_key_used_again_gives_the_old_member_back() {
        let mut slots = Slots::new(4, 100);
        slots.insert('a', 1, 0);
        slots.insert('b', 2, 0);
        assert_eq!(slots.insert('a', 3, 0), Some(1));
        assert_eq!(slots.rename(&'a', 'b'), Some(2));
        assert_eq!(slots.get(&'b'), Some(&3));
        assert_eq!(slots.len(), 1);
        assert_eq!(slots.remove(&'b'), Some(3));
        assert_eq!(slots.remove(&'b'), None);
    }
}
