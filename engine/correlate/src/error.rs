//! The one error type of this crate.

use thiserror::Error;

/// What can be wrong with what the caller handed over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CorrelateError {
    /// The plan is not the JSON document it must be.
    #[error("the correlation plan cannot be read: {reason}")]
    PlanDocument {
        /// What was found.
        reason: String,
    },
    /// A plan of another time.
    #[error("version {version} of the correlation plan is not known")]
    PlanVersion {
        /// As written.
        version: u64,
    },
    /// A watch that is not in the contract.
    #[error("watch `{name}`: {reason}")]
    PlanWatch {
        /// Its name.
        name: String,
        /// What was found.
        reason: String,
    },
    /// Kept state that is not what this version writes.
    #[error("the state of a group of `{name}` cannot be read: {reason}")]
    State {
        /// The watch.
        name: String,
        /// What was found.
        reason: &'static str,
    },
}

impl CorrelateError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PlanDocument { .. } => "correlation.invalid_plan",
            Self::PlanVersion { .. } => "correlation.unknown_plan_version",
            Self::PlanWatch { .. } => "correlation.invalid_watch",
            Self::State { .. } => "correlation.invalid_state",
        }
    }

    /// The plain values of the sentence.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::PlanDocument { reason } => vec![("reason", reason.clone())],
            Self::PlanVersion { version } => vec![("version", version.to_string())],
            Self::PlanWatch { name, reason } => {
                vec![("name", name.clone()), ("reason", reason.clone())]
            }
            Self::State { name, reason } => {
                vec![("name", name.clone()), ("reason", (*reason).to_owned())]
            }
        }
    }
}
