//! The header of a syslog line: RFC 5424, RFC 3164 with and without priority, and RFC 3339 times as rsyslog writes them.

use std::borrow::Cow;

use crate::draft::{Draft, Structured, SyslogHeader, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// Most elements, and most parameters over all of them, that are kept of structured data.
const MAX_STRUCTURED: usize = 64;

/// Reads the header and leaves the rest as the message.
///
/// # Errors
/// There is no header, or no time in it.
pub fn parse<'a>(line: &'a str, clock: &mut Clock) -> Result<Draft<'a>, Rejection> {
    let (priority, rest) = take_priority(line);
    if priority.is_some()
        && let Some(rest) = rest.strip_prefix("1 ")
    {
        return parse_5424(line, rest, priority, clock);
    }
    let (time_us, time_source, rest) = take_time(rest, clock)?;
    let mut draft = Draft::new(line, time_us, time_source);
    draft.syslog.priority = priority;
    let message = take_origin(rest.trim_start_matches(' '), &mut draft.syslog);
    finish(&mut draft, message);
    Ok(draft)
}

fn finish<'a>(draft: &mut Draft<'a>, message: &'a str) {
    let header = &draft.syslog;
    draft.hostname = header.hostname.map(Cow::Borrowed);
    draft.process_name = header.appname.map(|name| Cow::Borrowed(program(name)));
    draft.process_pid = header.procid.and_then(|pid| pid.parse().ok());
    draft.message = Some(Cow::Borrowed(message));
}

/// `su(pam_unix)`, `auth-worker(304)` and `auth(user,…)` are programs with a remark.
fn program(appname: &str) -> &str {
    appname.split('(').next().unwrap_or(appname)
}

/// `<34>`: 0 to 191, no leading zero (RFC 5424, section 6.2.1).
pub(crate) fn take_priority(line: &str) -> (Option<u8>, &str) {
    let parsed = line.strip_prefix('<').and_then(|rest| {
        let (digits, rest) = rest
            .split_once('>')
            .filter(|(digits, _)| digits.len() <= 3)?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let priority = digits
            .parse::<u8>()
            .ok()
            .filter(|priority| *priority < 192 && is_number)?;
        Some((priority, rest))
    });
    match parsed {
        Some((priority, rest)) => (Some(priority), rest),
        None => (None, line),
    }
}

fn take_time<'a>(
    text: &'a str,
    clock: &mut Clock,
) -> Result<(i64, TimeSource, &'a str), Rejection> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return take_full_time(text, clock);
    }
    let mut cursor = Cursor::new(text);
    let month = cursor.month().ok_or(Rejection::Format)?;
    let (day, second_of_day) = take_day(&mut cursor).ok_or(Rejection::Format)?;
    // Some devices add the year or a fraction behind the clock.
    let micros = cursor.fraction().ok_or(Rejection::Format)?;
    if !cursor.rest.is_empty() && !cursor.rest.starts_with([' ', ':']) {
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
    let time = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    clock.remember(year, month);
    Ok((
        time,
        TimeSource::YearInferred,
        cursor.rest.strip_prefix(':').unwrap_or(cursor.rest),
    ))
}

pub(crate) fn take_day(cursor: &mut Cursor<'_>) -> Option<(u32, u32)> {
    cursor.take(" ")?;
    let _ = cursor.take(" ");
    let day = if cursor
        .rest
        .as_bytes()
        .get(1)
        .is_some_and(u8::is_ascii_digit)
    {
        cursor.digits(2)?
    } else {
        cursor.digits(1)?
    };
    cursor.take(" ")?;
    Some((day, cursor.clock()?))
}

/// `2026-11-10T02:00:00.123456+07:00`, also with a space between and without a zone.
fn take_full_time<'a>(
    text: &'a str,
    clock: &Clock,
) -> Result<(i64, TimeSource, &'a str), Rejection> {
    let mut cursor = Cursor::new(text);
    let civil = take_civil(&mut cursor).ok_or(Rejection::Format)?;
    let zone = cursor.zone();
    // Proxmox' backup server writes a colon behind the time.
    if !cursor.rest.is_empty() && !cursor.rest.starts_with(' ') && !cursor.rest.starts_with(": ") {
        return Err(Rejection::Format);
    }
    let time = civil
        .at_offset(zone.unwrap_or(clock.offset_minutes))
        .ok_or(Rejection::TimeInvalid)?;
    let source = if zone.is_some() {
        TimeSource::Log
    } else {
        TimeSource::ZoneConfigured
    };
    Ok((time, source, cursor.rest.trim_start_matches(':')))
}

fn take_civil(cursor: &mut Cursor<'_>) -> Option<Civil> {
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take("-")?;
    let month = cursor.digits(2)?;
    cursor.take("-")?;
    let day = cursor.digits(2)?;
    cursor.take("T").or_else(|| cursor.take(" "))?;
    let second_of_day = cursor.clock()?;
    Some(Civil {
        year,
        month,
        day,
        second_of_day,
        micros: cursor.fraction()?,
    })
}

/// Host and tag; a first word that ends like a tag is one, and then no host was written.
fn take_origin<'a>(text: &'a str, header: &mut SyslogHeader<'a>) -> &'a str {
    if let Some(rest) = take_tag(text, header) {
        return rest;
    }
    let (host, rest) = text.split_once(' ').unwrap_or((text, ""));
    header.hostname = Some(host).filter(|host| !host.is_empty() && *host != "-");
    let rest = rest.trim_start_matches(' ');
    take_tag(rest, header).unwrap_or(rest)
}

/// `sshd[123]: `, `postfix/smtpd[1]: `, `auth(user,::1,sasl:login)<id>: `, `[sshd] `; `None` when there is no tag.
fn take_tag<'a>(text: &'a str, header: &mut SyslogHeader<'a>) -> Option<&'a str> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    if let Some((name, _)) = word
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        header.appname = Some(name).filter(|name| !name.is_empty());
        return Some(rest);
    }
    // ProFTPD's own file names program and process like a tag, without the colon.
    let is_bare = word.ends_with(']')
        && word.split_once('[').is_some_and(|(name, process)| {
            !name.is_empty()
                && process
                    .trim_end_matches(']')
                    .bytes()
                    .all(|byte| byte.is_ascii_digit())
        });
    let tag = if is_bare {
        word
    } else {
        word.strip_suffix(':')?
    };
    let (name, procid) = match tag.strip_suffix(']').and_then(|tag| tag.rsplit_once('[')) {
        Some((name, procid)) => (name, Some(procid)),
        None => (tag, None),
    };
    if name.is_empty() || name.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    header.appname = Some(name);
    header.procid = procid.filter(|procid| !procid.is_empty());
    Some(rest.trim_start_matches(' '))
}

/// Everything behind `<PRI>1 ` (RFC 5424, section 6).
fn parse_5424<'a>(
    line: &'a str,
    text: &'a str,
    priority: Option<u8>,
    clock: &Clock,
) -> Result<Draft<'a>, Rejection> {
    let mut rest = text;
    let mut word = || -> Option<&'a str> {
        let (word, after) = rest.split_once(' ')?;
        rest = after;
        Some(word)
    };
    let mut next = || word().ok_or(Rejection::Format);
    let (timestamp, hostname, appname, procid, msgid) =
        (next()?, next()?, next()?, next()?, next()?);
    if timestamp == "-" {
        return Err(Rejection::TimeUnknown);
    }
    let (time_us, time_source, after) = take_full_time(timestamp, clock)?;
    if !after.is_empty() {
        return Err(Rejection::Format);
    }
    let known = |word: &'a str| Some(word).filter(|word| *word != "-" && !word.is_empty());
    let (structured, message) = take_structured(rest).ok_or(Rejection::Format)?;
    let mut draft = Draft::new(line, time_us, time_source);
    draft.syslog = SyslogHeader {
        priority,
        version: Some("1"),
        hostname: known(hostname),
        appname: known(appname),
        procid: known(procid),
        msgid: known(msgid),
        structured,
    };
    finish(
        &mut draft,
        message.strip_prefix('\u{FEFF}').unwrap_or(message),
    );
    Ok(draft)
}

/// `-` or `[id name="value" …]…`; in a value `"`, `\` and `]` are escaped (section 6.3.3).
fn take_structured(text: &str) -> Option<(Structured<'_>, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some((
            Structured::default(),
            rest.strip_prefix(' ').unwrap_or(rest),
        ));
    }
    let mut elements: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    let mut rest = text;
    let (mut kept, mut is_cut) = (0, false);
    while let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find([' ', ']'])?;
        let (id, mut inner) = inner.split_at(end);
        let mut parameters = Vec::new();
        while let Some(parameter) = inner.strip_prefix(' ') {
            let (name, value) = parameter.split_once("=\"")?;
            let (value, after) = take_value(value)?;
            if kept < MAX_STRUCTURED && !parameters.iter().any(|(known, _)| *known == name) {
                parameters.push((name, value));
                kept += 1;
            } else {
                is_cut = true;
            }
            inner = after;
        }
        rest = inner.strip_prefix(']')?;
        if elements.len() < MAX_STRUCTURED && !elements.iter().any(|(known, _)| *known == id) {
            elements.push((id, parameters));
        } else {
            is_cut = true;
        }
    }
    let message = rest.strip_prefix(' ').unwrap_or(rest);
    (!elements.is_empty()).then_some((Structured { elements, is_cut }, message))
}

fn take_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\' | ']') => value.push(escaped),
                other => {
                    value.push('\\');
                    value.push(other);
                }
            },
            plain => value.push(plain),
        }
    }
}
