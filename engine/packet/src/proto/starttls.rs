//! Protocols of which only the way to TLS is followed: `PostgreSQL` (its manual, section "SSL Session Encryption"), XMPP
//! (RFC 6120, section 5.4), IRC (`IRCv3`, `STARTTLS`). What else they say is not read.
//!
//! Caps: 64 KiB before TLS, an element or line 512 bytes.

use memchr::{memchr, memmem, memrchr};

use super::{Context, Direction, Parser, Probe, Protocol, Role, Step, Then};

/// `PostgreSQL`'s usual port.
pub const POSTGRESQL_PORTS: &[u16] = &[5432];
/// XMPP's usual ports: clients, servers.
pub const XMPP_PORTS: &[u16] = &[5222, 5269];
/// IRC's usual ports.
pub const IRC_PORTS: &[u16] = &[6667];
/// What an end may say before TLS.
const MAX_BEFORE: usize = 64 << 10;
/// The begin of an element or line that is kept until its end comes.
const MAX_KEPT: usize = 512;

/// `SSLRequest`: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Recognises `PostgreSQL`'s first message: a request for TLS, or the start of version 3 with the name of a user.
#[must_use]
pub fn probe_postgresql(bytes: &[u8], is_usual: bool) -> Probe {
    let start = [0, 3, 0, 0, b'u', b's', b'e', b'r', 0];
    match bytes {
        [0, 0, _, _, rest @ ..] => {
            let code = SSL_REQUEST.get(4..).unwrap_or_default();
            let is_request = bytes.starts_with(&SSL_REQUEST);
            if is_request || rest.starts_with(&start) {
                Probe::Yes(Role::Client)
            } else if start.starts_with(rest) || code.starts_with(rest) && bytes.get(3) == Some(&8)
            {
                Probe::More
            } else {
                Probe::No
            }
        }
        [] | [0] | [0, 0] | [0, 0, _] => Probe::More,
        // What a server answers; too little to begin with anywhere else.
        [b'S' | b'N'] | [b'R' | b'E', 0, 0, ..] if is_usual => Probe::Yes(Role::Server),
        _ => Probe::No,
    }
}

/// Recognises the begin of an XMPP stream.
#[must_use]
pub fn probe_xmpp(bytes: &[u8], _: bool) -> Probe {
    let head = bytes.get(..MAX_KEPT).unwrap_or(bytes);
    let is_xml = [&b"<?xml "[..], b"<stream:stream"]
        .iter()
        .any(|start| head.starts_with(start) || start.starts_with(head));
    if !is_xml {
        return Probe::No;
    }
    if memmem::find(head, b"<stream:stream").is_some() && memmem::find(head, b"jabber:").is_some() {
        return Probe::Yes(Role::Either);
    }
    if bytes.len() < MAX_KEPT {
        Probe::More
    } else {
        Probe::No
    }
}

/// Recognises the first line of IRC.
#[must_use]
pub fn probe_irc(bytes: &[u8], is_usual: bool) -> Probe {
    let starts: [(&[u8], Role); 4] = [
        (b"NICK ", Role::Client),
        (b"CAP LS", Role::Client),
        (b"STARTTLS\r", Role::Client),
        (b":", Role::Server),
    ];
    for (start, role) in starts {
        if bytes.starts_with(start) {
            let is_server = || {
                let line = memchr(b'\n', bytes).and_then(|end| bytes.get(..end));
                line.map(is_from_server)
            };
            return match role {
                Role::Server => match is_server() {
                    Some(true) => Probe::Yes(role),
                    None if is_usual && bytes.len() < MAX_KEPT => Probe::More,
                    _ => Probe::No,
                },
                _ => Probe::Yes(role),
            };
        }
        if start.starts_with(bytes) {
            return Probe::More;
        }
    }
    Probe::No
}

/// A state that waits for `PostgreSQL`'s answer.
#[must_use]
pub fn make_postgresql() -> Box<dyn Parser> {
    Box::new(StartTls::new(Kind::Postgresql))
}

/// A state that waits for XMPP's answer.
#[must_use]
pub fn make_xmpp() -> Box<dyn Parser> {
    Box::new(StartTls::new(Kind::Xmpp))
}

/// A state that waits for IRC's answer.
#[must_use]
pub fn make_irc() -> Box<dyn Parser> {
    Box::new(StartTls::new(Kind::Irc))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Postgresql,
    Xmpp,
    Irc,
}

/// The part of a connection before TLS.
struct StartTls {
    kind: Kind,
    has_asked: bool,
    seen: usize,
}

impl Parser for StartTls {
    fn data(&mut self, _: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let step = match (self.kind, direction) {
            (Kind::Postgresql, Direction::FromSource) => self.request(bytes),
            (Kind::Postgresql, Direction::FromDestination) => self.answer(bytes),
            (Kind::Xmpp, _) => units(bytes, b'>', |unit| {
                memmem::find(unit, b"<proceed").is_some()
            }),
            (Kind::Irc, _) => units(bytes, b'\n', is_accepted),
        };
        self.seen = self.seen.saturating_add(step.consumed);
        if self.seen > MAX_BEFORE && step.then == Then::More {
            return Step::done(bytes.len());
        }
        step
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        0
    }
}

impl StartTls {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            has_asked: false,
            seen: 0,
        }
    }

    fn request(&mut self, bytes: &[u8]) -> Step {
        if bytes.starts_with(&SSL_REQUEST) && !self.has_asked {
            self.has_asked = true;
            return Step::more(SSL_REQUEST.len());
        }
        if SSL_REQUEST.starts_with(bytes) || self.has_asked {
            return Step::more(0);
        }
        Step::done(bytes.len())
    }

    fn answer(&mut self, bytes: &[u8]) -> Step {
        match bytes.first() {
            None => Step::more(0),
            Some(b'S') if self.has_asked => Step::switch(1, Protocol::Tls),
            Some(b'N') if self.has_asked => {
                self.has_asked = false;
                Step::more(1)
            }
            _ => Step::done(bytes.len()),
        }
    }
}

/// Looks at each unit up to `end`; TLS begins after the one that says so.
fn units(bytes: &[u8], end: u8, is_last: impl Fn(&[u8]) -> bool) -> Step {
    let whole = memrchr(end, bytes).map_or(0, |place| place + 1);
    let mut consumed = 0;
    while let Some(rest) = bytes.get(consumed..whole).filter(|rest| !rest.is_empty()) {
        let length = memchr(end, rest).map_or(rest.len(), |place| place + 1);
        consumed += length;
        if is_last(rest.get(..length).unwrap_or(rest)) {
            return Step::switch(consumed, Protocol::Tls);
        }
    }
    // A begin that is longer than any that matters is not kept.
    if bytes.len() - consumed > MAX_KEPT {
        consumed = bytes.len();
    }
    Step::more(consumed)
}

/// A notice, or a reply by its number.
fn is_from_server(line: &[u8]) -> bool {
    let word = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    word == b"NOTICE" || word.len() == 3 && word.iter().all(u8::is_ascii_digit)
}

/// `670`: TLS may begin.
fn is_accepted(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    words.next().is_some_and(|sender| sender.starts_with(b":")) && words.next() == Some(b"670")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TLS: Then = Then::Switch(Protocol::Tls);

    #[test]
    fn postgresql_is_told_by_its_first_message() {
        assert_eq!(
            probe_postgresql(&SSL_REQUEST, false),
            Probe::Yes(Role::Client)
        );
        assert_eq!(probe_postgresql(&SSL_REQUEST[..6], false), Probe::More);
        assert_eq!(
            probe_postgresql(b"\0\0\0\x29\0\x03\0\0user\0x", false),
            Probe::Yes(Role::Client)
        );
        assert_eq!(probe_postgresql(b"\0\0\0\x29\0\x04", false), Probe::No);
        let mut state = StartTls::new(Kind::Postgresql);
        assert_eq!(state.answer(b"S").then, Then::Done);
        assert_eq!(state.request(&SSL_REQUEST), Step::more(8));
        assert_eq!(
            state.answer(b"S"),
            Step {
                consumed: 1,
                then: TLS
            }
        );
    }

    #[test]
    fn tls_begins_right_after_the_element_or_line_that_allows_it() {
        let xmpp = b"<a/><proceed xmlns='x'/>\x16\x03";
        let found = units(xmpp, b'>', |unit| memmem::find(unit, b"<proceed").is_some());
        assert_eq!(
            found,
            Step {
                consumed: 24,
                then: TLS
            }
        );
        let irc = b":a NOTICE x :670 no\r\n:a 670 x :yes\r\n\x16";
        assert_eq!(
            units(irc, b'\n', is_accepted),
            Step {
                consumed: 36,
                then: TLS
            }
        );
        assert_eq!(units(b":a 67", b'\n', is_accepted), Step::more(0));
    }

    #[test]
    fn irc_is_told_by_its_first_line() {
        assert_eq!(probe_irc(b"NICK me\r\n", false), Probe::Yes(Role::Client));
        assert_eq!(
            probe_irc(b":irc.example NOTICE * :hi\r\n", false),
            Probe::Yes(Role::Server)
        );
        assert_eq!(probe_irc(b":a 670 b\r\n", true), Probe::Yes(Role::Server));
        assert_eq!(probe_irc(b":x y\r\n", true), Probe::No);
        assert_eq!(probe_irc(b"USER me\r\n", false), Probe::No);
    }
}
