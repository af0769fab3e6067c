//! JSON objects one behind the other, over as many lines as they like (RFC 8259; also inside one array or with commas between).
//!
//! The end of an object is found by its braces outside of strings, each byte looked at once; an object beyond
//! `windows::MAX_EVENT` is passed over.

use std::io::{self, Read};

use crate::Rejection;
use crate::event_file::Part;
use crate::windows::{self, FlatClock, MAX_EVENT};

const PIECE: usize = 65_536;

/// Whether these bytes begin a file of such objects of Windows that are not one a line.
pub(crate) fn is_objects(sample: &[u8]) -> bool {
    let mut splitter = Splitter::default();
    let mut events = 0;
    let mut is_multiline = false;
    for byte in sample {
        if let Some(Ok(object)) = splitter.push(*byte) {
            if windows::read(&object, &mut FlatClock::default()).is_err() {
                return false;
            }
            events += 1;
            is_multiline |= object.contains(&b'\n');
        }
        if splitter.is_junk {
            return false;
        }
    }
    events > 0 && is_multiline
}

/// Where in a string the last byte stood.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Inside,
    Escape,
}

/// Cuts objects out of bytes.
#[derive(Default)]
struct Splitter {
    object: Vec<u8>,
    depth: usize,
    text: Text,
    is_too_large: bool,
    /// Whether something that is no object stands between two.
    is_junk: bool,
}

impl Splitter {
    /// Takes a byte; gives the object that it ends.
    fn push(&mut self, byte: u8) -> Option<Result<Vec<u8>, Rejection>> {
        if self.depth == 0 && byte != b'{' {
            self.is_junk |= !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']')
                && byte.is_ascii();
            return None;
        }
        if self.object.len() < MAX_EVENT {
            self.object.push(byte);
        } else {
            self.is_too_large = true;
        }
        self.text = match (self.text, byte) {
            (Text::Outside, b'"') | (Text::Escape, _) => Text::Inside,
            (Text::Inside, b'\\') => Text::Escape,
            (Text::Inside, b'"') => {
                self.text = Text::Outside;
                return None;
            }
            (text, _) => text,
        };
        if self.text != Text::Outside {
            return None;
        }
        match byte {
            b'{' => self.depth += 1,
            b'}' => self.depth -= 1,
            _ => {}
        }
        (self.depth == 0).then(|| {
            let object = std::mem::take(&mut self.object);
            if std::mem::take(&mut self.is_too_large) {
                Err(Rejection::TooLarge)
            } else {
                Ok(object)
            }
        })
    }
}

pub(crate) struct JsonFile<R> {
    reader: R,
    source: String,
    splitter: Splitter,
    clock: FlatClock,
    number: u64,
    is_ended: bool,
}

impl<R: Read> JsonFile<R> {
    pub(crate) fn new(reader: R, source: &str) -> Self {
        Self {
            reader,
            source: source.to_owned(),
            splitter: Splitter::default(),
            clock: FlatClock::default(),
            number: 0,
            is_ended: false,
        }
    }

    /// The events that end in the next bytes.
    pub(crate) fn next_part(&mut self) -> io::Result<Option<Part>> {
        if self.is_ended {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(PIECE);
        (&mut self.reader)
            .take(PIECE as u64)
            .read_to_end(&mut bytes)?;
        let mut part = Part::default();
        for byte in &bytes {
            if let Some(object) = self.splitter.push(*byte) {
                let read = object.and_then(|object| windows::read(&object, &mut self.clock));
                self.take(&mut part, read);
            }
        }
        if bytes.is_empty() {
            self.is_ended = true;
            if self.splitter.depth > 0 {
                self.take(&mut part, Err(Rejection::Format));
            }
        }
        if std::mem::take(&mut self.splitter.is_junk) {
            part.rejected
                .push((format!("behind object {}", self.number), Rejection::Format));
        }
        Ok(Some(part))
    }

    fn take(&mut self, part: &mut Part, read: Result<crate::document::Document, Rejection>) {
        self.number += 1;
        let number = self.number;
        part.take(read, &self.source, || format!("object {number}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r##"{
      "Event": {"System": {"EventID": 1102, "Channel": "Security", "Computer": "DC",
        "TimeCreated": {"@attributes": 1, "#attributes": {"SystemTime": "2026-11-10T02:00:00.1234567Z"}}},
        "UserData": {"LogFileCleared": {"SubjectUserName": "a}\"{"}}}
    }"##;

    fn parts(text: &str) -> (usize, Vec<(String, Rejection)>, String) {
        let mut file = JsonFile::new(text.as_bytes(), "t");
        let (mut count, mut rejected, mut lines) = (0, Vec::new(), String::new());
        while let Some(part) = file.next_part().expect("memory is readable") {
            count += part.count;
            rejected.extend(part.rejected);
            lines.push_str(&part.lines);
        }
        (count, rejected, lines)
    }

    #[test]
    fn objects_one_behind_the_other_are_events() {
        let (count, rejected, lines) = parts(&format!("{EVENT}\n{EVENT}[{EVENT},{EVENT}]"));
        assert_eq!((count, rejected), (4, Vec::new()));
        assert!(lines.starts_with("{\"@timestamp\":\"2026-11-10T02:00:00.123456Z\","));
        assert!(lines.contains("\"SubjectUserName\":\"a}\\\"{\""));
        assert!(is_objects(EVENT.as_bytes()));
    }

    #[test]
    fn what_is_no_event_is_named_and_passed_over() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_EVENT));
        let (count, rejected, _) = parts(&format!("{{}}{large}{EVENT} junk {{\"open\""));
        assert_eq!(count, 1);
        let reasons: Vec<&str> = rejected.iter().map(|(_, why)| why.code()).collect();
        assert_eq!(reasons, ["format", "too_large", "format", "format"]);
    }
}
