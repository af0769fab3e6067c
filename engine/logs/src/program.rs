//! Which reader looks into the message of a program.

use crate::draft::Draft;
use crate::{dovecot, haproxy, nginx, pam, postfix, sshd};

/// Looks into the message of a known program; all others stay `host.syslog`.
pub(crate) fn read(draft: &mut Draft<'_>) {
    let Some(std::borrow::Cow::Borrowed(message)) = draft.message else {
        return;
    };
    let Some(appname) = draft.syslog.appname else {
        return;
    };
    let program = appname.split('(').next().unwrap_or(appname);
    // Where a program writes with its path (`/usr/sbin/sshd`), its name is the last part.
    let name = if program.starts_with('/') {
        program.rsplit('/').next().unwrap_or(program)
    } else {
        program
    };
    match name {
        "sshd" | "sshd-session" | "sshd-auth" => sshd::read(draft, message),
        "sudo" => pam::read_sudo(draft, message),
        "su" => pam::read_su(draft, message),
        "nginx" | "apache2" | "httpd" => {
            nginx::read_forwarded(draft, message);
        }
        "haproxy" => {
            haproxy::read_forwarded(draft, message);
        }
        _ if name == "postfix" || name.starts_with("postfix/") || name.starts_with("postfix-") => {
            postfix::read(draft, message);
        }
        _ if dovecot::is_program(name) => dovecot::read(draft, message),
        _ => {
            pam::read_other(draft, message);
        }
    }
}
