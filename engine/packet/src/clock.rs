//! Packet time: never behind the largest time seen, and not fooled by a single packet from the future.

/// A step ahead that must be confirmed, µs.
const LARGE_STEP_US: u64 = 3_600_000_000;
/// How many packets must confirm it.
const CONFIRMATIONS: u32 = 16;

/// The clock that timeouts run by.
#[derive(Debug, Default)]
pub struct Clock {
    now_us: Option<u64>,
    ahead: u32,
}

/// What a packet's time did to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The clock stands at the packet's time.
    Ahead,
    /// The packet is older than the clock by this much, µs.
    Back(u64),
    /// Far ahead; the clock waits for more packets to say so.
    Unconfirmed,
}

impl Clock {
    /// Time of the clock, µs; 0 before the first packet.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.now_us.unwrap_or(0)
    }

    /// Takes a packet's time. The second value tells that a step ahead was just found to be false.
    pub fn see(&mut self, time_us: u64) -> (Step, bool) {
        let Some(now_us) = self.now_us else {
            self.now_us = Some(time_us);
            return (Step::Ahead, false);
        };
        if time_us > now_us.saturating_add(LARGE_STEP_US) {
            self.ahead += 1;
            if self.ahead <= CONFIRMATIONS {
                return (Step::Unconfirmed, false);
            }
        }
        let was_false = self.ahead > 0 && self.ahead <= CONFIRMATIONS;
        self.ahead = 0;
        if time_us < now_us {
            return (Step::Back(now_us - time_us), was_false);
        }
        self.now_us = Some(time_us);
        (Step::Ahead, was_false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000;

    #[test]
    fn one_packet_from_the_future_moves_nothing() {
        let mut clock = Clock::default();
        clock.see(HOUR);
        assert_eq!(clock.see(9 * HOUR), (Step::Unconfirmed, false));
        assert_eq!(clock.see(HOUR + 5), (Step::Ahead, true));
        assert_eq!(clock.now_us(), HOUR + 5);
        assert_eq!(clock.see(HOUR), (Step::Back(5), false));
    }

    #[test]
    fn a_confirmed_step_is_taken() {
        let mut clock = Clock::default();
        clock.see(0);
        for _ in 0..16 {
            assert_eq!(clock.see(9 * HOUR), (Step::Unconfirmed, false));
        }
        assert_eq!(clock.see(9 * HOUR), (Step::Ahead, false));
        assert_eq!(clock.now_us(), 9 * HOUR);
    }
}
