//! HTTP/2: after preface and settings, anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64";

fuzz_target!(|data: &[u8]| khien_fuzz::segments::converse(
    8_443,
    &[(true, PREFACE), (false, SETTINGS)],
    data
));
