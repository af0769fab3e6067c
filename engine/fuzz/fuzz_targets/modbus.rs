//! Modbus over TCP, as `conversation` but on its port.
#![no_main]

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use libfuzzer_sys::fuzz_target;

fn segment(is_client: bool, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).unwrap_or(u16::MAX);
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([
        0,
        1,
        0,
        0,
        64,
        6,
        0,
        0,
        10,
        0,
        0,
        if is_client { 1 } else { 2 },
        10,
        0,
        0,
        if is_client { 2 } else { 1 },
    ]);
    let ports: [u16; 2] = if is_client { [40_000, 502] } else { [502, 40_000] };
    ports.iter().for_each(|port| bytes.extend(port.to_be_bytes()));
    numbers.iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

fuzz_target!(|data: &[u8]| {
    let mut engine = Engine::new(Settings::default(), false, Box::new(|_| true));
    let mut time_us = 1_000_000;
    let mut send = |bytes: Vec<u8>| {
        time_us += 1_000;
        engine.frame(&Frame {
            time_us,
            wire_length: u32::try_from(bytes.len()).unwrap_or(0),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data: &bytes,
        });
    };
    send(segment(true, [0, 0], 2, b""));
    send(segment(false, [0, 1], 18, b""));
    send(segment(true, [1, 1], 16, b""));
    // What each end sends next: client, server.
    let mut next = [1_u32; 2];
    let mut rest = data;
    while let Some((&[who, high, low], tail)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high & 7, low])).min(tail.len());
        let (payload, tail) = tail.split_at(length);
        rest = tail;
        let end = usize::from(who & 1);
        if who & 2 != 0 {
            next[end] = next[end].wrapping_add(7);
        }
        send(segment(end == 0, [next[end], next[1 - end]], 16, payload));
        next[end] = next[end].wrapping_add(u32::try_from(length).unwrap_or(0));
        send(segment(end != 0, [next[1 - end], next[end]], 16, b""));
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
});
