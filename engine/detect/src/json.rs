//! A strict JSON reader (RFC 8259) that writes a flat tape over borrowed bytes and allocates nothing per line.
//!
//! Stricter than the RFC where readers differ, so that every later reader sees the same event: no duplicate names in an
//! object (also when one is escaped), no lone surrogates, no number beyond a double, at most `MAX_DEPTH` levels.

use std::borrow::Cow;

mod parser;

use crate::quick;
use parser::{Open, Parser};

/// Deepest nesting; the outermost object is level 1.
pub const MAX_DEPTH: usize = 32;

/// Why a text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON at all, or not UTF-8.
    Syntax,
    /// Nested deeper than `MAX_DEPTH`.
    Depth,
    /// An object names a member twice.
    Duplicate,
}

/// What a node of the tape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Members follow as pairs of a `Text` node and a value.
    Object,
    /// Elements follow.
    Array,
    /// Without its quotes; `true` when it holds an escape.
    Text(bool),
    /// As written.
    Number,
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
}

/// One value or one member's name.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// First byte: of a text, after the quote.
    pub start: u32,
    /// One past the last byte: of a text, the closing quote.
    pub end: u32,
    /// Objects and arrays: the index after the last node inside. Names: a hash of the unescaped bytes.
    link: u32,
}

/// The parsed line; kept and used again for the next one.
#[derive(Debug, Default)]
pub struct Tape {
    nodes: Vec<Node>,
    /// Hash and node of each name of the objects that are open while it is read.
    names: Vec<(u32, u32)>,
    /// The objects and arrays that are open while it is read.
    open: Vec<Open>,
}

impl Tape {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one JSON text; afterwards node 0 is the outermost value.
    ///
    /// # Errors
    /// The first fault from the left.
    pub fn parse(&mut self, text: &str) -> Result<(), JsonError> {
        self.nodes.clear();
        Parser {
            text,
            bytes: text.as_bytes(),
            position: 0,
            tape: self,
        }
        .document()
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node at an index.
    #[must_use]
    pub fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// The index after the value at `index`, all its insides skipped.
    #[must_use]
    pub fn after(&self, index: usize) -> usize {
        match self.nodes.get(index) {
            Some(Node {
                kind: Kind::Object | Kind::Array,
                link,
                ..
            }) => *link as usize,
            _ => index + 1,
        }
    }

    /// The members of the object at `index` as (name's index, value's index).
    #[must_use]
    pub fn members(&self, index: usize) -> Members<'_> {
        let end = match self.nodes.get(index) {
            Some(Node {
                kind: Kind::Object,
                link,
                ..
            }) => *link as usize,
            _ => 0,
        };
        Members {
            tape: self,
            next: index + 1,
            end,
        }
    }

    /// The elements of the array at `index`.
    #[must_use]
    pub fn elements(&self, index: usize) -> Elements<'_> {
        let end = match self.nodes.get(index) {
            Some(Node {
                kind: Kind::Array,
                link,
                ..
            }) => *link as usize,
            _ => 0,
        };
        Elements {
            tape: self,
            next: index + 1,
            end,
        }
    }

    /// The hash of a member's name, as `hash` gives it for the unescaped bytes.
    #[must_use]
    pub fn text_hash(&self, index: usize) -> u32 {
        self.nodes.get(index).map_or(0, |node| node.link)
    }
}

/// Iterates over the members of an object.
#[derive(Debug)]
pub struct Members<'t> {
    tape: &'t Tape,
    next: usize,
    end: usize,
}

impl Iterator for Members<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let name = self.next;
        self.next = self.tape.after(name + 1);
        Some((name, name + 1))
    }
}

/// Iterates over the elements of an array.
#[derive(Debug)]
pub struct Elements<'t> {
    tape: &'t Tape,
    next: usize,
    end: usize,
}

impl Iterator for Elements<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let element = self.next;
        self.next = self.tape.after(element);
        Some(element)
    }
}

impl Node {
    /// The bytes as written.
    #[must_use]
    pub fn raw<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// Whether its text, escapes resolved, is this.
    #[must_use]
    pub fn is_text(&self, text: &str, wanted: &str) -> bool {
        match self.kind {
            Kind::Text(true) => unescape(self.raw(text)) == wanted,
            _ => self.raw(text) == wanted,
        }
    }

    /// The text with its escapes resolved; borrowed when there are none.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let raw = self.raw(text);
        match self.kind {
            Kind::Text(true) => Cow::Owned(unescape(raw)),
            _ => Cow::Borrowed(raw),
        }
    }
}

/// A quick, stable hash for member names.
#[must_use]
pub fn hash(bytes: &[u8]) -> u32 {
    (quick::hash(bytes) >> 32) as u32
}

/// Resolves the escapes of a text that was read before; what is not an escape stays.
fn unescape(raw: &str) -> String {
    let mut clear = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clear.push_str(before);
        let (character, used) = escaped_character(escape);
        clear.push(character);
        rest = escape.get(used..).unwrap_or_default();
    }
    clear.push_str(rest);
    clear
}

fn escaped_character(escape: &str) -> (char, usize) {
    let simple = |character| (character, 2);
    match escape.as_bytes().get(1) {
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'/') => simple('/'),
        Some(b'"') => simple('"'),
        Some(b'u') => {
            let high = unit(escape, 2).unwrap_or(0xFFFD);
            if (0xD800..0xDC00).contains(&high) {
                let low = unit(escape, 8).unwrap_or(0xDC00);
                let code = 0x10000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                (char::from_u32(code).unwrap_or('\u{FFFD}'), 12)
            } else {
                (char::from_u32(high).unwrap_or('\u{FFFD}'), 6)
            }
        }
        _ => simple('\\'),
    }
}

fn unit(escape: &str, at: usize) -> Option<u32> {
    u32::from_str_radix(escape.get(at..at + 4)?, 16).ok()
}
