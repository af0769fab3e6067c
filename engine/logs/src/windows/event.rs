//! What every event of Windows has, and which of its values get an ECS name.

use super::{WindowsEvent, names, other, powershell, security, sysmon};
use crate::channel::dataset_of;
use crate::document::{Document, Related};
use crate::draft::{TimeSource, parse_address};

pub(super) fn document(event: &WindowsEvent) -> Document {
    let dataset = dataset_of(&event.channel);
    let time_source = event.time_source.unwrap_or(TimeSource::Log);
    let mut document = Document::new(event.time_us, time_source, &dataset, "windows");
    document.text("event.code", &event.code);
    document.text("event.provider", &event.provider);
    document.copy("message", &event.message);
    document.text("log.level", &names::level(&event.level));
    document.text("host.name", &event.computer);
    document.text("host.hostname", &event.computer);
    document.relate(Related::Hosts, &event.computer);
    system(event, &mut document);
    let data = with_joined(event);
    document.open(
        "winlog.event_data",
        data.iter().map(|(name, value)| (*name, value.as_str())),
    );
    if !event.user_data.is_empty() {
        let name = [("xml_name", event.user_data_name.as_str())];
        document.open(
            "winlog.user_data",
            name.into_iter().chain(event.user_data.iter()),
        );
    }
    match dataset.as_str() {
        "windows.sysmon" => sysmon::copy(event, &mut document),
        "windows.security" => security::copy(event, &mut document),
        "windows.powershell" | "windows.powershell_classic" => {
            powershell::copy(event, &mut document);
        }
        _ => other::copy(event, &dataset, &mut document),
    }
    document
}

fn system(event: &WindowsEvent, document: &mut Document) {
    document.text("winlog.channel", &event.channel);
    document.text("winlog.event_id", &event.code);
    document.text("winlog.provider_name", &event.provider);
    document.text("winlog.provider_guid", &event.provider_guid);
    document.text("winlog.computer_name", &event.computer);
    document.text("winlog.record_id", &event.record_id);
    document.text("winlog.version", &event.version);
    document.text("winlog.task", &event.task);
    document.text("winlog.opcode", names::opcode(&event.opcode));
    let keywords: Vec<String> = event
        .keywords
        .iter()
        .flat_map(|word| names::keywords(word))
        .collect();
    document.list("winlog.keywords", keywords.iter().map(String::as_str));
    document.text("winlog.activity_id", &event.activity_id);
    document.text("winlog.related_activity_id", &event.related_activity_id);
    if let Some(pid) = event.process_id {
        document.number("winlog.process.pid", pid);
    }
    if let Some(id) = event.thread_id {
        document.number("winlog.process.thread.id", id);
    }
    document.text("winlog.user.identifier", &event.user_sid);
    document.text("winlog.user.name", &event.user_name);
    document.text("winlog.user.domain", &event.user_domain);
    document.text("winlog.user.type", &event.user_type);
    let outcome = match keywords
        .iter()
        .map(String::as_str)
        .find(|word| word.starts_with("Audit "))
    {
        Some("Audit Success") => "success",
        Some("Audit Failure") => "failure",
        _ => "",
    };
    document.text("event.outcome", outcome);
}

/// The values; an export of classic `PowerShell` without them has their text in the message, and gets `Data` back from there.
fn with_joined(event: &WindowsEvent) -> Vec<(&str, String)> {
    let mut data: Vec<(&str, String)> = event
        .data
        .iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let is_classic = event.channel.eq_ignore_ascii_case("windows powershell");
    if is_classic
        && event.data.get("Data").is_none()
        && let Some((_, details)) = event.message.split_once("Details:")
    {
        data.push(("Data", details.trim_start().to_owned()));
    }
    data
}

/// A program: its path, and its name from there.
pub(super) fn program(document: &mut Document, prefix: &str, path: &str) {
    document.text(&format!("{prefix}.executable"), path);
    document.text(&format!("{prefix}.name"), last_part(path));
}

/// A file: its path, name and extension.
pub(super) fn file(document: &mut Document, path: &str) {
    document.text("file.path", path);
    let name = last_part(path);
    document.text("file.name", name);
    if let Some((before, extension)) = name.rsplit_once('.')
        && !before.is_empty()
        && extension.len() <= 16
    {
        document.text("file.extension", &extension.to_ascii_lowercase());
    }
}

/// What stands behind the last separator.
pub(super) fn last_part(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// A process id, decimal or hexadecimal.
pub(super) fn process_id(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `DOMAIN\name` as domain and name.
pub(super) fn account(text: &str) -> (&str, &str) {
    text.split_once('\\').unwrap_or(("", text))
}

/// A user under `prefix`, noted as related.
pub(super) fn user(document: &mut Document, prefix: &str, name: &str, domain: &str, sid: &str) {
    document.text(&format!("{prefix}.name"), name);
    document.text(&format!("{prefix}.domain"), domain);
    // The null SID stands for nobody.
    if sid != "S-1-0-0" {
        document.text(&format!("{prefix}.id"), sid);
    }
    document.relate(Related::User, name);
}

/// An end of a connection: what is no address is kept as a name.
pub(super) fn endpoint(document: &mut Document, prefix: &str, host: &str, port: &str) {
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    if let Some(address) = parse_address(host) {
        let address = address.to_string();
        document.text(&format!("{prefix}.ip"), &address);
        document.relate(Related::Ip, &address);
    } else {
        document.text(&format!("{prefix}.address"), host);
    }
    if let Some(port) = port.parse::<u16>().ok().filter(|port| *port != 0) {
        document.number(&format!("{prefix}.port"), port);
    }
}
