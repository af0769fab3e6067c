//! nginx: the combined access log (`web.access`) and the error log (`web.error`).

use std::borrow::Cow;

use crate::draft::{Draft, Endpoint, Text, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// Reads `IP - USER [TIME] "REQUEST" STATUS BYTES "REFERRER" "AGENT"`, also without the last two.
///
/// # Errors
/// The line is not of this form, or its time does not exist.
pub fn parse_access(line: &str) -> Result<Draft<'_>, Rejection> {
    // nginx escapes quotes in every variable, so the first quote opens the request; a user name may hold brackets.
    let (prefix, rest) = line.split_once('"').ok_or(Rejection::Format)?;
    let (names, time) = prefix
        .strip_suffix("] ")
        .and_then(|prefix| prefix.rsplit_once(" ["))
        .ok_or(Rejection::Format)?;
    let (host, user) = names.split_once(" - ").ok_or(Rejection::Format)?;
    // Apache's `vhost_combined` and like formats name the site before the client.
    let (site, host) = match host.split_once(' ') {
        Some((site, host)) => (Some(site), host),
        None => (None, host),
    };
    let time_us = access_time(time)?;
    let mut draft = Draft::new(line, time_us, TimeSource::Log);
    if host.is_empty() || host.contains(' ') {
        return Err(Rejection::Format);
    }
    draft.dataset = "web.access";
    draft.module = "nginx";
    draft.category = &["web"];
    draft.source = Endpoint::new(host, None);
    draft.url_domain =
        site.map(|site| Cow::Borrowed(site.split_once(':').map_or(site, |(site, _)| site)));
    draft.user = present(user);
    draft.action = Some("http-request");
    let (request, rest) = quoted_end(rest).ok_or(Rejection::Format)?;
    let mut words = rest.trim_start().splitn(3, ' ');
    let status = words
        .next()
        .filter(|status| status.len() == 3)
        .and_then(|status| status.parse::<u16>().ok());
    let status = status.ok_or(Rejection::Format)?;
    draft.http_status = Some(status);
    draft.http_bytes = words.next().and_then(|bytes| bytes.parse().ok());
    read_request(&mut draft, unescape(request));
    let mut rest = words.next().unwrap_or_default();
    let mut next_quoted = || {
        let (value, after) = quoted_end(rest.trim_start().strip_prefix('"')?)?;
        rest = after;
        present(value)
    };
    draft.http_referrer = next_quoted();
    draft.user_agent = next_quoted();
    let is_failure = status >= 400;
    draft.outcome = Some(if is_failure { "failure" } else { "success" });
    draft.kind_types = if is_failure {
        &["access", "error"]
    } else {
        &["access"]
    };
    Ok(draft)
}

/// `-` is nothing.
fn present(value: &str) -> Option<Text<'_>> {
    (!value.is_empty() && value != "-").then(|| unescape(value))
}

/// The text up to the closing quote, and what follows; a backslash protects the next character (Apache's way).
fn quoted_end(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let at = text.bytes().position(|byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// `23/Nov/2026:11:40:14 +0700`.
fn access_time(text: &str) -> Result<i64, Rejection> {
    let mut cursor = Cursor::new(text);
    let mut read = || {
        let day = cursor.digits(2)?;
        cursor.take("/")?;
        let month = cursor.month()?;
        cursor.take("/")?;
        let year = i32::try_from(cursor.digits(4)?).ok()?;
        cursor.take(":")?;
        let second_of_day = cursor.clock()?;
        cursor.take(" ")?;
        let zone = cursor.zone()?;
        cursor.rest.is_empty().then_some((
            Civil {
                year,
                month,
                day,
                second_of_day,
                micros: 0,
            },
            zone,
        ))
    };
    let (civil, zone) = read().ok_or(Rejection::Format)?;
    civil.at_offset(zone).ok_or(Rejection::TimeInvalid)
}

/// `METHOD TARGET HTTP/1.1`; anything else is kept as the message only.
pub(crate) fn read_request<'a>(draft: &mut Draft<'a>, request: Text<'a>) {
    let parts = split_request(&request).map(|(method, target, version)| {
        (method.to_owned(), target.to_owned(), version.to_owned())
    });
    draft.message = Some(request).filter(|request| !request.is_empty());
    let Some((method, target, version)) = parts else {
        return;
    };
    draft.http_method = Some(Cow::Owned(method));
    draft.http_version = (!version.is_empty()).then_some(Cow::Owned(version));
    // The absolute form names the host before the path (RFC 9112, section 3.2.2).
    let path = match target.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            let at = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(at);
            draft.url_domain = (!host.is_empty()).then(|| Cow::Owned(host.to_owned()));
            path
        }
        _ => target.as_str(),
    };
    if path.starts_with('/') {
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        let name = path.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let is_extension = |extension: &&str| {
            extension.len() <= 10 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        draft.url_extension = extension
            .filter(is_extension)
            .map(|extension| Cow::Owned(extension.to_owned()));
        draft.url_path = Some(Cow::Owned(path.to_owned()));
        draft.url_query = query.map(|query| Cow::Owned(query.to_owned()));
    }
    draft.url_original = Some(Cow::Owned(target));
}

fn split_request(request: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = request.split_once(' ')?;
    let is_method = !method.is_empty()
        && method.len() <= 32
        && method
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-');
    let (target, version) = rest.rsplit_once(" HTTP/").unwrap_or((rest, ""));
    (is_method && !target.is_empty()).then_some((method, target, version))
}

/// Turns `\xNN` (nginx) and `\"`, `\\` (Apache) back into what was sent; bytes that are no UTF-8 stay `\xNN`.
fn unescape(text: &str) -> Text<'_> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let hex = escape
            .strip_prefix('x')
            .and_then(|hex| hex.get(..2))
            .filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = escape.get(3..).unwrap_or_default();
        } else if escape.starts_with(['"', '\\']) {
            bytes.extend_from_slice(escape.as_bytes().get(..1).unwrap_or_default());
            rest = escape.get(1..).unwrap_or_default();
        } else {
            bytes.push(b'\\');
            rest = escape;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Cow::Owned(crate::text::readable(&bytes).into_owned())
}

/// Reads `2026/11/23 11:41:08 [warn] 1204#1204: *105 TEXT, client: IP, server: NAME, request: "…", host: "…"`.
///
/// # Errors
/// The line is not of this form, or its time does not exist.
pub fn parse_error<'a>(line: &'a str, clock: &Clock) -> Result<Draft<'a>, Rejection> {
    let (civil, rest) = error_time(line).ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    read_error(&mut draft, rest).ok_or(Rejection::Format)?;
    Ok(draft)
}

fn error_time(line: &str) -> Option<(Civil, &str)> {
    let mut cursor = Cursor::new(line);
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take("/")?;
    let month = cursor.digits(2)?;
    cursor.take("/")?;
    let day = cursor.digits(2)?;
    cursor.take(" ")?;
    let second_of_day = cursor.clock()?;
    cursor.take(" ")?;
    Some((
        Civil {
            year,
            month,
            day,
            second_of_day,
            micros: 0,
        },
        cursor.rest,
    ))
}

/// Reads an error or access line that came through syslog; its own time is not needed.
pub fn read_forwarded<'a>(draft: &mut Draft<'a>, message: &'a str) -> bool {
    let message = message
        .split_once("nginx: ")
        .map_or(message, |(_, rest)| rest);
    if let Some((_, rest)) = error_time(message) {
        return read_error(draft, rest).is_some();
    }
    let Ok(access) = parse_access(message) else {
        return false;
    };
    let original = std::mem::replace(draft, access);
    draft.original = original.original;
    draft.time_us = original.time_us;
    draft.time_source = original.time_source;
    draft.syslog = original.syslog;
    draft.hostname = original.hostname;
    draft.process_name = original.process_name;
    draft.process_pid = original.process_pid;
    true
}

fn read_error<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let (level, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let (process, rest) = rest.split_once(": ")?;
    draft.dataset = "web.error";
    draft.module = "nginx";
    draft.category = &["web"];
    draft.kind_types = &["error"];
    draft.level = Some(Cow::Borrowed(level));
    draft.process_name = Some(Cow::Borrowed("nginx"));
    draft.process_pid = process.split('#').next().and_then(|pid| pid.parse().ok());
    let rest = match rest.strip_prefix('*').and_then(|rest| rest.split_once(' ')) {
        Some((connection, rest)) if connection.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => rest,
    };
    let message = match find_context(rest) {
        Some((message, context)) => {
            apply_context(draft, context);
            message
        }
        None => rest,
    };
    draft.message = Some(Cow::Borrowed(message));
    read_basic_login(draft, message);
    Some(())
}

/// What nginx adds behind the text.
#[derive(Clone, Copy)]
struct Context<'a> {
    client: &'a str,
    request: &'a str,
    host: &'a str,
    referrer: &'a str,
}

/// The first `, client: ` behind which everything reads as nginx writes it; a user name or request may hold a forged one.
fn find_context(text: &str) -> Option<(&str, Context<'_>)> {
    const MARK: &str = ", client: ";
    const MAX_TRIES: usize = 16;
    let mut from = 0;
    for _ in 0..MAX_TRIES {
        let at = from + text.get(from..)?.find(MARK)?;
        if let Some(context) = parse_context(text.get(at + MARK.len()..)?) {
            return Some((text.get(..at)?, context));
        }
        from = at + MARK.len();
    }
    None
}

fn parse_context(text: &str) -> Option<Context<'_>> {
    let (client, rest) = text.split_once(", server: ").unwrap_or((text, ""));
    if client.is_empty() || client.contains([' ', '"']) {
        return None;
    }
    let mut context = Context {
        client,
        request: "",
        host: "",
        referrer: "",
    };
    let (server, rest) = rest.split_once(", ").unwrap_or((rest, ""));
    if server.contains([' ', '"']) {
        return None;
    }
    // From the end, where the values cannot hold quotes, back to the request, which can.
    let (rest, referrer) = split_last(rest, "referrer: \"");
    let (rest, host) = split_last(rest, "host: \"");
    let (rest, _) = split_last(rest, "upstream: \"");
    if host.is_some_and(|host| host.contains(['"', ' ']))
        || referrer.is_some_and(|referrer| referrer.contains('"'))
    {
        return None;
    }
    context.host = host.unwrap_or_default();
    context.referrer = referrer.unwrap_or_default();
    if rest.is_empty() {
        return Some(context);
    }
    context.request = rest.strip_prefix("request: \"")?.strip_suffix('"')?;
    // A second context inside the request would be the true one, if the first stood in a user's name.
    (!context.request.contains("\": was not found in")
        && !context.request.contains("\": password mismatch"))
    .then_some(context)
}

/// Splits `…, NAME: "value"` off the end.
fn split_last<'a>(text: &'a str, mark: &str) -> (&'a str, Option<&'a str>) {
    let split = text.rfind(mark).and_then(|at| {
        let value = text.get(at + mark.len()..)?.strip_suffix('"')?;
        Some((text.get(..at)?.trim_end_matches([' ', ',']), value))
    });
    split.map_or((text, None), |(before, value)| (before, Some(value)))
}

fn apply_context<'a>(draft: &mut Draft<'a>, context: Context<'a>) {
    draft.source = Endpoint::new(context.client, None);
    let message = draft.message.take();
    read_request(draft, Cow::Borrowed(context.request));
    draft.message = message;
    if !context.host.is_empty() {
        draft.url_domain = Some(Cow::Borrowed(context.host));
    }
    draft.http_referrer = present(context.referrer);
}

/// `user "x" was not found in "…"`, `user "x": password mismatch`, `PAM: user 'x' - not authenticated: …`.
fn read_basic_login<'a>(draft: &mut Draft<'a>, message: &'a str) {
    let user = message
        .strip_prefix("user \"")
        .and_then(|rest| {
            let (user, _) = rest
                .rsplit_once("\" was not found in")
                .or_else(|| rest.rsplit_once("\": was not found in"))
                .or_else(|| rest.rsplit_once("\": password mismatch"))?;
            Some(user)
        })
        .or_else(|| {
            message
                .strip_prefix("PAM: user '")
                .and_then(|rest| Some(rest.rsplit_once("' - not authenticated")?.0))
        });
    let Some(user) = user else { return };
    draft.user = present(user);
    draft.category = &["authentication", "web"];
    draft.kind_types = &["start", "error"];
    draft.action = Some("login");
    draft.outcome = Some("failure");
}
