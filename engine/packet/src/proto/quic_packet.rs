//! Headers of QUIC packets: the part that all versions share (RFC 8999), types (RFC 9000, section 17.2; RFC 9369, section
//! 3.2), and the public header that Google's versions had before.

use super::quic_version::{Kind, Version};
use super::{Probe, Role};
use crate::bytes::Bytes;

/// Longest connection id of every version that is known (RFC 9000, section 17.2).
const MAX_CONNECTION_ID: usize = 20;
/// A client's first datagram is at least that long (RFC 9000, section 14.1).
const MIN_FIRST: usize = 1_200;

/// The bit of a long header.
pub const LONG: u8 = 0x80;
/// The bit that is always set.
pub const FIXED: u8 = 0x40;

/// Recognises a datagram that begins with a long header, or with Google's public one.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    let Some(first) = bytes.first() else {
        return Probe::No;
    };
    if first & LONG == 0 {
        return match public_version(bytes) {
            Some(_) => Probe::Yes(Role::Client),
            None => Probe::No,
        };
    }
    let Some(header) = Header::read(bytes) else {
        return Probe::No;
    };
    let is_fixed = first & FIXED != 0;
    let is_grease = header.version.number & 0x0f0f_0f0f == 0x0a0a_0a0a;
    let is_answer = header.version.number == 0 && is_usual && !header.rest.is_empty();
    if header.version.is_known() && is_fixed || is_answer && header.rest.len().is_multiple_of(4) {
        return Probe::Yes(Role::Either);
    }
    // The next version has the same begin and, from a client, the same length.
    let is_plausible = is_fixed && header.version.number != 0 && !header.destination.is_empty();
    if is_plausible && (is_usual || is_grease && bytes.len() >= MIN_FIRST) {
        return Probe::Yes(Role::Client);
    }
    Probe::No
}

/// The version in a header of Google's before long headers: flags, eight bytes of connection id, `Q0..`.
pub fn public_version(bytes: &[u8]) -> Option<Version> {
    let mut bytes = Bytes::new(bytes);
    let flags = bytes.u8()?;
    // A version and an id of eight bytes; no reset, no other path.
    if flags & 0xcb != 0x09 && flags & 0xcf != 0x0d {
        return None;
    }
    bytes.skip(8)?;
    let version = Version::of(bytes.u32()?);
    version.has_public_header().then_some(version)
}

/// A long header (RFC 8999, section 5.1).
pub struct Header<'a> {
    /// Flags and type.
    pub first: u8,
    /// Version.
    pub version: Version,
    /// Id of who is meant.
    pub destination: &'a [u8],
    /// Id of who speaks.
    pub source: &'a [u8],
    /// What follows.
    pub rest: Bytes<'a>,
}

impl<'a> Header<'a> {
    /// Reads the part that all versions share.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Bytes::new(bytes);
        let first = rest.u8()?;
        let version = Version::of(rest.u32()?);
        let (destination, source) = if version.kind == Kind::Google {
            // Both lengths in one byte, as in early drafts.
            let lengths = rest.u8()?;
            let length = |half: u8| if half == 0 { 0 } else { usize::from(half) + 3 };
            (
                rest.take(length(lengths >> 4))?,
                rest.take(length(lengths & 15))?,
            )
        } else {
            (rest.vector8()?.rest(), rest.vector8()?.rest())
        };
        let is_sane = destination.len().max(source.len()) <= MAX_CONNECTION_ID;
        is_sane.then_some(Self {
            first,
            version,
            destination,
            source,
            rest,
        })
    }
}

/// The types of long packets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packet {
    /// The hellos.
    Initial,
    /// Data before the handshake is through.
    Early,
    /// The rest of the handshake.
    Handshake,
    /// A client is to begin anew.
    Retry,
}

impl Packet {
    /// The type in the first byte.
    pub fn of(first: u8, is_second: bool) -> Self {
        let types = [Self::Initial, Self::Early, Self::Handshake, Self::Retry];
        // RFC 9369, section 3.2: each moves up by one.
        let place = usize::from((first >> 4) & 3) + if is_second { 3 } else { 0 };
        types.get(place % 4).copied().unwrap_or(Self::Retry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_age_are_recognised() {
        let mut first = vec![0xc0, 0, 0, 0, 1, 8];
        first.extend([1; 8]);
        first.extend([0, 0]);
        assert_eq!(probe(&first, false), Probe::Yes(Role::Either));
        let mut google = vec![0x0d];
        google.extend([1; 8]);
        google.extend(b"Q043\x01");
        assert_eq!(probe(&google, false), Probe::Yes(Role::Client));
        google[9] = b'R';
        assert_eq!(probe(&google, false), Probe::No);
        let mut unknown = vec![0xc6, 0x10, 1, 0, 0, 1, 0, 0];
        assert_eq!(probe(&unknown, false), Probe::No);
        assert_eq!(probe(&unknown, true), Probe::Yes(Role::Client));
        unknown[0] = 0x86;
        assert_eq!(probe(&unknown, true), Probe::No);
        assert_eq!(probe_lengths(&first), 16);
    }

    /// How many begins of a header do not panic: all.
    fn probe_lengths(bytes: &[u8]) -> usize {
        (0..bytes.len())
            .filter(|length| matches!(probe(&bytes[..*length], true), Probe::No | Probe::Yes(_)))
            .count()
    }

    #[test]
    fn packet_types_of_version_2_are_moved_by_one() {
        assert!(Packet::of(0xc0, false) == Packet::Initial);
        assert!(Packet::of(0xd0, true) == Packet::Initial);
        assert!(Packet::of(0xc0, true) == Packet::Retry);
        assert!(Packet::of(0xf0, true) == Packet::Handshake);
    }
}
