//! What one TCP segment does to its flow: direction, phase, order of bytes, delivery.

use super::Seen;
use super::application;
use crate::anomaly::Anomaly;
use crate::bytes::count;
use crate::decode::transport::{Tcp, flag};
use crate::emit::output::Output;
use crate::flow::{DirectionSource, Flow, Phase};
use crate::proto::{Application, Context, Shared};
use crate::stream::{Sequence, Streams};

/// A reset further ahead than the largest plain window and a half is not believed.
const RESET_WINDOW: i32 = 1 << 20;

/// Whether a SYN begins another connection on the same ports.
pub(super) fn is_new_connection(flow: &Flow, header: &Tcp, side: u8) -> bool {
    if header.flags & (flag::SYN | flag::ACK | flag::RST) != flag::SYN || flow.phase == Phase::New {
        return false;
    }
    let own = of_side(&flow.sequences, side);
    let received = flow
        .streams
        .as_ref()
        .map_or(0, |streams| of_side(&streams.halves, side).received);
    // The number after the SYN of this connection; streams are counted modulo 2^32.
    let first = own
        .next
        .wrapping_sub(u32::try_from(received & 0xffff_ffff).unwrap_or(0));
    let is_repeated = own.is_synchronised && header.sequence.wrapping_add(1) == first;
    !is_repeated
}

/// Takes a segment whose checksum is believed.
pub(super) fn segment(
    flow: &mut Flow,
    out: &mut Output,
    shared: &mut Shared,
    seen: &Seen<'_>,
    header: &Tcp,
) {
    let has_payload = !seen.segment.payload.is_empty() || seen.segment.missing > 0;
    if header.flags & flag::SYN != 0 {
        direct_by_handshake(flow, header, seen.side);
    }
    flow.history
        .note_tcp(header, has_payload, flow.source_side == seen.side);
    let mut context = Context {
        flow,
        out,
        shared,
        moment: seen.moment,
    };
    if is_old_by_timestamp(context.flow, header, seen.side) && has_payload {
        context.anomaly(Anomaly::TimestampOld);
        return;
    }
    if header.flags & flag::RST != 0 {
        reset(&mut context, header, seen.side);
        return;
    }
    synchronise(context.flow, header, seen.side, has_payload);
    if has_payload {
        take_payload(&mut context, header, seen);
    }
    if header.flags & flag::ACK != 0 {
        acknowledge(context.flow, header, seen.side);
    }
    if header.flags & flag::FIN != 0 {
        close_side(context.flow);
    }
    advance_phase(context.flow);
    if context.flow.streams.is_some() {
        application::deliver(&mut context, 1 - seen.side);
        application::deliver(&mut context, seen.side);
    }
}

fn direct_by_handshake(flow: &mut Flow, header: &Tcp, side: u8) {
    if flow.direction == DirectionSource::Handshake {
        return;
    }
    let source = if header.flags & flag::ACK == 0 {
        side
    } else {
        1 - side
    };
    flow.set_source(source, DirectionSource::Handshake);
}

/// PAWS (RFC 7323, section 5): only segments in order move the remembered stamp.
fn is_old_by_timestamp(flow: &mut Flow, header: &Tcp, side: u8) -> bool {
    let Some(stamp) = header.timestamp else {
        return false;
    };
    let own = of_side_mut(&mut flow.sequences, side);
    if own.has_timestamp
        && stamp.wrapping_sub(own.timestamp).cast_signed() < 0
        && header.flags & flag::SYN == 0
    {
        return header.flags & flag::RST == 0;
    }
    let is_in_order = !own.is_known || header.sequence.wrapping_sub(own.next).cast_signed() <= 0;
    if is_in_order {
        own.timestamp = stamp;
        own.has_timestamp = true;
    }
    false
}

fn reset(context: &mut Context<'_>, header: &Tcp, side: u8) {
    let own = *of_side(&context.flow.sequences, side);
    let ahead = header.sequence.wrapping_sub(own.next).cast_signed();
    let other = of_side(&context.flow.sequences, 1 - side);
    // A refusal carries number 0 and acknowledges the SYN (RFC 9293, section 3.5.2).
    let refuses = header.flags & flag::ACK != 0 && header.acknowledged == other.next;
    if own.is_known && !refuses && !(-1..=RESET_WINDOW).contains(&ahead) {
        context.anomaly(Anomaly::ResetOutOfWindow);
        return;
    }
    context.flow.phase = Phase::Closed;
    if context.flow.streams.is_some() {
        // What was not acknowledged before a reset was perhaps never read: it is not delivered.
        application::deliver(context, 1 - side);
        application::deliver(context, side);
    }
    let moment = context.moment;
    application::end_parser(context.flow, context.out, context.shared, moment);
}

fn synchronise(flow: &mut Flow, header: &Tcp, side: u8, has_payload: bool) {
    let received = flow
        .streams
        .as_ref()
        .map_or(0, |streams| of_side(&streams.halves, side).received);
    let is_synchronising = header.flags & flag::SYN != 0;
    {
        let own = of_side_mut(&mut flow.sequences, side);
        if is_synchronising && received == 0 {
            own.next = header.sequence.wrapping_add(1);
            own.is_known = true;
            own.is_synchronised = true;
        } else if !own.is_known || (has_payload && received == 0 && !own.is_synchronised) {
            own.next = header.sequence;
            own.is_known = true;
        }
    }
    // Of several SYNs the one that is answered counts.
    if is_synchronising && header.flags & flag::ACK != 0 {
        let other_received = flow
            .streams
            .as_ref()
            .map_or(0, |streams| of_side(&streams.halves, 1 - side).received);
        let other = of_side_mut(&mut flow.sequences, 1 - side);
        if other_received == 0 {
            other.next = header.acknowledged;
            other.is_known = true;
            other.is_synchronised = true;
        }
    }
}

fn take_payload(context: &mut Context<'_>, header: &Tcp, seen: &Seen<'_>) {
    let start = header
        .sequence
        .wrapping_add(u32::from(header.flags & flag::SYN != 0));
    let missing = usize::try_from(seen.segment.missing).unwrap_or(0);
    let length = seen.segment.payload.len().saturating_add(missing);
    let is_off = matches!(context.flow.application, Application::Off);
    let flow = &mut *context.flow;
    let streams = flow
        .streams
        .get_or_insert_with(|| Box::new(Streams::default()));
    let state = of_side_mut(&mut flow.sequences, seen.side);
    let half = of_side_mut(&mut streams.halves, seen.side);
    let held = half.held();
    let taken = half.insert(state, start, seen.segment.payload, length);
    let now_held = half.held();
    let is_overfull = half.is_overfull();
    context.shared.stream_bytes = context
        .shared
        .stream_bytes
        .saturating_add(count(now_held))
        .saturating_sub(count(held));
    if taken.is_repeated {
        let is_source = context.flow.source_side == seen.side;
        context.flow.history.note(b't', is_source);
    }
    if taken.differs {
        context.anomaly(Anomaly::SegmentOverlapDiffers);
    }
    if taken.is_beyond {
        context.anomaly(Anomaly::SegmentBeyondWindow);
    }
    if is_overfull {
        context.limit("stream_waiting");
        application::skip_hole(context, seen.side);
    }
    if !is_off && context.shared.stream_bytes > context.shared.settings.max_stream_bytes {
        context.limit("stream_bytes");
        application::switch_off(context);
    }
}

fn acknowledge(flow: &mut Flow, header: &Tcp, side: u8) {
    let other = of_side_mut(&mut flow.sequences, 1 - side);
    if !other.is_known {
        other.next = header.acknowledged;
        other.is_known = true;
    }
    let is_ahead = header
        .acknowledged
        .wrapping_sub(other.acknowledged)
        .cast_signed()
        > 0;
    if !other.is_acknowledged || is_ahead {
        other.acknowledged = header.acknowledged;
        other.is_acknowledged = true;
    }
}

fn close_side(flow: &mut Flow) {
    if flow
        .sides
        .iter()
        .all(|side| side.tcp_flags & flag::FIN != 0)
    {
        flow.phase = Phase::Closed;
    }
}

fn advance_phase(flow: &mut Flow) {
    if flow.phase != Phase::New {
        return;
    }
    let (source, destination) = (flow.side(true).tcp_flags, flow.side(false).tcp_flags);
    let has_handshake =
        source & flag::SYN != 0 && destination & flag::SYN != 0 && source & flag::ACK != 0;
    // Picked up in the middle: both ends acknowledge.
    let is_midstream =
        (source | destination) & flag::SYN == 0 && source & destination & flag::ACK != 0;
    if has_handshake || is_midstream {
        flow.phase = Phase::Established;
    }
}

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

/// Whether nothing was ever seen from a side: then nobody's acknowledgement is to be waited for.
pub(super) fn is_silent(flow: &Flow, side: u8) -> bool {
    of_side(&flow.sides, side).packets == 0
}

/// What a side's numbers are.
pub(super) fn sequence(flow: &mut Flow, side: u8) -> &mut Sequence {
    of_side_mut(&mut flow.sequences, side)
}
