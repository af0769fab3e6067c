//! What is kept of a request and a response, and the event of the two.

use super::http::FramingFields;
use super::http_head::{self, Field};
use super::{Context, http_head::without_parameters};
use crate::anomaly::Moment;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// A target or a field beyond this is cut.
const MAX_VALUE: usize = 8_192;
/// Names of users, hosts and types.
const MAX_NAME: usize = 512;

/// What is kept of a request.
#[derive(Debug, Default)]
pub struct Request {
    /// Method.
    pub method: Vec<u8>,
    target: Vec<u8>,
    version: Vec<u8>,
    host: Vec<u8>,
    agent: Vec<u8>,
    referrer: Vec<u8>,
    /// `Content-Type` with its parameters.
    pub content_type: Vec<u8>,
    forwarded: Vec<u8>,
    cookie: Vec<u8>,
    user: Vec<u8>,
    password: Vec<u8>,
    /// Where its body ends.
    pub framing: FramingFields,
    /// Whether a field was no field.
    pub is_malformed: bool,
    /// Size of its body.
    pub body_bytes: u64,
    time_us: u64,
}

/// What is kept of a response.
#[derive(Debug, Default)]
pub struct Response {
    version: Vec<u8>,
    /// Status code.
    pub status: u16,
    /// `Content-Type` with its parameters.
    pub content_type: Vec<u8>,
    location: Vec<u8>,
    server: Vec<u8>,
    disposition_name: Vec<u8>,
    /// Where its body ends.
    pub framing: FramingFields,
    /// Whether a field was no field.
    pub is_malformed: bool,
    /// Size of its body, unpacked.
    pub body_bytes: u64,
    /// Type of its body by content.
    pub seen_type: &'static str,
}

/// A request and its answer; either may be missing.
#[derive(Debug)]
pub struct Transaction {
    /// Number in the flow.
    pub number: u64,
    /// The request.
    pub request: Option<Request>,
    /// The answer.
    pub response: Option<Response>,
}

impl Request {
    /// Reads start line and fields.
    #[must_use]
    pub fn read(head: &[u8], time_us: u64) -> Self {
        let split = memchr::memchr(b'\n', head).map_or(head.len(), |at| at + 1);
        let line = http_head::request_line(head.get(..split).unwrap_or_default());
        let mut request = Self {
            method: line.method.to_vec(),
            target: cut(line.target),
            version: line.version.to_vec(),
            time_us,
            ..Self::default()
        };
        let is_well_formed = http_head::fields(head.get(split..).unwrap_or_default(), |field| {
            request.see(field);
        });
        request.is_malformed = !is_well_formed;
        request.framing.settle();
        request
    }

    fn see(&mut self, field: &Field<'_>) {
        // Most fields are of no interest: the length of their names tells so first.
        match field.name.len() {
            4 if field.name.eq_ignore_ascii_case(b"host") => self.host = cut(field.value),
            6 if field.name.eq_ignore_ascii_case(b"cookie") => self.cookie = cut(field.value),
            7 if field.name.eq_ignore_ascii_case(b"referer") => self.referrer = cut(field.value),
            10 if field.name.eq_ignore_ascii_case(b"user-agent") => self.agent = cut(field.value),
            12 if field.name.eq_ignore_ascii_case(b"content-type") => {
                self.content_type = cut(field.value);
            }
            13 if field.name.eq_ignore_ascii_case(b"authorization") => self.authorise(field.value),
            15 if field.name.eq_ignore_ascii_case(b"x-forwarded-for") => {
                self.forwarded = cut(field.value);
            }
            _ => {}
        }
        self.framing.see(field);
    }

    /// The user of a Basic or Digest authorisation (RFC 7617, RFC 7616).
    fn authorise(&mut self, value: &[u8]) {
        let (scheme, rest) = value.split_at(
            value
                .iter()
                .position(|byte| *byte == b' ')
                .unwrap_or(value.len()),
        );
        if scheme.eq_ignore_ascii_case(b"basic") {
            let text = base64(rest.trim_ascii());
            let colon = memchr::memchr(b':', &text).unwrap_or(text.len());
            self.user = text.get(..colon).unwrap_or_default().to_vec();
            self.password = text.get(colon + 1..).unwrap_or_default().to_vec();
        } else if scheme.eq_ignore_ascii_case(b"digest") {
            let separated = [
                b";",
                &rest
                    .iter()
                    .map(|byte| if *byte == b',' { b';' } else { *byte })
                    .collect::<Vec<_>>()[..],
            ]
            .concat();
            self.user = http_head::parameter(&separated, b"username")
                .unwrap_or_default()
                .to_vec();
        }
    }

    /// The last part of the path: what a body without a name is called.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        let path = parts(&self.target).path;
        path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }
}

impl Response {
    /// Reads status line and fields.
    #[must_use]
    pub fn read(head: &[u8], _: Moment) -> Self {
        let split = memchr::memchr(b'\n', head).map_or(head.len(), |at| at + 1);
        let (version, status) = http_head::status_line(head.get(..split).unwrap_or_default());
        let mut response = Self {
            version: version.to_vec(),
            status,
            ..Self::default()
        };
        let is_well_formed = http_head::fields(head.get(split..).unwrap_or_default(), |field| {
            response.see(field);
        });
        response.is_malformed = !is_well_formed || status < 100;
        response.framing.settle();
        response
    }

    fn see(&mut self, field: &Field<'_>) {
        match field.name.len() {
            6 if field.name.eq_ignore_ascii_case(b"server") => self.server = cut(field.value),
            8 if field.name.eq_ignore_ascii_case(b"location") => self.location = cut(field.value),
            12 if field.name.eq_ignore_ascii_case(b"content-type") => {
                self.content_type = cut(field.value);
            }
            19 if field.name.eq_ignore_ascii_case(b"content-disposition") => {
                self.disposition_name =
                    cut(http_head::parameter(field.value, b"filename").unwrap_or_default());
            }
            _ => {}
        }
        self.framing.see(field);
    }
}

impl Transaction {
    /// The name of the body of the answer.
    #[must_use]
    pub fn response_file_name(&self) -> Vec<u8> {
        let announced = self
            .response
            .as_ref()
            .map_or(&b""[..], |response| &response.disposition_name);
        if !announced.is_empty() {
            return announced.to_vec();
        }
        self.request
            .as_ref()
            .map_or_else(Vec::new, |request| request.file_name().to_vec())
    }
}

/// Writes the event of a transaction.
pub fn write(context: &mut Context<'_>, transaction: &Transaction) {
    let (request, response) = (transaction.request.as_ref(), transaction.response.as_ref());
    let moment = context.moment;
    let mut event = Event::new(Dataset::Http, "http-request", moment.time_us, moment.packet);
    event.categories = &["web"];
    let is_error = response.is_some_and(|response| response.status >= 400);
    event.types = if is_error {
        &["access", "error"]
    } else {
        &["access"]
    };
    event.success = response.map(|_| !is_error);
    event.start_us = request.map(|request| request.time_us);
    event.duration_us = request.map(|request| moment.time_us.saturating_sub(request.time_us));
    event.transaction = Some(transaction.number);
    event.protocol = Some("http");
    let host = request.map_or(&b""[..], |request| without_port(&request.host));
    let user = request.map_or(&b""[..], |request| &request.user);
    let (hosts, users) = ([host], [user]);
    event.related = Related {
        hosts: &hosts,
        users: &users,
        ..Related::default()
    };
    let forwarded = request.and_then(forwarded);
    event.forwarded_ip = forwarded.as_deref();
    let shows_secrets = context.shared.settings.capture_secrets;
    context.emit(
        &event,
        |line| {
            if let Some(request) = request {
                write_url(line, request, host, shows_secrets);
            }
            write_http(line, request, response);
            if let Some(request) = request {
                let agent = line.open("user_agent");
                line.text_within("original", &request.agent, 2_048);
                line.close(agent);
                let mark = line.open("user");
                line.text_within("name", &request.user, MAX_NAME);
                line.close(mark);
            }
        },
        |line| write_own(line, request, response, shows_secrets),
    );
}

fn write_url(line: &mut Line<'_>, request: &Request, host: &[u8], shows_secrets: bool) {
    let parts = parts(&request.target);
    let mark = line.open("url");
    line.text("original", &request.target);
    line.text_within(
        "domain",
        if host.is_empty() { parts.host } else { host },
        MAX_NAME,
    );
    line.text("path", parts.path);
    line.text("query", parts.query);
    line.text_within("extension", parts.extension, 64);
    line.text_within("username", &request.user, MAX_NAME);
    if !request.password.is_empty() {
        line.text_within(
            "password",
            if shows_secrets {
                &request.password
            } else {
                b"***"
            },
            MAX_NAME,
        );
    }
    line.close(mark);
}

/// The first address that proxies name as the client's.
fn forwarded(request: &Request) -> Option<String> {
    let first = request
        .forwarded
        .split(|byte| *byte == b',')
        .next()?
        .trim_ascii();
    let address = std::str::from_utf8(first)
        .ok()?
        .parse::<std::net::IpAddr>()
        .ok()?;
    Some(address.to_string())
}

fn write_http(line: &mut Line<'_>, request: Option<&Request>, response: Option<&Response>) {
    let mark = line.open("http");
    let version = request.map_or_else(
        || response.map_or(&b""[..], |response| &response.version),
        |request| {
            if request.version.is_empty() {
                b"0.9"
            } else {
                &request.version
            }
        },
    );
    line.text_within("version", version, 16);
    if let Some(request) = request {
        let inner = line.open("request");
        line.text_within("method", &request.method, 64);
        line.text_within("referrer", &request.referrer, 2_048);
        line.text_within(
            "mime_type",
            without_parameters(&request.content_type),
            MAX_NAME,
        );
        write_body(line, request.body_bytes);
        line.close(inner);
    }
    if let Some(response) = response {
        let inner = line.open("response");
        line.number("status_code", u64::from(response.status));
        line.text_within(
            "mime_type",
            without_parameters(&response.content_type),
            MAX_NAME,
        );
        write_body(line, response.body_bytes);
        line.close(inner);
    }
    line.close(mark);
}

fn write_body(line: &mut Line<'_>, size: u64) {
    let mark = line.open("body");
    line.number("bytes", size);
    line.close(mark);
}

fn write_own(
    line: &mut Line<'_>,
    request: Option<&Request>,
    response: Option<&Response>,
    shows_secrets: bool,
) {
    let mark = line.open("http");
    if let Some(response) = response {
        line.text_within("location", &response.location, 2_048);
        line.text_within("server", &response.server, MAX_NAME);
        if !response.seen_type.is_empty() {
            line.words("resp_mime_types", &[response.seen_type]);
        }
    }
    if let Some(request) = request
        && shows_secrets
    {
        line.text_within("cookie", &request.cookie, 2_048);
    }
    line.close(mark);
}

/// A target taken apart.
struct Parts<'a> {
    host: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
    extension: &'a [u8],
}

fn parts(target: &[u8]) -> Parts<'_> {
    let (host, rest) = match memchr::memmem::find(target.get(..16).unwrap_or(target), b"://") {
        Some(at) => {
            let rest = target.get(at + 3..).unwrap_or_default();
            rest.split_at(memchr::memchr(b'/', rest).unwrap_or(rest.len()))
        }
        None => (&b""[..], target),
    };
    let rest = rest
        .get(..memchr::memchr(b'#', rest).unwrap_or(rest.len()))
        .unwrap_or_default();
    let split = memchr::memchr(b'?', rest).unwrap_or(rest.len());
    let path = rest.get(..split).unwrap_or_default();
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let extension = match last.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => last.get(dot + 1..).unwrap_or_default(),
        _ => b"",
    };
    Parts {
        host: without_port(host),
        path,
        query: rest.get(split + 1..).unwrap_or_default(),
        extension,
    }
}

/// A host without `:port`; an IPv6 address loses its brackets.
fn without_port(host: &[u8]) -> &[u8] {
    let host = host.trim_ascii();
    if let Some(inside) = host.strip_prefix(b"[") {
        return inside
            .get(..memchr::memchr(b']', inside).unwrap_or(inside.len()))
            .unwrap_or_default();
    }
    match memchr::memchr(b':', host) {
        Some(colon)
            if memchr::memchr(b':', host.get(colon + 1..).unwrap_or_default()).is_none() =>
        {
            host.get(..colon).unwrap_or_default()
        }
        _ => host,
    }
}

fn cut(value: &[u8]) -> Vec<u8> {
    // One byte more than a line shows, so that the line knows of the cut.
    value.get(..=MAX_VALUE).unwrap_or(value).to_vec()
}

/// Standard base 64 (RFC 4648), stopping at the first letter that is none.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0_u32);
    for letter in text.iter().take(MAX_VALUE) {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        word = (word << 6 | u32::from(value)) & 0x00ff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push(u8::try_from(word >> bits & 0xff).unwrap_or(0));
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_apart() {
        let parts = parts(b"http://h.vn:8080/a/b.php?q=1?2#f");
        assert_eq!(parts.host, b"h.vn");
        assert_eq!(parts.path, b"/a/b.php");
        assert_eq!(parts.query, b"q=1?2");
        assert_eq!(parts.extension, b"php");
        assert_eq!(super::parts(b"/.htaccess").extension, b"");
        assert_eq!(super::parts(b"*").path, b"*");
    }

    #[test]
    fn ports_and_brackets_are_no_part_of_a_host() {
        assert_eq!(without_port(b"a.vn:80"), b"a.vn");
        assert_eq!(without_port(b"[::1]:80"), b"::1");
        assert_eq!(without_port(b"fe80::1"), b"fe80::1");
    }

    // The example of RFC 7617, section 2.
    #[test]
    fn the_user_of_basic_authorisation_is_read() {
        let head = b"GET / HTTP/1.1\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
        let request = Request::read(head, 0);
        assert_eq!(
            (&request.user[..], &request.password[..]),
            (&b"Aladdin"[..], &b"open sesame"[..])
        );
    }
}
