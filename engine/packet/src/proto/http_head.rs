//! Start lines of HTTP/1 (RFC 9112) and the end of a head, read as leniently as servers and clients do.

use memchr::memchr;

/// Longest block of start line and fields.
pub const MAX_HEAD: usize = 64 << 10;

/// Methods that begin a request (RFC 9110, `WebDAV` and what is seen in the wild).
const METHODS: &[&[u8]] = &[
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"SEARCH",
    b"REPORT",
    b"MERGE",
    b"CHECKOUT",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"M-SEARCH",
    b"MKACTIVITY",
    b"PURGE",
    b"DEBUG",
    b"TRACK",
    b"BPROPFIND",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"ACL",
    b"POLL",
    b"VERSION-CONTROL",
    b"BDELETE",
    b"BCOPY",
    b"BMOVE",
    b"BPROPPATCH",
    b"BASELINE-CONTROL",
    b"UNCHECKOUT",
    b"CHECKIN",
    b"LABEL",
    b"UPDATE",
    b"MKWORKSPACE",
    b"ORDERPATCH",
    b"X-MS-ENUMATTS",
    b"CCM_POST",
    b"SMS_POST",
];

const OTHER_SCHEMES: [&[u8]; 3] = [b"sip:", b"sips:", b"rtsp:"]; // HTTP's methods too: RFC 3261, 7826
/// Longest line before a status line.
const MAX_JUNK: usize = 256;
/// Longest method above.
const LONGEST_METHOD: usize = 16;

/// Whether bytes begin a request: a known method, or any short word before a target and a version.
pub fn is_request(bytes: &[u8]) -> Option<bool> {
    let Some(space) = memchr(b' ', bytes.get(..LONGEST_METHOD + 1).unwrap_or(bytes)) else {
        let is_token = bytes
            .iter()
            .take(LONGEST_METHOD)
            .all(|byte| is_token(*byte));
        return if is_token && bytes.len() <= LONGEST_METHOD {
            None
        } else {
            Some(false)
        };
    };
    let method = bytes.get(..space).unwrap_or_default();
    if METHODS.contains(&method) {
        let target = bytes.get(space + 1..).unwrap_or_default();
        let is_other = OTHER_SCHEMES.iter().any(|it| target.starts_with(it));
        return target.first().map(|next| *next > b' ' && !is_other);
    }
    // An unknown method needs a version at the end of the line.
    if method.is_empty()
        || !method
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
    {
        return Some(false);
    }
    match memchr(b'\n', bytes) {
        Some(end) => Some(
            version(
                line(bytes.get(..end).unwrap_or_default())
                    .rsplit(|byte| *byte == b' ')
                    .next()?,
            )
            .is_some(),
        ),
        None if bytes.len() < 4_096 => None,
        None => Some(false),
    }
}

/// Whether bytes begin a response. Clients do not mind the case.
pub fn is_response(bytes: &[u8]) -> Option<bool> {
    for start in [&b"HTTP/"[..], b"ICY "] {
        let known = bytes.get(..start.len()).unwrap_or(bytes);
        if start
            .get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
        {
            return if known.len() == start.len() {
                Some(true)
            } else {
                None
            };
        }
    }
    Some(false)
}

/// What stands before the first status line of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// So many bytes that clients step over.
    Junk(usize),
    /// No status line follows.
    Nothing,
    /// Too few bytes to tell.
    More,
}

/// Looks for a status line behind white space and at most one line of something else.
pub fn before_status(bytes: &[u8]) -> Before {
    let blank = blank(bytes);
    let text = bytes.get(blank..).unwrap_or_default();
    match is_response(text) {
        Some(true) => return Before::Junk(blank),
        None => return Before::More,
        Some(false) => {}
    }
    let line = text.get(..MAX_JUNK).unwrap_or(text);
    let Some(newline) = memchr(b'\n', line) else {
        return if line.len() < MAX_JUNK {
            Before::More
        } else {
            Before::Nothing
        };
    };
    let after = text.get(newline + 1..).unwrap_or_default();
    let blank_after = self::blank(after);
    match is_response(after.get(blank_after..).unwrap_or_default()) {
        Some(true) => Before::Junk(blank + newline + 1 + blank_after),
        None if after.len() < MAX_JUNK => Before::More,
        _ => Before::Nothing,
    }
}

/// White space at the start.
pub fn blank(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .count()
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A line without its ends.
pub fn line(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The part of `HTTP/1.1` after the slash.
pub fn version(word: &[u8]) -> Option<&[u8]> {
    let (name, rest) = word.split_at_checked(5)?;
    if !name.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    matches!(rest, [b'0'..=b'9', ..]).then_some(rest)
}

/// A request line: method, target, version (empty in HTTP/0.9).
pub struct RequestLine<'a> {
    /// Method.
    pub method: &'a [u8],
    /// Target as sent, inner spaces included.
    pub target: &'a [u8],
    /// Version.
    pub version: &'a [u8],
}

/// Splits a request line.
pub fn request_line(bytes: &[u8]) -> RequestLine<'_> {
    let text = line(bytes);
    let space = text
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(text.len());
    let method = text.get(..space).unwrap_or_default();
    let rest = text.get(space..).unwrap_or_default().trim_ascii();
    // A line may have a version and no target.
    if let Some(version) = version(rest) {
        return RequestLine {
            method,
            target: b"",
            version,
        };
    }
    let last = rest.iter().rposition(|byte| matches!(byte, b' ' | b'\t'));
    let split = last.and_then(|at| Some((rest.get(..at)?, version(rest.get(at + 1..)?)?)));
    match split {
        Some((target, version)) => RequestLine {
            method,
            target: target.trim_ascii_end(),
            version,
        },
        None => RequestLine {
            method,
            target: rest,
            version: b"",
        },
    }
}

/// A status line.
pub struct StatusLine<'a> {
    /// Version.
    pub version: &'a [u8],
    /// The code as sent.
    pub word: &'a [u8],
    /// What follows it.
    pub reason: &'a [u8],
}

/// Splits a status line.
pub fn status_line(bytes: &[u8]) -> StatusLine<'_> {
    let text = line(bytes).trim_ascii();
    let (start, rest) = split_word(text);
    let (word, reason) = split_word(rest);
    StatusLine {
        version: version(start).unwrap_or_default(),
        word,
        reason,
    }
}

/// The code of a status as sent: its first three digits, 0 when it is no number.
pub fn status(word: &[u8]) -> u16 {
    let digits = word.get(..3).unwrap_or(word);
    if digits.len() < 3 || !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
}

fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr2(b' ', b'\t', text).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_ascii_start())
}

/// Follows a head that comes in pieces to the empty line at its end; no byte is looked at twice.
#[derive(Debug, Default)]
pub struct Search {
    scanned: usize,
    line: usize,
    /// Lines that are complete.
    pub lines: usize,
}

impl Search {
    /// Begins behind a start line that was taken before.
    pub fn fields_only() -> Self {
        Self {
            lines: 1,
            ..Self::default()
        }
    }

    /// The end of the next line that is complete, counted from the start of the head.
    pub fn next_line(&mut self, bytes: &[u8]) -> Option<(usize, usize)> {
        let found = bytes
            .get(self.scanned..)
            .and_then(|rest| memchr(b'\n', rest));
        let Some(found) = found else {
            self.scanned = bytes.len();
            return None;
        };
        let end = self.scanned + found + 1;
        let start = self.line;
        self.scanned = end;
        self.line = end;
        self.lines += 1;
        Some((start, end))
    }

    /// One past the empty line that ends the head.
    pub fn head_end(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let is_first = self.lines == 0;
            let (start, end) = self.next_line(bytes)?;
            if !is_first && is_end(bytes.get(start..end).unwrap_or_default()) {
                return Some(end);
            }
        }
    }
}

/// Whether a line ends a head: nothing but carriage returns, or white space before a bare line feed. White space before
/// a regular line end continues the field before it.
fn is_end(line: &[u8]) -> bool {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    text.iter().all(|byte| *byte == b'\r') || text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_are_split_as_servers_do() {
        for (text, method, target, version) in [
            (
                &b"GET /a b HTTP/1.1\r\n"[..],
                &b"GET"[..],
                &b"/a b"[..],
                &b"1.1"[..],
            ),
            (b"GET /\n", b"GET", b"/", b""),
            (b"POST  /x   HTTP/1.0", b"POST", b"/x", b"1.0"),
            (b"OPTIONS HTTP/1.1\r\n", b"OPTIONS", b"", b"1.1"),
        ] {
            let line = request_line(text);
            assert_eq!(
                (line.method, line.target, line.version),
                (method, target, version)
            );
        }
    }

    #[test]
    fn starts_are_recognised_from_few_bytes() {
        assert_eq!(is_request(b"GET /"), Some(true));
        assert_eq!(is_request(b"GE"), None);
        assert_eq!(is_request(b"OPTIONS sip:a@b SIP/2.0"), Some(false));
        assert_eq!(is_request(b"SSH-2.0-x\r\n"), Some(false));
        assert_eq!(is_request(b"FOO / HTTP/1.1\r\n"), Some(true));
        assert_eq!(is_request(b"\x16\x03\x01"), Some(false));
        assert_eq!(is_response(b"HTTP/1.1 200"), Some(true));
        assert_eq!(is_response(b"HT"), None);
        let line = status_line(b"http/1.1  404 Not Found\r\n");
        assert_eq!(
            (line.version, status(line.word), line.reason),
            (&b"1.1"[..], 404, &b"Not Found"[..])
        );
        assert_eq!(status_line(b"HTTP/1.1 2XX").word, b"2XX");
        assert_eq!(
            (status(b"2XX"), status(b"2040"), status(b"20")),
            (0, 204, 0)
        );
    }

    #[test]
    fn one_line_of_junk_may_stand_before_a_status_line() {
        for (bytes, expected) in [
            (&b"HTTP/1.1 200"[..], Before::Junk(0)),
            (b" \r\n\tHTTP/1.1", Before::Junk(4)),
            (b"foobar\r\nhttp/1.0 200", Before::Junk(8)),
            (b"foobar\r\nHT", Before::More),
            (b"a\nb\nHTTP/1.1", Before::Nothing),
            (b"X5O!P%@AP", Before::More),
        ] {
            assert_eq!(before_status(bytes), expected);
        }
        assert_eq!(before_status(&[b'x'; 300]), Before::Nothing);
    }

    #[test]
    fn the_end_of_a_head_is_found_however_it_comes() {
        for (head, end) in [
            (&b"A\r\nB: c\r\n\r\nbody"[..], 11),
            (b"A\nB: c\n\r\r\nbody", 10),
            (b"A\nB: c\n \nbody", 9),
            (b"A\r\nB: c\r\n \r\nD: e\r\n\r\n", 20),
        ] {
            let mut search = Search::default();
            let found = (1..=head.len()).find_map(|length| search.head_end(&head[..length]));
            assert_eq!(found, Some(end), "{head:?}");
        }
    }
}
