//! What Dovecot says about log-ins, dataset `mail.auth` (Dovecot 2.2 to 2.4).
//!
//! The `…-login` process tells the end of a session (action `login`); the auth process tells each look at a password
//! (`password-check`), so that counting log-ins does not count twice.

use std::borrow::Cow;

use crate::draft::{Draft, Endpoint};
use crate::pam;

/// Whether a program name is one of Dovecot's.
#[must_use]
pub fn is_program(name: &str) -> bool {
    matches!(name, "dovecot" | "dovecot-auth" | "auth" | "auth-worker") || name.ends_with("-login")
}

/// Reads the message of a Dovecot line.
pub fn read<'a>(draft: &mut Draft<'a>, message: &'a str) {
    draft.dataset = "mail.auth";
    draft.module = "dovecot";
    draft.category = &["authentication", "email"];
    let appname = draft.syslog.appname.unwrap_or_default();
    let (process, text) = if appname == "dovecot" {
        split_process(message).unwrap_or(("", message))
    } else {
        (appname, message)
    };
    let text = ["Info: ", "Warning: ", "Error: "]
        .iter()
        .find_map(|level| text.strip_prefix(level))
        .unwrap_or(text);
    if pam::read_module(draft, text) {
        return;
    }
    let _ = match process.strip_suffix("-login") {
        Some(service) => read_login(draft, service, text),
        None => {
            read_password_check(draft, process, text).or_else(|| read_logout(draft, process, text))
        }
    };
}

/// `imap-login: text`, `auth-worker(304): text`, `imap(user)<pid><session>: text`, also behind a doubled `dovecot: `.
fn split_process(message: &str) -> Option<(&str, &str)> {
    let message = message.strip_prefix("dovecot: ").unwrap_or(message);
    let end = message.find(": ")?;
    let (process, text) = message.split_at_checked(end)?;
    // A user's name may hold a space, an address colons, but no colon with a space before the bracket closes.
    Some((process, text.strip_prefix(": ")?))
}

/// `Login: user=<…>, method=PLAIN, rip=…, lip=…`, `Disconnected (auth failed, 2 attempts): user=<…>, …`.
fn read_login<'a>(draft: &mut Draft<'a>, service: &'a str, text: &'a str) -> Option<()> {
    draft.protocol = match service {
        "imap" => Some("imap"),
        "pop3" => Some("pop3"),
        "submission" => Some("smtp"),
        "managesieve" => Some("sieve"),
        _ => None,
    };
    // Everything behind the last `rip=` is Dovecot's own; a chosen user name stands before it.
    let (before, address) = text.rsplit_once("rip=")?;
    let (address, rest) = address.split_once(", ").unwrap_or((address, ""));
    draft.source = Endpoint::new(address.trim_end(), None);
    if let Some(local) = rest.strip_prefix("lip=") {
        draft.destination = Endpoint::new(local.split(',').next()?.trim_end(), None);
    }
    let head_end = ["user=<", "method=", "rip="]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()?;
    let head = text.get(..head_end)?.trim_end_matches([' ', ':', ',']);
    let user = before.split_once("user=<").map(|(_, rest)| rest);
    let user = user.and_then(|rest| {
        rest.rsplit_once(">, method=")
            .or_else(|| rest.rsplit_once(">, "))
    });
    draft.user = user
        .map(|(user, _)| Cow::Borrowed(user))
        .filter(|user| !user.is_empty());
    let method = before
        .rsplit_once("method=")
        .map(|(_, rest)| rest.split(',').next().unwrap_or(rest));
    draft.auth_method = method
        .filter(|method| !method.is_empty())
        .map(Cow::Borrowed);
    let failed = [
        "(auth failed",
        "(tried to use dis",
        "(proxy dest auth failed)",
        "(auth process",
    ]
    .iter()
    .find(|mark| head.contains(*mark));
    draft.action = Some("login");
    draft.kind_types = &["start", "info"];
    if head == "Login" || head.starts_with("Login ") && !head.starts_with("Login aborted") {
        draft.outcome = Some("success");
    } else if let Some(mark) = failed {
        draft.outcome = Some("failure");
        let reason = head.find(mark).and_then(|at| head.get(at + 1..))?;
        draft.reason = Some(Cow::Borrowed(reason.split(')').next().unwrap_or(reason)));
    } else {
        draft.action = Some("disconnect");
        draft.kind_types = &["end", "info"];
        draft.reason = Some(Cow::Borrowed(head));
    }
    Some(())
}

/// `sql(user,IP,<session>): Password mismatch`, `pam(user,IP): pam_authenticate() failed: …`, `auth(user,IP,sasl:login)<…>: …`.
fn read_password_check<'a>(draft: &mut Draft<'a>, process: &'a str, text: &'a str) -> Option<()> {
    const FAILURES: [&str; 6] = [
        "pam_authenticate() failed",
        "unknown user",
        "Password mismatch",
        "invalid credentials",
        "Invalid credentials",
        "passwordauth failed",
    ];
    // The reason stands behind a colon; `(Password mismatch?)` only comments on one.
    let at = FAILURES
        .iter()
        .filter_map(|failure| text.rfind(failure))
        .filter(|at| *at == 0 || text.get(..*at).is_some_and(|before| before.ends_with(": ")))
        .max()?;
    let (before, reason) = text.split_at_checked(at)?;
    let inner = match before
        .strip_suffix("): ")
        .or_else(|| before.strip_suffix(">: "))
    {
        Some(before) => before.rsplit_once('(')?.1,
        // Dovecot 2.4 names the user in the process: `auth(user,IP,sasl:login)<session>`.
        None => process.split_once('(')?.1.split(')').next()?,
    };
    let mut parts = inner
        .rsplit(',')
        .filter(|part| !part.starts_with('<') && !part.starts_with("sasl:") && !part.is_empty());
    let address = parts.next()?;
    draft.source = Endpoint::new(address, None);
    draft.source.ip?;
    draft.user = inner
        .find(address)
        .and_then(|at| inner.get(..at))
        .map(|user| Cow::Borrowed(user.trim_end_matches(',')));
    draft.action = Some("password-check");
    draft.outcome = Some("failure");
    // A log may be told to write the password or its hash behind the reason.
    draft.reason = Some(Cow::Borrowed(
        reason.split(" (given password").next().unwrap_or(reason),
    ));
    Some(())
}

/// `imap(user)<pid><session>: Disconnected: Logged out …`.
fn read_logout<'a>(draft: &mut Draft<'a>, process: &'a str, text: &'a str) -> Option<()> {
    let (_, user) = process.split_once('(')?;
    let user = user
        .split_once(")<")
        .map_or(user.trim_end_matches(')'), |(user, _)| user);
    draft.user = Some(Cow::Borrowed(user));
    let is_end = [
        "Logged out",
        "Disconnected",
        "Connection closed",
        "Disconnecting",
    ]
    .iter()
    .any(|mark| text.starts_with(mark));
    if is_end {
        draft.action = Some("logout");
        draft.kind_types = &["end", "info"];
        draft.outcome = Some("success");
    }
    Some(())
}
