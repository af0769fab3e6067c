//! What an LDAP transaction becomes: `ldap.request` and `ldap.responses[]` with EVE's names.

use super::ldap_message::{self, Bind, Credentials, operation};
use super::ldap_operation::{self, Written};
use super::ldap_result::{self, Outcome};
use super::ldap_transaction::{Stored, Transaction};
use super::{Context, ntlm, ntlm_event};
use crate::anomaly::Anomaly;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Longest user name written.
const MAX_NAME: usize = 512;
/// Longest name of a control.
const MAX_CONTROL: usize = 64;

/// Writes one transaction; `login` is what NTLM told of its user so far.
pub fn write(context: &mut Context<'_>, transaction: &Transaction, login: &ntlm::Exchange) {
    let moment = context.moment;
    let request = transaction.request.as_ref();
    let asked = request.map(|request| request.operation);
    let mut event = Event::new(Dataset::Ldap, action(asked), moment.time_us, moment.packet);
    (event.categories, event.types) = kind(asked);
    event.transaction = Some(transaction.number);
    let code = transaction.result();
    event.success = code.and_then(ldap_result::is_success);
    if request.is_some() && !transaction.responses.is_empty() {
        event.start_us = Some(transaction.start_us);
        event.duration_us = Some(moment.received_us.saturating_sub(transaction.start_us));
    }
    let ntlm_user = login
        .authenticate
        .as_ref()
        .filter(|_| asked == Some(operation::BIND));
    let user = match (ntlm_user, request) {
        (Some(message), _) => message.user.as_slice(),
        (None, Some(request)) => simple_user(request),
        (None, None) => b"",
    };
    let users = [user];
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    let shows_secrets = context.shared.settings.capture_secrets;
    let mut written = Written::default();
    context.emit(
        &event,
        |line| {
            if ntlm_user.is_some() {
                ntlm_event::write_user(line, login);
            } else {
                let mark = line.open("user");
                line.text_within("name", user, MAX_NAME);
                line.close(mark);
            }
            written = write_body(line, transaction, (code, shows_secrets));
        },
        |_| {},
    );
    if written.is_cut {
        context.limit("ldap_values");
    }
    if written.is_broken {
        context.anomaly(Anomaly::LdapMalformed);
    }
}

/// Writes how much was said under a seal.
pub fn write_sealed(context: &mut Context<'_>, messages: u64, bytes: u64) {
    let moment = context.moment;
    let event = Event::new(Dataset::Ldap, "ldap-sealed", moment.time_us, moment.packet);
    context.emit(
        &event,
        |line| {
            let mark = line.open("ldap");
            line.number("sealed_messages", messages);
            line.number("sealed_bytes", bytes);
            line.close(mark);
        },
        |_| {},
    );
}

fn action(asked: Option<u8>) -> &'static str {
    match asked {
        Some(operation::BIND) => "ldap-bind",
        Some(operation::UNBIND) => "ldap-unbind",
        Some(operation::SEARCH) => "ldap-search",
        Some(operation::MODIFY) => "ldap-modify",
        Some(operation::ADD) => "ldap-add",
        Some(operation::DELETE) => "ldap-delete",
        Some(operation::RENAME) => "ldap-rename",
        Some(operation::COMPARE) => "ldap-compare",
        Some(operation::ABANDON) => "ldap-abandon",
        Some(_) => "ldap-extended",
        None => "ldap-unrequested",
    }
}

type Words = &'static [&'static str];

fn kind(asked: Option<u8>) -> (Words, Words) {
    match asked {
        Some(operation::BIND) => (&["authentication"], &["start"]),
        Some(operation::ADD) => (&["iam"], &["change", "creation"]),
        Some(operation::DELETE) => (&["iam"], &["change", "deletion"]),
        Some(operation::MODIFY | operation::RENAME) => (&["iam"], &["change"]),
        _ => (&[], &[]),
    }
}

/// Who binds with a password, or says so.
fn simple_user(request: &Stored) -> &[u8] {
    if request.operation != operation::BIND {
        return b"";
    }
    match Bind::read(&request.content) {
        Some(Bind {
            name,
            credentials: Credentials::Sasl(b"PLAIN", message),
            ..
        }) => {
            // authorisation identity, NUL, name, NUL, password (RFC 4616)
            let user = message.split(|byte| *byte == 0).nth(1).unwrap_or_default();
            if user.is_empty() { name } else { user }
        }
        Some(bind) => bind.name,
        None => b"",
    }
}

fn write_body(
    line: &mut Line<'_>,
    transaction: &Transaction,
    (code, shows_secrets): (Option<i64>, bool),
) -> Written {
    let mut all = Written::default();
    let mark = line.open("ldap");
    if let Some(request) = &transaction.request {
        let mark = line.open("request");
        line.number("message_id", u64::from(transaction.id));
        line.word(
            "operation",
            ldap_message::name(request.operation).unwrap_or_default(),
        );
        all = ldap_operation::write(line, request, shows_secrets);
        write_controls(line, request);
        line.close(mark);
        if request.operation == operation::SEARCH {
            line.number("result_count", transaction.entries);
        }
    }
    if let Some(name) = code.and_then(ldap_result::result) {
        line.word("result_code", name);
    }
    let list = line.open_list("responses");
    for response in &transaction.responses {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.word(
            "operation",
            ldap_message::name(response.operation).unwrap_or_default(),
        );
        line.number("message_id", u64::from(transaction.id));
        let one = ldap_operation::write(line, response, shows_secrets);
        all.is_cut |= one.is_cut;
        all.is_broken |= one.is_broken;
        write_controls(line, response);
        line.close(item);
    }
    if transaction.is_cut {
        line.note_truncated("");
    }
    line.close_list(list);
    line.close(mark);
    all
}

fn write_controls(line: &mut Line<'_>, stored: &Stored) {
    let list = line.open_list("controls");
    for control in &stored.controls {
        line.item_text(control, MAX_CONTROL);
    }
    line.close_list(list);
}

/// The result that an answer tells.
#[must_use]
pub fn result_of(response: &Stored) -> Option<i64> {
    if ldap_message::is_partial(response.operation) {
        return None;
    }
    Outcome::read(&response.content).map(|outcome| outcome.code)
}
