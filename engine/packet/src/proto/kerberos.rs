//! Kerberos 5 (RFC 4120; over TCP section 7.2.2): requests for tickets with what answered them.
//!
//! Emits `kerberos-as`, `kerberos-tgs`, `kerberos-ap`, and `kerberos-error` for an error without a request. Tickets that
//! SMB and LDAP carry are told by `kerberos_event::write`. Caps: 64 KiB a message, 32 open requests a flow.

use super::kerberos_event::{self, Exchange};
use super::kerberos_message::{Kind, MAX_MESSAGE, Message, recognise};
use super::message_stream::Half;
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::{be32, count};

/// The port of Kerberos.
pub const PORTS: &[u16] = &[88];
/// Requests of one flow that wait for an answer.
const MAX_OPEN: usize = 32;
/// Octets of the record mark.
const MARK: usize = 4;

/// Whether a datagram is Kerberos: tags, lengths, version and number of the message agree.
#[must_use]
pub fn probe_datagram(data: &[u8], _is_usual_port: bool) -> Probe {
    match recognise(data) {
        Ok(Some((kind, length))) if length <= count(data.len()) => Probe::Yes(role(kind)),
        _ => Probe::No,
    }
}

/// Whether an end of a stream speaks Kerberos: the same, behind a record mark that says the same length.
#[must_use]
pub fn probe(data: &[u8], _is_usual_port: bool) -> Probe {
    // Longer first messages are none that we would read.
    if !b"\0\0".starts_with(data.get(..2).unwrap_or(data)) {
        return Probe::No;
    }
    let Some(length) = be32(data, 0) else {
        return Probe::More;
    };
    match recognise(data.get(MARK..).unwrap_or_default()) {
        Ok(Some((kind, whole))) if whole == u64::from(length) => Probe::Yes(role(kind)),
        Ok(None) => Probe::More,
        _ => Probe::No,
    }
}

fn role(kind: Kind) -> Role {
    if kind.is_request() {
        Role::Client
    } else {
        Role::Server
    }
}

/// State for a stream.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Stream::default())
}

/// State for datagrams.
#[must_use]
pub fn make_datagram() -> Box<dyn Parser> {
    Box::new(Datagrams::default())
}

/// Requests that wait.
#[derive(Default)]
struct Exchanges {
    open: Unanswered<Exchange, MAX_OPEN>,
}

impl Exchanges {
    /// Takes one whole message.
    fn message(&mut self, context: &mut Context<'_>, bytes: &[u8]) {
        let Some(message) = Message::read(bytes) else {
            // KRB-SAFE, KRB-PRIV and KRB-CRED are no exchange of their own.
            if matches!(bytes.first(), Some(0x74..=0x76)) {
                context.limit("kerberos_messages_not_read");
            } else {
                context.anomaly(Anomaly::KerberosMalformed);
            }
            return;
        };
        if message.kind.is_request() {
            self.ask(context, message);
        } else {
            self.answer(context, message);
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, message: Message) {
        let is_repeated = self.open.iter().any(|open| {
            let known = open.request.as_deref();
            known.is_some_and(|known| known.wanted.is_some() && *known == message)
        });
        if is_repeated {
            return;
        }
        let oldest = self.open.push(Exchange {
            number: Some(context.begin_transaction()),
            start_us: Some(context.moment.received_us),
            request: Some(Box::new(message)),
            response: None,
        });
        if let Some(oldest) = oldest {
            context.limit("kerberos_open_requests");
            kerberos_event::write(context, &oldest, None);
        }
    }

    fn answer(&mut self, context: &mut Context<'_>, message: Message) {
        let wanted = message.kind.request();
        let known = self.open.take(|open| {
            let kind = open.request.as_ref().map(|request| request.kind);
            wanted.is_none() || kind == wanted
        });
        let mut exchange = known.unwrap_or_else(|| Exchange {
            number: Some(context.begin_transaction()),
            ..Exchange::default()
        });
        exchange.response = Some(Box::new(message));
        kerberos_event::write(context, &exchange, None);
    }

    fn end(&mut self, context: &mut Context<'_>) {
        while let Some(exchange) = self.open.pop() {
            kerberos_event::write(context, &exchange, None);
        }
    }

    fn held(&self) -> usize {
        let messages: usize = self.open.iter().map(Exchange::held).sum();
        messages + self.open.held()
    }
}

#[derive(Default)]
struct Datagrams {
    exchanges: Exchanges,
}

impl Parser for Datagrams {
    fn data(&mut self, context: &mut Context<'_>, _: Direction, bytes: &[u8]) -> Step {
        self.exchanges.message(context, bytes);
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.exchanges.end(context);
    }

    fn held(&self) -> usize {
        self.exchanges.held()
    }
}

#[derive(Default)]
struct Stream {
    exchanges: Exchanges,
    halves: Pair<Half>,
}

impl Parser for Stream {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let half = self.halves.of_mut(direction);
        let mut consumed = half.step_over(bytes);
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let Some(mark) = be32(rest, 0) else {
                half.wait(0, rest.len());
                return Step::more(consumed);
            };
            // The highest bit is kept for extensions (section 7.2.2).
            let length = mark & 0x7fff_ffff;
            let whole = u64::from(length) + count(MARK);
            let size = usize::try_from(length).unwrap_or(usize::MAX);
            if mark != length || size > MAX_MESSAGE {
                context.limit("kerberos_message");
                half.skip(whole);
                consumed += half.step_over(rest);
                if consumed == bytes.len() {
                    return Step::more(consumed);
                }
                continue;
            }
            let Some(message) = rest.get(MARK..).and_then(|rest| rest.get(..size)) else {
                half.wait(whole, rest.len());
                return Step::more(consumed);
            };
            consumed += MARK + size;
            self.exchanges.message(context, message);
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        self.halves.of_mut(direction).gap(length);
        !self.halves.iter().all(Half::is_lost)
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.exchanges.end(context);
    }

    fn held(&self) -> usize {
        self.exchanges.held()
    }
}

#[cfg(test)]
mod tests {
    use super::super::kerberos_message::tests::{as_request, refusal};
    use super::*;

    #[test]
    fn messages_are_known_on_any_port_by_what_they_say_of_themselves() {
        let request = as_request();
        assert_eq!(probe_datagram(&request, false), Probe::Yes(Role::Client));
        assert_eq!(probe_datagram(&refusal(6), false), Probe::Yes(Role::Server));
        assert_eq!(probe_datagram(&request[..40], false), Probe::No);
        let length = u32::try_from(request.len()).expect("short");
        let stream = [&length.to_be_bytes()[..], &request].concat();
        assert_eq!(probe(&stream, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&stream[..9], false), Probe::More);
        assert_eq!(probe(&request, false), Probe::No);
        let lying = [&(length + 1).to_be_bytes()[..], &request].concat();
        assert_eq!(probe(&lying, false), Probe::No);
    }
}
