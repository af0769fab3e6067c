//! Bytes as frames: the first says which link layer, then each frame follows its length of two bytes.
#![no_main]

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use libfuzzer_sys::fuzz_target;

const LINKS: [u32; 8] = [1, 0, 9, 101, 104, 113, 276, 108];

fuzz_target!(|data: &[u8]| {
    let Some((kind, mut rest)) = data.split_first() else {
        return;
    };
    let mut engine = Engine::new(Settings::default(), kind & 0x80 != 0, Box::new(|_| true));
    let link_type = LINKS[usize::from(kind & 7)];
    let mut time_us = 1_000_000;
    while let Some((&[high, low], tail)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes([high & 7, low])).min(tail.len());
        let (data, tail) = tail.split_at(length);
        rest = tail;
        time_us += u64::from(high) * 1_000_000;
        engine.frame(&Frame {
            time_us,
            wire_length: u32::try_from(length).unwrap_or(0),
            link_type,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data,
        });
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
});
