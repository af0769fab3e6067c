//! The plan document, version 1: what the compiler says the watches are.

use serde::Deserialize;

use crate::error::CorrelateError;

/// The only version this engine reads.
const VERSION: u64 = 1;

/// The document as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    version: u64,
    /// Everything that counts events.
    pub watches: Vec<WatchDocument>,
}

/// What a watch counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A rule on single events.
    Event,
    /// Events.
    EventCount,
    /// Different values.
    ValueCount,
    /// Different rules.
    Temporal,
    /// Rules one after another.
    TemporalOrdered,
    /// The sum of numbers.
    ValueSum,
    /// Their average.
    ValueAvg,
    /// Their median.
    ValueMedian,
    /// A percentile of them.
    ValuePercentile,
}

/// What happens while the condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fire {
    /// One alert that grows.
    Episode,
    /// One alert, then counting begins anew.
    Reset,
    /// An alert at each event.
    Every,
}

/// Sigma's comparison words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Greater than.
    Gt,
    /// Not less than.
    Gte,
    /// Less than.
    Lt,
    /// Not greater than.
    Lte,
    /// Equal to.
    Eq,
    /// Not equal to.
    Neq,
}

/// A condition over members.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// All of them.
    And(Vec<Expression>),
    /// One of them.
    Or(Vec<Expression>),
    /// Not this one.
    Not(Box<Expression>),
    /// The member at this place was seen.
    Member(usize),
}

/// What feeds a watch: exactly one of `rule` and `watch`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberDocument {
    /// Stays the same when other rules come and go.
    pub id: String,
    /// A rule's number in the IR.
    #[serde(default)]
    pub rule: Option<u32>,
    /// The name of an inner watch.
    #[serde(default)]
    pub watch: Option<String>,
    /// What the group-by names are called in its events.
    pub group: Vec<String>,
}

/// One rule on single events, or one correlation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchDocument {
    /// Unique for rule and version: state belongs to a version.
    pub name: String,
    /// What is counted.
    pub kind: Kind,
    /// The width of its window.
    pub timespan_us: i64,
    /// How alerts come of it.
    pub fire: Fire,
    /// All of them must hold.
    pub bounds: Vec<(Relation, String)>,
    /// Instead of bounds, over members.
    pub expression: Option<Expression>,
    /// Which percentile.
    pub percentile: Option<String>,
    /// What feeds it.
    pub members: Vec<MemberDocument>,
    /// Names as the rule wrote them.
    pub group_by: Vec<String>,
    /// Fields whose values count.
    pub fields: Vec<String>,
    /// More groups than this drive each other out.
    pub most_groups: usize,
    /// Groups that each window must have seen.
    pub expect: Option<Vec<Vec<String>>>,
    /// (field, kind, role) of what an alert names.
    pub entities: Vec<(String, String, String)>,
    /// It feeds others and makes no alert.
    pub silent: bool,
    /// Of a version that is no longer in force: how long it goes on.
    #[serde(default)]
    pub retired: Option<RetiredDocument>,
}

/// Times after the moment in which another version came into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredDocument {
    /// Until then it opens groups.
    pub opens_us: i64,
    /// What begins until then is said.
    pub speaks_us: i64,
    /// Until then it takes events.
    pub ends_us: i64,
}

impl Document {
    /// Reads the document.
    ///
    /// # Errors
    /// It is not JSON of the contract's form, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, CorrelateError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let wrong = |error: serde_json::Error| CorrelateError::PlanDocument {
            reason: error.to_string(),
        };
        let Versioned { version } = serde_json::from_slice(bytes).map_err(wrong)?;
        if version != VERSION {
            return Err(CorrelateError::PlanVersion { version });
        }
        let document: Self = serde_json::from_slice(bytes).map_err(wrong)?;
        debug_assert_eq!(document.version, VERSION);
        Ok(document)
    }
}
