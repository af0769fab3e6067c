//! Datagrams joined from their pieces (RFC 791, RFC 8200 section 4.5, RFC 5722), in bounded memory and time.

use std::collections::{HashMap, VecDeque};

use crate::anomaly::Anomaly;
use crate::decode::{Fragment, Oddities, Packet, Reason, ip};
use datagram::{Datagram, Taken};

mod datagram;

/// Datagrams under way.
const MAX_DATAGRAMS: usize = 32_768;
/// Bytes of all of them, what the table itself needs included.
const MAX_BYTES: u64 = 16 << 20;
/// Pieces of one.
const MAX_PIECES: u64 = 256;
/// How long one may take, µs.
const TIMEOUT_US: u64 = 30_000_000;
/// Longest datagram.
const MAX_LENGTH: usize = 65_535;
/// Pieces are cut at multiples of this.
const UNIT: usize = 8;

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
    /// Which network inside which tunnels.
    domain: u32,
    vlan: [u16; 3],
    family: u8,
    /// 0 in IPv6, where only the addresses and the id count.
    protocol: u8,
}

/// A datagram that is whole.
pub struct Joined {
    bytes: Vec<u8>,
    protocol: u8,
    family: u8,
    /// IP header bytes of all pieces.
    pub header_bytes: u32,
    /// Frames it came in.
    pub weight: Weight,
}

impl Joined {
    /// Protocol and payload, IPv6 extension headers stepped over; and why they cannot be read.
    #[must_use]
    pub fn behind_extensions(&self) -> (ip::Behind<'_>, Option<Reason>) {
        if self.family == 6 {
            return ip::behind_extensions(self.protocol, &self.bytes);
        }
        let behind = ip::Behind {
            protocol: self.protocol,
            payload: &self.bytes,
            oddities: Oddities::default(),
        };
        (behind, None)
    }
}

/// Frames, and packets inside tunnels, of datagrams given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Frames.
    pub outer: u64,
    /// Packets inside tunnels.
    pub inner: u64,
}

impl Dropped {
    fn add(&mut self, key: &Key, packets: u64) {
        let count = if key.domain == 0 {
            &mut self.outer
        } else {
            &mut self.inner
        };
        *count = count.saturating_add(packets);
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
    /// What was given up on the way.
    pub dropped: Dropped,
    /// Whether a limit made them go.
    pub has_hit_limit: bool,
}

impl Outcome {
    fn refuse(&mut self, reason: Reason, anomaly: Option<Anomaly>) {
        self.refused = Some(reason);
        self.anomaly = anomaly;
    }
}

/// All datagrams under way. The map's hash is keyed at random; its order shows nowhere.
#[derive(Default)]
pub struct Pieces {
    datagrams: HashMap<Key, Datagram>,
    /// When each began, oldest first. Entries of datagrams that are gone stay until the queue is tidied.
    order: VecDeque<(u64, u64, Key)>,
    begun: u64,
    bytes: u64,
}

impl Pieces {
    /// Takes one piece; `domain` tells networks inside tunnels apart.
    pub fn insert(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        domain: u32,
        wire: u64,
        now_us: u64,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        self.expire(now_us, &mut outcome);
        let Some(payload) = usable(packet, fragment, &mut outcome) else {
            return outcome;
        };
        let key = key(packet, fragment.id, domain);
        self.begin(&key, now_us);
        let Some(datagram) = self.datagrams.get_mut(&key) else {
            return outcome;
        };
        if datagram.weight.packets >= MAX_PIECES {
            outcome.refuse("fragment_too_many", None);
            outcome.has_hit_limit = true;
            return outcome;
        }
        let before = datagram.held();
        let taken = datagram.take(fragment, packet.protocol, payload, packet.family == 6);
        self.bytes = self
            .bytes
            .saturating_add(datagram.held())
            .saturating_sub(before);
        match taken {
            Taken::Beyond => {
                outcome.refuse("fragment_beyond_end", Some(Anomaly::FragmentBeyondEnd));
                return outcome;
            }
            Taken::Condemned => {
                let lost = std::mem::take(&mut datagram.weight).packets;
                outcome.dropped.add(&key, lost);
                outcome.refuse("fragment_overlap", Some(Anomaly::FragmentOverlap));
                return outcome;
            }
            Taken::Differs => outcome.anomaly = Some(Anomaly::FragmentOverlapDiffers),
            Taken::Kept => {}
        }
        datagram.weight.packets += 1;
        datagram.weight.bytes = datagram.weight.bytes.saturating_add(wire);
        let length = u32::try_from(packet.payload.len()).unwrap_or(0);
        let header = packet.ip_length.saturating_sub(length);
        datagram.header_bytes = datagram.header_bytes.saturating_add(header);
        if datagram.is_whole() {
            outcome.joined = self.join(&key);
        }
        self.shrink(&mut outcome);
        outcome
    }

    /// Gives everything up.
    pub fn drop_all(&mut self) -> Dropped {
        let mut dropped = Dropped::default();
        for (key, datagram) in &self.datagrams {
            dropped.add(key, datagram.weight.packets);
        }
        *self = Self::default();
        dropped
    }

    fn begin(&mut self, key: &Key, now_us: u64) {
        if self.datagrams.contains_key(key) {
            return;
        }
        self.begun += 1;
        let datagram = Datagram::new(self.begun);
        self.bytes = self.bytes.saturating_add(datagram.held());
        self.datagrams.insert(*key, datagram);
        self.order.push_back((now_us, self.begun, *key));
        if self.order.len() > 2 * MAX_DATAGRAMS {
            let datagrams = &self.datagrams;
            self.order.retain(|(_, number, key)| {
                datagrams
                    .get(key)
                    .is_some_and(|datagram| datagram.number == *number)
            });
        }
    }

    fn join(&mut self, key: &Key) -> Option<Joined> {
        let datagram = self.datagrams.remove(key)?;
        self.bytes = self.bytes.saturating_sub(datagram.held());
        Some(Joined {
            bytes: datagram.bytes(),
            protocol: datagram.protocol,
            family: key.family,
            header_bytes: datagram.header_bytes,
            weight: datagram.weight,
        })
    }

    fn expire(&mut self, now_us: u64, outcome: &mut Outcome) {
        while let Some((begun_us, ..)) = self.order.front()
            && begun_us.saturating_add(TIMEOUT_US) < now_us
        {
            self.drop_oldest(&mut outcome.dropped);
        }
    }

    fn shrink(&mut self, outcome: &mut Outcome) {
        while (self.bytes > MAX_BYTES || self.datagrams.len() > MAX_DATAGRAMS)
            && !self.order.is_empty()
        {
            self.drop_oldest(&mut outcome.dropped);
            outcome.has_hit_limit = true;
        }
    }

    /// Drops the oldest entry of the order, unless its datagram is whole and gone already.
    fn drop_oldest(&mut self, dropped: &mut Dropped) {
        let Some((_, number, key)) = self.order.pop_front() else {
            return;
        };
        let is_here = self
            .datagrams
            .get(&key)
            .is_some_and(|datagram| datagram.number == number);
        if is_here && let Some(datagram) = self.datagrams.remove(&key) {
            self.bytes = self.bytes.saturating_sub(datagram.held());
            dropped.add(&key, datagram.weight.packets);
        }
    }
}

/// The bytes of a piece that count, or why there are none.
fn usable<'a>(packet: &Packet<'a>, fragment: Fragment, outcome: &mut Outcome) -> Option<&'a [u8]> {
    let offset = usize::try_from(fragment.offset).unwrap_or(usize::MAX);
    let payload = packet.payload;
    if packet.missing > 0 {
        outcome.refuse("fragment_cut", None);
        return None;
    }
    if offset.saturating_add(payload.len()) > MAX_LENGTH {
        outcome.refuse("fragment_too_long", Some(Anomaly::FragmentTooLong));
        return None;
    }
    let odd = if fragment.more {
        payload.len() % UNIT
    } else {
        0
    };
    if odd > 0 && packet.family == 6 {
        outcome.refuse("fragment_length_wrong", Some(Anomaly::FragmentLengthWrong));
        return None;
    }
    // Hosts round such a piece of IPv4 down.
    let payload = payload.get(..payload.len() - odd).unwrap_or_default();
    if payload.is_empty() {
        outcome.refuse("fragment_empty", Some(Anomaly::FragmentLengthWrong));
        return None;
    }
    Some(payload)
}

fn key(packet: &Packet<'_>, id: u32, domain: u32) -> Key {
    Key {
        source: packet.source,
        destination: packet.destination,
        id,
        domain,
        vlan: packet.link.vlan,
        family: packet.family,
        protocol: if packet.family == 4 {
            packet.protocol
        } else {
            0
        },
    }
}

#[cfg(test)]
mod tests;
