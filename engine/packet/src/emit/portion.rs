//! Part of the lines of one capture: what one of several engines wrote that share it, with the place of every line.

use super::head::DATASETS;
use crate::ledger::Ledger;

/// What a worker does at one packet, in the order in which a single engine does it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The clock moves.
    #[default]
    Clock,
    /// Flows end or tell of themselves because of the time; `first` is the second, `second` the flow's beginning.
    Expiry,
    /// The packet goes to its flows; `first` is the layer.
    Packet,
    /// The capture ends; `second` is the flow's beginning.
    End,
    /// What is left after the last flow.
    Rest,
}

/// Where a line belongs among those of all engines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    /// Number of the packet that set it off.
    pub packet: u64,
    /// What was being done.
    pub stage: Stage,
    /// See [`Stage`].
    pub first: u64,
    /// See [`Stage`].
    pub second: u64,
}

/// Lines that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Where they belong.
    pub order: Order,
    /// Clock of the engine, µs.
    pub clock_us: u64,
    /// Where they end in the portion.
    pub end: usize,
}

/// Lines of one engine since its last portion.
#[derive(Debug, Default)]
pub struct Portion {
    /// Newline-terminated lines.
    pub lines: Vec<u8>,
    /// What they are, in order.
    pub units: Vec<Unit>,
    /// Beginnings of lines that tell of anomalies, with the second of packet time that counts them.
    pub anomalies: Vec<(usize, u64)>,
    /// The last packet that this engine has done with.
    pub packet: u64,
    /// Clock of that engine, µs.
    pub clock_us: u64,
    /// Its account so far.
    pub account: Account,
    /// Whether nothing more will come.
    pub is_last: bool,
}

/// What one engine counted.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// What every engine counts.
    pub common: Ledger,
    /// What only the owner of a flow counts.
    pub own: Ledger,
    /// Events written, by dataset.
    pub written: [u64; DATASETS],
}

/// Takes a portion; false means that nobody wants more.
pub type PortionSink = Box<dyn FnMut(Portion) -> bool + Send>;
