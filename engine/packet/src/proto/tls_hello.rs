//! Both hellos of TLS and the fingerprints made of them: JA3, JA3S and JA4.

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::bytes::Bytes;
use crate::emit::text::append_hex;

const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
const ALPN: u16 = 16;
const PRE_SHARED_KEY: u16 = 41;
const VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const ENCRYPTED_HELLO: u16 = 0xfe0d;
/// The random value that makes a server hello a retry request (RFC 8446, section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Application protocols of one hello that are kept.
const MAX_PROTOCOLS: usize = 32;

/// What is kept of a client's hello.
#[derive(Clone, Debug, Default)]
pub struct ClientHello {
    version: u16,
    versions: Vec<u16>,
    ciphers: Vec<u16>,
    extensions: Vec<u16>,
    groups: Vec<u16>,
    point_formats: Vec<u8>,
    signatures: Vec<u16>,
    /// Name of the server that is asked for.
    pub server_name: Vec<u8>,
    /// Application protocols offered.
    pub protocols: Vec<Vec<u8>>,
    /// Whether the real hello is encrypted (ECH).
    pub has_encrypted_hello: bool,
}

/// What is kept of a server's hello.
#[derive(Clone, Debug, Default)]
pub struct ServerHello {
    version: u16,
    selected: Option<u16>,
    random: [u8; 32],
    /// Cipher suite.
    pub cipher: u16,
    extensions: Vec<u16>,
    /// Application protocol chosen.
    pub protocol: Vec<u8>,
    /// Group of the key share (TLS 1.3).
    pub group: Option<u16>,
    /// Whether a session is taken up again by a key known before.
    pub has_pre_shared_key: bool,
}

/// Values that clients put in to keep servers tolerant (RFC 8701).
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && high & 15 == 10
}

impl ClientHello {
    /// Reads the body of the message.
    pub fn read(mut body: Bytes<'_>) -> Option<Self> {
        let mut hello = Self {
            version: body.u16()?,
            ..Self::default()
        };
        body.skip(32)?;
        body.vector8()?;
        hello.ciphers = numbers(body.vector16()?);
        body.vector8()?;
        // Extensions came after SSL 3.
        if let Some(mut extensions) = body.vector16() {
            while !extensions.is_empty() {
                let (kind, data) = (extensions.u16()?, extensions.vector16()?);
                hello.extensions.push(kind);
                hello.extension(kind, data);
            }
        }
        Some(hello)
    }

    fn extension(&mut self, kind: u16, mut data: Bytes<'_>) {
        match kind {
            SERVER_NAME => self.server_name = server_name(data).unwrap_or_default().to_vec(),
            GROUPS => self.groups = data.vector16().map(numbers).unwrap_or_default(),
            POINT_FORMATS => {
                self.point_formats = data
                    .vector8()
                    .map(|formats| formats.rest().to_vec())
                    .unwrap_or_default();
            }
            SIGNATURES => self.signatures = data.vector16().map(numbers).unwrap_or_default(),
            VERSIONS => self.versions = data.vector8().map(numbers).unwrap_or_default(),
            ALPN => self.protocols = protocols(data),
            ENCRYPTED_HELLO => self.has_encrypted_hello = true,
            _ => {}
        }
    }

    /// JA3 (Althouse, Atkinson, Atkins; BSD-3): the digest in hexadecimal.
    #[must_use]
    pub fn ja3(&self) -> Vec<u8> {
        let mut text = self.version.to_string();
        for list in [&self.ciphers, &self.extensions, &self.groups] {
            text.push(',');
            append_list(&mut text, list.iter().copied());
        }
        text.push(',');
        append_list(
            &mut text,
            self.point_formats.iter().map(|format| u16::from(*format)),
        );
        hex(&Md5::digest(text.as_bytes()))
    }

    /// JA4 of TLS over TCP (`FoxIO`, technical details of JA4; BSD-3).
    #[must_use]
    pub fn ja4(&self) -> Vec<u8> {
        let mut text = b"t".to_vec();
        text.extend_from_slice(self.ja4_version());
        text.push(if self.extensions.contains(&SERVER_NAME) {
            b'd'
        } else {
            b'i'
        });
        let mut ciphers = without_grease(&self.ciphers);
        let extensions = without_grease(&self.extensions);
        for length in [ciphers.len(), extensions.len()] {
            text.extend_from_slice(format!("{:02}", length.min(99)).as_bytes());
        }
        text.extend_from_slice(&self.ja4_protocol());
        ciphers.sort_unstable();
        text.push(b'_');
        text.extend_from_slice(&short_digest(&hex_list(&ciphers)));
        let mut named: Vec<u16> = extensions
            .iter()
            .copied()
            .filter(|kind| !matches!(*kind, SERVER_NAME | ALPN))
            .collect();
        named.sort_unstable();
        let mut list = hex_list(&named);
        if !self.signatures.is_empty() && !list.is_empty() {
            list.push('_');
            list.push_str(&hex_list(&without_grease(&self.signatures)));
        }
        text.push(b'_');
        text.extend_from_slice(&short_digest(&list));
        text
    }

    fn ja4_version(&self) -> &'static [u8; 2] {
        let offered = self
            .versions
            .iter()
            .copied()
            .filter(|version| !is_grease(*version))
            .max();
        match offered.unwrap_or(self.version) {
            0x0304 => b"13",
            0x0303 => b"12",
            0x0302 => b"11",
            0x0301 => b"10",
            0x0300 => b"s3",
            0x0002 => b"s2",
            _ => b"00",
        }
    }

    fn ja4_protocol(&self) -> [u8; 2] {
        let Some((first, last)) = self
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
}

impl ServerHello {
    /// Reads the body of the message.
    pub fn read(mut body: Bytes<'_>) -> Option<Self> {
        let mut hello = Self {
            version: body.u16()?,
            random: body.array()?,
            ..Self::default()
        };
        body.vector8()?;
        hello.cipher = body.u16()?;
        body.u8()?;
        if let Some(mut extensions) = body.vector16() {
            while !extensions.is_empty() {
                let (kind, mut data) = (extensions.u16()?, extensions.vector16()?);
                hello.extensions.push(kind);
                match kind {
                    VERSIONS => hello.selected = data.u16(),
                    ALPN => hello.protocol = protocols(data).into_iter().next().unwrap_or_default(),
                    KEY_SHARE => hello.group = data.u16(),
                    PRE_SHARED_KEY => hello.has_pre_shared_key = true,
                    _ => {}
                }
            }
        }
        Some(hello)
    }

    /// The version agreed on.
    #[must_use]
    pub fn agreed_version(&self) -> u16 {
        self.selected.unwrap_or(self.version)
    }

    /// Whether that is TLS 1.3 or one of its drafts.
    #[must_use]
    pub fn is_version_13(&self) -> bool {
        matches!(self.agreed_version(), 0x0304 | 0x7f00..=0x7fff)
    }

    /// Whether this asks for another client hello.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    /// JA3S: the digest in hexadecimal.
    #[must_use]
    pub fn ja3s(&self) -> Vec<u8> {
        let mut text = format!("{},{},", self.version, self.cipher);
        append_list(&mut text, self.extensions.iter().copied());
        hex(&Md5::digest(text.as_bytes()))
    }
}

fn numbers(mut list: Bytes<'_>) -> Vec<u16> {
    std::iter::from_fn(|| list.u16()).collect()
}

fn server_name(mut data: Bytes<'_>) -> Option<&[u8]> {
    let mut list = data.vector16()?;
    loop {
        let (kind, name) = (list.u8()?, list.vector16()?);
        if kind == 0 {
            return Some(name.rest());
        }
    }
}

fn protocols(mut data: Bytes<'_>) -> Vec<Vec<u8>> {
    let Some(mut list) = data.vector16() else {
        return Vec::new();
    };
    std::iter::from_fn(|| list.vector8())
        .take(MAX_PROTOCOLS)
        .map(|name| name.rest().to_vec())
        .collect()
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
    list.iter()
        .map(|value| format!("{value:04x}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn short_digest(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return b"000000000000".to_vec();
    }
    let mut digest = hex(&Sha256::digest(text.as_bytes()));
    digest.truncate(12);
    digest
}

fn hex(digest: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    append_hex(&mut text, digest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    // The worked example in FoxIO's technical details of JA4.
    #[test]
    fn ja4_equals_the_published_example() {
        let hello = ClientHello {
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
        };
        assert_eq!(hello.ja4(), b"t13d1516h2_8daaf6152771_e5627efa2ab1");
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
        assert_eq!(hello.ja3(), b"ada70206e40642a3e4461f35503241d5");
    }
}
