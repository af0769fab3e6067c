//! Things by number, in chunks: growing never moves or doubles what is there, and a freed place is used again.

const CHUNK: usize = 1_024;

/// No place.
pub const NONE: u32 = u32::MAX;

/// A numbered store; what is removed leaves its default behind.
#[derive(Debug)]
pub struct Slab<T> {
    chunks: Vec<Vec<T>>,
    free: Vec<u32>,
    used: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            free: Vec::new(),
            used: 0,
        }
    }
}

impl<T: Default> Slab<T> {
    /// Takes a thing; its number stays until it is removed. `NONE` when four thousand million are in.
    pub fn insert(&mut self, thing: T) -> u32 {
        if let Some(number) = self.free.pop() {
            if let Some(place) = self.get_mut(number) {
                *place = thing;
            }
            return number;
        }
        let number = self.used;
        if number == NONE {
            return NONE;
        }
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(thing),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(thing);
                self.chunks.push(chunk);
            }
        }
        self.used += 1;
        number
    }

    /// Takes the thing out.
    pub fn remove(&mut self, number: u32) -> T {
        let Some(place) = self.get_mut(number) else {
            return T::default();
        };
        let thing = std::mem::take(place);
        self.free.push(number);
        thing
    }

    /// The thing of this number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        self.chunks.get(number / CHUNK)?.get(number % CHUNK)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let number = number as usize;
        self.chunks.get_mut(number / CHUNK)?.get_mut(number % CHUNK)
    }

    /// How many are in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    /// Whether none is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_number_is_given_again_and_the_others_keep_theirs() {
        let mut slab = Slab::default();
        let numbers: Vec<u32> = (0..3_000_u32).map(|value| slab.insert(value)).collect();
        assert_eq!(slab.remove(1_500), 1_500);
        assert_eq!(slab.len(), 2_999);
        assert_eq!(slab.insert(7), 1_500);
        assert_eq!(slab.get(1_500), Some(&7));
        assert!(
            numbers
                .iter()
                .filter(|number| **number != 1_500)
                .all(|number| slab.get(*number) == Some(number))
        );
        assert_eq!(slab.get(NONE), None);
    }
}
