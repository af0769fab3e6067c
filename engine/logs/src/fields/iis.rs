//! IIS: times are UTC, spaces inside a value are written as `+`.

use super::Row;
use crate::Rejection;
use crate::device::{endpoint, start};
use crate::document::{Document, Related};
use crate::draft::{Draft, TimeSource};
use crate::time::parse_iso;

/// What IIS 8.5 to 10 write unless told otherwise.
pub(super) const COLUMNS: [&str; 15] = [
    "date",
    "time",
    "s-ip",
    "cs-method",
    "cs-uri-stem",
    "cs-uri-query",
    "s-port",
    "cs-username",
    "c-ip",
    "cs(user-agent)",
    "cs(referer)",
    "sc-status",
    "sc-substatus",
    "sc-win32-status",
    "time-taken",
];

pub(super) fn read(line: &str, row: &Row<'_>) -> Result<Document, Rejection> {
    let status = row.get(&["sc-status"]);
    let method = row.get(&["cs-method"]);
    let (date, time) = (row.get(&["date"]), row.get(&["time"]));
    let is_date = crate::time::Cursor::new(date).date("-").is_some();
    if method.is_empty() || status.parse::<u16>().is_err() || !is_date {
        return Err(Rejection::Format);
    }
    let (time_us, _) = parse_iso(&format!("{date}T{time}"), 0).ok_or(Rejection::TimeInvalid)?;
    let draft = Draft::new(line, time_us, TimeSource::Log);
    let mut document = start(&draft, "web.access", "iis");
    let status = status.parse::<u16>().unwrap_or_default();
    let is_failure = status >= 400;
    let kinds: &[&str] = if is_failure {
        &["access", "error"]
    } else {
        &["access"]
    };
    document.categorise(&["web"], kinds);
    document.text("event.action", "http-request");
    document.text(
        "event.outcome",
        if is_failure { "failure" } else { "success" },
    );
    document.number("http.response.status_code", status);
    endpoint(&mut document, "source", row.get(&["c-ip"]), None);
    endpoint(
        &mut document,
        "destination",
        row.get(&["s-ip"]),
        Some(row.get(&["s-port"])),
    );
    address(&mut document, row);
    document.text("http.request.method", method);
    document.text(
        "http.version",
        row.get(&["cs-version"]).trim_start_matches("HTTP/"),
    );
    document.text("user_agent.original", &spaced(row.get(&["cs(user-agent)"])));
    document.text("http.request.referrer", &spaced(row.get(&["cs(referer)"])));
    let user = row.get(&["cs-username"]);
    document.text("user.name", user);
    document.relate(Related::User, user);
    let forwarded = row.get(&["x-forwarded-for", "cs(x-forwarded-for)"]);
    if let Some(address) = forwarded
        .split([',', '+'])
        .next()
        .filter(|text| crate::device::is_address(text))
    {
        document.text("network.forwarded_ip", address);
        document.relate(Related::Ip, address);
    }
    for (field, name) in [
        ("http.response.bytes", "sc-bytes"),
        ("http.request.bytes", "cs-bytes"),
    ] {
        if let Ok(number) = row.get(&[name]).parse::<i64>() {
            document.number(field, number);
        }
    }
    if let Ok(millis) = row.get(&["time-taken"]).parse::<i64>() {
        document.number("event.duration", millis.saturating_mul(1_000_000));
    }
    let substatus = row.get(&["sc-substatus"]);
    if substatus != "0" && !substatus.is_empty() {
        document.text("event.code", &format!("{status}.{substatus}"));
    }
    document.text("host.hostname", row.get(&["s-computername"]));
    Ok(document)
}

fn address(document: &mut Document, row: &Row<'_>) {
    let (path, query) = (row.get(&["cs-uri-stem"]), row.get(&["cs-uri-query"]));
    let whole = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    document.text("url.original", &whole);
    document.text("url.path", path);
    document.text("url.query", query);
    let host = row.get(&["cs-host", "cs(host)"]);
    document.text("url.domain", host.split(':').next().unwrap_or(host));
    let name = path.rsplit('/').next().unwrap_or_default();
    if let Some((_, extension)) = name.rsplit_once('.')
        && extension.len() <= 10
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        document.text("url.extension", extension);
    }
    // What other web servers put there: the request line.
    document.text("message", &format!("{} {whole}", row.get(&["cs-method"])));
}

fn spaced(text: &str) -> String {
    text.replace('+', " ")
}
