//! Start lines and header fields of HTTP/1 (RFC 9112), read as leniently as servers do.

use memchr::memchr;

/// Longest block of start line and fields.
pub const MAX_HEAD: usize = 64 << 10;
/// Fields of one message that are looked at.
const MAX_FIELDS: usize = 512;

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
        return bytes.get(space + 1).map(|next| *next > b' ');
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

/// Whether bytes begin a response.
pub fn is_response(bytes: &[u8]) -> Option<bool> {
    for start in [&b"HTTP/"[..], b"ICY "] {
        let known = bytes.get(..start.len()).unwrap_or(bytes);
        if start.starts_with(known) {
            return if known.len() == start.len() {
                Some(true)
            } else {
                None
            };
        }
    }
    Some(false)
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
    let rest = word
        .strip_prefix(b"HTTP/")
        .or_else(|| word.strip_prefix(b"http/"))?;
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

/// A status line: version and code.
pub fn status_line(bytes: &[u8]) -> (&[u8], u16) {
    let mut words = line(bytes)
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    let version = words.next().and_then(version).unwrap_or_default();
    let code = words.next().unwrap_or_default();
    let code = code.iter().take(3).take_while(|byte| byte.is_ascii_digit());
    (
        version,
        code.fold(0, |number, digit| number * 10 + u16::from(digit - b'0')),
    )
}

/// A header field; a folded value keeps its line ends inside.
pub struct Field<'a> {
    /// Name as sent.
    pub name: &'a [u8],
    /// Value without outer space.
    pub value: &'a [u8],
}

/// The fields after a start line, in order. Lines without a colon are skipped and told by the flag.
pub fn fields(block: &[u8], mut each: impl FnMut(&Field<'_>)) -> bool {
    let mut rest = block;
    let mut is_well_formed = true;
    for _ in 0..MAX_FIELDS {
        let end = field_end(rest);
        let Some((field, after)) = rest
            .split_at_checked(end)
            .filter(|(field, _)| !field.is_empty())
        else {
            return is_well_formed;
        };
        rest = after;
        let text = line(field);
        if text.is_empty() {
            return is_well_formed;
        }
        match memchr(b':', text) {
            Some(colon) => {
                let name = text.get(..colon).unwrap_or_default().trim_ascii();
                let value = text.get(colon + 1..).unwrap_or_default().trim_ascii();
                each(&Field { name, value });
            }
            None => is_well_formed = false,
        }
    }
    rest.is_empty() && is_well_formed
}

/// Where the first field ends, lines that continue it included.
fn field_end(bytes: &[u8]) -> usize {
    let mut end = 0;
    loop {
        let Some(newline) = bytes.get(end..).and_then(|rest| memchr(b'\n', rest)) else {
            return bytes.len();
        };
        end += newline + 1;
        if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
            return end;
        }
    }
}

/// A parameter of a field such as `filename` in `attachment; filename="a.php"`.
pub fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    while let Some(semicolon) = memchr(b';', rest) {
        rest = rest.get(semicolon + 1..)?.trim_ascii_start();
        let Some(equals) = memchr(b'=', rest) else {
            continue;
        };
        let found = rest.get(..equals)?.trim_ascii();
        if !found.eq_ignore_ascii_case(name) {
            continue;
        }
        let text = rest.get(equals + 1..)?.trim_ascii_start();
        if let Some(quoted) = text.strip_prefix(b"\"") {
            return quoted.get(..memchr(b'"', quoted).unwrap_or(quoted.len()));
        }
        let end = text
            .iter()
            .position(|byte| matches!(byte, b';' | b' ' | b'\r' | b'\n'))
            .unwrap_or(text.len());
        return text.get(..end);
    }
    None
}

/// The value before its parameters.
pub fn without_parameters(value: &[u8]) -> &[u8] {
    value
        .get(..memchr(b';', value).unwrap_or(value.len()))
        .unwrap_or_default()
        .trim_ascii()
}

/// A decimal length; `None` when it is none or does not fit.
pub fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Whether `value` holds `word` in any case.
pub fn holds(value: &[u8], word: &[u8]) -> bool {
    value
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
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
        ] {
            let line = request_line(text);
            assert_eq!(
                (line.method, line.target, line.version),
                (method, target, version)
            );
        }
    }

    #[test]
    fn folded_fields_are_one_and_the_end_is_the_empty_line() {
        let mut seen = Vec::new();
        let block = b"Host: a\r\nTransfer-Encoding:\r\n chunked\r\nX\r\n\r\nnot: me";
        assert!(!fields(block, |field| seen
            .push((field.name.to_vec(), field.value.to_vec()))));
        assert_eq!(seen.len(), 2);
        assert!(holds(&seen[1].1, b"CHUNKED"));
    }

    #[test]
    fn parameters_are_found_quoted_or_not() {
        let value = b"form-data; name=\"f\"; filename=\"shell.php\"";
        assert_eq!(parameter(value, b"filename"), Some(&b"shell.php"[..]));
        assert_eq!(
            parameter(b"multipart/form-data; boundary=abc; x", b"boundary"),
            Some(&b"abc"[..])
        );
        assert_eq!(parameter(b"text/html", b"charset"), None);
    }

    #[test]
    fn starts_are_recognised_from_few_bytes() {
        assert_eq!(is_request(b"GET /"), Some(true));
        assert_eq!(is_request(b"GE"), None);
        assert_eq!(is_request(b"SSH-2.0-x\r\n"), Some(false));
        assert_eq!(is_request(b"FOO / HTTP/1.1\r\n"), Some(true));
        assert_eq!(is_request(b"\x16\x03\x01"), Some(false));
        assert_eq!(is_response(b"HTTP/1.1 200"), Some(true));
        assert_eq!(is_response(b"HT"), None);
        assert_eq!(
            status_line(b"HTTP/1.1 404 Not Found\r\n"),
            (&b"1.1"[..], 404)
        );
    }
}
