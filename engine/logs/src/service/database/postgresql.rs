//! `PostgreSQL`: the lines of `log_destination = stderr` and `csvlog` (documentation, section 20.8). `log_line_prefix` is the
//! administrator's own, so of a prefix only what can be told is taken: the time it begins with (or an address before it), an address,
//! `user@database`.

use super::other;
use crate::csv;
use crate::document::{Document, is_said};
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// Levels of the server log (table 20.2).
const LEVELS: [&str; 13] = [
    "LOG",
    "FATAL",
    "ERROR",
    "WARNING",
    "NOTICE",
    "INFO",
    "PANIC",
    "DETAIL",
    "HINT",
    "STATEMENT",
    "CONTEXT",
    "QUERY",
    "DEBUG1",
];
/// How far into a line its level may stand.
const MAX_PREFIX: usize = 512;

/// A line of either form.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let (before, civil, zone, rest) = split_time(line).ok_or(Rejection::Format)?;
    let is_csv = before.is_empty() && rest.starts_with(',');
    let values = if is_csv { csv::split(line) } else { Vec::new() };
    let at = |place: usize| values.get(place).map_or("", |value| value.as_ref());
    let split = if is_csv {
        None
    } else {
        Some(split_level(rest).ok_or(Rejection::Format)?)
    };
    // 26 columns since version 14, 23 before 13.
    if is_csv && (values.len() < 23 || !LEVELS.contains(&at(11))) {
        return Err(Rejection::Format);
    }
    let time_us = civil
        .at_offset(zone.unwrap_or(clock.offset_minutes))
        .ok_or(Rejection::TimeInvalid)?;
    let source = if zone.is_some() {
        TimeSource::Log
    } else {
        TimeSource::ZoneConfigured
    };
    let mut draft = Draft::new(line, time_us, source);
    let (prefix, level, message) = split.unwrap_or(("", at(11), at(13)));
    draft.message = Some(message.into());
    let (host, port) = if is_csv {
        split_port(at(4))
    } else {
        address(prefix)
            .or_else(|| address(before))
            .unwrap_or_default()
    };
    let mut document =
        log_in(&draft, message, host, port).unwrap_or_else(|| other(&draft, "postgresql", level));
    document.text("log.level", level);
    if is_csv {
        document.text("event.code", at(12));
        if !document.has("user.name") {
            document.text("user.name", at(1));
        }
        if let Ok(pid) = at(3).parse::<i64>() {
            document.number("process.pid", pid);
        }
    }
    Ok(document)
}

/// The same through syslog: `[3-1] … FATAL:  password authentication failed for user "x"`.
pub(crate) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (prefix, level, text) = split_level(message)?;
    let (host, port) = address(prefix).unwrap_or_default();
    let mut document = log_in(draft, text, host, port)?;
    document.text("log.level", level);
    Some(document)
}

/// Up to the time (empty, or an address), the time, its zone, what follows.
fn split_time(line: &str) -> Option<(&str, Civil, Option<i32>, &str)> {
    let (before, text) = match line.split_once(' ') {
        Some((host, rest)) if host.parse::<std::net::IpAddr>().is_ok() => (host, rest),
        _ => ("", line),
    };
    let mut cursor = Cursor::new(text);
    let (year, month, day) = cursor.date("-")?;
    cursor.take(" ")?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day: cursor.clock()?,
        micros: cursor.fraction()?,
    };
    let zone = if cursor.take(" UTC").is_some() || cursor.take(" GMT").is_some() {
        Some(0)
    } else {
        // `+07` is how the server writes a zone that has no letters; other letters are those of the configured zone.
        let mut signed = Cursor::new(cursor.rest.strip_prefix(' ')?);
        let has_sign = signed.rest.starts_with(['+', '-']);
        if has_sign {
            let is_behind = signed.rest.starts_with('-');
            signed.rest = signed.rest.get(1..)?;
            let hours = i32::try_from(signed.digits(2)?).ok()?;
            cursor.rest = signed.rest;
            (hours < 24).then_some(if is_behind { -hours * 60 } else { hours * 60 })
        } else {
            let letters = signed
                .rest
                .bytes()
                .take_while(u8::is_ascii_uppercase)
                .count();
            cursor.rest = signed.rest.get(letters..)?;
            None
        }
    };
    Some((before, civil, zone, cursor.rest))
}

/// Prefix, level and text: the first level that is followed by a colon and two spaces.
fn split_level(text: &str) -> Option<(&str, &str, &str)> {
    let mut end = text.len().min(MAX_PREFIX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut from = 0;
    let head = text.get(..end)?;
    while let Some(at) = head.get(from..)?.find(":  ") {
        let colon = from + at;
        let word = head.get(..colon)?;
        let start = word
            .rfind(|character: char| !character.is_ascii_alphanumeric())
            .map_or(0, |at| at + 1);
        let level = word.get(start..)?;
        if LEVELS.contains(&level) || level.starts_with("DEBUG") {
            return Some((word.get(..start)?, level, text.get(colon + 3..)?));
        }
        from = colon + 3;
    }
    None
}

/// The first address of a prefix, with its port: `192.0.2.1`, `192.0.2.1(5432)`, `:192.0.2.1(5432):`.
fn address(prefix: &str) -> Option<(&str, Option<&str>)> {
    prefix
        .split([' ', '[', ']', ',', '=', '@'])
        .flat_map(|word| {
            [
                word.trim_matches(':'),
                word.split(':')
                    .find(|part| part.contains('.'))
                    .unwrap_or_default(),
            ]
        })
        .map(split_port)
        .find(|(host, _)| host.parse::<std::net::IpAddr>().is_ok())
}

/// `host(port)` or `host:port` (csvlog), and a host alone.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some((host, port)) = text.split_once('(') {
        return (host, port.split(')').next());
    }
    match text.rsplit_once(':') {
        Some((host, port)) if host.parse::<std::net::IpAddr>().is_ok() => (host, Some(port)),
        _ => (text, None),
    }
}

/// `password authentication failed for user "x"`, `no pg_hba.conf entry for host "192.0.2.1", user "x", …`, `connection authorized:
/// user=x database=y …`.
fn log_in(draft: &Draft<'_>, text: &str, host: &str, port: Option<&str>) -> Option<Document> {
    let attempt = |user, host, is_success, reason| Attempt {
        dataset: "db.audit",
        module: "postgresql",
        protocol: "postgresql",
        user,
        host,
        port,
        is_success,
        reason,
    };
    if let Some((method, rest)) = text.split_once(" authentication failed for user \"")
        && !method.contains('"')
    {
        let user = rest.rsplit_once('"').map_or(rest, |(user, _)| user);
        return Some(login(
            draft,
            &attempt(user, host, false, "authentication failed"),
        ));
    }
    if let Some(rest) = text.strip_prefix("role \"")
        && let Some(user) = rest.trim_end().strip_suffix("\" does not exist")
    {
        return Some(login(
            draft,
            &attempt(user, host, false, "role does not exist"),
        ));
    }
    if let Some(rest) = text
        .strip_prefix("no pg_hba.conf entry for host \"")
        .or_else(|| text.strip_prefix("pg_hba.conf rejects connection for host \""))
    {
        let (client, rest) = rest.split_once('"')?;
        let user = rest
            .split_once("user \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map_or("", |(user, _)| user);
        return Some(login(
            draft,
            &attempt(user, client, false, "no pg_hba.conf entry"),
        ));
    }
    let rest = text.strip_prefix("connection authorized: user=")?;
    let user = rest.split(' ').next().filter(|user| is_said(user))?;
    Some(login(draft, &attempt(user, host, true, "")))
}
