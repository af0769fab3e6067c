//! TLS and SSL of all versions, in records as they come.
#![no_main]

mod tcp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    tcp::converse([40_000, 443], &[], data);
});
