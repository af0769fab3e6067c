//! What an exchange of Kerberos becomes: `krb5`, with EVE's names; the two messages' own names under `request`, `response`.

use super::Context;
use super::kerberos_message::{Kind, Message, Names, Wanted};
use super::kerberos_names;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;
use crate::emit::time::TimeText;

/// Longest name written.
const MAX_NAME: usize = 512;

/// A request and what answered it, as far as they were seen.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// Number in the flow, of an exchange that no other protocol carries.
    pub number: Option<u64>,
    /// When it began, µs.
    pub start_us: Option<u64>,
    /// Who asks for what.
    pub request: Option<Box<Message>>,
    /// What was given.
    pub response: Option<Box<Message>>,
}

impl Exchange {
    /// Takes a message that another protocol carries; false when it breaks its format.
    pub fn see(&mut self, bytes: &[u8], time_us: u64) -> bool {
        let Some(message) = Message::read(bytes) else {
            return false;
        };
        self.start_us.get_or_insert(time_us);
        let place = if message.kind.is_request() {
            &mut self.request
        } else {
            &mut self.response
        };
        *place = Some(Box::new(message));
        true
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let messages = [&self.request, &self.response];
        messages.into_iter().flatten().map(|one| one.held()).sum()
    }

    fn kind(&self) -> Option<Kind> {
        let asked = self.request.as_ref().map(|message| message.kind);
        asked.or_else(|| self.response.as_ref().and_then(|one| one.kind.request()))
    }

    /// The best that either message tells: the answer corrects the client's name, the request has it in the open.
    fn best(&self, of: fn(&Names) -> &Vec<u8>) -> &[u8] {
        let answer = self.response.as_ref().map_or(&[][..], |one| of(&one.names));
        let asked = self.request.as_ref().map_or(&[][..], |one| of(&one.names));
        if answer.is_empty() { asked } else { answer }
    }
}

/// Writes an exchange. `is_success` is what a protocol that carries it says; without one the answer tells.
pub fn write(context: &mut Context<'_>, exchange: &Exchange, is_success: Option<bool>) {
    if exchange.request.is_none() && exchange.response.is_none() {
        return;
    }
    let action = match exchange.kind() {
        Some(Kind::AsRequest) => "kerberos-as",
        Some(Kind::TgsRequest) => "kerberos-tgs",
        Some(_) => "kerberos-ap",
        None => "kerberos-error",
    };
    let moment = context.moment;
    let mut event = Event::new(Dataset::Kerberos, action, moment.time_us, moment.packet);
    event.categories = &["authentication"];
    event.types = &["start"];
    event.transaction = exchange.number;
    let answered = exchange
        .response
        .as_ref()
        .map(|one| one.kind != Kind::Error);
    event.success = answered.filter(|good| !good).or(is_success).or(answered);
    if answered.is_some() || is_success.is_some() {
        event.start_us = exchange.start_us;
        let took = |start_us| moment.received_us.saturating_sub(start_us);
        event.duration_us = exchange.start_us.map(took);
    }
    let client = exchange.best(|names| &names.client);
    let users = [client];
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    context.emit(&event, |line| write_body(line, exchange), |_| {});
    let messages = [&exchange.request, &exchange.response];
    if messages.into_iter().flatten().any(|one| one.is_cut) {
        context.limit("kerberos_items");
    }
}

fn write_body(line: &mut Line<'_>, exchange: &Exchange) {
    let client = exchange.best(|names| &names.client);
    let realm = exchange.best(|names| &names.realm);
    let service = exchange.best(|names| &names.service);
    let is_ap = exchange.kind() == Some(Kind::ApRequest);
    let mark = line.open("user");
    line.text_within("name", client, MAX_NAME);
    line.text_within("domain", realm, MAX_NAME);
    line.close(mark);
    let mark = line.open("service");
    line.text_within("name", service, MAX_NAME);
    line.close(mark);
    let mark = line.open("krb5");
    let last = exchange.response.as_ref().or(exchange.request.as_ref());
    line.word("msg_type", last.map_or("", |one| one.kind.name()));
    line.word(
        "request_type",
        match exchange.kind() {
            Some(Kind::AsRequest) => "AS",
            Some(Kind::TgsRequest) => "TGS",
            Some(_) => "AP",
            None => "",
        },
    );
    line.text_within("cname", client, MAX_NAME);
    line.text_within("realm", realm, MAX_NAME);
    line.text_within("sname", service, MAX_NAME);
    if let Some(wanted) = exchange
        .request
        .as_ref()
        .and_then(|one| one.wanted.as_ref())
    {
        write_wanted(line, wanted);
    }
    write_error(line, exchange);
    // An answer to a shown ticket has an encryption of its own; that of the ticket is in the request.
    let given = if is_ap {
        exchange.request.as_ref()
    } else {
        exchange.response.as_ref()
    };
    if let Some(given) = given {
        write_encryption(line, "encryption", "weak_encryption", given.encryption);
        let kind = given.ticket_encryption;
        write_encryption(line, "ticket_encryption", "ticket_weak_encryption", kind);
    }
    write_request(line, exchange);
    if let Some(response) = &exchange.response {
        let mark = line.open("response");
        write_names(line, &response.names);
        line.close(mark);
    }
    line.close(mark);
}

fn write_wanted(line: &mut Line<'_>, wanted: &Wanted) {
    for (key, time) in [
        ("from", wanted.from),
        ("till", wanted.till),
        ("renew_till", wanted.renew_till),
    ] {
        if let Some(time) = time {
            line.plain(key, TimeText::default().write(time));
        }
    }
    line.flag("forwardable", wanted.is_forwardable());
    line.flag("renewable", wanted.is_renewable());
}

fn write_error(line: &mut Line<'_>, exchange: &Exchange) {
    let Some(response) = &exchange.response else {
        return;
    };
    let Some(code) = response.error else {
        return;
    };
    named(line, "error_code", code, kerberos_names::error(code));
    line.text_within("error_text", &response.text, MAX_NAME);
    let request = exchange.request.as_ref().map(|one| one.kind.name());
    line.word("failed_request", request.unwrap_or_default());
}

fn write_encryption(line: &mut Line<'_>, key: &str, weak: &str, kind: Option<i32>) {
    if let Some(kind) = kind {
        named(line, key, i64::from(kind), kerberos_names::encryption(kind));
        line.flag(weak, kerberos_names::is_weak(kind));
    }
}

fn write_request(line: &mut Line<'_>, exchange: &Exchange) {
    let Some(request) = &exchange.request else {
        return;
    };
    let mark = line.open("request");
    write_names(line, &request.names);
    if let Some(wanted) = &request.wanted {
        let list = line.open_list("encryption");
        for kind in &wanted.encryption {
            item(line, *kind, kerberos_names::encryption(*kind));
        }
        line.close_list(list);
        let list = line.open_list("preauthentication");
        for kind in &wanted.preauthentication {
            item(line, *kind, kerberos_names::preauthentication(*kind));
        }
        line.close_list(list);
        line.text_within("for_user", &wanted.for_user, MAX_NAME);
    }
    line.close(mark);
}

fn write_names(line: &mut Line<'_>, names: &Names) {
    line.text_within("cname", &names.client, MAX_NAME);
    line.text_within("realm", &names.realm, MAX_NAME);
    line.text_within("sname", &names.service, MAX_NAME);
}

/// A number by name, or as it is.
fn named(line: &mut Line<'_>, key: &str, number: i64, name: Option<&str>) {
    match name {
        Some(name) => line.word(key, name),
        None => line.word(key, itoa::Buffer::new().format(number)),
    }
}

fn item(line: &mut Line<'_>, number: i32, name: Option<&str>) {
    match name {
        Some(name) => line.item_word(name),
        None => line.item_word(itoa::Buffer::new().format(number)),
    }
}
