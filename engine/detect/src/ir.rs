//! The intermediate representation, version 2 (docs/concepts/contracts.md, section 9), as it is read.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::error::DetectError;

/// The only version this engine reads.
const VERSION: u64 = 2;
/// Deepest program, the root included.
const MAX_DEPTH: usize = 64;

/// A rule set; leaf numbers are valid and programs are bounded.
#[derive(Debug)]
pub struct Document {
    /// Each leaf once, whichever units hold it.
    pub leaves: Vec<Leaf>,
    /// Rule numbers are positions here.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, for messages.
    pub id: String,
    /// Its routes (docs/concepts/contracts.md, section 4); `None` = every event, empty = none.
    pub datasets: Option<Vec<String>>,
    /// What must hold.
    pub program: Node,
}

/// A node of a program.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Node {
    /// All of them.
    And(Vec<Node>),
    /// One of them.
    Or(Vec<Node>),
    /// Not this one.
    Not(Box<Node>),
    /// A comparison, by its number.
    Leaf(usize),
}

/// A piece of a text with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Literal(String),
    /// `*`, written 0.
    AnyRun,
    /// `?`, written 1.
    OneCharacter,
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Literal(String),
            Wildcard(u64),
        }
        match Written::deserialize(deserializer)? {
            Written::Literal(literal) => Ok(Self::Literal(literal)),
            Written::Wildcard(0) => Ok(Self::AnyRun),
            Written::Wildcard(1) => Ok(Self::OneCharacter),
            Written::Wildcard(_) => Err(D::Error::custom("a wildcard is 0 or 1")),
        }
    }
}

/// A relation of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Below.
    Lt,
    /// Below or equal.
    Lte,
    /// Above.
    Gt,
    /// Above or equal.
    Gte,
}

/// A relation of two fields' texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The same text.
    Equals,
    /// The first holds the second.
    Contains,
    /// The first begins with the second.
    StartsWith,
    /// The first ends with the second.
    EndsWith,
}

/// A comparison; a missing field in `Text`, `Number`, `Bool` and `Regex` means keywords.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are those of the contract's table")]
pub enum Leaf {
    Text {
        field: Option<String>,
        parts: Vec<Part>,
        #[serde(default)]
        cased: bool,
        /// Also as percent-decoded.
        #[serde(default)]
        decoded: bool,
    },
    Number {
        field: Option<String>,
        value: String,
    },
    Bool {
        field: Option<String>,
        value: bool,
    },
    Null {
        field: String,
    },
    Regex {
        field: Option<String>,
        pattern: String,
        #[serde(default)]
        flags: String,
        /// Also as percent-decoded.
        #[serde(default)]
        decoded: bool,
    },
    Cidr {
        field: String,
        network: String,
    },
    Compare {
        field: String,
        relation: Relation,
        value: String,
    },
    Exists {
        field: String,
        value: bool,
    },
    FieldRef {
        field: String,
        other: String,
        mode: Mode,
    },
    Time {
        field: String,
        part: TimePart,
        relation: TimeRelation,
        value: i64,
        /// Seconds since 1970 UTC, and from there on the zone's seconds east of UTC; ascending.
        offsets: Vec<(i64, i64)>,
    },
}

/// A part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the specification's own words")]
pub enum TimePart {
    Minute,
    Hour,
    Day,
    /// ISO 8601.
    Week,
    Month,
    Year,
}

/// How a part of a time is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the specification's own words")]
pub enum TimeRelation {
    Eq,
    Lt,
    Lte,
    Gt,
    Gte,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    version: u64,
    #[serde(borrow)]
    units: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// One rule with its own leaves; leaf numbers are positions in them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unit<'a> {
    id: String,
    datasets: Option<Vec<String>>,
    #[serde(borrow)]
    leaves: Vec<&'a RawValue>,
    program: Node,
}

impl Document {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// The first thing that is not in the contract, with its place.
    pub fn parse(bytes: &[u8]) -> Result<Self, DetectError> {
        let written: Written<'_> = serde_json::from_slice(bytes).map_err(|error| {
            match serde_json::from_slice::<Version>(bytes) {
                Ok(other) if other.version != VERSION => DetectError::RulesVersion {
                    version: other.version,
                },
                _ => DetectError::RulesDocument {
                    reason: error.to_string(),
                },
            }
        })?;
        if written.version != VERSION {
            return Err(DetectError::RulesVersion {
                version: written.version,
            });
        }
        let mut leaves = Leaves::default();
        let rules = written
            .units
            .iter()
            .enumerate()
            .map(|(index, unit)| leaves.rule(index, unit.get()))
            .collect::<Result<Vec<_>, DetectError>>()?;
        Ok(Self {
            leaves: leaves.all,
            rules,
        })
    }
}

/// The leaves of all units, each once: two are the same when they are written alike.
#[derive(Default)]
struct Leaves<'a> {
    all: Vec<Leaf>,
    known: HashMap<&'a str, usize>,
}

impl<'a> Leaves<'a> {
    fn rule(&mut self, index: usize, written: &'a str) -> Result<Rule, DetectError> {
        let invalid = |reason| DetectError::RulesProgram { index, reason };
        let unit: Unit<'a> =
            serde_json::from_str(written).map_err(|error| invalid(error.to_string()))?;
        let numbers = unit
            .leaves
            .iter()
            .map(|leaf| self.leaf(leaf.get()))
            .collect::<Result<Vec<_>, _>>()?;
        let mut program = unit.program;
        check(&mut program, &numbers, 1).map_err(|reason| invalid(reason.to_owned()))?;
        Ok(Rule {
            id: unit.id,
            datasets: unit.datasets,
            program,
        })
    }

    fn leaf(&mut self, written: &'a str) -> Result<usize, DetectError> {
        if let Some(known) = self.known.get(written) {
            return Ok(*known);
        }
        let index = self.all.len();
        let leaf = serde_json::from_str(written).map_err(|error| DetectError::RulesLeaf {
            index,
            reason: error.to_string(),
        })?;
        self.all.push(leaf);
        self.known.insert(written, index);
        Ok(index)
    }
}

/// Also replaces the unit's leaf numbers by those of all leaves.
fn check(node: &mut Node, leaves: &[usize], depth: usize) -> Result<(), &'static str> {
    if depth > MAX_DEPTH {
        return Err("the program is nested too deep");
    }
    match node {
        Node::And(nodes) | Node::Or(nodes) if nodes.is_empty() => Err("`and` or `or` of nothing"),
        Node::And(nodes) | Node::Or(nodes) => nodes
            .iter_mut()
            .try_for_each(|inner| check(inner, leaves, depth + 1)),
        Node::Not(inner) => check(inner, leaves, depth + 1),
        Node::Leaf(number) => {
            *number = *leaves
                .get(*number)
                .ok_or("a leaf that is not in the list")?;
            Ok(())
        }
    }
}
