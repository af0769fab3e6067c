//! `filterlog` of pfSense and `OPNsense` (Netgate, "Raw Filter Log Format"): comma-separated, positions by version and protocol.

use super::{endpoint, start, transport, verdict};
use crate::document::Document;
use crate::draft::Draft;

pub(super) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let fields: Vec<&str> = message.split(',').collect();
    let at = |place: usize| fields.get(place).copied().unwrap_or_default();
    let (protocol, source) = match at(8) {
        "4" => (at(16), 18),
        "6" => (at(12), 15),
        _ => return None,
    };
    if !super::is_address(at(source)) {
        return None;
    }
    let mut document = start(draft, "net.firewall", "pf");
    let has_ports = matches!(protocol, "tcp" | "udp");
    endpoint(
        &mut document,
        "source",
        at(source),
        has_ports.then(|| at(source + 2)),
    );
    endpoint(
        &mut document,
        "destination",
        at(source + 1),
        has_ports.then(|| at(source + 3)),
    );
    transport(&mut document, protocol);
    document.text("observer.ingress.interface.name", at(4));
    document.text(
        "network.direction",
        match at(7) {
            "in" => "ingress",
            "out" => "egress",
            _ => "",
        },
    );
    document.text("rule.id", at(0));
    match at(6) {
        "pass" => verdict(&mut document, "allow"),
        "block" => verdict(&mut document, "drop"),
        "reject" => verdict(&mut document, "deny"),
        _ => document.categorise(&["network"], &["connection", "info"]),
    }
    if let Ok(length) = at(source - 1).parse::<i64>() {
        document.number("network.bytes", length);
    }
    Some(document)
}
