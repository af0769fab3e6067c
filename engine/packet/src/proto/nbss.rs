//! `NetBIOS` session service (RFC 1002, section 4.3) and the same framing directly on TCP (MS-SMB2, section 2.1).
//!
//! Caps: names as they are, 34 bytes each. A length of 17 bits by the RFC, of 24 directly on TCP: 24 are believed.

use super::{Probe, Role};
use crate::bytes::{le16, le32};

/// Length of the header before every packet.
pub const HEADER: usize = 4;
/// A name in its second-level coding: length, 32 letters, end.
const CODED_NAME: usize = 34;
/// The shortest message of any version: the header of SMB 1.
const SHORTEST_MESSAGE: usize = 32;
/// Header and signature of a message.
const SIGNATURE: usize = 8;

/// What stands in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// A message of so many bytes follows.
    Message(usize),
    /// A client asks for a session; so many bytes of names follow.
    Request(usize),
    /// The session is granted; so many bytes follow.
    Positive(usize),
    /// It is refused, or another host is named; so many bytes follow.
    Negative(usize),
    /// Nothing, to keep the connection alive; so many bytes follow.
    KeepAlive(usize),
}

/// Reads a header.
#[must_use]
pub fn header(bytes: &[u8]) -> Option<Packet> {
    let [kind, high, middle, low] = *bytes.first_chunk::<HEADER>()?;
    let length = usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?;
    Some(match kind {
        0x00 => Packet::Message(length),
        0x81 => Packet::Request(length),
        0x82 => Packet::Positive(length),
        0x83 | 0x84 => Packet::Negative(length),
        0x85 => Packet::KeepAlive(length),
        _ => return None,
    })
}

/// Called and calling name of a session request, without the spaces that fill them.
#[must_use]
pub fn names(body: &[u8]) -> Option<[Vec<u8>; 2]> {
    let (called, rest) = body.split_at_checked(CODED_NAME)?;
    Some([name(called)?, name(rest.get(..CODED_NAME)?)?])
}

/// First-level coding (RFC 1001, section 14.1): two letters from `A` to `P` a byte. The 16th byte is the kind.
fn name(coded: &[u8]) -> Option<Vec<u8>> {
    let (length, letters) = coded.split_first()?;
    if *length != 32 {
        return None;
    }
    let mut text = Vec::with_capacity(16);
    for pair in letters.get(..32)?.as_chunks::<2>().0.iter().take(15) {
        let [high, low] = pair.map(|letter| letter.wrapping_sub(b'A'));
        if high > 15 || low > 15 {
            return None;
        }
        text.push((high << 4) | low);
    }
    let end = text.trim_ascii_end().len();
    text.truncate(end);
    Some(text)
}

/// Recognises the first bytes of an end: a session request or its answer, or a header and an SMB signature.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    let Some(first) = bytes.first() else {
        return Probe::More;
    };
    match (*first, header(bytes)) {
        (0 | 0x81..=0x85, None) => Probe::More,
        (_, Some(Packet::Request(length))) if (68..=512).contains(&length) => {
            match bytes.get(HEADER) {
                Some(32) => Probe::Yes(Role::Client),
                Some(_) => Probe::No,
                None => Probe::More,
            }
        }
        (_, Some(Packet::Positive(0) | Packet::Negative(1 | 6))) if is_usual => {
            Probe::Yes(Role::Server)
        }
        (_, Some(Packet::Message(length))) if length >= SHORTEST_MESSAGE => message(bytes),
        _ => Probe::No,
    }
}

fn message(bytes: &[u8]) -> Probe {
    let body = bytes.get(HEADER..).unwrap_or_default();
    let known = body.get(..4).unwrap_or(body);
    let is_signature = match known {
        [] => return Probe::More,
        [first, rest @ ..] => (0xfc..=0xff).contains(first) && b"SMB".starts_with(rest),
    };
    if !is_signature {
        return Probe::No;
    }
    let reply = match known.first() {
        Some(0xff) => body.get(9).map(|flags| flags & 0x80 != 0),
        Some(0xfe) => le32(body, 16).map(|flags| flags & 1 != 0),
        // What is sealed or packed does not tell.
        _ if known.len() == 4 => return Probe::Yes(Role::Either),
        _ => None,
    };
    match reply {
        Some(true) => Probe::Yes(Role::Server),
        Some(false) => Probe::Yes(Role::Client),
        None => Probe::More,
    }
}

/// The place of the next message of a stream whose boundaries were lost, or how many bytes hold none for certain.
pub fn resynchronise(bytes: &[u8]) -> Result<usize, usize> {
    for at in memchr::memmem::find_iter(bytes, b"SMB") {
        if let Some(start) = at.checked_sub(HEADER + 1)
            && bytes.get(start..).is_some_and(is_message_start)
        {
            return Ok(start);
        }
    }
    // The beginning of one may hang over the end.
    Err(bytes.len().saturating_sub(SIGNATURE + 2))
}

fn is_message_start(bytes: &[u8]) -> bool {
    let Some(Packet::Message(length)) = header(bytes) else {
        return false;
    };
    let body = bytes.get(HEADER..).unwrap_or_default();
    length >= SHORTEST_MESSAGE
        && match body.first() {
            // The size of the header, 64, follows the signature of version 2.
            Some(0xfe) => le16(body, 4).is_none_or(|size| size == 64),
            Some(first) => *first >= 0xfc,
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(text: &[u8]) -> Vec<u8> {
        let mut name = vec![32];
        for place in 0..16 {
            let byte = text.get(place).copied().unwrap_or(b' ');
            name.extend([b'A' + (byte >> 4), b'A' + (byte & 15)]);
        }
        name.push(0);
        name
    }

    #[test]
    fn a_session_request_names_both_ends() {
        let body = [coded(b"*SMBSERVER"), coded(b"VICTIM-PC")].concat();
        assert_eq!(
            names(&body),
            Some([b"*SMBSERVER".to_vec(), b"VICTIM-PC".to_vec()])
        );
        assert_eq!(names(&body[..60]), None);
        let whole = [&[0x81, 0, 0, 68], &body[..]].concat();
        assert_eq!(probe(&whole, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&whole[..4], false), Probe::More);
    }

    #[test]
    fn the_flags_of_the_first_message_tell_client_from_server() {
        let mut first = vec![0, 0, 0, 64, 0xfe, b'S', b'M', b'B', 64];
        first.resize(68, 0);
        assert_eq!(probe(&first, false), Probe::Yes(Role::Client));
        first[20] = 1;
        assert_eq!(probe(&first, false), Probe::Yes(Role::Server));
        assert_eq!(probe(&first[..12], false), Probe::More);
        assert_eq!(probe(b"\0\0\0\x40\xfeSMX", false), Probe::No);
        assert_eq!(probe(b"\0\0\0\x01\xfeSMB", false), Probe::No);
    }

    #[test]
    fn a_lost_boundary_is_found_again_and_half_of_one_is_kept() {
        let mut stream = b"....SMB..".to_vec();
        let start = stream.len();
        stream.extend(b"\0\0\0\x64\xfeSMB\x40\0");
        assert_eq!(resynchronise(&stream), Ok(start));
        let Err(used) = resynchronise(&stream[..start + 7]) else {
            panic!("half a signature is none");
        };
        assert!(used <= start);
    }
}
