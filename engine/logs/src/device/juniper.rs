//! Junos (Juniper, "System Log Explorer", "Security Log"): `RT_FLOW` sessions in structured form (RFC 5424 with `junos@2636…`) or in
//! words are `net.firewall`, log-ins of `UI_AUTH_EVENT`, `UI_LOGIN_EVENT` and `LOGIN_FAILED` are `host.auth`, other messages of its
//! own programs are `app.juniper`.

use super::{endpoint, start, transport, verdict};
use crate::document::Document;
use crate::draft::Draft;
use crate::service::{Attempt, login};

/// Programs that only Junos has.
const PROGRAMS: [&str; 12] = [
    "RT_FLOW",
    "RT_IDP",
    "RT_IDS",
    "RT_UTM",
    "RT_AAMW",
    "RT_SCREEN",
    "rpd",
    "mgd",
    "chassisd",
    "dcd",
    "jsrpd",
    "/kernel",
];

pub(super) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let program = draft.syslog.appname.unwrap_or_default();
    let elements = &draft.syslog.structured.elements;
    let structured = elements
        .iter()
        .find(|(id, _)| id.starts_with("junos@"))
        .map(|(_, parameters)| parameters);
    let mnemonic = draft
        .syslog
        .msgid
        .filter(|id| structured.is_some() && !id.is_empty())
        .or_else(|| mnemonic(message))
        .unwrap_or_default();
    if structured.is_none() && !PROGRAMS.contains(&program) {
        return None;
    }
    let parameter = |name: &str| {
        structured
            .and_then(|parameters| parameters.iter().find(|(known, _)| *known == name))
            .map_or("", |(_, value)| value.as_str())
    };
    let mut document = if mnemonic.starts_with("RT_FLOW_SESSION") && structured.is_some() {
        structured_session(draft, mnemonic, &parameter)
    } else if let Some(document) = session(draft, mnemonic, message) {
        document
    } else if let Some(document) = log_in(draft, mnemonic, message, &parameter) {
        document
    } else {
        let mut document = start(draft, "app.juniper", "juniper");
        document.categorise(&["host"], &["info"]);
        document
    };
    document.text("event.code", mnemonic);
    document.text("event.provider", program);
    Some(document)
}

/// `RT_FLOW_SESSION_DENY: …`
fn mnemonic(message: &str) -> Option<&str> {
    let (word, _) = message.split_once(':')?;
    let is_word = word.len() > 3
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_word.then_some(word)
}

fn action(mnemonic: &str) -> &'static str {
    if mnemonic.contains("DENY") {
        "deny"
    } else {
        "allow"
    }
}

fn structured_session<'v>(
    draft: &Draft<'_>,
    mnemonic: &str,
    parameter: &impl Fn(&str) -> &'v str,
) -> Document {
    let mut document = start(draft, "net.firewall", "juniper");
    verdict(&mut document, action(mnemonic));
    endpoint(
        &mut document,
        "source",
        parameter("source-address"),
        Some(parameter("source-port")),
    );
    endpoint(
        &mut document,
        "destination",
        parameter("destination-address"),
        Some(parameter("destination-port")),
    );
    transport(&mut document, parameter("protocol-id"));
    document.text("rule.name", parameter("policy-name"));
    document.text("event.reason", parameter("reason"));
    document.text(
        "observer.ingress.interface.name",
        parameter("packet-incoming-interface"),
    );
    let user = parameter("username");
    if user != "N/A" {
        document.text("user.name", user);
    }
    for (field, name) in [
        ("source.bytes", "bytes-from-client"),
        ("destination.bytes", "bytes-from-server"),
        ("source.packets", "packets-from-client"),
        ("destination.packets", "packets-from-server"),
    ] {
        if let Ok(number) = parameter(name).parse::<i64>() {
            document.number(field, number);
        }
    }
    document
}

/// `RT_FLOW_SESSION_DENY: session denied 10.0.0.1/5000->10.0.0.2/443 junos-https 6(0) POLICY trust untrust …`
fn session(draft: &Draft<'_>, mnemonic: &str, message: &str) -> Option<Document> {
    if !mnemonic.starts_with("RT_FLOW_SESSION") {
        return None;
    }
    let at = message.find("->")?;
    let from = message.get(..at)?.rsplit(' ').next()?;
    let mut words = message.get(at + 2..)?.split(' ');
    let to = words.next()?;
    let (source, source_port) = from.rsplit_once('/')?;
    let (destination, destination_port) = to.rsplit_once('/')?;
    if !super::is_address(source) || !super::is_address(destination) {
        return None;
    }
    let mut document = start(draft, "net.firewall", "juniper");
    verdict(&mut document, action(mnemonic));
    endpoint(&mut document, "source", source, Some(source_port));
    endpoint(
        &mut document,
        "destination",
        destination,
        Some(destination_port),
    );
    // Of a refusal: service, `protocol(icmp type)`, policy; of a session more stands between.
    let rest: Vec<&str> = words.take(16).collect();
    let place = rest.iter().position(|word| {
        word.split('(').next().is_some_and(|number| {
            !number.is_empty()
                && number.len() <= 3
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    if let Some(place) = place {
        let protocol = rest.get(place).and_then(|word| word.split('(').next());
        transport(&mut document, protocol.unwrap_or_default());
        if mnemonic.contains("DENY") {
            document.text(
                "rule.name",
                rest.get(place + 1).copied().unwrap_or_default(),
            );
        }
    }
    Some(document)
}

/// `UI_LOGIN_EVENT: User 'a' login, class 'x' [n], ssh-connection '192.0.2.1 5000 192.0.2.2 22', client-mode 'cli'`,
/// `SSHD_LOGIN_FAILED: Login failed for user 'a' from host '192.0.2.1'`, `LOGIN_FAILED: Login failed for user a from host 192.0.2.1`.
fn log_in<'v>(
    draft: &Draft<'_>,
    mnemonic: &str,
    message: &str,
    parameter: &impl Fn(&str) -> &'v str,
) -> Option<Document> {
    let is_success = match mnemonic {
        "UI_LOGIN_EVENT" | "LOGIN_INFORMATION" => true,
        "LOGIN_FAILED" | "SSHD_LOGIN_FAILED" | "LOGIN_PAM_AUTHENTICATION_ERROR" => false,
        _ => return None,
    };
    let behind = |mark: &str| {
        let (_, rest) = message.split_once(mark)?;
        let word = rest.split([' ', ',']).next()?;
        Some(word.trim_matches(['\'', '"']))
    };
    let either = |name: &str, said: Option<&str>| {
        if parameter(name).is_empty() {
            said.unwrap_or_default().to_owned()
        } else {
            parameter(name).to_owned()
        }
    };
    let user = either("username", behind("user ").or_else(|| behind("User ")));
    let host = either(
        "source-address",
        behind("from host ").or_else(|| behind("ssh-connection ")),
    );
    Some(login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "juniper",
            protocol: "",
            user: &user,
            host: &host,
            port: None,
            is_success,
            reason: "",
        },
    ))
}
