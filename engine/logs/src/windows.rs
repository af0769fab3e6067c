//! Events of Windows, however they were written down (an event log file, JSON of it, a forwarder's document), as Winlogbeat 8
//! writes them with ECS copies beside (events design, section 5).

mod beat;
mod event;
mod flat;
mod hashes;
mod names;
mod other;
mod powershell;
mod raw;
mod security;
mod sysmon;
mod value;
mod xml;

use std::collections::HashMap;

use serde_json::Value;

use crate::Rejection;
use crate::document::Document;
use crate::draft::TimeSource;

pub use flat::FlatClock;

/// Longest JSON text of one event: the crate that reads event log files may make 16 MiB of a record, a true one stays below.
pub const MAX_EVENT: usize = 1 << 20;

/// An event as Windows has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct WindowsEvent {
    pub time_us: i64,
    pub time_source: Option<TimeSource>,
    pub channel: String,
    pub provider: String,
    pub provider_guid: String,
    pub code: String,
    pub version: String,
    pub level: String,
    pub task: String,
    pub opcode: String,
    pub keywords: Vec<String>,
    pub record_id: String,
    pub computer: String,
    pub process_id: Option<i64>,
    pub thread_id: Option<i64>,
    pub activity_id: String,
    pub related_activity_id: String,
    pub user_sid: String,
    pub user_name: String,
    pub user_domain: String,
    pub user_type: String,
    pub message: String,
    pub data: Pairs,
    pub user_data_name: String,
    pub user_data: Pairs,
}

impl WindowsEvent {
    /// A value of `EventData`, or of `UserData`; empty when there is none.
    fn datum(&self, name: &str) -> &str {
        self.data.get(name).unwrap_or_default()
    }

    /// The first of these names that says something.
    fn first_of(&self, names: &[&str]) -> &str {
        names
            .iter()
            .map(|name| self.datum(name))
            .find(|value| crate::document::is_said(value))
            .unwrap_or_default()
    }

    /// The event as a document. A caller reads with `read` or `FlatClock` before.
    fn document(&self) -> Document {
        event::document(self)
    }
}

/// Named texts in their order, each name once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs {
    named: Vec<(String, String)>,
    places: HashMap<String, usize>,
    repeats: HashMap<String, usize>,
}

impl Pairs {
    /// Adds a value. A name that is there already gets a number behind it, as Windows' own JSON has it.
    fn push(&mut self, name: &str, value: String) {
        let mut name: String = name
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        while self.places.contains_key(&name) {
            let count = self.repeats.entry(name.clone()).or_insert(0);
            *count += 1;
            let numbered = format!("{name}_{count}");
            if !self.places.contains_key(&numbered) {
                name = numbered;
            }
        }
        self.places.insert(name.clone(), self.named.len());
        self.named.push((name, value));
    }

    fn get(&self, name: &str) -> Option<&str> {
        let at = *self.places.get(name)?;
        self.named.get(at).map(|(_, value)| value.as_str())
    }

    fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Reads one event from JSON in any of the forms: `{"Event": {"System": …}}`, a document of Winlogbeat, a flat export.
///
/// # Errors
/// It is no JSON, of none of the forms, longer than `MAX_EVENT`, or states no time.
pub fn read(json: &[u8], clock: &mut FlatClock) -> Result<Document, Rejection> {
    if json.len() > MAX_EVENT {
        return Err(Rejection::TooLarge);
    }
    let value: Value = serde_json::from_slice(json).map_err(|_| Rejection::Format)?;
    let members = value.as_object().ok_or(Rejection::Format)?;
    let event = if let Some(event) = members.get("Event") {
        raw::read(event)
    } else if members.contains_key("System") {
        raw::read(&value)
    } else if members.contains_key("winlog") {
        beat::read(members)
    } else if members.contains_key("EventID") && members.contains_key("Channel") {
        flat::read(members, clock)
    } else {
        return Err(Rejection::Format);
    }?;
    Ok(event.document())
}

/// Reads one event from XML: an element `Event`.
///
/// # Errors
/// It is no such element, longer than `MAX_EVENT`, or states no time.
pub fn read_xml(bytes: &[u8]) -> Result<Document, Rejection> {
    Ok(xml::read(bytes)?.document())
}
