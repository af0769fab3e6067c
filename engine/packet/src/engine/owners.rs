//! Which engine follows which pair of hosts, and the dealer that gives each pair away at its first packet.
//!
//! Pairs outside tunnels fall into buckets. The dealer, which alone reads the capture, gives a bucket to the engine that
//! has had the least to do so far, and every block of frames brings the engines what was given meanwhile, so that all
//! of them know the same at the same packet. Inside tunnels the dealer does not look: there the bucket's number decides.

use super::share::{hash_of, is_alone};
use crate::bytes::count;
use crate::decode::{Content, link};
use crate::source::Frame;

/// Buckets of pairs: enough that two busy pairs seldom share one, and 16 KiB.
const BUCKETS: u16 = 1 << 14;
/// What a frame costs beside its bytes, in bytes; as measured with small and large frames, roughly.
const FRAME_COST: u64 = 500;
/// Not given yet.
const NOBODY: u8 = u8::MAX;

/// A bucket and the engine that follows it from now on.
pub type Gift = (u16, u8);

/// Who follows each bucket of pairs, as far as it is known.
#[derive(Clone, Debug)]
pub struct Owners {
    count: u32,
    by_bucket: Vec<u8>,
}

impl Owners {
    /// Nothing is given yet; `count` engines, of which one alone needs no table.
    #[must_use]
    pub fn new(count: u32) -> Self {
        let buckets = if count > 1 { usize::from(BUCKETS) } else { 0 };
        Self {
            count: count.max(1),
            by_bucket: vec![NOBODY; buckets],
        }
    }

    /// Takes what the dealer gave away.
    pub fn learn(&mut self, gifts: &[Gift]) {
        for (bucket, owner) in gifts {
            if let Some(place) = self.by_bucket.get_mut(usize::from(*bucket)) {
                *place = *owner;
            }
        }
    }

    /// Who follows what two hosts have to do with each other. A bucket that nobody was given belongs to one by its number.
    pub(super) fn owner(&self, low: &[u8; 16], high: &[u8; 16], is_tunnelled: bool) -> u32 {
        let bucket = bucket_of(low, high);
        let given = self.given(bucket).filter(|_| !is_tunnelled);
        given.unwrap_or(u32::from(bucket) % self.count)
    }

    fn given(&self, bucket: u16) -> Option<u32> {
        let owner = self.by_bucket.get(usize::from(bucket)).copied();
        owner.filter(|owner| *owner != NOBODY).map(u32::from)
    }
}

fn bucket_of(low: &[u8; 16], high: &[u8; 16]) -> u16 {
    u16::try_from(hash_of(low, high) % u64::from(BUCKETS)).unwrap_or(0)
}

/// Gives pairs to engines, and frames to those who follow their pair.
pub struct Dealer {
    owners: Owners,
    /// What each engine has had to do so far, in bytes.
    loads: Vec<u64>,
    gifts: Vec<Gift>,
    /// Whether packets were seen that the dealer does not look into: what they hold may have been followed already.
    is_closed: bool,
}

impl Dealer {
    /// Deals for `count` engines.
    #[must_use]
    pub fn new(count: u32) -> Self {
        Self {
            owners: Owners::new(count),
            loads: vec![0; usize::try_from(count).unwrap_or(1)],
            gifts: Vec::new(),
            is_closed: false,
        }
    }

    /// The only engine that takes a frame; `None` when all have to.
    pub fn owner_of(&mut self, frame: &Frame<'_>) -> Option<u32> {
        let cost = count(frame.data.len()).saturating_add(FRAME_COST);
        let packet = match link::decode_plain(frame) {
            Some(packet) => packet,
            None => match link::decode(frame) {
                Ok(Content::Ip(packet)) => packet,
                Ok(Content::Aggregate(..)) => {
                    self.is_closed = true;
                    return None;
                }
                _ => return None,
            },
        };
        // A fragment's pair is given away, too: the joined datagram belongs to it.
        let owner = self.give(bucket_of(&packet.source, &packet.destination));
        let is_alone = is_alone(&packet);
        // Of what all take the first engine writes the events.
        self.charge(if is_alone { owner } else { 0 }, cost);
        is_alone.then_some(owner)
    }

    /// What was given since the last time.
    pub fn take_gifts(&mut self) -> Vec<Gift> {
        std::mem::take(&mut self.gifts)
    }

    fn give(&mut self, bucket: u16) -> u32 {
        if let Some(owner) = self.owners.given(bucket) {
            return owner;
        }
        let by_number = u32::from(bucket) % self.owners.count;
        if self.is_closed {
            return by_number;
        }
        let idlest = (0_u8..).zip(&self.loads).min_by_key(|(_, load)| **load);
        let owner = idlest.map_or(0, |(engine, _)| engine);
        self.owners.learn(&[(bucket, owner)]);
        self.gifts.push((bucket, owner));
        u32::from(owner)
    }

    fn charge(&mut self, engine: u32, cost: u64) {
        let place = usize::try_from(engine).unwrap_or(0);
        if let Some(load) = self.loads.get_mut(place) {
            *load = load.saturating_add(cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(last: u8) -> [u8; 16] {
        let mut address = [0_u8; 16];
        address[..4].copy_from_slice(&[10, 0, 0, last]);
        address
    }

    #[test]
    fn a_pair_goes_to_who_has_least_to_do_and_stays_there() {
        let mut dealer = Dealer::new(2);
        let busy = bucket_of(&host(1), &host(2));
        assert_eq!(dealer.give(busy), 0);
        dealer.charge(0, 10_000);
        let others: Vec<u16> = (3..9).map(|n| bucket_of(&host(1), &host(n))).collect();
        for other in &others {
            assert_eq!(dealer.give(*other), 1);
        }
        dealer.charge(1, 20_000);
        assert_eq!(dealer.give(busy), 0);
        assert_eq!(dealer.give(*others.first().unwrap()), 1);
    }

    #[test]
    fn engines_know_what_was_given_and_the_number_decides_elsewhere() {
        let mut dealer = Dealer::new(2);
        let (low, high) = (host(1), host(2));
        let bucket = bucket_of(&low, &high);
        dealer.charge(u32::from(bucket) % 2, 1_000);
        let owner = dealer.give(bucket);
        assert_ne!(owner, u32::from(bucket) % 2);
        let mut owners = Owners::new(2);
        assert_eq!(owners.owner(&low, &high, false), u32::from(bucket) % 2);
        owners.learn(&dealer.take_gifts());
        assert_eq!(owners.owner(&low, &high, false), owner);
        assert_eq!(owners.owner(&low, &high, true), u32::from(bucket) % 2);
        assert!(dealer.take_gifts().is_empty());
    }

    #[test]
    fn both_directions_are_one_pair() {
        assert_eq!(bucket_of(&host(1), &host(2)), bucket_of(&host(2), &host(1)));
    }

    #[test]
    fn nothing_is_given_away_any_more_once_packets_are_hidden() {
        let mut dealer = Dealer::new(2);
        dealer.is_closed = true;
        let bucket = bucket_of(&host(1), &host(2));
        dealer.charge(u32::from(bucket) % 2, 1_000);
        assert_eq!(dealer.give(bucket), u32::from(bucket) % 2);
        assert!(dealer.take_gifts().is_empty());
    }
}
