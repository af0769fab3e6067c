//! The Security channel (Microsoft Learn, "Advanced security audit policy settings", the events' own pages) and its ECS copies
//! (events design, section 5).

use super::WindowsEvent;
use super::event::{endpoint, file, process_id, program, user};
use crate::document::{Document, Related, is_said};

/// Category, type, action.
type Kind = (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

pub(super) fn copy(event: &WindowsEvent, document: &mut Document) {
    let Ok(code) = event.code.parse::<u16>() else {
        return;
    };
    if let Some((category, kind, action)) = kind_of(code) {
        document.categorise(category, kind);
        document.text("event.action", action);
    }
    match code {
        4624 | 4625 | 4634 | 4647 | 4648 | 4649 | 4768..=4777 => log_in(event, code, document),
        4720..=4767 | 4780..=4799 => account(event, code, document),
        _ => subject(event, document),
    }
    match code {
        4688 | 4689 => process(event, code, document),
        4656 | 4658..=4661 | 4663 | 4670 | 5140 | 5145 => object(event, document),
        4657 => registry(event, document),
        5154..=5159 => connection(event, document),
        4697 => {
            document.text("service.name", event.datum("ServiceName"));
            document.text("service.type", event.datum("ServiceType"));
        }
        _ => {}
    }
}

fn kind_of(code: u16) -> Option<Kind> {
    Some(match code {
        4624 | 4625 | 4771 | 4777 => (&["authentication"], &["start"], "login"),
        4648 => (&["authentication"], &["start"], "login-explicit"),
        4634 | 4647 => (&["authentication"], &["end"], "logout"),
        4768..=4770 | 4772..=4776 => (&["authentication"], &["start"], "credential-checked"),
        4688 => (&["process"], &["start"], "exec"),
        4689 => (&["process"], &["end"], "process-ended"),
        4656 | 4658..=4661 | 4663 | 4670 | 5140 | 5145 => {
            (&["file"], &["access"], "object-accessed")
        }
        4657 => (&["registry"], &["change"], "registry-set"),
        5154 | 5156 | 5158 => (&["network"], &["connection", "start", "allowed"], "allow"),
        5152 | 5153 | 5155 | 5157 | 5159 => (&["network"], &["connection", "denied"], "deny"),
        4720 | 4741 => (&["iam"], &["user", "creation"], "user-added"),
        4726 | 4743 => (&["iam"], &["user", "deletion"], "user-deleted"),
        4722 => (&["iam"], &["user", "change"], "user-enabled"),
        4723 | 4724 => (&["iam"], &["user", "change"], "password-changed"),
        4725 => (&["iam"], &["user", "change"], "user-disabled"),
        4738 | 4742 | 4781 => (&["iam"], &["user", "change"], "user-changed"),
        4740 => (&["iam"], &["user", "change"], "user-locked"),
        4767 => (&["iam"], &["user", "change"], "user-unlocked"),
        4727 | 4731 | 4744 | 4749 | 4754 | 4759 => {
            (&["iam"], &["group", "creation"], "group-added")
        }
        4730 | 4734 | 4748 | 4753 | 4758 | 4763 => {
            (&["iam"], &["group", "deletion"], "group-deleted")
        }
        4728 | 4732 | 4746 | 4751 | 4756 | 4761 => (&["iam"], &["group", "change"], "member-added"),
        4729 | 4733 | 4747 | 4752 | 4757 | 4762 => {
            (&["iam"], &["group", "change"], "member-removed")
        }
        4735 | 4737 | 4745 | 4750 | 4755 | 4760 => {
            (&["iam"], &["group", "change"], "group-changed")
        }
        4798 | 4799 => (&["iam"], &["group", "info"], "members-listed"),
        4697 => (&["configuration"], &["creation"], "service-installed"),
        4698 => (&["configuration"], &["creation"], "task-created"),
        4699 => (&["configuration"], &["deletion"], "task-deleted"),
        4700..=4702 => (&["configuration"], &["change"], "task-changed"),
        1102 => (&["iam"], &["admin"], "log-cleared"),
        1100 | 4719 | 4739 => (&["configuration"], &["change"], "policy-changed"),
        4662 | 5136..=5139 | 5141 => (&["iam"], &["change"], "directory-accessed"),
        _ => return None,
    })
}

/// Whoever did it.
fn subject(event: &WindowsEvent, document: &mut Document) {
    let sid = event.first_of(&["SubjectUserSid"]);
    user(
        document,
        "user",
        event.datum("SubjectUserName"),
        event.datum("SubjectDomainName"),
        sid,
    );
    document.text("winlog.logon.id", event.datum("SubjectLogonId"));
    acting_process(event, document);
}

fn acting_process(event: &WindowsEvent, document: &mut Document) {
    program(
        document,
        "process",
        event.first_of(&["ProcessName", "Application"]),
    );
    if let Some(pid) = process_id(event.first_of(&["ProcessId", "ProcessID"])) {
        document.number("process.pid", pid);
    }
}

/// Logons: the user is whose account it is, the source is where from.
fn log_in(event: &WindowsEvent, code: u16, document: &mut Document) {
    let sid = event.first_of(&["TargetUserSid", "TargetSid"]);
    user(
        document,
        "user",
        event.datum("TargetUserName"),
        event.datum("TargetDomainName"),
        sid,
    );
    if code == 4648 {
        let acting = event.datum("SubjectUserName");
        document.relate(Related::User, acting);
    }
    endpoint(
        document,
        "source",
        event.datum("IpAddress"),
        event.datum("IpPort"),
    );
    document.text(
        "source.domain",
        event.first_of(&["WorkstationName", "Workstation"]),
    );
    document.text("service.name", event.datum("ServiceName"));
    let kind = event.datum("LogonType");
    document.text("winlog.logon.type", logon_type(kind));
    document.text("winlog.logon.id", event.datum("TargetLogonId"));
    let status = event.datum("Status");
    let is_failure = code == 4625 || (is_said(status) && process_id(status) != Some(0));
    if is_failure {
        document.text("event.outcome", "failure");
        document.text(
            "event.reason",
            event.first_of(&["SubStatus", "Status", "FailureReason"]),
        );
    }
    if is_said(event.datum("ProcessName")) {
        acting_process(event, document);
    }
}

/// Winlogbeat's words for `LogonType`.
fn logon_type(number: &str) -> &str {
    match number {
        "2" => "Interactive",
        "3" => "Network",
        "4" => "Batch",
        "5" => "Service",
        "7" => "Unlock",
        "8" => "NetworkCleartext",
        "9" => "NewCredentials",
        "10" => "RemoteInteractive",
        "11" => "CachedInteractive",
        other => other,
    }
}

/// Accounts and groups: the user is who did it, the target what it was done to.
fn account(event: &WindowsEvent, code: u16, document: &mut Document) {
    subject(event, document);
    let is_group = matches!(code, 4727..=4737 | 4744..=4764 | 4799);
    let (name, sid) = (event.datum("TargetUserName"), event.datum("TargetSid"));
    if is_group {
        document.text("group.name", name);
        document.text("group.id", sid);
        let member = event.datum("MemberName");
        // A distinguished name: `CN=an,CN=Users,…`.
        let common = member
            .strip_prefix("CN=")
            .and_then(|rest| rest.split(',').next());
        document.text("user.target.name", common.unwrap_or(member));
        document.text("user.target.id", event.datum("MemberSid"));
    } else {
        document.text(
            "user.target.name",
            event.first_of(&["TargetUserName", "NewTargetUserName"]),
        );
        document.text("user.target.domain", event.datum("TargetDomainName"));
        document.text("user.target.id", sid);
        document.relate(Related::User, name);
    }
}

/// Process creation names the new process, and since Windows 10 its parent.
fn process(event: &WindowsEvent, code: u16, document: &mut Document) {
    if code == 4689 {
        return;
    }
    program(document, "process", event.datum("NewProcessName"));
    document.text("process.command_line", event.datum("CommandLine"));
    if let Some(pid) = process_id(event.datum("NewProcessId")) {
        document.number("process.pid", pid);
    }
    program(document, "process.parent", event.datum("ParentProcessName"));
    if let Some(pid) = process_id(event.datum("ProcessId")) {
        document.number("process.parent.pid", pid);
    }
    let (name, domain) = (
        event.datum("TargetUserName"),
        event.datum("TargetDomainName"),
    );
    document.text("user.effective.name", name);
    document.text("user.effective.domain", domain);
}

fn object(event: &WindowsEvent, document: &mut Document) {
    let relative = event.datum("RelativeTargetName");
    let name = event.datum("ObjectName");
    if is_said(relative) {
        file(document, relative);
    } else if matches!(event.datum("ObjectType"), "File" | "SymbolicLink") {
        file(document, name);
    }
    endpoint(
        document,
        "source",
        event.datum("IpAddress"),
        event.datum("IpPort"),
    );
}

fn registry(event: &WindowsEvent, document: &mut Document) {
    let key = event.datum("ObjectName");
    let value = event.datum("ObjectValueName");
    document.text("registry.key", key);
    document.text("registry.value", value);
    if is_said(value) {
        document.text("registry.path", &format!("{key}\\{value}"));
    } else {
        document.text("registry.path", key);
    }
    document.list("registry.data.strings", [event.datum("NewValue")]);
}

fn connection(event: &WindowsEvent, document: &mut Document) {
    endpoint(
        document,
        "source",
        event.datum("SourceAddress"),
        event.datum("SourcePort"),
    );
    endpoint(
        document,
        "destination",
        event.datum("DestAddress"),
        event.datum("DestPort"),
    );
    match event.datum("Protocol") {
        "1" => document.text("network.transport", "icmp"),
        "6" => document.text("network.transport", "tcp"),
        "17" => document.text("network.transport", "udp"),
        "58" => document.text("network.transport", "ipv6-icmp"),
        _ => {}
    }
    match event.datum("Direction") {
        "%%14592" => document.text("network.direction", "ingress"),
        "%%14593" => document.text("network.direction", "egress"),
        _ => {}
    }
}
