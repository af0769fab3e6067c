//! Between bytes and parsers: recognition, delivery in order, gaps, ends.

use super::Seen;
use super::handshake::has_answered;
use super::recognition::{adopt, agrees, miss, recognise};
use super::sides::{is_silent, of_side, of_side_mut, received, sequence};
use crate::anomaly::{Anomaly, Moment};
use crate::bytes::count;
use crate::emit::output::Output;
use crate::flow::Flow;
use crate::flow::limit::Limit;
use crate::proto::registry::{self, Found};
use crate::proto::{Application, Context, Direction, Parsing, Shared, Then};
use crate::stream::{MAX_UNCONSUMED, Streams};

/// A flow of datagrams that nobody recognised by then stays unrecognised.
const MAX_PROBED_DATAGRAMS: u64 = 8;

/// Hands one datagram to its parser, or tries to recognise it.
pub(super) fn datagram(flow: &mut Flow, out: &mut Output, shared: &mut Shared, seen: &Seen<'_>) {
    let payload = seen.segment.payload;
    if payload.is_empty() || matches!(flow.application, Application::Off) {
        return;
    }
    let mut context = Context {
        flow,
        out,
        shared,
        moment: seen.moment,
    };
    if let Application::Probing { .. } = context.flow.application {
        let ports = [seen.segment.source_port, seen.segment.destination_port];
        match registry::recognise(registry::DATAGRAMS, payload, ports, 0) {
            Found::Entry(entry, role) => adopt(&mut context, entry, role, seen.side),
            _ if context.flow.packets() >= MAX_PROBED_DATAGRAMS => {
                context.flow.application = Application::Off;
                return;
            }
            _ => return,
        }
    }
    let direction = direction(context.flow, seen.side);
    match std::mem::replace(&mut context.flow.application, Application::Off) {
        Application::Parsing(mut parsing) => {
            let step = parsing.parser.data(&mut context, direction, payload);
            go_on(&mut context, parsing, step.then);
        }
        other => context.flow.application = other,
    }
}

/// Puts a parser back into its flow, unless it is done or holds too much.
fn go_on(context: &mut Context<'_>, mut parsing: Parsing, then: Then) {
    if then == Then::Done {
        parsing.end(context);
    } else if parsing.account(context.shared) {
        context.flow.application = Application::Parsing(parsing);
    } else {
        over_budget(context);
        parsing.end(context);
    }
}

fn over_budget(context: &mut Context<'_>) {
    context.anomaly(Anomaly::ParserBudget);
    context.limit_flow(Limit::ParserBudget);
}

/// Hands a side's settled bytes to the parser, and gaps where the receiver went on without bytes we saw.
pub(super) fn deliver(context: &mut Context<'_>, side: u8) {
    let Some(streams) = &context.flow.streams else {
        return;
    };
    if of_side(&streams.halves, side).is_idle(of_side(&context.flow.sequences, side)) {
        return;
    }
    let is_alone = is_silent(context.flow, 1 - side);
    if is_alone && !context.shared.settings.async_oneside {
        return;
    }
    let Some(mut streams) = context.flow.streams.take() else {
        return;
    };
    // A side that acknowledges what was not seen talks to somebody: nobody's acknowledgement is to be waited for.
    let settle_all = is_alone && has_answered(context.flow, side);
    let before = held(&streams);
    feed(context, &mut streams, side, settle_all);
    while let Some(length) =
        of_side_mut(&mut streams.halves, side).take_gap(sequence(context.flow, side))
    {
        tell_gap(context, &mut streams, side, length);
        feed(context, &mut streams, side, settle_all);
    }
    give_back(context, streams, before);
}

/// Hands over what a side sent in order, acknowledged or not: no acknowledgement will follow.
pub(super) fn deliver_all(context: &mut Context<'_>, side: u8) {
    let Some(mut streams) = context.flow.streams.take() else {
        return;
    };
    let before = held(&streams);
    feed(context, &mut streams, side, true);
    give_back(context, streams, before);
}

/// Gives up waiting for the bytes before the next late piece.
pub(super) fn skip_hole(context: &mut Context<'_>, side: u8) {
    let Some(mut streams) = context.flow.streams.take() else {
        return;
    };
    let before = held(&streams);
    feed(context, &mut streams, side, true);
    if let Some(length) =
        of_side_mut(&mut streams.halves, side).force_gap(sequence(context.flow, side))
    {
        tell_gap(context, &mut streams, side, length);
        feed(context, &mut streams, side, true);
    }
    give_back(context, streams, before);
}

/// Beyond the depth that the settings allow, a side's bytes are only counted.
pub(super) fn stop_at_depth(context: &mut Context<'_>, side: u8) {
    let depth = context.shared.settings.stream_depth;
    if depth == 0 || received(context.flow, side) <= depth {
        return;
    }
    let Some(mut streams) = context.flow.streams.take() else {
        return;
    };
    let before = held(&streams);
    if let Some(excess) = of_side_mut(&mut streams.halves, side).cut_at(depth) {
        context.limit_flow(Limit::StreamDepth);
        feed(context, &mut streams, side, true);
        tell_parser(context, &mut streams, side, excess);
        of_side_mut(&mut streams.halves, side).stop_keeping();
    }
    give_back(context, streams, before);
}

/// Ends parser and streams without another byte.
pub(super) fn switch_off(context: &mut Context<'_>) {
    let Some(mut streams) = context.flow.streams.take() else {
        return;
    };
    let before = held(&streams);
    end_quietly(context);
    stop(&mut streams);
    give_back(context, streams, before);
}

/// Ends the parser; bytes after this are only counted.
pub(super) fn end_parser(flow: &mut Flow, out: &mut Output, shared: &mut Shared, moment: Moment) {
    let mut context = Context {
        flow,
        out,
        shared,
        moment,
    };
    end_quietly(&mut context);
    switch_off(&mut context);
}

/// The flow is over: deliver what was held back, then end the parser.
pub(super) fn finish(flow: &mut Flow, out: &mut Output, shared: &mut Shared, moment: Moment) {
    let mut context = Context {
        flow,
        out,
        shared,
        moment,
    };
    // After both ends have said FIN a reset only tells that one of them is gone already.
    let was_reset = context.flow.connection.reset.is_some()
        && !context.flow.sequences.iter().all(|side| side.has_end);
    if let Some(mut streams) = context.flow.streams.take() {
        let before = held(&streams);
        for side in [context.flow.source_side, 1 - context.flow.source_side] {
            let is_alone = is_silent(context.flow, 1 - side);
            if was_reset || (is_alone && !context.shared.settings.async_oneside) {
                continue;
            }
            feed(&mut context, &mut streams, side, true);
            while let Some(length) =
                of_side_mut(&mut streams.halves, side).force_gap(sequence(context.flow, side))
            {
                tell_gap(&mut context, &mut streams, side, length);
                feed(&mut context, &mut streams, side, true);
            }
        }
        give_back(&mut context, streams, before);
    }
    end_parser(context.flow, context.out, context.shared, moment);
}

fn held(streams: &Streams) -> usize {
    let [low, high] = &streams.halves;
    low.held().saturating_add(high.held())
}

fn give_back(context: &mut Context<'_>, mut streams: Box<Streams>, before: usize) {
    if matches!(context.flow.application, Application::Off) && held(&streams) > 0 {
        stop(&mut streams);
    }
    let after = held(&streams);
    context.shared.stream_bytes = context
        .shared
        .stream_bytes
        .saturating_add(count(after))
        .saturating_sub(count(before));
    context.flow.streams = Some(streams);
}

fn stop(streams: &mut Streams) {
    for half in &mut streams.halves {
        half.stop_keeping();
    }
}

fn tell_gap(context: &mut Context<'_>, streams: &mut Streams, side: u8, length: u64) {
    // Of a side that never shows itself nothing is missed in particular.
    if is_silent(context.flow, side) {
        return;
    }
    let own = of_side_mut(&mut context.flow.sides, side);
    own.missed_bytes = own.missed_bytes.saturating_add(length);
    context.shared.ledger.missed_bytes = context.shared.ledger.missed_bytes.saturating_add(length);
    let is_source = context.flow.source_side == side;
    context.flow.history.count(b'g', is_source);
    context.anomaly(Anomaly::StreamGap);
    tell_parser(context, streams, side, length);
}

/// The parser learns that bytes are lost; it goes on or gives up.
fn tell_parser(context: &mut Context<'_>, streams: &mut Streams, side: u8, length: u64) {
    let direction = direction(context.flow, side);
    match std::mem::replace(&mut context.flow.application, Application::Off) {
        Application::Parsing(mut parsing) => {
            // What follows a gap is not the beginning of anything: it has no vote.
            *of_side_mut(&mut parsing.agreed, side) = true;
            if parsing.parser.gap(context, direction, length) {
                context.flow.application = Application::Parsing(parsing);
            } else {
                parsing.end(context);
                stop(streams);
            }
        }
        // Recognition needs the first bytes; from the middle of something it only guesses. The other end may still tell.
        Application::Probing {
            mut refused,
            tries,
            mut missed,
        } if of_side(&context.flow.sequences, side).is_synchronised => {
            *of_side_mut(&mut refused, side) = u64::MAX;
            miss(&mut missed, side, length);
            if refused.iter().all(|mask| *mask == u64::MAX) {
                stop(streams);
            } else {
                context.flow.application = Application::Probing {
                    refused,
                    tries,
                    missed,
                };
            }
        }
        other => context.flow.application = other,
    }
}

fn feed(context: &mut Context<'_>, streams: &mut Streams, side: u8, settle_all: bool) {
    loop {
        let state = *of_side(&context.flow.sequences, side);
        let half = of_side_mut(&mut streams.halves, side);
        let Some((bytes, came_us)) = half.ready(&state, settle_all) else {
            return;
        };
        let offered = bytes.len();
        context.moment.received_us = came_us.unwrap_or(context.moment.time_us);
        let fed = feed_once(context, side, bytes);
        context.moment.received_us = context.moment.time_us;
        half.consume(offered, fed.consumed);
        if half.left() > MAX_UNCONSUMED && fed.consumed == 0 {
            over_budget(context);
            end_quietly(context);
        }
        if matches!(context.flow.application, Application::Off) {
            stop(streams);
            return;
        }
        if fed.is_again {
            of_side_mut(&mut streams.halves, side).offer_again();
        }
        if fed.is_anew {
            of_side_mut(&mut streams.halves, 1 - side).offer_again();
        }
    }
}

/// What feeding came to: bytes used, and whether the rest must be offered again at once.
struct Fed {
    consumed: usize,
    is_again: bool,
    /// Whether another parser begins: what the last one left of the other end is for it, too.
    is_anew: bool,
}

fn feed_once(context: &mut Context<'_>, side: u8, bytes: &[u8]) -> Fed {
    let mut fed = Fed {
        consumed: 0,
        is_again: false,
        is_anew: false,
    };
    if let Application::Probing { .. } = context.flow.application
        && let Some(consumed) = recognise(context, side, bytes)
    {
        fed.consumed = consumed;
        return fed;
    }
    if !agrees(context, side, bytes) {
        return fed;
    }
    let direction = direction(context.flow, side);
    let Application::Parsing(mut parsing) =
        std::mem::replace(&mut context.flow.application, Application::Off)
    else {
        return fed;
    };
    let step = parsing.parser.data(context, direction, bytes);
    fed.consumed = step.consumed;
    match step.then {
        Then::More | Then::Done => go_on(context, parsing, step.then),
        Then::Recognise => {
            context.flow.from_protocol = Some(parsing.protocol);
            parsing.end(context);
            context.flow.application = Application::Probing {
                refused: [0; 2],
                tries: 0,
                missed: [0; 2],
            };
            fed.is_again = step.consumed < bytes.len();
            fed.is_anew = true;
        }
        Then::Switch(next) => {
            context.flow.from_protocol = Some(parsing.protocol);
            parsing.end(context);
            if let Some(entry) = registry::entry(registry::STREAMS, next) {
                context.flow.set_protocol(next);
                context.flow.application = Application::Parsing(Parsing::new(entry, [true; 2]));
                fed.is_again = step.consumed < bytes.len();
                fed.is_anew = true;
            }
        }
    }
    fed
}

pub(super) fn end_quietly(context: &mut Context<'_>) {
    let application = std::mem::replace(&mut context.flow.application, Application::Off);
    if let Application::Parsing(parsing) = application {
        parsing.end(context);
    }
}

pub(super) fn direction(flow: &Flow, side: u8) -> Direction {
    if flow.source_side == side {
        Direction::FromSource
    } else {
        Direction::FromDestination
    }
}
