//! What an SNMP message becomes: `snmp`, with EVE's names where it has one.

use super::ber::{self, Element, tag};
use super::snmp_message::{self, Message, Pdu, Security, pdu};
use super::snmp_names;
use crate::emit::line::Line;

/// Longest name or value written.
const MAX_VALUE: usize = 256;

/// Writes `snmp`; false when there were more variables than are told, or broken ones.
pub fn write(line: &mut Line<'_>, message: &Message<'_>) -> bool {
    let mark = line.open("snmp");
    line.number("version", u64::from(message.version));
    line.text_within("community", message.community, MAX_VALUE);
    if let Some(security) = &message.security {
        write_security(line, security);
    }
    let is_whole = message.pdu.is_none_or(|pdu| write_pdu(line, &pdu));
    line.flag("encrypted", message.pdu.is_none());
    line.close(mark);
    is_whole
}

fn write_security(line: &mut Line<'_>, security: &Security<'_>) {
    line.text_within("usm", security.user, MAX_VALUE);
    line.number("message_id", natural(security.message_id));
    line.number("security_model", natural(security.model));
    line.flag("authenticated", security.flags & 1 != 0);
    hex(line, "engine_id", security.engine);
    let [boots, time] = security.clock;
    line.number("engine_boots", natural(boots));
    line.number("engine_time", natural(time));
    let [engine, name] = security.context;
    hex(line, "context_engine_id", engine);
    line.text_within("context_name", name, MAX_VALUE);
}

fn hex(line: &mut Line<'_>, key: &'static str, value: &[u8]) {
    if !value.is_empty() {
        line.hex(key, value.get(..64).unwrap_or(value));
        if value.len() > 64 {
            line.note_truncated(key);
        }
    }
}

fn natural(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn signed(line: &mut Line<'_>, key: &str, value: i64) {
    line.raw(key, |out| {
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    });
}

fn write_pdu(line: &mut Line<'_>, message: &Pdu<'_>) -> bool {
    let name = snmp_message::names(message.kind).map_or("", |(name, _)| name);
    line.word("pdu_type", name);
    let [first, second] = message.numbers;
    if let Some(trap) = &message.trap {
        let generic = snmp_names::trap(trap.generic);
        line.word("trap_type", generic.unwrap_or("unknown"));
        write_oid(line, "trap_oid", trap.enterprise);
        signed(line, "trap_specific", trap.specific);
        let mut address = Vec::new();
        push_address(&mut address, trap.address);
        line.plain("trap_address", &address);
        line.number("uptime", trap.uptime);
    } else {
        signed(line, "request_id", message.request_id);
        if message.kind == pdu::BULK {
            line.number("non_repeaters", natural(first));
            line.number("max_repetitions", natural(second));
        } else if first != 0 {
            match snmp_names::error(first) {
                Some(name) => line.word("error", name),
                None => line.word("error", itoa::Buffer::new().format(first)),
            }
            line.number("error_index", natural(second));
        }
        if let Some(oid) = message.trap_oid() {
            write_oid(line, "trap_oid", oid);
        }
    }
    let list = line.open_list("variables");
    let mut has_room = true;
    let is_whole = message.each(|name, value| {
        has_room = has_room && line.has_room();
        if has_room {
            let item = line.open_item();
            write_oid(line, "name", name);
            write_value(line, value);
            line.close(item);
        }
    });
    if !is_whole {
        line.note_truncated("");
    }
    line.close_list(list);
    is_whole && has_room
}

fn write_oid(line: &mut Line<'_>, key: &'static str, content: &[u8]) {
    match ber::oid(content) {
        Some(text) => line.text_within(key, text.as_bytes(), MAX_VALUE),
        None => hex(line, key, content),
    }
}

/// Type and value of a variable (RFC 2578, section 7.1; RFC 3416, section 3).
fn write_value(line: &mut Line<'_>, value: Element<'_>) {
    let content = value.content;
    let mut text = Vec::new();
    let name = match value.tag {
        tag::INTEGER => {
            let number = ber::integer(content).unwrap_or(0);
            text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            "integer"
        }
        tag::OCTETS => {
            line.word("type", "octet_string");
            line.text_within("value", content, MAX_VALUE);
            return;
        }
        tag::OID => {
            line.word("type", "oid");
            write_oid(line, "value", content);
            return;
        }
        0x40 => {
            push_address(&mut text, content);
            "ip_address"
        }
        0x41..=0x43 | 0x46 => {
            let number = ber::unsigned(content).unwrap_or(0);
            text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            match value.tag {
                0x41 => "counter32",
                0x42 => "gauge32",
                0x43 => "timeticks",
                _ => "counter64",
            }
        }
        0x44 => {
            line.word("type", "opaque");
            hex(line, "value", content);
            return;
        }
        tag::NULL => "null",
        0x80 => "no_such_object",
        0x81 => "no_such_instance",
        0x82 => "end_of_mib_view",
        _ => {
            line.word("type", "unknown");
            hex(line, "value", content);
            return;
        }
    };
    line.word("type", name);
    if !text.is_empty() {
        line.plain("value", &text);
    }
}

/// Four octets with dots, or hexadecimal where there are not four.
fn push_address(out: &mut Vec<u8>, content: &[u8]) {
    match <[u8; 4]>::try_from(content) {
        Ok(octets) => {
            let address = std::net::Ipv4Addr::from(octets);
            out.extend_from_slice(address.to_string().as_bytes());
        }
        Err(_) => crate::emit::text::append_hex(out, content.get(..16).unwrap_or(content)),
    }
}
