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
    /// The rule set is not the JSON document it must be.
    #[error("the rule set cannot be read: {reason}")]
    RulesDocument {
        /// What was found.
        reason: String,
    },
    /// A rule set of another time.
    #[error("version {version} of the representation is not known")]
    RulesVersion {
        /// As written.
        version: u64,
    },
    /// A comparison that is not in the contract.
    #[error("comparison {index}: {reason}")]
    RulesLeaf {
        /// Its number.
        index: usize,
        /// What was found.
        reason: String,
    },
    /// A program that is not in the contract.
    #[error("rule {index}: {reason}")]
    RulesProgram {
        /// The rule's number.
        index: usize,
        /// What was found.
        reason: String,
    },
    /// An expression that the engine cannot run in linear time, or not at all.
    #[error("comparison {index}: `{pattern}`: {reason}")]
    RegexUnsupported {
        /// The comparison's number.
        index: usize,
        /// As written.
        pattern: String,
        /// The engine's words.
        reason: String,
    },
    /// An expression that becomes too large.
    #[error("comparison {index}: `{pattern}` becomes larger than {limit} bytes")]
    RegexSize {
        /// The comparison's number.
        index: usize,
        /// As written.
        pattern: String,
        /// Largest compiled size.
        limit: usize,
    },
    /// The index over the rules could not be built.
    #[error("the index cannot be built: {reason}")]
    Index {
        /// The library's words.
        reason: String,
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
            Self::RulesDocument { .. } => "rules.invalid_document",
            Self::RulesVersion { .. } => "rules.unknown_version",
            Self::RulesLeaf { .. } => "rules.invalid_leaf",
            Self::RulesProgram { .. } => "rules.invalid_program",
            Self::RegexUnsupported { .. } => "rules.regex_unsupported",
            Self::RegexSize { .. } => "rules.regex_size",
            Self::Index { .. } => "rules.index_failed",
        }
    }

    /// The plain values of the sentence.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Parameter { name } => vec![("name", (*name).to_owned())],
            Self::Sequence { first_seq } => vec![("first_seq", first_seq.to_string())],
            Self::InventoryDocument { reason }
            | Self::RulesDocument { reason }
            | Self::RulesLeaf { reason, .. }
            | Self::RulesProgram { reason, .. }
            | Self::Index { reason } => vec![("reason", reason.clone())],
            Self::RulesVersion { version } => vec![("version", version.to_string())],
            Self::RegexUnsupported {
                pattern, reason, ..
            } => vec![("pattern", pattern.clone()), ("reason", reason.clone())],
            Self::RegexSize { pattern, limit, .. } => {
                vec![("pattern", pattern.clone()), ("limit", limit.to_string())]
            }
            Self::InventoryNetwork { network, .. } => vec![("network", network.clone())],
        }
    }

    /// Where to look, as a JSON pointer or nothing.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        match self {
            Self::InventoryNetwork { index, .. } => Some(format!("/networks/{index}/cidr")),
            Self::RulesLeaf { index, .. }
            | Self::RegexUnsupported { index, .. }
            | Self::RegexSize { index, .. } => Some(format!("/leaves/{index}")),
            Self::RulesProgram { index, .. } => Some(format!("/units/{index}")),
            _ => None,
        }
    }
}
