//! X.509 certificates (RFC 5280): names, times, serial, alternative names and digests.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::emit::text::append_hex;

/// Parts of a name that are told.
const MAX_ATTRIBUTES: usize = 64;
/// Alternative names that are told.
const MAX_NAMES: usize = 256;
/// A name is cut here.
const MAX_NAME: usize = 4_096;

/// What is kept of a certificate.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// Subject, parts in the certificate's order.
    pub subject: Vec<u8>,
    /// Issuer, likewise.
    pub issuer: Vec<u8>,
    /// Serial number, upper-case hexadecimal.
    pub serial: Vec<u8>,
    /// Begin of validity, RFC 3339.
    pub not_before: Vec<u8>,
    /// End of validity.
    pub not_after: Vec<u8>,
    /// Names, addresses and the like in `subjectAltName`.
    pub names: Vec<Vec<u8>>,
    /// SHA-1 of the whole, upper-case hexadecimal.
    pub sha1: Vec<u8>,
    /// SHA-256, likewise.
    pub sha256: Vec<u8>,
    /// Whether its structure could not be followed to the end.
    pub is_broken: bool,
}

/// Elements of DER, one after another.
#[derive(Clone, Copy)]
struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    /// Tag and contents of the next element.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, short], mut rest) = self.rest.split_first_chunk::<2>()?;
        // Tags of more than one byte do not occur in certificates.
        if tag & 31 == 31 {
            return None;
        }
        let mut length = usize::from(short);
        if short & 0x80 != 0 {
            let (size, after) = rest.split_at_checked(usize::from(short & 0x7f))?;
            if size.is_empty() || size.len() > 4 {
                return None;
            }
            length = size
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            rest = after;
        }
        let (contents, after) = rest.split_at_checked(length)?;
        self.rest = after;
        Some((tag, contents))
    }

    /// Contents of the next element if it has this tag.
    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (tag, contents) = self.next()?;
        (tag == wanted).then_some(contents)
    }
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT: u8 = 6;

impl Certificate {
    /// Reads DER as far as it goes.
    #[must_use]
    pub fn read(der: &[u8]) -> Self {
        let mut certificate = Self {
            sha1: upper_hex(&Sha1::digest(der)),
            sha256: upper_hex(&Sha256::digest(der)),
            ..Self::default()
        };
        certificate.is_broken = certificate.fill(der).is_none();
        certificate
    }

    fn fill(&mut self, der: &[u8]) -> Option<()> {
        let mut outer = Der {
            rest: Der { rest: der }.expect(SEQUENCE)?,
        };
        let mut inner = Der {
            rest: outer.expect(SEQUENCE)?,
        };
        let (mut tag, mut contents) = inner.next()?;
        if tag == 0xa0 {
            (tag, contents) = inner.next()?;
        }
        if tag != 2 {
            return None;
        }
        self.serial = upper_hex(match contents {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        });
        inner.expect(SEQUENCE)?;
        self.issuer = name(inner.expect(SEQUENCE)?)?;
        let mut validity = Der {
            rest: inner.expect(SEQUENCE)?,
        };
        self.not_before = time(validity.next()?)?;
        self.not_after = time(validity.next()?)?;
        self.subject = name(inner.expect(SEQUENCE)?)?;
        inner.expect(SEQUENCE)?;
        while let Some((tag, contents)) = inner.next() {
            if tag == 0xa3 {
                self.extensions(Der { rest: contents }.expect(SEQUENCE)?)?;
            }
        }
        Some(())
    }

    fn extensions(&mut self, contents: &[u8]) -> Option<()> {
        let mut list = Der { rest: contents };
        while !list.rest.is_empty() {
            let mut extension = Der {
                rest: list.expect(SEQUENCE)?,
            };
            let object = extension.expect(OBJECT)?;
            let (mut tag, mut value) = extension.next()?;
            if tag == 1 {
                (tag, value) = extension.next()?;
            }
            // 2.5.29.17 is subjectAltName.
            if tag == 4 && object == [0x55, 0x1d, 0x11] {
                self.alternative_names(Der { rest: value }.expect(SEQUENCE)?)?;
            }
        }
        Some(())
    }

    fn alternative_names(&mut self, contents: &[u8]) -> Option<()> {
        let mut list = Der { rest: contents };
        while !list.rest.is_empty() && self.names.len() < MAX_NAMES {
            let (tag, value) = list.next()?;
            match tag {
                // Mail address, host name, URI.
                0x81 | 0x82 | 0x86 => self
                    .names
                    .push(value.get(..MAX_NAME).unwrap_or(value).to_vec()),
                0x87 => self.names.extend(address(value)),
                _ => {}
            }
        }
        Some(())
    }
}

fn address(value: &[u8]) -> Option<Vec<u8>> {
    let text = if let Ok(bytes) = <[u8; 4]>::try_from(value) {
        std::net::Ipv4Addr::from(bytes).to_string()
    } else {
        std::net::Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).to_string()
    };
    Some(text.into_bytes())
}

/// A distinguished name as `C=VN, O=Example, CN=host`.
fn name(contents: &[u8]) -> Option<Vec<u8>> {
    let mut list = Der { rest: contents };
    let mut text = Vec::new();
    for _ in 0..MAX_ATTRIBUTES {
        if list.rest.is_empty() {
            break;
        }
        let mut set = Der {
            rest: list.expect(SET)?,
        };
        while !set.rest.is_empty() && text.len() < MAX_NAME {
            let mut attribute = Der {
                rest: set.expect(SEQUENCE)?,
            };
            let object = attribute.expect(OBJECT)?;
            let (tag, value) = attribute.next()?;
            if !text.is_empty() {
                text.extend_from_slice(b", ");
            }
            append_object(&mut text, object);
            text.push(b'=');
            append_string(&mut text, tag, value.get(..MAX_NAME).unwrap_or(value));
        }
    }
    Some(text)
}

fn append_object(text: &mut Vec<u8>, object: &[u8]) {
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
        [0x55, 4, 15] => "businessCategory",
        [0x55, 4, 17] => "postalCode",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        _ => "",
    };
    text.extend_from_slice(known.as_bytes());
    if known.is_empty() {
        append_numbers(text, object);
    }
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

/// `UTCTime` or `GeneralizedTime` as RFC 3339; times before 1970 are no exception.
fn time((tag, value): (u8, &[u8])) -> Option<Vec<u8>> {
    let digits = value
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let digits = value.get(..digits)?;
    let (year, rest) = match tag {
        0x17 => {
            let (short, rest) = digits.split_first_chunk::<2>()?;
            // RFC 5280, section 4.1.2.5.1.
            let century: &[u8; 2] = if short >= b"50" { b"19" } else { b"20" };
            ([*century, *short].concat(), rest)
        }
        0x18 => {
            let (year, rest) = digits.split_first_chunk::<4>()?;
            (year.to_vec(), rest)
        }
        _ => return None,
    };
    let (&[m1, m2, d1, d2, h1, h2, n1, n2], seconds) = rest.split_first_chunk::<8>()?;
    let [s1, s2] = seconds.first_chunk::<2>().copied().unwrap_or(*b"00");
    let tail = [
        b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2,
    ];
    Some([&year[..], &tail, b".000000Z"].concat())
}

fn upper_hex(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    append_hex(&mut text, bytes);
    text.make_ascii_uppercase();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_forms_are_read() {
        assert_eq!(
            time((0x17, b"691231000000Z")),
            Some(b"1969-12-31T00:00:00.000000Z".to_vec())
        );
        assert_eq!(
            time((0x17, b"4912312359Z")),
            Some(b"2049-12-31T23:59:00.000000Z".to_vec())
        );
        assert_eq!(
            time((0x18, b"20500101000000Z")),
            Some(b"2050-01-01T00:00:00.000000Z".to_vec())
        );
        assert_eq!(time((0x17, b"69Z")), None);
    }

    #[test]
    fn object_identifiers_are_dotted() {
        let mut text = Vec::new();
        append_object(&mut text, &[0x2b, 6, 1, 4, 1, 0x82, 0x37]);
        assert_eq!(text, b"1.3.6.1.4.1.311");
    }

    #[test]
    fn a_length_beyond_the_data_is_broken_and_not_read() {
        let certificate = Certificate::read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1]);
        assert!(certificate.is_broken);
        assert_eq!(certificate.sha1.len(), 40);
    }
}
