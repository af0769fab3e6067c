//! IMAP (RFC 9051, RFC 3501): commands by tag with their responses, literals, log-ins, STARTTLS, and the mails that FETCH
//! brings and APPEND stores.
//!
//! The server's side is in `imap_server.rs`. After COMPRESS (RFC 4978) nothing more is read; that is counted.
//!
//! Caps: a line 4 KiB (setting `max_line`), 64 commands without a response, 64 lines and 8 KiB of responses.

use super::command_line::Lines;
use super::imap_event::{self, Exchange};
pub use super::imap_probe::probe;
use super::imap_syntax::{append_words, before_literal, literal};
use super::mime::Reader;
use super::sasl::Login;
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Protocol, Step, tls};
use crate::bytes::count;

/// Usual port.
pub const PORTS: &[u16] = &[143];
/// Commands that may wait for their responses.
const MAX_PENDING: usize = 64;

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Imap::default())
}

/// A literal on its way.
#[derive(Default)]
pub(super) struct Literal {
    /// Bytes that are still to come.
    pub left: u64,
    /// The mail that they are.
    pub reader: Option<Box<Reader>>,
    /// Whether they are all of it.
    pub is_whole: bool,
    /// Text that they are, cut at the longest line.
    pub text: Vec<u8>,
}

/// One connection.
#[derive(Default)]
pub struct Imap {
    lines: Pair<Lines>,
    /// Literals being read, client's and server's.
    pub(super) literals: Pair<Option<Literal>>,
    /// The command whose line has not ended.
    open: Option<Exchange>,
    pub(super) pending: Unanswered<Exchange, MAX_PENDING>,
    pub(super) pending_bytes: usize,
    pub(super) user: Vec<u8>,
    /// The client's next line answers a challenge.
    pub(super) is_answer: bool,
    pub(super) has_greeting: bool,
    pub(super) is_loose: bool,
}

impl Parser for Imap {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let limit = context.shared.settings.max_line;
        let mut lines = std::mem::take(self.lines.of_mut(direction)).within(limit);
        let step = match direction {
            Direction::FromSource => self.client(context, &mut lines, bytes),
            Direction::FromDestination => self.server(context, &mut lines, bytes),
        };
        *self.lines.of_mut(direction) = lines;
        step
    }

    fn gap(&mut self, context: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        self.is_loose = true;
        if let Some(literal) = self.literals.of_mut(direction) {
            if literal.left >= length {
                literal.left -= length;
                literal.is_whole = false;
                if let Some(reader) = &mut literal.reader {
                    reader.gap(length);
                }
                return true;
            }
            // The literal ended somewhere in what is lost.
            self.end_literal(context, direction, false);
        }
        self.lines.of_mut(direction).reset();
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        for direction in Direction::BOTH {
            self.end_literal(context, direction, false);
        }
        while let Some(exchange) = self.pop_pending() {
            imap_event::write(context, &exchange, &self.user);
        }
    }

    fn held(&self) -> usize {
        let lines = self.lines.iter().map(Lines::held).sum::<usize>();
        let literals = self.literals.iter().flatten();
        let literals: usize = literals
            .map(|one| one.text.capacity() + one.reader.as_ref().map_or(0, |reader| reader.held()))
            .sum();
        let open = self.open.as_ref().map_or(0, Exchange::held);
        lines + literals + open + self.pending_bytes + self.user.capacity() + 512
    }
}

impl Imap {
    fn client(&mut self, context: &mut Context<'_>, lines: &mut Lines, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let last = self.pending.last();
            let wants_tls = last.is_some_and(|last| last.command == b"STARTTLS");
            if wants_tls && tls::may_begin(rest) {
                return Step::switch(at, Protocol::Tls);
            }
            if let Some(used) = self.literal(context, Direction::FromSource, rest) {
                at += used;
                continue;
            }
            let (used, line) = lines.take(rest);
            at += used;
            if let Some(line) = line {
                if line.is_cut {
                    context.limit("imap_line_bytes");
                }
                self.line(context, line.text);
            }
        }
        Step::more(at)
    }

    /// Bytes of a literal; `None` when none is being read.
    pub(super) fn literal(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        rest: &[u8],
    ) -> Option<usize> {
        let limit = context.shared.settings.max_line;
        let literal = self.literals.of_mut(direction).as_mut()?;
        let taken = usize::try_from(literal.left)
            .unwrap_or(usize::MAX)
            .min(rest.len());
        let bytes = rest.get(..taken).unwrap_or_default();
        if let Some(reader) = &mut literal.reader {
            reader.data(bytes);
            reader
                .oddities
                .take()
                .for_each(|oddity| context.anomaly(oddity));
        } else {
            let room = limit.saturating_sub(literal.text.len()).min(bytes.len());
            literal
                .text
                .extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        literal.left = literal.left.saturating_sub(count(taken));
        if literal.left == 0 {
            self.end_literal(context, direction, true);
        }
        Some(taken)
    }

    fn end_literal(&mut self, context: &mut Context<'_>, direction: Direction, is_complete: bool) {
        let Some(mut literal) = self.literals.of_mut(direction).take() else {
            return;
        };
        let is_client = direction == Direction::FromSource;
        if let Some(reader) = &mut literal.reader {
            let mail = reader.finish(is_complete && literal.is_whole);
            reader
                .oddities
                .take()
                .for_each(|oddity| context.anomaly(oddity));
            let exchange = if is_client {
                self.open.as_ref()
            } else {
                self.pending.first()
            };
            let begun = exchange.map_or((0, context.moment.received_us), |exchange| {
                (exchange.number, exchange.start_us)
            });
            imap_event::write_mail(context, begun, mail, direction, &self.user);
        } else if is_client && let Some(open) = &mut self.open {
            open.arguments.push(literal.text);
        }
    }

    fn line(&mut self, context: &mut Context<'_>, line: &[u8]) {
        let shows_secrets = context.shared.settings.capture_secrets;
        if self.open.is_none() {
            let last = self.pending.last_mut();
            if let Some(last) = last.filter(|last| last.command == b"AUTHENTICATE")
                && (std::mem::take(&mut self.is_answer) || !line.contains(&b' '))
            {
                if let Some(login) = &mut last.login {
                    login.answer(line, shows_secrets);
                    self.user.clone_from(&login.user);
                }
                return;
            }
            let is_idle_end = line.eq_ignore_ascii_case(b"DONE");
            if line.is_empty() || is_idle_end {
                return;
            }
        }
        let mut exchange = self.open.take().unwrap_or_else(|| Exchange {
            number: context.begin_transaction(),
            start_us: context.moment.received_us,
            ..Exchange::default()
        });
        let mut words = std::mem::take(&mut exchange.arguments);
        append_words(before_literal(line), &mut words);
        if exchange.tag.is_empty() && !words.is_empty() {
            exchange.tag = words.remove(0);
            if !words.is_empty() {
                exchange.command = words.remove(0).to_ascii_uppercase();
            }
        }
        exchange.arguments = words;
        if let Some(length) = literal(line).filter(|length| *length > 0) {
            let is_mail = exchange.command == b"APPEND";
            self.literals.source = Some(Literal {
                left: length,
                reader: is_mail.then(Box::default),
                is_whole: true,
                text: Vec::new(),
            });
            self.open = Some(exchange);
            return;
        }
        self.command(context, exchange, shows_secrets);
    }

    /// A command is complete.
    fn command(&mut self, context: &mut Context<'_>, mut exchange: Exchange, shows_secrets: bool) {
        match exchange.command.as_slice() {
            b"LOGIN" => {
                let mut login = Login::default();
                let mut words = exchange.arguments.iter();
                let user = words.next().map_or(&b""[..], Vec::as_slice);
                let password = words.next().map_or(&b""[..], Vec::as_slice);
                login.plain(user, password, shows_secrets);
                self.user.clone_from(&login.user);
                exchange.login = Some(login);
                hide(&mut exchange, shows_secrets);
            }
            b"AUTHENTICATE" => {
                let mut words = exchange.arguments.iter();
                let mut login = Login::new(words.next().map_or(&b""[..], Vec::as_slice));
                if let Some(initial) = words.next() {
                    login.answer(initial, shows_secrets);
                    self.user.clone_from(&login.user);
                }
                exchange.login = Some(login);
                hide(&mut exchange, shows_secrets);
            }
            _ => {}
        }
        self.pending_bytes += exchange.held();
        if let Some(oldest) = self.pending.push(exchange) {
            context.limit("imap_pending_commands");
            self.release(&oldest);
            imap_event::write(context, &oldest, &self.user);
        }
    }

    fn pop_pending(&mut self) -> Option<Exchange> {
        let exchange = self.pending.pop()?;
        self.release(&exchange);
        Some(exchange)
    }

    /// Bytes of a command that waits no more.
    pub(super) fn release(&mut self, exchange: &Exchange) {
        let held = exchange.held() + exchange.response_bytes;
        self.pending_bytes = self.pending_bytes.saturating_sub(held);
    }
}

fn hide(exchange: &mut Exchange, shows_secrets: bool) {
    if !shows_secrets {
        let secrets = exchange.arguments.iter_mut().skip(1);
        secrets.for_each(|word| *word = b"***".to_vec());
    }
}
