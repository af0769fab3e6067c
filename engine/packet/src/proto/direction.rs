//! Which end of a flow speaks, and what there is one of for each end.

/// Which end speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The originator.
    FromSource,
    /// The responder.
    FromDestination,
}

impl Direction {
    /// Both, the originator's first.
    pub const BOTH: [Self; 2] = [Self::FromSource, Self::FromDestination];

    /// The way back.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::FromSource => Self::FromDestination,
            Self::FromDestination => Self::FromSource,
        }
    }

    /// 0 for the originator, 1 for the responder, where a number is wanted.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self == Self::FromDestination)
    }
}

/// One of each kind for the two ends: every direction has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair<T> {
    /// The originator's.
    pub source: T,
    /// The responder's.
    pub destination: T,
}

impl<T> Pair<T> {
    /// That of who speaks.
    #[must_use]
    pub fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::FromSource => &self.source,
            Direction::FromDestination => &self.destination,
        }
    }

    /// That of who speaks, to change.
    #[must_use]
    pub fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::FromSource => &mut self.source,
            Direction::FromDestination => &mut self.destination,
        }
    }

    /// Both, the originator's first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.source, &self.destination].into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_has_its_own_and_the_way_back_is_the_others() {
        let mut pair = Pair {
            source: 1,
            destination: 2,
        };
        for direction in Direction::BOTH {
            *pair.of_mut(direction) *= 10;
            assert_ne!(pair.of(direction), pair.of(direction.other()));
            assert_eq!(direction.other().other(), direction);
        }
        assert_eq!(*pair.of(Direction::FromSource), 10);
        assert_eq!(*pair.of(Direction::FromDestination), 20);
        assert!(pair.iter().eq(&[10, 20]));
    }
}
