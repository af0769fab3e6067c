//! When the condition of a watch can be told, and from how many on a count holds.

use crate::exact::Exact;
use crate::expression::Program;
use crate::plan::{Kind, Relation, WatchDocument};
use crate::watch::Percentile;

/// A rising count remembers as many events as it needs: beyond this a rule is refused.
const MOST_NEEDED: u64 = 1_000_000;

/// When a condition can be told, and from how many on a count holds.
pub struct Condition {
    /// Whether it can be told at the event that makes it true.
    pub is_rising: bool,
    /// From how many on it holds.
    pub needed: usize,
}

impl Condition {
    pub fn of(
        watch: &WatchDocument,
        bounds: &[(Relation, Exact)],
        expression: Option<&Program>,
    ) -> Result<Self, &'static str> {
        if let Some(expression) = expression {
            return if matches!(watch.kind, Kind::Temporal) && bounds.is_empty() {
                Ok(Self {
                    is_rising: !expression.has_negation,
                    needed: 0,
                })
            } else {
                Err("only `temporal` without bounds has a condition of names")
            };
        }
        let needed = match (bounds, watch.kind) {
            ([], Kind::Event) => Some(1),
            ([], Kind::Temporal | Kind::TemporalOrdered) => {
                Some(if watch.kind == Kind::TemporalOrdered {
                    watch.members.len() as u64
                } else {
                    let mut ids: Vec<&str> = watch
                        .members
                        .iter()
                        .map(|member| member.id.as_str())
                        .collect();
                    ids.sort_unstable();
                    ids.dedup();
                    ids.len() as u64
                })
            }
            ([], _) => return Err("it has no condition"),
            ([(Relation::Gte, bound)], _) => Some(
                bound
                    .ceiling()
                    .or_else(|| below_zero(bound))
                    .unwrap_or(u64::MAX),
            ),
            ([(Relation::Gt, bound)], _) => Some(
                bound
                    .floor()
                    .map(|floor| floor.saturating_add(1))
                    .or_else(|| below_zero(bound))
                    .unwrap_or(u64::MAX),
            ),
            _ => None,
        };
        if needed.is_none() && watch.kind == Kind::Event {
            return Err("a rule on single events has no range");
        }
        let is_count = matches!(
            watch.kind,
            Kind::Event
                | Kind::EventCount
                | Kind::ValueCount
                | Kind::Temporal
                | Kind::TemporalOrdered
        );
        if is_count && needed.is_some_and(|needed| needed > MOST_NEEDED) {
            return Err("the threshold is too large");
        }
        Ok(Self {
            is_rising: needed.is_some(),
            needed: usize::try_from(needed.unwrap_or(0).max(1)).unwrap_or(usize::MAX),
        })
    }
}

/// A bound below zero is always reached: by the first event.
fn below_zero(bound: &Exact) -> Option<u64> {
    (*bound < Exact::ZERO).then_some(1)
}

/// A percentile as it is written.
pub fn percentile(text: &str) -> Option<Percentile> {
    let value = Exact::parse(text)?;
    if value < Exact::ZERO || value > Exact::whole(100) {
        return None;
    }
    let mut percentile = Percentile {
        numerator: 0,
        denominator: 100,
    };
    let mut scaled = value;
    // Six decimals of a percentile are far more than anybody means.
    for _ in 0..7 {
        if let (Some(floor), Some(ceiling)) = (scaled.floor(), scaled.ceiling())
            && floor == ceiling
        {
            percentile.numerator = floor;
            return Some(percentile);
        }
        scaled = scaled.times(10);
        percentile.denominator *= 10;
    }
    None
}
