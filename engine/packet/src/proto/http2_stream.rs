//! Streams of HTTP/2 (RFC 9113, section 5): each is one transaction, with the fields of HTTP/1.
//!
//! Caps: 256 streams and 512 KiB of their fields; the oldest is told as far as it is known.

use std::collections::BTreeMap;

use super::http_body::Body;
use super::http_field::Fields;
use super::http_message::{Request, Response, Transaction};
use super::{Context, Direction, Pair, http_event, http_range};
use crate::anomaly::Anomaly;
use crate::file::State;

/// Streams that are open at once.
const MAX_STREAMS: usize = 256;
/// Bytes of their fields.
const MAX_BYTES: usize = 512 << 10;

/// One stream.
#[derive(Default)]
struct Stream {
    transaction: Transaction,
    bodies: Pair<Option<Box<Body>>>,
    is_ended: Pair<bool>,
}

/// The open streams of one connection.
#[derive(Default)]
pub struct Streams {
    open: BTreeMap<u32, Stream>,
    held: usize,
}

/// A block of fields that is complete.
pub struct Head {
    /// Fields without the pseudo fields.
    pub fields: Fields,
    /// `:method`, `:path`, `:authority`, `:scheme`, `:status`.
    pub pseudo: [Vec<u8>; 5],
    /// Weight less one.
    pub priority: Option<u8>,
    /// Whether nothing follows from this end.
    pub is_last: bool,
}

/// Names of the pseudo fields, in the order of [`Head::pseudo`].
pub const PSEUDO: [&[u8]; 5] = [b":method", b":path", b":authority", b":scheme", b":status"];

impl Streams {
    /// Bytes of memory.
    pub fn held(&self) -> usize {
        let bodies: usize = self
            .open
            .values()
            .flat_map(|stream| stream.bodies.iter().flatten())
            .map(|body| body.held())
            .sum();
        self.held + bodies
    }

    /// A request that came before the connection was HTTP/2 is stream 1.
    pub fn adopt(&mut self, context: &mut Context<'_>, request: Request) {
        let request = Request {
            version: b"2".to_vec(),
            ..request
        };
        let stream = self.stream(context, 1);
        stream.transaction.request = Some(request);
        stream.is_ended.source = true;
    }

    fn stream(&mut self, context: &mut Context<'_>, number: u32) -> &mut Stream {
        while !self.open.contains_key(&number)
            && (self.open.len() >= MAX_STREAMS || self.held > MAX_BYTES && !self.open.is_empty())
        {
            context.limit("http2_streams");
            if let Some((_, stream)) = self.open.pop_first() {
                self.tell(context, stream, false);
            }
        }
        self.open.entry(number).or_insert_with(|| Stream {
            transaction: Transaction {
                number: context.begin_transaction(),
                stream: Some(number),
                ..Transaction::default()
            },
            ..Stream::default()
        })
    }

    /// Fields of a request, an answer or a trailer.
    pub fn head(&mut self, context: &mut Context<'_>, sender: Direction, number: u32, head: Head) {
        let is_last = head.is_last;
        let size = head.fields.held();
        let time_us = context.moment.time_us;
        let stream = self.stream(context, number);
        let transaction = &mut stream.transaction;
        if head.priority.is_some() {
            transaction.priority = head.priority;
        }
        let [method, path, authority, scheme, status] = head.pseudo;
        if sender == Direction::FromSource {
            match &mut transaction.request {
                Some(request) if method.is_empty() => request.trailers = head.fields,
                // A promise names the request that the server answers unasked.
                _ => {
                    let mut request = Request {
                        method,
                        target: path,
                        version: b"2".to_vec(),
                        authority,
                        scheme,
                        time_us,
                        ..Request::default()
                    };
                    request.take_fields(head.fields);
                    let is_mismatched = request.is_host_mismatched();
                    transaction.request = Some(request);
                    if is_mismatched {
                        context.anomaly(Anomaly::Http2AuthorityMismatch);
                    }
                }
            }
        } else {
            match &mut transaction.response {
                Some(response) if status.is_empty() => response.trailers = head.fields,
                _ => {
                    let mut response = Response {
                        version: b"2".to_vec(),
                        ..Response::default()
                    };
                    response.set_status(&status);
                    response.take_fields(head.fields);
                    if response.is_interim() {
                        transaction.interim = Some(Box::new(response));
                    } else {
                        transaction.response = Some(response);
                    }
                }
            }
        }
        self.held = self.held.saturating_add(size);
        if is_last {
            self.end_of(context, sender, number);
        }
    }

    /// Content of a body.
    pub fn data(
        &mut self,
        context: &mut Context<'_>,
        sender: Direction,
        number: u32,
        bytes: &[u8],
    ) {
        let shows_secrets = context.shared.settings.capture_secrets;
        let Stream {
            transaction,
            bodies,
            ..
        } = self.stream(context, number);
        let slot = bodies.of_mut(sender);
        let body = slot.get_or_insert_with(|| Box::new(new_body(context, transaction, sender)));
        body.data(context, bytes, &|line| {
            http_event::describe(line, transaction, shows_secrets);
        });
    }

    /// Bytes of a body are lost.
    pub fn gap(&mut self, sender: Direction, number: u32, length: u64) {
        if let Some(body) = self
            .open
            .get_mut(&number)
            .and_then(|stream| stream.bodies.of_mut(sender).as_mut())
        {
            body.gap(length);
        }
    }

    /// This end has sent all of the stream.
    pub fn end_of(&mut self, context: &mut Context<'_>, sender: Direction, number: u32) {
        let Some(stream) = self.open.get_mut(&number) else {
            return;
        };
        *stream.is_ended.of_mut(sender) = true;
        if stream.is_ended.iter().all(|is_ended| *is_ended) {
            self.close(context, number, true);
        }
    }

    /// The stream was reset.
    pub fn reset(&mut self, context: &mut Context<'_>, sender: Direction, number: u32, code: u32) {
        if let Some(stream) = self.open.get_mut(&number) {
            *stream.transaction.errors.of_mut(sender) = Some(code);
            self.close(context, number, false);
        }
    }

    /// A frame of PRIORITY.
    pub fn set_priority(&mut self, number: u32, priority: u8) {
        if let Some(stream) = self.open.get_mut(&number) {
            stream.transaction.priority = Some(priority);
        }
    }

    fn close(&mut self, context: &mut Context<'_>, number: u32, is_whole: bool) {
        if let Some(stream) = self.open.remove(&number) {
            self.tell(context, stream, is_whole);
        }
    }

    /// Tells every stream as far as it is known.
    pub fn tell_all(&mut self, context: &mut Context<'_>) {
        while let Some((_, stream)) = self.open.pop_first() {
            self.tell(context, stream, false);
        }
    }

    fn tell(&mut self, context: &mut Context<'_>, stream: Stream, is_whole: bool) {
        let Stream {
            mut transaction,
            mut bodies,
            is_ended,
        } = stream;
        self.held = self.held.saturating_sub(transaction.fields_held());
        let shows_secrets = context.shared.settings.capture_secrets;
        for sender in Direction::BOTH {
            if let Some(body) = bodies.of_mut(sender) {
                body.settle(context, &|line| {
                    http_event::describe(line, &transaction, shows_secrets);
                });
                transaction.settle(sender, body.summary());
            }
        }
        http_event::write(context, &transaction, "http2");
        for sender in Direction::BOTH {
            let Some(body) = bodies.of_mut(sender).take() else {
                continue;
            };
            let name = transaction.file_name(sender);
            let state = if is_whole || *is_ended.of(sender) {
                State::Closed
            } else {
                State::Truncated
            };
            body.finish(context, &name, state, &|line| {
                http_event::describe(line, &transaction, shows_secrets);
            });
        }
    }
}

fn new_body(context: &Context<'_>, transaction: &Transaction, sender: Direction) -> Body {
    let none = Fields::default();
    let place = (sender, transaction.number, transaction.path());
    if sender == Direction::FromSource {
        let request = transaction.request.as_ref();
        return Body::new(
            context,
            request.map_or(&none, |request| &request.fields),
            place,
            None,
        );
    }
    let Some(response) = &transaction.response else {
        return Body::new(context, &none, place, None);
    };
    let resource = http_range::resource(context.flow, transaction.request.as_ref(), response);
    Body::new(context, &response.fields, place, resource)
}
