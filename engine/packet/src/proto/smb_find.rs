//! Entries of a directory (MS-FSCC, section 2.4): their names, bounded.

use super::smb_state::{Listing, cut};
use super::smb2::length32;
use crate::bytes::{le32, utf16le};

/// Names that an event lists; the others are counted.
const MAX_NAMES: usize = 32;

/// Walks entries. Where a name lies depends on the class of information.
pub fn names(data: &[u8], listing: &mut Listing) {
    let (length_at, name_at): (usize, usize) = match listing.class {
        1 => (60, 64),
        2 => (60, 68),
        3 => (60, 94),
        12 => (8, 12),
        37 => (60, 104),
        38 => (60, 80),
        _ => return,
    };
    let mut rest = data;
    while let Some(next) = le32(rest, 0) {
        let name = length32(rest, length_at)
            .and_then(|length| rest.get(name_at..name_at.checked_add(length)?));
        let Some(name) = name else { return };
        let name = utf16le(name);
        if name != b"." && name != b".." {
            listing.total += 1;
            if listing.names.len() < MAX_NAMES {
                listing.names.push(cut(&name));
            }
        }
        // An entry that leads back to itself is the last.
        let Some(step) = usize::try_from(next).ok().filter(|step| *step > name_at) else {
            return;
        };
        rest = rest.get(step..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::{Listing, names};

    fn entry(name: &str, next: u32) -> Vec<u8> {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut bytes = vec![0; 104];
        bytes[..4].copy_from_slice(&next.to_le_bytes());
        bytes[60] = u8::try_from(name.len()).expect("short");
        bytes.extend(name);
        bytes
    }

    #[test]
    fn names_are_listed_and_a_loop_ends() {
        let first = entry("ab", 108);
        let data = [first, entry("..", 112), vec![0; 4], entry("c", 3)].concat();
        let mut listing = Listing {
            class: 37,
            ..Listing::default()
        };
        names(&data, &mut listing);
        assert_eq!(listing.names, vec![b"ab".to_vec(), b"c".to_vec()]);
        assert_eq!(listing.total, 2);
        for end in 0..data.len() {
            names(&data[..end], &mut listing);
        }
    }
}
