//! Zimbra's `mailbox.log` and `audit.log` (Zimbra administrator guide, "Monitoring ZCS Servers"): `2026-11-10 09:00:00,123 WARN [thread]
//! [name=a@b;oip=192.0.2.1;ua=…;] security - cmd=Auth; account=a@b; protocol=soap; error=authentication failed for [a@b], invalid
//! password;`. Log-ins are `mail.auth`, all else `app.zimbra`.

use crate::device::start;
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let (civil, rest) = time(line).ok_or(Rejection::Format)?;
    let (level, rest) = rest.split_once(' ').ok_or(Rejection::Format)?;
    if !matches!(
        level,
        "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL"
    ) {
        return Err(Rejection::Format);
    }
    let rest = rest
        .trim_start()
        .strip_prefix('[')
        .ok_or(Rejection::Format)?;
    let (_, rest) = rest.split_once("] [").ok_or(Rejection::Format)?;
    let (context, message) = rest.split_once("] ").ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    draft.message = Some(message.into());
    let mut document =
        log_in(&draft, context, message).unwrap_or_else(|| start(&draft, "app.zimbra", "zimbra"));
    document.text("log.level", level);
    Ok(document)
}

fn time(line: &str) -> Option<(Civil, &str)> {
    let mut cursor = Cursor::new(line);
    let (year, month, day) = cursor.date("-")?;
    cursor.take(" ")?;
    let second_of_day = cursor.clock()?;
    // Java's comma tells these files from others.
    if !cursor.rest.starts_with(',') {
        return None;
    }
    let civil = Civil {
        year,
        month,
        day,
        second_of_day,
        micros: cursor.fraction()?,
    };
    cursor.take(" ")?;
    Some((civil, cursor.rest))
}

fn log_in(draft: &Draft<'_>, context: &str, message: &str) -> Option<Document> {
    let member = |name: &str| {
        context
            .split(';')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
    };
    // Behind a proxy the client is `oip`.
    let host = ["oip", "ip"]
        .iter()
        .map(|name| member(name))
        .find(|host| !host.is_empty())?;
    let host = host.split(',').next().unwrap_or(host).trim();
    let (user, reason, is_success) =
        if let Some((_, rest)) = message.split_once("authentication failed for [") {
            let (user, rest) = rest.split_once(']')?;
            (user, rest.trim_matches([',', ' ', ';']), false)
        } else if message.contains("cmd=Auth;") && !message.contains("error=") {
            let (_, rest) = message.split_once("account=")?;
            (rest.split(';').next()?, "", true)
        } else {
            return None;
        };
    // The mailbox log says the same again, in the words of the handler.
    if message.starts_with("SoapEngine - handler exception") {
        let mut document = start(draft, "app.zimbra", "zimbra");
        document.text("event.reason", reason);
        return Some(document);
    }
    let protocol = message
        .split_once("protocol=")
        .map_or("", |(_, rest)| rest.split(';').next().unwrap_or(rest));
    Some(login(
        draft,
        &Attempt {
            dataset: "mail.auth",
            module: "zimbra",
            protocol,
            user,
            host,
            port: None,
            is_success,
            reason,
        },
    ))
}
