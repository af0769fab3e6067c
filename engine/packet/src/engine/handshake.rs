//! How a connection begins: which SYN counts, what it says of direction, when another connection begins.

use super::sides::{is_silent, of_side, of_side_mut, received};
use crate::anomaly::Anomaly;
use crate::decode::transport::{Tcp, flag};
use crate::flow::connection::Attempt;
use crate::flow::{DirectionSource, Flow, Phase};
use crate::proto::Context;
use crate::stream::Sequence;

/// An acknowledgement this far from what was seen of a side speaks of other bytes.
const FAR: i64 = 16 << 20;

/// Whether a segment begins another connection on the same ports.
pub(in crate::engine) fn is_new_connection(flow: &Flow, header: &Tcp, side: u8) -> bool {
    let kind = header.flags & (flag::SYN | flag::ACK | flag::RST);
    if kind == flag::SYN | flag::ACK {
        // The answer to a SYN inside a connection.
        return flow.connection.attempt.as_ref().is_some_and(|attempt| {
            attempt.side != side && attempt.sequence.wrapping_add(1) == header.acknowledged
        });
    }
    if kind != flag::SYN {
        return false;
    }
    if flow.connection.is_untracked || flow.connection.reset.is_some() {
        return true;
    }
    let own = of_side(&flow.sequences, side);
    if own.is_synchronised && header.sequence.wrapping_add(1) == own.first {
        return false;
    }
    match flow.phase {
        Phase::Closed => true,
        Phase::Established => false,
        // Nobody would be seen to answer: what the side said before must do.
        Phase::New => is_silent(flow, 1 - side) && has_answered(flow, side),
    }
}

/// Whether a side acknowledged something: the other end is there, seen or not.
pub(super) fn has_answered(flow: &Flow, side: u8) -> bool {
    of_side(&flow.connection.flags, side) & flag::ACK != 0
}

/// Sender of the SYN, receiver of a SYN-ACK.
pub(super) fn direct(flow: &mut Flow, header: &Tcp, side: u8) {
    if header.flags & flag::SYN == 0 || flow.direction == DirectionSource::Handshake {
        return;
    }
    let is_first = header.flags & flag::ACK == 0;
    let source = if is_first { side } else { 1 - side };
    flow.set_source(source, DirectionSource::Handshake);
}

/// Takes the numbers of a segment that is believed.
pub(super) fn synchronise(context: &mut Context<'_>, header: &Tcp, side: u8, has_payload: bool) {
    match header.flags & (flag::SYN | flag::ACK) {
        flag::SYN => first_word(context, header, side),
        kind if kind == flag::SYN | flag::ACK => answer(context, header, side),
        _ => {
            let is_empty = received(context.flow, side) == 0;
            let own = of_side_mut(&mut context.flow.sequences, side);
            if !own.is_known || (has_payload && is_empty && !own.is_synchronised) {
                own.begin(header.sequence);
            }
        }
    }
}

/// A SYN: of several the last counts, until one is answered.
fn first_word(context: &mut Context<'_>, header: &Tcp, side: u8) {
    let own = *of_side(&context.flow.sequences, side);
    let begins = header.sequence.wrapping_add(1);
    if own.is_synchronised && own.first == begins {
        return;
    }
    if context.flow.phase == Phase::Established {
        context.anomaly(Anomaly::SynInConnection);
        let sequence = header.sequence;
        context.flow.connection.attempt = Some(Box::new(Attempt { side, sequence }));
        return;
    }
    if own.is_synchronised {
        context.anomaly(Anomaly::SynAgain);
    }
    if !own.is_confirmed {
        restart(context, side, begins);
    }
}

/// A SYN-ACK tells both numbers; bytes in the SYN that it does not acknowledge were not taken.
fn answer(context: &mut Context<'_>, header: &Tcp, side: u8) {
    let own = *of_side(&context.flow.sequences, side);
    let begins = header.sequence.wrapping_add(1);
    let is_other = !own.is_synchronised || own.first != begins;
    if own.is_synchronised && is_other {
        context.anomaly(Anomaly::SynAckDiffers);
    }
    if is_other && !own.is_confirmed {
        restart(context, side, begins);
    }
    let other = *of_side(&context.flow.sequences, 1 - side);
    if other.is_confirmed {
        return;
    }
    let acknowledged = header.acknowledged.wrapping_sub(other.first).cast_signed();
    let is_known = other.is_synchronised && other.ahead(header.acknowledged) <= 0;
    if !is_known || acknowledged < 0 {
        restart(context, 1 - side, header.acknowledged);
    } else if other.ahead(header.acknowledged) < 0 {
        context.anomaly(Anomaly::SynDataIgnored);
        restart(context, 1 - side, header.acknowledged);
    }
    of_side_mut(&mut context.flow.sequences, 1 - side).is_confirmed = true;
}

/// The stream of a side begins with `number`, after its SYN; bytes before it were not part of it.
fn restart(context: &mut Context<'_>, side: u8, number: u32) {
    let own = of_side_mut(&mut context.flow.sequences, side);
    *own = Sequence {
        timestamp: own.timestamp,
        first_timestamp: own.first_timestamp,
        has_timestamp: own.has_timestamp,
        ..Sequence::default()
    };
    own.begin(number);
    own.is_synchronised = true;
    forget_bytes(context, side);
}

fn forget_bytes(context: &mut Context<'_>, side: u8) {
    if let Some(streams) = &mut context.flow.streams {
        let half = of_side_mut(&mut streams.halves, side);
        let held = crate::bytes::count(half.held());
        half.restart();
        context.shared.stream_bytes = context.shared.stream_bytes.saturating_sub(held);
    }
}

/// Of a flow picked up in the middle, the first segment only suggests where a side stands. If the first
/// acknowledgement that the other end sends lies far from there, that segment was not part of the connection.
pub(super) fn correct(context: &mut Context<'_>, header: &Tcp, side: u8) {
    let own = of_side_mut(&mut context.flow.sequences, side);
    let is_guess = own.is_known && !own.is_synchronised && !own.is_acknowledged;
    if is_guess && own.ahead(header.acknowledged).abs() > FAR {
        own.begin(header.acknowledged);
        forget_bytes(context, side);
    }
}

/// The acknowledgement that completes a handshake.
pub(super) fn confirm(flow: &mut Flow, header: &Tcp, side: u8) {
    let other = of_side_mut(&mut flow.sequences, 1 - side);
    if !other.is_confirmed && other.is_synchronised && header.flags & flag::ACK != 0 {
        let behind = header.acknowledged.wrapping_sub(other.first).cast_signed();
        other.is_confirmed = behind >= 0 && other.ahead(header.acknowledged) <= 0;
    }
}

/// Moves a flow on when both ends have shown that they hear each other.
pub(super) fn advance(flow: &mut Flow) {
    if flow.phase != Phase::New {
        return;
    }
    let (source, destination) = (flow.flags_of(true), flow.flags_of(false));
    let has_handshake =
        source & flag::SYN != 0 && destination & flag::SYN != 0 && source & flag::ACK != 0;
    // Picked up in the middle: both ends acknowledge.
    let is_midstream =
        (source | destination) & flag::SYN == 0 && source & destination & flag::ACK != 0;
    // Picked up with the answer: the originator acknowledges it.
    let is_answered = destination & flag::SYN != 0 && source & (flag::SYN | flag::ACK) == flag::ACK;
    if has_handshake || is_midstream || is_answered {
        flow.phase = Phase::Established;
    }
}
