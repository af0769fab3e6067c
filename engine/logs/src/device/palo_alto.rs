//! Palo Alto Networks' firewalls (PAN-OS Administrator's Guide, "Syslog Field Descriptions"): comma-separated, places by the kind of
//! log. `TRAFFIC` is `net.firewall`, `THREAT` of `url` is `web.proxy` and else `net.firewall` with the threat as `rule`, log-ins of
//! `GLOBALPROTECT` and `SYSTEM` are `host.auth`, all else `app.paloalto`.

use std::borrow::Cow;

use super::{endpoint, start, transport, verdict};
use crate::csv;
use crate::document::{Document, Related, is_said};
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line without a header of syslog.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let record = Record::find(line).ok_or(Rejection::Format)?;
    if record.at > 0 {
        return Err(Rejection::Format);
    }
    let time_us = record
        .time(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    Ok(document(&draft, &record))
}

/// The same behind a header of syslog.
pub(super) fn read(draft: &Draft<'_>) -> Option<Document> {
    Some(document(draft, &Record::find(draft.original)?))
}

/// The values of a record, counted as the guide does: 0 is the first `FUTURE_USE`.
struct Record<'a> {
    at: usize,
    values: Vec<Cow<'a, str>>,
}

impl<'a> Record<'a> {
    /// `N,2026/11/10 09:00:00,SERIAL,KIND,`, at the beginning or behind a header's last space.
    fn find(line: &'a str) -> Option<Self> {
        const KINDS: [&str; 16] = [
            "TRAFFIC",
            "THREAT",
            "SYSTEM",
            "CONFIG",
            "GLOBALPROTECT",
            "USERID",
            "HIPMATCH",
            "HIP-MATCH",
            "AUTHENTICATION",
            "DECRYPTION",
            "CORRELATION",
            "GTP",
            "SCTP",
            "TUNNEL",
            "IPTAG",
            "AUDIT",
        ];
        let comma = line.find(',')?;
        let before = line.get(..comma)?;
        let at = before.rfind(' ').map_or(0, |space| space + 1);
        let first = before.get(at..)?;
        let is_number = first.len() <= 2 && first.bytes().all(|byte| byte.is_ascii_digit());
        let text = line.get(at..)?;
        // Cheap to see before the whole line is cut: a date in this form behind the first comma.
        if !is_number || text.get(first.len() + 5..first.len() + 6) != Some("/") {
            return None;
        }
        let values = csv::split(text);
        let kind = values.get(3)?;
        let is_known = KINDS.contains(&kind.as_ref()) && values.len() >= 7;
        is_known.then_some(Self { at, values })
    }

    fn get(&self, place: usize) -> &str {
        self.values.get(place).map_or("", |value| value.as_ref())
    }

    /// When the firewall made the record, else when it took it in.
    fn time(&self, offset_minutes: i32) -> Option<i64> {
        [6, 1].iter().find_map(|place| {
            let mut cursor = Cursor::new(self.get(*place));
            let (year, month, day) = cursor.date("/")?;
            cursor.take(" ")?;
            let civil = Civil {
                year,
                month,
                day,
                second_of_day: cursor.clock()?,
                micros: cursor.fraction()?,
            };
            cursor.rest.is_empty().then_some(())?;
            civil.at_offset(offset_minutes)
        })
    }
}

fn document(draft: &Draft<'_>, record: &Record<'_>) -> Document {
    let (kind, subtype) = (record.get(3), record.get(4));
    let mut document = match kind {
        "TRAFFIC" => traffic(draft, record),
        "THREAT" => threat(draft, record, subtype),
        "GLOBALPROTECT" => vpn(draft, record).unwrap_or_else(|| own(draft, record, kind)),
        "SYSTEM" => system(draft, record).unwrap_or_else(|| own(draft, record, kind)),
        _ => own(draft, record, kind),
    };
    document.text("observer.name", record.get(2));
    document.text("event.provider", kind);
    document
}

/// Source, destination, rule, user, interfaces, ports, protocol: the same places in traffic and threat.
fn connection(document: &mut Document, record: &Record<'_>) {
    endpoint(document, "source", record.get(7), Some(record.get(24)));
    endpoint(document, "destination", record.get(8), Some(record.get(25)));
    transport(document, record.get(29));
    document.text("rule.name", record.get(11));
    document.text("user.name", record.get(12));
    document.relate(Related::User, record.get(12));
    let application = record.get(14);
    if application != "not-applicable" && application != "incomplete" {
        document.text("network.protocol", application);
    }
    document.text("observer.ingress.interface.name", record.get(18));
    document.text("observer.egress.interface.name", record.get(19));
}

fn action(word: &str) -> &'static str {
    match word {
        "allow"
        | "alert"
        | "continue"
        | "override"
        | "syncookie-sent"
        | "forward"
        | "wildfire-upload-success" => "allow",
        word if word.starts_with("drop") || word == "random-drop" || word == "sinkhole" => "drop",
        _ => "deny",
    }
}

fn traffic(draft: &Draft<'_>, record: &Record<'_>) -> Document {
    let mut document = start(draft, "net.firewall", "paloalto");
    verdict(&mut document, action(record.get(30)));
    connection(&mut document, record);
    for (field, place) in [
        ("network.bytes", 31),
        ("source.bytes", 32),
        ("destination.bytes", 33),
        ("network.packets", 34),
        ("source.packets", 44),
        ("destination.packets", 45),
    ] {
        if let Ok(number) = record.get(place).parse::<i64>() {
            document.number(field, number);
        }
    }
    document.text("event.code", record.get(4));
    document.text("event.reason", record.get(46));
    document
}

fn threat(draft: &Draft<'_>, record: &Record<'_>, subtype: &str) -> Document {
    let is_web = subtype == "url";
    let word = action(record.get(30));
    let mut document = start(
        draft,
        if is_web { "web.proxy" } else { "net.firewall" },
        "paloalto",
    );
    verdict(&mut document, word);
    let kind = if word == "allow" { "allowed" } else { "denied" };
    if is_web {
        document.categorise(&["web", "network"], &["access", kind]);
        let url = record.get(31);
        document.text("url.original", url);
        let (domain, path) = url.split_once('/').unwrap_or((url, ""));
        document.text("url.domain", domain.split(':').next().unwrap_or(domain));
        if !path.is_empty() {
            document.text(
                "url.path",
                &format!("/{}", path.split('?').next().unwrap_or(path)),
            );
            document.text(
                "url.query",
                path.split_once('?').map_or("", |(_, query)| query),
            );
        }
    } else {
        document.categorise(&["intrusion_detection", "network"], &["connection", kind]);
        // `SSH User Authentication Brute Force Attempt(40015)`
        let (name, number) = record
            .get(32)
            .rsplit_once('(')
            .unwrap_or((record.get(32), ""));
        document.text("rule.id", number.trim_end_matches(')'));
        connection(&mut document, record);
        document.text("rule.name", name);
        document.text("rule.category", record.get(33));
        document.text("event.reason", record.get(11));
    }
    if is_web {
        connection(&mut document, record);
        document.text("rule.category", record.get(33));
    }
    document.text("log.level", record.get(34));
    document.text("event.code", subtype);
    let severity = match record.get(34) {
        "critical" => Some(4),
        "high" => Some(3),
        "medium" => Some(2),
        "low" | "informational" => Some(1),
        _ => None,
    };
    if let Some(severity) = severity {
        document.number("event.severity", severity);
    }
    document
}

/// `GlobalProtect` since PAN-OS 9.1: virtual system, event, stage, method, tunnel, user, region, machine, public address, …
fn vpn(draft: &Draft<'_>, record: &Record<'_>) -> Option<Document> {
    let event = record.get(8);
    // The place of `status` differs by version; it is the first of these words behind the addresses.
    let status = record
        .values
        .iter()
        .skip(20)
        .find(|value| matches!(value.as_ref(), "success" | "failure"))?;
    if !(event.contains("auth") || event.contains("login")) {
        return None;
    }
    let public = [14, 15, 16]
        .iter()
        .map(|place| record.get(*place))
        .find(|host| super::is_address(host) && *host != "0.0.0.0" && *host != "::")?;
    let mut document = login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "paloalto",
            protocol: "",
            user: record.get(12),
            host: public,
            port: None,
            is_success: status == "success",
            reason: if status == "success" {
                ""
            } else {
                record.get(24)
            },
        },
    );
    document.text("event.code", event);
    document.text("khien.auth.method", record.get(10));
    document.text("service.name", "globalprotect");
    Some(document)
}

/// `auth-fail`: `failed authentication for user 'x'. Reason: …. auth profile 'y', vsys 'z', From: 192.0.2.1.`
fn system(draft: &Draft<'_>, record: &Record<'_>) -> Option<Document> {
    let (event, text) = (record.get(8), record.get(14));
    let is_success = match event {
        "auth-fail" => false,
        "auth-success" => true,
        _ => return None,
    };
    let (_, user) = text
        .split_once("user '")
        .or_else(|| text.split_once("user \""))?;
    let user = user.split(['\'', '"']).next().unwrap_or(user);
    let host = text
        .rsplit_once("From: ")
        .or_else(|| text.rsplit_once("from: "))
        .map_or("", |(_, host)| host.trim_end_matches(['.', ' ']));
    let reason = text.split_once("Reason: ").map_or("", |(_, reason)| {
        reason.split(". ").next().unwrap_or(reason)
    });
    let mut document = login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "paloalto",
            protocol: "",
            user,
            host,
            port: None,
            is_success,
            reason: reason.trim_end_matches('.'),
        },
    );
    document.text("event.code", event);
    Some(document)
}

fn own(draft: &Draft<'_>, record: &Record<'_>, kind: &str) -> Document {
    let mut document = start(draft, "app.paloalto", "paloalto");
    let category: &[&str] = if kind == "CONFIG" {
        &["configuration"]
    } else {
        &["host"]
    };
    document.categorise(
        category,
        &[if kind == "CONFIG" { "change" } else { "info" }],
    );
    match kind {
        "SYSTEM" => {
            document.text("event.code", record.get(8));
            document.text("log.level", record.get(13));
            if is_said(record.get(14)) {
                document.text("message", record.get(14));
            }
        }
        "CONFIG" => {
            endpoint(&mut document, "source", record.get(7), None);
            document.text("event.action", record.get(9));
            document.text("user.name", record.get(10));
            document.relate(Related::User, record.get(10));
            document.text("event.reason", record.get(12));
        }
        _ => document.text("event.code", record.get(4)),
    }
    document
}
