//! Google's own handshake in QUIC before TLS (`QUIC Crypto`, revision of 2016): the client's hello, a list of tagged
//! values, and CYU, the fingerprint of its tags (Salesforce; BSD-3).
//!
//! Caps: 128 tags.

use md5::{Digest, Md5};
use memchr::memmem;

use super::quic_version::Version;
use super::tls_fingerprint::hex;
use crate::bytes::Bytes;

/// Tags of one hello that are told.
const MAX_TAGS: usize = 128;
/// How far into a packet the hello may begin: header, digest and frame stand before it.
const MAX_START: usize = 128;

/// What a client's hello tells.
#[derive(Clone, Debug, Default)]
pub struct GoogleHello {
    /// Name of the server that is asked for.
    pub server_name: Vec<u8>,
    /// What the client calls itself.
    pub user_agent: Vec<u8>,
    /// Version and tags in their order.
    pub cyu: Vec<u8>,
    /// MD5 of that.
    pub cyu_hash: Vec<u8>,
}

impl GoogleHello {
    /// Finds and reads the hello in a packet.
    #[must_use]
    pub fn find(version: Version, packet: &[u8]) -> Option<Self> {
        let head = packet.get(..MAX_START).unwrap_or(packet);
        let start = memmem::find(head, b"CHLO")?;
        Self::read(version, Bytes::new(packet.get(start + 4..)?))
    }

    fn read(version: Version, mut body: Bytes<'_>) -> Option<Self> {
        let tags = usize::from(body.u16()?.swap_bytes());
        body.skip(2)?;
        let index = body.take(tags.checked_mul(8)?)?;
        let mut hello = Self::default();
        let [_, _, high, low] = version.number.to_be_bytes();
        hello.cyu.extend_from_slice(&[high, low, b',']);
        let mut start = 0;
        for (place, entry) in index.chunks_exact(8).take(MAX_TAGS).enumerate() {
            let (tag, end) = entry.split_at_checked(4)?;
            let end = usize::try_from(u32::from_le_bytes(end.try_into().ok()?)).ok()?;
            if place > 0 {
                hello.cyu.push(b'-');
            }
            let name = tag.iter().filter(|byte| **byte != 0);
            hello.cyu.extend(name);
            // The last values may be in another packet.
            let value = body.rest().get(start..end);
            match (tag, value) {
                (b"SNI\0", Some(value)) => hello.server_name = value.to_vec(),
                (b"UAID", Some(value)) => hello.user_agent = value.to_vec(),
                _ => {}
            }
            start = start.max(end);
        }
        hello.cyu_hash = hex(&Md5::digest(&hello.cyu));
        Some(hello)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_values_are_read_in_order() {
        let mut packet = vec![0; 30];
        packet.extend(b"CHLO\x03\0\0\0");
        packet.extend(b"PAD\0\x02\0\0\0SNI\0\x05\0\0\0UAID\xff\0\0\0");
        packet.extend(b"--abc");
        let hello = GoogleHello::find(Version::of(0x5130_3433), &packet).unwrap();
        assert_eq!(hello.server_name, b"abc");
        assert_eq!(hello.cyu, b"43,PAD-SNI-UAID");
        assert!(hello.user_agent.is_empty());
    }

    #[test]
    fn a_hello_that_claims_too_many_tags_is_none() {
        let packet = b"CHLO\xff\xff\0\0PAD\0";
        assert!(GoogleHello::find(Version::of(0x5130_3433), packet).is_none());
    }
}
