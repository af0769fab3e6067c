//! The line of a document: what is longer than its limit is cut and named.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Document, MAX_LINE, Node, cut};
use crate::draft::TimeSource;
use crate::time::write_utc;

/// How much is kept.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// Bytes of a value that stands nowhere else.
    pub(super) value: usize,
    /// Bytes of a value that repeats another.
    pub(super) copy: usize,
    /// Members of an object whose names the input chose.
    pub(super) members: usize,
}

impl Limit {
    pub(super) const fn new(value: usize, copy: usize, members: usize) -> Self {
        Self {
            value,
            copy,
            members,
        }
    }
}

/// Writes a document.
pub(super) struct Writer<'o> {
    out: &'o mut String,
    limit: Limit,
    cut: BTreeSet<String>,
    path: String,
    /// Where a line that will be thrown away stops growing.
    ceiling: usize,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut String, limit: Limit) -> Self {
        Self {
            ceiling: out.len() + MAX_LINE,
            out,
            limit,
            cut: BTreeSet::new(),
            path: String::new(),
        }
    }

    pub(super) fn event(&mut self, document: &Document, source: &str) {
        self.out.push_str("{\"@timestamp\":\"");
        write_utc(self.out, document.time_us);
        self.out.push('"');
        let mut own: &[(String, Node)] = &[];
        for (name, node) in &document.members {
            if let (true, Node::Object(members)) = (name == "khien", node) {
                own = members;
            } else {
                self.out.push(',');
                self.member(name, node);
            }
        }
        self.out.push_str(",\"khien\":{\"schema\":1,\"source\":");
        self.quoted(source, 1_024);
        let time = match document.time_source {
            TimeSource::Log => "log",
            TimeSource::YearInferred => "year-inferred",
            TimeSource::ZoneConfigured => "zone-configured",
        };
        let _ = write!(self.out, ",\"time\":\"{time}\"");
        for (name, node) in own {
            self.out.push(',');
            "khien".clone_into(&mut self.path);
            self.member(name, node);
            self.path.clear();
        }
        let cut = std::mem::take(&mut self.cut);
        if !cut.is_empty() {
            self.out.push_str(",\"truncated\":");
            self.strings(cut.iter());
        }
        self.out.push_str("}}\n");
    }

    fn member(&mut self, name: &str, node: &Node) {
        let above = self.path.len();
        if above > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        self.quoted(name, usize::MAX);
        self.out.push(':');
        self.value(node);
        self.path.truncate(above);
    }

    fn value(&mut self, node: &Node) {
        match node {
            Node::Text(text) => self.quoted(text, self.limit.value),
            Node::Copy(text) => self.quoted(text, self.limit.copy),
            Node::Number(number) => {
                let _ = write!(self.out, "{number}");
            }
            Node::Boolean(value) => {
                let _ = write!(self.out, "{value}");
            }
            Node::List(texts) => {
                if texts.len() > self.limit.members {
                    self.cut.insert(self.path.clone());
                }
                self.strings(texts.iter().take(self.limit.members));
            }
            Node::Object(members) => {
                for (index, (name, node)) in members.iter().enumerate() {
                    self.out.push(if index == 0 { '{' } else { ',' });
                    self.member(name, node);
                }
                self.out.push('}');
            }
            Node::Open(members) => {
                if members.len() > self.limit.members {
                    self.cut.insert(self.path.clone());
                }
                for (index, (name, text)) in members.iter().take(self.limit.members).enumerate() {
                    self.out.push(if index == 0 { '{' } else { ',' });
                    self.quoted(name, usize::MAX);
                    self.out.push(':');
                    self.quoted(text, self.limit.value);
                }
                self.out.push('}');
            }
        }
    }

    fn strings<'t>(&mut self, texts: impl Iterator<Item = &'t String>) {
        for (index, text) in texts.enumerate() {
            self.out.push(if index == 0 { '[' } else { ',' });
            self.quoted(text, self.limit.copy);
        }
        self.out.push(']');
    }

    fn quoted(&mut self, text: &str, limit: usize) {
        if self.out.len() > self.ceiling {
            return;
        }
        let kept = cut(text, limit);
        if kept.len() < text.len() && !self.path.is_empty() {
            self.cut.insert(self.path.clone());
        }
        self.out.push('"');
        crate::draft::escape_into(self.out, kept);
        self.out.push('"');
    }
}
