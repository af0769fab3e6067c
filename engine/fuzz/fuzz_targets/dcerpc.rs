//! DCERPC: by the first byte over TCP after a binding to the endpoint mapper that was taken, or in datagrams.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// C706, section 12.6.4.3: bind, one context, the endpoint mapper in NDR.
const BIND: &[u8] =
    b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\0\0\x01\0\
\x08\x83\xaf\xe1\x1f\x5d\xc9\x11\x91\xa4\x08\0\x2b\x14\xa0\xfa\x03\0\0\0\
\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0";
/// Section 12.6.4.4: it is taken.
const BOUND: &[u8] = b"\x05\0\x0c\x03\x10\0\0\0\x3c\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\x01\0\0\0\x04\x00135\0\0\0\x01\0\0\0\0\0\0\0\
\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0";

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    if first & 1 == 0 {
        khien_fuzz::segments::converse(135, &[(true, BIND), (false, BOUND)], rest);
    } else {
        khien_fuzz::datagrams::converse([40_000, 135], &[], rest);
    }
});
