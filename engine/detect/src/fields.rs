//! Which fields the rules look at, and the values an event has there: one walk over the tape finds them all.

use std::collections::HashMap;

use crate::json::{Kind, Tape, hash};
use crate::names::Names;

/// Position of a field in the rule set's list.
pub type FieldId = u32;

/// No entry, no field.
const NONE: u32 = u32::MAX;

/// The dotted names that any rule looks at, as a tree of their parts.
#[derive(Debug, Default)]
pub struct Fields {
    ids: HashMap<String, FieldId>,
    /// Dotted names, for events that write them flat.
    flat: Names,
    nodes: Vec<TreeNode>,
}

#[derive(Debug, Default)]
struct TreeNode {
    field: Option<FieldId>,
    /// The nodes below, by name.
    children: Names,
}

impl Fields {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self {
            nodes: vec![TreeNode::default()],
            ..Self::default()
        }
    }

    /// The field's id, new or known.
    pub fn intern(&mut self, name: &str) -> FieldId {
        if let Some(known) = self.ids.get(name) {
            return *known;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(NONE);
        self.ids.insert(name.to_owned(), id);
        let mut node = 0;
        for part in name.split('.') {
            node = self.child_or_new(node, part);
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.field = Some(id);
        }
        if name.contains('.') {
            self.flat.add(name, id as usize);
        }
        id
    }

    fn child_or_new(&mut self, node: usize, part: &str) -> usize {
        let fresh = self.nodes.len();
        let Some(parent) = self.nodes.get_mut(node) else {
            return node;
        };
        let key = hash(part.as_bytes());
        if let Some(child) = parent.children.find(key, |known| known == part) {
            return child;
        }
        parent.children.add(part, fresh);
        self.nodes.push(TreeNode::default());
        fresh
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no rule looks at any field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// What one event has in the fields; kept and used again.
#[derive(Debug, Default)]
pub struct Found {
    slots: Vec<Slot>,
    /// Fields that are present, in the order they were met.
    pub present: Vec<FieldId>,
    entries: Vec<Entry>,
    generation: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    generation: u32,
    is_flat: bool,
    /// Anything but null, also an object.
    has_value: bool,
    first: u32,
    last: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    node: u32,
    next: u32,
}

impl Found {
    /// For a list of fields.
    #[must_use]
    pub fn new(fields: &Fields) -> Self {
        Self {
            slots: vec![Slot::default(); fields.len()],
            generation: 0,
            ..Self::default()
        }
    }

    /// Finds the fields of the event on the tape.
    pub fn collect(&mut self, fields: &Fields, text: &str, tape: &Tape) {
        self.present.clear();
        self.entries.clear();
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            // After 2³² events an old slot must not look like a new one.
            self.slots.fill(Slot::default());
            self.generation = 1;
        }
        for (name, value) in tape.members(0) {
            let Some(node) = tape.node(name) else {
                continue;
            };
            let flat = fields
                .flat
                .find(tape.text_hash(name), |known| node.is_text(text, known));
            if let Some(Ok(field)) = flat.map(FieldId::try_from) {
                self.record(field, value, tape, true);
            }
        }
        self.walk(fields, 0, text, tape, 0);
    }

    fn walk(&mut self, fields: &Fields, tree: usize, text: &str, tape: &Tape, value: usize) {
        let Some(branch) = fields.nodes.get(tree) else {
            return;
        };
        match tape.node(value).map(|node| node.kind) {
            Some(Kind::Object) => {
                for (name, inner) in tape.members(value) {
                    let child = branch.children.find(tape.text_hash(name), |known| {
                        tape.node(name)
                            .is_some_and(|node| node.is_text(text, known))
                    });
                    let Some((child, node)) =
                        child.and_then(|child| Some((child, fields.nodes.get(child)?)))
                    else {
                        continue;
                    };
                    if let Some(field) = node.field {
                        self.record(field, inner, tape, false);
                    }
                    if !node.children.is_empty() {
                        self.walk(fields, child, text, tape, inner);
                    }
                }
            }
            Some(Kind::Array) => {
                for element in tape.elements(value) {
                    self.walk(fields, tree, text, tape, element);
                }
            }
            _ => {}
        }
    }

    fn record(&mut self, field: FieldId, value: usize, tape: &Tape, is_flat: bool) {
        let generation = self.generation;
        let Some(slot) = self.slots.get_mut(field as usize) else {
            return;
        };
        if slot.generation == generation {
            if slot.is_flat {
                return;
            }
        } else {
            *slot = Slot {
                generation,
                is_flat,
                has_value: false,
                first: NONE,
                last: NONE,
            };
            self.present.push(field);
        }
        self.add(field, value, tape);
    }

    /// Adds a value, a list element by element; objects only count as there.
    fn add(&mut self, field: FieldId, value: usize, tape: &Tape) {
        let Some(node) = tape.node(value) else { return };
        if node.kind == Kind::Array {
            for element in tape.elements(value) {
                self.add(field, element, tape);
            }
            return;
        }
        let Some(slot) = self.slots.get_mut(field as usize) else {
            return;
        };
        slot.has_value |= node.kind != Kind::Null;
        if matches!(node.kind, Kind::Object | Kind::Null) {
            return;
        }
        let (Ok(index), Ok(node)) = (u32::try_from(self.entries.len()), u32::try_from(value))
        else {
            return;
        };
        if slot.first == NONE {
            slot.first = index;
        } else if let Some(last) = self.entries.get_mut(slot.last as usize) {
            last.next = index;
        }
        slot.last = index;
        self.entries.push(Entry { node, next: NONE });
    }

    fn slot(&self, field: FieldId) -> Option<&Slot> {
        self.slots
            .get(field as usize)
            .filter(|slot| slot.generation == self.generation)
    }

    /// Whether the field is there at all.
    #[must_use]
    pub fn is_present(&self, field: FieldId) -> bool {
        self.slot(field).is_some()
    }

    /// Whether it holds anything but null.
    #[must_use]
    pub fn has_value(&self, field: FieldId) -> bool {
        self.slot(field).is_some_and(|slot| slot.has_value)
    }

    /// Its texts, numbers and truth values as nodes of the tape.
    pub fn values(&self, field: FieldId) -> impl Iterator<Item = usize> {
        let mut next = self.slot(field).map_or(NONE, |slot| slot.first);
        std::iter::from_fn(move || {
            let entry = self.entries.get(next as usize)?;
            next = entry.next;
            Some(entry.node as usize)
        })
    }
}
