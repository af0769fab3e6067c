//! How many events of messages without a conversation a source may make: ten a second.

use crate::ids::{halves, sip};

/// Events of one source in one second.
const MAX_PER_SECOND: u32 = 10;
/// Sources told apart; two that fall into one place share its rate.
const PLACES: usize = 1_024;

/// How many events a source has made in the second that it is in.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    second: u64,
    count: u32,
}

/// Rates of all sources.
#[derive(Debug)]
pub struct Rates {
    places: Vec<Rate>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            places: vec![Rate::default(); PLACES],
        }
    }
}

impl Rates {
    /// Whether a source may make one more event now.
    pub fn admit(&mut self, source: &[u8; 16], time_us: u64) -> bool {
        let hash = sip::<1, 3>([0, 0], &halves(source));
        let place = usize::try_from(hash).unwrap_or(0) % PLACES;
        let Some(rate) = self.places.get_mut(place) else {
            return false;
        };
        let second = time_us / 1_000_000;
        if rate.second != second {
            *rate = Rate { second, count: 0 };
        }
        rate.count = rate.count.saturating_add(1);
        rate.count <= MAX_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_makes_ten_events_a_second() {
        let mut rates = Rates::default();
        let admitted = (0..50).filter(|_| rates.admit(&[1; 16], 5_000_000)).count();
        assert_eq!(admitted, 10);
        assert!(rates.admit(&[1; 16], 6_000_000));
    }
}
