//! What is kept of one mail: the header fields people ask for, attachments, links, oddities.

use super::mime_header::{Mailbox, append_mailboxes, words};
use crate::anomaly::Anomaly;
use crate::file::{File, State};

/// Mailboxes of one field that are kept.
const MAX_MAILBOXES: usize = 128;
/// `Received` fields that are kept, from the newest.
const MAX_RECEIVED: usize = 32;
/// Attachments that are told.
pub const MAX_ATTACHMENTS: usize = 64;

/// How far a mail was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Inside the header.
    #[default]
    Header,
    /// Inside the body.
    Body,
    /// To its end.
    Done,
}

/// A file inside a mail.
pub struct Attachment {
    /// Name as sent, decoded; may be empty.
    pub name: Vec<u8>,
    /// Its bytes.
    pub file: File,
    /// How it ended.
    pub state: State,
}

/// Things that a mail should not have, each noted once until they are taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Oddities(u16);

/// What [`Oddities`] can hold, by bit.
const ODDITIES: &[Anomaly] = &[
    Anomaly::MimeInvalidBase64,
    Anomaly::MimeInvalidQuotedPrintable,
    Anomaly::MimeLongBoundary,
    Anomaly::MimeLongEncodedLine,
    Anomaly::MimeLongFilename,
    Anomaly::MimeLongHeaderName,
    Anomaly::MimeLongHeaderValue,
    Anomaly::MimeMalformed,
    Anomaly::MimeTooDeep,
];

impl Oddities {
    /// Notes one.
    pub fn note(&mut self, oddity: Anomaly) {
        let place = ODDITIES.iter().position(|known| *known == oddity);
        self.0 |= place.map_or(0, |place| 1 << place);
    }

    /// Gives what was noted since the last time.
    pub fn take(&mut self) -> impl Iterator<Item = Anomaly> + use<> {
        let bits = std::mem::take(&mut self.0);
        let numbered = ODDITIES.iter().enumerate();
        numbered.filter_map(move |(place, oddity)| (bits >> place & 1 == 1).then_some(*oddity))
    }
}

/// One mail.
#[derive(Default)]
pub struct Mail {
    /// `From`.
    pub from: Vec<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Bcc`.
    pub bcc: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// `Subject`.
    pub subject: Vec<u8>,
    /// `Date`, as written.
    pub date: Vec<u8>,
    /// `Message-ID`, without angle brackets.
    pub message_id: Vec<u8>,
    /// `In-Reply-To`.
    pub in_reply_to: Vec<u8>,
    /// `User-Agent` or `X-Mailer`.
    pub user_agent: Vec<u8>,
    /// `X-Originating-IP`.
    pub originating_ip: Vec<u8>,
    /// `Content-Type` of the whole.
    pub content_type: Vec<u8>,
    /// `Received`, newest first.
    pub received: Vec<Vec<u8>>,
    /// Files inside.
    pub attachments: Vec<Attachment>,
    /// Links in its texts.
    pub links: Vec<Vec<u8>>,
    /// Fields that were cut.
    pub cut: Vec<&'static str>,
    /// Bytes of the mail.
    pub size: u64,
    /// How far it was read.
    pub progress: Progress,
}

impl Mail {
    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let lists = [&self.from, &self.to, &self.cc, &self.bcc, &self.reply_to];
        let boxes = lists.into_iter().flatten();
        let boxes: usize = boxes
            .map(|one| one.text.len() + one.address.len() + 64)
            .sum();
        let texts: usize = self.received.iter().chain(&self.links).map(Vec::len).sum();
        let files: usize = self.attachments.iter().map(|file| file.name.len()).sum();
        boxes + texts + files + self.attachments.len() * 768 + 1_024
    }

    /// Notes that a field was cut, once.
    pub fn note_cut(&mut self, field: &'static str) {
        if !self.cut.contains(&field) {
            self.cut.push(field);
        }
    }

    /// Takes one field of the header.
    pub fn see(&mut self, name: &[u8], value: &[u8]) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            2 if is(b"to") => self.boxes("email.to.address", value, |mail| &mut mail.to),
            2 if is(b"cc") => self.boxes("email.cc.address", value, |mail| &mut mail.cc),
            3 if is(b"bcc") => self.boxes("email.bcc.address", value, |mail| &mut mail.bcc),
            4 if is(b"from") => self.boxes("email.from.address", value, |mail| &mut mail.from),
            4 if is(b"date") => first(&mut self.date, value),
            7 if is(b"subject") => first(&mut self.subject, value),
            8 if is(b"reply-to") => {
                self.boxes("email.reply_to.address", value, |mail| &mut mail.reply_to);
            }
            8 if is(b"received") => self.receive(value),
            8 if is(b"x-mailer") => first(&mut self.user_agent, value),
            10 if is(b"user-agent") => first(&mut self.user_agent, value),
            10 if is(b"message-id") => first(&mut self.message_id, without_brackets(value)),
            11 if is(b"in-reply-to") => first(&mut self.in_reply_to, value),
            12 if is(b"content-type") => first(&mut self.content_type, value),
            16 if is(b"x-originating-ip") => {
                first(&mut self.originating_ip, without_square_brackets(value));
            }
            _ => {}
        }
    }

    fn boxes(
        &mut self,
        field: &'static str,
        value: &[u8],
        list: impl Fn(&mut Self) -> &mut Vec<Mailbox>,
    ) {
        if !append_mailboxes(value, MAX_MAILBOXES, list(self)) {
            self.note_cut(field);
        }
    }

    fn receive(&mut self, value: &[u8]) {
        if self.received.len() < MAX_RECEIVED {
            self.received.push(value.to_vec());
        } else {
            self.note_cut("khien.email.received");
        }
    }
}

/// The first of a field counts; a second one is what some readers show and others do not.
fn first(kept: &mut Vec<u8>, value: &[u8]) {
    if kept.is_empty() {
        *kept = words(value);
    }
}

fn without_brackets(value: &[u8]) -> &[u8] {
    let inside = value.strip_prefix(b"<").unwrap_or(value);
    inside.strip_suffix(b">").unwrap_or(inside)
}

fn without_square_brackets(value: &[u8]) -> &[u8] {
    let inside = value.strip_prefix(b"[").unwrap_or(value);
    inside.strip_suffix(b"]").unwrap_or(inside)
}
