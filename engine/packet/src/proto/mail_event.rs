//! A mail in events: the `email` objects that SMTP, POP3 and IMAP share, and the events of its attachments.

use std::net::IpAddr;

use super::mime_header::Mailbox;
use super::mime_mail::{Mail, Progress};
use super::{Context, Direction};
use crate::emit::line::Line;
use crate::file::Facts;

/// Addresses and names.
const MAX_NAME: usize = 512;
/// Subjects and other lines of text.
const MAX_TEXT: usize = 2_048;
/// Names of files; attackers make them long.
const MAX_FILENAME: usize = 8_192;

/// Writes `email`; `local_id` is the server's name for the mail.
pub fn write(line: &mut Line<'_>, mail: &Mail, local_id: &[u8]) {
    mail.cut.iter().for_each(|name| line.note_truncated(name));
    let mark = line.open("email");
    let list = line.open_list("attachments");
    for attachment in &mail.attachments {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        let file = line.open("file");
        line.text_within("name", &attachment.name, MAX_FILENAME);
        line.word("mime_type", attachment.file.mime_type());
        line.number("size", attachment.file.size());
        line.close(file);
        line.close(item);
    }
    line.close_list(list);
    write_addresses(line, "bcc", &mail.bcc);
    write_addresses(line, "cc", &mail.cc);
    line.text_within("content_type", &mail.content_type, MAX_NAME);
    write_addresses(line, "from", &mail.from);
    line.text_within("local_id", local_id, 64);
    line.text_within("message_id", &mail.message_id, MAX_NAME);
    write_addresses(line, "reply_to", &mail.reply_to);
    line.text_within("subject", &mail.subject, MAX_TEXT);
    write_addresses(line, "to", &mail.to);
    line.text_within("x_mailer", &mail.user_agent, MAX_NAME);
    line.close(mark);
}

/// Writes what tells one mail from another, for events of its files.
pub fn write_brief(line: &mut Line<'_>, mail: &Mail) {
    let mark = line.open("email");
    let list = line.open_list("attachments");
    for attachment in &mail.attachments {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        let file = line.open("file");
        line.text_within("name", &attachment.name, MAX_FILENAME);
        line.close(file);
        line.close(item);
    }
    line.close_list(list);
    write_addresses(line, "from", &mail.from);
    line.text_within("message_id", &mail.message_id, MAX_NAME);
    line.text_within("subject", &mail.subject, MAX_TEXT);
    write_addresses(line, "to", &mail.to);
    line.close(mark);
}

fn write_addresses(line: &mut Line<'_>, key: &'static str, boxes: &[Mailbox]) {
    let mark = line.open(key);
    let list = line.open_list("address");
    for one in boxes {
        if !line.has_room() {
            break;
        }
        line.item_text(&one.address, MAX_NAME);
    }
    line.close_list(list);
    line.close(mark);
}

/// Writes `khien.email`: what has no place in ECS.
pub fn write_own(line: &mut Line<'_>, mail: &Mail) {
    let mark = line.open("email");
    for (key, boxes) in [
        ("bcc", &mail.bcc),
        ("cc", &mail.cc),
        ("from", &mail.from),
        ("reply_to", &mail.reply_to),
        ("to", &mail.to),
    ] {
        write_texts(line, key, boxes);
    }
    line.text_within("date", &mail.date, MAX_NAME);
    line.text_within("in_reply_to", &mail.in_reply_to, MAX_NAME);
    line.text_within("originating_ip", &mail.originating_ip, MAX_NAME);
    write_list(line, "received", &mail.received);
    line.number("size", mail.size);
    line.word(
        "status",
        match mail.progress {
            Progress::Header => "header",
            Progress::Body => "body",
            Progress::Done => "done",
        },
    );
    write_list(line, "url", &mail.links);
    line.close(mark);
}

/// Mailboxes as written, unless they are nothing but their addresses.
fn write_texts(line: &mut Line<'_>, key: &'static str, boxes: &[Mailbox]) {
    if boxes.iter().all(|one| one.text == one.address) {
        return;
    }
    let list = line.open_list(key);
    for one in boxes {
        if !line.has_room() {
            break;
        }
        line.item_text(&one.text, MAX_NAME);
    }
    line.close_list(list);
}

fn write_list(line: &mut Line<'_>, key: &'static str, texts: &[Vec<u8>]) {
    let list = line.open_list(key);
    for text in texts {
        if !line.has_room() {
            break;
        }
        line.item_text(text, MAX_TEXT);
    }
    line.close_list(list);
}

/// Writes an event for every file of a mail. `describe` adds what the carrier knows.
pub fn report_files(
    context: &mut Context<'_>,
    mail: &mut Mail,
    transaction: u64,
    sender: Direction,
    describe: &dyn Fn(&mut Line<'_>),
) {
    if !mail.cut.is_empty() {
        context.limit("mail_items");
    }
    let files: Vec<_> = mail
        .attachments
        .iter_mut()
        .map(|attachment| std::mem::take(&mut attachment.file))
        .collect();
    for (part, (file, attachment)) in (0_u64..).zip(files.into_iter().zip(&mail.attachments)) {
        let facts = Facts {
            name: &attachment.name,
            transaction,
            part,
            sender,
            state: attachment.state,
            describe: &|line: &mut Line<'_>| {
                write_brief(line, mail);
                describe(line);
            },
        };
        file.report(context, &facts);
    }
}

/// The first address that each `Received` names: the way the mail took, newest first.
#[must_use]
pub fn hops(mail: &Mail) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for received in &mail.received {
        found.extend(first_address(received));
    }
    found
}

/// The first IP address in a text. Words longer than any address are passed over.
#[must_use]
pub fn first_address(text: &[u8]) -> Option<IpAddr> {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    text.split(|byte| !is_part(byte))
        .map(|word| word.strip_suffix(b".").unwrap_or(word))
        .map(|word| word.strip_prefix(b"6:").unwrap_or(word))
        .filter(|word| (3..=45).contains(&word.len()))
        .find_map(|word| std::str::from_utf8(word).ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_received_field_names_an_address() {
        for (text, expected) in [
            (
                "from mail.a.net (mail.a.net [216.58.97.33]) by b.net with esmtp",
                Some("216.58.97.33"),
            ),
            (
                "from x ([IPv6:2001:db8::1]) by y; Fri, 6 Dec 2013 19:31:10 +0000",
                Some("2001:db8::1"),
            ),
            ("by 10.0.0.4. with HTTP", Some("10.0.0.4")),
            (
                "(qmail 44185 invoked by uid 441); 8 Jun 2018 16:30:48 +0000",
                None,
            ),
        ] {
            let expected: Option<IpAddr> = expected.map(|text| text.parse().expect("an address"));
            assert_eq!(first_address(text.as_bytes()), expected, "{text}");
        }
    }
}
