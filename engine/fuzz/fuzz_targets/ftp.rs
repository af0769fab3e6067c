//! FTP: after a log-in, any command and reply.
#![no_main]

use libfuzzer_sys::fuzz_target;

const OPENING: [(bool, &[u8]); 3] = [
    (false, b"220 ready\r\n"),
    (true, b"USER a\r\nPASS b\r\n"),
    (false, b"331 who\r\n230 in\r\n"),
];

fuzz_target!(|data: &[u8]| khien_fuzz::segments::converse(21, &OPENING, data));
