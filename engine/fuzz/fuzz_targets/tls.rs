//! TLS and SSL of all versions, in records as they come.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| khien_fuzz::segments::converse(443, &[], data));
