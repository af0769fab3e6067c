//! SSH after both banners.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let opening: [(bool, &[u8]); 2] = [
        (true, b"SSH-2.0-client\r\n"),
        (false, b"SSH-2.0-server\r\n"),
    ];
    khien_fuzz::segments::converse(22, &opening, data);
});
