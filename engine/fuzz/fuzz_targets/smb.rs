//! Bytes as SMB messages of both versions, both ways. Each word begins with a byte for who speaks (lowest bit), the
//! version (second bit), a loss before it (third bit) and a length that lies (fourth bit), and one for its length; what
//! follows stands behind a signature in a frame.
#![no_main]

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use libfuzzer_sys::fuzz_target;

fn segment(is_client: bool, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).unwrap_or(u16::MAX);
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    let [from, to] = if is_client { [1, 2] } else { [2, 1] };
    bytes.extend([10, 0, 0, from, 10, 0, 0, to]);
    let ports: [u16; 2] = if is_client {
        [40_000, 445]
    } else {
        [445, 40_000]
    };
    ports
        .iter()
        .for_each(|port| bytes.extend(port.to_be_bytes()));
    numbers
        .iter()
        .for_each(|number| bytes.extend(number.to_be_bytes()));
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// A frame with a signature and what makes the rest likely to be read: size of the header, direction, few message ids.
fn message(who: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = body.to_vec();
    let reply = who & 1;
    if who & 2 == 0 {
        bytes.resize(bytes.len().max(64), 0);
        bytes[..6].copy_from_slice(b"\xfeSMB\x40\0");
        bytes[12] %= 20;
        bytes[13] = 0;
        bytes[16] = (bytes[16] & !1) | reply;
        bytes[24] &= 7;
        bytes[25..32].fill(0);
    } else {
        bytes.resize(bytes.len().max(35), 0);
        bytes[..4].copy_from_slice(b"\xffSMB");
        bytes[9] = (bytes[9] & 0x7f) | (reply << 7);
        bytes[30] &= 7;
        bytes[31] = 0;
    }
    let length = u32::try_from(bytes.len()).unwrap_or(0);
    let said = if who & 8 == 0 { length } else { length ^ 0x11 };
    [&said.to_be_bytes()[..], &bytes].concat()
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
    let mut next = [1_u32; 2];
    let mut rest = data;
    while let Some((&[who, length], tail)) = rest.split_first_chunk::<2>() {
        let (body, tail) = tail.split_at(usize::from(length).min(tail.len()));
        rest = tail;
        let end = usize::from(who & 1);
        if who & 4 != 0 {
            next[end] = next[end].wrapping_add(7);
        }
        let payload = message(who, body);
        let length = u32::try_from(payload.len()).unwrap_or(0);
        send(segment(end == 0, [next[end], next[1 - end]], 16, &payload));
        next[end] = next[end].wrapping_add(length);
        send(segment(end != 0, [next[1 - end], next[end]], 16, b""));
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
});
