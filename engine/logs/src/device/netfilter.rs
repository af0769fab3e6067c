//! What the kernel's LOG target writes for iptables and nftables (`nf_log_syslog`): `PREFIX IN=eth0 OUT= … SRC=… DST=… PROTO=TCP
//! SPT=… DPT=…`. The prefix is the administrator's own; the verdict is read from it, else none is stated.

use super::{endpoint, start, transport, verdict};
use crate::document::Document;
use crate::draft::Draft;

/// Words of prefixes that say what happens to the packet.
const DENIED: [(&str, &str); 7] = [
    ("REJECT", "deny"),
    ("DENY", "deny"),
    ("DENIED", "deny"),
    ("DROP", "drop"),
    ("BLOCK", "drop"),
    ("DISCARD", "drop"),
    ("-D-", "drop"),
];
const ALLOWED: [&str; 5] = ["ACCEPT", "ALLOW", "PASS", "PERMIT", "-A-"];

pub(super) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    // A program that only quotes such a line has other words before it.
    let at = message.find("IN=")?;
    let (prefix, pairs) = message.split_at(at);
    let is_start = prefix.is_empty() || prefix.ends_with([' ', ':', ']', '"']);
    if !is_start
        || !pairs.contains(" SRC=")
        || !pairs.contains(" DST=")
        || !pairs.contains(" PROTO=")
    {
        return None;
    }
    let value = |name: &str| {
        pairs
            .split(' ')
            .find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name))
            .map(|(_, value)| value)
    };
    let mut document = start(draft, "net.firewall", "netfilter");
    endpoint(&mut document, "source", value("SRC")?, value("SPT"));
    endpoint(&mut document, "destination", value("DST")?, value("DPT"));
    transport(&mut document, value("PROTO")?);
    document.text(
        "observer.ingress.interface.name",
        value("IN").unwrap_or_default(),
    );
    document.text(
        "observer.egress.interface.name",
        value("OUT").unwrap_or_default(),
    );
    addresses(&mut document, value("MAC").unwrap_or_default());
    if let Some(length) = value("LEN").and_then(|length| length.parse::<i64>().ok()) {
        document.number("network.bytes", length);
    }
    for (field, name) in [("icmp.type", "TYPE"), ("icmp.code", "CODE")] {
        if let Some(number) = value(name).and_then(|number| number.parse::<i64>().ok()) {
            document.number(field, number);
        }
    }
    document.categorise(&["network"], &["connection", "info"]);
    let label = label(prefix);
    let upper = prefix.to_ascii_uppercase();
    if let Some((_, action)) = DENIED.iter().find(|(word, _)| upper.contains(word)) {
        verdict(&mut document, action);
    } else if ALLOWED.iter().any(|word| upper.contains(word)) {
        verdict(&mut document, "allow");
    }
    document.text("rule.name", label);
    Some(document)
}

/// The prefix without the kernel's uptime.
fn label(prefix: &str) -> &str {
    let prefix = prefix.trim();
    let rest = prefix
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .filter(|(uptime, _)| {
            uptime
                .trim()
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
        .map_or(prefix, |(_, rest)| rest);
    rest.trim().trim_end_matches(':').trim()
}

/// `MAC=` holds the frame's destination, source and type.
fn addresses(document: &mut Document, frame: &str) {
    let bytes: Vec<&str> = frame.split(':').collect();
    if bytes.len() != 14 || bytes.iter().any(|byte| byte.len() != 2) {
        return;
    }
    let written = |part: Option<&[&str]>| part.unwrap_or_default().join("-").to_ascii_uppercase();
    document.text("destination.mac", &written(bytes.get(..6)));
    document.text("source.mac", &written(bytes.get(6..12)));
}
