//! The anomalies that a flow has told of.

use super::Anomaly;

/// Words of an [`AnomalySet`].
const SET_WORDS: usize = 4;

/// Anomalies that a flow has told of. Most flows never need the space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnomalySet(Option<Box<[u64; SET_WORDS]>>);

impl AnomalySet {
    /// Adds one; false when it was there.
    pub fn insert(&mut self, anomaly: Anomaly) -> bool {
        let place = anomaly as usize;
        let words = self.0.get_or_insert_default();
        let Some(word) = words.get_mut(place / 64) else {
            return false;
        };
        let bit = 1 << (place % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::{Anomaly, AnomalySet};

    #[test]
    fn names_are_unique_and_a_set_takes_each_once() {
        let mut names: Vec<_> = Anomaly::ALL.iter().map(|anomaly| anomaly.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Anomaly::ALL.len());
        let mut set = AnomalySet::default();
        assert!(Anomaly::ALL.iter().all(|anomaly| set.insert(*anomaly)));
        assert!(!Anomaly::ALL.iter().any(|anomaly| set.insert(*anomaly)));
    }
}
