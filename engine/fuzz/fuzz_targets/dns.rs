//! DNS, mDNS and LLMNR: the first byte chooses the port.
#![no_main]

mod udp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let port = [53, 5353, 5355][usize::from(first % 3)];
    udp::converse([40_000, port], rest);
});
