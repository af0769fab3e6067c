//! What a DNS message becomes: `dns` by ECS, the rest under `khien.dns`.

use super::dns_message::{Message, Question, Record, Section};
use super::dns_name::MAX_NAME_TEXT;
use super::dns_numbers::{class_name, operation_name, response_name, type_name};
use super::dns_service::Extension;
use crate::bytes::count;
use crate::emit::line::Line;

/// What the flow knows about a message.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Place among the messages of the flow, from 0.
    pub number: u64,
    /// Whether the end that sent it is not the one that usually sends its kind.
    pub is_reversed: bool,
}

/// Writes `dns`.
pub fn write_dns(line: &mut Line<'_>, message: &Message) {
    let mark = line.open("dns");
    let is_answer = message.is_answer();
    line.word("type", if is_answer { "answer" } else { "query" });
    line.number_text("id", u64::from(message.id));
    let operation = message.operation();
    named(line, "op_code", operation_name(operation), operation);
    if is_answer {
        let code = message.response_code();
        named(line, "response_code", response_name(code), code);
    }
    write_flags(line, message);
    if let Some(question) = message.questions.first() {
        let mark = line.open("question");
        write_question(line, message, question);
        line.close(mark);
    }
    write_records(line, message, "answers", Section::Answer);
    let list = line.open_list("resolved_ip");
    for (place, (family, address)) in message.resolved.iter().enumerate() {
        let earlier = message.resolved.get(..place).unwrap_or_default();
        if !earlier.contains(&(*family, *address)) {
            line.item_raw(|out| crate::emit::output::append_address(out, *family, address));
        }
    }
    line.close_list(list);
    if message.records_cut || message.texts.faults.texts_cut {
        line.note_truncated("");
    }
    line.close(mark);
}

/// Writes `khien.dns`.
pub fn write_own(line: &mut Line<'_>, message: &Message, sent: Sent) {
    let mark = line.open("dns");
    line.number("message", sent.number);
    if sent.is_reversed {
        line.flag("reversed", true);
    }
    if message.questions.len() > 1 {
        let list = line.open_list("questions");
        for question in &message.questions {
            if !line.has_room() {
                break;
            }
            let item = line.open_item();
            write_question(line, message, question);
            line.close(item);
        }
        line.close_list(list);
    }
    write_records(line, message, "authorities", Section::Authority);
    write_records(line, message, "additionals", Section::Additional);
    if let Some(extension) = &message.extension {
        write_extension(line, message, extension);
    }
    if message.flags & 0x40 != 0 {
        line.number("z", 1);
    }
    if message.is_answer()
        && message.questions.is_empty()
        && !matches!(message.response_code(), 0 | 3)
    {
        line.flag("rejected", true);
    }
    line.close(mark);
}

fn write_flags(line: &mut Line<'_>, message: &Message) {
    let list = line.open_list("header_flags");
    for (bit, name) in [
        (0x400, "AA"),
        (0x200, "TC"),
        (0x100, "RD"),
        (0x80, "RA"),
        (0x20, "AD"),
        (0x10, "CD"),
    ] {
        if message.flags & bit != 0 {
            line.item_word(name);
        }
    }
    if message
        .extension
        .as_ref()
        .is_some_and(|extension| extension.dnssec_ok)
    {
        line.item_word("DO");
    }
    line.close_list(list);
}

fn write_question(line: &mut Line<'_>, message: &Message, question: &Question) {
    line.text_within("name", message.text(&question.name.text), MAX_NAME_TEXT);
    if question.name.is_cut {
        line.note_truncated("name");
    }
    named(line, "type", type_name(question.kind), question.kind);
    named(line, "class", class_name(question.class), question.class);
}

fn write_records(line: &mut Line<'_>, message: &Message, key: &'static str, section: Section) {
    let list = line.open_list(key);
    for record in &message.records {
        if record.section != section {
            continue;
        }
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        write_record(line, message, record);
        line.close(item);
    }
    line.close_list(list);
}

fn write_record(line: &mut Line<'_>, message: &Message, record: &Record) {
    line.text_within("name", message.text(&record.name.text), MAX_NAME_TEXT);
    if record.name.is_cut {
        line.note_truncated("name");
    }
    named(line, "type", type_name(record.kind), record.kind);
    // The class and lifetime of an OPT record are something else (RFC 6891).
    if record.kind != 41 {
        named(line, "class", class_name(record.class), record.class);
        line.number("ttl", u64::from(record.ttl));
    }
    line.text("data", message.text(&record.data));
    let list = line.open_list("strings");
    let strings = message.strings.get(record.strings.clone());
    for string in strings.unwrap_or_default() {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.number("length", count(string.len()));
        line.text("text", message.text(string));
        line.close(item);
    }
    line.close_list(list);
}

fn write_extension(line: &mut Line<'_>, message: &Message, extension: &Extension) {
    let mark = line.open("edns");
    line.number("version", u64::from(extension.version));
    line.number("payload_size", u64::from(extension.payload_size));
    for (key, range) in [
        ("client_subnet", &extension.client_subnet),
        ("cookie", &extension.cookie),
    ] {
        if let Some(range) = range {
            line.text(key, message.text(range));
        }
    }
    if let Some(error) = extension.extended_error {
        line.number("extended_error", u64::from(error));
    }
    if let Some(range) = &extension.extended_error_text {
        line.text("extended_error_text", message.text(range));
    }
    let list = line.open_list("options");
    for (code, data) in &extension.options {
        let item = line.open_item();
        line.number("code", u64::from(*code));
        line.text("data", message.text(data));
        line.close(item);
    }
    line.close_list(list);
    line.close(mark);
}

fn named(line: &mut Line<'_>, key: &'static str, name: Option<&str>, number: u16) {
    match name {
        Some(name) => line.word(key, name),
        None => line.number_text(key, u64::from(number)),
    }
}
