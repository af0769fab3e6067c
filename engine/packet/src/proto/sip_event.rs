//! What a SIP message becomes: `sip`, by EVE's names, with `user` where credentials name one.

use super::Context;
use super::sip_message::{Fields, Start};
use super::sip_sdp::Description;
use super::unanswered::Asked;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Bytes of a value that are written.
const MAX_VALUE: usize = 1_024;

/// A message read.
pub struct Message<'a> {
    /// Its first line.
    pub line: &'a [u8],
    /// The same, taken apart.
    pub start: Start<'a>,
    /// What is told of its fields.
    pub fields: Fields<'a>,
    /// Its body, or the beginning of it.
    pub body: &'a [u8],
    /// Length of the body that came.
    pub body_bytes: u64,
}

/// Writes a message: of a request its transaction, of an answer what it answers.
pub fn write(
    context: &mut Context<'_>,
    message: &Message<'_>,
    request: Result<Option<Asked<u64>>, u64>,
) {
    let moment = context.moment;
    let action = action(message);
    let mut event = Event::new(Dataset::Sip, &action, moment.time_us, moment.packet);
    match request {
        Err(transaction) => event.transaction = Some(transaction),
        Ok(Some(asked)) => asked.answered(&mut event, moment.received_us),
        Ok(None) => {}
    }
    if let Start::Response { code, .. } = message.start {
        event.success = match code.first() {
            Some(b'2' | b'3') => Some(true),
            Some(b'4'..=b'6') => Some(false),
            _ => None,
        };
    }
    let fields = &message.fields;
    let users = [fields.user];
    if !fields.user.is_empty() {
        event.categories = &["authentication"];
        event.related = Related {
            users: &users,
            ..Related::default()
        };
    }
    context.emit(&event, |line| write_body(line, message), |_| {});
}

/// `sip-invite` for the request and for its answers, whose `CSeq` names the method.
fn action(message: &Message<'_>) -> String {
    let method = match message.start {
        Start::Request { method, .. } => method,
        Start::Response { .. } => message
            .fields
            .sequence
            .rsplit(|byte| *byte == b' ')
            .next()
            .unwrap_or_default(),
    };
    let is_word =
        !method.is_empty() && method.len() <= 32 && method.iter().all(u8::is_ascii_uppercase);
    let name = if is_word {
        method
    } else {
        b"MESSAGE-OF-ANOTHER-METHOD"
    };
    format!("sip-{}", String::from_utf8_lossy(name).to_ascii_lowercase())
}

fn write_body(line: &mut Line<'_>, message: &Message<'_>) {
    let fields = &message.fields;
    if !fields.agent.is_empty() {
        let mark = line.open("user_agent");
        line.text_within("original", fields.agent, MAX_VALUE);
        line.close(mark);
    }
    if !fields.user.is_empty() {
        let mark = line.open("user");
        line.text_within("name", fields.user, MAX_VALUE);
        line.close(mark);
    }
    let mark = line.open("sip");
    write_start(line, message);
    for (name, value) in [
        ("from", fields.from),
        ("to", fields.to),
        ("call_id", fields.call_id),
        ("seq", fields.sequence),
        ("contact", fields.contact),
        ("subject", fields.subject),
        ("date", fields.date),
        ("reply_to", fields.reply_to),
        ("warning", fields.warning),
        ("content_type", fields.content_type),
    ] {
        line.text_within(name, value, MAX_VALUE);
    }
    let list = line.open_list("via");
    for value in &fields.via {
        line.item_text(value, MAX_VALUE);
    }
    line.close_list(list);
    line.number("body_bytes", message.body_bytes);
    if let Some(description) = Description::read(message.body) {
        description.write(line);
    }
    if fields.is_cut {
        line.note_truncated("");
    }
    line.close(mark);
}

fn write_start(line: &mut Line<'_>, message: &Message<'_>) {
    match message.start {
        Start::Request {
            method,
            uri,
            version,
        } => {
            line.text_within("method", method, 64);
            line.text_within("uri", uri, MAX_VALUE);
            line.text_within("version", version, 16);
            line.text_within("request_line", message.line, MAX_VALUE);
        }
        Start::Response {
            version,
            code,
            reason,
        } => {
            line.text_within("version", version, 16);
            line.text_within("code", code, 3);
            line.text_within("reason", reason, MAX_VALUE);
            line.text_within("response_line", message.line, MAX_VALUE);
        }
    }
}
