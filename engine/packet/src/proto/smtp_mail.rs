//! The mails of an SMTP connection: their bytes, after DATA or in chunks, and what the server says to each.

use super::Context;
use super::dotted::{Data, Ended};
use super::mime::Reader;
use super::mime_mail::Mail;
use super::smtp::{Mode, Pending, Smtp};
use super::smtp_event::{self, Envelope, Reply};
use crate::anomaly::Anomaly;
use crate::bytes::count;

impl Smtp {
    /// Bytes of a mail after DATA.
    pub(super) fn body(&mut self, context: &mut Context<'_>, mut data: Data, rest: &[u8]) -> usize {
        if !data.has_begun
            && self.replies > 0
            && self.pending.iter().any(|one| *one == Pending::Data)
        {
            // RFC 2920, section 3.1: DATA must be the last of a group.
            context.anomaly(Anomaly::SmtpPipelining);
        }
        let mut reader = self.reader.take().unwrap_or_default();
        let (used, ended) = data.take(rest, |text| reader.data(text));
        tell_oddities(context, &mut reader);
        self.reader = Some(reader);
        match ended {
            Ended::No => self.mode = Mode::Data(data),
            Ended::Yes(is_strict) => {
                if !is_strict {
                    context.anomaly(Anomaly::SmtpAmbiguousEnd);
                }
                self.mode = Mode::Command;
                self.end_mail(context, true);
                self.push(context, Pending::MailEnd);
            }
        }
        used
    }

    /// Bytes of a chunk.
    pub(super) fn chunk(
        &mut self,
        context: &mut Context<'_>,
        left: u64,
        is_last: bool,
        rest: &[u8],
    ) -> usize {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        if let Some(reader) = &mut self.reader {
            reader.data(rest.get(..taken).unwrap_or_default());
            tell_oddities(context, reader);
        }
        let left = left.saturating_sub(count(taken));
        self.mode = Mode::Chunk(left, is_last);
        if left == 0 {
            self.mode = Mode::Command;
            if is_last {
                self.end_mail(context, true);
                if let Some(reply) = self.early.take() {
                    self.answer_mail(context, Some(&reply));
                }
            }
        }
        taken
    }

    pub(super) fn pass_gap(&mut self, length: u64) {
        if let Some(reader) = &mut self.reader {
            reader.gap(length);
        }
    }

    /// The mail is complete, or no more of it will come; it waits for what the server says.
    pub(super) fn end_mail(&mut self, context: &mut Context<'_>, is_whole: bool) {
        let Some(mut reader) = self.reader.take() else {
            return;
        };
        self.open(context);
        let mail = reader.finish(is_whole);
        reader
            .oddities
            .take()
            .for_each(|oddity| context.anomaly(oddity));
        let Some(envelope) = self.envelope.take() else {
            return;
        };
        self.waiting_bytes += mail.held() + envelope.held();
        if let Some(oldest) = self.waiting.push((envelope, mail)) {
            context.limit("smtp_waiting_mails");
            self.tell_mail(context, oldest, None);
        }
    }

    /// The envelope ends without a mail.
    pub(super) fn abandon(&mut self, context: &mut Context<'_>) {
        self.reader = None;
        if let Some(envelope) = self.envelope.take() {
            self.has_mail = true;
            let reply = self.session.reply.as_ref();
            smtp_event::write_mail(context, &self.session, &envelope, None, reply);
        }
    }

    /// The server has accepted or refused the oldest mail; `None` when that was not seen.
    pub(super) fn answer_mail(&mut self, context: &mut Context<'_>, reply: Option<&Reply>) {
        if let Some(oldest) = self.waiting.pop() {
            self.tell_mail(context, oldest, reply);
        }
    }

    fn tell_mail(
        &mut self,
        context: &mut Context<'_>,
        (envelope, mail): (Envelope, Mail),
        reply: Option<&Reply>,
    ) {
        let held = mail.held() + envelope.held();
        self.waiting_bytes = self.waiting_bytes.saturating_sub(held);
        self.has_mail = true;
        smtp_event::write_mail(context, &self.session, &envelope, Some(mail), reply);
    }

    pub(super) fn write_waiting(&mut self, context: &mut Context<'_>) {
        while !self.waiting.is_empty() {
            self.answer_mail(context, None);
        }
    }
}

/// Reports what was odd about a mail so far.
fn tell_oddities(context: &mut Context<'_>, reader: &mut Reader) {
    reader
        .oddities
        .take()
        .for_each(|oddity| context.anomaly(oddity));
}
