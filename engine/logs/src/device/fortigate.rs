//! `FortiGate`'s `key=value` lines (Fortinet, "`FortiOS` Log Message Reference"): traffic is `net.firewall`, VPN log-ins are
//! `host.auth`, web filter verdicts `web.proxy`, everything else `app.fortigate` with its own keys.

use std::collections::HashMap;

use super::{endpoint, start, transport, verdict};
use crate::Rejection;
use crate::document::{Document, Related, is_said};
use crate::draft::{Draft, TimeSource};
use crate::time::parse_iso;

/// Most pairs that are kept.
const MAX_PAIRS: usize = 256;

/// A line of a file, or of what was sent without a header.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, offset_minutes: i32) -> Result<Document, Rejection> {
    let pairs = pairs_of(line).ok_or(Rejection::Format)?;
    let (time_us, time_source) = time(&pairs, offset_minutes).ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, time_source);
    draft.message = pairs.get("msg").map(|text| text.as_str().into());
    draft.hostname = pairs.get("devname").map(|name| name.as_str().into());
    Ok(document(&draft, &pairs))
}

/// The same behind a syslog header.
pub(super) fn read(draft: &Draft<'_>) -> Option<Document> {
    let at = draft.original.find("date=")?;
    let pairs = pairs_of(draft.original.get(at..)?)?;
    let mut draft = draft.clone();
    // The device's own time, where it states the zone, is nearer to the event than the header's.
    if let Some((time_us, TimeSource::Log)) = time(&pairs, 0) {
        (draft.time_us, draft.time_source) = (time_us, TimeSource::Log);
    }
    if let Some(name) = pairs.get("devname") {
        draft.hostname = Some(name.clone().into());
    }
    let message = pairs.get("msg").cloned();
    draft.message = message.map(Into::into);
    Some(document(&draft, &pairs))
}

/// Pairs of `key=value` and `key="value"`, in their order.
fn read_pairs(text: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while pairs.len() < MAX_PAIRS
        && let Some((name, after)) = rest.split_once('=')
    {
        let name = name.rsplit(' ').next().unwrap_or(name);
        let (value, after) = match after.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        pairs.push((name, value));
        rest = after.trim_start();
    }
    pairs
}

fn pairs_of(line: &str) -> Option<HashMap<String, String>> {
    let pairs: HashMap<String, String> = read_pairs(line)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    ["date", "time", "type", "subtype"]
        .iter()
        .all(|name| pairs.contains_key(*name))
        .then_some(pairs)
}

fn time(pairs: &HashMap<String, String>, offset_minutes: i32) -> Option<(i64, TimeSource)> {
    // Seconds, or nanoseconds since FortiOS 6.2.
    if let Some(number) = pairs
        .get("eventtime")
        .and_then(|text| text.parse::<i64>().ok())
    {
        let time_us = if number > 100_000_000_000 {
            number / 1_000
        } else {
            number.checked_mul(1_000_000)?
        };
        return (0..=253_402_300_799_999_999)
            .contains(&time_us)
            .then_some((time_us, TimeSource::Log));
    }
    let zone = pairs.get("tz").map_or("", String::as_str);
    let written = format!("{} {}{zone}", pairs.get("date")?, pairs.get("time")?);
    let (time_us, has_zone) = parse_iso(&written, offset_minutes)?;
    Some((
        time_us,
        if has_zone {
            TimeSource::Log
        } else {
            TimeSource::ZoneConfigured
        },
    ))
}

fn document(draft: &Draft<'_>, pairs: &HashMap<String, String>) -> Document {
    let text = |name: &str| pairs.get(name).map_or("", String::as_str);
    let (kind, subtype, action) = (text("type"), text("subtype"), text("action"));
    let is_login = kind == "event"
        && matches!(
            action,
            "ssl-login-fail" | "login" | "tunnel-up" | "tunnel-down" | "ssl-new-con"
        )
        || text("logdesc").to_ascii_lowercase().contains("login");
    let mut document = match (kind, subtype) {
        ("traffic", _) => traffic(draft, action),
        ("utm", "webfilter") => start(draft, "web.proxy", "fortigate"),
        _ if is_login => login(draft, action, text("status")),
        _ => own(draft, pairs),
    };
    common(&mut document, pairs);
    document
}

fn own(draft: &Draft<'_>, pairs: &HashMap<String, String>) -> Document {
    let mut document = start(draft, "app.fortigate", "fortigate");
    document.categorise(&["configuration"], &["change"]);
    let mut sorted: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    sorted.sort_unstable();
    document.open("fortigate", sorted);
    let action = pairs.get("action").map_or("", String::as_str);
    document.text("event.action", action);
    document
}

fn traffic(draft: &Draft<'_>, action: &str) -> Document {
    let mut document = start(draft, "net.firewall", "fortigate");
    match action {
        "deny" | "blocked" | "ip-conn" | "dns" => verdict(&mut document, "deny"),
        "drop" | "dropped" => verdict(&mut document, "drop"),
        _ => verdict(&mut document, "allow"),
    }
    document
}

fn login(draft: &Draft<'_>, action: &str, status: &str) -> Document {
    let mut document = start(draft, "host.auth", "fortigate");
    let is_failure = action.contains("fail") || status == "failed";
    let is_end = matches!(action, "tunnel-down" | "logout");
    document.categorise(&["authentication"], &[if is_end { "end" } else { "start" }]);
    document.text("event.action", if is_end { "logout" } else { "login" });
    document.text(
        "event.outcome",
        if is_failure { "failure" } else { "success" },
    );
    document
}

fn common(document: &mut Document, pairs: &HashMap<String, String>) {
    let text = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| pairs.get(*name))
            .map(String::as_str)
            .find(|value| is_said(value) && *value != "N/A")
            .unwrap_or_default()
            .to_owned()
    };
    endpoint(
        document,
        "source",
        &text(&["srcip", "remip", "ui_ip"]),
        Some(&text(&["srcport"])),
    );
    endpoint(
        document,
        "destination",
        &text(&["dstip"]),
        Some(&text(&["dstport"])),
    );
    let protocol = text(&["proto"]);
    if !protocol.is_empty() {
        transport(document, &protocol);
    }
    for (field, name) in [
        ("source.bytes", "sentbyte"),
        ("destination.bytes", "rcvdbyte"),
        ("source.packets", "sentpkt"),
        ("destination.packets", "rcvdpkt"),
    ] {
        if let Some(number) = pairs
            .get(name)
            .and_then(|number| number.parse::<i64>().ok())
        {
            document.number(field, number);
        }
    }
    document.text("observer.ingress.interface.name", &text(&["srcintf"]));
    document.text("observer.egress.interface.name", &text(&["dstintf"]));
    document.text("rule.id", &text(&["policyid"]));
    document.text("rule.name", &text(&["policyname"]));
    document.text("event.code", &text(&["logid"]));
    document.text("event.reason", &text(&["reason"]));
    document.text("log.level", &text(&["level"]));
    document.text("network.protocol", &text(&["service"]).to_ascii_lowercase());
    document.text("url.original", &text(&["url"]));
    document.text("url.domain", &text(&["hostname"]));
    let user = text(&["user", "srcuser"]);
    document.text("user.name", &user);
    document.relate(Related::User, &user);
}
