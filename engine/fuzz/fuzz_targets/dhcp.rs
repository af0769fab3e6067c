//! DHCP between client and server port.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| khien_fuzz::datagrams::converse([68, 67], &[], data));
