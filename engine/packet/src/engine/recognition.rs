//! What a flow speaks: told by the first bytes of one side, confirmed by those of the other.

use super::application::{direction, end_quietly};
use super::sides::{of_side, of_side_mut};
use crate::anomaly::Anomaly;
use crate::bytes::count;
use crate::flow::{DirectionSource, Phase};
use crate::proto::expected;
use crate::proto::registry::{self, Entry, Found};
use crate::proto::{Application, Context, Parsing, Probe, Protocol, Role};

/// Segments of a flow picked up in the middle that are looked at.
const MAX_MIDSTREAM_TRIES: u8 = 16;

/// Counts bytes of a side that nobody will read before the protocol is known.
pub(super) fn miss(missed: &mut [u16; 2], side: u8, length: u64) {
    let own = of_side_mut(missed, side);
    *own = own.saturating_add(u16::try_from(length).unwrap_or(u16::MAX));
}

/// Tries to recognise a side by its first bytes. `Some` tells how many bytes are to be stepped over instead.
pub(super) fn recognise(context: &mut Context<'_>, side: u8, bytes: &[u8]) -> Option<usize> {
    if expected::meet(context) {
        return None;
    }
    let Application::Probing {
        refused,
        tries,
        missed,
    } = &mut context.flow.application
    else {
        return Some(0);
    };
    if *of_side(missed, side) > 0 {
        miss(missed, side, count(bytes.len()));
        return Some(bytes.len());
    }
    let mask = of_side_mut(refused, side);
    let ports = [context.flow.key.low_port, context.flow.key.high_port];
    match registry::recognise(registry::STREAMS, bytes, ports, *mask) {
        Found::Entry(entry, role) => {
            adopt(context, entry, role, side);
            None
        }
        Found::Undecided(refused) => {
            *mask = refused;
            Some(0)
        }
        // Picked up in the middle, a message may begin with the next segment.
        Found::Nothing
            if *tries < MAX_MIDSTREAM_TRIES
                && !of_side(&context.flow.sequences, side).is_synchronised =>
        {
            *tries += 1;
            *mask = 0;
            Some(bytes.len())
        }
        // The other end may still be telling: a server answers garbage in its own protocol.
        Found::Nothing => {
            *mask = u64::MAX;
            if refused.iter().all(|mask| *mask == u64::MAX) {
                context.flow.application = Application::Off;
                return Some(0);
            }
            Some(bytes.len())
        }
    }
}

/// The flow speaks what an entry of the registry names.
pub(super) fn adopt(context: &mut Context<'_>, entry: &'static Entry, role: Role, side: u8) {
    let flow = &mut *context.flow;
    if flow.direction != DirectionSource::Handshake {
        match role {
            Role::Client => flow.set_source(side, DirectionSource::Parser),
            Role::Server => flow.set_source(1 - side, DirectionSource::Parser),
            Role::Either => {}
        }
    }
    flow.set_protocol(entry.protocol);
    // Seen from one side only, what it says tells that the connection stands.
    if flow.phase == Phase::New && flow.key.protocol == 6 {
        flow.phase = Phase::Established;
    }
    let missed = match flow.application {
        Application::Probing { missed, .. } => missed,
        _ => [0; 2],
    };
    // What follows a gap has no vote.
    let mut agreed = missed.map(|length| length > 0);
    *of_side_mut(&mut agreed, side) = true;
    let mut parsing = Parsing::new(entry, agreed);
    let other = 1 - side;
    let length = u64::from(*of_side(&missed, other));
    if length > 0 {
        let direction = direction(flow, other);
        if !parsing.parser.gap(context, direction, length) {
            parsing.end(context);
            context.flow.application = Application::Off;
            return;
        }
    }
    context.flow.application = Application::Parsing(parsing);
}

/// The second end's first bytes vote too; an end that speaks something else ends the parser.
pub(super) fn agrees(context: &mut Context<'_>, side: u8, bytes: &[u8]) -> bool {
    let (protocol, is_agreed) = match &context.flow.application {
        Application::Parsing(parsing) => (parsing.protocol, *of_side(&parsing.agreed, side)),
        _ => return false,
    };
    if is_agreed {
        return true;
    }
    let Some(entry) = registry::entry(registry::STREAMS, protocol) else {
        return true;
    };
    let verdict = (entry.probe)(bytes, true);
    if let Probe::Yes(_) = verdict {
        agree(context, side);
        return true;
    }
    if verdict == Probe::More && protocol != Protocol::Http {
        return false;
    }
    let ports = [context.flow.key.low_port, context.flow.key.high_port];
    let own = registry::bit(registry::STREAMS, protocol);
    let other = match registry::recognise(registry::STREAMS, bytes, ports, own) {
        Found::Entry(entry, _) => Some(entry.protocol),
        // An answer of HTTP/0.9 looks like nothing. Where nobody else wants it, its parser knows whether one is due.
        Found::Nothing if protocol == Protocol::Http => {
            agree(context, side);
            return true;
        }
        Found::Undecided(_) if protocol == Protocol::Http => return false,
        _ => None,
    };
    if verdict == Probe::More {
        return false;
    }
    *of_side_mut(&mut context.flow.protocols, side) = other;
    context.anomaly(Anomaly::ProtocolMismatch);
    end_quietly(context);
    false
}

fn agree(context: &mut Context<'_>, side: u8) {
    if let Application::Parsing(parsing) = &mut context.flow.application {
        *of_side_mut(&mut parsing.agreed, side) = true;
    }
}
