//! The client's half of an HTTP/1 connection.

use super::http::{Http, Place};
use super::http_body::Body;
use super::http_framing::Framing;
use super::http_head::{self, MAX_HEAD, Search};
use super::http_message::Request;
use super::{Context, Direction, Then, http_lost, http_note};
use crate::anomaly::Anomaly;

/// Longest request of HTTP/0.9.
const MAX_BARE: usize = 2_048;

impl Http {
    /// Reads a request's head if all of it is there; `None` asks for more bytes.
    pub(super) fn request_head(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Option<usize> {
        let half = &mut self.halves.source;
        if half.bare.is_some() {
            match http_lost::continues_head(bytes) {
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
        let half = &mut self.halves.source;
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
                self.halves.source.place = Place::Lost(false);
            }
        }
        Some(end)
    }

    /// A request line without a version that nothing followed is a request of HTTP/0.9.
    pub(super) fn flush_bare(&mut self, context: &mut Context<'_>) {
        let half = &mut self.halves.source;
        if let Some(line) = half.bare.take() {
            half.search = Search::default();
            self.request(context, &line);
        }
    }

    pub(super) fn too_long(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Option<usize> {
        if bytes.len() <= MAX_HEAD {
            return None;
        }
        context.anomaly(Anomaly::HttpHeaderTooLong);
        context.limit("http_head_bytes");
        self.then = Then::Done;
        Some(bytes.len())
    }

    fn request(&mut self, context: &mut Context<'_>, head: &[u8]) {
        let request = Request::read(head, context.moment.received_us);
        http_note::request(context, &request);
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
            .carrier(Direction::FromSource)
            .and_then(|transaction| transaction.request.as_ref())
        else {
            return;
        };
        if !matches!(framing, Framing::Empty | Framing::Length(0)) {
            let sender = (Direction::FromSource, number, request.path());
            let body = Body::new(context, &request.fields, sender, None);
            self.carry(body, (framing, fallback), None);
        }
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
