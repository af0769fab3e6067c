//! X.509 certificates (RFC 5280): names, times, serial, key, signature algorithm, alternative names and digests.
//!
//! Caps: 256 alternative names, 64 extensions, names as in `x509_name`.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::x509_name::{MAX_NAME, algorithm, curve_bits, distinguished, time};
use crate::emit::text::append_hex;

/// Alternative names that are told.
const MAX_NAMES: usize = 256;
/// Extensions that are looked at.
const MAX_EXTENSIONS: usize = 64;
/// Bytes of a serial number; RFC 5280 allows 20.
const MAX_SERIAL: usize = 64;

/// What is kept of a certificate.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// Version, 1 to 3 by the standard; 0 when it was not reached.
    pub version: u64,
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
    /// Algorithm of the signature, by name.
    pub signature_algorithm: Vec<u8>,
    /// What the key and its size are.
    pub key: Key,
    /// Names, addresses and the like in `subjectAltName`.
    pub names: Vec<Vec<u8>>,
    /// Whether the holder may sign certificates, when it says so (`basicConstraints`).
    pub is_authority: Option<bool>,
    /// How many authorities may stand below it.
    pub path_length: Option<u64>,
    /// SHA-1 of the whole, upper-case hexadecimal.
    pub sha1: Vec<u8>,
    /// SHA-256, likewise.
    pub sha256: Vec<u8>,
    /// Whether its structure could not be followed to the end.
    pub is_broken: bool,
    /// Whether names were left out.
    pub has_more_names: bool,
}

/// A public key.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// Algorithm, by name.
    pub algorithm: Vec<u8>,
    /// Size in bits: of the modulus, of the curve, else of the key itself.
    pub bits: u64,
    /// RSA's exponent.
    pub exponent: Option<u64>,
    /// Name of the curve.
    pub curve: Vec<u8>,
}

/// Elements of DER, one after another.
#[derive(Clone, Copy)]
pub struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    /// Reads from the start of `rest`.
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Whether everything has been taken.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Tag and contents of the next element.
    pub fn next(&mut self) -> Option<(u8, &'a [u8])> {
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
    pub fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (tag, contents) = self.next()?;
        (tag == wanted).then_some(contents)
    }
}

/// `SEQUENCE`.
pub const SEQUENCE: u8 = 0x30;
/// `SET`.
pub const SET: u8 = 0x31;
/// `OBJECT IDENTIFIER`.
pub const OBJECT: u8 = 6;
const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const BIT_STRING: u8 = 3;
const OCTET_STRING: u8 = 4;

impl Certificate {
    /// Reads DER as far as it goes.
    #[must_use]
    pub fn read(der: &[u8]) -> Self {
        let mut certificate = Self {
            sha1: upper_hex(&Sha1::digest(der)),
            sha256: upper_hex(&Sha256::digest(der)),
            ..Self::default()
        };
        if certificate.fill(der).is_none() {
            certificate.is_broken = true;
        }
        certificate
    }

    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 24).sum();
        size_of::<Self>() + self.subject.len() + self.issuer.len() + names + 256
    }

    fn fill(&mut self, der: &[u8]) -> Option<()> {
        let mut outer = Der::new(Der::new(der).expect(SEQUENCE)?);
        let mut inner = Der::new(outer.expect(SEQUENCE)?);
        let (mut tag, mut contents) = inner.next()?;
        self.version = 1;
        if tag == 0xa0 {
            self.version = integer(Der::new(contents).expect(INTEGER)?)?.saturating_add(1);
            (tag, contents) = inner.next()?;
        }
        if tag != INTEGER {
            return None;
        }
        let serial = match contents {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        self.serial = upper_hex(serial.get(..MAX_SERIAL).unwrap_or(serial));
        self.signature_algorithm = algorithm(Der::new(inner.expect(SEQUENCE)?).expect(OBJECT)?);
        self.issuer = distinguished(inner.expect(SEQUENCE)?)?;
        self.validity(inner.expect(SEQUENCE)?)?;
        self.subject = distinguished(inner.expect(SEQUENCE)?)?;
        self.key = Key::read(inner.expect(SEQUENCE)?)?;
        while let Some((tag, contents)) = inner.next() {
            if tag == 0xa3 {
                self.extensions(Der::new(contents).expect(SEQUENCE)?)?;
            }
        }
        Some(())
    }

    fn validity(&mut self, contents: &[u8]) -> Option<()> {
        let mut validity = Der::new(contents);
        for place in [&mut self.not_before, &mut self.not_after] {
            match time(validity.next()?) {
                Some(text) => *place = text,
                None => self.is_broken = true,
            }
        }
        Some(())
    }

    fn extensions(&mut self, contents: &[u8]) -> Option<()> {
        let mut list = Der::new(contents);
        for _ in 0..MAX_EXTENSIONS {
            if list.is_empty() {
                break;
            }
            let mut extension = Der::new(list.expect(SEQUENCE)?);
            let object = extension.expect(OBJECT)?;
            let (mut tag, mut value) = extension.next()?;
            if tag == BOOLEAN {
                (tag, value) = extension.next()?;
            }
            if tag != OCTET_STRING {
                continue;
            }
            match object {
                // 2.5.29.17, subjectAltName.
                [0x55, 0x1d, 0x11] => self.alternative_names(Der::new(value).expect(SEQUENCE)?)?,
                // 2.5.29.19, basicConstraints.
                [0x55, 0x1d, 0x13] => self.constraints(Der::new(value).expect(SEQUENCE)?)?,
                _ => {}
            }
        }
        Some(())
    }

    fn alternative_names(&mut self, contents: &[u8]) -> Option<()> {
        let mut list = Der::new(contents);
        while !list.is_empty() {
            if self.names.len() >= MAX_NAMES {
                self.has_more_names = true;
                break;
            }
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

    fn constraints(&mut self, contents: &[u8]) -> Option<()> {
        let mut list = Der::new(contents);
        self.is_authority = Some(false);
        while !list.is_empty() {
            match list.next()? {
                (BOOLEAN, value) => self.is_authority = Some(value != [0]),
                (INTEGER, value) => self.path_length = integer(value),
                _ => {}
            }
        }
        Some(())
    }
}

impl Key {
    fn read(contents: &[u8]) -> Option<Self> {
        let mut information = Der::new(contents);
        let mut kind = Der::new(information.expect(SEQUENCE)?);
        let object = kind.expect(OBJECT)?;
        let bits = information.expect(BIT_STRING)?.split_first()?.1;
        let mut key = Self {
            algorithm: algorithm(object),
            bits: crate::bytes::count(bits.len()).saturating_mul(8),
            ..Self::default()
        };
        // An RSA key is a sequence of two numbers, whatever the identifier before it says.
        if let Some(numbers) = Der::new(bits).expect(SEQUENCE) {
            let mut numbers = Der::new(numbers);
            key.bits = bit_length(numbers.expect(INTEGER)?);
            key.exponent = numbers.expect(INTEGER).and_then(integer);
        } else if let Some((OBJECT, curve)) = kind.next() {
            key.curve = algorithm(curve);
            key.bits = curve_bits(curve).unwrap_or(key.bits);
        }
        Some(key)
    }
}

/// A number that fits.
fn integer(value: &[u8]) -> Option<u64> {
    let digits = value.iter().position(|byte| *byte != 0).unwrap_or(0);
    let value = value.get(digits..)?;
    (value.len() <= 8).then(|| {
        value
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    })
}

fn bit_length(value: &[u8]) -> u64 {
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    let Some(first) = value.get(zeros) else {
        return 0;
    };
    let whole = crate::bytes::count(value.len() - zeros).saturating_mul(8);
    whole.saturating_sub(u64::from(first.leading_zeros()))
}

fn address(value: &[u8]) -> Option<Vec<u8>> {
    let text = if let Ok(bytes) = <[u8; 4]>::try_from(value) {
        std::net::Ipv4Addr::from(bytes).to_string()
    } else {
        std::net::Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).to_string()
    };
    Some(text.into_bytes())
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
    fn a_length_beyond_the_data_is_broken_and_not_read() {
        let certificate = Certificate::read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1]);
        assert!(certificate.is_broken);
        assert_eq!(certificate.sha1.len(), 40);
    }

    #[test]
    fn the_size_of_a_number_leaves_out_leading_zeros() {
        assert_eq!(bit_length(&[0, 0x80, 0]), 16);
        assert_eq!(bit_length(&[1, 0]), 9);
        assert_eq!(bit_length(&[0, 0]), 0);
        assert_eq!(integer(&[0, 1, 0, 1]), Some(65_537));
        assert_eq!(integer(&[1; 9]), None);
    }

    #[test]
    fn constraints_without_a_word_deny_authority() {
        let mut certificate = Certificate::default();
        assert_eq!(certificate.constraints(&[]), Some(()));
        assert_eq!(certificate.is_authority, Some(false));
        assert_eq!(certificate.constraints(&[1, 1, 0xff, 2, 1, 5]), Some(()));
        assert_eq!(certificate.is_authority, Some(true));
        assert_eq!(certificate.path_length, Some(5));
    }
}
