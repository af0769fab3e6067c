//! The event's own structure as JSON, as readers of event log files write it: `{"System": {…}, "EventData": {…}}`
//! ([MS-EVEN6] section 2.2.12, the XML that an event renders to).

use serde_json::{Map, Value};

use super::value::{attribute, member, text_of, text_of_plain};
use super::{Pairs, WindowsEvent};
use crate::Rejection;
use crate::draft::TimeSource;
use crate::time::parse_iso;

pub(super) fn read(event: &Value) -> Result<WindowsEvent, Rejection> {
    let members = event.as_object().ok_or(Rejection::Format)?;
    let system = members
        .get("System")
        .and_then(Value::as_object)
        .ok_or(Rejection::Format)?;
    let written = attribute(system, "TimeCreated", "SystemTime");
    if written.is_empty() {
        return Err(Rejection::TimeUnknown);
    }
    let (time_us, _) = parse_iso(&written, 0).ok_or(Rejection::TimeInvalid)?;
    let mut found = read_system(system, time_us);
    if let Some(Value::Object(rendering)) = members.get("RenderingInfo") {
        found.message = member(rendering, "Message");
    }
    if let Some(data) = members.get("EventData") {
        read_data(data, &mut found.data);
    }
    if let Some(Value::Object(data)) = members.get("UserData") {
        read_user_data(data, &mut found);
    }
    Ok(found)
}

fn read_system(system: &Map<String, Value>, time_us: i64) -> WindowsEvent {
    let identifier = |element: &str, name: &str| attribute(system, element, name);
    WindowsEvent {
        time_us,
        time_source: Some(TimeSource::Log),
        channel: member(system, "Channel"),
        provider: identifier("Provider", "Name"),
        provider_guid: identifier("Provider", "Guid"),
        code: member(system, "EventID"),
        version: member(system, "Version"),
        level: member(system, "Level"),
        task: member(system, "Task"),
        opcode: member(system, "Opcode"),
        keywords: vec![member(system, "Keywords")],
        record_id: member(system, "EventRecordID"),
        computer: member(system, "Computer"),
        process_id: identifier("Execution", "ProcessID").parse().ok(),
        thread_id: identifier("Execution", "ThreadID").parse().ok(),
        activity_id: identifier("Correlation", "ActivityID"),
        related_activity_id: identifier("Correlation", "RelatedActivityID"),
        user_sid: identifier("Security", "UserID"),
        ..WindowsEvent::default()
    }
}

/// Named values as they are, unnamed ones as `param1`, `param2`, … and joined in `Data`, as Winlogbeat does and as rules expect.
fn read_data(data: &Value, pairs: &mut Pairs) {
    let Value::Object(members) = data else {
        if let Some(text) = text_of(data).filter(|text| !text.is_empty()) {
            pairs.push("Data", text);
        }
        return;
    };
    for (name, value) in members {
        match name.as_str() {
            "#attributes" => {}
            "Data" | "#text" => read_unnamed(value, pairs),
            _ => read_named(name, value, pairs),
        }
    }
}

fn read_unnamed(value: &Value, pairs: &mut Pairs) {
    let value = value.get("#text").unwrap_or(value);
    let texts: Vec<String> = match value {
        Value::Array(values) => values.iter().filter_map(text_of).collect(),
        other => text_of_plain(other).into_iter().collect(),
    };
    for (number, text) in texts.iter().enumerate() {
        pairs.push(&format!("param{}", number + 1), text.clone());
    }
    if !texts.is_empty() {
        pairs.push("Data", texts.join(", "));
    }
}

fn read_named(name: &str, value: &Value, pairs: &mut Pairs) {
    match text_of(value) {
        Some(text) => pairs.push(name, text),
        None => read_leaves(name, value, pairs),
    }
}

/// The leaves of nested elements, by their own name. JSON nests at most 128 deep here: its parser refuses more.
fn read_leaves(name: &str, value: &Value, pairs: &mut Pairs) {
    let mut waiting: Vec<(&str, &Value)> = vec![(name, value)];
    while let Some((name, value)) = waiting.pop() {
        match value {
            Value::Object(members) => {
                let of_element = |member: &str| matches!(member, "#attributes" | "#text");
                waiting.extend(members.iter().rev().map(|(member, value)| {
                    (
                        if of_element(member) {
                            name
                        } else {
                            member.as_str()
                        },
                        value,
                    )
                }));
            }
            Value::Array(values) if values.iter().any(|value| !is_plain(value)) => {
                waiting.extend(values.iter().rev().map(|value| (name, value)));
            }
            leaf => {
                if !name.starts_with("xmlns") {
                    pairs.push(name, text_of(leaf).unwrap_or_default());
                }
            }
        }
    }
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

/// The one element inside `UserData` names the record; its leaves are values like those of `EventData`.
fn read_user_data(data: &Map<String, Value>, event: &mut WindowsEvent) {
    for (name, value) in data.iter().filter(|(name, _)| *name != "#attributes") {
        if event.user_data_name.is_empty() {
            event.user_data_name.clone_from(name);
        }
        if let Some(text) = text_of(value) {
            event.user_data.push(name, text);
        } else {
            read_leaves(name, value, &mut event.user_data);
        }
    }
    for (name, value) in event.user_data.iter() {
        event.data.push(name, value.to_owned());
    }
}
