//! For a rule, something that must be in every event it hits (detection design, section 4).

use crate::fields::FieldId;
use crate::ir::{Node, Part};
use crate::leaf::{Leaf, Test};
use crate::number::Decimal;

/// One thing to look for.
#[derive(Debug, Clone)]
pub enum Witness {
    /// The field's folded text is exactly this.
    Exact(FieldId, String),
    /// The field's folded text holds this.
    Literal(FieldId, String),
    /// The field is this number.
    Number(FieldId, Box<Decimal>),
    /// Any keyword value holds this.
    Keyword(String),
    /// The field is there.
    Presence(FieldId),
    /// There is any keyword value.
    AnyKeyword,
}

impl Witness {
    /// How likely an event is to have it, guessed: each byte makes a text rarer, one that is rare in logs more than a letter.
    fn likelihood(&self) -> f64 {
        let bits = match self {
            Self::Literal(_, literal) => text_bits(literal) - PLACES,
            Self::Keyword(literal) => text_bits(literal) - PLACES - VALUES,
            // What is compared whole is mostly one of few words that whole classes of events share: GET, 4624, Success.
            Self::Exact(_, exact) => {
                text_bits(exact).min(4 + i32::try_from(exact.len()).unwrap_or(i32::MAX))
            }
            Self::Number(..) => 5,
            Self::Presence(_) | Self::AnyKeyword => 0,
        };
        2_f64.powi(-bits.max(0))
    }
}

/// A text may stand in some 64 places of a value, and a keyword in some 16 values.
const PLACES: i32 = 6;
const VALUES: i32 = 4;

/// Letters, digits and what stands between them are one of some 16 bytes, all others of some 256.
fn text_bits(text: &str) -> i32 {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b' ' | b'.' | b'/' | b'\\' | b'-' | b'_' | b':' | b'=' => 4,
            _ => 8,
        })
        .fold(0, i32::saturating_add)
}

/// Alternatives of which one is in every event the program hits; `None` when nothing must be there.
#[must_use]
pub fn of(node: &Node, leaves: &[Leaf]) -> Option<Vec<Witness>> {
    match node {
        Node::Leaf(number) => leaves.get(*number).and_then(of_leaf),
        Node::Not(_) => None,
        Node::And(nodes) => {
            nodes
                .iter()
                .filter_map(|inner| of(inner, leaves))
                .min_by(|left, right| {
                    // Among equals the smaller set is cheaper to keep.
                    likelihood(left)
                        .total_cmp(&likelihood(right))
                        .then_with(|| left.len().cmp(&right.len()))
                })
        }
        Node::Or(nodes) => {
            let mut all = Vec::new();
            for inner in nodes {
                all.extend(of(inner, leaves)?);
            }
            Some(all)
        }
    }
}

/// How likely an event is to have one of them.
fn likelihood(set: &[Witness]) -> f64 {
    set.iter().map(Witness::likelihood).sum()
}

fn of_leaf(leaf: &Leaf) -> Option<Vec<Witness>> {
    let Some(field) = leaf.field else {
        return Some(of_keyword(&leaf.test));
    };
    Some(match &leaf.test {
        Test::Null | Test::Exists(false) => return None,
        Test::Number(number) => vec![Witness::Number(field, number.clone())],
        Test::Text { parts, .. } => vec![match (parts.as_slice(), longest(parts)) {
            ([], _) => Witness::Exact(field, String::new()),
            ([Part::Literal(literal)], _) => Witness::Exact(field, literal.clone()),
            (_, Some(literal)) => Witness::Literal(field, literal.to_owned()),
            (_, None) => Witness::Presence(field),
        }],
        Test::Regex {
            literals: Some(literals),
            ..
        } => literals
            .iter()
            .map(|literal| Witness::Literal(field, literal.clone()))
            .collect(),
        _ => vec![Witness::Presence(field)],
    })
}

fn of_keyword(test: &Test) -> Vec<Witness> {
    match test {
        Test::Text { parts, .. } => {
            vec![longest(parts).map_or(Witness::AnyKeyword, |literal| {
                Witness::Keyword(literal.to_owned())
            })]
        }
        Test::NumberText(finder) => match std::str::from_utf8(finder.needle()) {
            Ok(digits) => vec![Witness::Keyword(digits.to_owned())],
            Err(_) => vec![Witness::AnyKeyword],
        },
        Test::Regex {
            literals: Some(literals),
            ..
        } => literals.iter().cloned().map(Witness::Keyword).collect(),
        _ => vec![Witness::AnyKeyword],
    }
}

fn longest(parts: &[Part]) -> Option<&str> {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::Literal(literal) if !literal.is_empty() => Some(literal.as_str()),
            _ => None,
        })
        .max_by_key(|literal| literal.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_most_events_share_is_likelier_than_many_rare_texts() {
        let method = [Witness::Exact(0, "get".to_owned())];
        let injections: Vec<Witness> = ["={{", "' or 1=1", "<script>", "union select"]
            .iter()
            .map(|text| Witness::Literal(1, (*text).to_owned()))
            .collect();
        assert!(likelihood(&injections) < likelihood(&method));
    }

    #[test]
    fn a_longer_text_is_rarer_and_presence_is_nothing_rare() {
        let literal = |text: &str| Witness::Literal(0, text.to_owned()).likelihood();
        assert!(literal("powershell.exe") < literal("cmd.exe"));
        assert!(literal("cmd.exe") < Witness::Presence(0).likelihood());
        assert!(Witness::Exact(0, "security".to_owned()).likelihood() < literal("a"));
    }
}
