//! What a Modbus transaction becomes: `modbus.request` and `modbus.response` with EVE's names, values in the clear.

use super::modbus_message::{Header, Pdu};
use crate::bytes::Bytes;
use crate::emit::line::Line;

/// Registers and bytes that are told; a PDU has no room for more of the first.
const MAX_REGISTERS: usize = 125;

/// Writes `modbus`.
pub fn write(
    line: &mut Line<'_>,
    header: Header,
    request: Option<Pdu<'_>>,
    response: Option<Pdu<'_>>,
) {
    let mark = line.open("modbus");
    line.number("transaction_id", u64::from(header.transaction_id));
    line.number("unit_id", u64::from(header.unit_id));
    if let Some(pdu) = request {
        let mark = line.open("request");
        write_function(line, &pdu);
        let _ = write_request(line, &pdu);
        line.close(mark);
    }
    if let Some(pdu) = response {
        let mark = line.open("response");
        write_function(line, &pdu);
        let _ = write_response(line, &pdu);
        line.close(mark);
    }
    line.close(mark);
}

fn write_function(line: &mut Line<'_>, pdu: &Pdu<'_>) {
    line.number("function_raw", u64::from(pdu.raw()));
    line.word("function_code", pdu.function_code());
    line.word("access_type", pdu.access_type());
    line.word("category", pdu.category());
}

/// What the client asks. What does not have the form of its function is told as bytes.
fn write_request(line: &mut Line<'_>, pdu: &Pdu<'_>) -> Option<()> {
    let mut bytes = Bytes::new(pdu.data());
    if !pdu.is_request_shape() {
        rest(line, bytes);
        return None;
    }
    // Nothing may fail between opening an object and closing it: numbers are taken first.
    match pdu.function() {
        1..=4 => {
            let range = range(&mut bytes)?;
            object(line, "read", |line| write_range(line, range));
        }
        5 | 6 => single(line, bytes)?,
        8 => diagnostic(line, bytes)?,
        15 | 16 => {
            let (range, raw) = (range(&mut bytes)?, bytes.vector8()?.rest());
            object(line, "write", |line| {
                write_range(line, range);
                values(line, pdu.function() == 16, raw);
            });
        }
        22 => {
            let (address, and_mask, or_mask) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
            object(line, "write", |line| {
                line.number("address", u64::from(address));
                line.number("and_mask", u64::from(and_mask));
                line.number("or_mask", u64::from(or_mask));
            });
        }
        23 => {
            let (read, written) = (range(&mut bytes)?, range(&mut bytes)?);
            let raw = bytes.vector8()?.rest();
            object(line, "read", |line| write_range(line, read));
            object(line, "write", |line| {
                write_range(line, written);
                values(line, true, raw);
            });
        }
        43 => identification(line, bytes)?,
        _ => rest(line, bytes),
    }
    Some(())
}

/// What the server answers.
fn write_response(line: &mut Line<'_>, pdu: &Pdu<'_>) -> Option<()> {
    let mut bytes = Bytes::new(pdu.data());
    if let Some((raw, code)) = pdu.exception_code() {
        object(line, "exception", |line| {
            line.number("raw", u64::from(raw));
            line.word("code", code);
        });
        return Some(());
    }
    if !pdu.is_response_shape() {
        rest(line, bytes);
        return None;
    }
    match pdu.function() {
        1..=4 | 23 => {
            let raw = bytes.vector8()?.rest();
            object(line, "read", |line| values(line, pdu.function() > 2, raw));
        }
        5 | 6 => single(line, bytes)?,
        8 => diagnostic(line, bytes)?,
        15 | 16 => {
            let range = range(&mut bytes)?;
            object(line, "write", |line| write_range(line, range));
        }
        17 => line.text("server_id", bytes.vector8()?.rest()),
        43 => identification(line, bytes)?,
        _ => rest(line, bytes),
    }
    Some(())
}

fn object(line: &mut Line<'_>, key: &'static str, write: impl FnOnce(&mut Line<'_>)) {
    let mark = line.open(key);
    write(line);
    line.close(mark);
}

/// First address and how many.
fn range(bytes: &mut Bytes<'_>) -> Option<[u16; 2]> {
    Some([bytes.u16()?, bytes.u16()?])
}

fn write_range(line: &mut Line<'_>, [address, quantity]: [u16; 2]) {
    line.number("address", u64::from(address));
    line.number("quantity", u64::from(quantity));
}

/// One coil or register: address and value.
fn single(line: &mut Line<'_>, mut bytes: Bytes<'_>) -> Option<()> {
    let [address, value] = range(&mut bytes)?;
    object(line, "write", |line| {
        line.number("address", u64::from(address));
        line.number("value", u64::from(value));
    });
    Some(())
}

/// Values: registers as numbers, coils as the bytes that hold them.
fn values(line: &mut Line<'_>, are_registers: bool, raw: &[u8]) {
    if !are_registers {
        if !raw.is_empty() {
            line.hex("data", raw);
        }
        return;
    }
    let list = line.open_list("registers");
    for pair in raw.chunks_exact(2).take(MAX_REGISTERS) {
        if let &[high, low] = pair {
            line.item_number(u64::from(u16::from_be_bytes([high, low])));
        }
    }
    line.close_list(list);
}

fn diagnostic(line: &mut Line<'_>, mut bytes: Bytes<'_>) -> Option<()> {
    let raw = bytes.u16()?;
    object(line, "diagnostic", |line| {
        line.number("raw", u64::from(raw));
        line.word("code", diagnostic_code(raw));
        rest(line, bytes);
    });
    Some(())
}

/// Sub-functions of Application Protocol section 6.8.1; as EVE says them.
fn diagnostic_code(raw: u16) -> &'static str {
    match raw {
        0 => "RetQueryData",
        1 => "RestartCommOpt",
        2 => "RetDiagReg",
        3 => "ChangeInputDelimiter",
        4 => "ForceListenOnlyMode",
        10 => "ClearCtrDiagReg",
        11 => "RetBusMsgCount",
        12 => "RetBusCommErrCount",
        13 => "RetBusExcErrCount",
        14 => "RetServerMsgCount",
        15 => "RetServerNoRespCount",
        16 => "RetServerNAKCount",
        17 => "RetServerBusyCount",
        18 => "RetBusCharOverrunCount",
        20 => "ClearOverrunCounterFlag",
        _ => "Reserved",
    }
}

/// Encapsulated interfaces (Application Protocol section 6.19 to 6.21).
fn identification(line: &mut Line<'_>, mut bytes: Bytes<'_>) -> Option<()> {
    let raw = bytes.u8()?;
    let code = match raw {
        13 => "CANOpenGenRefReqResp",
        14 => "RdDevId",
        _ => "Unknown",
    };
    object(line, "mei", |line| {
        line.number("raw", u64::from(raw));
        line.word("code", code);
        rest(line, bytes);
    });
    Some(())
}

fn rest(line: &mut Line<'_>, bytes: Bytes<'_>) {
    if !bytes.is_empty() {
        line.hex("data", bytes.rest());
    }
}
