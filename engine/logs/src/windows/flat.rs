//! Flat exports: one object an event with `Channel`, `EventID` and the event's values at the top level, as `NXLog` and Logstash
//! write it.
//!
//! Their times need care. `NXLog`'s `EventTime` is local time without a zone, beside `EventReceivedTime` on the same clock, and
//! `@timestamp` is when the receiver got it, in UTC: the two receipts tell the zone. Others write local time and mark it as UTC;
//! Sysmon's own `UtcTime` in the same export shows by how many quarters of an hour.

use serde_json::{Map, Value};

use super::WindowsEvent;
use super::value::{member, number, text_of};
use crate::Rejection;
use crate::draft::TimeSource;
use crate::time::parse_iso;

/// A quarter of an hour: zones differ by whole ones.
const QUARTER_US: i64 = 900_000_000;
/// How far from a whole number of quarters a difference between clocks may be.
const NEAR_US: i64 = 60_000_000;

/// What is known of the clock of one export.
#[derive(Debug, Clone, Default)]
pub struct FlatClock {
    /// To be added to times that are marked as UTC.
    shift_us: i64,
}

/// Names that say something about the event or its way, and are none of its values.
const SYSTEM: [&str; 36] = [
    "@timestamp",
    "@version",
    "AccountName",
    "AccountType",
    "ActivityID",
    "Category",
    "Channel",
    "Domain",
    "ERROR_EVT_UNRESOLVED",
    "EventID",
    "EventReceivedTime",
    "EventTime",
    "EventTypeOrignal",
    "ExecutionProcessID",
    "Hostname",
    "Keywords",
    "Level",
    "Message",
    "Opcode",
    "OpcodeValue",
    "ProviderGuid",
    "RecordNumber",
    "RelatedActivityID",
    "Severity",
    "SeverityValue",
    "SourceModuleName",
    "SourceModuleType",
    "SourceName",
    "Task",
    "ThreadID",
    "TimeCreated",
    "UserID",
    "Version",
    "host",
    "port",
    "tags",
];
/// `NXLog`'s words for the kind of an entry, under a name that Sysmon and others use for their own.
const KINDS: [&str; 8] = [
    "AUDIT_FAILURE",
    "AUDIT_SUCCESS",
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "VERBOSE",
    "WARNING",
];

pub(super) fn read(
    members: &Map<String, Value>,
    clock: &mut FlatClock,
) -> Result<WindowsEvent, Rejection> {
    let (time_us, time_source) = clock.time(members)?;
    let level = member(members, "Level");
    let task = member(members, "Category");
    let mut event = WindowsEvent {
        time_us,
        time_source: Some(time_source),
        channel: member(members, "Channel"),
        provider: member(members, "SourceName"),
        provider_guid: member(members, "ProviderGuid"),
        code: member(members, "EventID"),
        version: member(members, "Version"),
        level: if level.is_empty() {
            member(members, "Severity")
        } else {
            level
        },
        task: if task.is_empty() {
            member(members, "Task")
        } else {
            task
        },
        opcode: member(members, "Opcode"),
        keywords: vec![member(members, "Keywords")],
        record_id: member(members, "RecordNumber"),
        computer: member(members, "Hostname"),
        process_id: number(members, "ExecutionProcessID"),
        thread_id: number(members, "ThreadID"),
        activity_id: member(members, "ActivityID"),
        related_activity_id: member(members, "RelatedActivityID"),
        user_sid: member(members, "UserID"),
        user_name: member(members, "AccountName"),
        user_domain: member(members, "Domain"),
        user_type: member(members, "AccountType"),
        message: member(members, "Message"),
        ..WindowsEvent::default()
    };
    for (name, value) in members {
        let is_kind =
            name == "EventType" && value.as_str().is_some_and(|kind| KINDS.contains(&kind));
        if !is_kind
            && SYSTEM.binary_search(&name.as_str()).is_err()
            && let Some(text) = text_of(value)
        {
            event.data.push(name, text);
        }
    }
    Ok(event)
}

impl FlatClock {
    fn time(&mut self, members: &Map<String, Value>) -> Result<(i64, TimeSource), Rejection> {
        let read = |name: &str| parse_iso(&member(members, name), 0).map(|(time_us, _)| time_us);
        let stated = read("TimeCreated").or_else(|| read("@timestamp"));
        let is_local = members.contains_key("TimeCreated");
        // Sysmon states UTC by itself.
        if let Some(utc_us) = read("UtcTime") {
            if let (true, Some(stated)) = (is_local, stated) {
                self.shift_us = whole_quarters(utc_us.saturating_sub(stated)).unwrap_or(0);
            }
            return Ok((utc_us, TimeSource::Log));
        }
        if let (Some(event_us), Some(received_us), Some(arrived_us)) = (
            read("EventTime"),
            read("EventReceivedTime"),
            read("@timestamp"),
        ) && let Some(zone_us) = whole_quarters(arrived_us.saturating_sub(received_us))
        {
            return Ok((event_us.saturating_add(zone_us), TimeSource::ZoneConfigured));
        }
        let stated = stated.ok_or(Rejection::TimeUnknown)?;
        if is_local && self.shift_us != 0 {
            return Ok((
                stated.saturating_add(self.shift_us),
                TimeSource::ZoneConfigured,
            ));
        }
        Ok((stated, TimeSource::Log))
    }
}

/// The whole quarters of an hour that this difference is near, within the zones that exist; `None` when it is near none.
fn whole_quarters(difference_us: i64) -> Option<i64> {
    let quarters = difference_us
        .saturating_add(QUARTER_US / 2)
        .div_euclid(QUARTER_US);
    let whole = quarters.saturating_mul(QUARTER_US);
    let is_zone = quarters.unsigned_abs() <= 26 * 4;
    (is_zone && (difference_us - whole).abs() <= NEAR_US).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(clock: &mut FlatClock, json: &str) -> i64 {
        let value: Value = serde_json::from_str(json).expect("JSON");
        clock
            .time(value.as_object().expect("an object"))
            .expect("a time")
            .0
    }

    #[test]
    fn the_names_are_sorted_for_the_search() {
        assert!(SYSTEM.is_sorted());
    }

    #[test]
    fn local_time_gets_the_zone_that_the_two_receipts_tell() {
        let mut clock = FlatClock::default();
        let written = r#"{"EventTime":"2020-10-22 04:29:46","EventReceivedTime":"2020-10-22 04:29:48","@timestamp":"2020-10-22T08:29:48.785Z"}"#;
        assert_eq!(time(&mut clock, written), 1_603_355_386_000_000);
    }

    #[test]
    fn sysmon_shows_by_how_much_local_time_marked_as_utc_is_wrong() {
        let mut clock = FlatClock::default();
        let other =
            r#"{"TimeCreated":"2021-04-27T04:07:40.000Z","@timestamp":"2021-04-27T04:07:40.000Z"}"#;
        assert_eq!(time(&mut clock, other), 1_619_496_460_000_000);
        let sysmon = r#"{"TimeCreated":"2021-04-27T04:07:36.125Z","@timestamp":"2021-04-27T04:07:36.125Z","UtcTime":"2021-04-27 08:07:36.125"}"#;
        assert_eq!(time(&mut clock, sysmon), 1_619_510_856_125_000);
        assert_eq!(time(&mut clock, other), 1_619_510_860_000_000);
    }
}
