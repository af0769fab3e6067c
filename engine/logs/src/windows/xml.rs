//! An event as the XML that Windows renders (event schema, `http://schemas.microsoft.com/win/2004/08/events/event`; `wevtutil qe
//! /f:RenderedXml`, Event Viewer, forwarders), turned into the structure that readers of event log files write as JSON.
//!
//! Only what that schema needs of XML 1.0 is read: elements, attributes, text, CDATA, the five entities and character references.
//! Comments and processing instructions are passed over; a document type declaration is refused, so nothing expands.

use serde_json::{Map, Value};

use super::{MAX_EVENT, WindowsEvent, raw};
use crate::Rejection;

/// How deep elements may stand in each other; Windows' own stand five deep.
const MAX_DEPTH: usize = 32;

pub(super) fn read(bytes: &[u8]) -> Result<WindowsEvent, Rejection> {
    if bytes.len() > MAX_EVENT {
        return Err(Rejection::TooLarge);
    }
    let text = crate::text::readable(bytes);
    let event = parse(text.trim_start_matches('\u{feff}').trim()).ok_or(Rejection::Format)?;
    raw::read(&event)
}

/// An element that is open.
struct Element {
    name: String,
    attributes: Map<String, Value>,
    children: Map<String, Value>,
    text: String,
}

impl Element {
    /// Adds a child; of a name that comes again the values stand in a list.
    fn add(&mut self, name: String, value: Value) {
        match self.children.get_mut(&name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => {
                let values = vec![first.take(), value];
                *first = Value::Array(values);
            }
            None => {
                self.children.insert(name, value);
            }
        }
    }

    /// The value, and the name that it has among its parent's children: `<Data Name="x">` is `x`.
    fn close(mut self) -> (String, Value) {
        if self.name == "Data" || self.name == "ComplexData" {
            let text = Value::String(self.text);
            return match self.attributes.remove("Name") {
                Some(Value::String(name)) if !name.is_empty() => (name, text),
                _ => ("Data".to_owned(), text),
            };
        }
        if self.children.is_empty() && self.attributes.is_empty() {
            return (self.name, Value::String(self.text));
        }
        let mut members = self.children;
        if members.is_empty() && !self.text.trim().is_empty() {
            members.insert("#text".to_owned(), Value::String(self.text));
        }
        if !self.attributes.is_empty() {
            members.insert("#attributes".to_owned(), Value::Object(self.attributes));
        }
        (self.name, Value::Object(members))
    }
}

/// The one root element `Event`.
fn parse(text: &str) -> Option<Value> {
    let mut open: Vec<Element> = Vec::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('<')?;
        match open.last_mut() {
            Some(element) => unescape_into(&mut element.text, before)?,
            None if before.trim().is_empty() => {}
            None => return None,
        }
        if let Some(after) = after.strip_prefix("!--") {
            rest = after.split_once("-->")?.1;
        } else if let Some(after) = after.strip_prefix("![CDATA[") {
            let (data, after) = after.split_once("]]>")?;
            open.last_mut()?.text.push_str(data);
            rest = after;
        } else if let Some(after) = after.strip_prefix('?') {
            rest = after.split_once("?>")?.1;
        } else if after.starts_with('!') {
            return None;
        } else if let Some(after) = after.strip_prefix('/') {
            let (name, after) = after.split_once('>')?;
            let element = open.pop()?;
            if local(name.trim()) != element.name {
                return None;
            }
            rest = after;
            if let Some(root) = put(&mut open, element) {
                return rest.trim().is_empty().then_some(root);
            }
        } else {
            let (element, is_empty, after) = start(after)?;
            rest = after;
            if open.len() >= MAX_DEPTH || open.is_empty() && element.name != "Event" {
                return None;
            }
            if is_empty {
                if let Some(root) = put(&mut open, element) {
                    return Some(root);
                }
            } else {
                open.push(element);
            }
        }
    }
}

/// Puts a closed element into its parent; without one it is the root.
fn put(open: &mut [Element], element: Element) -> Option<Value> {
    let (name, value) = element.close();
    match open.last_mut() {
        Some(parent) => {
            parent.add(name, value);
            None
        }
        None => Some(value),
    }
}

/// `Name a="1" b='2'>` or `…/>`: the element, whether it is empty, what follows.
fn start(text: &str) -> Option<(Element, bool, &str)> {
    let end = text.find(|character: char| {
        character.is_ascii_whitespace() || matches!(character, '>' | '/')
    })?;
    let (name, mut rest) = text.split_at_checked(end)?;
    let mut element = Element {
        name: local(name).to_owned(),
        attributes: Map::new(),
        children: Map::new(),
        text: String::new(),
    };
    if element.name.is_empty() {
        return None;
    }
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Some((element, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Some((element, false, after));
        }
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_end();
        let after = after.trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        if name.is_empty() || name.contains(['<', '>', ' ']) {
            return None;
        }
        if !name.starts_with("xmlns") {
            let mut plain = String::with_capacity(value.len());
            unescape_into(&mut plain, value)?;
            element
                .attributes
                .insert(name.to_owned(), Value::String(plain));
        }
        rest = after;
    }
}

/// The name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Character references and the predefined entities (XML 1.0, sections 4.1 and 4.6); another entity is refused.
fn unescape_into(out: &mut String, text: &str) -> Option<()> {
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let (name, after) = after
            .get(..12.min(after.len()))
            .unwrap_or(after)
            .find(';')
            .and_then(|at| Some((after.get(..at)?, after.get(at + 1..)?)))?;
        let character = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let digits = name.strip_prefix('#')?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                char::from_u32(code)?
            }
        };
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P' Guid='{1}'/>\
        <EventID Qualifiers='0'>4625</EventID><TimeCreated SystemTime='2026-11-10T02:00:00.1234567Z'/><Channel>Security</Channel>\
        <Computer>DC</Computer><Security/></System><EventData><Data Name='TargetUserName'>a&lt;b&#x111;</Data>\
        <Data>one</Data><Data>two</Data><!-- x --></EventData></Event>";

    #[test]
    fn named_and_unnamed_data_are_values_as_in_an_event_log_file() {
        let event = read(EVENT.as_bytes()).expect("an event");
        assert_eq!(event.code, "4625");
        assert_eq!(event.provider_guid, "{1}");
        assert_eq!(event.datum("TargetUserName"), "a<bđ");
        assert_eq!(event.datum("Data"), "one, two");
        assert_eq!(event.datum("param2"), "two");
    }

    #[test]
    fn user_data_and_the_rendered_message_are_read() {
        let text = EVENT.replace(
            "<EventData>",
            "<RenderingInfo Culture='vi-VN'><Message>Đã xóa</Message></RenderingInfo><UserData><x:LogFileCleared xmlns:x='m'>\
             <x:SubjectUserName>root</x:SubjectUserName></x:LogFileCleared></UserData><EventData>",
        );
        let event = read(text.as_bytes()).expect("an event");
        assert_eq!(event.message, "Đã xóa");
        assert_eq!(event.user_data_name, "LogFileCleared");
        assert_eq!(event.datum("SubjectUserName"), "root");
    }

    #[test]
    fn what_expands_nests_or_is_cut_is_refused() {
        let bomb = format!("<!DOCTYPE e [<!ENTITY a 'aaaa'>]>{EVENT}");
        let deep = format!("<Event>{}", "<a>".repeat(10_000));
        let entity = EVENT.replace("&lt;", "&lol;");
        let crossed = EVENT.replace("</Computer>", "</Komputer>");
        for text in [
            bomb.as_str(),
            &deep,
            &entity,
            &crossed,
            "<Event>",
            "<Event",
            "x",
            "",
            "<Events></Events>",
            "<Event a=b></Event>",
        ] {
            assert_eq!(
                read(text.as_bytes()).err(),
                Some(Rejection::Format),
                "{}",
                text.get(..40.min(text.len())).unwrap_or_default()
            );
        }
    }
}
