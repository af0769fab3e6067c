//! IEEE 802.11 data frames in the clear, with or without a radiotap header (<https://www.radiotap.org>).

use super::layer::Next;
use super::{Link, Reason};
use crate::bytes::Bytes;

/// Bit of the frame control's second byte.
const TO_DISTRIBUTION: u8 = 1;
const FROM_DISTRIBUTION: u8 = 2;
const MORE_FRAGMENTS: u8 = 4;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
/// Words of "what is present" of a radiotap header; drivers write one for each antenna.
const MAX_PRESENT: usize = 16;

/// Takes a radiotap header off, and the frame check sequence when the header says that there is one.
pub fn radiotap(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let data = bytes.rest();
    let &[version, _, low, high, ..] = data else {
        return Err("radiotap_header_cut");
    };
    if version != 0 {
        return Err("radiotap_version");
    }
    let length = usize::from(u16::from_le_bytes([low, high]));
    let header = data
        .get(..length)
        .filter(|header| header.len() >= 8)
        .ok_or("radiotap_header_cut")?;
    let mut rest = data.get(length..).unwrap_or_default();
    if flags(header) & 0x10 != 0 {
        rest = rest.get(..rest.len().saturating_sub(4)).unwrap_or_default();
    }
    *bytes = Bytes::new(rest);
    Ok(Next::Wlan)
}

/// The flags field: the second that may be present, behind a time of eight bytes that stands on a multiple of eight.
fn flags(header: &[u8]) -> u8 {
    let word = |index: usize| {
        let bytes = header.get(4 + index * 4..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let Some(present) = word(0).filter(|present| present & 2 != 0) else {
        return 0;
    };
    let words = (0..MAX_PRESENT)
        .take_while(|index| word(*index).is_some_and(|word| word & 1 << 31 != 0))
        .count();
    let mut at = 8 + words * 4;
    if present & 1 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    header.get(at).copied().unwrap_or(0)
}

/// Takes the header of a data frame off.
pub fn data_frame(bytes: &mut Bytes<'_>, link: &mut Link) -> Result<Next, Reason> {
    let (Some([kind, control]), Some(_duration)) = (bytes.array::<2>(), bytes.u16()) else {
        return Err("wlan_header_cut");
    };
    match kind >> 2 & 3 {
        0 => return Err("wlan_management"),
        1 => return Err("wlan_control"),
        2 => {}
        _ => return Err("wlan_other"),
    }
    let (Some(first), Some(second), Some(third), Some(sequence)) = (
        bytes.array::<6>(),
        bytes.array::<6>(),
        bytes.array::<6>(),
        bytes.array::<2>(),
    ) else {
        return Err("wlan_header_cut");
    };
    let (to, from) = (
        control & TO_DISTRIBUTION != 0,
        control & FROM_DISTRIBUTION != 0,
    );
    let fourth = if to && from {
        Some(bytes.array::<6>().ok_or("wlan_header_cut")?)
    } else {
        None
    };
    link.mac = Some(match (to, from) {
        (false, false) => [second, first],
        (false, true) => [third, first],
        (true, false) => [second, third],
        (true, true) => [fourth.unwrap_or_default(), third],
    });
    let subtype = kind >> 4;
    let mut is_aggregate = false;
    if subtype & 8 != 0 {
        let [quality, _] = bytes.array::<2>().ok_or("wlan_header_cut")?;
        is_aggregate = quality & 0x80 != 0;
        if control & ORDER != 0 {
            bytes.skip(4).ok_or("wlan_header_cut")?;
        }
    }
    if subtype & 4 != 0 {
        return Err("wlan_null");
    }
    if control & PROTECTED != 0 {
        return Err("wlan_encrypted");
    }
    if control & MORE_FRAGMENTS != 0 || sequence[0] & 15 != 0 {
        return Err("wlan_fragment");
    }
    if is_aggregate {
        Ok(Next::Aggregate)
    } else {
        Ok(Next::LogicalLink)
    }
}

/// The frames of an A-MSDU: each has its addresses and length, and stands on a multiple of four.
#[derive(Debug)]
pub struct Subframes<'a> {
    rest: Bytes<'a>,
    link: Link,
}

impl<'a> Subframes<'a> {
    /// The frames in `data`; `link` is that of the frame around them.
    #[must_use]
    pub fn new(link: Link, data: &'a [u8]) -> Self {
        Self {
            rest: Bytes::new(data),
            link,
        }
    }
}

impl<'a> Iterator for Subframes<'a> {
    /// Link, contents from LLC on, and the length with addresses.
    type Item = (Link, Bytes<'a>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (destination, source) = (self.rest.array::<6>()?, self.rest.array::<6>()?);
        let stated = usize::from(self.rest.u16()?);
        let length = stated.min(self.rest.len());
        let inside = Bytes::new(self.rest.take(length)?);
        let padding = (14 + stated).next_multiple_of(4) - (14 + stated);
        // The last one has no padding.
        let _ = self.rest.skip(padding.min(self.rest.len()));
        let cut = u32::try_from(stated - length).unwrap_or(0);
        let link = Link {
            mac: Some([source, destination]),
            cut,
            ..self.link
        };
        Some((link, inside, 14 + stated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aggregate_gives_its_frames_with_their_own_addresses() {
        let mut data = [&[1; 6][..], &[2; 6], &[0, 3], b"abc", &[0; 3]].concat();
        data.extend([&[3; 6][..], &[4; 6], &[0, 9], b"short"].concat());
        let frames: Vec<_> = Subframes::new(Link::default(), &data)
            .map(|(link, inside, length)| (link.mac, inside.rest().to_vec(), length, link.cut))
            .collect();
        assert_eq!(
            frames,
            [
                (Some([[2; 6], [1; 6]]), b"abc".to_vec(), 17, 0),
                (Some([[4; 6], [3; 6]]), b"short".to_vec(), 23, 4),
            ]
        );
    }

    #[test]
    fn the_check_sequence_goes_when_the_header_tells_of_it() {
        // Present: time (8 bytes on a multiple of 8) and flags; flags say "check sequence at the end".
        let header = [
            0, 0, 17, 0, 3, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0x10, b'x', 1, 2, 3, 4,
        ];
        let mut bytes = Bytes::new(&header);
        assert!(matches!(radiotap(&mut bytes), Ok(Next::Wlan)));
        assert_eq!(bytes.rest(), b"x");
        assert_eq!(
            radiotap(&mut Bytes::new(&[0, 0, 200, 0, 0, 0, 0, 0])).err(),
            Some("radiotap_header_cut")
        );
    }
}
