//! Data of DNS records that carry keys, digests and signatures, in presentation form.
//!
//! RFC 4034 (DS, DNSKEY, RRSIG, NSEC), 4255 (SSHFP), 4398 (CERT), 5155 (NSEC3), 6698 (TLSA), 8162 (SMIMEA).

use super::dns_name::Texts;
use super::dns_numbers::type_name;
use super::dns_record::{Data, hex_within};
use crate::bytes::Bytes;

/// Keys and signatures are told up to here.
const MAX_KEY: usize = 1_024;
/// Types that a bitmap of types tells of.
const MAX_BITMAP: usize = 128;

/// Appends the data as text; `None` for other types, and for data that breaks its format.
pub fn text(data: Data<'_>, kind: u16, texts: &mut Texts) -> Option<()> {
    let mut bytes = data.from(0)?;
    match kind {
        24 | 46 => return signature(data, texts),
        25 | 48 | 60 => {
            texts.number(u64::from(bytes.u16()?));
            texts.spaced(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u8()?));
            base64(bytes.rest(), texts);
        }
        37 => {
            texts.number(u64::from(bytes.u16()?));
            texts.spaced(u64::from(bytes.u16()?));
            texts.spaced(u64::from(bytes.u8()?));
            base64(bytes.rest(), texts);
        }
        43 | 59 | 32_769 => {
            texts.number(u64::from(bytes.u16()?));
            texts.spaced(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u8()?));
            spaced_hex(bytes.rest(), texts);
        }
        44 => {
            texts.number(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u8()?));
            spaced_hex(bytes.rest(), texts);
        }
        47 => {
            let next = data.name(0, texts)?;
            bitmap(data.from(next)?, texts)?;
        }
        50 | 51 => {
            texts.number(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u16()?));
            let salt = bytes.vector8()?;
            if salt.is_empty() {
                texts.append(b" -");
            } else {
                spaced_hex(salt.rest(), texts);
            }
            if kind == 50 {
                texts.append(b" ");
                base32(bytes.vector8()?.rest(), texts);
                bitmap(bytes, texts)?;
            }
        }
        52 | 53 => {
            texts.number(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u8()?));
            texts.spaced(u64::from(bytes.u8()?));
            spaced_hex(bytes.rest(), texts);
        }
        _ => return None,
    }
    Some(())
}

/// RRSIG and SIG: type covered, algorithm, labels, lifetime, expiration, inception, key tag, signer, signature.
fn signature(data: Data<'_>, texts: &mut Texts) -> Option<()> {
    let mut bytes = data.from(0)?;
    mnemonic(bytes.u16()?, texts);
    texts.spaced(u64::from(bytes.u8()?));
    texts.spaced(u64::from(bytes.u8()?));
    for _ in 0..3 {
        texts.spaced(u64::from(bytes.u32()?));
    }
    texts.spaced(u64::from(bytes.u16()?));
    texts.append(b" ");
    let next = data.name(18, texts)?;
    base64(data.from(next)?.rest(), texts);
    Some(())
}

/// The types that a bitmap names (RFC 4034 section 4.1.2).
fn bitmap(mut bytes: Bytes<'_>, texts: &mut Texts) -> Option<()> {
    let mut count = 0;
    while !bytes.is_empty() {
        let window = u16::from(bytes.u8()?) << 8;
        let part = bytes.vector8()?;
        for (place, byte) in (0_u16..).zip(part.rest()) {
            for bit in (0..8_u16).filter(|bit| byte & (0x80 >> bit) != 0) {
                count += 1;
                if count > MAX_BITMAP {
                    texts.faults.texts_cut = true;
                    return Some(());
                }
                texts.append(b" ");
                mnemonic(window | (place * 8 + bit) & 255, texts);
            }
        }
    }
    Some(())
}

fn mnemonic(kind: u16, texts: &mut Texts) {
    if let Some(name) = type_name(kind) {
        texts.append(name.as_bytes());
    } else {
        texts.append(b"TYPE");
        texts.number(u64::from(kind));
    }
}

fn spaced_hex(raw: &[u8], texts: &mut Texts) {
    texts.append(b" ");
    hex_within(raw, MAX_KEY, texts);
}

/// A space and the bytes in base 64 (RFC 4648 section 4).
fn base64(raw: &[u8], texts: &mut Texts) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    texts.faults.texts_cut |= raw.len() > MAX_KEY;
    texts.append(b" ");
    for chunk in raw.get(..MAX_KEY).unwrap_or(raw).chunks(3) {
        let word = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = word(0) << 16 | word(1) << 8 | word(2);
        let mut out = [18, 12, 6, 0].map(|shift| digit(DIGITS, bits >> shift & 63));
        for padding in out.iter_mut().skip(chunk.len() + 1) {
            *padding = b'=';
        }
        texts.append(&out);
    }
}

/// Base 32 with the extended hex alphabet, without padding (RFC 4648 section 7, as NSEC3 has it).
fn base32(raw: &[u8], texts: &mut Texts) {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
    for chunk in raw.chunks(5) {
        let bits = (0..5).fold(0_u64, |bits, place| {
            bits << 8 | u64::from(chunk.get(place).copied().unwrap_or(0))
        });
        let count = (chunk.len() * 8).div_ceil(5);
        for place in (0..8).take(count) {
            let value = u32::try_from(bits >> (35 - 5 * place) & 31).unwrap_or(0);
            texts.append(&[digit(DIGITS, value)]);
        }
    }
}

fn digit(digits: &[u8], value: u32) -> u8 {
    usize::try_from(value)
        .ok()
        .and_then(|value| digits.get(value).copied())
        .unwrap_or(b'?')
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
        text(data, kind, &mut texts).expect("a record of a known type");
        String::from_utf8_lossy(&texts.bytes).into_owned()
    }

    fn decoded(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal"))
            .collect()
    }

    /// RFC 4034 section 5.4: the DS record of dskey.example.com.
    #[test]
    fn a_delegation_signer_is_as_in_the_rfc() {
        let raw = decoded("ec4505012bb183af5f22588179a53b0a98631fad1a292118");
        assert_eq!(
            told(43, &raw),
            "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"
        );
    }

    /// RFC 4034 section 4.3: alfa.example.com. NSEC host.example.com. (A MX RRSIG NSEC TYPE1234).
    #[test]
    fn a_bitmap_names_its_types() {
        let mut raw = b"\x04host\x07example\x03com\x00".to_vec();
        raw.extend([0, 6, 0x40, 1, 0, 0, 0, 3, 4, 0x1b]);
        raw.extend([0; 26]);
        raw.push(0x20);
        assert_eq!(told(47, &raw), "host.example.com A MX RRSIG NSEC TYPE1234");
    }

    /// RFC 5155 appendix A: the NSEC3 record of 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.
    #[test]
    fn a_hashed_denial_is_as_in_the_rfc() {
        let mut raw = decoded("0101000c04aabbccdd14");
        raw.extend(decoded("174eb2409fe28bcb4887a1836f957f0a8425e27b"));
        raw.extend(decoded("000722010000000290"));
        assert_eq!(
            told(50, &raw),
            "1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM"
        );
    }

    /// RFC 4648 section 10.
    #[test]
    fn base_64_is_as_in_the_rfc() {
        for (plain, coded) in [("f", " Zg=="), ("fo", " Zm8="), ("foobar", " Zm9vYmFy")] {
            let mut texts = Texts::default();
            base64(plain.as_bytes(), &mut texts);
            assert_eq!(texts.bytes, coded.as_bytes());
        }
    }
}
