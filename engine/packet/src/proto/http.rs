//! HTTP/1.0, 1.1 (RFC 9112) and 0.9: requests and responses as one transaction event, bodies as file events. Where what is sent breaks
//! the rules, it is read as servers and browsers read it, for that is what the ends acted on.
//!
//! Caps: 64 KiB of start line and fields, 512 open transactions, bodies never kept.

use super::http_body::Body;
use super::http_exchange::Exchange;
use super::http_framing::{Delimiter, Framing, Piece};
use super::http_head::{self, Before, Search};
use super::http_lost::{self, Found};
use super::http_message::Transaction;
use super::http2::Http2;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step, Then};
use super::{http_event, http_note};
use crate::anomaly::Anomaly;
use crate::file::State;

/// Usual ports.
pub const PORTS: &[u16] = &[80, 8080, 8000, 3128];
/// Trailer fields of one body that are kept.
const MAX_TRAILERS: usize = 64;

/// Recognises a request or a response. On a usual port, what clients step over may stand before a response.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    if bytes.starts_with(b"PRI * HTTP/2") {
        return Probe::No;
    }
    match (http_head::is_request(bytes), http_head::is_response(bytes)) {
        (Some(true), _) => Probe::Yes(Role::Client),
        (_, Some(true)) => Probe::Yes(Role::Server),
        (Some(false), Some(false)) => match http_head::before_status(bytes) {
            Before::Junk(_) if is_usual => Probe::Yes(Role::Server),
            Before::More if is_usual => Probe::More,
            _ => Probe::No,
        },
        _ => Probe::More,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Http {
        halves: Pair::default(),
        exchange: Exchange::default(),
        early: Vec::new(),
        then: Then::More,
        upgraded: None,
    })
}

/// Where one direction is.
#[derive(Default)]
pub(super) enum Place {
    /// Before or inside a start line and its fields.
    #[default]
    Head,
    /// Inside a body.
    Body(Box<Carried>),
    /// Behind a body of known length whose sender said that it closes the connection: what still comes is added to the file.
    Tail(Box<Carried>),
    /// After a hole or a broken message: looking for the next start. The flag tells that nothing came since.
    Lost(bool),
}

/// A body with its framing.
pub(super) struct Carried {
    pub(super) body: Body,
    pub(super) delimiter: Delimiter,
    /// The transaction, when it was told already: the body follows an answer that should have had none, or more than it announced.
    pub(super) late: Option<Box<Transaction>>,
}

#[derive(Default)]
pub(super) struct Half {
    pub(super) place: Place,
    pub(super) search: Search,
    /// A request line without a version that was taken already.
    pub(super) bare: Option<Vec<u8>>,
}

/// One connection.
pub(super) struct Http {
    pub(super) halves: Pair<Half>,
    pub(super) exchange: Exchange,
    /// First bytes of a server that may or may not be a status line to come.
    pub(super) early: Vec<u8>,
    pub(super) then: Then,
    /// What the connection became.
    pub(super) upgraded: Option<Box<Http2>>,
}

impl Parser for Http {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            if let Some(upgraded) = &mut self.upgraded {
                let step = upgraded.data(context, direction, rest);
                return Step {
                    consumed: consumed + step.consumed,
                    then: step.then,
                };
            }
            let used = match (&self.halves.of(direction).place, direction) {
                (Place::Head, Direction::FromSource) => self.request_head(context, rest),
                (Place::Head, Direction::FromDestination) => self.response_head(context, rest),
                (Place::Body(_), _) => self.body(context, direction, rest),
                (Place::Tail(_), _) => self.tail(context, rest),
                (Place::Lost(_), _) => self.lost(direction, rest),
            };
            consumed += used.unwrap_or(0);
            if self.then != Then::More {
                return Step {
                    consumed,
                    then: self.then,
                };
            }
            if used.is_none() || consumed >= bytes.len() {
                return Step::more(consumed);
            }
        }
    }

    fn gap(&mut self, context: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        if let Some(upgraded) = &mut self.upgraded {
            return upgraded.gap(context, direction, length);
        }
        self.early.clear();
        if direction == Direction::FromSource {
            self.flush_bare(context);
        }
        let half = self.halves.of_mut(direction);
        half.search = Search::default();
        if let Place::Body(carried) = &mut half.place {
            let (inside, is_found) = carried.delimiter.gap(length);
            carried.body.gap(inside);
            if is_found {
                return true;
            }
        }
        self.finish_body(context, direction, State::Truncated);
        if direction == Direction::FromDestination {
            self.finish_tail(context);
        }
        self.halves.of_mut(direction).place = Place::Lost(true);
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.flush_bare(context);
        let early = std::mem::take(&mut self.early);
        if !early.is_empty() {
            self.bare_response(context);
            self.body(context, Direction::FromDestination, &early);
        }
        self.finish_tail(context);
        for direction in Direction::BOTH {
            let is_regular = match &self.halves.of(direction).place {
                Place::Body(carried) => carried.delimiter.ends_with_connection(),
                _ => false,
            };
            self.finish_body(
                context,
                direction,
                if is_regular {
                    State::Closed
                } else {
                    State::Truncated
                },
            );
        }
        self.exchange.tell_all(context);
        if let Some(upgraded) = &mut self.upgraded {
            upgraded.end(context);
        }
    }

    fn held(&self) -> usize {
        let bodies: usize = self
            .halves
            .iter()
            .map(|half| match &half.place {
                Place::Body(carried) | Place::Tail(carried) => carried.body.held(),
                _ => 0,
            })
            .sum();
        let upgraded = self.upgraded.as_ref().map_or(0, |upgraded| upgraded.held());
        bodies + self.exchange.held() + self.early.capacity() + upgraded
    }
}

impl Http {
    pub(super) fn carry(
        &mut self,
        body: Body,
        (framing, fallback): (Framing, Framing),
        late: Option<Box<Transaction>>,
    ) {
        let sender = body.sender;
        self.halves.of_mut(sender).place = Place::Body(Box::new(Carried {
            body,
            delimiter: Delimiter::new(framing, fallback),
            late,
        }));
    }

    pub(super) fn body(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        let half = self.halves.of_mut(direction);
        let Place::Body(carried) = &mut half.place else {
            return None;
        };
        let shows_secrets = context.shared.settings.capture_secrets;
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let transaction = match &mut carried.late {
                Some(late) => Some(&mut **late),
                None => self.exchange.carrier(direction),
            };
            match carried.delimiter.next(rest) {
                Piece::Data(used) => {
                    let data = rest.get(..used).unwrap_or_default();
                    carried.body.data(context, data, &|line| {
                        if let Some(transaction) = &transaction {
                            http_event::describe(line, transaction, shows_secrets);
                        }
                    });
                    consumed += used;
                }
                Piece::Frame(used) => consumed += used,
                Piece::Trailer(used) => {
                    let line = rest.get(..used).unwrap_or_default();
                    if let Some(transaction) = transaction {
                        transaction.add_trailer(direction, line, MAX_TRAILERS);
                    }
                    consumed += used;
                }
                Piece::NoChunks => {}
                Piece::More => return (consumed > 0).then_some(consumed),
                Piece::Over(used) => {
                    self.finish_body(context, direction, State::Closed);
                    return Some(consumed + used);
                }
                Piece::Broken => {
                    context.anomaly(Anomaly::HttpMalformed);
                    self.finish_body(context, direction, State::Truncated);
                    self.halves.of_mut(direction).place = Place::Lost(false);
                    return Some(consumed);
                }
            }
        }
    }

    /// Ends the body of a direction; a response's end is the transaction's.
    pub(super) fn finish_body(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        state: State,
    ) {
        let place = std::mem::take(&mut self.halves.of_mut(direction).place);
        let Place::Body(carried) = place else {
            self.halves.of_mut(direction).place = place;
            return;
        };
        let Carried {
            mut body,
            delimiter,
            mut late,
        } = *carried;
        http_note::framing(context, &delimiter, direction);
        let shows_secrets = context.shared.settings.capture_secrets;
        let is_answer = direction == Direction::FromDestination && late.is_none();
        let transaction = match &mut late {
            Some(late) => Some(&mut **late),
            None => self.exchange.carrier(direction),
        };
        let Some(transaction) = transaction else {
            body.settle(context, &|_| {});
            body.finish(context, b"", state, &|_| {});
            return;
        };
        body.settle(context, &|line| {
            http_event::describe(line, transaction, shows_secrets);
        });
        transaction.settle(direction, body.summary());
        let name = transaction.file_name(direction);
        if is_answer {
            http_event::write(context, transaction, "http");
        }
        let may_go_on = is_answer && state == State::Closed && !body.is_holed;
        if may_go_on && transaction.closes_after_length() {
            let late = self.exchange.take_first();
            self.halves.of_mut(direction).place = Place::Tail(Box::new(Carried {
                body,
                delimiter,
                late,
            }));
            return;
        }
        body.finish(context, &name, state, &|line| {
            http_event::describe(line, transaction, shows_secrets);
        });
        if is_answer {
            self.exchange.forget_first();
        } else if direction == Direction::FromSource {
            self.exchange.tell_if_answered(context);
        }
    }

    /// Bytes behind the announced end of an answer that said it would close.
    fn tail(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
        let (Found::At(used) | Found::NotBefore(used)) = http_lost::response(bytes);
        let shows_secrets = context.shared.settings.capture_secrets;
        let half = &mut self.halves.destination;
        if let Place::Tail(carried) = &mut half.place
            && used > 0
        {
            let Carried { body, late, .. } = &mut **carried;
            context.anomaly(Anomaly::HttpUnexpectedBody);
            body.data(context, bytes.get(..used).unwrap_or_default(), &|line| {
                if let Some(transaction) = &late {
                    http_event::describe(line, transaction, shows_secrets);
                }
            });
            return Some(used);
        }
        if matches!(http_lost::response(bytes), Found::At(_)) {
            self.finish_tail(context);
            return Some(0);
        }
        None
    }

    fn finish_tail(&mut self, context: &mut Context<'_>) {
        let half = &mut self.halves.destination;
        let place = std::mem::take(&mut half.place);
        let Place::Tail(carried) = place else {
            half.place = place;
            return;
        };
        let Carried { body, late, .. } = *carried;
        let shows_secrets = context.shared.settings.capture_secrets;
        if let Some(transaction) = late {
            let name = transaction.file_name(Direction::FromDestination);
            body.finish(context, &name, State::Closed, &|line| {
                http_event::describe(line, &transaction, shows_secrets);
            });
        }
    }

    /// Steps over bytes until a start line stands among them.
    fn lost(&mut self, direction: Direction, bytes: &[u8]) -> Option<usize> {
        let half = self.halves.of_mut(direction);
        let Place::Lost(is_fresh) = half.place else {
            return Some(0);
        };
        let found = match direction {
            Direction::FromSource => http_lost::request(bytes, is_fresh),
            Direction::FromDestination => http_lost::response(bytes),
        };
        match found {
            Found::At(start) => {
                half.place = Place::Head;
                half.search = Search::default();
                Some(start)
            }
            Found::NotBefore(0) => None,
            Found::NotBefore(start) => {
                half.place = Place::Lost(false);
                Some(start)
            }
        }
    }
}
