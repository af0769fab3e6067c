//! The intermediate representation, version 1 (docs/concepts/contracts.md, section 9), as it is read.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::error::DetectError;

/// The only version this engine reads.
const VERSION: u64 = 1;
/// Deepest program, the root included.
const MAX_DEPTH: usize = 64;

/// A rule set as written; leaf numbers are valid and programs are bounded.
#[derive(Debug)]
pub struct Document {
    /// Each leaf once.
    pub leaves: Vec<Leaf>,
    /// Rule numbers are positions here.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, for messages.
    pub id: String,
    /// Values of `event.dataset` it looks at; `None` = every event.
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u64,
    leaves: Vec<serde_json::Value>,
    rules: Vec<serde_json::Value>,
}

impl Document {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// The first thing that is not in the contract, with its place.
    pub fn parse(bytes: &[u8]) -> Result<Self, DetectError> {
        let written: Written =
            serde_json::from_slice(bytes).map_err(|error| DetectError::RulesDocument {
                reason: error.to_string(),
            })?;
        if written.version != VERSION {
            return Err(DetectError::RulesVersion {
                version: written.version,
            });
        }
        let leaves = written
            .leaves
            .into_iter()
            .enumerate()
            .map(|(index, leaf)| {
                serde_json::from_value(leaf).map_err(|error| DetectError::RulesLeaf {
                    index,
                    reason: error.to_string(),
                })
            })
            .collect::<Result<Vec<Leaf>, _>>()?;
        let rules = written
            .rules
            .into_iter()
            .enumerate()
            .map(|(index, rule)| {
                let invalid = |reason| DetectError::RulesProgram { index, reason };
                let rule: Rule =
                    serde_json::from_value(rule).map_err(|error| invalid(error.to_string()))?;
                check(&rule.program, leaves.len(), 1)
                    .map_err(|reason| invalid(reason.to_owned()))?;
                Ok(rule)
            })
            .collect::<Result<Vec<_>, DetectError>>()?;
        Ok(Self { leaves, rules })
    }
}

fn check(node: &Node, leaves: usize, depth: usize) -> Result<(), &'static str> {
    if depth > MAX_DEPTH {
        return Err("the program is nested too deep");
    }
    match node {
        Node::And(nodes) | Node::Or(nodes) if nodes.is_empty() => Err("`and` or `or` of nothing"),
        Node::And(nodes) | Node::Or(nodes) => nodes
            .iter()
            .try_for_each(|inner| check(inner, leaves, depth + 1)),
        Node::Not(inner) => check(inner, leaves, depth + 1),
        Node::Leaf(number) if *number >= leaves => Err("a leaf that is not in the list"),
        Node::Leaf(_) => Ok(()),
    }
}
