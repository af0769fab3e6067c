//! HTTP/2: after preface and settings, anything.
#![no_main]

mod tcp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let opening = [
        (
            true,
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..],
        ),
        (false, &b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"[..]),
    ];
    tcp::converse([40_000, 8443], &opening, data);
});
