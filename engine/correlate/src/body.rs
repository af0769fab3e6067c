//! What a group keeps beside its slots, for kinds that are no recent count.

use std::collections::HashSet;

use crate::absence::Expected;
use crate::event::EventRef;
use crate::ordered::Chains;
use crate::plan::Kind;
use crate::series::Series;
use crate::store::Entry;
use crate::watch::Watch;

/// Different values that a closing window counts exactly; more are counted as left out.
pub const MOST_CLOSING_KEYS: usize = 100_000;
/// An alert names its first events; the count goes on.
pub const EVENT_IDS_KEPT: usize = 100;

/// What a group keeps.
#[derive(Debug)]
pub enum Body {
    /// Numbers of a sliding window.
    Series(Series),
    /// Chains of a sliding window.
    Chains(Chains),
    /// A window from its first event over the timespan, both ends inside; judged when it is over.
    Closing(Box<Closing>),
    /// A window of the clock, in which the group must come.
    Expected(Expected),
}

impl Body {
    /// Its memory, without texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Series(series) => series.bytes(),
            Self::Chains(chains) => chains.bytes(),
            Self::Closing(closing) => closing.bytes(),
            // What the rule itself names is no event's doing.
            Self::Expected(expected) => expected.closing.as_ref().map_or(0, |one| one.bytes()),
        }
    }
}

/// An anchored window.
#[derive(Debug)]
pub struct Closing {
    /// Where it began.
    pub first: Entry,
    /// The first event's line.
    pub line: Box<[u8]>,
    /// The group's values as the first event had them.
    pub values: Vec<String>,
    /// The members that hit the first event.
    pub members: Vec<u32>,
    /// Events of the group.
    pub event_count: u64,
    /// Raw events: those behind inner firings count as many as they are.
    pub weight: u64,
    /// The newest event's time.
    pub last_us: i64,
    /// The first events.
    pub ids: Vec<EventRef>,
    /// Facts of the first events, each once.
    pub facts: Vec<u32>,
    /// Values or members that were seen, as texts.
    pub keys: HashSet<u32>,
    /// Numbers, where they are compared.
    pub series: Option<Series>,
    /// Chains, where the order is compared.
    pub chains: Option<Chains>,
}

impl Closing {
    /// A window that begins with this event, which is not counted yet.
    #[must_use]
    pub fn new(
        watch: &Watch,
        first: Entry,
        line: &[u8],
        values: Vec<String>,
        members: Vec<u32>,
    ) -> Self {
        Self {
            first,
            line: line.into(),
            values,
            members,
            event_count: 0,
            weight: 0,
            last_us: first.time_us,
            ids: Vec::new(),
            facts: Vec::new(),
            keys: HashSet::new(),
            series: watch.is_numeric().then(|| Series::new(watch.kind)),
            chains: (watch.kind == Kind::TemporalOrdered).then(|| Chains::new(watch.members.len())),
        }
    }

    /// Its memory, without texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let values: usize = self.values.iter().map(String::len).sum();
        // A set keeps room for as many again.
        let numbers = self.members.len() + self.facts.len() + 3 * self.keys.len();
        size_of::<Self>()
            + self.line.len()
            + values
            + numbers * size_of::<u32>()
            + self.ids.len() * size_of::<EventRef>()
            + self.series.as_ref().map_or(0, Series::bytes)
            + self.chains.as_ref().map_or(0, Chains::bytes)
    }

    /// The window's last microsecond.
    #[must_use]
    pub fn ends_us(&self, timespan_us: i64) -> i64 {
        self.first.time_us.saturating_add(timespan_us)
    }
}
