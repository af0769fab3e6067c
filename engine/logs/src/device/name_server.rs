//! Name servers: BIND's `named` (query log and refusals), `dnsmasq` (`--log-queries`), `unbound` (`log-queries`).

use super::{endpoint, start};
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line of BIND's own file: `19-Oct-2022 05:34:02.425 [category: ][level: ]client @0x7f 192.0.2.1#3076 …`.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let (civil, message) = time(line).ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    draft.process_name = Some("named".into());
    draft.message = Some(message.into());
    Ok(read_named(&draft, message).unwrap_or_else(|| {
        let mut document = start(&draft, "net.dns_server", "bind");
        document.categorise(&["network"], &["info"]);
        document
    }))
}

fn time(line: &str) -> Option<(Civil, &str)> {
    let mut cursor = Cursor::new(line);
    let day = cursor.digits(2)?;
    cursor.take("-")?;
    let month = cursor.month()?;
    cursor.take("-")?;
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take(" ")?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day: cursor.clock()?,
        micros: cursor.fraction()?,
    };
    cursor.take(" ")?;
    Some((civil, cursor.rest))
}

fn query(draft: &Draft<'_>, module: &str, name: &str) -> Option<Document> {
    let name = name.trim_end_matches('.');
    let is_name = !name.is_empty() && name.len() <= 255 && !name.contains([' ', '\'']);
    let mut document = start(draft, "net.dns_server", module);
    document.categorise(&["network"], &["protocol", "info"]);
    document.text("event.action", "query");
    document.text("network.protocol", "dns");
    document.text("dns.type", "query");
    document.text("dns.question.name", name);
    is_name.then_some(document)
}

/// `client @0x7f 192.0.2.1#3076 (example.com): query: example.com IN A +E(0)K (10.0.0.1)`, and `query (cache)
/// 'example.com/ANY/IN' denied`.
pub(super) fn read_named(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (_, rest) = message.split_once("client ")?;
    let rest = match rest.strip_prefix('@') {
        Some(rest) => rest.split_once(' ')?.1,
        None => rest,
    };
    let (client, rest) = rest.split_once('#')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (port, rest) = rest.split_at_checked(digits)?;
    let (_, said) = rest.split_once(": ")?;
    let said = said
        .split_once("view ")
        .and_then(|(_, view)| view.split_once(": "))
        .map_or(said, |(_, said)| said);
    let mut document = if let Some(rest) = said.strip_prefix("query: ") {
        let mut words = rest.split(' ');
        let (name, class, kind) = (words.next()?, words.next()?, words.next()?);
        let mut document = query(draft, "bind", name)?;
        document.text("dns.question.class", class);
        document.text("dns.question.type", kind);
        document.text("event.outcome", "success");
        document
    } else {
        // `'NAME/TYPE/CLASS'`; of a refused zone transfer too.
        let (what, rest) = said.split_once('\'')?;
        let (asked, verdict) = rest.split_once('\'')?;
        let mut parts = asked.rsplitn(3, '/');
        let (class, kind, name) = (parts.next()?, parts.next()?, parts.next()?);
        let mut document = query(draft, "bind", name)?;
        document.text("dns.question.class", class);
        document.text("dns.question.type", kind);
        if verdict.contains("denied") || verdict.contains("failed") {
            document.text("event.outcome", "failure");
            document.text("event.reason", &format!("{}{}", what.trim(), verdict));
        }
        document
    };
    endpoint(&mut document, "source", client.trim(), Some(port));
    Some(document)
}

/// `21745 10.0.0.33/59490 query[A] example.com from 10.0.0.33`, also without the number and port.
pub(super) fn read_dnsmasq(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (before, rest) = message.split_once("query[")?;
    let (kind, rest) = rest.split_once("] ")?;
    let (name, client) = rest.rsplit_once(" from ")?;
    let mut document = query(draft, "dnsmasq", name)?;
    document.text("dns.question.type", kind);
    let port = before.trim().rsplit_once('/').map(|(_, port)| port);
    endpoint(&mut document, "source", client.trim(), port);
    Some(document)
}

/// `[1234:0] info: 10.0.0.1 example.com. A IN`, with a reply's code and time behind it when replies are logged.
pub(super) fn read_unbound(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (_, rest) = message.split_once("info: ")?;
    let mut words = rest.split(' ');
    let (client, name, kind, class) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if !super::is_address(client) {
        return None;
    }
    let mut document = query(draft, "unbound", name)?;
    document.text("dns.question.type", kind);
    document.text("dns.question.class", class);
    if let Some(code) = words
        .next()
        .filter(|code| code.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        document.text("dns.type", "answer");
        document.text("dns.response_code", code);
        document.text(
            "event.outcome",
            if code == "NOERROR" {
                "success"
            } else {
                "failure"
            },
        );
    }
    endpoint(&mut document, "source", client, None);
    Some(document)
}
