//! The texts of one event as rules see them: unescaped, NFC, folded; each made at most once an event.

use crate::json::{Kind, Node, Tape};
use crate::text::{push_nfc, push_normal};
use crate::url;

const UNMADE: (u32, u32) = (u32::MAX, 0);

/// Prepared texts by node of the tape; kept and used again.
#[derive(Debug, Default)]
pub struct Texts {
    arena: String,
    normal: Vec<(u32, u32)>,
    /// This and what is percent-decoded is sized when the first one is asked for.
    nfc: Vec<(u32, u32)>,
    decoded_normal: Vec<(u32, u32)>,
    decoded_nfc: Vec<(u32, u32)>,
}

impl Texts {
    /// Forgets the last event.
    pub fn reset(&mut self, nodes: usize) {
        self.arena.clear();
        self.normal.clear();
        self.normal.resize(nodes, UNMADE);
        self.nfc.clear();
        self.decoded_normal.clear();
        self.decoded_nfc.clear();
    }

    /// Percent-decoded once, NFC and folded; only for values with an escape.
    pub fn decoded_normal(&mut self, text: &str, tape: &Tape, node: usize) -> &str {
        self.decoded_normal.resize(self.normal.len(), UNMADE);
        let push = |out: &mut String, value: &str| {
            push_normal(out, url::decoded(value).as_deref().unwrap_or(value));
        };
        prepare(
            &mut self.arena,
            &mut self.decoded_normal,
            text,
            tape,
            node,
            push,
        )
    }

    /// Percent-decoded once, NFC only; only for values with an escape.
    pub fn decoded_nfc(&mut self, text: &str, tape: &Tape, node: usize) -> &str {
        self.decoded_nfc.resize(self.normal.len(), UNMADE);
        let push = |out: &mut String, value: &str| {
            push_nfc(out, url::decoded(value).as_deref().unwrap_or(value));
        };
        prepare(
            &mut self.arena,
            &mut self.decoded_nfc,
            text,
            tape,
            node,
            push,
        )
    }

    /// NFC and folded.
    pub fn normal(&mut self, text: &str, tape: &Tape, node: usize) -> &str {
        prepare(
            &mut self.arena,
            &mut self.normal,
            text,
            tape,
            node,
            push_normal,
        )
    }

    /// NFC only.
    pub fn nfc(&mut self, text: &str, tape: &Tape, node: usize) -> &str {
        self.nfc.resize(self.normal.len(), UNMADE);
        prepare(&mut self.arena, &mut self.nfc, text, tape, node, push_nfc)
    }
}

fn prepare<'a>(
    arena: &'a mut String,
    made: &mut [(u32, u32)],
    text: &str,
    tape: &Tape,
    node: usize,
    push: fn(&mut String, &str),
) -> &'a str {
    let (Some(slot), Some(value)) = (made.get_mut(node), tape.node(node)) else {
        return "";
    };
    if *slot == UNMADE {
        let start = arena.len();
        push(arena, &value.text(text));
        *slot = (
            u32::try_from(start).unwrap_or(0),
            u32::try_from(arena.len()).unwrap_or(0),
        );
    }
    arena
        .get(slot.0 as usize..slot.1 as usize)
        .unwrap_or_default()
}

/// Whether a value has a text: not a null, an object or a list.
#[must_use]
pub fn has_text(node: &Node) -> bool {
    matches!(node.kind, Kind::Text(_) | Kind::Number | Kind::Bool(_))
}

/// Where keywords look: every value but the frame's names and bookkeeping, which are not words of what was observed.
pub fn collect_keyword_values(out: &mut Vec<usize>, text: &str, tape: &Tape) {
    for (name, value) in tape.members(0) {
        let Some(name) = tape.node(name).map(|node| node.text(text)) else {
            continue;
        };
        let first = name.split('.').next().unwrap_or_default();
        if !matches!(first, "@timestamp" | "ecs" | "event" | "khien") {
            collect(out, tape, value);
        }
    }
}

fn collect(out: &mut Vec<usize>, tape: &Tape, value: usize) {
    match tape.node(value) {
        Some(Node {
            kind: Kind::Object, ..
        }) => tape
            .members(value)
            .for_each(|(_, inner)| collect(out, tape, inner)),
        Some(Node {
            kind: Kind::Array, ..
        }) => tape
            .elements(value)
            .for_each(|inner| collect(out, tape, inner)),
        Some(node) if has_text(node) => out.push(value),
        _ => {}
    }
}
