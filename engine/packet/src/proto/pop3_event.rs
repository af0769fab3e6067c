//! The event of a POP3 command with its reply, and of the mail that it fetched.

use super::mail_event;
use super::mime_mail::Mail;
use super::sasl::Login;
use super::smtp_event::{write_own_login, write_user};
use super::{Context, Direction};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Words of a command.
const MAX_WORD: usize = 512;
/// Lines of a reply.
const MAX_TEXT: usize = 1_024;

/// A command and what is known of its reply.
#[derive(Default)]
pub struct Exchange {
    /// Number of the transaction.
    pub number: u64,
    /// When the command was seen, µs.
    pub start_us: u64,
    /// The verb; empty for the greeting.
    pub command: Vec<u8>,
    /// What followed the verb, passwords hidden.
    pub arguments: Vec<Vec<u8>>,
    /// The log-in that the command belongs to.
    pub login: Option<Login>,
    /// Whether the server agreed; `None` when its reply was not seen.
    pub success: Option<bool>,
    /// What the server said on the line of its status.
    pub header: Vec<u8>,
    /// Lines that followed.
    pub data: Vec<Vec<u8>>,
    /// Whether some of them were left out.
    pub is_cut: bool,
    /// The mail that followed.
    pub mail: Option<Mail>,
}

impl Exchange {
    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        let lines = self.arguments.iter().chain(&self.data);
        let lines: usize = lines.map(|line| line.len() + 24).sum();
        let login = self.login.as_ref().map_or(0, Login::held);
        let mail = self.mail.as_ref().map_or(0, Mail::held);
        lines + login + mail + self.command.len() + self.header.len() + 256
    }
}

/// Writes the event of an exchange, then those of the files of its mail. `user` is who is logged in or about to.
pub fn write(context: &mut Context<'_>, exchange: Exchange, user: &[u8]) {
    let moment = context.moment;
    let is_login = exchange.login.is_some();
    let is_mail = exchange.mail.is_some() && exchange.command == b"RETR";
    let action = match (is_login, is_mail) {
        (true, _) => "pop3-login",
        (_, true) => "mail-message",
        _ if exchange.command.is_empty() => "pop3-connection",
        _ => "pop3-command",
    };
    let mut event = Event::new(Dataset::Pop3, action, moment.time_us, moment.packet);
    event.categories = if is_login {
        &["authentication", "email"]
    } else {
        &["email"]
    };
    event.types = if is_login { &["start"] } else { &["info"] };
    event.protocol = Some("pop3");
    event.transaction = Some(exchange.number);
    event.success = exchange.success;
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
            if let Some(mail) = &exchange.mail {
                mail_event::write(line, mail, b"");
            }
            write_pop3(line, &exchange);
            write_user(line, user);
        },
        |line| {
            if let Some(mail) = &exchange.mail {
                mail_event::write_own(line, mail);
            }
            if let Some(login) = &exchange.login {
                write_own_login(line, login);
            }
        },
    );
    if let Some(mut mail) = exchange.mail {
        let sender = Direction::FromDestination;
        let describe = |line: &mut Line<'_>| write_user(line, user);
        mail_event::report_files(context, &mut mail, exchange.number, sender, &describe);
    }
}

fn write_pop3(line: &mut Line<'_>, exchange: &Exchange) {
    let mark = line.open("pop3");
    let request = line.open("request");
    let list = line.open_list("args");
    for argument in &exchange.arguments {
        line.item_text(argument, MAX_WORD);
    }
    line.close_list(list);
    line.text_within("command", &exchange.command, MAX_WORD);
    line.close(request);
    if let Some(success) = exchange.success {
        let response = line.open("response");
        let list = line.open_list("data");
        for text in &exchange.data {
            if !line.has_room() {
                break;
            }
            line.item_text(text, MAX_TEXT);
        }
        line.close_list(list);
        if exchange.is_cut {
            line.note_truncated("data");
        }
        line.text_within("header", &exchange.header, MAX_TEXT);
        line.word("status", if success { "OK" } else { "ERR" });
        line.flag("success", success);
        line.close(response);
    }
    line.close(mark);
}
