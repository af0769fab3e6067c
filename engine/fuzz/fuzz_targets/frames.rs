//! Bytes as frames: the first says which link layer and which sums, the second what stands before every frame, so that
//! tunnels, pieces and wireless frames are reached at once. Then each frame follows its length of two bytes, whose upper
//! bits say how much later it came and how many of its bytes were cut off.
#![no_main]

use khien_fuzz::watched::{RAW, Watched};
use khien_packet::settings::Settings;
use libfuzzer_sys::fuzz_target;

const LINKS: [u32; 16] = [
    1, 0, 9, 101, 104, 113, 276, 108, 105, 127, 239, 12, 14, 228, 229, 1,
];

/// An IPv4 header to 10.0.0.2 with a total of 0 (the frame's length counts): protocol, piece.
fn v4(protocol: u8, piece: u16) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 0, 0, 7];
    bytes.extend(piece.to_be_bytes());
    bytes.extend([64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes
}

fn v6(next: u8) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0, 0, 0, next, 64];
    bytes.extend([0xfd; 32]);
    bytes
}

/// A UDP header of length 0 (all that is there) to a port.
fn udp(port: u16) -> Vec<u8> {
    let mut bytes = v4(17, 0);
    bytes.extend([0x9c, 0x40]);
    bytes.extend(port.to_be_bytes());
    bytes.extend([0, 0, 0, 0]);
    bytes
}

/// What stands before every frame of raw IP; the fuzzer writes what follows.
fn prefix(kind: u8) -> Option<Vec<u8>> {
    Some(match kind {
        1 => v4(17, 0x2000),
        2 => v4(6, 1),
        3 => v4(1, 0),
        4 => v4(47, 0),
        5 => v4(4, 0),
        6 => v4(41, 0),
        7 => v6(44),
        8 => v6(0),
        9 => v6(58),
        10 => [udp(4_789), vec![8, 0, 0, 0, 0, 0, 1, 0]].concat(),
        11 => udp(6_081),
        12 => udp(3_544),
        13 => udp(2_152),
        14 => udp(5_072),
        15 => udp(4_754),
        16 => [v4(47, 0), vec![0x10, 0, 0x88, 0xbe]].concat(),
        17 => [v4(47, 0), vec![0x10, 0, 0x22, 0xeb]].concat(),
        18 => [v4(47, 0), vec![0, 0, 0x82, 0x40, 0x88, 2]].concat(),
        19 => [v4(47, 0), vec![0x30, 1, 0x88, 0x0b]].concat(),
        20 => [v4(47, 0), vec![0, 0, 0x89, 0x4f]].concat(),
        21 => [v4(47, 0), vec![0, 0, 0x88, 0x47]].concat(),
        _ => return None,
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, before], mut rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let mut watched = Watched::of(Settings::default(), kind & 0x80 != 0);
    let prefix = prefix(before);
    let link_type = if prefix.is_some() {
        RAW
    } else {
        LINKS[usize::from(kind & 15)]
    };
    while let Some((&[high, low], tail)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes([high & 7, low])).min(tail.len());
        let (data, tail) = tail.split_at(length);
        rest = tail;
        watched.wait(u64::from(high >> 5) * 1_000_000);
        let frame = [prefix.as_deref().unwrap_or_default(), data].concat();
        watched.frame(link_type, &frame, u32::from(high >> 3 & 3) * 10);
    }
    watched.finish();
});
