//! Sysmon's events (Microsoft Sysinternals, "Sysmon", section Events) and their ECS copies (events design, section 5).

use super::event::{account, endpoint, file, last_part, process_id, program, user};
use super::{WindowsEvent, hashes};
use crate::document::{Document, Related};

pub(super) fn copy(event: &WindowsEvent, document: &mut Document) {
    let Ok(code) = event.code.parse::<u16>() else {
        return;
    };
    let (category, kind, action) = kind_of(code, event);
    if !category.is_empty() {
        document.categorise(category, kind);
    }
    document.text("event.action", action);
    process(event, code, document);
    match code {
        1 => created(event, document),
        3 => connection(event, document),
        6 => loaded(event, document, "file"),
        7 => {
            loaded(event, document, "file");
            document.text("dll.path", event.datum("ImageLoaded"));
            document.text("dll.name", last_part(event.datum("ImageLoaded")));
        }
        2 | 11 | 15 | 23 | 26 | 27 | 28 | 29 => {
            file(document, event.datum("TargetFilename"));
            hashes::write(document, "file", event.first_of(&["Hashes", "Hash"]));
        }
        9 => document.text("file.path", event.datum("Device")),
        12..=14 => registry(event, document),
        17 | 18 => document.text("file.name", event.datum("PipeName")),
        22 => resolved(event, document),
        _ => {}
    }
}

/// Category, type and action.
fn kind_of(
    code: u16,
    event: &WindowsEvent,
) -> (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
) {
    match code {
        1 => (&["process"], &["start"], "exec"),
        2 => (&["file"], &["change"], "file-time-changed"),
        3 => (&["network"], &["connection", "start"], "connection"),
        4 | 16 => (&["configuration"], &["change"], "configuration-changed"),
        5 => (&["process"], &["end"], "process-ended"),
        6 => (&["driver"], &["start"], "driver-loaded"),
        7 => (&["library"], &["start"], "library-loaded"),
        8 => (&["process"], &["change"], "remote-thread-created"),
        9 => (&["process"], &["access"], "raw-access"),
        10 => (&["process"], &["access"], "process-accessed"),
        11 | 15 => (&["file"], &["creation"], "file-created"),
        12 if event.datum("EventType").starts_with("Delete") => {
            (&["registry"], &["deletion"], "registry-deleted")
        }
        12 => (&["registry"], &["creation"], "registry-created"),
        13 => (&["registry"], &["change"], "registry-set"),
        14 => (&["registry"], &["change"], "registry-renamed"),
        17 => (&["file"], &["creation"], "pipe-created"),
        18 => (&["file"], &["access"], "pipe-connected"),
        19..=21 => (&["configuration"], &["creation"], "wmi-registered"),
        22 => (&["network"], &["protocol"], "dns-query"),
        23 | 26 => (&["file"], &["deletion"], "file-deleted"),
        24 => (&["process"], &["info"], "clipboard-changed"),
        25 => (&["process"], &["change"], "process-tampered"),
        27 | 28 => (&["file"], &["denied"], "file-blocked"),
        29 => (&["file"], &["creation"], "executable-detected"),
        255 => (&["host"], &["error"], "sysmon-error"),
        _ => (&[], &[], ""),
    }
}

/// The process that did it; of a remote thread and an access the source.
fn process(event: &WindowsEvent, code: u16, document: &mut Document) {
    let is_pair = matches!(code, 8 | 10);
    let (image, pid, guid) = if is_pair {
        (
            "SourceImage",
            "SourceProcessId",
            ["SourceProcessGuid", "SourceProcessGUID"],
        )
    } else {
        ("Image", "ProcessId", ["ProcessGuid", "ProcessGuid"])
    };
    // A driver is loaded by nobody.
    if code != 6 {
        program(document, "process", event.datum(image));
        document.text("process.entity_id", event.first_of(&guid));
        if let Some(pid) = process_id(event.datum(pid)) {
            document.number("process.pid", pid);
        }
    }
    let named = event.first_of(&["User", "SourceUser"]);
    let (domain, name) = account(named);
    user(document, "user", name, domain, "");
}

fn created(event: &WindowsEvent, document: &mut Document) {
    for (field, name) in [
        ("process.command_line", "CommandLine"),
        ("process.working_directory", "CurrentDirectory"),
        ("process.pe.original_file_name", "OriginalFileName"),
        ("process.pe.product", "Product"),
        ("process.pe.description", "Description"),
        ("process.pe.company", "Company"),
        ("process.pe.file_version", "FileVersion"),
        ("process.parent.entity_id", "ParentProcessGuid"),
        ("process.parent.command_line", "ParentCommandLine"),
    ] {
        document.text(field, event.datum(name));
    }
    program(document, "process.parent", event.datum("ParentImage"));
    if let Some(pid) = process_id(event.datum("ParentProcessId")) {
        document.number("process.parent.pid", pid);
    }
    hashes::write(document, "process", event.first_of(&["Hashes", "Hash"]));
}

fn loaded(event: &WindowsEvent, document: &mut Document, prefix: &str) {
    file(document, event.datum("ImageLoaded"));
    for (field, name) in [
        ("file.pe.original_file_name", "OriginalFileName"),
        ("file.pe.product", "Product"),
        ("file.pe.description", "Description"),
        ("file.pe.company", "Company"),
        ("file.pe.file_version", "FileVersion"),
        ("file.code_signature.subject_name", "Signature"),
        ("file.code_signature.status", "SignatureStatus"),
    ] {
        document.text(field, event.datum(name));
    }
    match event.datum("Signed") {
        "true" => document.boolean("file.code_signature.signed", true),
        "false" => document.boolean("file.code_signature.signed", false),
        _ => {}
    }
    hashes::write(document, prefix, event.first_of(&["Hashes", "Hash"]));
}

fn connection(event: &WindowsEvent, document: &mut Document) {
    endpoint(
        document,
        "source",
        event.datum("SourceIp"),
        event.datum("SourcePort"),
    );
    endpoint(
        document,
        "destination",
        event.datum("DestinationIp"),
        event.datum("DestinationPort"),
    );
    document.text("source.domain", event.datum("SourceHostname"));
    document.text("destination.domain", event.datum("DestinationHostname"));
    document.text(
        "network.transport",
        &event.datum("Protocol").to_ascii_lowercase(),
    );
    match event.datum("Initiated") {
        "true" => document.text("network.direction", "egress"),
        "false" => document.text("network.direction", "ingress"),
        _ => {}
    }
}

/// `HKLM\SOFTWARE\…\Name`: the hive, the key, and for values the last part.
fn registry(event: &WindowsEvent, document: &mut Document) {
    let path = event.datum("TargetObject");
    document.text("registry.path", path);
    let (hive, rest) = path
        .trim_start_matches('\\')
        .split_once('\\')
        .unwrap_or((path, ""));
    document.text("registry.hive", hive);
    let is_value = event.code != "12" || event.datum("EventType").ends_with("Value");
    match rest.rsplit_once('\\').filter(|_| is_value) {
        Some((key, value)) => {
            document.text("registry.key", key);
            document.text("registry.value", value);
        }
        None => document.text("registry.key", rest),
    }
    document.list("registry.data.strings", [event.datum("Details")]);
}

/// `QueryResults`: `type:  5 name;::ffff:192.0.2.1;…`, RFC 1035's numbers for types.
fn resolved(event: &WindowsEvent, document: &mut Document) {
    document.text("dns.question.name", event.datum("QueryName"));
    let status = event.datum("QueryStatus");
    document.text(
        "event.outcome",
        if status == "0" { "success" } else { "failure" },
    );
    if status != "0" {
        document.text("event.reason", status);
    }
    let addresses: Vec<String> = event
        .datum("QueryResults")
        .split(';')
        .filter_map(|part| crate::draft::parse_address(part.trim()))
        .map(|address| address.to_string())
        .collect();
    for address in &addresses {
        document.relate(Related::Ip, address);
    }
    document.list("dns.resolved_ip", addresses.iter().map(String::as_str));
}
