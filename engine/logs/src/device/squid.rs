//! Squid's native access log (Squid, "Log Formats", `squid`): `TIME DURATION CLIENT CODE/STATUS BYTES METHOD URL USER
//! HIERARCHY/PEER TYPE`, dataset `web.proxy`.

use super::{endpoint, start};
use crate::Rejection;
use crate::document::{Document, is_said};
use crate::draft::{Draft, TimeSource};

/// A line of the file.
///
/// # Errors
/// It is not of this form.
pub(crate) fn parse(line: &str) -> Result<Document, Rejection> {
    let time_us = line
        .split(' ')
        .next()
        .and_then(time)
        .ok_or(Rejection::Format)?;
    let draft = Draft::new(line, time_us, TimeSource::Log);
    read(&draft, line).ok_or(Rejection::Format)
}

/// The same behind a syslog header.
pub(super) fn read(draft: &Draft<'_>, text: &str) -> Option<Document> {
    let mut words = text.split_ascii_whitespace();
    let time_us = time(words.next()?)?;
    let duration = words.next()?.parse::<i64>().ok()?;
    let client = words.next()?;
    let (code, status) = words.next()?.split_once('/')?;
    let status = status.parse::<u16>().ok().filter(|_| status.len() == 3)?;
    let bytes = words.next()?.parse::<i64>().ok()?;
    let (method, url) = (words.next()?, words.next()?);
    let (user, hierarchy) = (words.next()?, words.next()?);
    let mut draft = draft.clone();
    draft.time_us = time_us;
    draft.time_source = TimeSource::Log;
    let mut document = start(&draft, "web.proxy", "squid");
    let is_denied = code.contains("DENIED") || matches!(status, 403 | 407);
    let kinds: &[&str] = if is_denied {
        &["access", "denied"]
    } else {
        &["access"]
    };
    document.categorise(&["web", "network"], kinds);
    document.text("event.action", "http-request");
    document.text("event.code", code);
    let is_failure = is_denied || status >= 400;
    document.text(
        "event.outcome",
        if is_failure { "failure" } else { "success" },
    );
    document.number("event.duration", duration.saturating_mul(1_000_000));
    endpoint(&mut document, "source", client, None);
    if let Some((_, peer)) = hierarchy.split_once('/')
        && is_said(peer)
    {
        endpoint(&mut document, "destination", peer, None);
    }
    document.text("http.request.method", method);
    if status != 0 {
        document.number("http.response.status_code", status);
    }
    document.number("http.response.bytes", bytes);
    document.text("http.response.mime_type", words.next().unwrap_or_default());
    document.text("user.name", user);
    document.relate(crate::document::Related::User, user);
    address(&mut document, method, url);
    Some(document)
}

/// `SECONDS.MILLIS`
fn time(text: &str) -> Option<i64> {
    let (seconds, millis) = text.split_once('.')?;
    let millis = millis.parse::<i64>().ok().filter(|_| millis.len() == 3)?;
    let time_us = seconds
        .parse::<i64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(millis * 1_000)?;
    (0..=253_402_300_799_999_999)
        .contains(&time_us)
        .then_some(time_us)
}

fn address(document: &mut Document, method: &str, url: &str) {
    document.text("url.original", url);
    // RFC 9110, section 9.3.6: CONNECT names a host and port only.
    if method == "CONNECT" {
        let (host, port) = url.rsplit_once(':').unwrap_or((url, ""));
        document.text("url.domain", host.trim_matches(['[', ']']));
        if let Ok(port) = port.parse::<u16>() {
            document.number("url.port", port);
        }
        return;
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return;
    };
    document.text("url.full", url);
    document.text("url.scheme", scheme);
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(at);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (authority, ""),
    };
    document.text("url.domain", host.trim_matches(['[', ']']));
    if let Ok(port) = port.parse::<u16>() {
        document.number("url.port", port);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    document.text("url.path", path);
    document.text("url.query", query);
    let name = path.rsplit('/').next().unwrap_or_default();
    if let Some((_, extension)) = name.rsplit_once('.')
        && extension.len() <= 10
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        document.text("url.extension", extension);
    }
}
