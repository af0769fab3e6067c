//! An event as a tree of fields, for formats whose fields are many, and its line in the frame
//! (docs/concepts/contracts.md, section 1): long values are cut and named in `khien.truncated`.

mod writer;

use std::collections::BTreeSet;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::Rejection;
use crate::draft::TimeSource;
use writer::{Limit, Writer};

/// Longest line, newline included.
const MAX_LINE: usize = 65_536;
/// Longest name of a member that an input chose.
const MAX_NAME: usize = 128;
/// What a value and an object of the input's own names may hold, from the generous to the last resort. A script block of
/// `PowerShell` has up to 32 KiB, and rules look into all of it.
const LIMITS: [Limit; 6] = [
    Limit::new(32_768, 8_192, 512),
    Limit::new(24_576, 2_048, 512),
    Limit::new(12_288, 1_024, 512),
    Limit::new(4_096, 512, 256),
    Limit::new(512, 256, 64),
    Limit::new(128, 128, 16),
];
/// Top-level names in schema order; what is not listed follows in the order of its coming, `khien` is last.
const ORDER: [&str; 27] = [
    "event",
    "ecs",
    "message",
    "log",
    "host",
    "observer",
    "source",
    "destination",
    "network",
    "dns",
    "http",
    "url",
    "user_agent",
    "auditd",
    "winlog",
    "powershell",
    "registry",
    "dll",
    "file",
    "user",
    "group",
    "process",
    "service",
    "rule",
    "email",
    "related",
    "khien",
];

/// A value or an object.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Text(String),
    /// A text that stands elsewhere in the event too.
    Copy(String),
    Number(i64),
    Boolean(bool),
    List(Vec<String>),
    Object(Vec<(String, Node)>),
    /// An object whose names the input chose.
    Open(Vec<(String, String)>),
}

/// An event while it is made.
#[derive(Debug, Clone)]
pub struct Document {
    time_us: i64,
    time_source: TimeSource,
    members: Vec<(String, Node)>,
    related: [BTreeSet<String>; 4],
}

/// What the event's `related` object gathers.
#[derive(Debug, Clone, Copy)]
pub enum Related {
    /// `related.ip`
    Ip,
    /// `related.user`
    User,
    /// `related.hosts`
    Hosts,
    /// `related.hash`
    Hash,
}

const RELATED: [&str; 4] = [
    "related.ip",
    "related.user",
    "related.hosts",
    "related.hash",
];

impl Document {
    /// An event of a dataset at a time.
    #[must_use]
    pub fn new(time_us: i64, time_source: TimeSource, dataset: &str, module: &str) -> Self {
        let mut document = Self {
            time_us,
            time_source,
            members: Vec::with_capacity(16),
            related: Default::default(),
        };
        document.text("event.kind", "event");
        document.categorise(&["host"], &["info"]);
        document.text("event.dataset", dataset);
        document.text("event.module", module);
        document.text("ecs.version", "8.17.0");
        document
    }

    /// When it happened, in microseconds since 1970.
    #[must_use]
    pub fn time_us(&self) -> i64 {
        self.time_us
    }

    /// ECS's category and type.
    pub fn categorise(&mut self, category: &[&str], kind_types: &[&str]) {
        self.list("event.category", category.iter().copied());
        self.list("event.type", kind_types.iter().copied());
    }

    /// Sets a text; one that says nothing (empty, `-`) is not written.
    pub fn text(&mut self, path: &str, text: &str) {
        if is_said(text) {
            self.put(path, Node::Text(composed(text)));
        }
    }

    /// Sets a text that stands in the event elsewhere too, and may therefore be cut earlier.
    pub fn copy(&mut self, path: &str, text: &str) {
        if is_said(text) {
            self.put(path, Node::Copy(composed(text)));
        }
    }

    /// Sets a number.
    pub fn number(&mut self, path: &str, number: impl Into<i64>) {
        self.put(path, Node::Number(number.into()));
    }

    /// Sets a truth.
    pub fn boolean(&mut self, path: &str, value: bool) {
        self.put(path, Node::Boolean(value));
    }

    /// Sets a list of the distinct texts that say something.
    pub fn list<'t>(&mut self, path: &str, texts: impl IntoIterator<Item = &'t str>) {
        let mut found: Vec<String> = Vec::new();
        for text in texts.into_iter().filter(|text| is_said(text)) {
            let text = composed(text);
            if !found.contains(&text) {
                found.push(text);
            }
        }
        if !found.is_empty() {
            self.put(path, Node::List(found));
        }
    }

    /// Sets a list of texts as they come, doubles and all.
    pub fn strings<'t>(&mut self, path: &str, texts: impl IntoIterator<Item = &'t str>) {
        let found: Vec<String> = texts
            .into_iter()
            .filter(|text| is_said(text))
            .map(composed)
            .collect();
        if !found.is_empty() {
            self.put(path, Node::List(found));
        }
    }

    /// Sets an object whose names the input chose; a name that comes twice keeps its first value.
    pub fn open<'t>(&mut self, path: &str, members: impl IntoIterator<Item = (&'t str, &'t str)>) {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut names = BTreeSet::new();
        for (name, value) in members {
            let name = composed(cut(name, MAX_NAME));
            if !name.is_empty() && names.insert(name.clone()) {
                found.push((name, composed(value)));
            }
        }
        if !found.is_empty() {
            self.put(path, Node::Open(found));
        }
    }

    /// Notes an address, a user, a host or a hash of the event.
    pub fn relate(&mut self, kind: Related, value: &str) {
        if is_said(value)
            && let Some(values) = self.related.get_mut(kind as usize)
        {
            values.insert(composed(value));
        }
    }

    /// Says whose log it is, where the line does not.
    #[must_use]
    pub fn written_by(mut self, host: Option<&str>) -> Self {
        if !self.has("host.hostname") && !self.has("host.name") {
            self.text("host.hostname", host.unwrap_or_default());
            self.relate(Related::Hosts, host.unwrap_or_default());
        }
        self
    }

    /// Whether the field was set.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// The text of a field that was set.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        match self.find(path)? {
            Node::Text(text) | Node::Copy(text) => Some(text),
            _ => None,
        }
    }

    fn find(&self, path: &str) -> Option<&Node> {
        let mut members = &self.members;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            let (_, node) = members.iter().find(|(name, _)| name == part)?;
            match node {
                _ if parts.peek().is_none() => return Some(node),
                Node::Object(inner) => members = inner,
                _ => return None,
            }
        }
        None
    }

    fn put(&mut self, path: &str, value: Node) {
        let mut members = &mut self.members;
        let mut rest = path;
        while let Some((part, after)) = rest.split_once('.') {
            let at = members
                .iter()
                .position(|(name, _)| name == part)
                .unwrap_or_else(|| {
                    members.push((part.to_owned(), Node::Object(Vec::new())));
                    members.len() - 1
                });
            match members.get_mut(at) {
                Some((_, Node::Object(inner))) => members = inner,
                // A path through a value is a defect of the caller; the value that stands stays.
                _ => return,
            }
            rest = after;
        }
        if let Some((_, node)) = members.iter_mut().find(|(name, _)| name == rest) {
            *node = value;
        } else {
            members.push((rest.to_owned(), value));
        }
    }

    /// Appends the event's line; `source` names the input.
    ///
    /// # Errors
    /// It does not fit into a line even with everything cut short.
    pub fn write(mut self, out: &mut String, source: &str) -> Result<i64, Rejection> {
        let related = std::mem::take(&mut self.related);
        for (path, values) in RELATED.iter().zip(&related) {
            self.list(path, values.iter().map(String::as_str));
        }
        self.members.sort_by_key(|(name, _)| {
            ORDER
                .iter()
                .position(|known| known == name)
                .unwrap_or(ORDER.len() - 2)
        });
        let start = out.len();
        for limit in LIMITS {
            Writer::new(out, limit).event(&self, source);
            if out.len() - start <= MAX_LINE {
                return Ok(self.time_us);
            }
            out.truncate(start);
        }
        Err(Rejection::TooLarge)
    }
}

/// Absent means unknown: an empty text and `-` say nothing.
#[must_use]
pub fn is_said(text: &str) -> bool {
    !text.is_empty() && text != "-"
}

/// The text in NFC, as every event has it.
fn composed(text: &str) -> String {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// The longest beginning of so many bytes that ends with a whole character.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(document: Document) -> String {
        let mut out = String::new();
        document.write(&mut out, "test").expect("it fits");
        out
    }

    #[test]
    fn the_frame_holds_the_members_in_schema_order_with_khien_last() {
        let mut document = Document::new(0, TimeSource::Log, "windows.security", "windows");
        document.text("khien.extra", "x");
        document.text("process.parent.name", "a");
        document.text("host.name", "DC");
        document.number("process.pid", 4);
        document.text("user.name", "-");
        document.relate(Related::Ip, "10.0.0.1");
        assert_eq!(
            line(document),
            "{\"@timestamp\":\"1970-01-01T00:00:00.000000Z\",\"event\":{\"kind\":\"event\",\"category\":[\"host\"],\
             \"type\":[\"info\"],\"dataset\":\"windows.security\",\"module\":\"windows\"},\"ecs\":{\"version\":\"8.17.0\"},\
             \"host\":{\"name\":\"DC\"},\"process\":{\"parent\":{\"name\":\"a\"},\"pid\":4},\
             \"related\":{\"ip\":[\"10.0.0.1\"]},\"khien\":{\"schema\":1,\"source\":\"test\",\"time\":\"log\",\"extra\":\"x\"}}\n"
        );
    }

    #[test]
    fn what_is_too_long_is_cut_and_named_copies_first() {
        let script = "ß".repeat(15_000);
        let mut document = Document::new(0, TimeSource::Log, "windows.powershell", "windows");
        document.open("winlog.event_data", [("ScriptBlockText", script.as_str())]);
        document.copy("powershell.file.script_block_text", &script);
        let line = line(document);
        assert!(line.len() <= MAX_LINE);
        assert!(line.contains(&format!("\"ScriptBlockText\":\"{script}\"")));
        assert!(line.ends_with("\"truncated\":[\"powershell.file.script_block_text\"]}}\n"));
    }

    #[test]
    fn a_hostile_document_always_fits_or_is_refused() {
        let control = "\u{1}".repeat(40_000);
        let names: Vec<String> = (0..600).map(|number| format!("n{number}")).collect();
        let mut document = Document::new(0, TimeSource::Log, "windows.x", "windows");
        document.open(
            "winlog.event_data",
            names.iter().map(|name| (name.as_str(), control.as_str())),
        );
        document.text("message", &control);
        let line = line(document);
        assert!(line.len() <= MAX_LINE);
        assert!(line.contains("\"truncated\":[\"message\",\"winlog.event_data\"]"));
    }
}
