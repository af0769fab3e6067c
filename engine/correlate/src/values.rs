//! What correlation reads from an event: group values, counted values, numbers, and who was touched.
//!
//! A dotted name is looked up as a flat key first, then nested, through lists of objects; elements of lists one by one; numbers and truth
//! values by their JSON text as written; nulls and objects are no values.

use std::borrow::Cow;
use std::fmt::Write as _;

use khien_detect::fields::{FieldId, Fields, Found};
use khien_detect::json::{Kind, Tape};
use khien_detect::text::push_normal;
use sha2::{Digest, Sha256};

use crate::exact::Exact;
use crate::firing::tag;
use crate::watch::EntityField;

/// A field gives at most this many values; more are left out and counted: a guess, far above what a parser writes.
pub const MOST_VALUES: usize = 64;
/// A counted value is kept as it is up to so many bytes.
const LONGEST_VALUE: usize = 128;
/// Facts of one event, in bytes; more are left out and counted.
const MOST_FACTS: usize = 16_384;

/// One parsed line.
#[derive(Debug)]
pub struct Event<'a> {
    /// The line.
    pub text: &'a str,
    /// Its tape.
    pub tape: &'a Tape,
    /// Its values by field.
    pub found: &'a Found,
}

/// The tape and the fields of one line; kept and used again for the next one.
#[derive(Debug)]
pub struct Reader {
    tape: Tape,
    found: Found,
}

impl Reader {
    /// For the fields of a plan.
    #[must_use]
    pub fn new(fields: &Fields) -> Self {
        Self {
            tape: Tape::new(),
            found: Found::new(fields),
        }
    }

    /// Reads a line; `None` when it is no JSON object.
    pub fn read<'a>(&'a mut self, fields: &Fields, line: &'a [u8]) -> Option<Event<'a>> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let text = std::str::from_utf8(line).ok()?;
        self.tape.parse(text).ok()?;
        if self.tape.node(0).map(|node| node.kind) != Some(Kind::Object) {
            return None;
        }
        self.found.collect(fields, text, &self.tape);
        Some(Event {
            text,
            tape: &self.tape,
            found: &self.found,
        })
    }
}

impl<'a> Event<'a> {
    /// The values of a field as texts.
    pub fn texts(&self, field: FieldId) -> impl Iterator<Item = Cow<'a, str>> {
        let (text, tape) = (self.text, self.tape);
        self.found
            .values(field)
            .take(MOST_VALUES)
            .filter_map(move |node| tape.node(node).map(|node| node.text(text)))
    }

    /// Whether a field has more values than are read.
    #[must_use]
    pub fn is_cut(&self, field: FieldId) -> bool {
        self.found.values(field).nth(MOST_VALUES).is_some()
    }

    /// The one value that groups by this field; several are the JSON text of their list.
    #[must_use]
    pub fn group_value(&self, field: FieldId) -> Option<Cow<'a, str>> {
        let mut texts = self.texts(field);
        let first = texts.next()?;
        let Some(second) = texts.next() else {
            return Some(first);
        };
        let all: Vec<Cow<'a, str>> = [first, second].into_iter().chain(texts).collect();
        Some(Cow::Owned(serde_json::to_string(&all).unwrap_or_default()))
    }

    /// Appends the group value, folded; whether there is one.
    pub fn push_group_value(
        &self,
        out: &mut Vec<u8>,
        scratch: &mut String,
        field: FieldId,
    ) -> bool {
        let Some(value) = self.group_value(field) else {
            return false;
        };
        scratch.clear();
        push_normal(scratch, &value);
        push_part(out, scratch.as_bytes());
        true
    }

    /// The folded values that are counted, sorted, each once; of several fields the one tuple. Empty when one is missing.
    pub fn counted_values(&self, fields: &[FieldId], out: &mut Vec<String>) {
        out.clear();
        if let [field] = fields {
            out.extend(self.texts(*field).map(|text| short(normal(&text))));
            if out.len() > 1 {
                out.sort_unstable();
                out.dedup();
            }
            return;
        }
        let parts: Option<Vec<String>> = fields
            .iter()
            .map(|field| self.group_value(*field).map(|value| normal(&value)))
            .collect();
        let tuple = parts.and_then(|parts| serde_json::to_string(&parts).ok());
        out.extend(tuple.map(short));
    }

    /// The numbers of some fields, and how many values were none.
    pub fn numbers(&self, fields: &[FieldId], out: &mut Vec<Exact>) -> u64 {
        out.clear();
        let mut others = 0;
        for field in fields {
            for node in self.found.values(*field).take(MOST_VALUES) {
                let number = self.tape.node(node).and_then(|node| match node.kind {
                    Kind::Number | Kind::Text(_) => Exact::read(&node.text(self.text)),
                    _ => None,
                });
                match number {
                    Some(number) => out.push(number),
                    None => others += 1,
                }
            }
        }
        others
    }

    /// Appends asset, unit, sensor and entities; what did not fit is counted.
    pub fn push_facts(
        &self,
        out: &mut Vec<u8>,
        fields: [FieldId; 3],
        entities: &[EntityField],
    ) -> u64 {
        let mut left_out = 0;
        let own = fields.into_iter().zip(0_u64..);
        let named = entities
            .iter()
            .map(|entity| entity.field)
            .zip(tag::ENTITY..);
        for (field, tag) in own.chain(named) {
            for text in self.texts(field) {
                if out.len() + text.len() + 8 > MOST_FACTS {
                    left_out += 1;
                    continue;
                }
                push_varint(out, tag);
                push_part(out, text.as_bytes());
            }
            left_out += u64::from(self.is_cut(field));
        }
        left_out
    }
}

/// A counted value that is kept: of a long one its SHA-256, which tells it from all others as well.
fn short(value: String) -> String {
    if value.len() <= LONGEST_VALUE {
        return value;
    }
    let mut text = String::from("\0sha256 ");
    for byte in Sha256::digest(value.as_bytes()) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// NFC and folded.
#[must_use]
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_normal(&mut out, text);
    out
}

/// Seven bits a byte, the low ones first.
pub fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Reads what `push_varint` wrote.
pub fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A length and so many bytes.
pub fn push_part(out: &mut Vec<u8>, part: &[u8]) {
    push_varint(out, part.len() as u64);
    out.extend_from_slice(part);
}

/// Reads what `push_part` wrote.
pub fn take_part<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(take_varint(bytes)?).ok()?;
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

/// The texts of a sequence of parts.
#[must_use]
pub fn parts(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(part) = take_part(&mut bytes) {
        found.push(String::from_utf8_lossy(part).into_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(line: &str, names: &[&str], test: impl Fn(&Event<'_>, &[FieldId])) {
        let mut fields = Fields::new();
        let ids: Vec<FieldId> = names.iter().map(|name| fields.intern(name)).collect();
        let mut reader = Reader::new(&fields);
        test(&reader.read(&fields, line.as_bytes()).unwrap(), &ids);
    }

    #[test]
    fn a_flat_key_hides_the_nested_one_and_lists_are_walked() {
        let line =
            r#"{"a.b":["x",null,[1.50,true]],"a":{"b":"hidden"},"c":[{"d":"An"},{"d":["an"]}]}"#;
        with(line, &["a.b", "c.d"], |event, ids| {
            let texts: Vec<_> = event.texts(ids[0]).collect();
            assert_eq!(texts, ["x", "1.50", "true"]);
            assert_eq!(event.group_value(ids[1]).unwrap(), r#"["An","an"]"#);
            let mut counted = Vec::new();
            event.counted_values(&ids[1..], &mut counted);
            assert_eq!(counted, ["an"]);
            event.counted_values(ids, &mut counted);
            assert_eq!(
                counted,
                [r#"["[\"x\",\"1.50\",\"true\"]","[\"an\",\"an\"]"]"#]
            );
        });
    }

    #[test]
    fn a_long_value_is_counted_by_its_digest_and_a_short_one_as_it_is() {
        let long = "x".repeat(1_000_000);
        let line = format!(
            r#"{{"v":["{long}","{long}Y","{long}y","{}"]}}"#,
            "z".repeat(128)
        );
        with(&line, &["v"], |event, ids| {
            let mut counted = Vec::new();
            event.counted_values(ids, &mut counted);
            assert_eq!(counted.len(), 3);
            assert!(counted.iter().all(|value| value.len() <= 128));
            assert!(counted[0].starts_with('\0'));
            assert_eq!(counted[2], "z".repeat(128));
        });
    }

    #[test]
    fn numbers_are_read_from_texts_too_and_others_are_counted() {
        let line = r#"{"n":[1,"2.5",true,"x",null,1e3]}"#;
        with(line, &["n"], |event, ids| {
            let mut numbers = Vec::new();
            assert_eq!(event.numbers(ids, &mut numbers), 2);
            let expected = ["1", "2.5", "1000"].map(|text| Exact::parse(text).unwrap());
            assert_eq!(numbers, expected);
        });
    }

    #[test]
    fn a_varint_comes_back_and_a_cut_one_does_not() {
        for value in [0, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            push_varint(&mut bytes, value);
            assert_eq!(take_varint(&mut bytes.as_slice()), Some(value));
            bytes.pop();
            assert_eq!(take_varint(&mut bytes.as_slice()), None);
        }
        assert_eq!(take_part(&mut [200_u8, 1, 7].as_slice()), None);
    }
}
