//! The server's side of FTP: replies of one or several lines (RFC 959, section 4.2), preliminary ones before the last.

use super::command_line::{self, Lines};
use super::ftp::Ftp;
use super::ftp_address;
use super::ftp_event::{self, Exchange};
use super::{Context, Protocol, Step};
use crate::anomaly::Anomaly;

/// Lines of the replies to one command that are kept.
const MAX_LINES: usize = 64;
/// Bytes of them.
const MAX_LINE_BYTES: usize = 8 << 10;

impl Ftp {
    /// Takes what the server says.
    pub(super) fn server(
        &mut self,
        context: &mut Context<'_>,
        lines: &mut Lines,
        bytes: &[u8],
    ) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (used, line) = lines.take(rest);
            at += used;
            let Some(line) = line else {
                break;
            };
            if line.is_cut {
                context.anomaly(Anomaly::FtpReplyTooLong);
                context.limit("ftp_line_bytes");
            }
            if self.line(context, line.text, line.is_cut) {
                return Step::switch(at, Protocol::Tls);
            }
        }
        Step::more(at)
    }

    /// Takes one line; true when TLS begins.
    fn line(&mut self, context: &mut Context<'_>, line: &[u8], is_cut: bool) -> bool {
        let reply = command_line::reply(line);
        if self.pending.is_empty() && reply.is_some() && !self.has_greeting && !self.is_loose {
            let greeting = Exchange {
                number: context.begin_transaction(),
                start_us: context.moment.received_us,
                ..Exchange::default()
            };
            self.wait(context, greeting);
        }
        let last = match (reply, self.open_code) {
            (Some((code, is_more, text)), Some(open)) if code == open => {
                self.keep(text, is_cut);
                (!is_more).then_some(code)
            }
            (_, Some(_)) => {
                self.keep(line, is_cut);
                None
            }
            (Some((code, is_more, text)), None) => {
                self.keep(text, is_cut);
                self.open_code = is_more.then_some(code);
                (!is_more).then_some(code)
            }
            (None, None) => {
                if !self.is_loose {
                    context.anomaly(Anomaly::FtpInvalidReply);
                }
                None
            }
        };
        let Some(code) = last else {
            return false;
        };
        self.open_code = None;
        self.has_greeting = true;
        self.reply(context, code)
    }

    fn keep(&mut self, text: &[u8], is_cut: bool) {
        let Some(exchange) = self.pending.first_mut() else {
            return;
        };
        exchange.is_reply_cut |= is_cut;
        if exchange.lines.len() < MAX_LINES && exchange.line_bytes + text.len() <= MAX_LINE_BYTES {
            exchange.line_bytes += text.len();
            exchange.lines.push(text.to_vec());
            self.pending_bytes += text.len() + 24;
        } else if !text.is_empty() {
            exchange.is_reply_cut = true;
        }
    }

    /// A whole reply is there; true when TLS begins.
    fn reply(&mut self, context: &mut Context<'_>, code: u16) -> bool {
        let Some(exchange) = self.pending.first_mut() else {
            // 421 closes an idle connection unasked.
            if !self.is_loose && code != 421 {
                context.anomaly(Anomaly::FtpUnmatchedReply);
            }
            return false;
        };
        exchange.codes.push(code);
        // RFC 959, section 4.2: 1yz announces another reply; 120 before the greeting, too.
        if (100..200).contains(&code) && exchange.codes.len() < MAX_LINES {
            return false;
        }
        let Some(mut exchange) = self.pop_pending() else {
            return false;
        };
        self.learn(context, &mut exchange, code);
        let begins_tls = exchange.command == b"AUTH" && code == 234;
        ftp_event::write(context, &exchange, &self.user);
        begins_tls
    }

    /// What a completed command changes.
    fn learn(&mut self, context: &mut Context<'_>, exchange: &mut Exchange, code: u16) {
        let last = exchange.lines.last().map_or(&b""[..], Vec::as_slice);
        let place = match (exchange.command.as_slice(), code) {
            (b"PASV", 227) => ftp_address::port(last),
            (b"EPSV", 229) => ftp_address::extended_passive(last),
            _ => None,
        };
        if let Some(place) = place {
            exchange.place = Some(self.passive(context, place));
        }
        match (exchange.command.as_slice(), code) {
            (b"PWD" | b"XPWD", 257) => {
                // The name stands in quotation marks.
                let mut parts = last.split(|byte| *byte == b'"').skip(1);
                if let Some(name) = parts.next() {
                    self.directory = name.get(..1_024).unwrap_or(name).to_vec();
                }
            }
            (b"CWD" | b"XCWD", 200..=299) => {
                let name = exchange.data.clone();
                self.change_directory(&name);
            }
            (b"CDUP" | b"XCUP", 200..=299) => self.change_directory(b".."),
            (b"SIZE", 213) => exchange.size = number(last).unwrap_or(0),
            (b"RETR" | b"STOR" | b"STOU" | b"APPE", _) => {
                let number = self.next_data.take();
                self.is_elsewhere = false;
                let transfer = number.and_then(|number| context.shared.expected.transfer(number));
                if let Some(transfer) = transfer {
                    exchange.size = transfer.size;
                    exchange.mime_type = transfer.mime_type;
                }
                if exchange.size == 0 {
                    // Servers say the size before they send: `150 Opening … for robots.txt (77 bytes).`
                    exchange.size = exchange
                        .lines
                        .iter()
                        .find_map(|line| announced(line))
                        .unwrap_or(0);
                }
            }
            (b"LIST" | b"NLST" | b"MLSD", _) => {
                self.next_data = None;
                self.is_elsewhere = false;
            }
            _ => {}
        }
    }
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// The size in a line with `(77 bytes)`.
fn announced(line: &[u8]) -> Option<u64> {
    let before = line.get(..memchr::memmem::find(line, b" bytes")?)?;
    let start = before.iter().rposition(|byte| !byte.is_ascii_digit());
    number(before.get(start.map_or(0, |at| at + 1)..)?)
}
