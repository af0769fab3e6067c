//! Kerberos over UDP or TCP, by the lowest bit of the first byte.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    if first & 1 == 0 {
        khien_fuzz::datagrams::converse([40_000, 88], &[], rest);
    } else {
        khien_fuzz::segments::converse(88, &[], rest);
    }
});
