//! Drives the engine with a TCP connection: words of two ends, cut and lost as the input says.

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

fn segment(
    ports: [u16; 2],
    is_client: bool,
    numbers: [u32; 2],
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).unwrap_or(u16::MAX);
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    let [from, to] = if is_client { [1, 2] } else { [2, 1] };
    bytes.extend([10, 0, 0, from, 10, 0, 0, to]);
    let [client, server] = ports;
    let ports = if is_client {
        [client, server]
    } else {
        [server, client]
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

/// `opening` first, then `words`: each begins with a byte for who speaks (lowest bit) and whether bytes are lost before it (second
/// bit), and two for its length. The account must add up.
pub fn converse(ports: [u16; 2], opening: &[(bool, &[u8])], words: &[u8]) {
    let settings = Settings {
        capture_secrets: true,
        ..Settings::default()
    };
    let mut engine = Engine::new(settings, false, Box::new(|_| true));
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
    send(segment(ports, true, [0, 0], 2, b""));
    send(segment(ports, false, [0, 1], 18, b""));
    send(segment(ports, true, [1, 1], 16, b""));
    // What each end sends next: client, server.
    let mut next = [1_u32; 2];
    let mut say = |end: usize, payload: &[u8], lost: u32| {
        next[end] = next[end].wrapping_add(lost);
        send(segment(
            ports,
            end == 0,
            [next[end], next[1 - end]],
            16,
            payload,
        ));
        next[end] = next[end].wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
        send(segment(
            ports,
            end != 0,
            [next[1 - end], next[end]],
            16,
            b"",
        ));
    };
    for (is_client, payload) in opening {
        say(usize::from(!is_client), payload, 0);
    }
    let mut rest = words;
    while let Some((&[who, high, low], tail)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high & 7, low])).min(tail.len());
        let (payload, tail) = tail.split_at(length);
        rest = tail;
        say(
            usize::from(who & 1),
            payload,
            if who & 2 == 0 { 0 } else { 7 },
        );
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
}
