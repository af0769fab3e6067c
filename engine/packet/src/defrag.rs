//! Datagrams joined from their pieces (RFC 791, RFC 8200 section 4.5), in bounded memory and time.

use std::collections::{HashMap, VecDeque};

use crate::anomaly::Anomaly;
use crate::bytes::count;
use crate::decode::{Fragment, Packet, Reason, ip};
use crate::stream::{Half, Sequence};

/// Datagrams under way.
const MAX_DATAGRAMS: usize = 32_768;
/// Bytes of all of them.
const MAX_BYTES: u64 = 16 << 20;
/// Pieces of one.
const MAX_PIECES: u64 = 256;
/// How long one may take, µs.
const TIMEOUT_US: u64 = 30_000_000;
/// Longest datagram.
const MAX_LENGTH: usize = 65_535;

/// How many frames something came in, and their length on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Frames.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: [u8; 16],
    destination: [u8; 16],
    id: u32,
    vlan: [u16; 3],
    family: u8,
    /// 0 in IPv6, where only the addresses and the id count.
    protocol: u8,
}

#[derive(Default)]
struct Datagram {
    number: u64,
    half: Half,
    state: Sequence,
    total: Option<u64>,
    protocol: u8,
    header_bytes: u32,
    held: u64,
    weight: Weight,
}

/// A datagram that is whole.
pub struct Joined {
    half: Half,
    state: Sequence,
    protocol: u8,
    /// IP header bytes of all pieces.
    pub header_bytes: u32,
    /// Frames it came in.
    pub weight: Weight,
}

impl Joined {
    /// Protocol and payload, IPv6 extension headers stepped over.
    pub fn behind_extensions(&self, family: u8) -> Result<(u8, &[u8]), Reason> {
        let data = self.half.ready(&self.state, true).unwrap_or_default();
        if family == 6 {
            ip::behind_extensions(self.protocol, data)
        } else {
            Ok((self.protocol, data))
        }
    }
}

/// What a piece led to.
#[derive(Default)]
pub struct Outcome {
    /// The datagram, if it is whole now.
    pub joined: Option<Joined>,
    /// Why the piece was not kept.
    pub refused: Option<Reason>,
    /// What is odd about it.
    pub anomaly: Option<Anomaly>,
    /// Frames of datagrams given up on the way.
    pub dropped: u64,
    /// Whether a limit made them go.
    pub has_hit_limit: bool,
}

/// All datagrams under way. The map's hash is keyed at random; its order shows nowhere.
#[derive(Default)]
pub struct Pieces {
    datagrams: HashMap<Key, Datagram>,
    order: VecDeque<(u64, u64, Key)>,
    begun: u64,
    bytes: u64,
}

impl Pieces {
    /// Takes one piece.
    pub fn insert(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        wire: u32,
        now_us: u64,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        self.expire(now_us, &mut outcome);
        let offset = usize::try_from(fragment.offset).unwrap_or(usize::MAX);
        let length = packet.payload.len();
        outcome.refused = refusal(packet, offset, length);
        if outcome.refused == Some("fragment_too_long") {
            outcome.anomaly = Some(Anomaly::FragmentTooLong);
        }
        if outcome.refused.is_some() {
            return outcome;
        }
        let key = key(packet, fragment.id);
        self.begin(&key, now_us, packet.protocol);
        let Some(datagram) = self.datagrams.get_mut(&key) else {
            return outcome;
        };
        let end = count(offset) + count(length);
        let is_beyond = datagram.total.is_some_and(|total| end > total);
        // The first "last" piece fixes the length.
        if !fragment.more && datagram.total.is_none() {
            datagram.total = Some(end);
        }
        if datagram.weight.packets >= MAX_PIECES || is_beyond {
            outcome.refused = Some(if is_beyond {
                "fragment_beyond_end"
            } else {
                "fragment_too_many"
            });
            outcome.has_hit_limit |= !is_beyond;
            return outcome;
        }
        let taken =
            datagram
                .half
                .insert(&mut datagram.state, fragment.offset, packet.payload, length);
        datagram.weight.packets += 1;
        datagram.weight.bytes = datagram.weight.bytes.saturating_add(u64::from(wire));
        let header = packet
            .ip_length
            .saturating_sub(u32::try_from(length).unwrap_or(0));
        datagram.header_bytes = datagram.header_bytes.saturating_add(header);
        let held = count(datagram.half.held());
        self.bytes = self
            .bytes
            .saturating_add(held)
            .saturating_sub(datagram.held);
        datagram.held = held;
        if taken.is_overlapping && packet.family == 6 {
            outcome.anomaly = Some(Anomaly::FragmentOverlap);
            // This frame is counted by its refusal.
            outcome.dropped += self.forget(&key).saturating_sub(1);
            outcome.refused = Some("fragment_overlap");
            return outcome;
        }
        if taken.differs {
            outcome.anomaly = Some(Anomaly::FragmentOverlapDiffers);
        }
        if datagram
            .total
            .is_some_and(|total| datagram.half.received >= total)
        {
            outcome.joined = self.join(&key);
        }
        self.shrink(&mut outcome);
        outcome
    }

    /// Gives everything up; answers how many frames that were.
    pub fn drop_all(&mut self) -> u64 {
        let frames = self.datagrams.values().fold(0, |sum: u64, datagram| {
            sum.saturating_add(datagram.weight.packets)
        });
        *self = Self::default();
        frames
    }

    fn begin(&mut self, key: &Key, now_us: u64, protocol: u8) {
        if self.datagrams.contains_key(key) {
            return;
        }
        self.begun += 1;
        let state = Sequence {
            is_known: true,
            is_synchronised: true,
            ..Sequence::default()
        };
        let datagram = Datagram {
            number: self.begun,
            state,
            protocol,
            ..Datagram::default()
        };
        self.datagrams.insert(*key, datagram);
        self.order.push_back((now_us, self.begun, *key));
    }

    fn join(&mut self, key: &Key) -> Option<Joined> {
        let datagram = self.datagrams.remove(key)?;
        self.bytes = self.bytes.saturating_sub(datagram.held);
        Some(Joined {
            half: datagram.half,
            state: datagram.state,
            protocol: datagram.protocol,
            header_bytes: datagram.header_bytes,
            weight: datagram.weight,
        })
    }

    fn forget(&mut self, key: &Key) -> u64 {
        self.datagrams.remove(key).map_or(0, |datagram| {
            self.bytes = self.bytes.saturating_sub(datagram.held);
            datagram.weight.packets
        })
    }

    fn expire(&mut self, now_us: u64, outcome: &mut Outcome) {
        while let Some((begun_us, ..)) = self.order.front()
            && begun_us.saturating_add(TIMEOUT_US) < now_us
        {
            outcome.dropped += self.drop_oldest();
        }
    }

    fn shrink(&mut self, outcome: &mut Outcome) {
        while (self.bytes > MAX_BYTES || self.datagrams.len() > MAX_DATAGRAMS)
            && !self.order.is_empty()
        {
            outcome.dropped += self.drop_oldest();
            outcome.has_hit_limit = true;
        }
    }

    /// Drops the oldest entry of the order, unless its datagram is whole and gone already.
    fn drop_oldest(&mut self) -> u64 {
        let Some((_, number, key)) = self.order.pop_front() else {
            return 0;
        };
        if self
            .datagrams
            .get(&key)
            .is_some_and(|datagram| datagram.number == number)
        {
            return self.forget(&key);
        }
        0
    }
}

fn refusal(packet: &Packet<'_>, offset: usize, length: usize) -> Option<Reason> {
    if packet.missing > 0 {
        return Some("fragment_cut");
    }
    if length == 0 {
        return Some("fragment_empty");
    }
    (offset.saturating_add(length) > MAX_LENGTH).then_some("fragment_too_long")
}

fn key(packet: &Packet<'_>, id: u32) -> Key {
    Key {
        source: packet.source,
        destination: packet.destination,
        id,
        vlan: packet.vlan,
        family: packet.family,
        protocol: if packet.family == 4 {
            packet.protocol
        } else {
            0
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(family: u8, payload: &[u8]) -> Packet<'_> {
        Packet {
            mac: None,
            vlan: [0; 3],
            vlan_count: 0,
            family,
            source: [1; 16],
            destination: [2; 16],
            protocol: 17,
            ip_length: u32::try_from(payload.len()).unwrap() + 20,
            fragment: None,
            payload,
            missing: 0,
            header_sum_good: true,
        }
    }

    fn send(
        pieces: &mut Pieces,
        family: u8,
        offset: u32,
        more: bool,
        payload: &[u8],
        now_us: u64,
    ) -> Outcome {
        pieces.insert(
            &piece(family, payload),
            Fragment {
                id: 7,
                offset,
                more,
            },
            100,
            now_us,
        )
    }

    #[test]
    fn pieces_in_any_order_are_joined_and_weighed() {
        let mut pieces = Pieces::default();
        assert!(send(&mut pieces, 4, 16, false, b"end", 0).joined.is_none());
        assert!(
            send(&mut pieces, 4, 0, true, b"12345678", 0)
                .joined
                .is_none()
        );
        let joined = send(&mut pieces, 4, 8, true, b"abcdefgh", 0)
            .joined
            .expect("whole");
        assert_eq!(
            joined.behind_extensions(4),
            Ok((17, &b"12345678abcdefghend"[..]))
        );
        assert_eq!(
            joined.weight,
            Weight {
                packets: 3,
                bytes: 300
            }
        );
        assert_eq!((pieces.bytes, pieces.drop_all()), (0, 0));
    }

    #[test]
    fn in_ipv4_the_first_copy_stays_and_in_ipv6_an_overlap_ends_the_datagram() {
        let mut pieces = Pieces::default();
        send(&mut pieces, 4, 8, true, b"abcdefgh", 0);
        let outcome = send(&mut pieces, 4, 8, true, b"ABCDEFGH", 0);
        assert_eq!(outcome.anomaly, Some(Anomaly::FragmentOverlapDiffers));
        send(&mut pieces, 6, 8, true, b"abcdefgh", 0);
        let outcome = send(&mut pieces, 6, 8, true, b"abcdefgh", 0);
        assert_eq!(
            (outcome.refused, outcome.dropped),
            (Some("fragment_overlap"), 1)
        );
    }

    #[test]
    fn what_stays_incomplete_is_given_up_and_counted() {
        let mut pieces = Pieces::default();
        send(&mut pieces, 4, 8, true, b"abcdefgh", 0);
        let outcome = send(&mut pieces, 6, 8, true, b"abcdefgh", TIMEOUT_US + 1);
        assert_eq!(outcome.dropped, 1);
        assert_eq!(pieces.drop_all(), 1);
        assert_eq!(
            send(&mut pieces, 4, 65_528, false, b"too much", 0).refused,
            Some("fragment_too_long")
        );
    }
}
