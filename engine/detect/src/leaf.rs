//! One comparison, compiled, and its truth for an event (detection design, sections 1 and 2).

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use regex::bytes::Regex;

use crate::error::DetectError;
use crate::event::Event;
use crate::expression;
use crate::fields::{FieldId, Fields};
use crate::inventory::Network;
use crate::ir::{self, Mode, Part, Relation};
use crate::json::Kind;
use crate::number::Decimal;
use crate::pattern::Pattern;
use crate::text::fold;
use crate::time_part::PartOfTime;

/// What is compared; `field` is `None` for keywords.
#[derive(Debug)]
pub struct Leaf {
    /// Where it looks.
    pub field: Option<FieldId>,
    /// What must hold there.
    pub test: Test,
}

/// The kinds of comparison.
#[derive(Debug)]
pub enum Test {
    /// Whole value, folded unless `cased`.
    Text {
        /// Ready to match.
        pattern: Pattern,
        /// Compare without folding.
        cased: bool,
        /// Folded literals, for the index.
        parts: Vec<Part>,
        /// Also as percent-decoded.
        decoded: bool,
    },
    /// Holds any of many folded texts.
    AnyLiteral {
        /// All of them.
        automaton: Box<AhoCorasick>,
        /// Also as percent-decoded.
        decoded: bool,
    },
    /// Equal as an exact number.
    Number(Box<Decimal>),
    /// A keyword number: its text inside a value's text.
    NumberText(Box<Finder<'static>>),
    /// Equal as a truth value.
    Bool(bool),
    /// Missing, null, or nothing but null.
    Null,
    /// Somewhere in the value.
    Regex {
        /// Ready to match.
        regex: Regex,
        /// One of these folded texts is in every value that matches.
        literals: Option<Vec<String>>,
        /// Also as percent-decoded.
        decoded: bool,
    },
    /// Inside the network.
    Cidr(Network),
    /// In relation to an exact number.
    Compare(Relation, Box<Decimal>),
    /// There or not.
    Exists(bool),
    /// In relation to another field's texts.
    FieldRef(FieldId, Mode),
    /// A part of a time in relation to a number.
    Time(PartOfTime),
}

fn decimal(text: &str) -> Option<Box<Decimal>> {
    Decimal::parse(text).map(Box::new)
}

fn is_decoded_keyword(leaf: &ir::Leaf) -> bool {
    matches!(
        leaf,
        ir::Leaf::Text {
            field: None,
            decoded: true,
            ..
        } | ir::Leaf::Regex {
            field: None,
            decoded: true,
            ..
        }
    )
}

impl Leaf {
    /// Compiles a leaf of the document.
    ///
    /// # Errors
    /// A number, network or expression that is none.
    pub fn compile(index: usize, leaf: ir::Leaf, fields: &mut Fields) -> Result<Self, DetectError> {
        let invalid = |reason: &str| DetectError::RulesLeaf {
            index,
            reason: reason.to_owned(),
        };
        let number = |text: &str| decimal(text).ok_or_else(|| invalid("not a number"));
        if is_decoded_keyword(&leaf) {
            return Err(invalid("a keyword is not percent-decoded"));
        }
        let mut at = |name: Option<String>| name.map(|name| fields.intern(&name));
        Ok(match leaf {
            ir::Leaf::Text {
                field,
                parts,
                cased,
                decoded,
            } => Self::text(at(field), parts, cased, decoded),
            ir::Leaf::Number {
                field: Some(field),
                value,
            } => Self {
                field: at(Some(field)),
                test: Test::Number(number(&value)?),
            },
            ir::Leaf::Number { field: None, value } => {
                number(&value)?;
                Self {
                    field: None,
                    test: Test::NumberText(Box::new(Finder::new(&fold(&value)).into_owned())),
                }
            }
            ir::Leaf::Bool { field, value } => Self {
                field: at(field),
                test: Test::Bool(value),
            },
            ir::Leaf::Null { field } => Self {
                field: at(Some(field)),
                test: Test::Null,
            },
            ir::Leaf::Regex {
                field,
                pattern,
                flags,
                decoded,
            } => {
                let (regex, literals) = expression::compile(index, &pattern, &flags)?;
                Self {
                    field: at(field),
                    test: Test::Regex {
                        regex,
                        literals,
                        decoded,
                    },
                }
            }
            ir::Leaf::Cidr { field, network } => {
                let network = Network::parse(&network).ok_or_else(|| invalid("not a network"))?;
                Self {
                    field: at(Some(field)),
                    test: Test::Cidr(network),
                }
            }
            ir::Leaf::Compare {
                field,
                relation,
                value,
            } => Self {
                field: at(Some(field)),
                test: Test::Compare(relation, number(&value)?),
            },
            ir::Leaf::Exists { field, value } => Self {
                field: at(Some(field)),
                test: Test::Exists(value),
            },
            ir::Leaf::FieldRef { field, other, mode } => Self {
                field: at(Some(field)),
                test: Test::FieldRef(fields.intern(&other), mode),
            },
            ir::Leaf::Time {
                field,
                part,
                relation,
                value,
                offsets,
            } => Self {
                field: at(Some(field)),
                test: Test::Time(
                    PartOfTime::new(part, relation, value, offsets)
                        .ok_or_else(|| invalid("not the offsets of a zone"))?,
                ),
            },
        })
    }

    fn text(field: Option<FieldId>, mut parts: Vec<Part>, cased: bool, decoded: bool) -> Self {
        if field.is_none() {
            // A keyword is a substring; most compilers say so already.
            if parts.first() != Some(&Part::AnyRun) {
                parts.insert(0, Part::AnyRun);
            }
            if parts.len() == 1 || parts.last() != Some(&Part::AnyRun) {
                parts.push(Part::AnyRun);
            }
        }
        let folded: Vec<Part> = parts
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => Part::Literal(fold(literal)),
                wildcard => wildcard.clone(),
            })
            .collect();
        let pattern = Pattern::new(if cased { &parts } else { &folded });
        Self {
            field,
            test: Test::Text {
                pattern,
                cased,
                parts: folded,
                decoded,
            },
        }
    }

    /// Whether it also looks at the percent-decoded value.
    #[must_use]
    pub fn is_decoded(&self) -> bool {
        matches!(
            self.test,
            Test::Text { decoded: true, .. }
                | Test::AnyLiteral { decoded: true, .. }
                | Test::Regex { decoded: true, .. }
        )
    }

    /// Whether it holds for the event.
    pub fn holds(&self, event: &mut Event<'_>) -> bool {
        let (found, keywords) = (event.found, event.keywords);
        let Some(field) = self.field else {
            return keywords.iter().any(|node| self.matches(event, *node));
        };
        match &self.test {
            Test::Null => !found.has_value(field),
            Test::Exists(wanted) => found.is_present(field) == *wanted,
            Test::FieldRef(other, mode) => found.values(field).any(|left| {
                found
                    .values(*other)
                    .any(|right| is_related(event, left, right, *mode))
            }),
            _ => found.values(field).any(|node| self.matches(event, node)),
        }
    }

    fn matches(&self, event: &mut Event<'_>, node: usize) -> bool {
        match &self.test {
            Test::Text {
                pattern,
                cased: true,
                decoded,
                ..
            } => {
                pattern.is_match(event.nfc(node))
                    || (*decoded
                        && event
                            .decoded_nfc(node)
                            .is_some_and(|text| pattern.is_match(text)))
            }
            Test::Text {
                pattern, decoded, ..
            } => {
                pattern.is_match(event.normal(node))
                    || (*decoded
                        && event
                            .decoded_normal(node)
                            .is_some_and(|text| pattern.is_match(text)))
            }
            Test::AnyLiteral { automaton, decoded } => {
                automaton.is_match(event.normal(node))
                    || (*decoded
                        && event
                            .decoded_normal(node)
                            .is_some_and(|text| automaton.is_match(text)))
            }
            Test::Number(number) => event.number(node).is_some_and(|own| own == **number),
            Test::NumberText(finder) => finder.find(event.normal(node).as_bytes()).is_some(),
            Test::Bool(wanted) => match event.kind(node) {
                Some(Kind::Bool(own)) => own == *wanted,
                Some(Kind::Text(_)) => event.normal(node) == if *wanted { "true" } else { "false" },
                _ => false,
            },
            Test::Regex { regex, decoded, .. } => {
                regex.is_match(event.nfc(node).as_bytes())
                    || (*decoded
                        && event
                            .decoded_nfc(node)
                            .is_some_and(|text| regex.is_match(text.as_bytes())))
            }
            Test::Cidr(network) => event.address(node).is_some_and(|own| network.contains(own)),
            Test::Compare(relation, number) => {
                event.number(node).is_some_and(|own| match relation {
                    Relation::Lt => own < **number,
                    Relation::Lte => own <= **number,
                    Relation::Gt => own > **number,
                    Relation::Gte => own >= **number,
                })
            }
            Test::Time(part) => {
                matches!(event.kind(node), Some(Kind::Text(_))) && part.holds(event.nfc(node))
            }
            Test::Null | Test::Exists(_) | Test::FieldRef(..) => false,
        }
    }
}

fn is_related(event: &mut Event<'_>, left: usize, right: usize, mode: Mode) -> bool {
    // Both texts live in one arena that may grow: the second one is made before the first is looked at again.
    let right = event.normal(right).to_owned();
    let left = event.normal(left);
    match mode {
        Mode::Equals => left == right,
        Mode::Contains => memchr::memmem::find(left.as_bytes(), right.as_bytes()).is_some(),
        Mode::StartsWith => left.starts_with(&*right),
        Mode::EndsWith => left.ends_with(&*right),
    }
}
