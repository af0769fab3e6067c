//! Kerberos over UDP.
#![no_main]

mod udp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    udp::converse([40_000, 88], data);
});
