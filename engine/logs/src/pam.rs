//! What PAM modules, `sudo` and `su` say, dataset `host.auth`.

use std::borrow::Cow;

use crate::draft::{Draft, Endpoint};

/// Reads `pam_unix(service:type): …` (also old `service(pam_unix)`, where only the text is left); whether it was one.
pub fn read_module<'a>(draft: &mut Draft<'a>, text: &'a str) -> bool {
    let (service, body) = match text
        .strip_prefix("pam_")
        .and_then(|rest| rest.split_once("): "))
    {
        Some((module, body)) => match module.split_once('(') {
            Some((_, service)) => (service.split(':').next().unwrap_or(service), body),
            None => return false,
        },
        None => match text.strip_prefix("PAM ") {
            Some(body) => ("", body),
            None => return false,
        },
    };
    read_body(draft, service, body)
}

/// Reads the text behind the module's name; whether it is known.
pub fn read_body<'a>(draft: &mut Draft<'a>, service: &str, body: &'a str) -> bool {
    if let Some(rest) = body.strip_prefix("session opened for user ") {
        let user = rest.rsplit_once(" by ").map_or(rest, |(user, _)| user);
        return read_session(draft, user, true);
    }
    if let Some(user) = body.strip_prefix("session closed for user ") {
        return read_session(draft, user, false);
    }
    let Some((head, values)) = body
        .split_once("; logname=")
        .filter(|(head, _)| head.contains("authentication failure"))
    else {
        return !service.is_empty();
    };
    draft.action = Some("pam-authentication");
    draft.reason = Some(Cow::Borrowed(head));
    // `… rhost=HOST  user=USER`: the name the client chose stands in `ruser`, before the true host.
    let (values, user) = values
        .rsplit_once(" user=")
        .map_or((values, None), |(values, user)| (values, Some(user)));
    let host = values
        .rsplit_once("rhost=")
        .map_or("", |(_, host)| host.split(' ').next().unwrap_or_default());
    let remote_user = values
        .split_once("ruser=")
        .map(|(_, rest)| rest.rsplit_once(" rhost=").map_or(rest, |(user, _)| user));
    let user = user
        .or(remote_user)
        .map(str::trim)
        .filter(|user| !user.is_empty());
    draft.user = user.map(Cow::Borrowed);
    if !host.is_empty() {
        draft.source = Endpoint::new(host, None);
    }
    // sshd asks several modules for one attempt and tells the result itself.
    if !matches!(service, "sshd" | "") {
        draft.outcome = Some("failure");
        draft.kind_types = &["start"];
    }
    true
}

fn read_session<'a>(draft: &mut Draft<'a>, user: &'a str, is_start: bool) -> bool {
    let user = user.split_once("(uid=").map_or(user, |(user, _)| user);
    draft.user = Some(Cow::Borrowed(user.trim()));
    draft.action = Some(if is_start {
        "session-started"
    } else {
        "session-ended"
    });
    draft.kind_types = if is_start { &["start"] } else { &["end"] };
    if is_start {
        draft.outcome = Some("success");
    }
    true
}

/// Reads the message of `sudo`: `user : [problem ; ]TTY=… ; PWD=… ; USER=… ; COMMAND=…` (sudo's logging.c).
pub fn read_sudo<'a>(draft: &mut Draft<'a>, message: &'a str) {
    prepare(draft, "sudo");
    let text = message.trim_start();
    if read_module(draft, text) {
        return;
    }
    let Some((user, rest)) = text.split_once(" : ") else {
        return;
    };
    // The command may hold anything, so it is cut off first.
    let (values, command) = rest
        .split_once("COMMAND=")
        .map_or((rest, None), |(values, command)| (values, Some(command)));
    draft.action = Some("sudo");
    draft.user = Some(Cow::Borrowed(user));
    draft.outcome = Some("success");
    draft.command_line = command.map(Cow::Borrowed);
    for part in values
        .split(" ; ")
        .map(|part| part.trim_end_matches([' ', ';']))
    {
        match part.split_once('=') {
            Some(("TTY", tty)) => draft.tty = Some(Cow::Borrowed(tty)),
            Some(("PWD", directory)) => draft.working_directory = Some(Cow::Borrowed(directory)),
            Some(("USER", effective)) => draft.effective_user = Some(Cow::Borrowed(effective)),
            Some(_) => {}
            None if part.is_empty() => {}
            None => {
                draft.reason = Some(Cow::Borrowed(part));
                draft.outcome = Some("failure");
            }
        }
    }
}

/// Reads the message of `su` (util-linux and shadow).
pub fn read_su<'a>(draft: &mut Draft<'a>, message: &'a str) {
    prepare(draft, "su");
    let text = message.trim();
    if read_module(draft, text) || read_body(draft, "", text) && draft.action.is_some() {
        // The old form `su(pam_unix)` has no service in its text.
        if draft.action == Some("pam-authentication") {
            draft.outcome = Some("failure");
        }
        return;
    }
    let (is_failed, rest) = match text
        .strip_prefix("FAILED SU ")
        .or_else(|| text.strip_prefix("FAILED su for "))
    {
        Some(rest) => (true, rest),
        None => (
            false,
            text.strip_prefix("Successful su for ").unwrap_or(text),
        ),
    };
    let users = match rest
        .strip_prefix("(to ")
        .and_then(|rest| rest.split_once(") "))
    {
        Some((effective, rest)) => rest
            .split_once(" on ")
            .map(|(user, tty)| (user, effective, Some(tty))),
        None => rest
            .split_once(" by ")
            .map(|(effective, user)| (user, effective, None)),
    };
    let Some((user, effective, tty)) = users else {
        return;
    };
    draft.action = Some("su");
    draft.outcome = Some(if is_failed { "failure" } else { "success" });
    draft.user = Some(Cow::Borrowed(user));
    draft.effective_user = Some(Cow::Borrowed(effective));
    draft.tty = tty.filter(|tty| *tty != "none").map(Cow::Borrowed);
}

/// Reads a line of any other program when a PAM module wrote it; whether one did.
pub fn read_other<'a>(draft: &mut Draft<'a>, message: &'a str) -> bool {
    let text = message.trim();
    let is_old = draft
        .syslog
        .appname
        .is_some_and(|name| name.ends_with("(pam_unix)"));
    if !is_old && !text.starts_with("pam_") {
        return false;
    }
    let before = (draft.dataset, draft.module, draft.category);
    prepare(draft, "pam");
    let service = draft
        .syslog
        .appname
        .unwrap_or("pam")
        .split('(')
        .next()
        .unwrap_or("pam");
    let is_known = if is_old {
        read_body(draft, service, text)
    } else {
        read_module(draft, text)
    };
    if !is_known {
        (draft.dataset, draft.module, draft.category) = before;
    }
    is_known
}

fn prepare(draft: &mut Draft<'_>, module: &'static str) {
    draft.dataset = "host.auth";
    draft.module = module;
    draft.category = &["authentication"];
}
