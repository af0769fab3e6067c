//! Bounds that cut off part of a flow's streams; the flow's record names them.

/// One bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// All streams together held too much: this one is only counted from then on.
    StreamBytes,
    /// The setting `stream_depth`.
    StreamDepth,
    /// Too many late segments waited in one direction: the hole before them was given up.
    StreamWaiting,
    /// The parser needed more than its share.
    ParserBudget,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::StreamBytes,
        Self::StreamDepth,
        Self::StreamWaiting,
        Self::ParserBudget,
    ];

    /// Its name in the account and in `khien.flow.limits`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StreamBytes => "stream_bytes",
            Self::StreamDepth => "stream_depth",
            Self::StreamWaiting => "stream_waiting",
            Self::ParserBudget => "parser_budget",
        }
    }

    /// Its bit in a flow.
    #[must_use]
    pub fn bit(self) -> u8 {
        match self {
            Self::StreamBytes => 1,
            Self::StreamDepth => 2,
            Self::StreamWaiting => 4,
            Self::ParserBudget => 8,
        }
    }
}
