//! What the records of one id say together: a process began, a file was touched, somebody logged in, an account changed.

use super::record::Record;
use crate::document::{Document, Related, is_said};
use crate::draft::{TimeSource, parse_address};

/// `auid` of what no log-in began.
const UNSET: [&str; 3] = ["4294967295", "-1", "unset"];

/// The event; `None` when the records say none of these.
pub(super) fn event(records: &[Record]) -> Option<Document> {
    let find = |kind: &str| records.iter().find(|record| record.kind == kind);
    if let Some(execve) = find("EXECVE") {
        return Some(process(
            records,
            find("SYSCALL").unwrap_or(execve),
            Some(execve),
        ));
    }
    if let Some(syscall) = find("SYSCALL") {
        return match syscall.get("SYSCALL") {
            Some("execve" | "execveat") => Some(process(records, syscall, None)),
            _ => file(records, syscall),
        };
    }
    let record = records.first()?;
    match record.kind.as_str() {
        // The attempt was told already, by its USER_AUTH or USER_ERR record.
        "USER_LOGIN" if record.result() == Some(false) => None,
        "USER_AUTH" | "USER_LOGIN" | "USER_ACCT" | "USER_START" | "USER_END" | "USER_LOGOUT"
        | "USER_CMD" | "USER_ERR" | "CRED_ACQ" | "CRED_DISP" | "CRED_REFR" => {
            Some(authentication(record))
        }
        "ADD_USER" | "DEL_USER" | "ADD_GROUP" | "DEL_GROUP" | "USER_MGMT" | "GRP_MGMT"
        | "USER_CHAUTHTOK" | "ACCT_LOCK" | "ACCT_UNLOCK" | "USER_ROLE_CHANGE" => {
            Some(account(record))
        }
        _ => None,
    }
}

fn start(record: &Record, dataset: &str) -> Document {
    let mut document = Document::new(record.time_us, TimeSource::Log, dataset, "auditd");
    document.text("auditd.id", &record.id);
    document.text("host.hostname", &record.host);
    document.relate(Related::Hosts, &record.host);
    match record.result() {
        Some(true) => document.text("event.outcome", "success"),
        Some(false) => document.text("event.outcome", "failure"),
        None => {}
    }
    document
}

/// Who and by which program; `syscall` has the numbers.
fn actor(document: &mut Document, syscall: &Record) {
    let text = |name: &str| syscall.get(name).unwrap_or_default();
    for (field, number, name) in [
        ("user", "uid", "UID"),
        ("user.effective", "euid", "EUID"),
        ("user.audit", "auid", "AUID"),
    ] {
        if !UNSET.contains(&text(number)) {
            document.text(&format!("{field}.id"), text(number));
            let name = text(name);
            if !UNSET.contains(&name) {
                document.text(&format!("{field}.name"), name);
                document.relate(Related::User, name);
            }
        }
    }
    document.text("process.executable", text("exe"));
    document.text("process.name", last_part(text("exe")));
    for (field, name) in [("process.pid", "pid"), ("process.parent.pid", "ppid")] {
        if let Ok(pid) = text(name).parse::<i64>() {
            document.number(field, pid);
        }
    }
    document.text("process.tty.name", text("tty"));
    document.list("auditd.key", text("key").split('\u{1}'));
}

fn process(records: &[Record], syscall: &Record, execve: Option<&Record>) -> Document {
    let mut document = start(syscall, "host.process");
    document.categorise(&["process"], &["start"]);
    document.text("event.action", "exec");
    actor(&mut document, syscall);
    let arguments: Vec<&str> = execve
        .map(|execve| {
            let argument = |number: usize| execve.get(&format!("a{number}"));
            (0..512).map_while(argument).collect()
        })
        .unwrap_or_default();
    document.strings("process.args", arguments.iter().copied());
    let title = records
        .iter()
        .find(|record| record.kind == "PROCTITLE")
        .and_then(|record| record.get("proctitle"));
    if arguments.is_empty() {
        document.text("process.command_line", title.unwrap_or_default());
    } else {
        document.text("process.command_line", &arguments.join(" "));
    }
    document.text("process.working_directory", directory(records));
    document
}

fn directory(records: &[Record]) -> &str {
    let cwd = records.iter().find(|record| record.kind == "CWD");
    cwd.and_then(|record| record.get("cwd")).unwrap_or_default()
}

/// A file that was made or deleted, else the last that was named; `None` without one.
fn file(records: &[Record], syscall: &Record) -> Option<Document> {
    let paths: Vec<&Record> = records
        .iter()
        .filter(|record| record.kind == "PATH" && record.get("nametype") != Some("PARENT"))
        .collect();
    let is_change = |record: &&&Record| matches!(record.get("nametype"), Some("CREATE" | "DELETE"));
    let path = paths.iter().rfind(is_change).or_else(|| paths.last())?;
    let name = path.get("name")?;
    let call = syscall.get("SYSCALL").unwrap_or_default();
    let (kind, action) = match path.get("nametype") {
        _ if call.starts_with("rename") => ("change", "file-renamed"),
        Some("CREATE") => ("creation", "file-created"),
        Some("DELETE") => ("deletion", "file-deleted"),
        _ if [
            "chmod",
            "fchmod",
            "chown",
            "fchown",
            "lchown",
            "setxattr",
            "truncate",
            "ftruncate",
            "write",
        ]
        .iter()
        .any(|change| call.starts_with(change)) =>
        {
            ("change", "file-changed")
        }
        _ if opens_for_change(call, syscall) => ("change", "file-changed"),
        _ => ("access", "file-accessed"),
    };
    let mut document = start(syscall, "host.file");
    document.categorise(&["file"], &[kind]);
    document.text("event.action", action);
    actor(&mut document, syscall);
    let directory = directory(records);
    let whole = if name.starts_with('/') || directory.is_empty() {
        name.to_owned()
    } else {
        format!(
            "{}/{}",
            directory.trim_end_matches('/'),
            name.trim_start_matches("./")
        )
    };
    document.text("file.path", &whole);
    document.text("file.name", last_part(&whole));
    Some(document)
}

/// Whether an existing file was opened to be written (open(2): the access mode is the lowest two bits of the flags; `fcntl.h` of
/// both architectures has these values).
fn opens_for_change(call: &str, syscall: &Record) -> bool {
    const ACCESS_MODE: u64 = 0o3;
    const READ_ONLY: u64 = 0o0;
    const TRUNCATE: u64 = 0o1000;
    let flags = match call {
        "creat" => return true,
        "open" => "a1",
        "openat" => "a2",
        _ => return false,
    };
    // Arguments are hexadecimal without a prefix.
    let flags = syscall
        .get(flags)
        .and_then(|flags| u64::from_str_radix(flags, 16).ok());
    flags.is_some_and(|flags| flags & ACCESS_MODE != READ_ONLY || flags & TRUNCATE != 0)
}

fn authentication(record: &Record) -> Document {
    let mut document = start(record, "host.auth");
    let is_failure = record.result() == Some(false);
    let by_sshd = record
        .get("exe")
        .is_some_and(|path| last_part(path).starts_with("sshd"));
    let (kind, action) = match record.kind.as_str() {
        "USER_LOGIN" => ("start", "login"),
        "USER_START" => ("start", "session-started"),
        "USER_END" => ("end", "session-ended"),
        "USER_LOGOUT" => ("end", "logout"),
        "USER_AUTH" | "USER_ERR" if is_failure && by_sshd => ("start", "login"),
        "USER_AUTH" | "USER_ERR" if is_failure => ("start", "pam-authentication"),
        "USER_AUTH" | "USER_ERR" => ("info", "pam-authentication"),
        "USER_CMD" => ("info", "sudo"),
        "USER_ACCT" => ("info", "account-checked"),
        _ => ("info", "credential-changed"),
    };
    document.categorise(&["authentication"], &[kind]);
    document.text("event.action", action);
    actor(&mut document, record);
    let text = |name: &str| record.get(name).unwrap_or_default();
    // The account that is meant; the numbers are those of the program that asks.
    let name = if is_said(text("acct")) {
        text("acct")
    } else {
        text("ID")
    };
    document.text("user.name", name);
    document.relate(Related::User, name);
    document.text("process.command_line", text("cmd"));
    document.text("process.tty.name", text("terminal"));
    let from = [text("addr"), text("hostname")]
        .into_iter()
        .find(|from| is_said(from));
    if let Some(address) = from.and_then(parse_address) {
        document.text("source.ip", &address.to_string());
        document.relate(Related::Ip, &address.to_string());
    } else if let Some(from) = from {
        document.text("source.address", from);
    }
    document
}

fn account(record: &Record) -> Document {
    let mut document = start(record, "host.account");
    let subject = if record.kind.contains("GROUP") || record.kind.contains("GRP") {
        "group"
    } else {
        "user"
    };
    let (kind, action) = match record.kind.as_str() {
        "ADD_USER" => ("creation", "user-added"),
        "ADD_GROUP" => ("creation", "group-added"),
        "DEL_USER" => ("deletion", "user-deleted"),
        "DEL_GROUP" => ("deletion", "group-deleted"),
        "USER_CHAUTHTOK" => ("change", "password-changed"),
        "ACCT_LOCK" => ("change", "user-locked"),
        "ACCT_UNLOCK" => ("change", "user-unlocked"),
        "GRP_MGMT" => ("change", "group-changed"),
        _ => ("change", "user-changed"),
    };
    document.categorise(&["iam"], &[subject, kind]);
    document.text("event.action", action);
    actor(&mut document, record);
    let text = |name: &str| record.get(name).unwrap_or_default();
    let field = if subject == "group" {
        "group.name"
    } else {
        "user.target.name"
    };
    let name = if is_said(text("acct")) {
        text("acct")
    } else {
        text("ID")
    };
    document.text(field, name);
    document
}

/// What stands behind the last separator.
pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
