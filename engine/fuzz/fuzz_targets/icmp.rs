//! ICMP over IPv4, or ICMPv6 by the first byte: each word is one message, errors with the packet that they are about.
#![no_main]

use libfuzzer_sys::fuzz_target;

use khien_fuzz::watched::Watched;
use khien_fuzz::words;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let mut watched = Watched::new();
    for word in words(rest, 3) {
        let [own, other] = if word.is_client { [1, 2] } else { [2, 1] };
        let head = if first & 1 == 0 {
            vec![
                0x45, 0, 0, 0, 0, 7, 0, 0, 64, 1, 0, 0, 10, 0, 0, own, 10, 0, 0, other,
            ]
        } else {
            let length = u16::try_from(word.said.len()).unwrap_or(0).to_be_bytes();
            let mut head = vec![0x60, 0, 0, 0, length[0], length[1], 58, 64];
            head.extend([&[0xfd; 15][..], &[own], &[0xfd; 15], &[other]].concat());
            head
        };
        watched.packet(&[&head, word.said].concat());
    }
    watched.finish();
});
