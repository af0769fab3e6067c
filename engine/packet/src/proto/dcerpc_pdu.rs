//! Packets of DCERPC taken apart: connection-oriented version 5 (C706, section 12.6; MS-RPCE, section 2.2.2) and
//! connectionless version 4 (C706, section 12.5).
//!
//! Caps: 32 contexts a negotiation, 128 bytes of a secondary address.

use crate::bytes::Bytes;

/// Bytes of the common header of version 5.
pub const HEADER: usize = 16;
/// Bytes of the header of version 4.
const DATAGRAM_HEADER: usize = 80;
/// Contexts of one negotiation that are read.
const MAX_CONTEXTS: usize = 32;
/// Bytes of a secondary address that are kept.
const MAX_ADDRESS: usize = 128;
/// Bytes of the security trailer before its token (MS-RPCE, section 2.2.2.11).
const TRAILER: usize = 8;

/// The flag that means nothing.
const RESERVED: u8 = 8;
/// Stub data of one call that is believed at first sight.
const MAX_HINT: u32 = 64 << 20;

/// A UUID in the order that it is written in.
pub type Uuid = [u8; 16];

/// Interface or transfer syntax, with its version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Syntax {
    /// Which.
    pub uuid: Uuid,
    /// Major and minor version.
    pub version: (u16, u16),
}

/// Types of packets that matter here (C706, section 12.1).
pub mod kind {
    /// A call.
    pub const REQUEST: u8 = 0;
    /// Its result.
    pub const RESPONSE: u8 = 2;
    /// Its failure.
    pub const FAULT: u8 = 3;
    /// A call is refused (version 4).
    pub const REJECT: u8 = 6;
    /// Negotiates contexts.
    pub const BIND: u8 = 11;
    /// Answers it.
    pub const BIND_ACK: u8 = 12;
    /// Refuses it.
    pub const BIND_NAK: u8 = 13;
    /// Negotiates more contexts.
    pub const ALTER: u8 = 14;
    /// Answers it.
    pub const ALTER_ACK: u8 = 15;
    /// The third leg of an authentication.
    pub const AUTH3: u8 = 16;
    /// The largest number assigned.
    pub const LAST: u8 = 19;
}

/// The common header of version 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Minor version.
    pub minor: u8,
    /// Type.
    pub kind: u8,
    /// First and last fragment, object.
    pub flags: u8,
    /// Whether numbers are little-endian.
    pub is_little: bool,
    /// Length of the whole packet.
    pub length: usize,
    /// Length of the authentication token at its end.
    pub auth_length: usize,
    /// Number of the call.
    pub call: u32,
}

impl Header {
    /// Reads the header; `None` when these bytes are none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Bytes::new(bytes);
        let [
            5,
            minor @ 0..=1,
            kind @ 0..=kind::LAST,
            flags,
            order,
            float,
            0,
            0,
        ] = reader.array::<8>()?
        else {
            return None;
        };
        if order & 0xee != 0 || float > 3 {
            return None;
        }
        let mut numbers = Numbers::new(reader.rest(), order & 0x10 != 0);
        let header = Self {
            minor,
            kind,
            flags,
            is_little: numbers.is_little,
            length: usize::from(numbers.u16()?),
            auth_length: usize::from(numbers.u16()?),
            call: numbers.u32()?,
        };
        let least = HEADER + header.auth_length;
        (header.length >= least).then_some(header)
    }

    /// Whether a conversation may be recognised by it: a first fragment, its reserved flag clear (C706, section 12.6.3.1;
    /// MS-RPCE, section 2.2.2.3), with room for what its type and its token need. A call seen without the bind before it
    /// must also hint at a size that somebody might send. `None` for too few bytes.
    #[must_use]
    pub fn is_beginning(&self, bytes: &[u8]) -> Option<bool> {
        let body = match self.kind {
            kind::REQUEST | kind::RESPONSE => 8,
            kind::FAULT | kind::BIND | kind::ALTER => 12,
            kind::BIND_ACK | kind::ALTER_ACK => 10,
            kind::BIND_NAK | kind::AUTH3..=kind::LAST => 0,
            // The other types belong to version 4 (C706, table 12-1).
            _ => return Some(false),
        };
        let trailer = match self.auth_length {
            0 => 0,
            length => TRAILER + length,
        };
        if !self.is_first() || self.flags & RESERVED != 0 || self.length < HEADER + body + trailer {
            return Some(false);
        }
        if !matches!(self.kind, kind::REQUEST | kind::RESPONSE) {
            return Some(true);
        }
        let hint = Numbers::new(bytes.get(HEADER..)?, self.is_little).u32()?;
        Some(hint <= MAX_HINT)
    }

    /// Whether it is the first fragment of its call.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Whether it is the last.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Whether the client sends packets of this type.
    #[must_use]
    pub fn is_clients(&self) -> bool {
        matches!(
            self.kind,
            kind::REQUEST | kind::BIND | kind::ALTER | kind::AUTH3 | 17..=19
        )
    }

    /// Bytes of the packet that are read; the rest is stub data, which is only counted.
    #[must_use]
    pub fn wanted(&self) -> usize {
        match self.kind {
            kind::REQUEST => self.length.min(HEADER + 8 + 16),
            kind::RESPONSE => self.length.min(HEADER + 8),
            kind::FAULT => self.length.min(HEADER + 12),
            _ => self.length,
        }
    }

    /// Bytes behind the fixed part, as EVE counts them: an object's UUID and the security trailer belong to them, and of
    /// an answer its context too.
    #[must_use]
    pub fn stub_length(&self) -> u64 {
        let fixed = if self.kind == kind::REQUEST {
            HEADER + 8
        } else {
            HEADER
        };
        crate::bytes::count(self.length.saturating_sub(fixed))
    }
}

/// A request's fixed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Number of its context.
    pub context: u16,
    /// Number of the operation.
    pub operation: u16,
}

/// One context that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its number.
    pub id: u16,
    /// The interface wanted.
    pub interface: Syntax,
}

/// What became of one context: result and reason (C706, section 12.6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// 0 is acceptance.
    pub result: u16,
    /// Why not.
    pub reason: u16,
}

/// The answer to a negotiation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Port or pipe that the server names.
    pub address: Vec<u8>,
    /// One a context, in order.
    pub verdicts: Vec<Verdict>,
    /// Whether there were more than are kept.
    pub is_cut: bool,
}

/// Reads a request; `bytes` begin with the header.
#[must_use]
pub fn request(header: &Header, bytes: &[u8]) -> Option<Request> {
    let mut numbers = Numbers::new(bytes.get(HEADER..)?, header.is_little);
    numbers.u32()?;
    Some(Request {
        context: numbers.u16()?,
        operation: numbers.u16()?,
    })
}

/// Reads the status of a fault.
#[must_use]
pub fn fault(header: &Header, bytes: &[u8]) -> Option<u32> {
    let mut numbers = Numbers::new(bytes.get(HEADER..)?, header.is_little);
    numbers.u32()?;
    numbers.u32()?;
    numbers.u32()
}

/// Reads the contexts of a bind or alter, and whether there were more than are kept.
#[must_use]
pub fn offers(header: &Header, bytes: &[u8]) -> Option<(Vec<Offer>, bool)> {
    let mut numbers = Numbers::new(bytes.get(HEADER..)?, header.is_little);
    numbers.u32()?;
    numbers.u32()?;
    let number = numbers.bytes.u8()?;
    numbers.bytes.skip(3)?;
    let mut found = Vec::new();
    for _ in 0..number {
        let id = numbers.u16()?;
        let transfers = numbers.bytes.u8()?;
        numbers.bytes.skip(1)?;
        let interface = numbers.syntax()?;
        numbers.bytes.skip(usize::from(transfers) * 20)?;
        if found.len() < MAX_CONTEXTS {
            found.push(Offer { id, interface });
        }
    }
    Some((found, usize::from(number) > MAX_CONTEXTS))
}

/// Reads the answer to a bind or alter.
#[must_use]
pub fn answer(header: &Header, bytes: &[u8]) -> Option<Answer> {
    let mut numbers = Numbers::new(bytes.get(HEADER..)?, header.is_little);
    numbers.u32()?;
    numbers.u32()?;
    let length = usize::from(numbers.u16()?);
    let address = numbers.bytes.take(length)?;
    // The results begin at a multiple of four from the start of the packet.
    let odd = (HEADER + 8 + 2 + length) % 4;
    numbers.bytes.skip((4 - odd) % 4)?;
    let number = numbers.bytes.u8()?;
    numbers.bytes.skip(3)?;
    let mut found = Answer {
        address: text(address),
        verdicts: Vec::new(),
        is_cut: usize::from(number) > MAX_CONTEXTS,
    };
    for _ in 0..number {
        let verdict = Verdict {
            result: numbers.u16()?,
            reason: numbers.u16()?,
        };
        numbers.bytes.skip(20)?;
        if found.verdicts.len() < MAX_CONTEXTS {
            found.verdicts.push(verdict);
        }
    }
    Some(found)
}

/// Type and token of the authentication at the end of a whole packet (MS-RPCE, section 2.2.2.11).
#[must_use]
pub fn authentication<'a>(header: &Header, bytes: &'a [u8]) -> Option<(u8, &'a [u8])> {
    if header.auth_length == 0 {
        return None;
    }
    let token = header.length.checked_sub(header.auth_length)?;
    let kind = *bytes.get(token.checked_sub(TRAILER)?)?;
    Some((kind, bytes.get(token..header.length)?))
}

/// The header of a packet of version 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Type.
    pub kind: u8,
    /// Whether it is a fragment, and not the last.
    pub has_more: bool,
    /// The interface called.
    pub interface: Syntax,
    /// The client's activity.
    pub activity: Uuid,
    /// Number of the call in it.
    pub sequence: u32,
    /// Number of the operation.
    pub operation: u16,
    /// Bytes of stub data.
    pub length: u16,
}

impl Datagram {
    /// Reads a datagram; `None` when it is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let body = crate::bytes::count(bytes.len().checked_sub(DATAGRAM_HEADER)?);
        let mut reader = Bytes::new(bytes);
        let [4, kind @ 0..=10, flags, more_flags, order, float, _, _] = reader.array::<8>()? else {
            return None;
        };
        if order & 0xee != 0 || float > 3 || more_flags & 0xfc != 0 {
            return None;
        }
        let mut numbers = Numbers::new(reader.rest(), order & 0x10 != 0);
        numbers.bytes.skip(16)?;
        let interface = numbers.uuid()?;
        // It only names: its bytes are put in one order whatever the representation, as others write it too.
        let activity = Numbers::new(numbers.bytes.take(16)?, true).uuid()?;
        numbers.u32()?;
        let version = numbers.u32()?;
        let sequence = numbers.u32()?;
        let operation = numbers.u16()?;
        numbers.u32()?;
        let length = numbers.u16()?;
        if u64::from(length) > body {
            return None;
        }
        let low = u16::try_from(version & 0xffff).unwrap_or(0);
        let high = u16::try_from(version >> 16).unwrap_or(0);
        Some(Self {
            kind,
            has_more: flags & 4 != 0 && flags & 2 == 0,
            interface: Syntax {
                uuid: interface,
                version: (low, high),
            },
            activity,
            sequence,
            operation,
            length,
        })
    }
}

struct Numbers<'a> {
    bytes: Bytes<'a>,
    is_little: bool,
}

impl<'a> Numbers<'a> {
    fn new(bytes: &'a [u8], is_little: bool) -> Self {
        Self {
            bytes: Bytes::new(bytes),
            is_little,
        }
    }

    fn u16(&mut self) -> Option<u16> {
        let value = self.bytes.u16()?;
        Some(if self.is_little {
            value.swap_bytes()
        } else {
            value
        })
    }

    fn u32(&mut self) -> Option<u32> {
        let value = self.bytes.u32()?;
        Some(if self.is_little {
            value.swap_bytes()
        } else {
            value
        })
    }

    /// The first three fields have the order of numbers (C706, appendix A).
    fn uuid(&mut self) -> Option<Uuid> {
        let mut uuid = self.bytes.array::<16>()?;
        if self.is_little {
            for field in [0..4, 4..6, 6..8] {
                if let Some(bytes) = uuid.get_mut(field) {
                    bytes.reverse();
                }
            }
        }
        Some(uuid)
    }

    fn syntax(&mut self) -> Option<Syntax> {
        let uuid = self.uuid()?;
        let version = self.u32()?;
        Some(Syntax {
            uuid,
            version: (
                u16::try_from(version & 0xffff).unwrap_or(0),
                u16::try_from(version >> 16).unwrap_or(0),
            ),
        })
    }
}

fn text(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == 0);
    let bytes = end.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
    bytes.get(..MAX_ADDRESS).unwrap_or(bytes).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bind of svcctl 2.0 with NDR, little-endian.
    const BIND: &[u8] = b"\x05\x00\x0b\x03\x10\0\0\0\x48\0\0\0\x07\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\x00\0\x01\0\
        \x81\xbb\x7a\x36\x44\x98\xf1\x35\xad\x32\x98\xf0\x38\x00\x10\x03\x02\0\0\0\
        \x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\0\0\0";

    #[test]
    fn a_conversation_begins_with_a_first_fragment_that_has_room_for_what_it_says() {
        let is_beginning = |change: &dyn Fn(&mut [u8])| {
            let mut bytes = BIND.to_vec();
            change(&mut bytes);
            Header::read(&bytes).is_some_and(|header| header.is_beginning(&bytes) == Some(true))
        };
        assert!(is_beginning(&|_| {}));
        assert!(!is_beginning(&|bytes| bytes[3] = 2), "not the first");
        assert!(!is_beginning(&|bytes| bytes[3] = 0x0b), "reserved flag");
        assert!(!is_beginning(&|bytes| bytes[2] = 4), "version 4's type");
        assert!(!is_beginning(&|bytes| bytes[8] = 27), "no room for a bind");
        assert!(
            !is_beginning(&|bytes| bytes[10] = 40),
            "no room for the token"
        );
    }

    // STARTUP of Cassandra's protocol, version 5: version, flags, stream (two bytes), operation, length (four), a map.
    #[test]
    fn a_request_of_cassandra_begins_no_conversation() {
        let startup =
            b"\x05\0\0\x01\x01\0\0\0\x53\0\x03\0\x0bDRIVER_NAME\0\x16DataStax Python Driver";
        let header = Header::read(startup).expect("it looks like one so far");
        assert_eq!(header.is_beginning(&startup[..16]), None);
        assert_eq!(header.is_beginning(startup), Some(false));
    }

    #[test]
    fn a_bind_names_its_interface() {
        let header = Header::read(BIND).expect("a header");
        assert_eq!(
            (header.kind, header.length, header.call),
            (kind::BIND, 72, 7)
        );
        let (offers, is_cut) = offers(&header, BIND).expect("contexts");
        assert!(!is_cut);
        let [offer] = offers.as_slice() else {
            panic!("one context");
        };
        assert_eq!(offer.interface.version, (2, 0));
        assert_eq!(
            offer.interface.uuid,
            [
                0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00,
                0x10, 0x03
            ]
        );
    }

    #[test]
    fn what_is_cut_short_or_of_another_version_is_refused() {
        for length in 0..HEADER {
            assert_eq!(Header::read(&BIND[..length]), None);
        }
        let mut other = BIND.to_vec();
        other[0] = 4;
        assert_eq!(Header::read(&other), None);
        let header = Header::read(BIND).expect("a header");
        assert_eq!(offers(&header, &BIND[..60]), None);
    }

    #[test]
    fn a_datagram_that_claims_more_than_it_holds_is_refused() {
        let mut bytes = vec![0; DATAGRAM_HEADER + 4];
        bytes[0] = 4;
        bytes[4] = 0x10;
        bytes[74] = 4;
        assert_eq!(Datagram::read(&bytes).map(|one| one.length), Some(4));
        bytes[74] = 5;
        assert_eq!(Datagram::read(&bytes), None);
    }
}
