//! amavis: the verdict on a message (`(4051607-09) Blocked INFECTED (NAME) {…}, [client]:port [origin] <from> -> <to>,…, Queue-ID: …`;
//! amavisd's `$log_templ`). Dataset `mail.transfer`.

use crate::device::{endpoint, start};
use crate::document::Document;
use crate::draft::Draft;

pub(super) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (_, rest) = message.strip_prefix('(')?.split_once(") ")?;
    let (is_blocked, rest) = match rest.strip_prefix("Blocked ") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("Passed ")?),
    };
    let kind = rest.split([' ', ',']).next()?;
    let mut document = start(draft, "mail.transfer", "amavis");
    document.categorise(&["email"], &[if is_blocked { "denied" } else { "info" }]);
    document.text(
        "event.action",
        if is_blocked {
            "mail-blocked"
        } else {
            "mail-passed"
        },
    );
    document.text(
        "event.outcome",
        if is_blocked { "failure" } else { "success" },
    );
    document.text("event.code", kind);
    if let Some((name, _)) = rest
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
    {
        document.text("rule.name", name);
    }
    if let Some((client, after)) = rest
        .split_once(", [")
        .and_then(|(_, rest)| rest.split_once(']'))
    {
        let port = after
            .strip_prefix(':')
            .map(|after| after.split(' ').next().unwrap_or_default());
        endpoint(&mut document, "source", client, port);
    }
    if let Some((from, rest)) = rest
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once("> -> "))
    {
        document.list("email.from.address", [from]);
        let to = rest.split(", ").next().unwrap_or(rest);
        document.list(
            "email.to.address",
            to.split(',')
                .map(|address| address.trim_matches(['<', '>'])),
        );
    }
    for (field, mark) in [
        ("email.local_id", "Queue-ID: "),
        ("email.message_id", "Message-ID: <"),
    ] {
        if let Some((_, rest)) = rest.split_once(mark) {
            document.text(field, rest.split([',', '>']).next().unwrap_or_default());
        }
    }
    Some(document)
}
