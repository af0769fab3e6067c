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
    /// How rare it is, guessed: length times different bytes, as in fast patterns of packet engines.
    fn rarity(&self) -> usize {
        let text = |text: &str| {
            let mut bytes: Vec<u8> = text.bytes().collect();
            bytes.sort_unstable();
            bytes.dedup();
            text.len() * bytes.len()
        };
        match self {
            Self::Exact(_, exact) => 2 * text(exact) + 8,
            Self::Literal(_, literal) => text(literal),
            Self::Keyword(literal) => text(literal) / 2,
            // A number is a code that whole classes of events share.
            Self::Number(..) => 12,
            Self::Presence(_) | Self::AnyKeyword => 0,
        }
    }
}

/// Alternatives of which one is in every event the program hits; `None` when nothing must be there.
#[must_use]
pub fn of(node: &Node, leaves: &[Leaf]) -> Option<Vec<Witness>> {
    match node {
        Node::Leaf(number) => leaves.get(*number).and_then(of_leaf),
        Node::Not(_) => None,
        Node::And(nodes) => nodes
            .iter()
            .filter_map(|inner| of(inner, leaves))
            .max_by_key(|set| {
                let rarest = set.iter().map(Witness::rarity).min().unwrap_or(0);
                // Among equals the smaller set is cheaper to keep.
                (rarest, std::cmp::Reverse(set.len()))
            }),
        Node::Or(nodes) => {
            let mut all = Vec::new();
            for inner in nodes {
                all.extend(of(inner, leaves)?);
            }
            Some(all)
        }
    }
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
