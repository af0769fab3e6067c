//! Huawei's firewalls (USG6000, `HiSecEngine`; "Log Reference"): `TIME HOST %%01MODULE/LEVEL/MNEMONIC(l):TEXT`. Policy verdicts and
//! sessions are `net.firewall`, log-ins `host.auth`, all else `app.huawei`.

use super::{endpoint, start, transport, verdict};
use crate::document::{Document, Related, is_said};
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// Most pairs that are kept.
const MAX_PAIRS: usize = 128;

/// A line with the device's own header: `2018-10-05 10:52:13 HOST %%01…`, `2018/10/05 …`, `Oct  5 2018 10:52:19 HOST %%01…`.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let mark = Mark::find(line).ok_or(Rejection::Format)?;
    let (_, header) = crate::syslog::take_priority(mark.before);
    let (civil, zone, rest) = time(header).ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(zone.unwrap_or(clock.offset_minutes))
        .ok_or(Rejection::TimeInvalid)?;
    let source = if zone.is_some() {
        TimeSource::Log
    } else {
        TimeSource::ZoneConfigured
    };
    let mut draft = Draft::new(line, time_us, source);
    let host = rest.trim();
    draft.hostname = (!host.is_empty() && !host.contains(' ')).then_some(host.into());
    Ok(document(&draft, &mark))
}

/// The same behind a header of syslog.
pub(super) fn read(draft: &Draft<'_>) -> Option<Document> {
    Some(document(draft, &Mark::find(draft.original)?))
}

/// `%%01MODULE/LEVEL/MNEMONIC(l)[SEQUENCE]:TEXT`
struct Mark<'a> {
    before: &'a str,
    module: &'a str,
    level: &'a str,
    mnemonic: &'a str,
    text: &'a str,
}

impl<'a> Mark<'a> {
    fn find(line: &'a str) -> Option<Self> {
        let (before, rest) = line.split_once("%%")?;
        let (version, rest) = rest.split_at_checked(2)?;
        if !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (head, text) = rest.split_once(':')?;
        let mut parts = head.splitn(3, '/');
        let (module, level, mnemonic) = (parts.next()?, parts.next()?, parts.next()?);
        let (mnemonic, kind) = mnemonic.split_once('(')?;
        let is_word = |word: &str| {
            !word.is_empty()
                && word.len() <= 64
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let is_whole = is_word(module) && is_word(mnemonic) && level.len() == 1 && kind.len() <= 16;
        is_whole.then_some(Self {
            before,
            module,
            level,
            mnemonic,
            text: text.trim_start(),
        })
    }
}

fn time(text: &str) -> Option<(Civil, Option<i32>, &str)> {
    let mut cursor = Cursor::new(text.trim_start());
    let (year, month, day);
    if cursor
        .rest
        .starts_with(|first: char| first.is_ascii_digit())
    {
        let separator = cursor.rest.get(4..5)?;
        (year, month, day) = cursor.date(separator)?;
    } else {
        month = cursor.month()?;
        cursor.rest = cursor.rest.trim_start();
        let digits = cursor.rest.bytes().take_while(u8::is_ascii_digit).count();
        day = cursor.digits(digits.clamp(1, 2))?;
        cursor.take(" ")?;
        year = i32::try_from(cursor.digits(4)?).ok()?;
    }
    cursor.take(" ").or_else(|| cursor.take("T"))?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day: cursor.clock()?,
        micros: cursor.fraction()?,
    };
    let zone = cursor.zone();
    Some((civil, zone, cursor.rest))
}

fn document(draft: &Draft<'_>, mark: &Mark<'_>) -> Document {
    let pairs = pairs(mark.text);
    let value = |names: &[&str]| {
        pairs
            .iter()
            .find(|(name, value)| {
                names.iter().any(|known| known.eq_ignore_ascii_case(name)) && is_said(value)
            })
            .map_or("", |(_, value)| *value)
    };
    let source = value(&["SourceIP", "source-ip", "SrcIp", "SrcIP"]);
    let destination = value(&["DestinationIP", "destination-ip", "DstIp", "DstIP"]);
    let mut draft = draft.clone();
    draft.message = Some(mark.text.into());
    let mut document = if let Some(document) = log_in(&draft, mark, &value) {
        document
    } else if !source.is_empty() && !destination.is_empty() {
        let mut document = start(&draft, "net.firewall", "huawei");
        verdict(&mut document, action(mark, value(&["Action"])));
        endpoint(
            &mut document,
            "source",
            source,
            Some(value(&["SourcePort", "source-port", "SrcPort"])),
        );
        endpoint(
            &mut document,
            "destination",
            destination,
            Some(value(&["DestinationPort", "destination-port", "DstPort"])),
        );
        let protocol = value(&["Protocol"]);
        if !protocol.is_empty() {
            transport(&mut document, protocol);
        }
        document.text(
            "rule.name",
            value(&["PolicyName", "rule-name", "Policy"]).trim_end_matches('.'),
        );
        let user = value(&["User"]);
        if !user.eq_ignore_ascii_case("unknown") {
            document.text("user.name", user);
            document.relate(Related::User, user);
        }
        for (field, name) in [
            ("source.bytes", "SendBytes"),
            ("destination.bytes", "RcvBytes"),
            ("source.packets", "SendPkts"),
            ("destination.packets", "RcvPkts"),
        ] {
            if let Ok(number) = value(&[name]).parse::<i64>() {
                document.number(field, number);
            }
        }
        document
    } else {
        let mut document = start(&draft, "app.huawei", "huawei");
        document.categorise(&["host"], &["info"]);
        document
    };
    document.text("event.provider", mark.module);
    document.text("event.code", mark.mnemonic);
    document.text("log.level", mark.level);
    document
}

fn action<'a>(mark: &Mark<'_>, stated: &str) -> &'a str {
    let word = format!("{} {stated}", mark.mnemonic).to_ascii_uppercase();
    if ["DENY", "BLOCK", "DISCARD", "DROP", "REJECT", "FILTER"]
        .iter()
        .any(|denied| word.contains(denied))
    {
        "deny"
    } else {
        "allow"
    }
}

/// `SSH/4/SSH_FAIL(l):Failed to login through SSH. (Ip=192.0.2.1, UserName=admin, Times=1)`, `WEB/4/WEB_LOGIN_FAIL…`,
/// `HTTPD/4/FAIL…(UserName=…, IPAddress=…)`, `LINE/5/…LOGINFAIL`.
fn log_in<'v>(
    draft: &Draft<'_>,
    mark: &Mark<'_>,
    value: &impl Fn(&[&str]) -> &'v str,
) -> Option<Document> {
    let word = mark.mnemonic.to_ascii_uppercase();
    let speaks = word.contains("LOGIN")
        || mark.module == "SSH"
        || word.contains("AUTH_FAIL") && mark.module != "BGP";
    let host = value(&["Ip", "IpAddress", "IP", "SourceIp", "ClientIP"]);
    let user = value(&["UserName", "User", "user-name"]);
    let is_failure = word.contains("FAIL");
    let is_success = word.contains("SUCC") || word == "LOGIN" || word == "LOGINSUC";
    if !speaks || host.is_empty() || !(is_failure || is_success) {
        return None;
    }
    Some(login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "huawei",
            protocol: if mark.module == "SSH" { "ssh" } else { "" },
            user,
            host,
            port: None,
            is_success: !is_failure,
            reason: value(&["Reason", "FailedReason"]),
        },
    ))
}

/// `name=value, name="value"`, in brackets or bare; a value without quotes ends at a comma.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < MAX_PAIRS
        && let Some((name, after)) = rest.split_once('=')
    {
        let name = name.rsplit([' ', ',', '(', ';']).next().unwrap_or(name);
        let (value, after) = match after.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => after.split_once([',', ')', ';']).unwrap_or((after, "")),
        };
        found.push((name, value.trim().trim_end_matches('.')));
        rest = after;
    }
    found
}
