//! ARP on Ethernet: each word is one message of it.
#![no_main]

use libfuzzer_sys::fuzz_target;

use khien_fuzz::watched::Watched;
use khien_fuzz::words;

const ETHERNET: u32 = 1;

fuzz_target!(|data: &[u8]| {
    let mut watched = Watched::new();
    for word in words(data, 0) {
        watched.wait(if word.is_after_loss {
            30_000_000
        } else {
            1_000
        });
        let head: &[u8] = b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06";
        let fixed: &[u8] = if word.is_client {
            b"\0\x01\x08\0\x06\x04"
        } else {
            b""
        };
        watched.frame(ETHERNET, &[head, fixed, word.said].concat(), 0);
    }
    watched.finish();
});
