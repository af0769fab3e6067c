//! Modbus over TCP.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| khien_fuzz::segments::converse(502, &[], data));
