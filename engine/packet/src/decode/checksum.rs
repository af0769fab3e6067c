//! The Internet checksum (RFC 1071), and the mark that a card was to compute it.

use super::Packet;
use crate::ids::halves;

/// The ones' complement sum of `data` added to `start`, folded to 16 bits, not inverted.
#[must_use]
pub fn sum(data: &[u8], start: u64) -> u16 {
    // The sum does not depend on the byte order in which words are added, but for one swap at the end.
    // Words of eight bytes added into sixteen: no frame is long enough to overflow.
    let mut total = 0_u128;
    let (blocks, rest) = data.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for word in words {
            total += u128::from(u64::from_le_bytes(*word));
        }
    }
    let (words, rest) = rest.as_chunks::<4>();
    for word in words {
        total += u128::from(u32::from_le_bytes(*word));
    }
    total += match *rest {
        [a, b, c] => u128::from(u32::from_le_bytes([a, b, c, 0])),
        [a, b] => u128::from(u16::from_le_bytes([a, b])),
        [a] => u128::from(a),
        _ => 0,
    };
    let low = u64::try_from(total & u128::from(u64::MAX)).unwrap_or(0);
    let high = u64::try_from(total >> 64).unwrap_or(0);
    let (added, carry) = low.overflowing_add(high);
    let folded = fold(added.wrapping_add(u64::from(carry)));
    fold(u64::from(folded.swap_bytes()) + start)
}

fn fold(value: u64) -> u16 {
    let mut left = (value & 0xffff_ffff) + (value >> 32);
    while left > 0xffff {
        left = (left & 0xffff) + (left >> 16);
    }
    u16::try_from(left).unwrap_or(u16::MAX)
}

/// What a transport sum turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, or not used (UDP over IPv4 with 0).
    Good,
    /// Not checkable: cut by the snap length, a fragment, or a protocol without one.
    Unknown,
    /// The field holds the sum of the pseudo-header alone: the card was to do the rest.
    Offloaded,
    /// Wrong.
    Bad,
}

/// Checks the transport sum of a whole packet.
#[must_use]
pub fn check(packet: &Packet<'_>) -> Verdict {
    let field_offset = match packet.protocol {
        6 => 16,
        17 => 6,
        1 if packet.family == 4 => 2,
        58 => 2,
        _ => return Verdict::Unknown,
    };
    if packet.missing > 0 || packet.fragment.is_some() {
        return Verdict::Unknown;
    }
    let mut payload = packet.payload;
    if packet.protocol == 17 {
        let stated = usize::from(crate::bytes::be16(payload, 4).unwrap_or(0));
        payload = payload
            .get(..stated)
            .filter(|inside| inside.len() >= 8)
            .unwrap_or(payload);
    }
    let Some(field) = crate::bytes::be16(payload, field_offset) else {
        return Verdict::Unknown;
    };
    if packet.protocol == 17 && field == 0 {
        return Verdict::Good;
    }
    let pseudo = if packet.protocol == 1 {
        0
    } else {
        pseudo_sum(packet, payload.len())
    };
    if sum(payload, pseudo) == 0xffff {
        return Verdict::Good;
    }
    let without_length = pseudo.saturating_sub(crate::bytes::count(payload.len()));
    let offloaded = matches!(packet.protocol, 6 | 17)
        && (field == fold(pseudo) || field == fold(without_length));
    if offloaded {
        Verdict::Offloaded
    } else {
        Verdict::Bad
    }
}

fn pseudo_sum(packet: &Packet<'_>, length: usize) -> u64 {
    // Of IPv4 all behind the first four bytes is zero.
    let words = |address: &[u8; 16]| {
        let [first, second] = halves(address);
        [
            first >> 32,
            first & 0xffff_ffff,
            second >> 32,
            second & 0xffff_ffff,
        ]
        .iter()
        .sum::<u64>()
    };
    words(&packet.source)
        + words(&packet.destination)
        + u64::from(packet.protocol)
        + crate::bytes::count(length)
}

#[cfg(test)]
mod tests {
    use super::sum;

    // The worked example of RFC 1071, section 3: 0001 f203 f4f5 f6f7 sums to ddf2.
    #[test]
    fn the_sum_of_the_rfc_comes_out() {
        assert_eq!(
            sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 0),
            0xddf2
        );
        assert_eq!(sum(&[0x12], 0), 0x1200);
    }

    // RFC 1071, section 1: adjacent bytes paired as 16-bit words, added in ones' complement; a byte left over is padded.
    #[test]
    fn any_length_sums_as_the_rfc_defines_it() {
        let bytes: Vec<u8> = (0..2_000_u32)
            .map(|at| (at * 7 + at / 5 % 256 + 251).to_le_bytes()[0])
            .collect();
        for length in (0..200).chain([1_460, 1_999]) {
            let mut plain = 0x1234_u64;
            for pair in bytes[..length].chunks(2) {
                plain += u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
            }
            while plain > 0xffff {
                plain = (plain & 0xffff) + (plain >> 16);
            }
            assert_eq!(u64::from(sum(&bytes[..length], 0x1234)), plain, "{length}");
        }
        assert_eq!(sum(&vec![0xff; 65_535], 0), 0xff00);
    }
}
