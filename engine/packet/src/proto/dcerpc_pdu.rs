//! Packets of connection-oriented DCERPC, version 5, taken apart (C706, section 12.6; MS-RPCE, section 2.2.2).
//!
//! Caps: 32 contexts a negotiation, 128 bytes of a secondary address.

use crate::bytes::Bytes;

/// Bytes of the common header of version 5.
pub const HEADER: usize = 16;
/// Contexts of one negotiation that are read.
const MAX_CONTEXTS: usize = 32;
/// Bytes of a secondary address that are kept.
const MAX_ADDRESS: usize = 128;
/// Bytes of the security trailer before its token (MS-RPCE, section 2.2.2.11).
pub const TRAILER: usize = 8;

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

/// Numbers in the order of bytes that a packet says it has.
pub(super) struct Numbers<'a> {
    pub(super) bytes: Bytes<'a>,
    is_little: bool,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(bytes: &'a [u8], is_little: bool) -> Self {
        Self {
            bytes: Bytes::new(bytes),
            is_little,
        }
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let value = self.bytes.u16()?;
        Some(if self.is_little {
            value.swap_bytes()
        } else {
            value
        })
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let value = self.bytes.u32()?;
        Some(if self.is_little {
            value.swap_bytes()
        } else {
            value
        })
    }

    /// The first three fields have the order of numbers (C706, appendix A).
    pub(super) fn uuid(&mut self) -> Option<Uuid> {
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
mod tests;
