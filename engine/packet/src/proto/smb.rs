//! SMB 1, 2 and 3 (MS-CIFS, MS-SMB, MS-SMB2) in packets of the `NetBIOS` session service, on any port.
//!
//! Messages are read when they are whole; the bytes of large reads and writes pass as they come. Sealed (version 3) and
//! packed messages are counted. After a loss the next message is looked for.
//! Caps: a message 160 KiB besides the bytes of reads and writes; see `smb_state` for what a connection remembers.

use super::nbss::{self, Packet};
use super::smb_connection::Sink;
use super::smb_state::State;
use super::smb2::{self, Chain};
use super::{Context, Direction, Pair, Parser, Step, smb_event, smb1};
use crate::anomaly::Anomaly;
use crate::bytes::count;

/// Usual ports: the `NetBIOS` session service and SMB directly on TCP.
pub const PORTS: &[u16] = &[139, 445];
/// Longest message that is waited for.
const MAX_MESSAGE: usize = 160 << 10;
/// Longest packet besides messages; a session request has 68 bytes.
const MAX_CONTROL: usize = 512;

pub use super::nbss::probe;

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Smb::default())
}

/// Bytes of a read or a write inside a message.
#[derive(Clone, Copy, Debug)]
pub struct Payload {
    /// Where they go.
    pub sink: Sink,
    /// Their place in the file.
    pub offset: u64,
    /// Their place in the message.
    pub start: usize,
    /// How many.
    pub length: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// At the header of a packet.
    #[default]
    Header,
    /// At a message; so many bytes of its packet are left.
    Message { left: usize },
    /// Before, in and behind the bytes of a read or a write; then messages of the same packet.
    Payload {
        payload: Payload,
        before: usize,
        after: usize,
        rest: usize,
    },
    /// In bytes of no interest; then messages of the same packet.
    Skip { left: usize, rest: usize },
    /// Nobody knows.
    Lost,
}

#[derive(Default)]
struct End {
    place: Place,
    /// Bytes offered and not used.
    pending: usize,
    chain: Chain,
}

/// One connection.
#[derive(Default)]
pub struct Smb {
    state: State,
    ends: Pair<End>,
}

enum Used {
    Some(usize),
    More,
}

impl Parser for Smb {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = 0;
        while let Some(rest) = bytes.get(consumed..).filter(|rest| !rest.is_empty()) {
            match self.advance(context, direction, rest) {
                Used::Some(used) => consumed += used,
                Used::More => break,
            }
        }
        self.ends.of_mut(direction).pending = bytes.len().saturating_sub(consumed);
        Step::more(consumed)
    }

    fn gap(&mut self, context: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        let end = self.ends.of_mut(direction);
        let pending = std::mem::take(&mut end.pending);
        let lost = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .saturating_add(pending);
        self.lose(context, direction, lost);
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.state.end(context);
    }

    fn held(&self) -> usize {
        self.state.held()
    }
}

impl Smb {
    /// One step of an end. It uses bytes, or changes its place, or wants more.
    fn advance(&mut self, context: &mut Context<'_>, direction: Direction, rest: &[u8]) -> Used {
        let place = self.ends.of_mut(direction).place;
        let (next, used) = match place {
            Place::Header => match self.header(context, direction, rest) {
                Some(step) => step,
                None => return Used::More,
            },
            Place::Message { left } => match self.message(context, direction, rest, left) {
                Some(step) => step,
                None => return Used::More,
            },
            Place::Payload { .. } => self.payload(context, place, rest),
            Place::Skip { left, rest: after } => {
                let used = left.min(rest.len());
                (skip(left - used, after), used)
            }
            Place::Lost => match nbss::resynchronise(rest) {
                Ok(at) => (Place::Header, at),
                Err(0) => return Used::More,
                Err(used) => (Place::Lost, used),
            },
        };
        self.ends.of_mut(direction).place = next;
        Used::Some(used)
    }

    fn header(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        rest: &[u8],
    ) -> Option<(Place, usize)> {
        if rest.len() < nbss::HEADER {
            return None;
        }
        self.ends.of_mut(direction).chain = Chain::default();
        let packet = nbss::header(rest);
        let body = rest.get(nbss::HEADER..).unwrap_or_default();
        match packet {
            Some(Packet::Message(0)) => Some((Place::Header, nbss::HEADER)),
            Some(Packet::Message(left)) => Some((Place::Message { left }, nbss::HEADER)),
            Some(Packet::Request(length)) if length <= MAX_CONTROL => {
                self.state.netbios = nbss::names(body.get(..length)?);
                Some((Place::Header, nbss::HEADER + length))
            }
            Some(Packet::Negative(length)) if length <= MAX_CONTROL => {
                let code = body.get(..length)?.first().copied().unwrap_or(0);
                smb_event::write_refusal(context, &self.state, code);
                Some((Place::Header, nbss::HEADER + length))
            }
            Some(Packet::Positive(left) | Packet::KeepAlive(left)) if left <= MAX_CONTROL => {
                Some((skip(left, 0), nbss::HEADER))
            }
            _ => {
                context.anomaly(Anomaly::SmbMalformed);
                Some((Place::Lost, 1))
            }
        }
    }

    fn message(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        rest: &[u8],
        left: usize,
    ) -> Option<(Place, usize)> {
        if left < 4 {
            return Some((skip(left, 0), 0));
        }
        match rest.first_chunk::<4>()? {
            b"\xfeSMB" => self.message2(context, direction, rest, left),
            b"\xffSMB" => {
                let need = left.min(MAX_MESSAGE);
                let bytes = rest.get(..need)?;
                if need < left {
                    context.limit("smb_message");
                }
                if !smb1::message(context, &mut self.state, bytes) {
                    context.anomaly(Anomaly::SmbMalformed);
                }
                Some((skip(left - need, 0), need))
            }
            [0xfd, b'S', b'M', b'B'] => {
                self.opaque(context, left, true);
                Some((skip(left, 0), 0))
            }
            [0xfc, b'S', b'M', b'B'] => {
                self.opaque(context, left, false);
                Some((skip(left, 0), 0))
            }
            _ => {
                context.anomaly(Anomaly::SmbMalformed);
                Some((skip(left, 0), 0))
            }
        }
    }

    fn message2(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        rest: &[u8],
        left: usize,
    ) -> Option<(Place, usize)> {
        if left < smb2::HEADER {
            context.anomaly(Anomaly::SmbMalformed);
            return Some((skip(left, 0), 0));
        }
        let header = smb2::Header::read(rest)?;
        let own = match usize::try_from(header.next).unwrap_or(usize::MAX) {
            0 => left,
            next if next >= smb2::HEADER && next <= left => next,
            _ => {
                context.anomaly(Anomaly::SmbMalformed);
                left
            }
        };
        let need = smb2::need(&header).min(own).min(MAX_MESSAGE);
        let bytes = rest.get(..need)?;
        if need == MAX_MESSAGE && need < own {
            context.limit("smb_message");
        }
        let chain = &mut self.ends.of_mut(direction).chain;
        let mut own_chain = std::mem::take(chain);
        let result = smb2::message(context, &mut self.state, &mut own_chain, &header, bytes);
        self.ends.of_mut(direction).chain = own_chain;
        let Some(payload) = result else {
            context.anomaly(Anomaly::SmbMalformed);
            return Some((skip(own - need, left - own), need));
        };
        let place = match payload {
            Some(mut payload) => {
                let before = payload.start.saturating_sub(need).min(own - need);
                payload.length = payload.length.min(own - need - before);
                Place::Payload {
                    after: own - need - before - payload.length,
                    payload,
                    before,
                    rest: left - own,
                }
            }
            None => skip(own - need, left - own),
        };
        Some((place, need))
    }

    fn payload(&mut self, context: &mut Context<'_>, place: Place, bytes: &[u8]) -> (Place, usize) {
        let Place::Payload {
            mut payload,
            before,
            after,
            rest,
        } = place
        else {
            return (Place::Lost, 0);
        };
        if before > 0 {
            let used = before.min(bytes.len());
            let before = before - used;
            let next = Place::Payload {
                payload,
                before,
                after,
                rest,
            };
            return (next, used);
        }
        let used = payload.length.min(bytes.len());
        self.state.carry(
            context,
            &payload.sink,
            payload.offset,
            bytes.get(..used).unwrap_or_default(),
        );
        payload.offset = payload.offset.saturating_add(count(used));
        payload.length -= used;
        if payload.length == 0 {
            return (skip(after, rest), used);
        }
        let next = Place::Payload {
            payload,
            before,
            after,
            rest,
        };
        (next, used)
    }

    fn opaque(&mut self, context: &Context<'_>, length: usize, is_encrypted: bool) {
        let state = &mut self.state;
        if state.encrypted == 0 && state.compressed == 0 {
            state.opaque_us = context.moment.received_us;
        }
        if is_encrypted {
            state.encrypted += 1;
        } else {
            state.compressed += 1;
        }
        state.opaque_bytes = state.opaque_bytes.saturating_add(count(length));
    }

    /// Steps over lost bytes: inside a packet its end is still known.
    fn lose(&mut self, context: &mut Context<'_>, direction: Direction, lost: usize) {
        let place = self.ends.of_mut(direction).place;
        let next = match place {
            Place::Message { left } if lost <= left => skip(left - lost, 0),
            Place::Skip { left, rest } if lost <= left => skip(left - lost, rest),
            Place::Skip { left, rest } if lost - left <= rest => skip(rest - (lost - left), 0),
            Place::Payload {
                mut payload,
                before,
                after,
                rest,
            } => {
                let missing = payload.length.min(lost.saturating_sub(before));
                self.state
                    .lose(context, &payload.sink, payload.offset, count(missing));
                payload.offset = payload.offset.saturating_add(count(missing));
                payload.length -= missing;
                let lost = lost - missing;
                if payload.length > 0 {
                    Place::Payload {
                        payload,
                        before: before.saturating_sub(lost),
                        after,
                        rest,
                    }
                } else {
                    let lost = lost.saturating_sub(before);
                    if lost <= after {
                        skip(after - lost, rest)
                    } else if lost - after <= rest {
                        skip(rest - (lost - after), 0)
                    } else {
                        Place::Lost
                    }
                }
            }
            _ => Place::Lost,
        };
        self.ends.of_mut(direction).place = next;
    }
}

fn skip(left: usize, rest: usize) -> Place {
    match (left, rest) {
        (0, 0) => Place::Header,
        (0, left) => Place::Message { left },
        (left, rest) => Place::Skip { left, rest },
    }
}
