//! Asterisk: the security log (`SecurityEvent="InvalidPassword",…,RemoteAddress="IPV4/UDP/192.0.2.1/5060"`; Asterisk documentation,
//! "Asterisk Security Event Framework") and `chan_sip`'s notices. Dataset `host.auth`, protocol SIP.

use super::{Attempt, login};
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line of Asterisk's own file: `[2026-11-10 09:00:00.123] SECURITY[77]: res_security_log.c: SecurityEvent=…`, also `[Nov 10
/// 09:00:00]`.
///
/// # Errors
/// It is not of this form, or its time does not exist or has no year.
pub(crate) fn parse(line: &str, clock: &mut Clock) -> Result<Document, Rejection> {
    let (written, rest) = line
        .strip_prefix('[')
        .and_then(|line| line.split_once("] "))
        .ok_or(Rejection::Format)?;
    let (level, message) = rest.split_once(": ").ok_or(Rejection::Format)?;
    let level = level.split('[').next().unwrap_or(level);
    if !matches!(
        level,
        "SECURITY" | "NOTICE" | "WARNING" | "ERROR" | "VERBOSE" | "DEBUG" | "DTMF"
    ) {
        return Err(Rejection::Format);
    }
    let (time_us, source) = time(written, clock)?;
    let mut draft = Draft::new(line, time_us, source);
    draft.process_name = Some("asterisk".into());
    draft.message = Some(message.into());
    let mut document = read(&draft, message)
        .unwrap_or_else(|| crate::device::start(&draft, "app.asterisk", "asterisk"));
    document.text("log.level", level);
    Ok(document)
}

fn time(written: &str, clock: &mut Clock) -> Result<(i64, TimeSource), Rejection> {
    if let Some((time_us, has_zone)) = crate::time::parse_iso(written, clock.offset_minutes) {
        let source = if has_zone {
            TimeSource::Log
        } else {
            TimeSource::ZoneConfigured
        };
        return Ok((time_us, source));
    }
    let mut cursor = Cursor::new(written);
    let month = cursor.month().ok_or(Rejection::Format)?;
    let (day, second_of_day) = crate::syslog::take_day(&mut cursor).ok_or(Rejection::Format)?;
    let micros = cursor.fraction().ok_or(Rejection::Format)?;
    if !cursor.rest.is_empty() {
        return Err(Rejection::Format);
    }
    let year = clock.infer_year(month).ok_or(Rejection::TimeUnknown)?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day,
        micros,
    };
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    clock.remember(year, month);
    Ok((time_us, TimeSource::YearInferred))
}

/// What the message says, behind whatever header.
pub(crate) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    if let Some(at) = message.find("SecurityEvent=\"") {
        return security_event(draft, message.get(at..)?);
    }
    // `Registration from '"101" <sip:101@192.0.2.5>' failed for '192.0.2.1:5060' - Wrong password`
    let (_, rest) = message.split_once("Registration from '")?;
    let (from, rest) = rest.rsplit_once("' failed for '")?;
    let (client, reason) = rest.split_once("' - ")?;
    let user = from.rsplit_once("sip:").map_or(from, |(_, address)| {
        address.split('@').next().unwrap_or(address)
    });
    let (host, port) = match client.rsplit_once(':') {
        Some((host, port)) if host.parse::<std::net::IpAddr>().is_ok() => (host, Some(port)),
        _ => (client, None),
    };
    Some(attempt(draft, user, host, port, false, reason))
}

fn security_event(draft: &Draft<'_>, text: &str) -> Option<Document> {
    let value = |name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let event = value("SecurityEvent")?;
    let is_success = match event {
        "SuccessfulAuth" => true,
        "InvalidPassword"
        | "InvalidAccountID"
        | "ChallengeResponseFailed"
        | "FailedACL"
        | "AuthMethodNotAllowed" => false,
        _ => return None,
    };
    // `IPV4/UDP/192.0.2.1/5060`
    let mut remote = value("RemoteAddress")?.rsplitn(2, '/');
    let (port, rest) = (remote.next()?, remote.next()?);
    let host = rest.splitn(3, '/').nth(2)?;
    let user = value("AccountID").unwrap_or_default();
    let reason = if is_success { "" } else { event };
    Some(attempt(draft, user, host, Some(port), is_success, reason))
}

fn attempt(
    draft: &Draft<'_>,
    user: &str,
    host: &str,
    port: Option<&str>,
    is_success: bool,
    reason: &str,
) -> Document {
    login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "asterisk",
            protocol: "sip",
            user,
            host,
            port,
            is_success,
            reason,
        },
    )
}
