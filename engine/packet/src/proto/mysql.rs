//! The way to TLS in `MySQL` (its internals manual, "Connection Phase": `HandshakeV10`, `SSLRequest`). What else is said is
//! not read: the flow has a name, and TLS inside is told.
//!
//! Caps: 4 KiB of a greeting.

use super::{Context, Direction, Parser, Probe, Protocol, Role, Step, Then};

/// The usual port.
pub const PORTS: &[u16] = &[3306];
/// Length and number of a packet.
const HEAD: usize = 4;
/// Version 10 of the handshake.
const VERSION: u8 = 10;
/// Longest name of a server's version.
const MAX_NAME: usize = 64;
/// What stands behind that name at least: thread, challenge, filler, capabilities.
const BEHIND_NAME: usize = 4 + 8 + 1 + 2;
/// Longest greeting that is believed.
const MAX_GREETING: usize = 4_096;
/// Length of a request for TLS, which is the begin of a login.
const REQUEST: usize = 32;
/// `CLIENT_PROTOCOL_41`.
const IS_LOGIN: u16 = 0x0200;
/// `CLIENT_SSL`.
const WANTS_TLS: u16 = 0x0800;

/// Recognises the server's greeting, or the client's login, whole or as a request for TLS.
#[must_use]
pub fn probe(bytes: &[u8], _: bool) -> Probe {
    let Some((&[low, middle, high, number], rest)) = bytes.split_first_chunk::<HEAD>() else {
        // Both begin with a length below the cap.
        let is_possible = bytes.get(2).is_none_or(|high| *high == 0);
        return if is_possible { Probe::More } else { Probe::No };
    };
    let length = usize::from(low) | usize::from(middle) << 8;
    match (high, number) {
        (0, 0) if (BEHIND_NAME..MAX_GREETING).contains(&length) => greeting(rest, length),
        (0, 1) if (REQUEST..MAX_GREETING).contains(&length) => match rest.get(..REQUEST) {
            Some(body) if is_login(body) => Probe::Yes(Role::Client),
            Some(_) => Probe::No,
            None => Probe::More,
        },
        _ => Probe::No,
    }
}

/// Protocol version, then the server's version as text, which begins with a digit and ends with a zero.
fn greeting(body: &[u8], length: usize) -> Probe {
    let Some((version, name)) = body.split_first() else {
        return Probe::More;
    };
    if *version != VERSION || !name.first().is_none_or(u8::is_ascii_digit) {
        return Probe::No;
    }
    let name = name.get(..MAX_NAME).unwrap_or(name);
    let end = name.iter().position(|byte| *byte == 0);
    let text = name.get(..end.unwrap_or(name.len())).unwrap_or(name);
    if !text.iter().all(u8::is_ascii_graphic) {
        return Probe::No;
    }
    match end {
        Some(end) if 1 + end + 1 + BEHIND_NAME <= length => Probe::Yes(Role::Server),
        None if name.len() < MAX_NAME => Probe::More,
        _ => Probe::No,
    }
}

fn capabilities(body: &[u8]) -> u16 {
    let low = body.first_chunk::<2>();
    low.map_or(0, |two| u16::from_le_bytes(*two))
}

/// Capabilities, largest packet, character set, and 19 bytes of nothing; `MariaDB` has a use for the four behind them.
fn is_login(body: &[u8]) -> bool {
    let filler = body.get(9..28).unwrap_or_default();
    capabilities(body) & IS_LOGIN != 0 && filler.iter().all(|byte| *byte == 0)
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Mysql)
}

/// The part of a connection before TLS.
struct Mysql;

impl Parser for Mysql {
    fn data(&mut self, _: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        match direction {
            // The client answers the greeting; what the server may add to that is of no use here.
            Direction::FromDestination => Step::more(bytes.len()),
            Direction::FromSource => first_words(bytes),
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, _: u64) -> bool {
        direction == Direction::FromDestination
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        0
    }
}

/// Whether TLS follows what the client says first.
fn first_words(bytes: &[u8]) -> Step {
    match bytes.split_first_chunk::<HEAD>() {
        Some((&[32, 0, 0, 1], rest)) => match rest.get(..REQUEST) {
            Some(body) if capabilities(body) & WANTS_TLS != 0 => Step {
                consumed: HEAD + REQUEST,
                then: Then::Switch(Protocol::Tls),
            },
            Some(_) => Step::done(bytes.len()),
            None => Step::more(0),
        },
        Some(_) => Step::done(bytes.len()),
        None => Step::more(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of a greeting in the manual (`MySQL` 5.5.2), up to its capabilities and status.
    const GREETING: &[u8] =
        b"\x36\0\0\0\x0a5.5.2-m2\0\x0b\0\0\0\x64\x76\x48\x40\x49\x2d\x43\x4a\0\xff\xf7\x08\x02\0";

    fn request(capabilities: [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![32, 0, 0, 1];
        bytes.extend(capabilities);
        bytes.extend([0, 0, 0, 1, 8]);
        bytes.extend([0; 23]);
        bytes
    }

    #[test]
    fn a_greeting_and_a_request_for_tls_are_recognised_however_they_are_cut() {
        for cut in 0..6 {
            assert_eq!(probe(&GREETING[..cut], false), Probe::More, "{cut}");
        }
        assert_eq!(probe(GREETING, false), Probe::Yes(Role::Server));
        let tls = request([0x05, 0xae, 0x03, 0]);
        for cut in 0..tls.len() {
            assert_eq!(probe(&tls[..cut], false), Probe::More, "{cut}");
        }
        assert_eq!(probe(&tls, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&request([0x05, 0xac, 0x03, 0]), false), Probe::No);
        let mut login = request([0x05, 0xa6, 0x03, 0]);
        login[0] = 50;
        assert_eq!(probe(&login, false), Probe::Yes(Role::Client));
    }

    #[test]
    fn what_only_resembles_a_greeting_is_none() {
        let changed = |at: usize, byte: u8| {
            let mut bytes = GREETING.to_vec();
            bytes[at] = byte;
            probe(&bytes, true)
        };
        assert_eq!(changed(2, 1), Probe::No, "too long");
        assert_eq!(changed(3, 2), Probe::No, "not the first packet");
        assert_eq!(changed(4, 9), Probe::No, "another handshake");
        assert_eq!(changed(5, b'x'), Probe::No, "no version");
        assert_eq!(changed(7, 7), Probe::No, "no text");
        assert_eq!(changed(0, 20), Probe::No, "no room for the rest");
    }

    #[test]
    fn tls_begins_right_behind_the_request() {
        let mut words = request([0x05, 0xae, 0x03, 0]);
        words.extend(b"\x16\x03\x01");
        let then = Then::Switch(Protocol::Tls);
        assert_eq!(first_words(&words), Step { consumed: 36, then });
        assert_eq!(first_words(&words[..20]), Step::more(0));
        assert_eq!(first_words(b"\x40\0\0\x01\x05\xa6").then, Then::Done);
    }
}
