//! Events of IMAP: a command with its responses, and a mail that was fetched or stored.

use super::mail_event;
use super::mime_mail::{Mail, Progress};
use super::sasl::Login;
use super::smtp_event::{write_own_login, write_user};
use super::{Context, Direction};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Words of a command.
const MAX_WORD: usize = 1_024;
/// Lines of a response.
const MAX_TEXT: usize = 2_048;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok,
    /// Refused.
    No,
    /// Not understood.
    Bad,
}

/// A command and what is known of its responses.
#[derive(Default)]
pub struct Exchange {
    /// Number of the transaction.
    pub number: u64,
    /// When the command was seen, µs.
    pub start_us: u64,
    /// The client's name for the command; empty in the greeting.
    pub tag: Vec<u8>,
    /// The command, in upper case.
    pub command: Vec<u8>,
    /// What followed it, passwords hidden.
    pub arguments: Vec<Vec<u8>>,
    /// Lines of the server.
    pub responses: Vec<Vec<u8>>,
    /// Bytes of them.
    pub response_bytes: usize,
    /// Whether some were left out.
    pub is_cut: bool,
    /// How it ended.
    pub status: Option<Status>,
    /// The log-in that the command is.
    pub login: Option<Login>,
}

/// Lines of the responses to one command that are kept.
const MAX_LINES: usize = 64;
/// Bytes of them.
const MAX_LINE_BYTES: usize = 8 << 10;

impl Exchange {
    /// Keeps a line of the response; how many bytes on the heap that takes.
    pub fn keep(&mut self, line: &[u8]) -> usize {
        if self.responses.len() >= MAX_LINES || self.response_bytes + line.len() > MAX_LINE_BYTES {
            self.is_cut = true;
            return 0;
        }
        let taken = line.len() + 24;
        self.response_bytes += taken;
        self.responses.push(line.to_vec());
        taken
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        let words: usize = self.arguments.iter().map(|word| word.len() + 24).sum();
        let login = self.login.as_ref().map_or(0, Login::held);
        words + login + self.tag.len() + self.command.len() + 256
    }
}

/// Writes the event of a command, or of the greeting.
pub fn write(context: &mut Context<'_>, exchange: &Exchange, user: &[u8]) {
    let moment = context.moment;
    let is_login = exchange.login.is_some();
    let action = match exchange.command.as_slice() {
        _ if is_login => "imap-login",
        b"" => "imap-connection",
        _ => "imap-command",
    };
    let mut event = Event::new(Dataset::Imap, action, moment.time_us, moment.packet);
    event.categories = if is_login {
        &["authentication", "email"]
    } else {
        &["email"]
    };
    event.types = if is_login { &["start"] } else { &["info"] };
    event.protocol = Some("imap");
    event.transaction = Some(exchange.number);
    event.success = exchange.status.map(|status| status == Status::Ok);
    event.start_us = Some(exchange.start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(exchange.start_us));
    let users = [user];
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            write_imap(line, exchange);
            write_user(line, user);
        },
        |line| {
            if let Some(login) = &exchange.login {
                write_own_login(line, login);
            }
        },
    );
}

/// Writes the event of a mail that came along with a command, and those of its files.
pub fn write_mail(
    context: &mut Context<'_>,
    (number, start_us): (u64, u64),
    mut mail: Mail,
    sender: Direction,
    user: &[u8],
) {
    let moment = context.moment;
    let mut event = Event::new(Dataset::Imap, "mail-message", moment.time_us, moment.packet);
    event.categories = &["email"];
    event.types = &["info"];
    event.protocol = Some("imap");
    event.transaction = Some(number);
    event.success = (mail.progress == Progress::Done).then_some(true);
    event.start_us = Some(start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(start_us));
    let users = [user];
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            mail_event::write(line, &mail, b"");
            write_user(line, user);
        },
        |line| mail_event::write_own(line, &mail),
    );
    let describe = |line: &mut Line<'_>| write_user(line, user);
    mail_event::report_files(context, &mut mail, number, sender, &describe);
}

fn write_imap(line: &mut Line<'_>, exchange: &Exchange) {
    let mark = line.open("imap");
    let request = line.open("request");
    let list = line.open_list("args");
    for word in &exchange.arguments {
        if !line.has_room() {
            break;
        }
        line.item_text(word, MAX_WORD);
    }
    line.close_list(list);
    line.text_within("command", &exchange.command, MAX_WORD);
    line.text_within("tag", &exchange.tag, 64);
    line.close(request);
    let list = line.open_list("response");
    for text in &exchange.responses {
        if !line.has_room() {
            break;
        }
        line.item_text(text, MAX_TEXT);
    }
    line.close_list(list);
    if exchange.is_cut {
        line.note_truncated("response");
    }
    line.close(mark);
}
