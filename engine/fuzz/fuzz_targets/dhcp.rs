//! DHCP between client and server port.
#![no_main]

mod udp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    udp::converse([68, 67], data);
});
