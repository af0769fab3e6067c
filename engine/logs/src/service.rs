//! Log-ins of services that city servers run, told through syslog: file transfer, file sharing, databases, telephony, mail filters,
//! hypervisors and routers. A message that says nothing of a log-in stays what the header made of it.

pub(crate) mod asterisk;
pub(crate) mod database;
mod file_transfer;
mod hypervisor;
mod mail_filter;
mod router;

pub(crate) use file_transfer::parse_vsftpd;

use crate::device::{endpoint, start};
use crate::document::{Document, Related};
use crate::draft::Draft;

/// The event of a message that one of these programs wrote.
pub(crate) fn read(draft: &Draft<'_>, program: &str, message: &str) -> Option<Document> {
    match program {
        "vsftpd" => file_transfer::read_vsftpd(draft, message),
        "proftpd" => file_transfer::read_proftpd(draft, message),
        "pure-ftpd" => file_transfer::read_pure_ftpd(draft, message),
        "smb" | "smbd" | "smbd_audit" | "samba" | "winbindd" => {
            file_transfer::read_samba(draft, message)
        }
        "mysql" | "mysqld" | "mariadb" | "mariadbd" | "mysqld_safe" => {
            database::read_mysql(draft, message)
        }
        "postgres" | "postgresql" => database::read_postgresql(draft, message),
        "asterisk" => asterisk::read(draft, message),
        "amavis" | "amavisd" => mail_filter::read(draft, message),
        "pvedaemon" | "pveproxy" | "pmgdaemon" | "proxmox-backup-proxy" | "proxmox-backup-api" => {
            hypervisor::read(draft, message)
        }
        _ => router::read(draft).or_else(|| hypervisor::read_headless(draft)),
    }
}

/// Who tried to come in, from where.
pub(crate) struct Attempt<'a> {
    pub(crate) dataset: &'static str,
    pub(crate) module: &'static str,
    pub(crate) protocol: &'a str,
    pub(crate) user: &'a str,
    pub(crate) host: &'a str,
    pub(crate) port: Option<&'a str>,
    pub(crate) is_success: bool,
    pub(crate) reason: &'a str,
}

/// The event of an attempt to log in.
pub(crate) fn login(draft: &Draft<'_>, attempt: &Attempt<'_>) -> Document {
    let mut document = start(draft, attempt.dataset, attempt.module);
    let category: &[&str] = match attempt.dataset {
        "db.audit" => &["authentication", "database"],
        "mail.auth" => &["authentication", "email"],
        _ => &["authentication"],
    };
    document.categorise(category, &["start"]);
    document.text("event.action", "login");
    document.text(
        "event.outcome",
        if attempt.is_success {
            "success"
        } else {
            "failure"
        },
    );
    document.text("event.reason", attempt.reason);
    document.text("network.protocol", attempt.protocol);
    document.text("user.name", attempt.user);
    document.relate(Related::User, attempt.user);
    if !attempt.host.is_empty() {
        endpoint(&mut document, "source", attempt.host, attempt.port);
    }
    document
}
