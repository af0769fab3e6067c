//! DNS, mDNS and LLMNR: the first byte chooses the port, and TCP.
#![no_main]

use libfuzzer_sys::fuzz_target;

use khien_fuzz::{datagrams, segments};

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    match first % 5 {
        0 => datagrams::converse([40_000, 53], &[], rest),
        1 => datagrams::converse([5_353, 5_353], &[], rest),
        2 => datagrams::converse([40_000, 5_355], &[], rest),
        3 => segments::converse(53, &[], rest),
        _ => segments::converse(5_355, &[], rest),
    }
});
