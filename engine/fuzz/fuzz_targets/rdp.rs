//! Remote Desktop: the first byte chooses what the server confirms (nothing, standard security, TLS, CredSSP, a failure).
#![no_main]

use libfuzzer_sys::fuzz_target;

/// MS-RDPBCGR, section 2.2.1.1: a request for TLS and CredSSP behind a cookie.
const REQUEST: &[u8] =
    b"\x03\0\0\x27\x22\xe0\0\0\0\0\0Cookie: mstshash=a\r\n\x01\0\x08\0\x03\0\0\0";

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let confirm = |kind: u8, chosen: u8| {
        [
            &b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0"[..],
            &[kind, 0, 8, 0, chosen, 0, 0, 0],
        ]
        .concat()
    };
    let answer = match first % 5 {
        0 => return khien_fuzz::segments::converse(3_389, &[], rest),
        1 => confirm(2, 0),
        2 => confirm(2, 1),
        3 => confirm(2, 2),
        _ => confirm(3, 5),
    };
    khien_fuzz::segments::converse(3_389, &[(true, REQUEST), (false, &answer)], rest);
});
