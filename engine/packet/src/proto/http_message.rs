//! What is kept of a request and its answer, of HTTP/1 and HTTP/2 alike.

use super::http_authorization::Credentials;
use super::http_body::Summary;
use super::http_field::{Fields, file_name, holds, start_line_end};
use super::http_framing::FramingFields;
use super::http_head;
use super::http_target::{Target, without_port};
use super::{Direction, Pair};

/// A request.
#[derive(Debug, Default)]
pub struct Request {
    /// Method.
    pub method: Vec<u8>,
    /// Target as sent.
    pub target: Vec<u8>,
    /// `1.1`; empty when the line named none.
    pub version: Vec<u8>,
    /// `:authority` of HTTP/2.
    pub authority: Vec<u8>,
    /// `:scheme` of HTTP/2.
    pub scheme: Vec<u8>,
    /// Header fields.
    pub fields: Fields,
    /// Trailer fields.
    pub trailers: Fields,
    /// What the fields say about the body.
    pub framing: FramingFields,
    /// Who it says it comes from.
    pub credentials: Credentials,
    /// Its body.
    pub body: Summary,
    /// When its head was complete, µs.
    pub time_us: u64,
}

/// An answer.
#[derive(Debug, Default)]
pub struct Response {
    /// `1.1`.
    pub version: Vec<u8>,
    /// Status code, 0 when it is no number.
    pub status: u16,
    /// The status as sent, when it is no number.
    pub status_word: Vec<u8>,
    /// What follows the status.
    pub reason: Vec<u8>,
    /// Header fields.
    pub fields: Fields,
    /// Trailer fields.
    pub trailers: Fields,
    /// What the fields say about the body.
    pub framing: FramingFields,
    /// Its body.
    pub body: Summary,
}

/// A request and its answer; either may be missing.
#[derive(Debug, Default)]
pub struct Transaction {
    /// Number in the flow.
    pub number: u64,
    /// The request.
    pub request: Option<Request>,
    /// The answer.
    pub response: Option<Response>,
    /// The last interim answer before it.
    pub interim: Option<Box<Response>>,
    /// Number of the stream of HTTP/2.
    pub stream: Option<u32>,
    /// Weight of the stream, less one.
    pub priority: Option<u8>,
    /// Codes with which client and server reset the stream.
    pub errors: Pair<Option<u32>>,
}

impl Request {
    /// Reads start line and fields of HTTP/1.
    #[must_use]
    pub fn read(head: &[u8], time_us: u64) -> Self {
        let (line, block) = head.split_at(start_line_end(head).min(head.len()));
        let line = http_head::request_line(line);
        let mut request = Self {
            method: line.method.to_vec(),
            target: line.target.to_vec(),
            version: line.version.to_vec(),
            time_us,
            ..Self::default()
        };
        request.take_fields(Fields::read(block));
        request
    }

    /// Takes the fields and what they say.
    pub fn take_fields(&mut self, fields: Fields) {
        self.framing = FramingFields::read(&fields);
        self.credentials = Credentials::read(fields.get(b"authorization"));
        self.fields = fields;
    }

    /// The target taken apart.
    #[must_use]
    pub fn parts(&self) -> Target<'_> {
        Target::read(&self.method, &self.target)
    }

    /// Host and port as asked for.
    #[must_use]
    pub fn host_and_port(&self) -> &[u8] {
        if !self.authority.is_empty() {
            return &self.authority;
        }
        let host = self.fields.get(b"host");
        if host.is_empty() {
            self.parts().authority
        } else {
            host
        }
    }

    /// Host as asked for.
    #[must_use]
    pub fn host(&self) -> &[u8] {
        without_port(self.host_and_port())
    }

    /// Whether a request of HTTP/2 names two hosts: servers and proxies may follow different ones.
    #[must_use]
    pub fn is_host_mismatched(&self) -> bool {
        let host = self.fields.get(b"host");
        !host.is_empty()
            && !self.authority.is_empty()
            && !without_port(host).eq_ignore_ascii_case(without_port(&self.authority))
    }

    /// What a body without a name of its own is called.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.parts().path
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.fields.held() + self.trailers.held() + self.target.capacity() + 512
    }
}

impl Response {
    /// Reads status line and fields of HTTP/1.
    #[must_use]
    pub fn read(head: &[u8]) -> Self {
        let (line, block) = head.split_at(start_line_end(head).min(head.len()));
        let line = http_head::status_line(line);
        let mut response = Self {
            version: line.version.to_vec(),
            reason: line.reason.to_vec(),
            ..Self::default()
        };
        response.set_status(line.word);
        response.take_fields(Fields::read(block));
        response
    }

    /// Takes the fields and what they say.
    pub fn take_fields(&mut self, fields: Fields) {
        self.framing = FramingFields::read(&fields);
        self.fields = fields;
    }

    /// Takes the status as sent.
    pub fn set_status(&mut self, word: &[u8]) {
        self.status = http_head::status(word);
        if self.status == 0 {
            self.status_word = word.to_vec();
        }
    }

    /// Whether another answer follows this one.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.fields.held() + self.trailers.held() + 512
    }
}

impl Transaction {
    /// A request that waits for its answer.
    #[must_use]
    pub fn asked(number: u64, request: Request) -> Self {
        Self {
            number,
            request: Some(request),
            ..Self::default()
        }
    }

    /// The path that was asked for, empty without a request.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.request.as_ref().map_or(&b""[..], Request::path)
    }

    /// The method, empty without a request.
    #[must_use]
    pub fn method(&self) -> &[u8] {
        self.request
            .as_ref()
            .map_or(&b""[..], |request| &request.method)
    }

    /// The name of the body that this end sent: as its sender says, else the path that was asked for.
    #[must_use]
    pub fn file_name(&self, sender: Direction) -> Vec<u8> {
        let fields = if sender == Direction::FromSource {
            self.request.as_ref().map(|request| &request.fields)
        } else {
            self.response.as_ref().map(|response| &response.fields)
        };
        let announced = fields.map_or(&b""[..], |fields| {
            file_name(fields.get(b"content-disposition"))
        });
        if !announced.is_empty() {
            return announced.to_vec();
        }
        self.path().to_vec()
    }

    /// Puts down what the body of this end came to.
    pub fn settle(&mut self, sender: Direction, body: Summary) {
        if sender == Direction::FromSource {
            if let Some(request) = &mut self.request {
                request.body = body;
            }
        } else if let Some(response) = &mut self.response {
            response.body = body;
        }
    }

    /// Whether the answer's body ended by its length though its sender closes the connection.
    #[must_use]
    pub fn closes_after_length(&self) -> bool {
        self.response.as_ref().is_some_and(|response| {
            response.framing.length.is_some()
                && !response.framing.is_chunked
                && holds(response.fields.get(b"connection"), b"close")
        })
    }

    /// Adds a line of the trailer of this end's body.
    pub fn add_trailer(&mut self, sender: Direction, line: &[u8], most: usize) {
        let trailers = if sender == Direction::FromSource {
            self.request.as_mut().map(|request| &mut request.trailers)
        } else {
            self.response
                .as_mut()
                .map(|response| &mut response.trailers)
        };
        let colon = memchr::memchr(b':', line);
        if let (Some(trailers), Some(colon)) = (trailers, colon)
            && trailers.len() < most
        {
            trailers.push(
                line.get(..colon).unwrap_or_default().trim_ascii(),
                line.get(colon + 1..).unwrap_or_default().trim_ascii(),
            );
        }
    }

    /// Bytes of memory of the fields alone.
    #[must_use]
    pub fn fields_held(&self) -> usize {
        let request = self
            .request
            .as_ref()
            .map_or(0, |request| request.fields.held() + request.trailers.held());
        let response = self.response.as_ref().map_or(0, |response| {
            response.fields.held() + response.trailers.held()
        });
        request + response
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.request.as_ref().map_or(0, Request::held)
            + self.response.as_ref().map_or(0, Response::held)
            + self.interim.as_ref().map_or(0, |interim| interim.held())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_field_before_the_target() {
        let request = Request::read(b"GET http://a.vn/x HTTP/1.1\r\nHost: b.vn:81\r\n\r\n", 0);
        assert_eq!((request.host(), request.path()), (&b"b.vn"[..], &b"/x"[..]));
        let request = Request::read(b"CONNECT a.vn:443 HTTP/1.1\r\n\r\n", 0);
        assert_eq!(
            (request.host(), request.host_and_port()),
            (&b"a.vn"[..], &b"a.vn:443"[..])
        );
    }

    #[test]
    fn a_body_is_called_what_its_sender_says_or_what_was_asked_for() {
        let request = Request::read(b"GET /a/b.txt HTTP/1.1\r\n\r\n", 0);
        let mut transaction = Transaction::asked(0, request);
        assert_eq!(
            transaction.file_name(Direction::FromDestination),
            b"/a/b.txt"
        );
        let head =
            b"HTTP/1.1 2XX Fine\r\nContent-Disposition: attachment; filename=\"c.exe\"\r\n\r\n";
        let response = Response::read(head);
        assert_eq!(
            (response.status, &response.status_word[..]),
            (0, &b"2XX"[..])
        );
        transaction.response = Some(response);
        assert_eq!(transaction.file_name(Direction::FromDestination), b"c.exe");
    }
}
