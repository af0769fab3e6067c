//! HTTP/1.0, 1.1 (RFC 9112) and 0.9: requests and responses as one transaction event, bodies as file events. Where what is sent breaks
//! the rules, it is read as servers and browsers read it, for that is what the ends acted on.
//!
//! Caps: 64 KiB of start line and fields, 512 open transactions, bodies never kept.

use super::http_body::Body;
use super::http_exchange::Exchange;
use super::http_framing::{Delimiter, Framing, Piece};
use super::http_head::{self, Before, MAX_HEAD, Search};
use super::http_message::{Request, Response};
use super::http_range::ContentRange;
use super::{Context, Direction, Parser, Probe, Role, Step, Then};
use super::{http_event, http_field::start_line_end, http_lost};
use crate::anomaly::Anomaly;
use crate::file::State;

/// Usual ports.
pub const PORTS: &[u16] = &[80, 8080, 8000, 3128];
/// Longest request of HTTP/0.9.
const MAX_BARE: usize = 2_048;
/// Trailer fields of one body that are kept.
const MAX_TRAILERS: usize = 64;

/// Recognises a request or a response. On a usual port, what clients step over may stand before a response.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
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
        halves: [Half::default(), Half::default()],
        exchange: Exchange::default(),
        early: Vec::new(),
        then: Then::More,
    })
}

/// Where one direction is.
#[derive(Default)]
enum Place {
    /// Before or inside a start line and its fields.
    #[default]
    Head,
    /// Inside a body.
    Body(Box<Carried>),
    /// After a hole or a broken message: looking for the next start. The flag tells that nothing came since.
    Lost(bool),
}

/// A body with its framing.
struct Carried {
    body: Body,
    delimiter: Delimiter,
    /// It follows an answer that should have had none.
    is_late: bool,
}

#[derive(Default)]
struct Half {
    place: Place,
    search: Search,
    /// A request line without a version that was taken already.
    bare: Option<Vec<u8>>,
}

/// One connection.
struct Http {
    halves: [Half; 2],
    exchange: Exchange,
    /// First bytes of a server that may or may not be a status line to come.
    early: Vec<u8>,
    then: Then,
}

impl Parser for Http {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let used = match (&self.half(direction).place, direction) {
                (Place::Head, Direction::FromSource) => self.request_head(context, rest),
                (Place::Head, Direction::FromDestination) => self.response_head(context, rest),
                (Place::Body(_), _) => self.body(context, direction, rest),
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
        self.early.clear();
        if direction == Direction::FromSource {
            self.flush_bare(context);
        }
        let half = self.half(direction);
        half.search = Search::default();
        if let Place::Body(carried) = &mut half.place {
            let (inside, is_found) = carried.delimiter.gap(length);
            carried.body.gap(inside);
            if is_found {
                return true;
            }
        }
        self.finish_body(context, direction, State::Truncated);
        self.half(direction).place = Place::Lost(true);
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.flush_bare(context);
        let early = std::mem::take(&mut self.early);
        if !early.is_empty() {
            self.bare_response(context);
            self.body(context, Direction::FromDestination, &early);
        }
        for direction in [Direction::FromSource, Direction::FromDestination] {
            let is_regular = match &self.half(direction).place {
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
    }

    fn held(&self) -> usize {
        let bodies: usize = self
            .halves
            .iter()
            .map(|half| match &half.place {
                Place::Body(carried) => carried.body.held(),
                _ => 0,
            })
            .sum();
        bodies + self.exchange.held() + self.early.capacity()
    }
}

impl Http {
    fn half(&mut self, direction: Direction) -> &mut Half {
        let [source, destination] = &mut self.halves;
        if direction == Direction::FromSource {
            source
        } else {
            destination
        }
    }

    /// Reads a request's head if all of it is there; `None` asks for more bytes.
    fn request_head(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
        let half = self.half(Direction::FromSource);
        if half.bare.is_some() {
            match http_lost::continues_with_field(bytes) {
                None => return None,
                Some(false) => {
                    self.flush_bare(context);
                    return Some(0);
                }
                Some(true) => {}
            }
        } else if half.search.lines == 0 {
            let empty = bytes
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                .count();
            if empty > 0 {
                return Some(empty);
            }
            let Some((_, end)) = half.search.next_line(bytes) else {
                return self.too_long(context, bytes);
            };
            let line = bytes.get(..end).unwrap_or_default();
            if is_bare_request(line) {
                half.bare = Some(line.to_vec());
                half.search = Search::fields_only();
                return Some(end);
            }
        }
        let half = self.half(Direction::FromSource);
        let Some(end) = half.search.head_end(bytes) else {
            return self.too_long(context, bytes);
        };
        half.search = Search::default();
        let head = bytes.get(..end).unwrap_or_default();
        match half.bare.take() {
            Some(line) => self.request(context, &[&line, head].concat()),
            None if http_head::is_request(head) == Some(true) => self.request(context, head),
            None => {
                context.anomaly(Anomaly::HttpMalformed);
                self.half(Direction::FromSource).place = Place::Lost(false);
            }
        }
        Some(end)
    }

    /// A request line without a version that nothing followed is a request of HTTP/0.9.
    fn flush_bare(&mut self, context: &mut Context<'_>) {
        let half = self.half(Direction::FromSource);
        if let Some(line) = half.bare.take() {
            half.search = Search::default();
            self.request(context, &line);
        }
    }

    fn too_long(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
        if bytes.len() <= MAX_HEAD {
            return None;
        }
        context.anomaly(Anomaly::HttpHeaderTooLong);
        context.limit("http_head_bytes");
        self.then = Then::Done;
        Some(bytes.len())
    }

    fn request(&mut self, context: &mut Context<'_>, head: &[u8]) {
        let request = Request::read(head, context.moment.time_us);
        note_request(context, &request);
        // Without a length a request has no body.
        let (framing, fallback) = match request.framing.framing() {
            Framing::UntilClose => (Framing::Empty, Framing::Empty),
            framing => (
                framing,
                request
                    .framing
                    .length
                    .map_or(Framing::Empty, Framing::Length),
            ),
        };
        let number = self.exchange.ask(context, request);
        let Some(request) = self
            .exchange
            .carrier(Direction::FromSource, false)
            .and_then(|transaction| transaction.request.as_ref())
        else {
            return;
        };
        if !matches!(framing, Framing::Empty | Framing::Length(0)) {
            let sender = (Direction::FromSource, number);
            let body = Body::new(context, &request.fields, sender, None);
            self.carry(body, framing, fallback, false);
        }
    }

    fn carry(&mut self, body: Body, framing: Framing, fallback: Framing, is_late: bool) {
        let sender = body.sender;
        self.half(sender).place = Place::Body(Box::new(Carried {
            body,
            delimiter: Delimiter::new(framing, fallback),
            is_late,
        }));
    }

    /// Reads a response's head if all of it is there; `None` asks for more bytes.
    fn response_head(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
        self.flush_bare(context);
        let half = self.half(Direction::FromDestination);
        if half.search.lines == 0 {
            match http_head::is_response(bytes) {
                Some(true) => {}
                Some(false) => return self.unannounced(context, bytes),
                None => {
                    self.early = bytes.to_vec();
                    return None;
                }
            }
        }
        self.early.clear();
        let half = self.half(Direction::FromDestination);
        let Some(end) = half.search.head_end(bytes) else {
            return self.too_long(context, bytes);
        };
        half.search = Search::default();
        self.response(context, bytes.get(..end).unwrap_or_default());
        Some(end)
    }

    /// Bytes of a server where a status line should stand.
    fn unannounced(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
        if self.exchange.is_waiting() && self.exchange.promote_interim().is_some() {
            self.begin_answer(context, false);
            return Some(0);
        }
        if !self.exchange.is_waiting() && self.exchange.last().is_some() {
            context.anomaly(Anomaly::HttpMalformed);
            self.begin_answer(context, true);
            return Some(0);
        }
        if !self.exchange.is_waiting() || self.exchange.is_bare() {
            let blank = http_head::blank(bytes);
            if !self.exchange.is_waiting() && blank > 0 {
                return Some(blank);
            }
            if self.exchange.is_waiting() {
                self.bare_response(context);
                return Some(0);
            }
            context.anomaly(Anomaly::HttpMalformed);
            self.half(Direction::FromDestination).place = Place::Lost(false);
            return Some(0);
        }
        match http_head::before_status(bytes) {
            Before::More => {
                self.early = bytes.to_vec();
                None
            }
            Before::Junk(length) => {
                context.anomaly(Anomaly::HttpMalformed);
                self.early.clear();
                Some(length)
            }
            Before::Nothing => {
                self.early.clear();
                self.bare_response(context);
                Some(0)
            }
        }
    }

    /// What comes is an answer of HTTP/0.9: a body and nothing else.
    fn bare_response(&mut self, context: &mut Context<'_>) {
        self.exchange.answer(context, Response::default());
        self.begin_answer(context, false);
    }

    fn response(&mut self, context: &mut Context<'_>, head: &[u8]) {
        let response = Response::read(head);
        note_response(context, &response, head);
        let (status, is_interim) = (response.status, response.is_interim());
        let framing = response.framing.framing();
        let is_upgrade = status == 101;
        let Some(transaction) = self.exchange.answer(context, response) else {
            return;
        };
        if is_interim {
            return;
        }
        let method = transaction.method();
        let is_tunnel = method == b"CONNECT" && (200..300).contains(&status);
        let is_empty = method == b"HEAD"
            || is_tunnel
            || matches!(status, 101 | 204 | 304)
            || framing == Framing::Length(0);
        if is_empty {
            self.complete(context);
        } else {
            self.begin_answer(context, false);
        }
        if is_tunnel {
            self.then = Then::Recognise;
        } else if is_upgrade {
            self.then = Then::Done;
        }
    }

    /// Begins the body of the answer that came last.
    fn begin_answer(&mut self, context: &mut Context<'_>, is_late: bool) {
        let Some(transaction) = self.exchange.carrier(Direction::FromDestination, is_late) else {
            return;
        };
        let Some(response) = &transaction.response else {
            return;
        };
        let framing = response.framing;
        let range = transaction
            .request
            .as_ref()
            .filter(|_| response.status == 206)
            .and_then(|request| {
                ContentRange::read(&response.fields, request.host(), &request.target)
            });
        let sender = (Direction::FromDestination, transaction.number);
        let body = Body::new(context, &response.fields, sender, range);
        self.carry(body, framing.framing(), framing.without_chunks(), is_late);
    }

    fn body(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        let [source, destination] = &mut self.halves;
        let half = if direction == Direction::FromSource {
            source
        } else {
            destination
        };
        let Place::Body(carried) = &mut half.place else {
            return None;
        };
        let shows_secrets = context.shared.settings.capture_secrets;
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let transaction = self.exchange.carrier(direction, carried.is_late);
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
                    self.half(direction).place = Place::Lost(false);
                    return Some(consumed);
                }
            }
        }
    }

    /// Ends the body of a direction; a response's end is the transaction's.
    fn finish_body(&mut self, context: &mut Context<'_>, direction: Direction, state: State) {
        let Place::Body(carried) = std::mem::take(&mut self.half(direction).place) else {
            return;
        };
        let Carried {
            mut body,
            delimiter,
            is_late,
        } = *carried;
        note_framing(context, &delimiter, direction);
        let shows_secrets = context.shared.settings.capture_secrets;
        let Some(transaction) = self.exchange.carrier(direction, is_late) else {
            body.settle(context, &|_| {});
            body.finish(context, b"", state, &|_| {});
            return;
        };
        body.settle(context, &|line| {
            http_event::describe(line, transaction, shows_secrets);
        });
        transaction.settle(direction, body.summary());
        let name = transaction.file_name(direction);
        if direction == Direction::FromDestination && !is_late {
            http_event::write(context, transaction, "http");
        }
        body.finish(context, &name, state, &|line| {
            http_event::describe(line, transaction, shows_secrets);
        });
        if direction == Direction::FromDestination && !is_late {
            self.exchange.forget_first();
        } else if direction == Direction::FromSource {
            self.exchange.tell_if_answered(context);
        }
    }

    /// An answer without a body ends its transaction, unless the request's body is still coming.
    fn complete(&mut self, context: &mut Context<'_>) {
        let is_asking = matches!(&self.half(Direction::FromSource).place, Place::Body(_));
        self.exchange.complete(context, is_asking);
    }

    /// Steps over bytes until a start line stands among them.
    fn lost(&mut self, direction: Direction, bytes: &[u8]) -> Option<usize> {
        let half = self.half(direction);
        let Place::Lost(is_fresh) = half.place else {
            return Some(0);
        };
        let found = match direction {
            Direction::FromSource => http_lost::request(bytes, is_fresh),
            Direction::FromDestination => http_lost::response(bytes),
        };
        match found {
            http_lost::Found::At(start) => {
                half.place = Place::Head;
                half.search = Search::default();
                Some(start)
            }
            http_lost::Found::NotBefore(0) => None,
            http_lost::Found::NotBefore(start) => {
                half.place = Place::Lost(false);
                Some(start)
            }
        }
    }
}

fn note_request(context: &mut Context<'_>, request: &Request) {
    if request.fields.malformed > 0 {
        context.anomaly(Anomaly::HttpMalformed);
    }
    if request.fields.left_out > 0 {
        context.limit("http_fields");
    }
    if request.framing.is_ambiguous {
        context.anomaly(Anomaly::HttpAmbiguousLength);
    }
    if request.framing.is_repeated {
        context.anomaly(Anomaly::HttpRepeatedLength);
    }
    if request.version.is_empty() && !request.fields.is_empty() {
        context.anomaly(Anomaly::HttpMissingVersion);
    }
    if request.credentials.is_unrecognised {
        context.anomaly(Anomaly::HttpUnknownAuthorization);
    }
}

fn note_response(context: &mut Context<'_>, response: &Response, head: &[u8]) {
    let is_malformed = response.fields.malformed > 0
        || response.status < 100
        || head
            .get(..start_line_end(head))
            .is_some_and(|line| !line.ends_with(b"\n"));
    if is_malformed {
        context.anomaly(Anomaly::HttpMalformed);
    }
    if response.fields.left_out > 0 {
        context.limit("http_fields");
    }
    if response.framing.is_ambiguous {
        context.anomaly(Anomaly::HttpAmbiguousLength);
    }
    if response.framing.is_repeated {
        context.anomaly(Anomaly::HttpRepeatedLength);
    }
}

fn note_framing(context: &mut Context<'_>, delimiter: &Delimiter, sender: Direction) {
    if delimiter.is_irregular {
        context.anomaly(Anomaly::HttpIrregularChunks);
    }
    if delimiter.has_extension && sender == Direction::FromSource {
        context.anomaly(Anomaly::HttpChunkExtension);
    }
}

/// HTTP/0.9: a line of method and target, and no version.
fn is_bare_request(line: &[u8]) -> bool {
    let parts = http_head::request_line(line);
    line.len() <= MAX_BARE
        && parts.version.is_empty()
        && !parts.target.is_empty()
        && matches!(parts.method, b"GET" | b"HEAD" | b"POST" | b"PUT")
}
