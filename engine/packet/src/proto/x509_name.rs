//! Names, times and algorithm names inside X.509 certificates (RFC 5280, section 4.1; X.690).

use super::x509::{Der, OBJECT, SEQUENCE, SET};

/// Parts of a name that are told.
const MAX_ATTRIBUTES: usize = 64;
/// A name is cut here.
pub const MAX_NAME: usize = 4_096;

/// A distinguished name as `C=VN, O=Example, CN=host`; parts of one set are joined by ` + `.
pub fn distinguished(contents: &[u8]) -> Option<Vec<u8>> {
    let mut list = Der::new(contents);
    let mut text = Vec::new();
    let mut attributes = 0;
    while !list.is_empty() {
        let mut set = Der::new(list.expect(SET)?);
        let mut joint: &[u8] = b", ";
        while !set.is_empty() {
            let mut attribute = Der::new(set.expect(SEQUENCE)?);
            let object = attribute.expect(OBJECT)?;
            let (tag, value) = attribute.next()?;
            attributes += 1;
            if attributes > MAX_ATTRIBUTES || text.len() >= MAX_NAME {
                return Some(text);
            }
            if !text.is_empty() {
                text.extend_from_slice(joint);
            }
            joint = b" + ";
            append_attribute(&mut text, object);
            text.push(b'=');
            append_string(&mut text, tag, value.get(..MAX_NAME).unwrap_or(value));
        }
    }
    Some(text)
}

fn append_attribute(text: &mut Vec<u8>, object: &[u8]) {
    let known = match object {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 13] => "description",
        [0x55, 4, 15] => "businessCategory",
        [0x55, 4, 17] => "postalCode",
        [0x55, 4, 18] => "postOfficeBox",
        [0x55, 4, 20] => "telephoneNumber",
        [0x55, 4, 41] => "name",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 43] => "initials",
        [0x55, 4, 46] => "dnQualifier",
        [0x55, 4, 65] => "pseudonym",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2] => "unstructuredName",
        _ => return append_numbers(text, object),
    };
    text.extend_from_slice(known.as_bytes());
}

/// Name of an algorithm or a curve, else its dotted numbers.
pub fn algorithm(object: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    if let Some((_, name)) = ALGORITHMS.iter().find(|(known, _)| *known == object) {
        text.extend_from_slice(name.as_bytes());
    } else {
        append_numbers(&mut text, object);
    }
    text
}

/// Object identifiers of keys, signatures and curves that certificates have, by the names that OpenSSL made usual.
const ALGORITHMS: &[(&[u8], &str)] = &[
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "rsaEncryption"),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02",
        "md2WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04",
        "md5WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05",
        "sha1WithRSAEncryption",
    ),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "rsassaPss"),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
        "sha256WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c",
        "sha384WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d",
        "sha512WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e",
        "sha224WithRSAEncryption",
    ),
    (b"\x2b\x0e\x03\x02\x03", "md5WithRSA"),
    (b"\x2b\x0e\x03\x02\x0f", "shaWithRSAEncryption"),
    (b"\x2b\x0e\x03\x02\x1b", "dsaWithSHA1-old"),
    (b"\x2b\x0e\x03\x02\x1d", "sha1WithRSA"),
    (b"\x2a\x86\x48\xce\x38\x04\x01", "dsaEncryption"),
    (b"\x2a\x86\x48\xce\x38\x04\x03", "dsaWithSHA1"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa_with_SHA256"),
    (b"\x2a\x86\x48\xce\x3d\x02\x01", "id-ecPublicKey"),
    (b"\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x01", "ecdsa-with-SHA224"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512"),
    (b"\x2b\x65\x6e", "X25519"),
    (b"\x2b\x65\x6f", "X448"),
    (b"\x2b\x65\x70", "ED25519"),
    (b"\x2b\x65\x71", "ED448"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87"),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "prime192v1"),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x07", "prime256v1"),
    (b"\x2b\x81\x04\x00\x0a", "secp256k1"),
    (b"\x2b\x81\x04\x00\x21", "secp224r1"),
    (b"\x2b\x81\x04\x00\x22", "secp384r1"),
    (b"\x2b\x81\x04\x00\x23", "secp521r1"),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpoolP256r1"),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "brainpoolP384r1"),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "brainpoolP512r1"),
];

/// Bits of the curves above.
pub fn curve_bits(object: &[u8]) -> Option<u64> {
    Some(match object {
        b"\x2a\x86\x48\xce\x3d\x03\x01\x01" => 192,
        b"\x2a\x86\x48\xce\x3d\x03\x01\x07"
        | b"\x2b\x81\x04\x00\x0a"
        | b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07" => 256,
        b"\x2b\x81\x04\x00\x21" => 224,
        b"\x2b\x81\x04\x00\x22" | b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b" => 384,
        b"\x2b\x81\x04\x00\x23" => 521,
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d" => 512,
        _ => return None,
    })
}

/// An object identifier in dotted numbers (X.690, section 8.19).
fn append_numbers(text: &mut Vec<u8>, object: &[u8]) {
    let (mut number, mut is_first) = (0_u64, true);
    for byte in object.iter().take(64) {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        let mut digits = itoa::Buffer::new();
        if is_first {
            let top = (number / 40).min(2);
            text.extend_from_slice(digits.format(top).as_bytes());
            number -= top * 40;
            is_first = false;
        }
        text.push(b'.');
        text.extend_from_slice(digits.format(number).as_bytes());
        number = 0;
    }
}

/// A string in UTF-8: `BMPString` holds UTF-16, the rest is taken as it is.
fn append_string(text: &mut Vec<u8>, tag: u8, value: &[u8]) {
    if tag != 0x1e {
        text.extend_from_slice(value);
        return;
    }
    let units = value.chunks_exact(2).map(|pair| {
        pair.iter()
            .fold(0_u16, |unit, byte| unit << 8 | u16::from(*byte))
    });
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// `UTCTime` or `GeneralizedTime` as RFC 3339; times before 1970 are no exception. A day that no calendar has is none.
pub fn time((tag, value): (u8, &[u8])) -> Option<Vec<u8>> {
    let count = value
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let digits = value.get(..count)?;
    let (year, rest) = match tag {
        0x17 => {
            let (short, rest) = digits.split_first_chunk::<2>()?;
            // RFC 5280, section 4.1.2.5.1.
            let century = if short >= b"50" { 1_900 } else { 2_000 };
            (century + number(short), rest)
        }
        0x18 => {
            let (year, rest) = digits.split_first_chunk::<4>()?;
            (number(year), rest)
        }
        _ => return None,
    };
    let (&[m1, m2, d1, d2, h1, h2, n1, n2], seconds) = rest.split_first_chunk::<8>()?;
    let second = seconds.first_chunk::<2>().map_or(0, |pair| number(pair));
    let date = (year, number(&[m1, m2]), number(&[d1, d2]));
    let (hour, minute) = (number(&[h1, h2]), number(&[n1, n2]));
    let is_real = year > 0
        && (1..=days(year, date.1)).contains(&date.2)
        && hour < 24
        && minute < 60
        && second < 60;
    let east = zone(value.get(count..)?)?;
    is_real.then(|| {
        let ((year, month, day), minutes) = westward(date, hour * 60 + minute, east);
        let (hour, minute) = (minutes / 60, minutes % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000000Z")
            .into_bytes()
    })
}

/// Minutes east of Greenwich behind the digits. RFC 5280 wants none; BER allows them (X.680, sections 46.3 and 47.3).
fn zone(rest: &[u8]) -> Option<i32> {
    let sign = match rest.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        // A fraction of a second, or the Z.
        _ => return Some(0),
    };
    let digits = rest
        .get(1..5)
        .filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = i32::try_from(number(hours) * 60 + number(minutes)).ok()?;
    Some(sign * minutes)
}

/// The day and minute at Greenwich of a minute in a zone that lies less than a day east or west.
fn westward(
    (year, month, day): (u32, u32, u32),
    minutes: u32,
    east: i32,
) -> ((u32, u32, u32), u32) {
    const DAY: i32 = 24 * 60;
    let minutes = i32::try_from(minutes).unwrap_or(0) - east % DAY;
    let within = u32::try_from(minutes.rem_euclid(DAY)).unwrap_or(0);
    let date = match minutes.div_euclid(DAY) {
        0 => (year, month, day),
        ..0 if day > 1 => (year, month, day - 1),
        ..0 if month > 1 => (year, month - 1, days(year, month - 1)),
        ..0 => (year - 1, 12, 31),
        _ if day < days(year, month) => (year, month, day + 1),
        _ if month < 12 => (year, month + 1, 1),
        _ => (year + 1, 1, 1),
    };
    (date, within)
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit & 15))
}

/// Days of a month; none for a month that is none.
fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_forms_are_read() {
        for (tag, value, expected) in [
            (0x17, &b"691231000000Z"[..], "1969-12-31T00:00:00.000000Z"),
            (0x17, b"4912312359Z", "2049-12-31T23:59:00.000000Z"),
            (0x18, b"20500101000000Z", "2050-01-01T00:00:00.000000Z"),
            (0x18, b"20000229000000Z", "2000-02-29T00:00:00.000000Z"),
            // Half past five hours east, and eight west (X.680, section 47.3).
            (0x17, b"250115120000+0530", "2025-01-15T06:30:00.000000Z"),
            (0x17, b"250101000000+0530", "2024-12-31T18:30:00.000000Z"),
            (0x17, b"240301000000+0700", "2024-02-29T17:00:00.000000Z"),
            (0x17, b"241231230000-0800", "2025-01-01T07:00:00.000000Z"),
            (0x17, b"240228230000-0800", "2024-02-29T07:00:00.000000Z"),
        ] {
            assert_eq!(time((tag, value)), Some(expected.as_bytes().to_vec()));
        }
    }

    #[test]
    fn a_time_that_no_clock_shows_is_none() {
        for value in [
            &b"69Z"[..],
            b"690229000000Z",
            b"691331000000Z",
            b"691231240000Z",
            b"691231000060Z",
            b"690100000000Z",
        ] {
            assert_eq!(time((0x17, value)), None, "{value:?}");
        }
        assert_eq!(time((0x18, b"19000229000000Z")), None);
    }

    #[test]
    fn object_identifiers_are_dotted() {
        let mut text = Vec::new();
        append_attribute(&mut text, &[0x2b, 6, 1, 4, 1, 0x82, 0x37]);
        assert_eq!(text, b"1.3.6.1.4.1.311");
    }

    #[test]
    fn parts_of_one_set_are_told_from_sets_of_their_own() {
        // SET { L=A, CN=B }, SET { CN=C }, each attribute in ten bytes.
        let attribute = |kind: u8, letter: u8| [0x30, 8, 6, 3, 0x55, 4, kind, 0x13, 1, letter];
        let mut bytes = vec![0x31, 20];
        bytes.extend(attribute(7, b'A'));
        bytes.extend(attribute(3, b'B'));
        bytes.extend([0x31, 10]);
        bytes.extend(attribute(3, b'C'));
        assert_eq!(distinguished(&bytes), Some(b"L=A + CN=B, CN=C".to_vec()));
    }
}
