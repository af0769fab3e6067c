//! The audit log of Linux (Linux Audit Project, "audit event fields" and "auditd message types"): each record as it is, dataset
//! `linux.auditd`, and one event for all records of an id (events design, section 6).
//!
//! The records of an id come together, but those of two may be mixed. An id is whole at its PROCTITLE or EOE record, when
//! `JOIN_US` of event time passed, when `MAX_WAITING` others wait, or at the end of the input.

mod joined;
mod record;
mod syscall;

use std::collections::{HashMap, VecDeque};

use crate::document::{Document, Related};
use crate::draft::TimeSource;
use crate::{Batch, Rejection};
use record::Record;

/// How long an id waits for more of its records, in event time.
const JOIN_US: i64 = 2_000_000;
/// How many ids may wait.
pub const MAX_WAITING: usize = 64;
/// Most records of one id that are kept.
const MAX_RECORDS: usize = 64;
/// How many processes are remembered, to name the program of a parent.
const MAX_PROCESSES: usize = 8_192;

/// The records of an id that came so far.
struct Waiting {
    id: String,
    records: Vec<Record>,
    is_cut: bool,
}

/// A process that was seen to begin.
#[derive(Clone)]
struct Program {
    executable: String,
    command_line: String,
}

/// Reads one audit log.
#[derive(Default)]
pub struct Auditd {
    waiting: VecDeque<Waiting>,
    processes: HashMap<(String, i64), Program>,
    order: VecDeque<(String, i64)>,
}

impl std::fmt::Debug for Auditd {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Auditd({} waiting)", self.waiting.len())
    }
}

impl Auditd {
    /// Reads one line into events: its own, and those of the ids that are whole now.
    ///
    /// # Errors
    /// It is no audit record.
    pub fn read(
        &mut self,
        line: &str,
        host: Option<&str>,
        source: &str,
        batch: &mut Batch,
    ) -> Result<(), Rejection> {
        let record = Record::parse(line, host).ok_or(Rejection::Format)?;
        let time_us = own_event(&record, line).write(&mut batch.lines, source)?;
        batch.took(time_us);
        self.join(record, source, batch);
        Ok(())
    }

    /// The events of all ids that still wait: the input is over, or quiet.
    pub fn finish(&mut self, source: &str, batch: &mut Batch) {
        while let Some(whole) = self.waiting.pop_front() {
            self.give(&whole, source, batch);
        }
    }

    fn join(&mut self, record: Record, source: &str, batch: &mut Batch) {
        while let Some(oldest) = self.waiting.front() {
            let is_late = oldest
                .records
                .first()
                .is_some_and(|first| record.time_us.saturating_sub(first.time_us) > JOIN_US);
            if !is_late && self.waiting.len() < MAX_WAITING {
                break;
            }
            if let Some(whole) = self.waiting.pop_front() {
                self.give(&whole, source, batch);
            }
        }
        let is_last = matches!(record.kind.as_str(), "PROCTITLE" | "EOE") || record.is_alone();
        let id = record.joint_id();
        let at = self.waiting.iter().position(|waiting| waiting.id == id);
        let at = at.unwrap_or_else(|| {
            self.waiting.push_back(Waiting {
                id,
                records: Vec::new(),
                is_cut: false,
            });
            self.waiting.len() - 1
        });
        if let Some(waiting) = self.waiting.get_mut(at) {
            if waiting.records.len() < MAX_RECORDS {
                waiting.records.push(record);
            } else {
                waiting.is_cut = true;
            }
        }
        if is_last && let Some(whole) = self.waiting.remove(at) {
            self.give(&whole, source, batch);
        }
    }

    fn give(&mut self, whole: &Waiting, source: &str, batch: &mut Batch) {
        let Some(mut document) = joined::event(&whole.records) else {
            return;
        };
        if whole.is_cut {
            document.open("khien.extra", [("auditd_records", "cut")]);
        }
        self.name_parent(&whole.records, &mut document);
        if let Ok(time_us) = document.write(&mut batch.lines, source) {
            batch.took(time_us);
        }
    }

    /// The log says only the number of a parent: its program is known when it was seen to begin.
    fn name_parent(&mut self, records: &[Record], document: &mut Document) {
        let Some(syscall) = records.iter().find(|record| record.kind == "SYSCALL") else {
            return;
        };
        let number = |name: &str| syscall.get(name).and_then(|text| text.parse::<i64>().ok());
        if let Some(parent) =
            number("ppid").and_then(|pid| self.processes.get(&(syscall.host.clone(), pid)))
        {
            document.text("process.parent.executable", &parent.executable);
            document.text("process.parent.name", joined::last_part(&parent.executable));
            document.text("process.parent.command_line", &parent.command_line);
        }
        let begun = document.get("event.dataset") == Some("host.process")
            && syscall.get("success") == Some("yes");
        if let (true, Some(pid)) = (begun, number("pid")) {
            let text = |path: &str| document.get(path).unwrap_or_default().to_owned();
            let program = Program {
                executable: text("process.executable"),
                command_line: text("process.command_line"),
            };
            let key = (syscall.host.clone(), pid);
            if self.processes.insert(key.clone(), program).is_none() {
                self.order.push_back(key);
            }
            if self.order.len() > MAX_PROCESSES
                && let Some(oldest) = self.order.pop_front()
            {
                self.processes.remove(&oldest);
            }
        }
    }
}

/// A record by itself.
fn own_event(record: &Record, line: &str) -> Document {
    let mut document = Document::new(record.time_us, TimeSource::Log, "linux.auditd", "auditd");
    document.text("event.original", line);
    document.text("auditd.type", &record.kind);
    document.text("auditd.id", &record.id);
    document.open(
        "auditd.data",
        record
            .pairs()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    document.text("host.hostname", &record.host);
    document.relate(Related::Hosts, &record.host);
    match record.result() {
        Some(true) => document.text("event.outcome", "success"),
        Some(false) => document.text("event.outcome", "failure"),
        None => {}
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXEC: [&str; 5] = [
        r#"type=SYSCALL msg=audit(1696431282.553:8282): arch=c000003e syscall=59 success=yes exit=0 a0=7ff ppid=1 pid=42 auid=1000 uid=1000 gid=1000 euid=0 tty=pts0 comm="su" exe="/usr/bin/su" key="priv""#,
        r#"type=EXECVE msg=audit(1696431282.553:8282): argc=3 a0="/usr/bin/su" a1="-c" a2=6563686F20C3A1"#,
        r#"type=CWD msg=audit(1696431282.553:8282): cwd="/home/an""#,
        r#"type=PATH msg=audit(1696431282.553:8282): item=0 name="/usr/bin/su" nametype=NORMAL"#,
        "type=PROCTITLE msg=audit(1696431282.553:8282): proctitle=2F7573722F62696E2F7375002D63",
    ];

    fn read(lines: &[&str]) -> Batch {
        let (mut auditd, mut batch) = (Auditd::default(), Batch::default());
        for line in lines {
            auditd
                .read(line, Some("may1"), "t", &mut batch)
                .expect("a record");
        }
        auditd.finish("t", &mut batch);
        batch
    }

    #[test]
    fn the_records_of_an_id_are_events_each_and_one_together() {
        let batch = read(&EXEC);
        assert_eq!(batch.count, 6);
        let last = batch.lines.lines().last().expect("a line");
        for part in [
            "\"dataset\":\"host.process\"",
            "\"args\":[\"/usr/bin/su\",\"-c\",\"echo á\"]",
            "\"command_line\":\"/usr/bin/su -c echo á\"",
            "\"working_directory\":\"/home/an\"",
            "\"executable\":\"/usr/bin/su\"",
            "\"outcome\":\"success\"",
        ] {
            assert!(last.contains(part), "{part} in {last}");
        }
        assert!(batch.lines.contains("\"SYSCALL\":\"execve\""));
        assert!(batch.lines.contains("\"proctitle\":\"/usr/bin/su -c\""));
    }

    #[test]
    fn a_parent_that_was_seen_to_begin_is_named() {
        let child = EXEC.map(|line| {
            line.replace(":8282", ":8283")
                .replace("ppid=1 pid=42", "ppid=42 pid=43")
        });
        let lines: Vec<&str> = EXEC
            .into_iter()
            .chain(child.iter().map(String::as_str))
            .collect();
        let batch = read(&lines);
        let last = batch.lines.lines().last().expect("a line");
        assert!(
            last.contains("\"parent\":{\"pid\":42,\"executable\":\"/usr/bin/su\",\"name\":\"su\""),
            "{last}"
        );
    }

    #[test]
    fn mixed_ids_are_told_apart_and_late_ones_given_up() {
        let other = r#"type=SYSCALL msg=audit(1696431282.600:9): arch=c000003e syscall=87 success=no ppid=1 pid=7 uid=0 exe="/bin/rm""#;
        let path = r#"type=PATH msg=audit(1696431282.600:9): item=1 name="x" nametype=DELETE"#;
        let [syscall, execve, cwd, file, title] = EXEC;
        let batch = read(&[syscall, other, execve, path, cwd, file, title]);
        assert_eq!(batch.count, 9);
        assert!(batch.lines.contains("\"dataset\":\"host.file\""));
        let late = r#"type=SYSCALL msg=audit(1696431299.000:10): arch=c000003e syscall=59 success=yes pid=8 exe="/bin/ls""#;
        let mut auditd = Auditd::default();
        let mut batch = Batch::default();
        for line in [other, late] {
            auditd.read(line, None, "t", &mut batch).expect("a record");
        }
        assert_eq!(
            batch.count, 2,
            "a system call without a path is no file event"
        );
        assert_eq!(auditd.waiting.len(), 1);
    }
}
