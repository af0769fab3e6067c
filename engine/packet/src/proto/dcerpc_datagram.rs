//! Packets of connectionless DCERPC, version 4, taken apart (C706, section 12.5).

use super::dcerpc_pdu::{Numbers, Syntax, Uuid};
use crate::bytes::Bytes;

/// Bytes of the header of version 4.
const DATAGRAM_HEADER: usize = 80;
/// The flag of a datagram that is one of several.
const FRAGMENT: u8 = 4;

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
    /// The last four of them as a number, where all results are in this one datagram and none are protected.
    pub value: Option<u32>,
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
        numbers.u16()?;
        let protection = numbers.bytes.u8()?;
        numbers.bytes.skip(1)?;
        let value = if protection == 0 && flags & FRAGMENT == 0 {
            let stub = numbers.bytes.take(usize::from(length))?;
            let end = stub.get(stub.len().saturating_sub(4)..)?;
            Numbers::new(end, order & 0x10 != 0).u32()
        } else {
            None
        };
        let low = u16::try_from(version & 0xffff).unwrap_or(0);
        let high = u16::try_from(version >> 16).unwrap_or(0);
        Some(Self {
            kind,
            has_more: flags & FRAGMENT != 0 && flags & 2 == 0,
            interface: Syntax {
                uuid: interface,
                version: (low, high),
            },
            activity,
            sequence,
            operation,
            length,
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
