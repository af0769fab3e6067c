//! Other channels: System, Defender, Task Scheduler, WMI activity (events design, section 5).

use super::WindowsEvent;
use super::event::{account, file, process_id, program, user};
use crate::document::Document;

pub(super) fn copy(event: &WindowsEvent, dataset: &str, document: &mut Document) {
    match (dataset, event.code.as_str()) {
        ("windows.system", "7045") => {
            document.categorise(&["configuration"], &["creation"]);
            document.text("event.action", "service-installed");
            document.text("service.name", event.datum("ServiceName"));
            document.text("service.type", event.datum("ServiceType"));
        }
        ("windows.system", "7036" | "7040") => {
            document.categorise(&["configuration"], &["change"]);
            document.text("event.action", "service-changed");
            document.text("service.name", event.datum("param1"));
            document.text("service.state", event.datum("param2"));
        }
        ("windows.system", "104") => {
            document.categorise(&["iam"], &["admin"]);
            document.text("event.action", "log-cleared");
            user(
                document,
                "user",
                event.datum("SubjectUserName"),
                event.datum("SubjectDomainName"),
                "",
            );
        }
        ("windows.defender", _) => defender(event, document),
        ("windows.taskscheduler", _) => {
            document.categorise(&["process"], &["info"]);
            document.text("process.executable", event.datum("Path"));
            if let Some(pid) = process_id(event.datum("ProcessID")) {
                document.number("process.pid", pid);
            }
        }
        ("windows.wmi", _) => {
            document.categorise(&["process"], &["info"]);
            if let Some(pid) = process_id(event.first_of(&["ClientProcessId", "ProcessID"])) {
                document.number("process.pid", pid);
            }
            let (domain, name) = account(event.datum("User"));
            user(document, "user", name, domain, "");
        }
        _ => {}
    }
}

/// Detections (1006 to 1119): the name of what was found, and where.
fn defender(event: &WindowsEvent, document: &mut Document) {
    document.text("rule.name", event.datum("ThreatName"));
    document.text("rule.category", event.datum("CategoryName"));
    // `containerfile:_C:\a.zip; file:_C:\a.zip->b`: the first path, without its label.
    let paths = event.datum("Path");
    let first = paths.split(';').next().unwrap_or(paths).trim();
    let path = first.split_once(":_").map_or(first, |(_, path)| path);
    file(document, path);
    program(document, "process", event.datum("ProcessName"));
    let (domain, name) = account(event.first_of(&["DetectionUser", "User"]));
    user(document, "user", name, domain, "");
    if matches!(
        event.code.as_str(),
        "5001" | "5007" | "5010" | "5012" | "5013"
    ) {
        document.categorise(&["configuration"], &["change"]);
    }
}
