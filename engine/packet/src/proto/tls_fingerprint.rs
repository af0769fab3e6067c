//! Fingerprints made of hellos: JA3 and JA3S (Althouse, Atkinson, Atkins; BSD-3), JA4 (`FoxIO`, technical details of
//! JA4; BSD-3, and of that family JA4 alone).

use md5::Md5;
use sha2::{Digest, Sha256};

use super::tls_hello::{ALPN, ClientHello, SERVER_NAME, ServerHello};
use crate::emit::text::append_hex;

/// What carries the handshake, as JA4 says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// TLS over a stream.
    #[default]
    Stream,
    /// DTLS.
    Datagram,
    /// QUIC.
    Quic,
}

/// Values that clients put in to keep servers tolerant (RFC 8701).
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && high & 15 == 10
}

/// JA3 of a client: the text and its digest in hexadecimal.
#[must_use]
pub fn ja3(hello: &ClientHello) -> (String, Vec<u8>) {
    let mut text = hello.version.to_string();
    for list in [&hello.ciphers, &hello.extensions, &hello.groups] {
        text.push(',');
        append_list(&mut text, list.iter().copied());
    }
    text.push(',');
    let formats = hello.point_formats.iter().map(|format| u16::from(*format));
    append_list(&mut text, formats);
    let digest = hex(&Md5::digest(text.as_bytes()));
    (text, digest)
}

/// JA3S of a server: the text and its digest in hexadecimal.
#[must_use]
pub fn ja3s(hello: &ServerHello) -> (String, Vec<u8>) {
    let mut text = format!("{},{},", hello.version, hello.cipher);
    append_list(&mut text, hello.extensions.iter().copied());
    let digest = hex(&Md5::digest(text.as_bytes()));
    (text, digest)
}

/// JA4 of a client.
#[must_use]
pub fn ja4(hello: &ClientHello, carrier: Carrier) -> Vec<u8> {
    let mut text = match carrier {
        Carrier::Stream => b"t",
        Carrier::Datagram => b"d",
        Carrier::Quic => b"q",
    }
    .to_vec();
    text.extend_from_slice(version(hello));
    let has_name = hello.extensions.contains(&SERVER_NAME);
    text.push(if has_name { b'd' } else { b'i' });
    let mut ciphers = without_grease(&hello.ciphers);
    let mut extensions = without_grease(&hello.extensions);
    for length in [ciphers.len(), extensions.len()] {
        text.extend_from_slice(format!("{:02}", length.min(99)).as_bytes());
    }
    text.extend_from_slice(&protocol(hello));
    ciphers.sort_unstable();
    text.push(b'_');
    text.extend_from_slice(&short_digest(&hex_list(&ciphers)));
    extensions.retain(|kind| !matches!(*kind, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let mut list = hex_list(&extensions);
    if !hello.signatures.is_empty() && !list.is_empty() {
        list.push('_');
        list.push_str(&hex_list(&without_grease(&hello.signatures)));
    }
    text.push(b'_');
    text.extend_from_slice(&short_digest(&list));
    text
}

fn version(hello: &ClientHello) -> &'static [u8; 2] {
    let offered = hello
        .versions
        .iter()
        .copied()
        .filter(|version| !is_grease(*version));
    // The versions of DTLS count downwards.
    let newest = if hello.version >= 0xfe00 {
        offered.min()
    } else {
        offered.max()
    };
    match newest.unwrap_or(hello.version) {
        0x0304 => b"13",
        0x0303 => b"12",
        0x0302 => b"11",
        0x0301 => b"10",
        0x0300 => b"s3",
        0x0002 => b"s2",
        0xfeff => b"d1",
        0xfefd => b"d2",
        0xfefc => b"d3",
        _ => b"00",
    }
}

fn protocol(hello: &ClientHello) -> [u8; 2] {
    let Some((first, last)) = hello
        .protocols
        .first()
        .and_then(|name| name.first().zip(name.last()))
    else {
        return *b"00";
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [*first, *last];
    }
    let ([high, _], [_, low]) = (
        crate::emit::text::hex(*first),
        crate::emit::text::hex(*last),
    );
    [high, low]
}

fn without_grease(list: &[u16]) -> Vec<u16> {
    list.iter()
        .copied()
        .filter(|value| !is_grease(*value))
        .collect()
}

fn append_list(text: &mut String, list: impl Iterator<Item = u16>) {
    let mut number = itoa::Buffer::new();
    for (place, value) in list.filter(|value| !is_grease(*value)).enumerate() {
        if place > 0 {
            text.push('-');
        }
        text.push_str(number.format(value));
    }
}

fn hex_list(list: &[u16]) -> String {
    let mut text = Vec::with_capacity(list.len() * 5);
    for (place, value) in list.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        append_hex(&mut text, &value.to_be_bytes());
    }
    String::from_utf8(text).unwrap_or_default()
}

fn short_digest(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return b"000000000000".to_vec();
    }
    let mut digest = hex(&Sha256::digest(text.as_bytes()));
    digest.truncate(12);
    digest
}

/// A digest in hexadecimal, lower case.
#[must_use]
pub fn hex(digest: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    append_hex(&mut text, digest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    // The worked example in FoxIO's technical details of JA4.
    fn example() -> ClientHello {
        ClientHello {
            version: 0x0303,
            versions: vec![0x0a0a, 0x0304, 0x0303],
            ciphers: vec![
                0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ],
            extensions: vec![
                0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x2a2a,
            ],
            signatures: vec![
                0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
            ],
            protocols: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            ..ClientHello::default()
        }
    }

    #[test]
    fn ja4_equals_the_published_example() {
        assert_eq!(
            ja4(&example(), Carrier::Stream),
            b"t13d1516h2_8daaf6152771_e5627efa2ab1"
        );
        assert!(ja4(&example(), Carrier::Quic).starts_with(b"q13d1516h2_"));
    }

    #[test]
    fn the_newest_version_of_dtls_is_the_lowest_number() {
        let hello = ClientHello {
            version: 0xfefd,
            versions: vec![0xfefd, 0xfefc],
            ..ClientHello::default()
        };
        assert!(ja4(&hello, Carrier::Datagram).starts_with(b"dd3i"));
    }

    // The example of the JA3 repository's README.
    #[test]
    fn ja3_equals_the_published_example() {
        let hello = ClientHello {
            version: 769,
            ciphers: vec![47, 53, 5, 10, 49_161, 49_162, 49_171, 49_172, 50, 56, 19, 4],
            extensions: vec![0, 10, 11],
            groups: vec![23, 24, 25],
            point_formats: vec![0],
            ..ClientHello::default()
        };
        let (text, digest) = ja3(&hello);
        assert_eq!(
            text,
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
        );
        assert_eq!(digest, b"ada70206e40642a3e4461f35503241d5");
    }
}
