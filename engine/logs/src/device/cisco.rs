//! Cisco's messages: `%ASA-4-106023: Deny tcp src inside:10.0.0.1/2143 dst outside:192.0.2.1/139 by access-group "x"` ("Cisco
//! Secure Firewall ASA Series Syslog Messages"); those of other systems (`%BGP-3-NOTIFICATION: …`) are `app.cisco`.

use super::{endpoint, start, transport, verdict};
use crate::document::Document;
use crate::draft::Draft;

pub(super) fn read(draft: &Draft<'_>) -> Option<Document> {
    // Where the header ends is not clear with these senders, so the mark is looked for in the whole line.
    let (_, rest) = draft.original.split_once('%')?;
    let (mark, text) = rest.split_once(": ").or_else(|| rest.split_once(':'))?;
    let mut parts = mark.splitn(3, '-');
    let (facility, severity, code) = (parts.next()?, parts.next()?, parts.next()?);
    let is_word = |text: &str| {
        !text.is_empty()
            && text.len() <= 40
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if !is_word(facility)
        || severity.len() != 1
        || !severity.bytes().all(|byte| byte.is_ascii_digit())
        || !is_word(code)
    {
        return None;
    }
    let firewall = matches!(facility, "ASA" | "FTD" | "PIX" | "FWSM");
    let mut document = match firewall
        .then(|| connection(draft, code, text.trim()))
        .flatten()
    {
        Some(document) => document,
        None => start(draft, "app.cisco", "cisco"),
    };
    document.text("event.code", code);
    document.text("event.provider", facility);
    document.text("message", text.trim());
    document.text("log.level", severity);
    Some(document)
}

fn connection(draft: &Draft<'_>, code: &str, text: &str) -> Option<Document> {
    let action = match code {
        "106001" | "106006" | "106007" | "106010" | "106014" | "106015" | "106016" | "106017"
        | "106021" | "106022" | "106023" | "106027" | "313001" | "313004" | "313005" | "313008"
        | "710003" => "deny",
        "106100" if text.contains(" denied ") => "deny",
        "302013" | "302015" | "302020" | "106100" | "710002" => "allow",
        "710005" => "drop",
        _ => return None,
    };
    let mut document = start(draft, "net.firewall", "cisco");
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let protocol = words
        .iter()
        .map(|word| word.to_ascii_lowercase())
        .find(|word| {
            matches!(
                word.as_str(),
                "tcp" | "udp" | "icmp" | "igmp" | "gre" | "esp"
            )
        });
    transport(&mut document, &protocol.unwrap_or_default());
    // The places in their order: `src X dst Y`, `from X to Y`, `for X … to Y`.
    let mut places = words
        .iter()
        .filter(|word| !word.starts_with('('))
        .filter_map(|word| place(word));
    let (mut source, mut destination) = (places.next()?, places.next());
    // `Built inbound … for OUTSIDE to INSIDE` began outside; an outbound one inside.
    if words.first() == Some(&"Built") && words.get(1) == Some(&"outbound") && destination.is_some()
    {
        (source, destination) = (destination?, Some(source));
    }
    endpoint(&mut document, "source", source.1, source.2);
    document.text("observer.ingress.interface.name", source.0);
    if let Some((interface, host, port)) = destination {
        endpoint(&mut document, "destination", host, port);
        document.text("observer.egress.interface.name", interface);
    }
    if let Some((_, rest)) = text.split_once("access-group \"") {
        document.text("rule.name", rest.split('"').next().unwrap_or_default());
    }
    verdict(&mut document, action);
    Some(document)
}

/// `interface:host/port`, `interface:host`, `host/port`; interface, host, port.
fn place<'t>(word: &&'t str) -> Option<(&'t str, &'t str, Option<&'t str>)> {
    let word = word.trim_end_matches([',', ')']);
    let (word, _) = word.split_once('(').unwrap_or((word, ""));
    let (host, port) = match word.rsplit_once('/') {
        Some((host, port)) => (host, Some(port)),
        None => (word, None),
    };
    if super::is_address(host) {
        return Some(("", host, port));
    }
    let (interface, host) = host.split_once(':')?;
    (super::is_address(host) || port.is_some()).then_some((interface, host, port))
}
