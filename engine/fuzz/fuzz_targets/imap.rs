//! IMAP: after the greeting; odd first bytes begin in a FETCH.
#![no_main]

use libfuzzer_sys::fuzz_target;

const OPENING: [(bool, &[u8]); 3] = [
    (false, b"* OK IMAP4rev1 ready\r\n"),
    (true, b"a1 FETCH 1 (FLAGS BODY[])\r\n"),
    (false, b"* 1 FETCH (FLAGS () BODY[] {200}\r\n"),
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    khien_fuzz::segments::converse(
        143,
        if first & 1 == 0 {
            &OPENING[..1]
        } else {
            &OPENING
        },
        rest,
    );
});
