//! Recognition of POP3 by the first bytes of either end.

use memchr::{memchr, memmem};

use super::command_line::begins_with_verb;
use super::{Probe, Role};

/// Verbs that only POP3 has.
const OWN_VERBS: &[&[u8]] = &[b"APOP", b"CAPA", b"STLS", b"UIDL"];
/// All verbs.
pub const VERBS: &[&[u8]] = &[
    b"APOP", b"AUTH", b"CAPA", b"DELE", b"LANG", b"LIST", b"NOOP", b"PASS", b"QUIT", b"RETR",
    b"RSET", b"STAT", b"STLS", b"TOP", b"UIDL", b"USER", b"UTF8", b"XTND",
];
/// Verbs that POP3 shares with FTP: the server tells which it is.
const SHARED_VERBS: &[&[u8]] = &[b"AUTH", b"QUIT", b"USER"];

/// Recognises a greeting, or a verb.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    match bytes.first() {
        None => Probe::More,
        Some(b'+' | b'-') => probe_reply(bytes, is_usual),
        Some(_) => probe_verb(bytes, is_usual),
    }
}

fn probe_verb(bytes: &[u8], is_usual: bool) -> Probe {
    let verbs = if is_usual { VERBS } else { OWN_VERBS };
    match begins_with_verb(bytes, verbs) {
        Some(true) => return Probe::Yes(Role::Client),
        None => return Probe::More,
        Some(false) => {}
    }
    match begins_with_verb(bytes, SHARED_VERBS) {
        Some(false) => Probe::No,
        _ => Probe::More,
    }
}

fn probe_reply(bytes: &[u8], is_usual: bool) -> Probe {
    for word in [&b"+OK"[..], b"-ERR"] {
        let known = bytes.get(..word.len()).unwrap_or(bytes);
        if !word.eq_ignore_ascii_case(known) {
            if word.starts_with(known) {
                return Probe::More;
            }
            continue;
        }
        let rest = bytes.get(word.len()..).unwrap_or_default();
        if !matches!(rest.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n')) {
            return Probe::No;
        }
        let Some(end) = memchr(b'\n', rest) else {
            return Probe::More;
        };
        let line = rest.get(..end).unwrap_or_default().to_ascii_uppercase();
        // RFC 1939, section 7: a greeting with a time stamp in angle brackets offers APOP.
        let has_stamp = line.contains(&b'<') && line.contains(&b'@');
        let next = rest.get(end + 1..).unwrap_or_default();
        // Redis says +OK as well, but with nothing behind it.
        let is_followed = !line.trim_ascii().is_empty()
            && (next.starts_with(b"+OK") || next.starts_with(b"-ERR"));
        if is_usual || has_stamp || is_followed || memmem::find(&line, b"POP").is_some() {
            return Probe::Yes(Role::Server);
        }
        return Probe::More;
    }
    Probe::No
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_tells_and_redis_is_not_taken_for_one() {
        for (bytes, is_usual, expected) in [
            (
                &b"+OK POP3 server ready\r\n"[..],
                false,
                Probe::Yes(Role::Server),
            ),
            (
                b"+OK <1896.697170952@dbc.mtview.ca.us>\r\n",
                false,
                Probe::Yes(Role::Server),
            ),
            (b"+OK\r\n", false, Probe::More),
            (b"+OK\r\n+OK\r\n", false, Probe::More),
            (b"+OK hello\r\n+OK\r\n", false, Probe::Yes(Role::Server)),
            (b"+OK\r\n", true, Probe::Yes(Role::Server)),
            (b"+PONG\r\n", true, Probe::No),
            (b"*1\r\n$4\r\nPING\r\n", true, Probe::No),
            (b"CAPA\r\n", false, Probe::Yes(Role::Client)),
            (b"USER mrose\r\n", false, Probe::More),
            (b"USER mrose\r\n", true, Probe::Yes(Role::Client)),
            (b"GET / HTTP/1.1\r\n", true, Probe::No),
        ] {
            assert_eq!(probe(bytes, is_usual), expected, "{bytes:?}");
        }
    }
}
