//! SMTP (RFC 5321) with chunks (RFC 3030), STARTTLS (RFC 3207) and AUTH (RFC 4954): envelopes, replies, mails.
//!
//! Replies answer commands in order, so a queue of commands pairs them, pipelined or not. What the client says is
//! taken at once: after DATA the mail begins unless the server has refused it by then.
//!
//! The server's side is in `smtp_server.rs`.
//!
//! Caps: a line 4 KiB (setting `max_line`), 1,024 commands without a reply, 64 mails without a reply, 128 recipients.

use super::command_line::Lines;
use super::dotted::Data;
use super::mime::Reader;
use super::mime_mail::Mail;
use super::sasl::Login;
use super::smtp_command::Command;
use super::smtp_event::{self, Envelope, Reply, Session};
use super::smtp_probe::is_tls;
pub use super::smtp_probe::probe;
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Protocol, Step};
use crate::anomaly::Anomaly;

/// Usual ports: relay, submission.
pub const PORTS: &[u16] = &[25, 587, 2525];
/// Commands that may wait for a reply.
const MAX_PENDING: usize = 1_024;
/// Mails that may wait for a reply.
const MAX_WAITING: usize = 64;
/// Recipients of one mail that are kept.
const MAX_RECIPIENTS: usize = 128;

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Smtp::default())
}

/// What the client's next bytes are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Mode {
    #[default]
    Command,
    /// A mail after DATA.
    Data(Data),
    /// So many bytes of a chunk; whether it is the last.
    Chunk(u64, bool),
    /// Answers to challenges.
    Answer,
    /// TLS, if the server agrees. Behind a proxy that has decrypted it what follows is in the clear all the same.
    StartTls,
}

/// A command without a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Mail,
    Data,
    MailEnd,
    StartTls,
    Authenticate,
    Other,
}

/// One connection.
#[derive(Default)]
pub struct Smtp {
    lines: Pair<Lines>,
    pub(super) mode: Mode,
    pub(super) session: Session,
    pub(super) envelope: Option<Envelope>,
    pub(super) reader: Option<Box<Reader>>,
    pub(super) login: Option<Login>,
    pub(super) pending: Unanswered<Pending, MAX_PENDING>,
    /// Mails whose acceptance the server has not stated yet.
    pub(super) waiting: Unanswered<(Envelope, Mail), MAX_WAITING>,
    /// What the server said to the last chunk before it was complete.
    pub(super) early: Option<Reply>,
    /// Bytes of [`Self::waiting`] on the heap.
    pub(super) waiting_bytes: usize,
    pub(super) replies: u64,
    has_command: bool,
    pub(super) has_mail: bool,
    /// Replies were lost: which command one answers cannot be told.
    pub(super) is_loose: bool,
}

impl Parser for Smtp {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        if self.session.start_us == 0 {
            self.session.start_us = context.moment.received_us;
        }
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
        if direction == Direction::FromDestination {
            self.pending = Unanswered::default();
            self.write_waiting(context);
            return true;
        }
        match &mut self.mode {
            Mode::Data(data) => {
                data.gap();
                self.pass_gap(length);
            }
            Mode::Chunk(left, _) if *left >= length => {
                *left -= length;
                self.pass_gap(length);
            }
            Mode::Chunk(..) => {
                self.mode = Mode::Command;
                self.end_mail(context, false);
            }
            _ => {}
        }
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.write_waiting(context);
        if self.reader.is_some() {
            self.end_mail(context, false);
            self.write_waiting(context);
        }
        self.abandon(context);
        if !self.has_mail && self.has_command {
            smtp_event::write_session(context, &self.session);
        }
    }

    fn held(&self) -> usize {
        let lines = self.lines.iter().map(Lines::held).sum::<usize>();
        let reader = self.reader.as_ref().map_or(0, |reader| reader.held());
        let recipients = self.envelope.as_ref().map_or(0, Envelope::held);
        let login = self.login.as_ref().map_or(0, Login::held);
        lines + reader + recipients + login + self.waiting_bytes + self.pending.held() + 512
    }
}

impl Smtp {
    fn client(&mut self, context: &mut Context<'_>, lines: &mut Lines, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.mode {
                Mode::Data(data) => at += self.body(context, data, rest),
                Mode::Chunk(left, is_last) => at += self.chunk(context, left, is_last, rest),
                Mode::StartTls if is_tls(rest) => {
                    // The server's consent may not have been seen.
                    self.session.has_tls = true;
                    return Step::switch(at, Protocol::Tls);
                }
                _ => {
                    let (used, line) = lines.take(rest);
                    at += used;
                    if let Some(line) = line {
                        if line.is_cut {
                            context.anomaly(Anomaly::SmtpCommandTooLong);
                            context.limit("smtp_line_bytes");
                        }
                        self.line(context, line.text);
                    }
                }
            }
        }
        Step::more(at)
    }

    fn line(&mut self, context: &mut Context<'_>, line: &[u8]) {
        self.has_command = true;
        let command = Command::parse(line);
        let shows_secrets = context.shared.settings.capture_secrets;
        let is_answer = matches!(self.mode, Mode::Answer)
            || (self.pending.last() == Some(&Pending::Authenticate) && command == Command::Unknown);
        if is_answer {
            self.mode = Mode::Command;
            if let Some(login) = &mut self.login {
                login.answer(line, shows_secrets);
            }
            return;
        }
        self.mode = Mode::Command;
        match command {
            Command::Hello(name) => self.hello(context, name),
            Command::Mail(sender) => self.sender(context, sender),
            Command::Recipient(recipient) => self.recipient(context, recipient),
            Command::Data => {
                self.open(context);
                self.reader = Some(Box::default());
                self.mode = Mode::Data(Data::default());
                self.push(context, Pending::Data);
            }
            Command::Chunk(Some((length, is_last))) => {
                self.open(context);
                self.reader.get_or_insert_default();
                self.mode = Mode::Chunk(length, is_last);
                let pending = if is_last {
                    Pending::MailEnd
                } else {
                    Pending::Other
                };
                self.push(context, pending);
                // An empty last chunk ends the mail at once.
                if length == 0 {
                    self.chunk(context, 0, is_last, b"");
                }
            }
            Command::Chunk(None) => {
                context.anomaly(Anomaly::SmtpChunkInvalid);
                self.push(context, Pending::Other);
            }
            Command::Reset => {
                self.abandon(context);
                self.push(context, Pending::Other);
            }
            Command::StartTls => {
                self.mode = Mode::StartTls;
                self.push(context, Pending::StartTls);
            }
            Command::Authenticate(mechanism, initial) => {
                let mut login = Login::new(mechanism);
                if !initial.is_empty() {
                    login.answer(initial, shows_secrets);
                }
                self.login = Some(login);
                self.push(context, Pending::Authenticate);
            }
            Command::Quit | Command::Other | Command::Unknown => {
                self.push(context, Pending::Other);
            }
        }
    }

    fn hello(&mut self, context: &mut Context<'_>, name: &[u8]) {
        if self.envelope.is_some() {
            context.anomaly(Anomaly::SmtpDuplicateCommand);
            self.abandon(context);
        }
        self.session.hello = name.to_vec();
        self.push(context, Pending::Other);
    }

    fn sender(&mut self, context: &mut Context<'_>, sender: &[u8]) {
        match &self.envelope {
            Some(envelope) if envelope.sender.is_some() && !envelope.is_refused => {
                // The server will refuse it; what stands is the first.
                context.anomaly(Anomaly::SmtpDuplicateCommand);
                self.push(context, Pending::Other);
                return;
            }
            Some(_) => self.abandon(context),
            None => {}
        }
        self.open(context).sender = Some(sender.to_vec());
        self.push(context, Pending::Mail);
    }

    fn recipient(&mut self, context: &mut Context<'_>, recipient: &[u8]) {
        if self.envelope.is_none() {
            context.anomaly(Anomaly::SmtpTransactionInvalid);
        }
        let envelope = self.open(context);
        if envelope.recipients.len() < MAX_RECIPIENTS {
            envelope.recipients.push(recipient.to_vec());
        } else {
            envelope.is_cut = true;
            context.limit("smtp_recipients");
        }
        self.push(context, Pending::Other);
    }

    /// The envelope at hand, or a new one.
    pub(super) fn open(&mut self, context: &mut Context<'_>) -> &mut Envelope {
        let start_us = context.moment.received_us;
        self.envelope.get_or_insert_with(|| Envelope {
            number: context.begin_transaction(),
            start_us,
            ..Envelope::default()
        })
    }

    pub(super) fn push(&mut self, context: &mut Context<'_>, pending: Pending) {
        if self.pending.push(pending).is_some() {
            context.limit("smtp_pending_commands");
            self.is_loose = true;
        }
    }
}
