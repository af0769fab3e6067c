//! What Postfix says: log-ins (`mail.auth`) and the way of each message (`mail.transfer`); Postfix 3, postlogd(8), smtpd(8), qmgr(8).

use std::borrow::Cow;

use crate::draft::{Draft, Endpoint};

/// Reads the message of a `postfix/…` program.
pub fn read<'a>(draft: &mut Draft<'a>, message: &'a str) {
    draft.dataset = "mail.transfer";
    draft.module = "postfix";
    draft.category = &["email"];
    let text = message.trim_end();
    let _ = read_sasl(draft, text)
        .or_else(|| read_reject(draft, text))
        .or_else(|| read_violation(draft, text))
        .or_else(|| read_queue(draft, text))
        .or_else(|| read_connection(draft, text));
}

/// `warning: NAME[IP]: SASL LOGIN authentication failed: REASON`.
fn read_sasl<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let text = text.strip_prefix("warning: ").unwrap_or(text);
    let (client, rest) = text.split_once(": SASL ")?;
    let (method, reason) = rest.split_once(" authentication failed")?;
    draft.source = parse_client(client)?;
    let reason = reason.trim_start_matches([':', ' ']);
    let (reason, user) = reason
        .rsplit_once(", sasl_username=")
        .map_or((reason, None), |(reason, user)| (reason, Some(user)));
    login(draft, method, user);
    // Then Postfix could not ask; nobody tried a password.
    let is_broken = reason.starts_with("Connection lost to authentication server")
        || reason == "Invalid authentication mechanism";
    draft.outcome = Some(if is_broken { "unknown" } else { "failure" });
    draft.reason = Some(Cow::Borrowed(reason)).filter(|reason| !reason.is_empty());
    Some(())
}

fn login<'a>(draft: &mut Draft<'a>, method: &'a str, user: Option<&'a str>) {
    draft.dataset = "mail.auth";
    draft.category = &["authentication", "email"];
    draft.kind_types = &["start", "info"];
    draft.action = Some("login");
    draft.protocol = Some("smtp");
    draft.auth_method = Some(Cow::Borrowed(method));
    draft.user = user.map(Cow::Borrowed);
}

/// `NOQUEUE: reject: RCPT from NAME[IP][:PORT]: 554 5.7.1 …; from=<…> to=<…> proto=ESMTP helo=<…>`.
fn read_reject<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let (queue, rest) = text.split_once(": reject: ")?;
    if queue != "NOQUEUE" && !is_queue_id(queue) {
        return None;
    }
    let (_, rest) = rest.split_once(" from ")?;
    let (client, rest) = rest.split_once(": ")?;
    draft.source = parse_client(client)?;
    let (reason, envelope) = rest.rsplit_once("; from=<").unwrap_or((rest, ""));
    if let Some((sender, rest)) = envelope.split_once("> ") {
        draft.mail_from = Some(Cow::Borrowed(sender));
        let to = rest
            .strip_prefix("to=<")
            .and_then(|rest| rest.split_once('>'));
        draft.mail_to = to.map(|(to, _)| Cow::Borrowed(to));
    }
    draft.mail_queue_id = (queue != "NOQUEUE").then_some(Cow::Borrowed(queue));
    draft.action = Some("mail-rejected");
    draft.outcome = Some("failure");
    draft.code = reason.split(' ').next().map(Cow::Borrowed);
    draft.reason = Some(Cow::Borrowed(reason));
    Some(())
}

/// `warning: non-SMTP command from NAME[IP]: GET / HTTP/1.1`, `improper command pipelining after EHLO from NAME[IP]: …`.
fn read_violation<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let text = text.strip_prefix("warning: ").unwrap_or(text);
    let rest = match text.strip_prefix("non-SMTP command from ") {
        Some(rest) => rest,
        None => {
            text.strip_prefix("improper command pipelining after ")?
                .split_once(" from ")?
                .1
        }
    };
    let (client, said) = rest.split_once("]: ")?;
    draft.source = parse_client(text.get(text.len() - rest.len()..)?.get(..=client.len())?)?;
    draft.action = Some("protocol-violation");
    draft.outcome = Some("failure");
    draft.reason = Some(Cow::Borrowed(said));
    Some(())
}

/// Lines that begin with a queue id.
fn read_queue<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let (queue, rest) = text
        .split_once(": ")
        .filter(|(queue, _)| is_queue_id(queue))?;
    draft.mail_queue_id = Some(Cow::Borrowed(queue));
    if let Some(client) = rest.strip_prefix("client=") {
        let mut parts = client.split(", ");
        draft.source = parse_client(parts.next()?)?;
        draft.action = Some("mail-received");
        let method = parts
            .next()
            .and_then(|part| part.strip_prefix("sasl_method="));
        let user = parts
            .next()
            .and_then(|part| part.strip_prefix("sasl_username="));
        if let (Some(method), Some(user)) = (method, user) {
            login(draft, method, Some(user));
            draft.outcome = Some("success");
        }
    } else if let Some(id) = rest.strip_prefix("message-id=") {
        draft.action = Some("mail-received");
        draft.mail_message_id = Some(Cow::Borrowed(
            id.trim_start_matches('<').trim_end_matches('>'),
        ));
    } else if let Some(rest) = rest.strip_prefix("from=<") {
        draft.action = Some("mail-queued");
        draft.mail_from = rest
            .split_once('>')
            .map(|(sender, _)| Cow::Borrowed(sender));
    } else if let Some(rest) = rest.strip_prefix("to=<") {
        read_delivery(draft, rest)?;
    } else if rest == "removed" {
        draft.action = Some("mail-removed");
    }
    Some(())
}

/// `ADDRESS>, relay=NAME[IP]:25, …, dsn=2.0.0, status=sent (250 ok)`.
fn read_delivery<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let (to, rest) = text.split_once(">, ")?;
    draft.mail_to = Some(Cow::Borrowed(to));
    let (values, status) = rest.split_once("status=")?;
    for part in values.split(", ") {
        match part.split_once('=') {
            Some(("relay", relay)) => draft.destination = parse_client(relay).unwrap_or_default(),
            Some(("dsn", dsn)) => draft.code = Some(Cow::Borrowed(dsn)),
            _ => {}
        }
    }
    let (status, reason) = status.split_once(' ').unwrap_or((status, ""));
    let (action, outcome) = match status {
        "sent" | "delivered" => ("mail-sent", "success"),
        "deferred" | "undeliverable" => ("mail-deferred", "unknown"),
        "expired" => ("mail-expired", "failure"),
        _ => ("mail-bounced", "failure"),
    };
    draft.action = Some(action);
    draft.outcome = Some(outcome);
    let reason = reason.trim_start_matches('(').trim_end_matches(')');
    draft.reason = Some(Cow::Borrowed(reason)).filter(|reason| !reason.is_empty());
    Some(())
}

fn read_connection<'a>(draft: &mut Draft<'a>, text: &'a str) -> Option<()> {
    let (action, rest) = if let Some(rest) = text.strip_prefix("connect from ") {
        ("connection", rest)
    } else if let Some(rest) = text.strip_prefix("disconnect from ") {
        ("disconnect", rest.split(' ').next()?)
    } else {
        let rest = [
            "lost connection after ",
            "timeout after ",
            "too many errors after ",
        ]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
        ("disconnect", rest.rsplit_once(" from ")?.1)
    };
    draft.source = parse_client(rest)?;
    draft.action = Some(action);
    Some(())
}

/// `NAME[IP]`, `NAME[IP]:PORT`, `[IP]:PORT`; the name `unknown` is none.
fn parse_client(text: &str) -> Option<Endpoint<'_>> {
    let (name, rest) = text.split_once('[')?;
    let (address, port) = rest.split_once(']')?;
    let mut endpoint = Endpoint::new(
        address,
        port.strip_prefix(':').and_then(|port| port.parse().ok()),
    );
    let is_known = !name.is_empty() && name != "unknown" && !name.contains(' ');
    endpoint.domain = is_known.then_some(Cow::Borrowed(name));
    Some(endpoint)
}

/// Short ids are hexadecimal, long ones letters and digits without vowels (`enable_long_queue_ids`).
fn is_queue_id(text: &str) -> bool {
    (6..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}
