//! POP3: after the greeting and a log-in; odd first bytes begin in a mail.
#![no_main]

use libfuzzer_sys::fuzz_target;

const OPENING: [(bool, &[u8]); 5] = [
    (false, b"+OK POP3 ready\r\n"),
    (true, b"USER a\r\nPASS b\r\n"),
    (false, b"+OK\r\n+OK in\r\n"),
    (true, b"RETR 1\r\n"),
    (false, b"+OK 99 octets\r\n"),
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    khien_fuzz::segments::converse(
        110,
        if first & 1 == 0 {
            &OPENING[..3]
        } else {
            &OPENING
        },
        rest,
    );
});
