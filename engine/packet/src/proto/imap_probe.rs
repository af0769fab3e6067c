//! Recognition of IMAP by the first bytes of either end.

use memchr::{memchr, memmem};

use super::{Probe, Role};

/// Commands that a session begins with.
const FIRST: &[&[u8]] = &[b"CAPABILITY", b"LOGIN", b"AUTHENTICATE", b"STARTTLS"];
/// All commands (RFC 9051, RFC 3501 and common extensions).
pub const COMMANDS: &[&[u8]] = &[
    b"APPEND",
    b"AUTHENTICATE",
    b"CAPABILITY",
    b"CHECK",
    b"CLOSE",
    b"COMPRESS",
    b"COPY",
    b"CREATE",
    b"DELETE",
    b"ENABLE",
    b"EXAMINE",
    b"EXPUNGE",
    b"FETCH",
    b"GETQUOTA",
    b"GETQUOTAROOT",
    b"ID",
    b"IDLE",
    b"LIST",
    b"LOGIN",
    b"LOGOUT",
    b"LSUB",
    b"MOVE",
    b"NAMESPACE",
    b"NOOP",
    b"RENAME",
    b"SEARCH",
    b"SELECT",
    b"SORT",
    b"STARTTLS",
    b"STATUS",
    b"STORE",
    b"SUBSCRIBE",
    b"THREAD",
    b"UID",
    b"UNAUTHENTICATE",
    b"UNSELECT",
    b"UNSUBSCRIBE",
    b"XLIST",
];
/// Longest tag that is believed.
const MAX_TAG: usize = 32;
/// Longest command with its tag.
const MAX_BEGINNING: usize = 64;

/// Recognises a greeting, or a command with its tag.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    let end = memchr(b'\n', bytes);
    let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line.first() {
        None => {
            return if end.is_some() {
                Probe::No
            } else {
                Probe::More
            };
        }
        Some(b'*') => return probe_greeting(line, end.is_some(), is_usual),
        Some(b'+') if is_usual && line.get(1).is_none_or(|byte| *byte == b' ') => {
            return Probe::Yes(Role::Server);
        }
        _ => {}
    }
    let space = memchr(b' ', line);
    let tag = line.get(..space.unwrap_or(line.len())).unwrap_or_default();
    let is_tag = tag.len() <= MAX_TAG
        && !tag.is_empty()
        && tag
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    if !is_tag {
        return Probe::No;
    }
    let Some(space) = space else {
        return if end.is_none() {
            Probe::More
        } else {
            Probe::No
        };
    };
    let rest = line.get(space + 1..).unwrap_or_default();
    let stop = memchr(b' ', rest);
    let word = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
    let is_whole = stop.is_some() || end.is_some();
    let is = |known: &&[u8]| known.eq_ignore_ascii_case(word);
    if is_whole {
        let states: &[&[u8]] = &[b"OK", b"NO", b"BAD"];
        return match (FIRST.iter().any(is), is_usual) {
            (true, _) => Probe::Yes(Role::Client),
            (_, true) if COMMANDS.iter().any(is) => Probe::Yes(Role::Client),
            (_, true) if states.iter().any(is) => Probe::Yes(Role::Server),
            _ => Probe::No,
        };
    }
    let begins = |known: &&[u8]| {
        known
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if line.len() < MAX_BEGINNING && COMMANDS.iter().any(begins) {
        Probe::More
    } else {
        Probe::No
    }
}

fn probe_greeting(line: &[u8], is_whole: bool, is_usual: bool) -> Probe {
    let upper = line.get(..512).unwrap_or(line).to_ascii_uppercase();
    let states: &[&[u8]] = &[b"* OK", b"* PREAUTH", b"* BYE"];
    let state = states.iter().any(|state| upper.starts_with(state));
    let may_be = states
        .iter()
        .any(|state| state.starts_with(upper.as_slice()));
    let says = |word: &[u8]| memmem::find(&upper, word).is_some();
    match state {
        true if says(b"IMAP") || says(b"[CAPABILITY") => Probe::Yes(Role::Server),
        true if is_whole && is_usual => Probe::Yes(Role::Server),
        true => Probe::More,
        // Not a greeting, but what a server says in the middle.
        false if is_usual && upper.starts_with(b"* ") && is_whole => Probe::Yes(Role::Server),
        false if may_be || (is_usual && !is_whole) => Probe::More,
        false => Probe::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_or_a_tagged_command_tells() {
        for (bytes, is_usual, expected) in [
            (
                &b"* OK IMAP4rev2 server ready\r\n"[..],
                false,
                Probe::Yes(Role::Server),
            ),
            (b"* OK ready\r\n", false, Probe::More),
            (b"* OK ready\r\n", true, Probe::Yes(Role::Server)),
            (
                b"a001 LOGIN mrc secret\r\n",
                false,
                Probe::Yes(Role::Client),
            ),
            (b"a001 SELECT inbox\r\n", false, Probe::No),
            (b"a001 SELECT inbox\r\n", true, Probe::Yes(Role::Client)),
            (b". CAPABILITY\r\n", false, Probe::Yes(Role::Client)),
            (b"a001 OK done\r\n", true, Probe::Yes(Role::Server)),
            (b"a001 LO", false, Probe::More),
            (b"GET / HTTP/1.1\r\n", true, Probe::No),
            (b"EHLO a\r\n", true, Probe::No),
            (b"*1\r\n$4\r\nPING\r\n", false, Probe::No),
        ] {
            assert_eq!(
                probe(bytes, is_usual),
                expected,
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
