//! HTTP/1: after a request that is recognised, anything. The first byte chooses what the answer says of its body.
#![no_main]

use libfuzzer_sys::fuzz_target;

const ANSWERS: [&[u8]; 8] = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, deflate\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: lzma\r\n\r\n",
    b"HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=B\r\n\r\n",
    b"HTTP/1.1 101 Go on\r\nUpgrade: h2c\r\n\r\n",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let opening = [
        (true, &b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n"[..]),
        (false, ANSWERS[usize::from(first % 8)]),
    ];
    khien_fuzz::segments::converse(80, &opening, rest);
});
