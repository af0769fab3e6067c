//! Documents of Winlogbeat and of agents that write like it. Their modules move some values out of `winlog.event_data` into
//! ECS fields: what was moved is put back, so that rules find both.

use serde_json::{Map, Value};

use super::WindowsEvent;
use super::value::{member, number, text_of};
use crate::Rejection;
use crate::draft::TimeSource;
use crate::time::parse_iso;

/// Where Winlogbeat's Sysmon and Security modules put a value.
const MOVED: [(&str, &str); 22] = [
    ("Image", "process.executable"),
    ("CommandLine", "process.command_line"),
    ("CurrentDirectory", "process.working_directory"),
    ("ProcessId", "process.pid"),
    ("ProcessGuid", "process.entity_id"),
    ("ParentImage", "process.parent.executable"),
    ("ParentCommandLine", "process.parent.command_line"),
    ("ParentProcessId", "process.parent.pid"),
    ("ParentProcessGuid", "process.parent.entity_id"),
    ("OriginalFileName", "process.pe.original_file_name"),
    ("Product", "process.pe.product"),
    ("Company", "process.pe.company"),
    ("Description", "process.pe.description"),
    ("FileVersion", "process.pe.file_version"),
    ("TargetFilename", "file.path"),
    ("TargetObject", "registry.path"),
    ("SourceIp", "source.ip"),
    ("SourcePort", "source.port"),
    ("DestinationIp", "destination.ip"),
    ("DestinationPort", "destination.port"),
    ("DestinationHostname", "destination.domain"),
    ("QueryName", "dns.question.name"),
];

pub(super) fn read(document: &Map<String, Value>) -> Result<WindowsEvent, Rejection> {
    let winlog = object(document, "winlog").ok_or(Rejection::Format)?;
    let written = member(document, "@timestamp");
    if written.is_empty() {
        return Err(Rejection::TimeUnknown);
    }
    let (time_us, _) = parse_iso(&written, 0).ok_or(Rejection::TimeInvalid)?;
    let nested = |above: &str, name: &str| {
        object(winlog, above)
            .map(|members| member(members, name))
            .unwrap_or_default()
    };
    let process = object(winlog, "process");
    let mut event = WindowsEvent {
        time_us,
        time_source: Some(TimeSource::Log),
        channel: member(winlog, "channel"),
        provider: member(winlog, "provider_name"),
        provider_guid: member(winlog, "provider_guid"),
        code: member(winlog, "event_id"),
        version: member(winlog, "version"),
        level: at(document, "log.level"),
        task: member(winlog, "task"),
        opcode: member(winlog, "opcode"),
        keywords: match winlog.get("keywords") {
            Some(Value::Array(words)) => words.iter().filter_map(text_of).collect(),
            Some(word) => text_of(word).into_iter().collect(),
            None => Vec::new(),
        },
        record_id: member(winlog, "record_id"),
        computer: member(winlog, "computer_name"),
        process_id: process.and_then(|process| number(process, "pid")),
        thread_id: process
            .and_then(|process| object(process, "thread"))
            .and_then(|thread| number(thread, "id")),
        activity_id: member(winlog, "activity_id"),
        related_activity_id: member(winlog, "related_activity_id"),
        user_sid: nested("user", "identifier"),
        user_name: nested("user", "name"),
        user_domain: nested("user", "domain"),
        user_type: nested("user", "type"),
        message: member(document, "message"),
        ..WindowsEvent::default()
    };
    if event.code.is_empty() {
        event.code = at(document, "event.code");
    }
    read_data(document, winlog, &mut event);
    Ok(event)
}

fn read_data(document: &Map<String, Value>, winlog: &Map<String, Value>, event: &mut WindowsEvent) {
    for (name, value) in object(winlog, "event_data").into_iter().flatten() {
        if let Some(text) = text_of(value) {
            event.data.push(name, text);
        }
    }
    for (name, value) in object(winlog, "user_data").into_iter().flatten() {
        let text = text_of(value).unwrap_or_default();
        if name == "xml_name" {
            event.user_data_name = text;
        } else {
            event.user_data.push(name, text.clone());
            if event.data.get(name).is_none() {
                event.data.push(name, text);
            }
        }
    }
    let is_sysmon = crate::channel::dataset_of(&event.channel) == "windows.sysmon";
    for (name, path) in MOVED.iter().filter(|_| is_sysmon) {
        let text = at(document, path);
        if event.data.get(name).is_none() && !text.is_empty() {
            event.data.push(name, text);
        }
    }
}

fn object<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Map<String, Value>> {
    members.get(name).and_then(Value::as_object)
}

/// The text at a dotted path; empty when there is none.
fn at(members: &Map<String, Value>, path: &str) -> String {
    let mut members = members;
    let mut rest = path;
    while let Some((above, below)) = rest.split_once('.') {
        match object(members, above) {
            Some(inner) => members = inner,
            None => return String::new(),
        }
        rest = below;
    }
    member(members, rest)
}
