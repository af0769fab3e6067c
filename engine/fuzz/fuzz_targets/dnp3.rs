//! DNP3, which is only recognised, and what comes after.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| khien_fuzz::segments::converse(20_000, &[], data));
