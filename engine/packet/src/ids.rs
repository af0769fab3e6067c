//! Names of flows: Community ID v1 for the world, a hash of tuple and start for us, a keyed hash for the table.

use sha1::{Digest, Sha1};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Length of `1:` and 20 bytes in base 64.
const COMMUNITY_LENGTH: usize = 30;

/// A Community ID: kept as its digest, a third shorter than its text, because every flow of the table has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommunityId([u8; 20]);

impl CommunityId {
    /// `1:` and the digest in Base64.
    #[must_use]
    pub fn text(self) -> [u8; COMMUNITY_LENGTH] {
        encode(&self.0)
    }
}

/// What identifies a flow. The two ends are ordered (by address, then port) unless `one_way` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowKey {
    /// Address of the lower end; IPv4 in the first four bytes.
    pub low: [u8; 16],
    /// Address of the higher end.
    pub high: [u8; 16],
    /// Port of the lower end, or what stands for it.
    pub low_port: u16,
    /// Port of the higher end, or what stands for it.
    pub high_port: u16,
    /// VLAN ids, outermost first; 0 is none.
    pub vlan: [u16; 3],
    /// Which network inside which tunnels: the depth above 24 bits of network id; 0 is outside any.
    pub domain: u32,
    /// IP protocol number.
    pub protocol: u8,
    /// 4 or 6.
    pub family: u8,
    /// Both ends are as sent: answers, if any, are another flow.
    pub one_way: bool,
}

impl FlowKey {
    /// The key's words for hashing: every field is in them.
    fn words(&self) -> [u64; 6] {
        let [a, b] = halves(&self.low);
        let [c, d] = halves(&self.high);
        let ports = u64::from(self.low_port) << 48
            | u64::from(self.high_port) << 32
            | u64::from(self.protocol) << 16
            | u64::from(self.family) << 8
            | u64::from(self.one_way);
        let [outer, inner, third] = self.vlan.map(u64::from);
        // VLAN ids have 12 bits, a domain 27.
        let vlan = u64::from(self.domain) << 36 | outer << 24 | inner << 12 | third;
        [a, b, c, d, ports, vlan]
    }

    /// Keyed hash for the flow table (`SipHash-1-3`: colliding keys cannot be made without the key).
    #[must_use]
    pub fn table_hash(&self, key: [u64; 2]) -> u64 {
        let words = self.words();
        let [low, _, high, _, ports, vlan] = words;
        if self.family == 4 {
            // The rest of the addresses is zero.
            return sip::<1, 3>(key, &[low | high >> 32, ports, vlan]);
        }
        sip::<1, 3>(key, &words)
    }

    /// `khien.flow.id`: tuple, VLANs, enclosing flow (0 is none) and start time. Its key is public: it names, it does
    /// not protect.
    #[must_use]
    pub fn flow_id(&self, start_us: u64, parent: u64) -> u64 {
        let mut words = [0; 8];
        if let Some(space) = words.first_chunk_mut::<6>() {
            *space = self.words();
        }
        words[6] = start_us;
        words[7] = parent;
        let length = if parent == 0 { 7 } else { 8 };
        sip::<2, 4>([0, 0], words.get(..length).unwrap_or(&words))
    }

    /// Community ID v1 (<https://github.com/corelight/community-id-spec>).
    #[must_use]
    pub fn community_id(&self, seed: u16) -> CommunityId {
        let mut hash = Sha1::new();
        let length = if self.family == 4 { 4 } else { 16 };
        let (low_port, high_port) = if self.has_ports() {
            (self.low_port, self.high_port)
        } else {
            (0, 0)
        };
        hash.update(seed.to_be_bytes());
        hash.update(self.low.get(..length).unwrap_or_default());
        hash.update(self.high.get(..length).unwrap_or_default());
        hash.update([self.protocol, 0]);
        if self.has_ports() || matches!(self.protocol, 50 | 51) {
            hash.update(low_port.to_be_bytes());
            hash.update(high_port.to_be_bytes());
        }
        CommunityId(hash.finalize().into())
    }

    /// Whether the protocol has ports (or types) in the sense of Community ID; ESP and AH are hashed with zeros.
    fn has_ports(&self) -> bool {
        matches!(self.protocol, 1 | 6 | 17 | 58 | 132)
    }
}

/// The ICMP type that answers `kind`, as Community ID v1 pairs them; `None` for one-way messages.
#[must_use]
pub fn icmp_counterpart(family: u8, kind: u8) -> Option<u8> {
    let pairs: &[(u8, u8)] = if family == 4 {
        &[(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)]
    } else {
        &[
            (128, 129),
            (133, 134),
            (135, 136),
            (130, 131),
            (139, 140),
            (144, 145),
        ]
    };
    pairs.iter().find_map(|(ask, answer)| {
        if kind == *ask {
            Some(*answer)
        } else if kind == *answer {
            Some(*ask)
        } else {
            None
        }
    })
}

fn encode(digest: &[u8; 20]) -> [u8; COMMUNITY_LENGTH] {
    let mut text = [b'='; COMMUNITY_LENGTH];
    let mut padded = [0; 21];
    if let Some(space) = padded.first_chunk_mut::<20>() {
        *space = *digest;
    }
    let sextets = padded.chunks_exact(3).flat_map(|group| {
        let word = group
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        [word >> 18 & 63, word >> 12 & 63, word >> 6 & 63, word & 63]
    });
    // 20 bytes are 26 whole sextets and one of four bits: 27 letters and one `=`.
    for (place, sextet) in text.iter_mut().skip(2).zip(sextets.take(27)) {
        *place = usize::try_from(sextet)
            .ok()
            .and_then(|index| BASE64.get(index))
            .copied()
            .unwrap_or(b'=');
    }
    if let Some(version) = text.first_chunk_mut::<2>() {
        *version = *b"1:";
    }
    text
}

/// An address as two words.
#[must_use]
pub fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let word = u128::from_ne_bytes(*bytes).to_be();
    let high = u64::try_from(word >> 64).unwrap_or(0);
    let low = u64::try_from(word & u128::from(u64::MAX)).unwrap_or(0);
    [high, low]
}

/// `SipHash` with C and D rounds over whole words (Aumasson, Bernstein 2012).
#[must_use]
#[inline]
pub fn sip<const C: usize, const D: usize>(key: [u64; 2], words: &[u64]) -> u64 {
    let mut state = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    for word in words {
        state[3] ^= word;
        state = rounds::<C>(state);
        state[0] ^= word;
    }
    let last = (crate::bytes::count(words.len()).wrapping_mul(8) & 0xff) << 56;
    state[3] ^= last;
    state = rounds::<C>(state);
    state[0] ^= last;
    state[2] ^= 0xff;
    state = rounds::<D>(state);
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

#[inline]
fn rounds<const N: usize>(state: [u64; 4]) -> [u64; 4] {
    let [mut a, mut b, mut c, mut d] = state;
    for _ in 0..N {
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(bytes: [u8; 4]) -> [u8; 16] {
        let mut address = [0; 16];
        address[..4].copy_from_slice(&bytes);
        address
    }

    fn key(low: [u8; 16], high: [u8; 16], ports: (u16, u16), protocol: u8, family: u8) -> FlowKey {
        FlowKey {
            low,
            high,
            low_port: ports.0,
            high_port: ports.1,
            vlan: [0; 3],
            domain: 0,
            protocol,
            family,
            one_way: false,
        }
    }

    fn id(key: &FlowKey, seed: u16) -> String {
        String::from_utf8(key.community_id(seed).text().to_vec()).expect("ASCII")
    }

    // The published examples of the specification.
    #[test]
    fn community_ids_equal_the_specification() {
        let tcp = key(
            v4([66, 35, 250, 204]),
            v4([128, 232, 110, 120]),
            (80, 34_855),
            6,
            4,
        );
        assert_eq!(id(&tcp, 0), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
        let udp = key(v4([8, 8, 8, 8]), v4([192, 168, 1, 52]), (53, 54_585), 17, 4);
        assert_eq!(id(&udp, 0), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
        let icmp = key(v4([192, 168, 0, 1]), v4([192, 168, 0, 89]), (0, 8), 1, 4);
        assert_eq!(id(&icmp, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
    }

    // The reference vector of the SipHash paper is for 2-4 over bytes; 8 bytes are one word.
    #[test]
    fn sip_hash_equals_the_reference() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(
            sip::<2, 4>(key, &[0x0706_0504_0302_0100]),
            0x93f5_f579_9a93_2462
        );
    }

    #[test]
    fn answers_pair_with_questions() {
        assert_eq!(icmp_counterpart(4, 8), Some(0));
        assert_eq!(icmp_counterpart(4, 0), Some(8));
        assert_eq!(icmp_counterpart(4, 3), None);
        assert_eq!(icmp_counterpart(6, 135), Some(136));
    }
}
