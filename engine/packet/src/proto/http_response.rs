//! The server's half of an HTTP/1 connection.

use super::http::{Http, Place};
use super::http_body::Body;
use super::http_framing::Framing;
use super::http_head::{self, Before, Search};
use super::http_message::Response;
use super::http2::Http2;
use super::{Context, Direction, Protocol, Then, http_note, http_range};
use crate::anomaly::Anomaly;

impl Http {
    /// Reads a response's head if all of it is there; `None` asks for more bytes.
    pub(super) fn response_head(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Option<usize> {
        self.flush_bare(context);
        let half = &mut self.halves.destination;
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
        let half = &mut self.halves.destination;
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
        if !self.exchange.is_waiting() && self.exchange.may_have_late_body() {
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
            self.halves.destination.place = Place::Lost(false);
            return Some(0);
        }
        // What is stepped over is not waited for: it may never end.
        let blank = http_head::blank(bytes);
        if blank > 0 {
            context.anomaly(Anomaly::HttpMalformed);
            return Some(blank);
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
    pub(super) fn bare_response(&mut self, context: &mut Context<'_>) {
        self.exchange.answer(context, Response::default());
        self.begin_answer(context, false);
    }

    fn response(&mut self, context: &mut Context<'_>, head: &[u8]) {
        let response = Response::read(head);
        http_note::response(context, &response, head);
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
            // What the tunnel carries counts its transactions for itself.
            context.flow.transactions = 0;
            self.then = Then::Recognise;
        } else if is_upgrade {
            self.upgrade(context);
        }
    }

    /// The connection goes on as something else: HTTP/2, or what has no parser of ours.
    fn upgrade(&mut self, context: &mut Context<'_>) {
        let request = self.exchange.take_upgrade();
        match request {
            Some(request) => {
                context.flow.from_protocol = Some(Protocol::Http);
                context.flow.set_protocol(Protocol::Http2);
                self.upgraded = Some(Box::new(Http2::upgraded(context, request)));
            }
            None => self.then = Then::Done,
        }
    }

    /// Begins the body of the answer that came last.
    fn begin_answer(&mut self, context: &mut Context<'_>, is_late: bool) {
        let mut late = if is_late {
            self.exchange.take_last()
        } else {
            None
        };
        let transaction = match &mut late {
            Some(late) => Some(&mut **late),
            None => self.exchange.carrier(Direction::FromDestination),
        };
        let Some(transaction) = transaction else {
            return;
        };
        let Some(response) = &transaction.response else {
            return;
        };
        let framing = response.framing;
        let resource = http_range::resource(context.flow, transaction.request.as_ref(), response);
        let path = transaction.path();
        let sender = (Direction::FromDestination, transaction.number, path);
        let body = Body::new(context, &response.fields, sender, resource);
        self.carry(body, (framing.framing(), framing.without_chunks()), late);
    }

    /// An answer without a body ends its transaction, unless the request's body is still coming.
    fn complete(&mut self, context: &mut Context<'_>) {
        let is_asking = matches!(&self.halves.source.place, Place::Body(_));
        self.exchange.complete(context, is_asking);
    }
}
