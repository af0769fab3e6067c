//! The server's side of IMAP: untagged responses, challenges, and the tagged one that ends a command.

use super::command_line::{Lines, verb};
use super::imap::{Imap, Literal};
use super::imap_event::{self, Exchange, Status};
use super::imap_syntax::{Item, item, literal};
use super::{Context, Direction, Protocol, Step, Then};
use crate::anomaly::Anomaly;

impl Imap {
    /// Takes what the server says.
    pub(super) fn server(
        &mut self,
        context: &mut Context<'_>,
        lines: &mut Lines,
        bytes: &[u8],
    ) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some(used) = self.literal(context, Direction::FromDestination, rest) {
                at += used;
                continue;
            }
            let (used, line) = lines.take(rest);
            at += used;
            let Some(line) = line else {
                break;
            };
            if line.is_cut {
                context.limit("imap_line_bytes");
            }
            if let Some(then) = self.response(context, line.text) {
                return Step { consumed: at, then };
            }
        }
        Step::more(at)
    }

    fn response(&mut self, context: &mut Context<'_>, line: &[u8]) -> Option<Then> {
        if let Some(length) = literal(line).filter(|length| *length > 0) {
            let (reader, is_whole) = match item(line) {
                Item::Mail(is_whole) => (Some(Box::default()), is_whole),
                Item::Other => (None, true),
            };
            self.literals.destination = Some(Literal {
                left: length,
                reader,
                is_whole,
                text: Vec::new(),
            });
        }
        let (word, rest) = verb(line);
        match word {
            b"+" => {
                let last = self.pending.last();
                self.is_answer = last.is_some_and(|last| last.command == b"AUTHENTICATE");
                None
            }
            b"*" => {
                self.untagged(context, line, rest);
                None
            }
            _ => self.tagged(context, line, word, rest),
        }
    }

    fn untagged(&mut self, context: &mut Context<'_>, line: &[u8], rest: &[u8]) {
        let is_greeting = !std::mem::replace(&mut self.has_greeting, true);
        if is_greeting && self.pending.is_empty() && !self.is_loose {
            let (state, _) = verb(rest);
            let greeting = Exchange {
                number: context.begin_transaction(),
                start_us: context.moment.received_us,
                responses: vec![line.to_vec()],
                status: Some(if state.eq_ignore_ascii_case(b"BYE") {
                    Status::No
                } else {
                    Status::Ok
                }),
                ..Exchange::default()
            };
            imap_event::write(context, &greeting, &self.user);
            return;
        }
        // What a server says unasked belongs to whatever is going on.
        if let Some(oldest) = self.pending.first_mut() {
            self.pending_bytes += oldest.keep(line);
        }
    }

    fn tagged(
        &mut self,
        context: &mut Context<'_>,
        line: &[u8],
        tag: &[u8],
        rest: &[u8],
    ) -> Option<Then> {
        self.has_greeting = true;
        let (state, _) = verb(rest);
        let status = match state.to_ascii_uppercase().as_slice() {
            b"OK" => Status::Ok,
            b"NO" => Status::No,
            b"BAD" => Status::Bad,
            _ => {
                // The rest of a line after a literal has no tag.
                if !self.is_loose
                    && line.first() != Some(&b')')
                    && !line.is_empty()
                    && !line.starts_with(b" ")
                {
                    context.anomaly(Anomaly::ImapInvalidResponse);
                }
                return None;
            }
        };
        let Some(mut exchange) = self.pending.take(|one| one.tag == tag) else {
            if !self.is_loose {
                context.anomaly(Anomaly::ImapUnmatchedResponse);
            }
            return None;
        };
        self.release(&exchange);
        self.is_answer = false;
        exchange.keep(line);
        exchange.status = Some(status);
        imap_event::write(context, &exchange, &self.user);
        match exchange.command.as_slice() {
            b"STARTTLS" if status == Status::Ok => Some(Then::Switch(Protocol::Tls)),
            b"COMPRESS" if status == Status::Ok => {
                context.limit("imap_compressed");
                Some(Then::Done)
            }
            _ => None,
        }
    }
}
