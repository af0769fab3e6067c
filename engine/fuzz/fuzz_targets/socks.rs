//! A SOCKS proxy: the first byte chooses the version and how far both ends are before the fuzzer speaks.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// RFC 1928, section 3: no log-in, or one by name and password.
const GREETING: &[u8] = b"\x05\x02\0\x02";
/// Section 4: by name, port 80.
const REQUEST: &[u8] = b"\x05\x01\0\x03\x04a.vn\0\x50";
/// Version 4A, by name.
const REQUEST_4: &[u8] = b"\x04\x01\0\x50\0\0\0\x01me\0a.vn\0";
/// A port that waits, version 4.
const BIND_4: &[u8] = b"\x04\x02\0\x50\x0a\0\0\x09me\0";

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let opening: &[(bool, &[u8])] = match first % 7 {
        0 => &[],
        1 => &[(true, GREETING), (false, b"\x05\0")],
        2 => &[(true, GREETING), (false, b"\x05\x02")],
        3 => &[(true, GREETING), (false, b"\x05\0"), (true, REQUEST)],
        4 => &[
            (true, GREETING),
            (false, b"\x05\x02"),
            (true, b"\x01\x03bob\x05alice"),
            (false, b"\x01\0"),
            (true, REQUEST),
        ],
        5 => &[(true, REQUEST_4)],
        _ => &[(true, BIND_4), (false, b"\0\x5a\x04\0\x0a\0\0\x01")],
    };
    khien_fuzz::segments::converse(1_080, opening, rest);
});
