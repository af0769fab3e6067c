//! Many texts that one field may hold, as one automaton: an OR over eight or more of them costs one pass over the value.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use crate::error::DetectError;
use crate::fields::FieldId;
use crate::ir::{Node, Part};
use crate::leaf::{Leaf, Test};

/// Measured by others to pay from here (detection design, section 4).
const FEW: usize = 8;

/// The field, and whether it is also looked at percent-decoded.
type Place = (Option<FieldId>, bool);

/// Replaces, below every OR, the leaves that only ask whether a field holds a folded text.
///
/// # Errors
/// An automaton becomes too large.
pub fn merge(node: &mut Node, leaves: &mut Vec<Leaf>) -> Result<(), DetectError> {
    match node {
        Node::Leaf(_) => Ok(()),
        Node::Not(inner) => merge(inner, leaves),
        Node::And(nodes) => nodes.iter_mut().try_for_each(|inner| merge(inner, leaves)),
        Node::Or(nodes) => {
            nodes
                .iter_mut()
                .try_for_each(|inner| merge(inner, leaves))?;
            merge_alternatives(nodes, leaves)
        }
    }
}

fn merge_alternatives(nodes: &mut Vec<Node>, leaves: &mut Vec<Leaf>) -> Result<(), DetectError> {
    let mut by_field: HashMap<Place, Vec<String>> = HashMap::new();
    for node in nodes.iter() {
        if let Some((place, literal)) = contained(node, leaves) {
            by_field.entry(place).or_default().push(literal.to_owned());
        }
    }
    by_field.retain(|_, literals| literals.len() >= FEW);
    if by_field.is_empty() {
        return Ok(());
    }
    nodes.retain(|node| {
        contained(node, leaves).is_none_or(|(place, _)| !by_field.contains_key(&place))
    });
    let mut merged: Vec<_> = by_field.into_iter().collect();
    merged.sort_unstable();
    for ((field, decoded), literals) in merged {
        let automaton = AhoCorasick::new(&literals).map_err(|error| DetectError::Index {
            reason: error.to_string(),
        })?;
        nodes.push(Node::Leaf(leaves.len()));
        leaves.push(Leaf {
            field,
            test: Test::AnyLiteral {
                automaton: Box::new(automaton),
                decoded,
            },
        });
    }
    Ok(())
}

/// The field and the text of a leaf that is nothing but `*text*`, folded.
fn contained<'l>(node: &Node, leaves: &'l [Leaf]) -> Option<(Place, &'l str)> {
    let Node::Leaf(number) = node else {
        return None;
    };
    let leaf = leaves.get(*number)?;
    match &leaf.test {
        Test::Text {
            parts,
            cased: false,
            decoded,
            ..
        } => match parts.as_slice() {
            [Part::AnyRun, Part::Literal(literal), Part::AnyRun] if !literal.is_empty() => {
                Some(((leaf.field, *decoded), literal))
            }
            _ => None,
        },
        _ => None,
    }
}
