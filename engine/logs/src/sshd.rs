//! What OpenSSH's server says about log-ins (auth.c, auth2.c, sshd.c of OpenSSH 9), dataset `host.auth`.
//!
//! One attempt makes several lines. Only `Failed …` and `Accepted …` are the action `login`, so that counting log-ins counts
//! attempts; the others that tell of a refused user have actions of their own and also end in failure.

use std::borrow::Cow;

use crate::draft::{Draft, Endpoint};
use crate::pam;

/// Reads the message of an sshd line.
pub fn read<'a>(draft: &mut Draft<'a>, message: &'a str) {
    draft.dataset = "host.auth";
    draft.module = "sshd";
    draft.category = &["authentication"];
    draft.protocol = Some("ssh");
    let text = strip_decoration(message);
    if pam::read_module(draft, text) {
        return;
    }
    let _ = read_login(draft, text)
        .or_else(|| read_refusal(draft, text))
        .or_else(|| read_connection(draft, text));
}

/// rsyslog's note of a repetition, Solaris' message id, the level and the phase are not part of what happened.
fn strip_decoration(message: &str) -> &str {
    let text = message.trim();
    let text = text
        .strip_prefix("message repeated ")
        .and_then(|rest| rest.strip_suffix(']')?.split_once(" times: [ "))
        .map_or(text, |(_, repeated)| repeated);
    let text = match text
        .strip_prefix("[ID ")
        .and_then(|rest| rest.split_once("] "))
    {
        Some((_, rest)) => rest,
        None => text,
    };
    let text = text
        .strip_prefix("error: ")
        .or_else(|| text.strip_prefix("fatal: "))
        .unwrap_or(text);
    text.strip_suffix(" [preauth]").unwrap_or(text)
}

/// `Accepted METHOD for USER from HOST port N ssh2[: INFO]`, `Failed …`, `PAM: … for USER from HOST`.
fn read_login<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let (is_accepted, rest) = match text.strip_prefix("Accepted ") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("Failed ")?),
    };
    let (method, rest) = rest
        .split_once(" for ")
        .filter(|(method, _)| !method.contains(' '))?;
    let (is_invalid, rest) = strip_invalid(rest);
    let origin = Origin::find(rest)?;
    origin.apply(draft);
    draft.action = Some("login");
    draft.kind_types = &["start"];
    draft.auth_method = Some(Cow::Borrowed(method));
    // A client offers one public key after the other: a refused key of a known user is not yet a failed log-in.
    draft.outcome = match (is_accepted, method, is_invalid) {
        (true, _, _) => Some("success"),
        (false, "publickey", false) => Some("unknown"),
        _ => Some("failure"),
    };
    if is_invalid {
        draft.reason = Some(Cow::Borrowed("invalid user"));
    }
    Some(())
}

fn strip_invalid(text: &str) -> (bool, &str) {
    match text
        .strip_prefix("invalid user ")
        .or_else(|| text.strip_prefix("illegal user "))
    {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// Lines that say a user or a client was refused.
fn read_refusal<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    if let Some(rest) = text.strip_prefix("PAM: ") {
        let (reason, rest) = rest.split_once(" for ")?;
        let (_, rest) = strip_invalid(rest);
        // macOS adds the local address: `from HOST via ADDRESS`.
        let rest = rest.rsplit_once(" via ").map_or(rest, |(before, _)| before);
        return refuse(draft, rest, "pam-authentication", reason);
    }
    if let Some(rest) = text.strip_prefix("maximum authentication attempts exceeded for ") {
        return refuse(
            draft,
            strip_invalid(rest).1,
            "login-attempts-exceeded",
            "maximum authentication attempts exceeded",
        );
    }
    if let Some(rest) = text
        .strip_prefix("Invalid user ")
        .or_else(|| text.strip_prefix("Illegal user "))
    {
        return refuse(draft, rest, "invalid-user", "invalid user");
    }
    if let Some(rest) = text.strip_prefix("User ") {
        let (rest, reason) = rest.rsplit_once(" not allowed because ")?;
        return refuse(draft, rest, "user-refused", reason);
    }
    if let Some(rest) = text.strip_prefix("ROOT LOGIN REFUSED FROM ") {
        draft.user = Some(Cow::Borrowed("root"));
        draft.source = Endpoint::new_with_port(rest)?;
        return failed(draft, "user-refused", "root login refused");
    }
    if let Some(rest) = text.strip_prefix("refused connect from ") {
        let host = rest
            .strip_suffix(')')
            .and_then(|rest| rest.rsplit_once('('))
            .map_or(rest, |(_, host)| host);
        draft.source = Endpoint::new(host, None);
        return failed(draft, "connection-refused", "refused connect");
    }
    None
}

fn refuse<'a>(
    draft: &mut Draft<'a>,
    rest: &'a str,
    action: &'static str,
    reason: &'a str,
) -> Option<()> {
    Origin::find(rest)?.apply(draft);
    failed(draft, action, reason)
}

#[expect(clippy::unnecessary_wraps, reason = "ends a chain of options")]
fn failed<'a>(draft: &mut Draft<'a>, action: &'static str, reason: &'a str) -> Option<()> {
    draft.action = Some(action);
    draft.outcome = Some("failure");
    draft.reason = Some(Cow::Borrowed(reason));
    Some(())
}

/// Lines about connections; most say nothing about a log-in.
fn read_connection<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    if let Some(rest) = text.strip_prefix("Received disconnect from ") {
        let (host, reason) = split_disconnect(rest)?;
        draft.source = Endpoint::new_with_port(host)?;
        draft.action = Some("disconnect");
        draft.reason = Some(Cow::Borrowed(reason));
        // The client itself says that it could not log in.
        if reason.ends_with("Auth fail") {
            draft.outcome = Some("failure");
        }
        return Some(());
    }
    let ended = [
        "Connection closed by ",
        "Connection reset by ",
        "Disconnected from ",
        "Disconnecting ",
    ];
    if let Some(rest) = ended.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        draft.action = Some("disconnect");
        draft.kind_types = &["end"];
        let (who, reason) = rest
            .rsplit_once(": ")
            .filter(|_| text.starts_with("Disconnecting "))
            .unwrap_or((rest, ""));
        let (who, reason) = match rest.split_once(": Change of username or service not allowed") {
            Some((who, _)) => (who, "change of username or service not allowed"),
            None => (who, reason),
        };
        if reason.starts_with("change of username") {
            draft.outcome = Some("failure");
        }
        draft.reason = Some(Cow::Borrowed(reason)).filter(|reason| !reason.is_empty());
        let kinds = ["authenticating user ", "invalid user ", "user "];
        let Some(user_host) = kinds.iter().find_map(|kind| who.strip_prefix(kind)) else {
            draft.source = Endpoint::new_with_port(who)?;
            return Some(());
        };
        // `USER HOST port N`: the user may hold anything, also a host and a port.
        let (before, port) = user_host.rsplit_once(" port ").unwrap_or((user_host, ""));
        let (user, host) = before.rsplit_once(' ')?;
        draft.user = Some(Cow::Borrowed(user));
        draft.source = Endpoint::new(host, port.parse().ok());
        return Some(());
    }
    read_probe(draft, text)
}

/// Connections that never came to a log-in.
fn read_probe<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let rejected = text
        .strip_prefix("Did not receive identification string from ")
        .or_else(|| {
            text.strip_prefix("Bad protocol version identification ")
                .and_then(|rest| Some(rest.rsplit_once(" from ")?.1))
        })
        .or_else(|| {
            text.strip_prefix("Unable to negotiate with ")
                .and_then(|rest| Some(rest.split_once(": ")?.0))
        })
        .or_else(|| {
            text.strip_prefix("banner exchange: Connection from ")
                .and_then(|rest| Some(rest.rsplit_once(": ")?.0))
        });
    if let Some(host) = rejected {
        draft.source = Endpoint::new_with_port(host)?;
        draft.action = Some("connection-rejected");
        return Some(());
    }
    // Since OpenSSH 9.8 `for connection from HOST to HOST, pid = N`.
    if let Some(rest) = text.strip_prefix("Timeout before authentication for ") {
        let rest = rest.strip_prefix("connection from ").unwrap_or(rest);
        let host = rest.split_once(" to ").map_or(rest, |(host, _)| host);
        draft.source = Endpoint::new_with_port(host)?;
        draft.action = Some("login-timeout");
        return Some(());
    }
    if let Some(rest) = text.strip_prefix("Connection from ") {
        draft.source =
            Endpoint::new_with_port(rest.split_once(" on ").map_or(rest, |(host, _)| host))?;
        draft.action = Some("connection");
        return Some(());
    }
    let rest = text.strip_prefix("Postponed ")?;
    let (method, rest) = rest.split_once(" for ")?;
    Origin::find(strip_invalid(rest).1)?.apply(draft);
    draft.action = Some("login-postponed");
    draft.auth_method = Some(Cow::Borrowed(method));
    Some(())
}

/// `HOST: 11: Bye`, `HOST port 7736:3: text` → host with port, text.
fn split_disconnect(text: &str) -> Option<(&str, &str)> {
    let end = match text.find(" port ") {
        Some(at) if !text.get(..at)?.contains(' ') => at + 6 + text.get(at + 6..)?.find(':')?,
        // An IPv6 address holds colons, but none before a space.
        _ => text.find(": ")?,
    };
    let (host, rest) = text.split_at_checked(end)?;
    Some((
        host,
        rest.trim_start_matches([':', ' '])
            .split_once(": ")
            .map_or(rest, |(_, reason)| reason),
    ))
}

/// Who came from where. Users may choose names that look like an origin, so the place is found from both ends.
struct Origin<'a> {
    user: &'a str,
    source: Endpoint<'a>,
}

impl<'a> Origin<'a> {
    /// `USER from HOST[ port N][ ssh2][: INFO]`.
    fn find(text: &'a str) -> Option<Self> {
        // A first word followed by a whole origin and `: INFO` is what sshd writes; INFO may look like another origin.
        if let Some((user, tail)) = text
            .split_once(" from ")
            .filter(|(user, _)| !user.contains(' '))
            && let Some((source, true)) = parse_tail(tail)
        {
            return Some(Self { user, source });
        }
        // Else the last origin is the true one: what stands before it is the name.
        let mut end = text.len();
        while let Some(at) = text.get(..end)?.rfind(" from ") {
            if let Some((source, _)) = text.get(at + 6..).and_then(parse_tail) {
                return Some(Self {
                    user: text.get(..at)?,
                    source,
                });
            }
            end = at;
        }
        // `from HOST` without any user.
        let (source, _) = parse_tail(text.strip_prefix("from ")?)?;
        Some(Self { user: "", source })
    }

    fn apply(self, draft: &mut Draft<'a>) {
        let named = !self.user.is_empty() && self.user != "<invalid username>";
        draft.user = named.then_some(Cow::Borrowed(self.user));
        draft.source = self.source;
    }
}

/// `HOST[ port N][ ssh2][: INFO]` to the end; whether there is a port and an INFO.
fn parse_tail(text: &str) -> Option<(Endpoint<'_>, bool)> {
    let (host, rest) = text.split_once(' ').unwrap_or((text, ""));
    if host.is_empty() {
        return None;
    }
    if rest.is_empty() {
        return Some((Endpoint::new(host, None), false));
    }
    let rest = rest.strip_prefix("port ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (port, rest) = rest.split_at_checked(digits)?;
    let port = port.parse::<u16>().ok()?;
    let rest = rest.strip_prefix(" ssh").map_or(rest, |rest| {
        rest.trim_start_matches(|digit: char| digit.is_ascii_digit())
    });
    match rest {
        "" => Some((Endpoint::new(host, Some(port)), false)),
        _ => rest
            .starts_with(": ")
            .then(|| (Endpoint::new(host, Some(port)), true)),
    }
}

impl<'a> Endpoint<'a> {
    /// `HOST` or `HOST port N`.
    fn new_with_port(text: &'a str) -> Option<Self> {
        let (host, port) = text
            .split_once(" port ")
            .map_or((text, None), |(host, port)| (host, port.parse().ok()));
        let host = host.trim_end_matches(':');
        (!host.is_empty() && !host.contains(' ')).then(|| Self::new(host, port))
    }
}
