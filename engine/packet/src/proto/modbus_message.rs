//! Modbus messages: the header of Messaging on TCP/IP section 3.1.3, and the PDUs of Application Protocol section 6.

use crate::bytes::{Bytes, be16};

/// Longest length that a header may state: unit and a PDU of 253 bytes.
pub const MAX_LENGTH: usize = 254;
/// Coils that one request may read (Application Protocol section 6.1).
const MAX_QUANTITY: u16 = 2_000;
/// Bytes before those that the length counts.
const PREFIX: usize = 6;
/// Bit of a function code that makes it an exception.
const EXCEPTION: u8 = 0x80;

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Chosen by the client.
    pub transaction_id: u16,
    /// 0 for Modbus.
    pub protocol_id: u16,
    /// Bytes that follow, the unit among them.
    pub length: u16,
    /// Which device behind the address.
    pub unit_id: u8,
}

impl Header {
    /// Reads the header and sees that a function code follows it.
    #[must_use]
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(data);
        let header = Self {
            transaction_id: bytes.u16()?,
            protocol_id: bytes.u16()?,
            length: bytes.u16()?,
            unit_id: bytes.u8()?,
        };
        bytes.u8().map(|_| header)
    }

    /// Whether a message may have it.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.protocol_id == 0 && (2..=MAX_LENGTH).contains(&usize::from(self.length))
    }

    /// Bytes of the whole message.
    #[must_use]
    pub fn whole_length(self) -> usize {
        PREFIX + usize::from(self.length)
    }

    /// The PDU, when all of it is there; `data` begins with the header.
    #[must_use]
    pub fn pdu(self, data: &[u8]) -> Option<Pdu<'_>> {
        data.get(PREFIX + 1..self.whole_length()).map(Pdu::new)
    }
}

/// Function code and data.
#[derive(Clone, Copy, Debug)]
pub struct Pdu<'a> {
    /// All of it.
    pub bytes: &'a [u8],
}

impl<'a> Pdu<'a> {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The function code as sent.
    #[must_use]
    pub fn raw(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(0)
    }

    /// The function code without the bit of an exception.
    #[must_use]
    pub fn function(&self) -> u8 {
        self.raw() & !EXCEPTION
    }

    /// What follows the function code.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.bytes.get(1..).unwrap_or_default()
    }

    /// Whether it says that the request failed.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        self.raw() & EXCEPTION != 0
    }

    /// Whether a client could have sent it.
    #[must_use]
    pub fn is_request_shape(&self) -> bool {
        let data = self.data();
        match self.raw() {
            1..=4 => {
                be16(data, 2).is_some_and(|quantity| quantity <= MAX_QUANTITY) && data.len() == 4
            }
            5 | 6 | 8 => data.len() == 4,
            7 | 11 | 12 | 17 => data.is_empty(),
            15 | 16 => has_length_at(data, 4),
            20 | 21 => has_length_at(data, 0),
            22 => data.len() == 6,
            23 => has_length_at(data, 8),
            24 => data.len() == 2,
            43 => matches!(data, [13 | 14, ..]),
            _ => false,
        }
    }

    /// Whether a server could have sent it.
    #[must_use]
    pub fn is_response_shape(&self) -> bool {
        let data = self.data();
        match self.raw() {
            1..=4 | 12 | 17 | 20 | 21 | 23 => has_length_at(data, 0),
            5 | 6 | 8 | 11 | 15 | 16 => data.len() == 4,
            7 => data.len() == 1,
            22 => data.len() == 6,
            43 => matches!(data, [13 | 14, ..]),
            EXCEPTION.. => matches!(data, [1..=11]),
            _ => false,
        }
    }

    /// `event.action`.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self.function() {
            1..=4 | 20 | 24 => "modbus-read",
            5 | 6 | 15 | 16 | 21 | 22 | 23 => "modbus-write",
            7 | 8 | 11 | 12 => "modbus-diagnostic",
            17 | 43 => "modbus-identification",
            _ => "modbus-other",
        }
    }

    /// The function's name in EVE.
    #[must_use]
    pub fn function_code(&self) -> &'static str {
        match self.function() {
            1 => "RdCoils",
            2 => "RdDiscreteInputs",
            3 => "RdHoldRegs",
            4 => "RdInputRegs",
            5 => "WrSingleCoil",
            6 => "WrSingleReg",
            7 => "RdExcStatus",
            8 => "Diagnostic",
            11 => "GetCommEventCtr",
            12 => "GetCommEventLog",
            15 => "WrMultCoils",
            16 => "WrMultRegs",
            17 => "ReportServerID",
            20 => "RdFileRec",
            21 => "WrFileRec",
            22 => "MaskWrReg",
            23 => "RdWrMultRegs",
            24 => "RdFIFOQueue",
            43 => "MEI",
            _ => "Unknown",
        }
    }

    /// What is touched, and how; as EVE says it.
    #[must_use]
    pub fn access_type(&self) -> &'static str {
        match self.function() {
            1 => "READ | COILS",
            2 => "READ | DISCRETES",
            3 => "READ | HOLDING",
            4 => "READ | INPUT",
            5 => "WRITE | COILS | SINGLE",
            6 => "WRITE | HOLDING | SINGLE",
            15 => "WRITE | COILS | MULTIPLE",
            16 => "WRITE | HOLDING | MULTIPLE",
            22 => "WRITE | HOLDING",
            23 => "READ | WRITE | HOLDING | MULTIPLE",
            _ => "NONE",
        }
    }

    /// Who defines the function (Application Protocol section 5); as EVE says it.
    #[must_use]
    pub fn category(&self) -> &'static str {
        match self.function() {
            1..=8 | 11 | 12 | 15..=17 | 20..=24 | 43 => "PUBLIC_ASSIGNED",
            9 | 10 | 13 | 14 | 41 | 42 | 90 | 91 | 125..=127 => "RESERVED",
            65..=72 | 100..=110 => "USER_DEFINED",
            _ => "PUBLIC_UNASSIGNED",
        }
    }

    /// Why the request failed (Application Protocol section 7).
    #[must_use]
    pub fn exception_code(&self) -> Option<(u8, &'static str)> {
        let &[code, ..] = self.data() else {
            return None;
        };
        let name = match code {
            1 => "IllegalFunction",
            2 => "IllegalDataAddr",
            3 => "IllegalDataValue",
            4 => "ServerDeviceFail",
            5 => "Ack",
            6 => "ServerDeviceBusy",
            7 => "NegAck",
            8 => "MemParityErr",
            10 => "GatewayPathUnavailable",
            11 => "GatewayTargetFailToResp",
            _ => "Unknown",
        };
        self.is_exception().then_some((code, name))
    }
}

/// Whether the byte at `place` says how many bytes follow it.
fn has_length_at(data: &[u8], place: usize) -> bool {
    data.get(place)
        .is_some_and(|length| usize::from(*length) + place + 1 == data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_counts_its_unit() {
        let data = [0, 1, 0, 0, 0, 3, 17, 0x81, 2, 9];
        let header = Header::read(&data).expect("a header");
        let pdu = header.pdu(&data).expect("a whole message");
        assert_eq!((header.whole_length(), header.unit_id), (9, 17));
        assert_eq!(pdu.exception_code(), Some((2, "IllegalDataAddr")));
        assert_eq!(pdu.function_code(), "RdCoils");
        assert!(header.pdu(&data[..8]).is_none());
        assert!(Header::read(&data[..7]).is_none());
    }
}
