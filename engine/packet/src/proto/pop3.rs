//! POP3 (RFC 1939) with CAPA (RFC 2449), STLS (RFC 2595) and AUTH (RFC 5034): commands with their replies, log-ins, and
//! the mails that RETR and TOP fetch.
//!
//! Caps: a line 4 KiB (setting `max_line`), 256 commands without a reply, 256 lines and 16 KiB of a list.

use super::command_line::{Lines, verb};
use super::dotted::{Data, Ended};
use super::mime::Reader;
use super::pop3_event::{self, Exchange};
use super::pop3_probe::VERBS;
pub use super::pop3_probe::probe;
use super::sasl::Login;
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Protocol, Step, tls};
use crate::anomaly::Anomaly;

/// Usual port.
pub const PORTS: &[u16] = &[110];
/// Commands that may wait for a reply.
const MAX_PENDING: usize = 256;
/// Lines of a list that are kept.
const MAX_LIST: usize = 256;
/// Bytes of them.
const MAX_LIST_BYTES: usize = 16 << 10;
/// Words of a command that are kept.
const MAX_WORDS: usize = 8;

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Pop3::default())
}

/// What the server's next bytes are.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// A status.
    #[default]
    Status,
    /// Lines up to one with a dot.
    List,
    /// A mail up to a line with a dot.
    Mail(Data),
}

/// One connection.
#[derive(Default)]
pub struct Pop3 {
    lines: Pair<Lines>,
    place: Place,
    pending: Unanswered<Exchange, MAX_PENDING>,
    /// Bytes of [`Self::pending`] on the heap.
    pending_bytes: usize,
    /// The exchange whose reply is coming in.
    current: Option<Exchange>,
    list_bytes: usize,
    reader: Option<Box<Reader>>,
    user: Vec<u8>,
    /// The client's next line answers a challenge.
    is_answer: bool,
    has_greeting: bool,
    is_loose: bool,
}

impl Parser for Pop3 {
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
        self.lines.of_mut(direction).reset();
        self.is_loose = true;
        if direction == Direction::FromSource {
            return true;
        }
        match &mut self.place {
            Place::Mail(data) => {
                data.gap();
                if let Some(reader) = &mut self.reader {
                    reader.gap(length);
                }
            }
            Place::List => {
                if let Some(current) = &mut self.current {
                    current.is_cut = true;
                }
            }
            // Which command the next reply answers cannot be told.
            Place::Status => self.write_pending(context),
        }
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.finish_current(context, false);
        self.write_pending(context);
    }

    fn held(&self) -> usize {
        let lines = self.lines.iter().map(Lines::held).sum::<usize>();
        let reader = self.reader.as_ref().map_or(0, |reader| reader.held());
        lines + reader + self.pending_bytes + self.list_bytes + self.user.capacity() + 512
    }
}

/// The client's side.
impl Pop3 {
    fn client(&mut self, context: &mut Context<'_>, lines: &mut Lines, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let wants_tls = self
                .pending
                .last()
                .is_some_and(|last| last.command == b"STLS");
            if wants_tls && tls::may_begin(rest) {
                return Step::switch(at, Protocol::Tls);
            }
            let (used, line) = lines.take(rest);
            at += used;
            if let Some(line) = line {
                if line.is_cut {
                    context.limit("pop3_line_bytes");
                }
                self.command(context, line.text);
            }
        }
        Step::more(at)
    }

    fn command(&mut self, context: &mut Context<'_>, line: &[u8]) {
        let shows_secrets = context.shared.settings.capture_secrets;
        let (word, rest) = verb(line);
        let command = word.to_ascii_uppercase();
        let is_known = VERBS.contains(&command.as_slice());
        let last = self
            .pending
            .last_mut()
            .filter(|last| last.command == b"AUTH");
        if let Some(last) = last
            && (std::mem::take(&mut self.is_answer) || !is_known)
        {
            if let Some(login) = &mut last.login {
                login.answer(line, shows_secrets);
                self.user.clone_from(&login.user);
            }
            return;
        }
        if !is_known {
            context.anomaly(Anomaly::Pop3UnknownCommand);
        }
        let mut exchange = Exchange {
            number: context.begin_transaction(),
            start_us: context.moment.received_us,
            ..Exchange::default()
        };
        self.log_in(&mut exchange, &command, rest, shows_secrets);
        exchange.command = command;
        self.pending_bytes += exchange.held();
        if let Some(oldest) = self.pending.push(exchange) {
            context.limit("pop3_pending_commands");
            self.is_loose = true;
            self.pending_bytes = self.pending_bytes.saturating_sub(oldest.held());
            pop3_event::write(context, oldest, &self.user);
        }
    }

    /// What follows the verb; names and passwords are taken from it.
    fn log_in(
        &mut self,
        exchange: &mut Exchange,
        command: &[u8],
        rest: &[u8],
        shows_secrets: bool,
    ) {
        let mut words: Vec<Vec<u8>> = rest
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty())
            .take(MAX_WORDS)
            .map(<[u8]>::to_vec)
            .collect();
        let hide = |word: &mut Vec<u8>| {
            if !shows_secrets {
                *word = b"***".to_vec();
            }
        };
        match command {
            b"USER" => self.user = rest.trim_ascii().to_vec(),
            b"PASS" => {
                // A password may hold spaces (RFC 1939, section 7).
                let mut login = Login::default();
                login.plain(&self.user, rest, shows_secrets);
                exchange.login = Some(login);
                words = if rest.is_empty() {
                    Vec::new()
                } else {
                    vec![rest.to_vec()]
                };
                words.iter_mut().for_each(hide);
            }
            b"APOP" => {
                let mut login = Login::new(b"APOP");
                self.user = words.first().cloned().unwrap_or_default();
                login.user.clone_from(&self.user);
                exchange.login = Some(login);
                words.iter_mut().skip(1).for_each(hide);
            }
            b"AUTH" if !words.is_empty() => {
                let mut login = Login::new(words.first().map_or(&b""[..], Vec::as_slice));
                if let Some(initial) = words.get(1) {
                    login.answer(initial, shows_secrets);
                    self.user.clone_from(&login.user);
                }
                exchange.login = Some(login);
                words.iter_mut().skip(1).for_each(hide);
            }
            _ => {}
        }
        exchange.arguments = words;
    }

    fn pop_pending(&mut self) -> Option<Exchange> {
        let exchange = self.pending.pop()?;
        self.pending_bytes = self.pending_bytes.saturating_sub(exchange.held());
        Some(exchange)
    }

    fn write_pending(&mut self, context: &mut Context<'_>) {
        while let Some(exchange) = self.pop_pending() {
            pop3_event::write(context, exchange, &self.user);
        }
        self.pending_bytes = 0;
    }
}

/// The server's side.
impl Pop3 {
    fn server(&mut self, context: &mut Context<'_>, lines: &mut Lines, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if let Place::Mail(data) = self.place {
                at += self.mail(context, data, rest);
                continue;
            }
            let (used, line) = lines.take(rest);
            at += used;
            let Some(line) = line else {
                break;
            };
            if line.is_cut {
                context.limit("pop3_line_bytes");
            }
            if let Place::List = self.place {
                self.list(context, line.text);
            } else if self.status(context, line.text) {
                return Step::switch(at, Protocol::Tls);
            }
        }
        Step::more(at)
    }

    /// Takes a status line; true when TLS begins.
    fn status(&mut self, context: &mut Context<'_>, line: &[u8]) -> bool {
        let (word, header) = verb(line);
        let success = match word {
            b"+" => {
                self.is_answer = self
                    .pending
                    .first()
                    .is_some_and(|one| one.command == b"AUTH");
                return false;
            }
            _ if word.eq_ignore_ascii_case(b"+OK") => true,
            _ if word.eq_ignore_ascii_case(b"-ERR") => false,
            _ => {
                if !self.is_loose {
                    context.anomaly(Anomaly::Pop3InvalidReply);
                }
                return false;
            }
        };
        self.is_answer = false;
        let is_greeting =
            !std::mem::replace(&mut self.has_greeting, true) && self.pending.is_empty();
        let mut exchange = match self.pop_pending() {
            Some(exchange) => exchange,
            None if is_greeting && !self.is_loose => Exchange {
                number: context.begin_transaction(),
                start_us: context.moment.received_us,
                ..Exchange::default()
            },
            None => {
                if !self.is_loose {
                    context.anomaly(Anomaly::Pop3InvalidReply);
                }
                return false;
            }
        };
        exchange.success = Some(success);
        exchange.header = header.to_vec();
        let begins_tls = success && exchange.command == b"STLS";
        self.place = if success {
            follows(&exchange)
        } else {
            Place::Status
        };
        if let Place::Mail(_) = self.place {
            self.reader = Some(Box::default());
        }
        self.current = Some(exchange);
        if let Place::Status = self.place {
            self.finish_current(context, true);
        }
        begins_tls
    }

    fn list(&mut self, context: &mut Context<'_>, line: &[u8]) {
        if line == b"." {
            self.finish_current(context, true);
            return;
        }
        let Some(current) = &mut self.current else {
            return;
        };
        let text = line.strip_prefix(b".").unwrap_or(line);
        if current.data.len() < MAX_LIST && self.list_bytes + text.len() <= MAX_LIST_BYTES {
            self.list_bytes += text.len();
            current.data.push(text.to_vec());
        } else {
            current.is_cut = true;
        }
    }

    fn mail(&mut self, context: &mut Context<'_>, mut data: Data, rest: &[u8]) -> usize {
        let mut reader = self.reader.take().unwrap_or_default();
        let (used, ended) = data.take(rest, |text| reader.data(text));
        reader
            .oddities
            .take()
            .for_each(|oddity| context.anomaly(oddity));
        self.reader = Some(reader);
        self.place = Place::Mail(data);
        if ended != Ended::No {
            self.finish_current(context, true);
        }
        used
    }

    /// The reply at hand is complete, or no more of it will come.
    fn finish_current(&mut self, context: &mut Context<'_>, is_whole: bool) {
        self.place = Place::Status;
        self.list_bytes = 0;
        let reader = self.reader.take();
        let Some(mut current) = self.current.take() else {
            return;
        };
        if let Some(mut reader) = reader {
            current.mail = Some(reader.finish(is_whole));
            reader
                .oddities
                .take()
                .for_each(|oddity| context.anomaly(oddity));
        }
        pop3_event::write(context, current, &self.user);
    }
}

/// What follows a positive reply.
fn follows(exchange: &Exchange) -> Place {
    match (exchange.command.as_slice(), exchange.arguments.is_empty()) {
        (b"RETR" | b"TOP", _) => Place::Mail(Data::default()),
        (b"CAPA", _) | (b"LIST" | b"UIDL" | b"AUTH" | b"LANG", true) => Place::List,
        _ => Place::Status,
    }
}
