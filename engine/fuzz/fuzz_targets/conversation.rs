//! Any words on the port of HTTP: recognition, and every parser of a stream behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| khien_fuzz::segments::converse(80, &[], data));
