//! Apache's error log (Apache HTTP Server 2.4, "Log Files"): `[Thu Sep 30 13:27:06.009964 2021] [core:error] [pid 2560:tid 1] [client
//! 192.0.2.1:37752] AH00124: …`, dataset `web.error`. A failed HTTP log-in and what `ModSecurity` found are told apart.

use super::{endpoint, start};
use crate::document::{Document, Related};
use crate::draft::{Draft, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line of the file.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let (civil, rest) = time(line).ok_or(Rejection::Format)?;
    let (level, rest) = bracket(rest).ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    draft.process_name = Some("apache2".into());
    let (process, rest) = match bracket(rest) {
        Some((process, after)) if process.starts_with("pid ") => (process, after),
        _ => ("", rest),
    };
    draft.process_pid = process
        .strip_prefix("pid ")
        .and_then(|process| process.split(':').next()?.parse().ok());
    let (client, message) = client(rest);
    draft.message = Some(message.into());
    let mut document = start(&draft, "web.error", "apache");
    document.categorise(&["web"], &["error"]);
    let (provider, level) = level.rsplit_once(':').unwrap_or(("", level));
    document.text("event.provider", provider);
    document.text("log.level", level);
    if let Some(client) = client {
        let (host, port) = split_port(client);
        endpoint(&mut document, "source", host, port);
    }
    log_in(&mut document, message);
    application_firewall(&mut document, message);
    Ok(document)
}

/// `[Thu Sep 30 13:27:06.009964 2021] `
fn time(line: &str) -> Option<(Civil, &str)> {
    let (_, rest) = line.strip_prefix('[')?.split_once(' ')?;
    let mut cursor = Cursor::new(rest);
    let month = cursor.month()?;
    let (day, second_of_day) = crate::syslog::take_day(&mut cursor)?;
    let micros = cursor.fraction()?;
    cursor.take(" ")?;
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take("] ")?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day,
        micros,
    };
    Some((civil, cursor.rest))
}

/// `[value] rest`
fn bracket(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once("] ")
}

/// The client, and the message behind it; `ModSecurity` writes the client twice.
fn client(text: &str) -> (Option<&str>, &str) {
    let (mut found, mut rest) = (None, text);
    while let Some((inner, after)) = bracket(rest) {
        let Some(client) = inner
            .strip_prefix("client ")
            .or_else(|| inner.strip_prefix("remote "))
        else {
            break;
        };
        found = found.or(Some(client));
        rest = after;
    }
    (found, rest)
}

/// `192.0.2.1:37752`, `[2001:db8::1]:37752` or as Apache writes it without brackets: `2001:db8::1:37752`.
fn split_port(client: &str) -> (&str, Option<&str>) {
    match client.rsplit_once(':') {
        Some((host, port)) if super::is_address(host) => (host, Some(port)),
        _ => (client, None),
    }
}

/// `mod_auth_basic`: `AH01617: user foo: authentication failure for "/": Password Mismatch`, `AH01618: user foo not found: /`.
fn log_in(document: &mut Document, message: &str) {
    let text = match message.split_once(": ") {
        Some((number, rest)) if number.starts_with("AH") => rest,
        _ => message,
    };
    let Some(rest) = text.strip_prefix("user ") else {
        return;
    };
    let found = rest
        .rsplit_once(": authentication failure for \"")
        .map(|(user, _)| (user, "password mismatch"))
        .or_else(|| {
            rest.rsplit_once(" not found: ")
                .map(|(user, _)| (user, "not found"))
        });
    let Some((user, reason)) = found else { return };
    document.categorise(&["authentication", "web"], &["start", "error"]);
    document.text("event.action", "login");
    document.text("event.outcome", "failure");
    document.text("event.reason", reason);
    document.text("user.name", user);
    document.relate(Related::User, user);
}

/// `ModSecurity: Warning. Pattern match … [id "930110"] [msg "Path Traversal Attack"] … [severity "CRITICAL"] … [uri "/x"]`.
pub(super) fn application_firewall(document: &mut Document, message: &str) {
    let Some(at) = message.find("ModSecurity: ") else {
        return;
    };
    let text = message.get(at + 13..).unwrap_or_default();
    let is_denied = text.starts_with("Access denied");
    let value = |name: &str| {
        let mark = format!("[{name} \"");
        text.rfind(&mark)
            .and_then(|at| text.get(at + mark.len()..))
            .and_then(|rest| rest.split_once("\"]"))
            .map_or("", |(value, _)| value)
    };
    let kinds: &[&str] = if is_denied {
        &["access", "denied"]
    } else {
        &["access", "info"]
    };
    document.categorise(&["web", "intrusion_detection"], kinds);
    document.text(
        "event.action",
        if is_denied {
            "request-denied"
        } else {
            "request-flagged"
        },
    );
    document.text("event.provider", "modsecurity");
    document.text("rule.id", value("id"));
    document.text("rule.name", value("msg"));
    document.text("rule.category", value("tag"));
    document.text("url.path", value("uri"));
    document.text("url.original", value("uri"));
    document.text("url.domain", value("hostname"));
    document.text("log.level", value("severity"));
}
