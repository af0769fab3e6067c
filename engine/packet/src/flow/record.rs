//! The flow record: final, or interim with counters so far.

use super::limit::Limit;
use super::{EndReason, Flow, connection};
use crate::emit::head::{Dataset, Event, Place};
use crate::emit::line::Line;
use crate::emit::output::Output;

/// Writes a record; `reason` is `None` for an interim one.
pub fn write(out: &mut Output, flow: &Flow, reason: Option<EndReason>) {
    let action = if reason.is_some() {
        "flow-end"
    } else {
        "flow-interim"
    };
    let clock_us = out.clock_us.max(flow.last_us);
    let mut event = Event::new(Dataset::Flow, action, clock_us, 0);
    event.types = if reason.is_some() {
        &["end"]
    } else {
        &["info"]
    };
    event.start_us = Some(flow.start_us);
    event.end_us = Some(flow.last_us);
    event.duration_us = Some(flow.last_us.saturating_sub(flow.start_us));
    out.event(
        &event,
        &Place::Flow(flow),
        |line| write_icmp(line, flow),
        |line| write_own(line, flow, reason),
    );
}

fn write_icmp(line: &mut Line<'_>, flow: &Flow) {
    if let Some((kind, code)) = flow.icmp {
        let mark = line.open("icmp");
        line.number("type", u64::from(kind));
        line.number("code", u64::from(code));
        line.close(mark);
    }
}

fn write_own(line: &mut Line<'_>, flow: &Flow, reason: Option<EndReason>) {
    let mark = line.open("flow");
    line.raw("id", |out| flow.append_id(out));
    line.word("state", flow.phase.name());
    line.word("reason", reason.map_or("", EndReason::name));
    line.word("direction_source", flow.direction.name());
    line.word("conn_state", conn_state(flow));
    let history = flow.history.text();
    if !history.is_empty() {
        line.plain("history", history);
    }
    if flow.emergency {
        line.flag("emergency", true);
    }
    pair(
        line,
        "ip_bytes",
        flow.side(true).ip_bytes,
        flow.side(false).ip_bytes,
    );
    pair(
        line,
        "payload_bytes",
        flow.side(true).payload_bytes,
        flow.side(false).payload_bytes,
    );
    write_stream(line, flow);
    let missed = flow
        .side(true)
        .missed_bytes
        .saturating_add(flow.side(false).missed_bytes);
    if missed > 0 {
        line.number("missed_bytes", missed);
    }
    if flow.limits != 0 {
        let list = line.open_list("limits");
        for limit in Limit::ALL {
            if flow.limits & limit.bit() != 0 {
                line.item_word(limit.name());
            }
        }
        line.close_list(list);
    }
    let protocol = line.open("protocol");
    line.word(
        "source",
        flow.protocol_of(true)
            .map_or("", |protocol| protocol.name()),
    );
    line.word(
        "destination",
        flow.protocol_of(false)
            .map_or("", |protocol| protocol.name()),
    );
    line.word(
        "original",
        flow.from_protocol.map_or("", |protocol| protocol.name()),
    );
    line.close(protocol);
    line.number("first_packet", flow.first_packet);
    line.close(mark);
    if flow.key.protocol == 6 {
        let mark = line.open("tcp");
        let flags = line.open("flags");
        line.hex("source", &[flow.flags_of(true)]);
        line.hex("destination", &[flow.flags_of(false)]);
        line.close(flags);
        line.word("state", connection::state(flow));
        line.close(mark);
    }
    if matches!(flow.key.protocol, 50 | 51) {
        let index = u64::from(flow.key.low_port) << 16 | u64::from(flow.key.high_port);
        line.number("spi", index);
    }
}

/// What sequence numbers tell, where it is not what the packets add up to.
fn write_stream(line: &mut Line<'_>, flow: &Flow) {
    if flow.key.protocol != 6 || flow.connection.is_untracked {
        return;
    }
    let lengths = [true, false].map(|is_source| {
        let side = flow.side(is_source);
        // Of an end that never showed itself only the other's word is known.
        let known = match side.packets {
            0 => 0,
            _ => flow.sequence_of(is_source).length(flow.received(is_source)),
        };
        (known, side.payload_bytes)
    });
    let [source, destination] = lengths.map(|(known, _)| known);
    if lengths.iter().any(|(known, payload)| known != payload) {
        pair(line, "stream_bytes", source, destination);
    }
    let active_us = flow.connection.active_us;
    if active_us != 0 && active_us < flow.last_us {
        let duration_us = active_us.saturating_sub(flow.start_us);
        line.number("duration", duration_us.saturating_mul(1_000));
    }
}

fn pair(line: &mut Line<'_>, name: &'static str, source: u64, destination: u64) {
    let mark = line.open(name);
    line.number("source", source);
    line.number("destination", destination);
    line.close(mark);
}

/// Zeek's `conn_state`: of protocols without a handshake, who spoke.
fn conn_state(flow: &Flow) -> &'static str {
    if flow.key.protocol == 6 {
        return flow.history.tcp_state();
    }
    match (flow.side(true).packets > 0, flow.side(false).packets > 0) {
        (true, true) => "SF",
        (true, false) => "S0",
        (false, true) => "SHR",
        (false, false) => "OTH",
    }
}
