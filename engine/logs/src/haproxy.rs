//! `HAProxy`'s HTTP log (configuration manual, section 8.2.3): `CLIENT:PORT [10/Nov/2026:09:00:00.123] FRONTEND BACKEND/SERVER T/T/T/T/T
//! STATUS BYTES - - ---- c/c/c/c/c q/q "GET / HTTP/1.1"`, dataset `web.access`.

use std::borrow::Cow;

use crate::draft::{Draft, Endpoint, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line without a header of syslog.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse<'a>(line: &'a str, clock: &Clock) -> Result<Draft<'a>, Rejection> {
    let (civil, before, rest) = split(line).ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    fill(&mut draft, before, rest).ok_or(Rejection::Format)?;
    Ok(draft)
}

/// The same behind a header of syslog, whose time stands; whether it was one.
pub(crate) fn read_forwarded<'a>(draft: &mut Draft<'a>, message: &'a str) -> bool {
    let Some((_, before, rest)) = split(message) else {
        return false;
    };
    let mut found = draft.clone();
    if fill(&mut found, before, rest).is_none() {
        return false;
    }
    *draft = found;
    true
}

/// The accept date, what stands before it and behind it.
fn split(line: &str) -> Option<(Civil, &str, &str)> {
    let (before, rest) = line.split_once(" [")?;
    let (date, rest) = rest.split_once("] ")?;
    let mut cursor = Cursor::new(date);
    let day = cursor.digits(2)?;
    cursor.take("/")?;
    let month = cursor.month()?;
    cursor.take("/")?;
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take(":")?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day: cursor.clock()?,
        micros: cursor.fraction()?,
    };
    cursor.rest.is_empty().then_some((civil, before, rest))
}

/// `FRONTEND/BIND: SSL handshake failure` (section 8.2.5): a connection that came to no request.
fn fill_error<'a>(draft: &mut Draft<'a>, host: &'a str, port: &str, rest: &'a str) -> Option<()> {
    let (place, said) = rest.split_once(": ")?;
    if place.contains(' ') || !place.contains('/') {
        return None;
    }
    draft.dataset = "web.error";
    draft.module = "haproxy";
    draft.category = &["web"];
    draft.kind_types = &["error"];
    draft.source = Endpoint::new(host, port.parse().ok());
    draft.outcome = Some("failure");
    draft.reason = Some(Cow::Borrowed(said));
    Some(())
}

fn fill<'a>(draft: &mut Draft<'a>, client: &'a str, rest: &'a str) -> Option<()> {
    let (host, port) = client.rsplit_once(':')?;
    if client.contains(' ') {
        return None;
    }
    let Some((values, request)) = rest.split_once('"') else {
        return fill_error(draft, host, port, rest);
    };
    let mut words = values.split_ascii_whitespace();
    let (_frontend, backend, _times) = (words.next()?, words.next()?, words.next()?);
    let status = words.next()?;
    // -1: the client left before there was an answer.
    let status = if status == "-1" {
        None
    } else {
        Some(status.parse::<u16>().ok().filter(|_| status.len() == 3)?)
    };
    let bytes = words.next()?;
    draft.dataset = "web.access";
    draft.module = "haproxy";
    draft.category = &["web"];
    draft.action = Some("http-request");
    draft.source = Endpoint::new(host, port.parse().ok());
    draft.destination.domain = backend
        .split_once('/')
        .map(|(_, server)| Cow::Borrowed(server))
        .filter(|server| !server.starts_with('<'));
    draft.http_status = status;
    draft.http_bytes = bytes.trim_start_matches('+').parse().ok();
    let is_failure = status.is_none_or(|status| status >= 400);
    draft.outcome = Some(if is_failure { "failure" } else { "success" });
    draft.kind_types = if is_failure {
        &["access", "error"]
    } else {
        &["access"]
    };
    let request = request
        .rsplit_once('"')
        .map_or(request, |(request, _)| request);
    crate::nginx::read_request(draft, Cow::Borrowed(request));
    Some(())
}
