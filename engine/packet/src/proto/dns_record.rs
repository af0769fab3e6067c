//! Names and record data of DNS as text.

use crate::bytes::Bytes;

/// Bytes of a place in the message's text space.
pub type Range = std::ops::Range<usize>;

/// A name is cut at this many bytes.
const MAX_NAME: usize = 1_025;
/// The same, escaped.
pub const MAX_NAME_TEXT: usize = 4 * MAX_NAME;
/// Pointers that one name may follow; they may go forward.
const MAX_HOPS: usize = 255;
/// Data without a text form of its own is told in hexadecimal up to here.
const MAX_HEX: usize = 256;
/// Texts of one message together.
const MAX_TEXTS: usize = 64 << 10;

/// Reads a name at `at`, steps over it, and appends its text. A name that is too long is cut.
pub fn name(data: &[u8], at: &mut usize, texts: &mut Vec<u8>, is_cut: &mut bool) -> Option<Range> {
    let start = texts.len();
    let mut here = *at;
    let mut after = None;
    for _ in 0..MAX_HOPS {
        let length = *data.get(here)?;
        match length {
            0 => {
                *at = after.unwrap_or(here + 1);
                if texts.len() == start {
                    texts.push(b'.');
                }
                return Some(start..texts.len());
            }
            1..=63 => {
                let label = data.get(here + 1..here + 1 + usize::from(length))?;
                append_label(texts, start, label, is_cut);
                here += 1 + usize::from(length);
            }
            192.. => {
                let low = *data.get(here + 1)?;
                after = after.or(Some(here + 2));
                here = usize::from(u16::from_be_bytes([length & 63, low]));
            }
            _ => return None,
        }
    }
    None
}

fn append_label(texts: &mut Vec<u8>, start: usize, label: &[u8], is_cut: &mut bool) {
    let used = texts.len() - start;
    if used + label.len() + 1 > MAX_NAME || texts.len() > MAX_TEXTS {
        *is_cut = true;
        return;
    }
    if used > 0 {
        texts.push(b'.');
    }
    texts.extend_from_slice(label);
}

/// The address in an A or AAAA record.
#[must_use]
pub fn address(kind: u16, raw: &[u8]) -> Option<(u8, [u8; 16])> {
    match (kind, raw) {
        (1, &[a, b, c, d]) => Some((4, [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        (28, _) => Some((6, <[u8; 16]>::try_from(raw).ok()?)),
        _ => None,
    }
}

/// Appends the data of a record as text: `raw` is `data[start..]` up to its length.
pub fn text(
    data: &[u8],
    start: usize,
    raw: &[u8],
    kind: u16,
    texts: &mut Vec<u8>,
    is_cut: &mut bool,
) -> Range {
    let begin = texts.len();
    if begin > MAX_TEXTS {
        *is_cut = true;
        return begin..begin;
    }
    if known(data, start, raw, kind, texts, is_cut).is_none() {
        texts.truncate(begin);
        hex(raw, texts, is_cut);
    }
    begin..texts.len()
}

fn known(
    data: &[u8],
    start: usize,
    raw: &[u8],
    kind: u16,
    texts: &mut Vec<u8>,
    is_cut: &mut bool,
) -> Option<()> {
    let mut at = start;
    let mut bytes = Bytes::new(raw);
    match kind {
        1 | 28 => {
            let (family, address) = address(kind, raw)?;
            crate::emit::output::append_bare_address(texts, family, &address);
        }
        // NS, CNAME, PTR, DNAME and the like: one name.
        2..=5 | 7..=9 | 12 | 39 => {
            name(data, &mut at, texts, is_cut)?;
        }
        6 => {
            name(data, &mut at, texts, is_cut)?;
            texts.push(b' ');
            name(data, &mut at, texts, is_cut)?;
            let mut numbers = Bytes::new(data.get(at..start + raw.len())?);
            for _ in 0..5 {
                spaced(texts, u64::from(numbers.u32()?));
            }
        }
        15 | 18 | 21 | 36 => {
            number(texts, u64::from(bytes.u16()?));
            texts.push(b' ');
            at += 2;
            name(data, &mut at, texts, is_cut)?;
        }
        33 => {
            number(texts, u64::from(bytes.u16()?));
            spaced(texts, u64::from(bytes.u16()?));
            spaced(texts, u64::from(bytes.u16()?));
            texts.push(b' ');
            at += 6;
            name(data, &mut at, texts, is_cut)?;
        }
        13 | 16 | 99 => strings(bytes, texts, is_cut)?,
        257 => {
            number(texts, u64::from(bytes.u8()?));
            texts.push(b' ');
            let tag = bytes.vector8()?;
            texts.extend_from_slice(tag.rest());
            texts.push(b' ');
            texts.extend_from_slice(bytes.rest());
        }
        _ => return None,
    }
    Some(())
}

fn strings(mut bytes: Bytes<'_>, texts: &mut Vec<u8>, is_cut: &mut bool) -> Option<()> {
    let start = texts.len();
    while !bytes.is_empty() {
        let part = bytes.vector8()?;
        if texts.len() + part.len() > MAX_TEXTS {
            *is_cut = true;
            return Some(());
        }
        if texts.len() > start {
            texts.push(b' ');
        }
        texts.extend_from_slice(part.rest());
    }
    Some(())
}

fn hex(raw: &[u8], texts: &mut Vec<u8>, is_cut: &mut bool) {
    *is_cut |= raw.len() > MAX_HEX;
    crate::emit::text::append_hex(texts, raw.get(..MAX_HEX).unwrap_or(raw));
}

fn number(texts: &mut Vec<u8>, value: u64) {
    texts.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn spaced(texts: &mut Vec<u8>, value: u64) {
    texts.push(b' ');
    number(texts, value);
}

/// The mnemonic of a record type (IANA).
#[must_use]
pub fn type_name(kind: u16) -> Option<&'static str> {
    Some(match kind {
        1 => "A",
        2 => "NS",
        3 => "MD",
        4 => "MF",
        5 => "CNAME",
        6 => "SOA",
        7 => "MB",
        8 => "MG",
        9 => "MR",
        10 => "NULL",
        11 => "WKS",
        12 => "PTR",
        13 => "HINFO",
        14 => "MINFO",
        15 => "MX",
        16 => "TXT",
        17 => "RP",
        18 => "AFSDB",
        24 => "SIG",
        25 => "KEY",
        28 => "AAAA",
        29 => "LOC",
        33 => "SRV",
        35 => "NAPTR",
        36 => "KX",
        37 => "CERT",
        39 => "DNAME",
        41 => "OPT",
        43 => "DS",
        44 => "SSHFP",
        45 => "IPSECKEY",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        49 => "DHCID",
        50 => "NSEC3",
        51 => "NSEC3PARAM",
        52 => "TLSA",
        55 => "HIP",
        59 => "CDS",
        60 => "CDNSKEY",
        61 => "OPENPGPKEY",
        64 => "SVCB",
        65 => "HTTPS",
        99 => "SPF",
        249 => "TKEY",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        255 => "ANY",
        256 => "URI",
        257 => "CAA",
        _ => return None,
    })
}

/// The mnemonic of a class; mDNS uses the top bit for something else (RFC 6762).
#[must_use]
pub fn class_name(class: u16) -> Option<&'static str> {
    Some(match class & 0x7fff {
        1 => "IN",
        3 => "CH",
        4 => "HS",
        254 => "NONE",
        255 => "ANY",
        _ => return None,
    })
}

/// The mnemonic of an operation code.
#[must_use]
pub fn operation_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "QUERY",
        1 => "IQUERY",
        2 => "STATUS",
        4 => "NOTIFY",
        5 => "UPDATE",
        6 => "DSO",
        _ => return None,
    })
}

/// The mnemonic of a response code.
#[must_use]
pub fn response_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        22 => "BADTRUNC",
        23 => "BADCOOKIE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Option<(String, usize)> {
        let (mut texts, mut at, mut is_cut) = (Vec::new(), 0, false);
        let range = name(data, &mut at, &mut texts, &mut is_cut)?;
        Some((String::from_utf8_lossy(&texts[range]).into_owned(), at))
    }

    #[test]
    fn names_follow_pointers_both_ways_and_never_for_ever() {
        assert_eq!(read(b"\x03www\x02vn\0"), Some(("www.vn".to_owned(), 8)));
        assert_eq!(read(b"\x01a\xc0\x04\x01b\0"), Some(("a.b".to_owned(), 4)));
        assert_eq!(read(b"\xc0\x00"), None);
        assert_eq!(read(b"\x05ab"), None);
        assert_eq!(read(b"\0"), Some((".".to_owned(), 1)));
    }

    #[test]
    fn data_without_a_form_of_its_own_is_hexadecimal() {
        let (mut texts, mut is_cut) = (Vec::new(), false);
        let raw = [0xde, 0xad];
        let range = text(&raw, 0, &raw, 43, &mut texts, &mut is_cut);
        assert_eq!(&texts[range], b"dead");
    }
}
