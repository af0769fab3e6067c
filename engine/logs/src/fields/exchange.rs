//! Exchange: the protocol logs of SMTP and of IMAP and POP (log-ins are `mail.auth`), and message tracking (`mail.transfer`).

use std::borrow::Cow;

use super::Row;
use crate::Rejection;
use crate::device::{endpoint, start};
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::parse_iso;

const SMTP: [&str; 8] = [
    "date-time",
    "connector-id",
    "session-id",
    "sequence-number",
    "local-endpoint",
    "remote-endpoint",
    "event",
    "data",
];
const CLIENT_ACCESS: [&str; 12] = [
    "datetime",
    "sessionid",
    "seqnumber",
    "sip",
    "cip",
    "user",
    "duration",
    "rqsize",
    "rpsize",
    "command",
    "parameters",
    "context",
];

/// The columns of a line before which no directive stood, by where its addresses stand.
pub(super) fn columns(values: &[Cow<'_, str>]) -> &'static [&'static str] {
    let is_endpoint = |place: usize| {
        values.get(place).is_some_and(|value| {
            value
                .rsplit_once(':')
                .is_some_and(|(host, _)| crate::device::is_address(host.trim_matches(['[', ']'])))
        })
    };
    if is_endpoint(4) && is_endpoint(5) {
        &SMTP
    } else if is_endpoint(3) && is_endpoint(4) {
        &CLIENT_ACCESS
    } else {
        &[]
    }
}

pub(super) fn read(line: &str, row: &Row<'_>) -> Result<Document, Rejection> {
    let written = row.get(&["date-time", "datetime"]);
    if crate::time::Cursor::new(written).date("-").is_none() {
        return Err(Rejection::Format);
    }
    let (time_us, _) = parse_iso(written, 0).ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, TimeSource::Log);
    draft.message = Some(line.into());
    if !row.get(&["event-id"]).is_empty() {
        return Ok(tracking(&draft, row));
    }
    Ok(protocol(&draft, row).unwrap_or_else(|| {
        let mut document = start(&draft, "mail.transfer", "exchange");
        document.categorise(&["email"], &["info"]);
        let (host, port) = split_port(row.get(&["remote-endpoint", "cip"]));
        endpoint(&mut document, "source", host, Some(port));
        document
    }))
}

fn split_port(text: &str) -> (&str, &str) {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    (host.trim_matches(['[', ']']), port)
}

/// RFC 4954: 235 accepts, 535 refuses; of IMAP and POP the server's remark tells.
fn protocol(draft: &Draft<'_>, row: &Row<'_>) -> Option<Document> {
    let (data, context, command) = (
        row.get(&["data"]),
        row.get(&["context"]),
        row.get(&["command"]),
    );
    let (is_success, protocol, reason) = if row.get(&["event"]) == ">" {
        match data.split(' ').next()? {
            "535" => (false, "smtp", data),
            "235" => (true, "smtp", ""),
            _ => return None,
        }
    } else if matches!(
        command.to_ascii_lowercase().as_str(),
        "authenticate" | "login" | "pass" | "auth"
    ) {
        let is_failure = context.contains("AuthFailed")
            || context.contains("LogonFailed")
            || context.contains("LogonDenied");
        if !is_failure && !context.contains("R=OK") && !context.contains("completed") {
            return None;
        }
        let reason = context
            .split_once("ErrMsg=")
            .map_or("", |(_, reason)| reason.split(';').next().unwrap_or(reason));
        let protocol = if matches!(command, "pass" | "auth") {
            "pop3"
        } else {
            "imap"
        };
        (!is_failure, protocol, reason)
    } else {
        return None;
    };
    let (host, port) = split_port(row.get(&["remote-endpoint", "cip"]));
    Some(login(
        draft,
        &Attempt {
            dataset: "mail.auth",
            module: "exchange",
            protocol,
            user: row.get(&["user"]),
            host,
            port: Some(port),
            is_success,
            reason: if is_success { "" } else { reason },
        },
    ))
}

fn tracking(draft: &Draft<'_>, row: &Row<'_>) -> Document {
    let mut document = start(draft, "mail.transfer", "exchange");
    document.categorise(&["email"], &["info"]);
    let (action, outcome) = match row.get(&["event-id"]) {
        "RECEIVE" => ("mail-received", "success"),
        "SEND" | "SENDEXTERNAL" | "DELIVER" => ("mail-sent", "success"),
        "SUBMIT" => ("mail-queued", "success"),
        "DEFER" => ("mail-deferred", "unknown"),
        "FAIL" | "BADMAIL" => ("mail-bounced", "failure"),
        _ => ("", ""),
    };
    document.text("event.action", action);
    document.text("event.outcome", outcome);
    document.text("event.code", row.get(&["event-id"]));
    let client = row.get(&["original-client-ip", "client-ip"]);
    if !client.is_empty() {
        endpoint(&mut document, "source", client, None);
    }
    let recipients = row.get(&["recipient-address"]);
    document.list("email.from.address", [row.get(&["sender-address"])]);
    document.list("email.to.address", recipients.split(';').take(256));
    document.text("email.subject", row.get(&["message-subject"]));
    document.text(
        "email.message_id",
        row.get(&["message-id"]).trim_matches(['<', '>']),
    );
    document.text("email.local_id", row.get(&["internal-message-id"]));
    document.text("event.reason", row.get(&["recipient-status"]));
    document
}
