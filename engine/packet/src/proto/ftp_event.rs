//! The event of an FTP command with its replies.

use std::net::IpAddr;

use super::Context;
use super::ftp_data::is_file;
use super::sasl::Login;
use super::smtp_event::{write_own_login, write_user};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Verbs.
const MAX_WORD: usize = 64;
/// Paths and lines of replies; as long as a line can be.
const MAX_TEXT: usize = 16_384;

/// A command and what is known of its replies.
#[derive(Default)]
pub struct Exchange {
    /// Number of the transaction.
    pub number: u64,
    /// When the command was seen, µs.
    pub start_us: u64,
    /// The verb, in upper case; empty for the greeting.
    pub command: Vec<u8>,
    /// What followed the verb, passwords hidden.
    pub data: Vec<u8>,
    /// Whether the command was cut.
    pub is_command_cut: bool,
    /// Whether a reply was cut, or lines of it left out.
    pub is_reply_cut: bool,
    /// Codes of the replies.
    pub codes: Vec<u16>,
    /// Their lines.
    pub lines: Vec<Vec<u8>>,
    /// Bytes of the lines.
    pub line_bytes: usize,
    /// Whether the server connects (PORT) or waits (PASV).
    pub mode: &'static str,
    /// Where the data connection goes.
    pub place: Option<(IpAddr, u16)>,
    /// The log-in that the command belongs to.
    pub login: Option<Login>,
    /// The file: directory and name as far as they are known.
    pub path: Vec<u8>,
    /// What came over the data connection so far.
    pub size: u64,
    /// Its type.
    pub mime_type: &'static str,
}

impl Exchange {
    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        let login = self.login.as_ref().map_or(0, Login::held);
        let codes = self.codes.len() * 2;
        self.command.len()
            + self.data.len()
            + self.path.len()
            + self.line_bytes
            + self.lines.len() * 24
            + codes
            + login
            + 320
    }

    fn outcome(&self) -> Option<bool> {
        self.codes.last().map(|code| *code < 400)
    }
}

/// Writes the event of an exchange. `user` is who is logged in or about to.
pub fn write(context: &mut Context<'_>, exchange: &Exchange, user: &[u8]) {
    let moment = context.moment;
    // USER alone logs in where no password is asked for.
    let is_login = match exchange.command.as_slice() {
        b"PASS" => true,
        b"USER" => exchange.codes.contains(&230),
        _ => false,
    };
    let action = match exchange.command.as_slice() {
        _ if is_login => "ftp-login",
        b"" => "ftp-connection",
        _ => "ftp-command",
    };
    let mut event = Event::new(Dataset::Ftp, action, moment.time_us, moment.packet);
    (event.categories, event.types) = kind(&exchange.command, is_login);
    event.protocol = Some("ftp");
    event.transaction = Some(exchange.number);
    event.success = exchange.outcome();
    event.start_us = Some(exchange.start_us);
    event.duration_us = Some(moment.received_us.saturating_sub(exchange.start_us));
    let users = [user];
    let place = exchange
        .place
        .map(|(address, _)| super::ftp_address::octets(address));
    event.related = Related {
        addresses: place.as_slice(),
        users: &users,
        ..Related::default()
    };
    context.emit(
        &event,
        |line| {
            write_file(line, exchange);
            write_ftp(line, exchange);
            write_user(line, user);
        },
        |line| {
            let mark = line.open("ftp");
            if let Some((address, _)) = exchange.place {
                line.word("data_ip", &address.to_string());
            }
            line.close(mark);
            if let Some(login) = &exchange.login {
                write_own_login(line, login);
            }
        },
    );
}

type Words = &'static [&'static str];

fn kind(command: &[u8], is_login: bool) -> (Words, Words) {
    match command {
        _ if is_login => (&["authentication"], &["start"]),
        b"RETR" => (&["file"], &["access"]),
        b"STOR" | b"STOU" | b"APPE" | b"MKD" | b"XMKD" => (&["file"], &["creation"]),
        b"DELE" | b"RMD" | b"XRMD" => (&["file"], &["deletion"]),
        b"RNTO" => (&["file"], &["change"]),
        _ => (&[], &["info"]),
    }
}

fn write_file(line: &mut Line<'_>, exchange: &Exchange) {
    if exchange.path.is_empty() {
        return;
    }
    let mark = line.open("file");
    line.word("mime_type", exchange.mime_type);
    let name = exchange
        .path
        .rsplit(|byte| matches!(byte, b'/' | b'\\'))
        .next();
    line.text_within("name", name.unwrap_or_default(), 1_024);
    line.text_within("path", &exchange.path, MAX_TEXT);
    if exchange.size > 0 && is_file(&exchange.command) {
        line.number("size", exchange.size);
    }
    line.close(mark);
}

fn write_ftp(line: &mut Line<'_>, exchange: &Exchange) {
    let mark = line.open("ftp");
    line.text_within("command", &exchange.command, MAX_WORD);
    line.text_within("command_data", &exchange.data, MAX_TEXT);
    if exchange.is_command_cut {
        line.flag("command_truncated", true);
        line.note_truncated("command_data");
    }
    let list = line.open_list("completion_code");
    for code in &exchange.codes {
        line.item_word(&code.to_string());
    }
    line.close_list(list);
    if let Some((_, port)) = exchange.place {
        line.number("dynamic_port", u64::from(port));
    }
    line.word("mode", exchange.mode);
    let list = line.open_list("reply");
    for text in &exchange.lines {
        if !line.has_room() {
            break;
        }
        line.item_text(text, MAX_TEXT);
    }
    line.close_list(list);
    line.word(
        "reply_received",
        if exchange.codes.is_empty() {
            "no"
        } else {
            "yes"
        },
    );
    if exchange.is_reply_cut {
        line.flag("reply_truncated", true);
        line.note_truncated("reply");
    }
    line.close(mark);
}
