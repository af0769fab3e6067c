//! Resets: which are believed (RFC 9293, section 3.5.3; RFC 5961), and how one that nobody obeyed is found out.

use super::sides::{is_silent, of_side};
use super::{application, tcp};
use crate::anomaly::Anomaly;
use crate::decode::transport::{Tcp, flag};
use crate::flow::connection::Reset;
use crate::flow::{Flow, Phase};
use crate::proto::Context;

/// A reset further ahead than the largest plain window and a half is not believed.
const WINDOW: i64 = 1 << 20;

/// Takes a reset. The parser stays until the flow ends: if both ends go on, the reset was not theirs.
pub(super) fn take(context: &mut Context<'_>, header: &Tcp, side: u8) {
    if context.flow.connection.reset.is_some() {
        return;
    }
    if !is_acceptable(context.flow, header, side) {
        if context.flow.phase != Phase::Closed {
            context.anomaly(Anomaly::ResetOutOfWindow);
        }
        return;
    }
    acknowledge(context.flow, header, side);
    let other = of_side(&context.flow.sequences, 1 - side);
    let reset = Reset {
        side,
        sequence: header.sequence,
        acknowledged: other.is_acknowledged.then_some(other.acknowledged),
    };
    context.flow.connection.reset = Some(Box::new(reset));
    context.flow.phase = Phase::Closed;
    if context.flow.streams.is_some() {
        // What the other end sent and this one did not acknowledge was perhaps never read: it is not delivered. What
        // this end sent came before its reset, and nobody will acknowledge it any more.
        application::deliver(context, 1 - side);
        application::deliver(context, side);
        if !is_silent(context.flow, 1 - side) {
            application::deliver_all(context, side);
        }
    }
}

/// A reset acknowledges as any segment does (RFC 9293, section 3.10.7.4), unless it names what was not sent.
fn acknowledge(flow: &mut Flow, header: &Tcp, side: u8) {
    let other = of_side(&flow.sequences, 1 - side);
    let end = u32::from(other.has_end);
    let beyond = header
        .acknowledged
        .wrapping_sub(other.highest.wrapping_add(end));
    if header.flags & flag::ACK != 0 && other.is_known && beyond.cast_signed() <= 0 {
        tcp::acknowledge(flow, header, side);
    }
}

fn is_acceptable(flow: &Flow, header: &Tcp, side: u8) -> bool {
    let own = of_side(&flow.sequences, side);
    let other = of_side(&flow.sequences, 1 - side);
    let has_ack = header.flags & flag::ACK != 0;
    // A refusal carries number 0 and acknowledges the SYN (RFC 9293, section 3.5.2).
    let refuses = has_ack && other.is_known && header.acknowledged == other.next;
    if !own.is_known {
        return refuses || !other.is_synchronised;
    }
    let ahead = own.ahead(header.sequence);
    let oldest = if own.is_acknowledged {
        own.ahead(own.acknowledged).min(0)
    } else {
        0
    };
    refuses || (oldest.saturating_sub(1)..=WINDOW).contains(&ahead)
}

/// An end that was said to have reset the connection goes on with it: the reset was made up by somebody else.
pub(super) fn doubt(context: &mut Context<'_>, header: &Tcp, side: u8, length: usize) {
    let Some(reset) = context.flow.connection.reset.as_deref().copied() else {
        return;
    };
    if reset.side != side || header.flags & flag::RST != 0 || is_silent(context.flow, 1 - side) {
        return;
    }
    let length = u32::try_from(length).unwrap_or(0);
    let end = header.sequence.wrapping_add(length);
    let sends = length > 0 && end.wrapping_sub(reset.sequence).cast_signed() > 0;
    let hears = header.flags & flag::ACK != 0
        && reset
            .acknowledged
            .is_none_or(|before| header.acknowledged.wrapping_sub(before).cast_signed() > 0);
    // A SYN-ACK after a refusal comes from the real other end.
    let answers = header.flags & (flag::SYN | flag::ACK) == flag::SYN | flag::ACK;
    if sends || hears || answers {
        context.flow.connection.reset = None;
        context.flow.phase = Phase::New;
        context.anomaly(Anomaly::ResetInjected);
    }
}
