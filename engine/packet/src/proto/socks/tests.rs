//! Bytes by RFC 1928, RFC 1929 and the memo of version 4.

use super::*;

/// `www.example.vn`, port 443, by name.
const REQUEST: &[u8] = b"\x05\x01\0\x03\x0ewww.example.vn\x01\xbb";

fn asked(socks: &mut Socks, bytes: &[u8]) -> Option<Word> {
    socks.ask(&mut Bytes::new(bytes), false)
}

fn answered(socks: &mut Socks, bytes: &[u8]) -> Option<Word> {
    socks.answer(&mut Bytes::new(bytes))
}

#[test]
fn a_greeting_and_a_request_of_version_4_are_recognised_when_nothing_follows() {
    for (bytes, expected) in [
        (&b"\x05\x01\0"[..], Probe::Yes(Role::Client)),
        (b"\x05\x03\0\x03\x02", Probe::Yes(Role::Client)),
        (b"\x05\x03\0\x03", Probe::More),
        (b"\x05", Probe::More),
        (b"\x05\x01\0\x05", Probe::No),
        (b"\x05\x01\x40", Probe::No),
        (b"\x05\0", Probe::No),
        (b"\x05\0\x0b\x03\x10\0\0\0", Probe::No),
        (
            b"\x04\x01\0\x50\x5d\xb8\xd8\x77\0",
            Probe::Yes(Role::Client),
        ),
        (
            b"\x04\x01\0\x50\x5d\xb8\xd8\x77me\0",
            Probe::Yes(Role::Client),
        ),
        (b"\x04\x01\0\x50\x5d\xb8\xd8\x77me", Probe::More),
        (
            b"\x04\x01\0\x50\0\0\0\x01me\0a.vn\0",
            Probe::Yes(Role::Client),
        ),
        (b"\x04\x01\0\x50\0\0\0\x01me\0a.vn", Probe::More),
        (b"\x04\x01\0\x50\x5d\xb8\xd8\x77\0GET", Probe::No),
        (b"\x04\x01\0\x50\x5d\xb8\xd8\x77\x02\0", Probe::No),
        (b"\x04\x01\0\0\x5d\xb8\xd8\x77\0", Probe::No),
        (b"\x04\x03\0\x50", Probe::No),
        (b"\0\x5a\0\x50\x5d\xb8\xd8\x77", Probe::No),
    ] {
        assert_eq!(probe(bytes, false), expected, "{bytes:?}");
    }
}

#[test]
fn the_end_that_answers_is_believed() {
    for bytes in [
        &b"\x05\0"[..],
        b"\x05\xff",
        b"\x05\x02\x01\0",
        b"\x05\0\x05\0\0\x01",
        b"\0\x5b\0\0\0\0\0\0",
    ] {
        assert!(matches!(probe(bytes, true), Probe::Yes(_)), "{bytes:?}");
    }
    assert_eq!(probe(b"\x05\x02", true), Probe::More);
    assert_eq!(probe(b"HTTP/1.1", true), Probe::No);
}

#[test]
fn a_host_by_name_is_read_and_what_was_granted_is_recognised_anew() {
    let mut socks = Socks::default();
    assert_eq!(asked(&mut socks, b"\x05\x01\0"), Some(Word::Read));
    assert_eq!(answered(&mut socks, b"\x05\0"), Some(Word::Read));
    for cut in 0..REQUEST.len() {
        assert_eq!(asked(&mut socks, &REQUEST[..cut]), None, "{cut}");
    }
    assert_eq!(asked(&mut socks, REQUEST), Some(Word::Read));
    assert_eq!(asked(&mut socks, b"GET /"), Some(Word::Early));
    let target = socks.target.as_ref().unwrap();
    assert_eq!(
        (target.name(), target.port),
        (Some(&b"www.example.vn"[..]), 443)
    );
    let granted = b"\x05\0\0\x01\x0a\0\0\x01\xd1\xcd220";
    let last = Some(Word::Last(Then::Recognise));
    assert_eq!(answered(&mut socks, granted), last);
    assert_eq!(socks.is_success(), Some(true));
}

#[test]
fn a_log_in_that_fails_ends_it_and_its_password_is_not_kept() {
    let mut socks = Socks::default();
    asked(&mut socks, b"\x05\x01\x02");
    answered(&mut socks, b"\x05\x02");
    assert_eq!(asked(&mut socks, b"\x01\x03bob\x05alice"), Some(Word::Read));
    assert_eq!(
        (&socks.user[..], socks.password.as_deref()),
        (&b"bob"[..], Some(&b""[..]))
    );
    let last = Some(Word::Last(Then::Done));
    assert_eq!(answered(&mut socks, b"\x01\x01"), last);
    assert_eq!(socks.is_success(), Some(false));
}

#[test]
fn a_refusal_needs_no_address() {
    let mut socks = Socks::default();
    asked(&mut socks, b"\x05\x01\0");
    answered(&mut socks, b"\x05\0");
    asked(&mut socks, REQUEST);
    let last = Some(Word::Last(Then::Done));
    assert_eq!(answered(&mut socks, b"\x05\x05"), last);
    assert_eq!((socks.reply, socks.is_success()), (Some(5), Some(false)));
}

#[test]
fn a_port_that_waits_is_answered_twice() {
    let mut socks = Socks::default();
    asked(&mut socks, b"\x04\x02\0\x14\x0a\0\0\x09\0");
    assert_eq!(
        answered(&mut socks, b"\0\x5a\x04\0\x0a\0\0\x01"),
        Some(Word::Read)
    );
    let last = Some(Word::Last(Then::Recognise));
    assert_eq!(answered(&mut socks, b"\0\x5a\x04\0\x0a\0\0\x09"), last);
    assert_eq!(socks.bound.map(|one| one.port), Some(1_024));
}

#[test]
fn what_breaks_the_format_is_broken_and_a_user_without_end_is_too() {
    let mut socks = Socks::default();
    asked(&mut socks, b"\x05\x01\0");
    assert_eq!(asked(&mut socks, b"\x05\x01\0\x02\0\0"), Some(Word::Broken));
    assert_eq!(asked(&mut socks, b"\x07"), Some(Word::Broken));
    let mut endless = b"\x04\x01\0\x50\x5d\xb8\xd8\x77".to_vec();
    endless.extend([b'a'; 511]);
    assert_eq!(asked(&mut Socks::default(), &endless), None);
    endless.extend([b'a'; 2]);
    assert_eq!(asked(&mut Socks::default(), &endless), Some(Word::Broken));
}
