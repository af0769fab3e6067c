//! The one error type of this crate.

use thiserror::Error;

/// What can be wrong with what the caller handed over. Single bad lines are not errors: they are counted and named.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetectError {
    /// A parameter of `stamp` is not of its form.
    #[error("`{name}` is not of its form")]
    Parameter {
        /// The parameter.
        name: &'static str,
    },
    /// A sequence number would not fit.
    #[error("the sequence number {first_seq} leaves no room for the batch")]
    Sequence {
        /// Where the batch was to begin.
        first_seq: u64,
    },
    /// The inventory is not the JSON document it must be.
    #[error("the inventory cannot be read: {reason}")]
    InventoryDocument {
        /// What was found.
        reason: String,
    },
    /// A network of the inventory is not written as one.
    #[error("`{network}` is not a network")]
    InventoryNetwork {
        /// As written.
        network: String,
        /// Its place in the list, from 0.
        index: usize,
    },
}

impl DetectError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter { .. } => "stamp.invalid_parameter",
            Self::Sequence { .. } => "stamp.sequence_overflow",
            Self::InventoryDocument { .. } => "inventory.invalid_document",
            Self::InventoryNetwork { .. } => "inventory.invalid_network",
        }
    }

    /// The plain values of the sentence.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Parameter { name } => vec![("name", (*name).to_owned())],
            Self::Sequence { first_seq } => vec![("first_seq", first_seq.to_string())],
            Self::InventoryDocument { reason } => vec![("reason", reason.clone())],
            Self::InventoryNetwork { network, .. } => vec![("network", network.clone())],
        }
    }

    /// Where to look, as a JSON pointer or nothing.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        match self {
            Self::InventoryNetwork { index, .. } => Some(format!("/networks/{index}/cidr")),
            _ => None,
        }
    }
}
