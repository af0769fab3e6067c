//! What one TCP segment does to its flow: time stamps, payload, acknowledgements, the end.

use super::sides::{of_side, of_side_mut};
use super::{Seen, application, handshake, reset};
use crate::anomaly::Anomaly;
use crate::bytes::count;
use crate::decode::transport::{Tcp, flag};
use crate::emit::output::Output;
use crate::flow::limit::Limit;
use crate::flow::{Flow, Phase};
use crate::proto::{Application, Context, Shared};
use crate::stream::{Streams, Taken};

/// A FIN further ahead than this is not believed.
const END_WINDOW: i64 = 1 << 20;

/// Takes a segment whose checksum is believed.
pub(super) fn segment(
    flow: &mut Flow,
    out: &mut Output,
    shared: &mut Shared,
    seen: &Seen<'_>,
    header: &Tcp,
) {
    // Its flags are told as `tcp_flags_impossible`; neither its numbers nor its bytes count.
    if header.is_contradiction() {
        let is_source = flow.source_side == seen.side;
        flow.history.note(b'q', is_source);
        return;
    }
    let length = payload_length(seen);
    handshake::direct(flow, header, seen.side);
    let is_source = flow.source_side == seen.side;
    flow.history.note_tcp(header, length > 0, is_source);
    if flow.connection.is_untracked {
        return;
    }
    let mut context = Context {
        flow,
        out,
        shared,
        moment: seen.moment,
    };
    note_activity(context.flow, header, length, seen.moment.time_us);
    if !is_timely(&mut context, header, seen.side, length > 0) {
        return;
    }
    if header.flags & flag::RST != 0 {
        reset::take(&mut context, header, seen.side);
        return;
    }
    reset::doubt(&mut context, header, seen.side, length);
    handshake::synchronise(&mut context, header, seen.side, length > 0);
    if length > 0 {
        take_payload(&mut context, header, seen);
    } else {
        note_use(context.flow, header, seen.side);
    }
    if header.flags & flag::ACK != 0 {
        handshake::confirm(context.flow, header, seen.side);
        handshake::correct(&mut context, header, 1 - seen.side);
        acknowledge(context.flow, header, seen.side);
    }
    if header.flags & flag::FIN != 0 {
        take_end(context.flow, header, seen.side, length);
    }
    handshake::advance(context.flow);
    if context.flow.streams.is_some() {
        application::deliver(&mut context, 1 - seen.side);
        application::deliver(&mut context, seen.side);
    }
}

/// Acknowledgements and resets after both ends have closed do not make a connection longer.
fn note_activity(flow: &mut Flow, header: &Tcp, length: usize, time_us: u64) {
    let is_over = flow.sequences.iter().all(|side| side.has_end);
    let is_plain = header.flags & (flag::SYN | flag::FIN) == 0 && length == 0;
    if !(is_over && is_plain) {
        flow.connection.active_us = flow.connection.active_us.max(time_us);
    }
}

/// An acknowledgement shows how far its sender has come, even where what it sent before is still to be seen.
fn note_use(flow: &mut Flow, header: &Tcp, side: u8) {
    let own = of_side_mut(&mut flow.sequences, side);
    if own.is_known && own.ahead(header.sequence) <= END_WINDOW {
        own.uses(header.sequence);
    }
}

fn payload_length(seen: &Seen<'_>) -> usize {
    let missing = usize::try_from(seen.segment.missing).unwrap_or(0);
    seen.segment.payload.len().saturating_add(missing)
}

/// PAWS (RFC 7323, section 5): old segments are not taken; only segments in order move the remembered stamp.
fn is_timely(context: &mut Context<'_>, header: &Tcp, side: u8, has_payload: bool) -> bool {
    let Some([stamp, echo]) = header.timestamp else {
        return true;
    };
    if is_echo_false(context.flow, header, side, echo) {
        context.anomaly(Anomaly::TimestampInvalid);
        return false;
    }
    let is_syn = header.flags & flag::SYN != 0;
    let own = of_side_mut(&mut context.flow.sequences, side);
    let is_older = own.has_timestamp && stamp.wrapping_sub(own.timestamp).cast_signed() < 0;
    if is_older && !is_syn {
        if has_payload && header.flags & flag::RST == 0 {
            context.anomaly(Anomaly::TimestampOld);
            return false;
        }
        return true;
    }
    let is_in_order = !own.is_known || own.ahead(header.sequence) <= 0;
    if is_in_order && !(is_syn && own.is_confirmed) {
        if !own.has_timestamp {
            own.first_timestamp = stamp;
        }
        own.timestamp = stamp;
        own.has_timestamp = true;
    }
    true
}

/// Before a SYN is answered, a stamp that echoes nothing the other end sent shows a segment made by somebody else
/// (RFC 7323, section 3.2: the echo is that of the SYN, and there is none unless the SYN offered the option).
fn is_echo_false(flow: &Flow, header: &Tcp, side: u8, echo: u32) -> bool {
    let own = of_side(&flow.sequences, side);
    let other = of_side(&flow.sequences, 1 - side);
    if flow.phase == Phase::Established
        || own.is_synchronised
        || !other.is_synchronised
        || header.flags & flag::SYN != 0
    {
        return false;
    }
    let is_between = echo.wrapping_sub(other.first_timestamp).cast_signed() >= 0
        && other.timestamp.wrapping_sub(echo).cast_signed() >= 0;
    !other.has_timestamp || !is_between
}

/// Inserts a payload; of urgent data the byte that is read out of band (RFC 6093) is left out of the stream.
fn take_payload(context: &mut Context<'_>, header: &Tcp, seen: &Seen<'_>) {
    let is_syn = u32::from(header.flags & flag::SYN != 0);
    let start = header.sequence.wrapping_add(is_syn);
    let payload = seen.segment.payload;
    let length = payload_length(seen);
    let is_off = matches!(context.flow.application, Application::Off);
    let flow = &mut *context.flow;
    let streams = flow
        .streams
        .get_or_insert_with(|| Box::new(Streams::default()));
    let state = of_side_mut(&mut flow.sequences, seen.side);
    let half = of_side_mut(&mut streams.halves, seen.side);
    let held = half.held();
    let is_probe = length == 1 && state.ahead(start) == -1;
    let taken = match urgent_place(header, length) {
        Some(place) => {
            let number = start.wrapping_add(u32::try_from(place).unwrap_or(0));
            let (before, after) = (payload.get(..place), payload.get(place + 1..));
            let first = before.map_or(Taken::default(), |before| {
                half.insert(state, start, before, place)
            });
            half.insert_outside(state, number);
            let rest = after.filter(|after| !after.is_empty());
            rest.map_or(first, |after| {
                half.insert(state, number.wrapping_add(1), after, length - place - 1)
            })
        }
        None => half.insert(state, start, payload, length),
    };
    half.note_arrival(seen.moment.time_us);
    let end = start.wrapping_add(u32::try_from(length).unwrap_or(0));
    state.reach(end);
    let is_resent = state.uses(end);
    let now_held = half.held();
    let is_overfull = half.is_overfull();
    context.shared.stream_bytes = context
        .shared
        .stream_bytes
        .saturating_add(count(now_held))
        .saturating_sub(count(held));
    // A keep-alive repeats one number to be answered; its byte means nothing (RFC 9293, section 3.8.4).
    if !is_probe {
        judge(context, taken, is_resent, seen.side);
    }
    if is_overfull {
        context.limit_flow(Limit::StreamWaiting);
        application::skip_hole(context, seen.side);
    }
    application::stop_at_depth(context, seen.side);
    if !is_off && context.shared.stream_bytes > context.shared.settings.max_stream_bytes {
        context.limit_flow(Limit::StreamBytes);
        application::switch_off(context);
    }
}

/// Where in a payload the urgent byte is: the pointer names the one behind it (RFC 6093, section 2.1, as systems do).
fn urgent_place(header: &Tcp, length: usize) -> Option<usize> {
    let place = usize::from(header.urgent).checked_sub(1)?;
    (header.flags & flag::URG != 0 && place < length).then_some(place)
}

fn judge(context: &mut Context<'_>, taken: Taken, is_resent: bool, side: u8) {
    if taken.is_repeated || is_resent {
        let is_source = context.flow.source_side == side;
        context.flow.history.count(b't', is_source);
    }
    if taken.differs {
        context.anomaly(Anomaly::SegmentOverlapDiffers);
    }
    if taken.is_beyond {
        context.anomaly(Anomaly::SegmentBeyondWindow);
    }
}

pub(super) fn acknowledge(flow: &mut Flow, header: &Tcp, side: u8) {
    let other = of_side_mut(&mut flow.sequences, 1 - side);
    if !other.is_known {
        other.begin(header.acknowledged);
    }
    let ahead = header.acknowledged.wrapping_sub(other.acknowledged);
    if !other.is_acknowledged || ahead.cast_signed() > 0 {
        other.acknowledged = header.acknowledged;
        other.is_acknowledged = true;
    }
    // Bytes behind a FIN were taken: it was not the end's own.
    let behind_end = other.acknowledged.wrapping_sub(other.end).cast_signed();
    if other.has_end && behind_end > 1 {
        other.has_end = false;
        if flow.phase == Phase::Closed && flow.connection.reset.is_none() {
            flow.phase = Phase::Established;
        }
    }
}

fn take_end(flow: &mut Flow, header: &Tcp, side: u8, length: usize) {
    let is_syn = u32::from(header.flags & flag::SYN != 0);
    let length = u32::try_from(length).unwrap_or(0);
    let end = header.sequence.wrapping_add(length).wrapping_add(is_syn);
    let own = of_side_mut(&mut flow.sequences, side);
    if own.has_end || !(0..=END_WINDOW).contains(&own.ahead(end)) {
        return;
    }
    own.end = end;
    own.has_end = true;
    flow.connection.first_end.get_or_insert(side);
    if flow.sequences.iter().all(|side| side.has_end) {
        flow.phase = Phase::Closed;
    }
}
