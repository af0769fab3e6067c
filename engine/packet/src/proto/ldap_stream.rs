//! LDAP over TCP: where messages begin and end, in the open and inside the buffers of a SASL layer.

use super::ber::{Head, tag};
use super::ldap::Conversation;
use super::ldap_sasl::{self, Buffer, TELLING};
use super::message_stream::Half;
use super::{Context, Direction, Pair, Parser, Protocol, Step};
use crate::anomaly::Anomaly;
use crate::bytes::{be32, count};

/// Messages are read whole up to this length; of a longer one this much.
const MAX_MESSAGE: u64 = 64 << 10;
/// Octets of the length of a buffer.
const LENGTH: usize = 4;

/// The rest of a buffer whose messages are in the open.
#[derive(Clone, Copy, Debug)]
struct Layer {
    /// Octets of messages.
    payload: u64,
    /// Octets behind them.
    trailer: u64,
}

/// One connection.
#[derive(Default)]
pub struct Stream {
    conversation: Conversation,
    halves: Pair<Half>,
    layers: Pair<Option<Layer>>,
}

/// What became of the bytes offered.
enum Used {
    /// So many are done with, and more behind them if the second says so.
    Some(usize, u64),
    /// The message has this length (0: not known yet); its rest is waited for.
    More(u64),
    /// So many are done with, and TLS begins.
    Tls(usize),
    /// They are no LDAP.
    Broken,
}

impl Parser for Stream {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = self.halves.of_mut(direction).step_over(bytes);
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            match self.next(context, direction, rest) {
                Used::Some(used, more) => {
                    consumed += used;
                    self.halves.of_mut(direction).skip(more);
                    let rest = bytes.get(consumed..).unwrap_or_default();
                    consumed += self.halves.of_mut(direction).step_over(rest);
                }
                Used::More(length) => {
                    self.halves.of_mut(direction).wait(length, rest.len());
                    return Step::more(consumed);
                }
                Used::Tls(used) => {
                    return Step::switch(consumed + used, Protocol::Tls);
                }
                Used::Broken => {
                    context.anomaly(Anomaly::LdapMalformed);
                    return Step::done(consumed);
                }
            }
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        self.halves.of_mut(direction).gap(length);
        *self.layers.of_mut(direction) = None;
        !self.halves.iter().all(Half::is_lost)
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.conversation.end(context);
    }

    fn held(&self) -> usize {
        self.conversation.held()
    }
}

impl Stream {
    fn next(&mut self, context: &mut Context<'_>, direction: Direction, rest: &[u8]) -> Used {
        if let Some(layer) = *self.layers.of(direction) {
            return self.inside(context, direction, rest, layer);
        }
        match rest.first() {
            None => Used::More(0),
            Some(0) => self.buffer(direction, rest),
            Some(_) => self.message(context, rest),
        }
    }

    /// A message of known length, or what is kept of a long one.
    fn message(&mut self, context: &mut Context<'_>, rest: &[u8]) -> Used {
        let head = match Head::read(rest) {
            Ok(Some(head)) => head,
            Ok(None) => return Used::More(0),
            Err(_) => return Used::Broken,
        };
        let Some(whole) = head.whole().filter(|_| head.tag == tag::SEQUENCE) else {
            return Used::Broken;
        };
        let kept = usize::try_from(whole.min(MAX_MESSAGE)).unwrap_or(usize::MAX);
        let Some(message) = rest.get(..kept) else {
            return Used::More(whole);
        };
        if whole > MAX_MESSAGE {
            context.limit("ldap_message");
        }
        if self.conversation.message(context, message) {
            return Used::Tls(kept);
        }
        Used::Some(kept, whole - count(kept))
    }

    /// Where a SASL buffer begins.
    fn buffer(&mut self, direction: Direction, rest: &[u8]) -> Used {
        let Some(length) = be32(rest, 0).map(u64::from) else {
            return Used::More(0);
        };
        let telling = usize::try_from(length.min(TELLING)).unwrap_or(0);
        let inside = rest.get(LENGTH..).unwrap_or_default();
        if inside.len() < telling {
            return Used::More(length.saturating_add(count(LENGTH)));
        }
        match ldap_sasl::read(inside, length) {
            Buffer::Clear(head, payload, trailer) => {
                *self.layers.of_mut(direction) = Some(Layer { payload, trailer });
                let used = LENGTH.saturating_add(head).min(rest.len());
                Used::Some(used, count((LENGTH + head).saturating_sub(used)))
            }
            Buffer::Sealed => {
                let (messages, bytes) = &mut self.conversation.sealed;
                *messages = messages.saturating_add(1);
                *bytes = bytes.saturating_add(length);
                Used::Some(LENGTH, length)
            }
        }
    }

    /// Messages inside a buffer that is only signed.
    fn inside(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        rest: &[u8],
        layer: Layer,
    ) -> Used {
        let all = layer.payload.saturating_add(layer.trailer);
        let end = usize::try_from(layer.payload).unwrap_or(usize::MAX);
        let rest = rest.get(..end).unwrap_or(rest);
        let used = if layer.payload == 0 {
            Used::Some(0, layer.trailer)
        } else {
            self.message(context, rest)
        };
        let left = match used {
            Used::Some(done, more) => layer.payload.checked_sub(count(done).saturating_add(more)),
            Used::More(length) if length <= layer.payload && count(rest.len()) < layer.payload => {
                return Used::More(all);
            }
            Used::Tls(_) => return used,
            _ => None,
        };
        let is_over = layer.payload == 0 || left.is_none();
        if layer.payload > 0 && left.is_none() {
            // A message that goes on in the next buffer, or bytes that are none.
            context.limit("ldap_sasl_fragments");
        }
        *self.layers.of_mut(direction) = left
            .filter(|_| !is_over)
            .map(|payload| Layer { payload, ..layer });
        if layer.payload > 0 && left.is_none() {
            return Used::Some(0, all);
        }
        used
    }
}
