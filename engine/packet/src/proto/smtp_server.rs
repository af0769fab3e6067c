//! The server's side of SMTP: replies, each to the oldest command without one.

use super::command_line::{self, Lines};
use super::smtp::{Mode, Pending, Smtp};
use super::smtp_event::{self, Reply};
use super::smtp_probe::is_tls;
use super::{Context, Protocol, Step};
use crate::anomaly::Anomaly;

/// Text of a reply that is kept.
const MAX_REPLY: usize = 1_024;

impl Smtp {
    /// Takes what the server says.
    pub(super) fn server(
        &mut self,
        context: &mut Context<'_>,
        lines: &mut Lines,
        bytes: &[u8],
    ) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.session.has_tls && matches!(self.mode, Mode::StartTls) && is_tls(rest) {
                return Step::switch(at, Protocol::Tls);
            }
            let (used, line) = lines.take(rest);
            at += used;
            let Some(line) = line else {
                break;
            };
            if line.is_cut {
                context.anomaly(Anomaly::SmtpReplyTooLong);
                context.limit("smtp_line_bytes");
            }
            match command_line::reply(line.text) {
                Some((_, true, _)) => {}
                Some((code, false, text)) => {
                    let text = text.get(..MAX_REPLY).unwrap_or(text).to_vec();
                    self.reply(context, Reply { code, text });
                }
                None if self.is_loose => {}
                None => context.anomaly(Anomaly::SmtpInvalidReply),
            }
        }
        Step::more(at)
    }

    /// Takes a whole reply.
    fn reply(&mut self, context: &mut Context<'_>, reply: Reply) {
        let code = reply.code;
        self.session.reply = Some(reply.clone());
        let is_first = self.replies == 0;
        self.replies += 1;
        let is_greeting = is_first && matches!(code, 220 | 421 | 554) && !self.is_loose;
        if is_greeting && (self.pending.is_empty() || code == 220) {
            return;
        }
        if is_first && !self.is_loose && matches!(self.pending.first(), Some(Pending::Other)) {
            context.anomaly(Anomaly::SmtpNoGreeting);
        }
        if code == 334 && self.pending.first() == Some(&Pending::Authenticate) {
            // A challenge: the command still waits.
            self.mode = Mode::Answer;
            return;
        }
        let Some(pending) = self.pending.pop() else {
            if !self.is_loose && code != 421 {
                context.anomaly(Anomaly::SmtpUnmatchedReply);
            }
            return;
        };
        match pending {
            Pending::Mail => {
                if let Some(envelope) = &mut self.envelope {
                    envelope.is_refused = code >= 400;
                }
            }
            Pending::Data if code != 354 => self.refuse_data(context),
            Pending::MailEnd if self.waiting.is_empty() && self.reader.is_some() => {
                self.early = Some(reply);
            }
            Pending::MailEnd => self.answer_mail(context, Some(&reply)),
            Pending::StartTls if code == 220 => {
                // What the client says next tells whether it can be read.
                self.session.has_tls = true;
            }
            Pending::StartTls => {
                context.anomaly(Anomaly::SmtpTlsRefused);
                if let Mode::StartTls = self.mode {
                    self.mode = Mode::Command;
                }
            }
            Pending::Authenticate => {
                if let Mode::Answer = self.mode {
                    self.mode = Mode::Command;
                }
                if let Some(login) = self.login.take() {
                    smtp_event::write_login(context, &self.session, &login, code == 235);
                }
            }
            Pending::Data | Pending::Other => {}
        }
    }

    /// DATA was refused. If the client has sent nothing yet, it will not.
    fn refuse_data(&mut self, context: &mut Context<'_>) {
        context.anomaly(Anomaly::SmtpDataRefused);
        if let Mode::Data(data) = self.mode
            && !data.has_begun
        {
            self.mode = Mode::Command;
            self.reader = None;
        }
    }
}
