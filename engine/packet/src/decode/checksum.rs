//! The Internet checksum (RFC 1071), and the mark that a card was to compute it.

use super::Packet;

/// The ones' complement sum of `data` added to `start`, folded to 16 bits, not inverted.
#[must_use]
pub fn sum(data: &[u8], start: u64) -> u16 {
    // The sum does not depend on the byte order in which words are added, but for one swap at the end.
    let mut total = 0_u64;
    let mut words = data.chunks_exact(8);
    for word in &mut words {
        let value = word
            .first_chunk::<8>()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let (added, carry) = total.overflowing_add(value);
        total = added + u64::from(carry);
    }
    let mut tail = [0_u8; 8];
    for (place, byte) in tail.iter_mut().zip(words.remainder()) {
        *place = *byte;
    }
    let (added, carry) = total.overflowing_add(u64::from_le_bytes(tail));
    let swapped = fold(added.wrapping_add(u64::from(carry))).swap_bytes();
    fold(u64::from(swapped) + start)
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
    let width = if packet.family == 4 { 4 } else { 16 };
    let words = |address: &[u8; 16]| u64::from(sum(address.get(..width).unwrap_or_default(), 0));
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
}
