//! HTTP/1.0, 1.1 (RFC 9112) and 0.9: requests and responses as one transaction event, bodies as file events.
//!
//! Caps: 64 KiB of start line and fields, 512 open transactions, bodies never kept.

use std::collections::VecDeque;

use memchr::memchr;

use super::http_body::{Announced, Body, Chunk, Framing};
use super::http_event::{self, Request, Response, Transaction};
use super::http_head::{self, MAX_HEAD};
use super::{Context, Direction, Parser, Probe, Role, Step, Then};
use crate::anomaly::Anomaly;
use crate::file::State;

/// Usual ports.
pub const PORTS: &[u16] = &[80, 8080, 8000, 3128];
/// Longest request of HTTP/0.9.
const MAX_BARE: usize = 2_048;
/// Requests that wait for their answer.
const MAX_OPEN: usize = 512;

/// Recognises a request or a response.
#[must_use]
pub fn probe(bytes: &[u8], _: bool) -> Probe {
    match (http_head::is_request(bytes), http_head::is_response(bytes)) {
        (Some(true), _) => Probe::Yes(Role::Client),
        (_, Some(true)) => Probe::Yes(Role::Server),
        (Some(false), Some(false)) => Probe::No,
        _ => Probe::More,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Http {
        halves: [Half::default(), Half::default()],
        open: VecDeque::new(),
        then: Then::More,
    })
}

/// About what a body in transit keeps: digests and the window of its coding.
const BODY_BYTES: usize = 48 << 10;
/// About what is kept of a transaction that is under way.
const TRANSACTION_BYTES: usize = 1_024;

/// Where one direction is.
#[derive(Default)]
enum Place {
    /// Before or inside a start line and its fields.
    #[default]
    Head,
    /// Inside a body.
    Body(Box<Body>),
    /// After a hole or a broken message: looking for the next start.
    Lost,
}

#[derive(Default)]
struct Half {
    place: Place,
    /// Bytes of the unconsumed head that were searched for its end.
    scanned: usize,
}

/// One connection.
struct Http {
    halves: [Half; 2],
    open: VecDeque<Transaction>,
    then: Then,
}

impl Parser for Http {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let used = match self.half(direction).place {
                Place::Head => self.head(context, direction, rest),
                Place::Body(_) => self.body(context, direction, rest),
                Place::Lost => Some(self.lost(direction, rest)),
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
        self.half(direction).scanned = 0;
        let is_body_found = match &mut self.half(direction).place {
            Place::Body(body) => body.gap(length),
            _ => false,
        };
        if !is_body_found {
            self.finish_body(context, direction, State::Truncated);
            self.half(direction).place = Place::Lost;
        }
        true
    }

    fn end(&mut self, context: &mut Context<'_>) {
        for direction in [Direction::FromSource, Direction::FromDestination] {
            let is_regular = match &self.half(direction).place {
                Place::Body(body) => body.ends_with_connection(),
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
        while let Some(transaction) = self.open.pop_front() {
            http_event::write(context, &transaction);
        }
    }

    fn held(&self) -> usize {
        let bodies = self
            .halves
            .iter()
            .filter(|half| matches!(half.place, Place::Body(_)))
            .count();
        bodies * BODY_BYTES + self.open.len() * TRANSACTION_BYTES
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

    /// Reads one head if all of it is there; `None` asks for more bytes.
    fn head(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        let empty = bytes
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let text = bytes.get(empty..).unwrap_or_default();
        let scanned = std::mem::take(&mut self.half(direction).scanned).saturating_sub(empty);
        let end = if is_bare_request(text, direction) {
            memchr(b'\n', text).map(|at| at + 1)
        } else {
            head_end(text, scanned)
        };
        let Some(end) = end else {
            if text.len() > MAX_HEAD {
                context.anomaly(Anomaly::HttpHeaderTooLong);
                context.limit("http_head_bytes");
                self.then = Then::Done;
                return Some(bytes.len());
            }
            // Two bytes back: an end may begin there.
            self.half(direction).scanned = bytes.len().saturating_sub(3);
            return if empty > 0 && text.is_empty() {
                Some(empty)
            } else {
                None
            };
        };
        let head = text.get(..end).unwrap_or_default();
        match (http_head::is_request(head), http_head::is_response(head)) {
            (_, Some(true)) if direction == Direction::FromDestination => {
                self.response(context, head);
            }
            (Some(true), _) if direction == Direction::FromSource => self.request(context, head),
            _ => {
                context.anomaly(Anomaly::HttpMalformed);
                self.half(direction).place = Place::Lost;
            }
        }
        Some(empty + end)
    }

    fn request(&mut self, context: &mut Context<'_>, head: &[u8]) {
        let request = Request::read(head, context.moment.time_us);
        note(context, request.is_malformed, request.framing.is_ambiguous);
        if self.open.len() >= MAX_OPEN {
            context.limit("http_open_transactions");
            if let Some(oldest) = self.open.pop_front() {
                http_event::write(context, &oldest);
            }
        }
        let number = context.begin_transaction();
        // Without a length a request has no body.
        let framing = match request.framing.framing() {
            Framing::UntilClose => Framing::Empty,
            framing => framing,
        };
        let announced = Announced {
            framing,
            coding: &request.framing.coding,
            kind: &request.content_type,
        };
        self.begin_body(&announced, Direction::FromSource, number);
        self.open.push_back(Transaction {
            number,
            request: Some(request),
            response: None,
        });
    }

    fn response(&mut self, context: &mut Context<'_>, head: &[u8]) {
        let response = Response::read(head, context.moment);
        note(
            context,
            response.is_malformed,
            response.framing.is_ambiguous,
        );
        if self.open.is_empty() {
            context.anomaly(Anomaly::HttpUnmatchedResponse);
            let number = context.begin_transaction();
            self.open.push_back(Transaction {
                number,
                request: None,
                response: None,
            });
        }
        let Some(transaction) = self.open.front_mut() else {
            return;
        };
        let method = transaction
            .request
            .as_ref()
            .map_or(&b""[..], |request| &request.method);
        if method == b"CONNECT" && (200..300).contains(&response.status) {
            self.then = Then::Recognise;
        }
        if response.status == 101 {
            self.then = Then::Done;
        }
        // An interim answer is not the answer.
        let is_interim = (100..200).contains(&response.status) && response.status != 101;
        let has_body = method != b"HEAD"
            && method != b"CONNECT"
            && !matches!(response.status, 100..=199 | 204 | 304);
        let number = transaction.number;
        let framing = if has_body {
            response.framing.framing()
        } else {
            Framing::Empty
        };
        let announced = Announced {
            framing,
            coding: &response.framing.coding,
            kind: &response.content_type,
        };
        if !is_interim {
            self.begin_body(&announced, Direction::FromDestination, number);
            transaction_response(&mut self.open, response);
            if framing == Framing::Empty {
                self.finish_body(context, Direction::FromDestination, State::Closed);
            }
        }
    }

    fn begin_body(&mut self, announced: &Announced<'_>, direction: Direction, number: u64) {
        if announced.framing == Framing::Empty && direction == Direction::FromSource {
            return;
        }
        self.half(direction).place = Place::Body(Box::new(Body::new(announced, direction, number)));
    }

    fn body(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        let Place::Body(body) = &mut self.half(direction).place else {
            return None;
        };
        let eaten = body.data(context, bytes);
        if eaten.is_broken {
            context.anomaly(Anomaly::HttpMalformed);
            self.finish_body(context, direction, State::Truncated);
            self.half(direction).place = Place::Lost;
            return Some(eaten.consumed);
        }
        if eaten.is_over {
            self.finish_body(context, direction, State::Closed);
            return Some(eaten.consumed);
        }
        (eaten.consumed > 0).then_some(eaten.consumed)
    }

    /// Ends the body of a direction; a response's end is the transaction's.
    fn finish_body(&mut self, context: &mut Context<'_>, direction: Direction, state: State) {
        let Place::Body(body) = std::mem::take(&mut self.half(direction).place) else {
            return;
        };
        if body.is_coding_wrong {
            context.anomaly(Anomaly::HttpBodyCoding);
        }
        let (size, kind) = (body.size, body.mime_type());
        if direction == Direction::FromSource {
            let transaction = self.open.back_mut();
            let request = transaction.and_then(|transaction| transaction.request.as_mut());
            let name = request.map_or_else(Vec::new, |request| {
                request.body_bytes = size;
                request.file_name().to_vec()
            });
            body.finish(context, &name, state);
            return;
        }
        let Some(mut transaction) = self.open.pop_front() else {
            return;
        };
        let name = transaction.response_file_name();
        if let Some(response) = &mut transaction.response {
            response.body_bytes = size;
            response.seen_type = kind;
        }
        http_event::write(context, &transaction);
        body.finish(context, &name, state);
    }

    /// Steps over bytes until a start line stands at the beginning of what came.
    fn lost(&mut self, direction: Direction, bytes: &[u8]) -> usize {
        let wanted = if direction == Direction::FromSource {
            Role::Client
        } else {
            Role::Server
        };
        if probe(bytes, false) == Probe::Yes(wanted) {
            let half = self.half(direction);
            half.place = Place::Head;
            half.scanned = 0;
            return 0;
        }
        bytes.len()
    }
}

fn note(context: &mut Context<'_>, is_malformed: bool, is_ambiguous: bool) {
    if is_malformed {
        context.anomaly(Anomaly::HttpMalformed);
    }
    if is_ambiguous {
        context.anomaly(Anomaly::HttpAmbiguousLength);
    }
}

fn transaction_response(open: &mut VecDeque<Transaction>, response: Response) {
    if let Some(transaction) = open.front_mut() {
        transaction.response = Some(response);
    }
}

/// HTTP/0.9: a line of method and target, and nothing after it.
fn is_bare_request(text: &[u8], direction: Direction) -> bool {
    if direction != Direction::FromSource {
        return false;
    }
    // Only a first line that came whole and alone counts; a long one is not searched again and again.
    let Some(end) = memchr(b'\n', text.get(..MAX_BARE).unwrap_or(text)) else {
        return false;
    };
    let line = http_head::request_line(text.get(..end).unwrap_or_default());
    line.version.is_empty() && line.method == b"GET" && end + 1 == text.len()
}

/// One past the empty line that ends a head.
fn head_end(text: &[u8], scanned: usize) -> Option<usize> {
    let mut at = scanned.saturating_sub(1);
    while let Some(newline) = text.get(at..).and_then(|rest| memchr(b'\n', rest)) {
        at += newline + 1;
        match text.get(at..) {
            Some([b'\n', ..]) => return Some(at + 1),
            Some([b'\r', b'\n', ..]) => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// What the fields say about where a body ends.
#[derive(Clone, Debug, Default)]
pub struct FramingFields {
    length: Option<u64>,
    is_chunked: bool,
    /// `Content-Encoding`.
    pub coding: Vec<u8>,
    /// Both a length and chunks, or two lengths.
    pub is_ambiguous: bool,
}

impl FramingFields {
    /// Looks at one field.
    pub fn see(&mut self, field: &http_head::Field<'_>) {
        if field.name.eq_ignore_ascii_case(b"content-length") {
            let length = http_head::length(field.value);
            self.is_ambiguous |=
                length.is_none() || (self.length.is_some() && self.length != length);
            self.length = length.or(self.length);
        } else if field.name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.is_chunked |= http_head::holds(field.value, b"chunked");
        } else if field.name.eq_ignore_ascii_case(b"content-encoding") {
            self.coding = field.value.get(..64).unwrap_or(field.value).to_vec();
        }
    }

    /// No more fields.
    pub fn settle(&mut self) {
        self.is_ambiguous |= self.is_chunked && self.length.is_some();
    }

    fn framing(&self) -> Framing {
        match (self.is_chunked, self.length) {
            (true, _) => Framing::Chunked(Chunk::Size),
            (false, Some(length)) => Framing::Length(length),
            (false, None) => Framing::UntilClose,
        }
    }
}
