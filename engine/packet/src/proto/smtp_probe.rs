//! Recognition of SMTP by the first bytes of either end.

use super::command_line;
use super::smtp_command::{FIRST_VERBS, VERBS};
use super::{Probe, Role};

/// Recognises a greeting that says so, or a client's first verb.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    let line = bytes
        .get(..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()))
        .unwrap_or_default();
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        return probe_reply(bytes, line, is_usual);
    }
    let verbs = if is_usual { VERBS } else { FIRST_VERBS };
    match command_line::begins_with_verb(bytes, verbs) {
        Some(true) => Probe::Yes(Role::Client),
        None if !bytes.is_empty() => Probe::More,
        _ => Probe::No,
    }
}

fn probe_reply(bytes: &[u8], line: &[u8], is_usual: bool) -> Probe {
    if bytes.len() < 4 {
        let is_digits = bytes.iter().all(u8::is_ascii_digit);
        return if is_digits { Probe::More } else { Probe::No };
    }
    let Some((code, _, text)) = command_line::reply(line.strip_suffix(b"\r").unwrap_or(line))
    else {
        return Probe::No;
    };
    let says = |word: &[u8]| memchr::memmem::find(&text.to_ascii_uppercase(), word).is_some();
    if !matches!(code, 220 | 250 | 421 | 500..=599) {
        return Probe::No;
    }
    if code == 220 && says(b"SMTP") {
        return Probe::Yes(Role::Server);
    }
    if code == 220 && says(b"FTP") {
        return Probe::No;
    }
    // A code alone says little: the client's first verb will tell.
    if line.len() == bytes.len() {
        Probe::More
    } else if is_usual {
        Probe::Yes(Role::Server)
    } else if code == 220 {
        Probe::More
    } else {
        Probe::No
    }
}

/// Whether bytes begin a record of TLS: of a handshake, or of what follows one that was not captured; or SSL 2's hello.
pub(super) fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, ..] | [0x14..=0x17] | [0x80, ..])
}
