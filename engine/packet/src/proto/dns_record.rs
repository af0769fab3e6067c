//! Data of DNS records as text, in the presentation form of each type's RFC as far as there is one.
//!
//! RFC 1035 (A … TXT), 1876 (LOC), 2782 (SRV), 3403 (NAPTR), 3596 (AAAA), 7043 (EUI48, EUI64), 7553 (URI), 8659 (CAA).
//! Keys and signatures: `dns_security`; SVCB and EDNS: `dns_service`.

use super::dns_name::{Range, Texts};
use super::{dns_security, dns_service};
use crate::bytes::Bytes;

/// Data without a text form of its own is told in hexadecimal up to here.
const MAX_HEX: usize = 256;

/// The address in an A or AAAA record.
#[must_use]
pub fn address(kind: u16, raw: &[u8]) -> Option<(u8, [u8; 16])> {
    match (kind, raw) {
        (1, &[a, b, c, d]) => Some((4, [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        (28, _) => Some((6, <[u8; 16]>::try_from(raw).ok()?)),
        _ => None,
    }
}

/// Whether the data is a sequence of strings, each with its length before it.
#[must_use]
pub fn is_strings(kind: u16) -> bool {
    matches!(kind, 13 | 16 | 99 | 258)
}

/// A record's data in its message: `raw` is `message[start..]` up to its length.
#[derive(Clone, Copy)]
pub struct Data<'a> {
    /// The whole message: names in the data may point anywhere.
    pub message: &'a [u8],
    /// Where the data begins.
    pub start: usize,
    /// The data.
    pub raw: &'a [u8],
}

impl Data<'_> {
    /// Appends the name that begins `skip` bytes into the data; tells where the data goes on behind it.
    pub fn name(&self, skip: usize, texts: &mut Texts) -> Option<usize> {
        let mut at = self.start + skip;
        texts.name(self.message, &mut at)?;
        at.checked_sub(self.start)
            .filter(|after| *after <= self.raw.len())
    }

    /// The data from `skip` bytes on.
    pub fn from(&self, skip: usize) -> Option<Bytes<'_>> {
        self.raw.get(skip..).map(Bytes::new)
    }
}

/// Appends the data of a record as text.
pub fn text(data: Data<'_>, kind: u16, texts: &mut Texts) -> Range {
    let begin = texts.bytes.len();
    if texts.has_room() && known(data, kind, texts).is_none() {
        texts.bytes.truncate(begin);
        hex_within(data.raw, MAX_HEX, texts);
    }
    begin..texts.bytes.len()
}

fn known(data: Data<'_>, kind: u16, texts: &mut Texts) -> Option<()> {
    match kind {
        1 | 28 => {
            let (family, address) = address(kind, data.raw)?;
            crate::emit::output::append_bare_address(&mut texts.bytes, family, &address);
        }
        2..=5 | 7..=9 | 12 | 23 | 39 => {
            data.name(0, texts)?;
        }
        6 => start_of_authority(data, texts)?,
        10 => texts.append(data.raw),
        14 | 17 => {
            let next = data.name(0, texts)?;
            texts.append(b" ");
            data.name(next, texts)?;
        }
        15 | 18 | 21 | 36 | 107 => {
            texts.number(u64::from(data.from(0)?.u16()?));
            texts.append(b" ");
            data.name(2, texts)?;
        }
        29 => location(data.raw, texts)?,
        33 => {
            numbers(&mut data.from(0)?, 3, texts)?;
            texts.append(b" ");
            data.name(6, texts)?;
        }
        35 => naming_authority(data, texts)?,
        _ if is_strings(kind) => strings(Bytes::new(data.raw), texts)?,
        64 | 65 => dns_service::binding(data.raw, texts)?,
        108 | 109 => dashed(data.raw, texts),
        256 => {
            let mut bytes = data.from(0)?;
            numbers(&mut bytes, 2, texts)?;
            quoted(bytes.rest(), texts);
        }
        257 => {
            let mut bytes = data.from(0)?;
            texts.number(u64::from(bytes.u8()?));
            texts.append(b" ");
            texts.append(bytes.vector8()?.rest());
            quoted(bytes.rest(), texts);
        }
        _ => return dns_security::text(data, kind, texts),
    }
    Some(())
}

fn start_of_authority(data: Data<'_>, texts: &mut Texts) -> Option<()> {
    let next = data.name(0, texts)?;
    texts.append(b" ");
    let next = data.name(next, texts)?;
    let mut bytes = data.from(next)?;
    for _ in 0..5 {
        texts.spaced(u64::from(bytes.u32()?));
    }
    Some(())
}

fn naming_authority(data: Data<'_>, texts: &mut Texts) -> Option<()> {
    let mut bytes = data.from(0)?;
    numbers(&mut bytes, 2, texts)?;
    for _ in 0..3 {
        quoted(bytes.vector8()?.rest(), texts);
    }
    texts.append(b" ");
    let skip = data.raw.len().checked_sub(bytes.len())?;
    data.name(skip, texts)?;
    Some(())
}

/// LOC: latitude, longitude, altitude, size and precisions, all in RFC 1876's own units.
fn location(raw: &[u8], texts: &mut Texts) -> Option<()> {
    let mut bytes = Bytes::new(raw);
    let version = bytes.u8()?;
    if version != 0 {
        return None;
    }
    let precisions: [u8; 3] = bytes.array()?;
    for signs in [*b"NS", *b"EW"] {
        let value = i64::from(bytes.u32()?) - (1 << 31);
        let thousandths = value.unsigned_abs();
        texts.number(thousandths / 3_600_000);
        texts.spaced(thousandths / 60_000 % 60);
        texts.spaced(thousandths / 1_000 % 60);
        let [plus, minus] = signs;
        texts.append(&[b' ', if value < 0 { minus } else { plus }, b' ']);
    }
    // Centimetres above a base 100,000 m below the ellipsoid.
    let centimetres = i64::from(bytes.u32()?) - 10_000_000;
    if centimetres < 0 {
        texts.append(b"-");
    }
    texts.number(centimetres.unsigned_abs() / 100);
    texts.append(b"m");
    for precision in precisions {
        let [mantissa, exponent] = [precision >> 4, precision & 15].map(u64::from);
        let power = 10_u64.pow(u32::try_from(exponent.min(9)).unwrap_or(0));
        let centimetres = mantissa * power;
        texts.spaced(centimetres / 100);
        if centimetres % 100 != 0 {
            texts.append(b".");
            texts.append(if centimetres % 100 < 10 { b"0" } else { b"" });
            texts.number(centimetres % 100);
        }
        texts.append(b"m");
    }
    Some(())
}

fn numbers(bytes: &mut Bytes<'_>, count: usize, texts: &mut Texts) -> Option<()> {
    for place in 0..count {
        if place > 0 {
            texts.append(b" ");
        }
        texts.number(u64::from(bytes.u16()?));
    }
    Some(())
}

fn strings(mut bytes: Bytes<'_>, texts: &mut Texts) -> Option<()> {
    let mut is_first = true;
    while !bytes.is_empty() {
        let part = bytes.vector8()?;
        if !is_first && !part.is_empty() {
            texts.append(b" ");
        }
        texts.append(part.rest());
        is_first = false;
    }
    Some(())
}

fn quoted(bytes: &[u8], texts: &mut Texts) {
    texts.append(b" \"");
    texts.append(bytes);
    texts.append(b"\"");
}

fn dashed(raw: &[u8], texts: &mut Texts) {
    for (place, byte) in raw.iter().take(8).enumerate() {
        if place > 0 {
            texts.append(b"-");
        }
        texts.hex(&[*byte]);
    }
}

/// Appends at most `limit` bytes in hexadecimal.
pub fn hex_within(raw: &[u8], limit: usize, texts: &mut Texts) {
    texts.faults.texts_cut |= raw.len() > limit;
    texts.hex(raw.get(..limit).unwrap_or(raw));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: u16, raw: &[u8]) -> String {
        let mut texts = Texts::default();
        let data = Data {
            message: raw,
            start: 0,
            raw,
        };
        let range = text(data, kind, &mut texts);
        String::from_utf8_lossy(texts.get(&range)).into_owned()
    }

    #[test]
    fn data_without_a_form_of_its_own_is_hexadecimal() {
        assert_eq!(told(65_280, &[0xde, 0xad]), "dead");
        // A record that breaks its own format too.
        assert_eq!(told(1, &[10, 0, 0]), "0a0000");
    }

    #[test]
    fn strings_are_joined() {
        assert_eq!(told(16, b"\x03a=1\x00\x02bc"), "a=1 bc");
    }

    /// RFC 1876 section 2: 42 21 54 N, 71 06 18 W, -24 m, size 30 m.
    #[test]
    fn a_location_is_in_degrees_and_metres() {
        let latitude = (1_u32 << 31) + (42 * 3_600 + 21 * 60 + 54) * 1_000;
        let longitude = (1_u32 << 31) - (71 * 3_600 + 6 * 60 + 18) * 1_000;
        let mut raw = vec![0, 0x33, 0x16, 0x13];
        for value in [latitude, longitude, 10_000_000 - 2_400] {
            raw.extend(value.to_be_bytes());
        }
        assert_eq!(told(29, &raw), "42 21 54 N 71 6 18 W -24m 30m 10000m 10m");
    }

    #[test]
    fn a_name_that_leaves_its_record_is_not_believed() {
        let message = b"\x03www\x02vn\0";
        let data = Data {
            message,
            start: 0,
            raw: &message[..4],
        };
        let mut texts = Texts::default();
        let range = text(data, 5, &mut texts);
        assert_eq!(texts.get(&range), b"03777777");
    }
}
