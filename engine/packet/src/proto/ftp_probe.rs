//! Recognition of FTP by the first bytes of either end.

use memchr::{memchr, memmem};

use super::command_line::{begins_with_verb, reply};
use super::{Probe, Role};

/// Verbs with which a session begins (RFC 959, RFC 2389, RFC 4217).
const FIRST_VERBS: &[&[u8]] = &[
    b"ACCT", b"AUTH", b"CLNT", b"FEAT", b"HOST", b"NOOP", b"OPTS", b"PASS", b"QUIT", b"SYST",
    b"USER", b"XAUT",
];
/// Verbs that a session in the middle may begin with as well.
const OTHER_VERBS: &[&[u8]] = &[
    b"ABOR", b"ALLO", b"APPE", b"CDUP", b"CWD", b"DELE", b"EPRT", b"EPSV", b"HELP", b"LIST",
    b"MDTM", b"MKD", b"MLSD", b"MLST", b"MODE", b"NLST", b"PASV", b"PBSZ", b"PORT", b"PROT",
    b"PWD", b"REST", b"RETR", b"RMD", b"RNFR", b"RNTO", b"SITE", b"SIZE", b"STAT", b"STOR",
    b"STOU", b"STRU", b"TYPE", b"XPWD",
];
/// Verbs that POP3 does not have.
const OWN_VERBS: &[&[u8]] = &[b"FEAT", b"SYST", b"PASV", b"PORT", b"EPSV", b"EPRT"];
/// Verbs that FTP shares with POP3 and others: the server tells which it is.
const SHARED_VERBS: &[&[u8]] = &[b"AUTH", b"HOST", b"OPTS", b"QUIT", b"USER"];
/// What a server says after its greeting.
const NEXT_CODES: &[u16] = &[202, 211, 215, 230, 234, 331, 332, 530];

/// Recognises a greeting that says so, or a verb.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    match bytes.first() {
        None => Probe::More,
        Some(first) if first.is_ascii_digit() => probe_reply(bytes, is_usual),
        Some(_) => probe_verb(bytes, is_usual),
    }
}

fn probe_verb(bytes: &[u8], is_usual: bool) -> Probe {
    let lists: &[&[&[u8]]] = if is_usual {
        &[FIRST_VERBS, OTHER_VERBS]
    } else {
        &[OWN_VERBS]
    };
    let answers: Vec<_> = lists
        .iter()
        .map(|verbs| begins_with_verb(bytes, verbs))
        .collect();
    if answers.contains(&Some(true)) {
        return Probe::Yes(Role::Client);
    }
    match begins_with_verb(bytes, SHARED_VERBS) {
        Some(false) if !answers.contains(&None) => Probe::No,
        _ => Probe::More,
    }
}

fn probe_reply(bytes: &[u8], is_usual: bool) -> Probe {
    let end = memchr(b'\n', bytes);
    let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    if bytes.len() < 4 {
        let is_digits = line.iter().all(u8::is_ascii_digit);
        return if is_digits { Probe::More } else { Probe::No };
    }
    let Some((code, _, text)) = reply(line.strip_suffix(b"\r").unwrap_or(line)) else {
        return Probe::No;
    };
    if !(matches!(code, 120 | 220 | 421 | 530) || (is_usual && (100..600).contains(&code))) {
        return Probe::No;
    }
    let text = text.to_ascii_uppercase();
    if memmem::find(&text, b"SMTP").is_some() {
        return Probe::No;
    }
    if memmem::find(&text, b"FTP").is_some() && code == 220 {
        return Probe::Yes(Role::Server);
    }
    let Some(end) = end else {
        return Probe::More;
    };
    let next = bytes.get(end + 1..).unwrap_or_default();
    let next_line = next.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let is_followed = reply(next_line).is_some_and(|(code, ..)| NEXT_CODES.contains(&code));
    if is_usual || is_followed {
        Probe::Yes(Role::Server)
    } else {
        Probe::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_tells_ftp_from_mail() {
        for (bytes, is_usual, expected) in [
            (
                &b"220 (vsFTPd 3.0.5)\r\n"[..],
                false,
                Probe::Yes(Role::Server),
            ),
            (b"220 mail.a.vn ESMTP\r\n", true, Probe::No),
            (b"220 ready\r\n", false, Probe::More),
            (b"220 ready\r\n", true, Probe::Yes(Role::Server)),
            (b"220 ready\r\n331 who\r\n", false, Probe::Yes(Role::Server)),
            (b"22", false, Probe::More),
            (b"200 OK\r\n", false, Probe::No),
            (b"USER a\r\n", false, Probe::More),
            (b"USER a\r\n", true, Probe::Yes(Role::Client)),
            (b"FEAT\r\n", false, Probe::Yes(Role::Client)),
            (b"EHLO a\r\n", true, Probe::No),
            (b"GET / HTTP/1.1\r\n", true, Probe::No),
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
