//! SIP over UDP or TCP, by the lowest bit of the first byte, after a request.
#![no_main]

use libfuzzer_sys::fuzz_target;

const REQUEST: &[u8] = b"OPTIONS sip:b@example.vn SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa\r\nFrom: <sip:a@example.vn>;tag=1\r\n\
To: <sip:b@example.vn>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    if first & 1 == 0 {
        khien_fuzz::datagrams::converse([5_060, 5_060], &[(true, REQUEST)], rest);
    } else {
        khien_fuzz::segments::converse(5_060, &[(true, REQUEST)], rest);
    }
});
