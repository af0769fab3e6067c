//! `RouterOS` of `MikroTik`: `system,error,critical login failure for user admin from 192.0.2.1 via winbox`, `system,info,account user admin
//! logged in from 192.0.2.1 via ssh` (`MikroTik`, "Log"). Dataset `host.auth`.

use super::{Attempt, login};
use crate::document::Document;
use crate::draft::Draft;

pub(super) fn read(draft: &Draft<'_>) -> Option<Document> {
    // The topics may have been taken for a host or a program.
    let at = draft.original.find("system,")?;
    let text = draft.original.get(at..)?;
    let (topics, said) = text.split_once(' ')?;
    if !topics.split(',').all(|topic| {
        matches!(
            topic.trim_end_matches(':'),
            "system" | "error" | "critical" | "info" | "account" | "warning"
        )
    }) {
        return None;
    }
    let (is_success, user, rest) = if let Some(rest) = said.strip_prefix("login failure for user ")
    {
        let (user, rest) = rest.rsplit_once(" from ")?;
        (false, user, rest)
    } else {
        let rest = said.strip_prefix("user ")?;
        let (user, rest) = rest.rsplit_once(" logged in from ")?;
        (true, user, rest)
    };
    let (host, via) = rest.split_once(" via ").unwrap_or((rest, ""));
    let mut document = login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "mikrotik",
            protocol: "",
            user,
            host: host.trim(),
            port: None,
            is_success,
            reason: "",
        },
    );
    document.text("service.name", via.trim());
    Some(document)
}
