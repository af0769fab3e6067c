//! Proxmox (`pvedaemon`, the mail gateway, the backup server): `authentication failure; rhost=192.0.2.1 user=root@pam msg=no such user`
//! (Proxmox VE wiki, "Fail2ban"), `successful auth for user 'root@pam'`. Dataset `host.auth`.

use super::{Attempt, login};
use crate::document::Document;
use crate::draft::Draft;

const FAILURE: &str = "authentication failure; rhost=";

pub(super) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (user, host, port, reason, is_success) =
        if let Some((_, rest)) = message.split_once(FAILURE) {
            let (client, rest) = rest.split_once(" user=")?;
            let (user, reason) = rest.split_once(" msg=").unwrap_or((rest, ""));
            let (host, port) = match client
                .strip_prefix('[')
                .and_then(|client| client.split_once(']'))
            {
                Some((host, port)) => (host, port.strip_prefix(':')),
                None => (client, None),
            };
            (user, host, port, reason, false)
        } else {
            let (_, rest) = message.split_once("successful auth for user '")?;
            (rest.split_once('\'')?.0, "", None, "", true)
        };
    Some(login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "proxmox",
            protocol: "https",
            user,
            host,
            port,
            is_success,
            reason,
        },
    ))
}

/// The backup server's own file has a time and no program.
pub(super) fn read_headless(draft: &Draft<'_>) -> Option<Document> {
    if draft.syslog.appname.is_some() {
        return None;
    }
    let at = draft.original.find(": authentication failure; rhost=[")?;
    // No host stands there either: what was taken for one is a word of the message.
    let mut draft = draft.clone();
    draft.hostname = None;
    draft.syslog.hostname = None;
    read(&draft, draft.original.get(at..)?)
}
