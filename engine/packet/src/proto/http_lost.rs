//! Finding the next message of HTTP/1 in a stream whose thread was lost.

use memchr::{memchr, memmem};

use super::http_head;

/// Longest request line that is waited for.
const MAX_LINE: usize = 8_192;
/// How a status line begins.
const SIGN: &[u8] = b"HTTP/1.";
/// `HTTP/1.1 200`.
const STATUS: usize = 12;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A message starts here.
    At(usize),
    /// None starts before here.
    NotBefore(usize),
}

/// A status line, anywhere: the text is telling enough.
pub fn response(bytes: &[u8]) -> Found {
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| memmem::find(rest, SIGN)) {
        let start = from + at;
        let Some(text) = bytes.get(start..start + STATUS) else {
            return Found::NotBefore(start);
        };
        if let [_, _, _, _, _, _, _, minor, b' ', code @ ..] = text
            && minor.is_ascii_digit()
            && code.iter().all(u8::is_ascii_digit)
        {
            return Found::At(start);
        }
        from = start + 1;
    }
    // Its first letters may be the last bytes.
    let cut = (1..=SIGN.len()).rev().find(|length| {
        bytes
            .get(from..)
            .is_some_and(|rest| rest.ends_with(SIGN.get(..*length).unwrap_or(SIGN)))
    });
    Found::NotBefore(bytes.len() - cut.unwrap_or(0))
}

/// A request line at the start of a line, or of the bytes when nothing is known to come before them.
pub fn request(bytes: &[u8], is_fresh: bool) -> Found {
    let mut start = 0;
    let mut is_start = is_fresh;
    loop {
        let rest = bytes.get(start..).unwrap_or_default();
        let Some(end) = memchr(b'\n', rest) else {
            // An unfinished line may still be one, unless it is too long or begins otherwise.
            let may_be =
                is_start && rest.len() < MAX_LINE && http_head::is_request(rest) != Some(false);
            return Found::NotBefore(if may_be { start } else { bytes.len() });
        };
        let line = rest.get(..end).unwrap_or_default();
        if is_start
            && http_head::is_request(rest) == Some(true)
            && !http_head::request_line(line).version.is_empty()
        {
            return Found::At(start);
        }
        start += end + 1;
        is_start = true;
    }
}

/// Whether what follows a request line without a version belongs to its head: all but another request does. `None` for too few bytes.
pub fn continues_head(bytes: &[u8]) -> Option<bool> {
    match http_head::is_request(bytes) {
        Some(is_request) => Some(!is_request),
        None if bytes.len() < MAX_LINE => None,
        None => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_found_however_the_bytes_are_cut() {
        let bytes = b"rest of a body, HTTP/1.x and HTTP/1.1 abc, then HTTP/1.1 404 No\r\n";
        let start = bytes.len() - 17;
        for step in 1..bytes.len() {
            let (mut from, mut to) = (0, step);
            let found = loop {
                match response(&bytes[from..to]) {
                    Found::At(at) => break from + at,
                    Found::NotBefore(at) => from += at,
                }
                assert!(to < bytes.len(), "{step}");
                to = (to + step).min(bytes.len());
            };
            assert_eq!(found, start, "{step}");
        }
    }

    #[test]
    fn a_request_line_is_found_at_the_start_of_a_line() {
        assert_eq!(request(b"GET / HTTP/1.1\r\n", true), Found::At(0));
        assert_eq!(request(b"GET / HTTP/1.1\r\n", false), Found::NotBefore(16));
        assert_eq!(
            request(b"x=1\nGET me\nPUT /a HTTP/1.0\n", false),
            Found::At(11)
        );
        assert_eq!(request(b"x=1\nGET /lo", false), Found::NotBefore(4));
    }
}
