//! What goes over to TLS: PostgreSQL, XMPP, IRC, SMTP, IMAP, POP3, FTP and MySQL, by the first byte; after it, anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

type Opening = (u16, &'static [(bool, &'static [u8])]);

const OPENINGS: [Opening; 8] = [
    (5_432, &[(true, b"\0\0\0\x08\x04\xd2\x16\x2f")]),
    (
        5_222,
        &[(
            true,
            b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'>",
        )],
    ),
    (6_667, &[(true, b"CAP LS 302\r\n")]),
    (
        25,
        &[
            (false, b"220 a ESMTP\r\n"),
            (true, b"EHLO b\r\n"),
            (false, b"250 STARTTLS\r\n"),
            (true, b"STARTTLS\r\n"),
            (false, b"220 go\r\n"),
        ],
    ),
    (
        143,
        &[
            (false, b"* OK IMAP4rev1 ready\r\n"),
            (true, b"a STARTTLS\r\n"),
            (false, b"a OK go\r\n"),
        ],
    ),
    (
        110,
        &[
            (false, b"+OK POP3\r\n"),
            (true, b"STLS\r\n"),
            (false, b"+OK go\r\n"),
        ],
    ),
    (
        21,
        &[
            (false, b"220 ready\r\n"),
            (true, b"AUTH TLS\r\n"),
            (false, b"234 go\r\n"),
        ],
    ),
    (
        3_306,
        &[(
            false,
            b"\x20\0\0\0\x0a8.0.36\0\x01\0\0\0challeng\0\xff\xff\x21\x02\0\xff\xdf\x15\0\0\0",
        )],
    ),
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let (port, opening) = OPENINGS[usize::from(*first) % OPENINGS.len()];
    khien_fuzz::segments::converse(port, opening, rest);
});
