//! What an MQTT transaction becomes: one object a control packet under `mqtt`, by EVE's names.

use super::mqtt::Transaction;
use super::mqtt_message::{Body, Connect, Header, Message};
use super::mqtt_property::{Properties, Text};
use super::{Context, Direction};
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// What stands for a secret.
const HIDDEN: &[u8] = b"***";
/// Reason codes from here on are failures (MQTT 5.0, section 2.4).
const FAILURE: u8 = 0x80;

/// Writes one transaction.
pub fn write(context: &mut Context<'_>, transaction: &Transaction) {
    let Some(first) = transaction.messages.first() else {
        return;
    };
    let moment = context.moment;
    let mut event = Event::new(Dataset::Mqtt, action(first), moment.time_us, moment.packet);
    event.transaction = Some(transaction.number);
    event.success = transaction.messages.iter().filter_map(outcome).next_back();
    if transaction.messages.len() > 1 {
        event.start_us = Some(transaction.start_us);
        event.duration_us = Some(moment.received_us.saturating_sub(transaction.start_us));
    }
    let user = match &first.body {
        Body::Connect(connect) => connect.user.as_ref(),
        _ => None,
    };
    let users: Vec<&[u8]> = user.iter().map(|user| user.bytes.as_slice()).collect();
    if user.is_some() {
        event.categories = &["authentication"];
        event.types = &["start"];
    }
    event.related = Related {
        users: &users,
        ..Related::default()
    };
    let shows_secrets = context.shared.settings.capture_secrets;
    let sender = if transaction.sender == Direction::FromSource {
        "source"
    } else {
        "destination"
    };
    context.emit(
        &event,
        |line| {
            if let Some(user) = user {
                let mark = line.open("user");
                text(line, "name", user);
                line.close(mark);
            }
            let mark = line.open("mqtt");
            for message in &transaction.messages {
                write_message(line, message, shows_secrets);
            }
            line.close(mark);
        },
        |line| {
            let mark = line.open("mqtt");
            line.word("sender", sender);
            line.close(mark);
        },
    );
}

fn action(message: &Message) -> &'static str {
    match message.header.kind {
        1 | 2 => "mqtt-connect",
        3..=7 => "mqtt-publish",
        8 | 9 => "mqtt-subscribe",
        10 | 11 => "mqtt-unsubscribe",
        12 | 13 => "mqtt-ping",
        14 => "mqtt-disconnect",
        _ => "mqtt-auth",
    }
}

/// Whether a packet says that something went well; `None` for one that only asks.
fn outcome(message: &Message) -> Option<bool> {
    match &message.body {
        Body::ConnectAnswer { code, .. } => Some(*code == 0),
        Body::Acknowledge { reason, .. } => Some(reason.is_none_or(|reason| reason < FAILURE)),
        Body::Granted { codes, .. } => Some(codes.iter().all(|code| *code < FAILURE)),
        _ => None,
    }
}

fn name(kind: u8) -> &'static str {
    match kind {
        1 => "connect",
        2 => "connack",
        3 => "publish",
        4 => "puback",
        5 => "pubrec",
        6 => "pubrel",
        7 => "pubcomp",
        8 => "subscribe",
        9 => "suback",
        10 => "unsubscribe",
        11 => "unsuback",
        12 => "pingreq",
        13 => "pingresp",
        14 => "disconnect",
        _ => "auth",
    }
}

fn write_message(line: &mut Line<'_>, message: &Message, shows_secrets: bool) {
    let mark = line.open(name(message.header.kind));
    write_header(line, message.header);
    match &message.body {
        Body::Connect(connect) => write_connect(line, connect, shows_secrets),
        Body::ConnectAnswer {
            has_session,
            code,
            properties,
        } => {
            line.flag("session_present", *has_session);
            line.number("return_code", u64::from(*code));
            write_properties(line, properties, shows_secrets);
        }
        Body::Publish {
            topic,
            id,
            message,
            length,
            properties,
        } => {
            text(line, "topic", topic);
            if let Some(id) = id {
                line.number("message_id", u64::from(*id));
            }
            text(line, "message", message);
            line.number("message_length", *length);
            write_properties(line, properties, shows_secrets);
        }
        Body::Acknowledge {
            id,
            reason,
            properties,
        } => {
            line.number("message_id", u64::from(*id));
            write_reason(line, *reason, properties, shows_secrets);
        }
        Body::Subscribe {
            id,
            topics,
            properties,
        } => {
            line.number("message_id", u64::from(*id));
            write_subscriptions(line, topics);
            write_properties(line, properties, shows_secrets);
        }
        Body::Unsubscribe {
            id,
            topics,
            properties,
        } => {
            line.number("message_id", u64::from(*id));
            let list = line.open_list("topics");
            for topic in topics {
                let item = line.open_item();
                text(line, "topic", topic);
                line.close(item);
            }
            line.close_list(list);
            write_properties(line, properties, shows_secrets);
        }
        Body::Granted {
            id,
            codes,
            properties,
        } => {
            line.number("message_id", u64::from(*id));
            let key = if message.header.kind == 9 {
                "qos_granted"
            } else {
                "reason_codes"
            };
            let list = line.open_list(key);
            for code in codes {
                line.item_number(u64::from(*code));
            }
            line.close_list(list);
            write_properties(line, properties, shows_secrets);
        }
        Body::Ping => {}
        Body::Reason { reason, properties } => {
            write_reason(line, *reason, properties, shows_secrets);
        }
    }
    if message.is_cut {
        line.note_truncated("");
    }
    line.close(mark);
}

fn write_header(line: &mut Line<'_>, header: Header) {
    line.number("qos", u64::from(header.quality));
    line.flag("retain", header.is_retained);
    line.flag("dup", header.is_duplicate);
}

fn write_connect(line: &mut Line<'_>, connect: &Connect, shows_secrets: bool) {
    text(line, "protocol_string", &connect.protocol);
    line.number("protocol_version", u64::from(connect.version));
    let mark = line.open("flags");
    for (name, bit) in [
        ("username", 0x80),
        ("password", 0x40),
        ("will", 0x04),
        ("will_retain", 0x20),
        ("clean_session", 0x02),
    ] {
        line.flag(name, connect.flags & bit != 0);
    }
    line.close(mark);
    text(line, "client_id", &connect.client_id);
    if let Some(user) = &connect.user {
        text(line, "username", user);
    }
    if let Some(password) = &connect.password {
        secret(line, "password", password, shows_secrets);
    }
    if let Some(will) = &connect.will {
        let mark = line.open("will");
        text(line, "topic", &will.topic);
        text(line, "message", &will.message);
        write_properties(line, &will.properties, shows_secrets);
        line.close(mark);
    }
    write_properties(line, &connect.properties, shows_secrets);
}

fn write_subscriptions(line: &mut Line<'_>, topics: &[(Text, u8)]) {
    let list = line.open_list("topics");
    for (topic, quality) in topics {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        text(line, "topic", topic);
        line.number("qos", u64::from(*quality));
        line.close(item);
    }
    line.close_list(list);
}

fn write_reason(
    line: &mut Line<'_>,
    reason: Option<u8>,
    properties: &Properties,
    shows_secrets: bool,
) {
    if let Some(reason) = reason {
        line.number("reason_code", u64::from(reason));
    }
    write_properties(line, properties, shows_secrets);
}

/// A list of names and values: names of user properties come from the wire and are values too.
fn write_properties(line: &mut Line<'_>, properties: &Properties, shows_secrets: bool) {
    let list = line.open_list("properties");
    for property in properties {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.word("name", property.name);
        if let Some(key) = &property.key {
            text(line, "key", key);
        }
        if property.name == "authentication_data" {
            secret(line, "value", &property.value, shows_secrets);
        } else {
            text(line, "value", &property.value);
        }
        line.close(item);
    }
    line.close_list(list);
}

fn text(line: &mut Line<'_>, key: &'static str, value: &Text) {
    line.text(key, &value.bytes);
    if value.is_cut {
        line.note_truncated(key);
    }
}

fn secret(line: &mut Line<'_>, key: &'static str, value: &Text, shows_secrets: bool) {
    if shows_secrets {
        text(line, key, value);
    } else if !value.bytes.is_empty() {
        line.text(key, HIDDEN);
    }
}
