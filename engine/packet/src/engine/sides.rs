//! Pairs by side of a flow.

use crate::flow::Flow;
use crate::stream::Sequence;

/// The member of a pair for a side.
pub(super) fn of_side<T>(pair: &[T; 2], side: u8) -> &T {
    let [low, high] = pair;
    if side == 0 { low } else { high }
}

/// The member of a pair for a side, to change.
pub(super) fn of_side_mut<T>(pair: &mut [T; 2], side: u8) -> &mut T {
    let [low, high] = pair;
    if side == 0 { low } else { high }
}

/// Whether nothing was ever seen from a side.
pub(super) fn is_silent(flow: &Flow, side: u8) -> bool {
    of_side(&flow.sides, side).packets == 0
}

/// What a side's numbers are.
pub(super) fn sequence(flow: &mut Flow, side: u8) -> &mut Sequence {
    of_side_mut(&mut flow.sequences, side)
}

/// Bytes of a side that came in order, gaps included.
pub(super) fn received(flow: &Flow, side: u8) -> u64 {
    let streams = flow.streams.as_ref();
    streams.map_or(0, |streams| of_side(&streams.halves, side).received)
}
