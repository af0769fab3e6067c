//! SSH after both banners.
#![no_main]

mod tcp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let opening: [(bool, &[u8]); 2] = [(true, b"SSH-2.0-client\r\n"), (false, b"SSH-2.0-server\r\n")];
    tcp::converse([40_000, 22], &opening, data);
});
