//! What network devices and name servers say through syslog, and `FortiGate`'s and Squid's own files: firewalls (`net.firewall`),
//! name servers (`net.dns_server`), proxies (`web.proxy`), and events of appliances (`app.<product>`).

mod apache;
mod cisco;
mod filterlog;
mod fortigate;
mod huawei;
mod juniper;
mod name_server;
mod netfilter;
mod palo_alto;
mod squid;

use std::net::IpAddr;

use crate::document::{Document, Related};
use crate::draft::{Draft, parse_address};
use crate::service;

pub(crate) use apache::parse as parse_apache_error;
pub(crate) use fortigate::parse as parse_fortigate;
pub(crate) use huawei::parse as parse_huawei;
pub(crate) use name_server::parse as parse_bind;
pub(crate) use palo_alto::parse as parse_palo_alto;
pub(crate) use squid::parse as parse_squid;

/// The event of a syslog message of a device; `None` for all other messages.
pub(crate) fn read(draft: &Draft<'_>) -> Option<Document> {
    let message = draft.message.as_deref()?;
    let program = draft.syslog.appname.unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.split('(').next().unwrap_or(name);
    match name {
        "filterlog" => filterlog::read(draft, message),
        "named" => name_server::read_named(draft, message),
        "dnsmasq" => name_server::read_dnsmasq(draft, message),
        "unbound" => name_server::read_unbound(draft, message),
        "squid" | "(squid-1)" | "squid-1" => squid::read(draft, message),
        "audispd" | "audisp-syslog" => None,
        _ => netfilter::read(draft, message)
            .or_else(|| palo_alto::read(draft))
            .or_else(|| huawei::read(draft))
            .or_else(|| juniper::read(draft, message))
            .or_else(|| cisco::read(draft))
            .or_else(|| fortigate::read(draft))
            .or_else(|| service::read(draft, name, message)),
    }
}

/// A document with what the syslog header says.
pub(crate) fn start(draft: &Draft<'_>, dataset: &str, module: &str) -> Document {
    let mut document = Document::new(draft.time_us, draft.time_source, dataset, module);
    document.text("event.original", draft.original);
    document.text("message", draft.message.as_deref().unwrap_or_default());
    let header = &draft.syslog;
    for (field, value) in [
        ("log.syslog.hostname", header.hostname),
        ("log.syslog.appname", header.appname),
        ("log.syslog.procid", header.procid),
        ("log.syslog.msgid", header.msgid),
        ("log.syslog.version", header.version),
        ("process.name", draft.process_name.as_deref()),
        ("host.hostname", draft.hostname.as_deref()),
    ] {
        document.text(field, value.unwrap_or_default());
    }
    if let Some(priority) = header.priority {
        document.number("log.syslog.priority", i64::from(priority));
        document.number("log.syslog.facility.code", i64::from(priority / 8));
        document.number("log.syslog.severity.code", i64::from(priority % 8));
    }
    if let Some(pid) = draft.process_pid {
        document.number("process.pid", i64::from(pid));
    }
    document.relate(
        Related::Hosts,
        draft.hostname.as_deref().unwrap_or_default(),
    );
    document
}

/// An end of a connection.
pub(crate) fn endpoint(document: &mut Document, prefix: &str, host: &str, port: Option<&str>) {
    if let Some(address) = parse_address(host) {
        let address = address.to_string();
        document.text(&format!("{prefix}.ip"), &address);
        document.relate(Related::Ip, &address);
    } else {
        document.text(&format!("{prefix}.address"), host);
    }
    if let Some(port) = port.and_then(|port| port.parse::<u16>().ok()) {
        document.number(&format!("{prefix}.port"), port);
    }
}

/// What a firewall did: its words, ECS's type, the outcome of the connection.
fn verdict(document: &mut Document, action: &str) {
    let is_allowed = action == "allow";
    let kind = if is_allowed { "allowed" } else { "denied" };
    document.categorise(&["network"], &["connection", kind]);
    document.text("event.action", action);
    document.text(
        "event.outcome",
        if is_allowed { "success" } else { "failure" },
    );
}

fn transport(document: &mut Document, protocol: &str) {
    let name = match protocol {
        "1" => "icmp",
        "2" => "igmp",
        "6" => "tcp",
        "17" => "udp",
        "47" => "gre",
        "50" => "esp",
        "58" | "icmp6" | "ICMPv6" => "ipv6-icmp",
        other => &other.to_ascii_lowercase(),
    };
    document.text("network.transport", name);
}

/// Whether the text is an address.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}
