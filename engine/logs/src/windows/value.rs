//! JSON values as the texts that Windows' XML would hold.

use serde_json::{Map, Value};

/// The text of a value: of an element with attributes its own, of a list the texts joined.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => joined(values, |value| match value {
            Value::Object(members) => members.get("#text").and_then(text_of_plain),
            plain => text_of_plain(plain),
        }),
        Value::Object(members) => match members.get("#text")? {
            Value::Array(values) => joined(values, text_of_plain),
            plain => text_of_plain(plain),
        },
    }
}

/// The texts with `, ` between; `None` when one of them is no text.
fn joined(values: &[Value], text: impl Fn(&Value) -> Option<String>) -> Option<String> {
    let texts: Option<Vec<String>> = values.iter().map(text).collect();
    texts.map(|texts| texts.join(", "))
}

/// The text of a value that is no list and no object.
pub(super) fn text_of_plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text of a member; empty when it is not there.
pub(super) fn member(members: &Map<String, Value>, name: &str) -> String {
    members.get(name).and_then(text_of).unwrap_or_default()
}

/// The number of a member, written as one or as text.
pub(super) fn number(members: &Map<String, Value>, name: &str) -> Option<i64> {
    match members.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An attribute of an element: `Provider` → `#attributes` → `Name`, or `Provider_attributes` → `Name`.
pub(super) fn attribute(members: &Map<String, Value>, element: &str, name: &str) -> String {
    let inside = members
        .get(element)
        .and_then(|element| element.get("#attributes"))
        .and_then(|attributes| attributes.get(name));
    let beside = || {
        members
            .get(&format!("{element}_attributes"))
            .and_then(|attributes| attributes.get(name))
    };
    inside
        .or_else(beside)
        .and_then(text_of_plain)
        .unwrap_or_default()
}
