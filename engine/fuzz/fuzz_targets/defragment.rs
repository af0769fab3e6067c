//! Pieces of datagrams of IPv4 and IPv6. A piece: a byte for datagram, version and whether more follow, one for its place,
//! one for its length, one for a pause before it; what it holds is a counter, so that overlaps differ.
#![no_main]

use libfuzzer_sys::fuzz_target;

use khien_fuzz::watched::Watched;

fn piece(flags: u8, place: u8, body: &[u8]) -> Vec<u8> {
    let more = u16::from(flags & 8 == 0);
    // The upper places reach the end of the longest datagram.
    let offset = if place < 0xf0 {
        u16::from(place)
    } else {
        0x1f00 | u16::from(place)
    };
    let datagram = flags & 3;
    let length = u16::try_from(body.len()).unwrap_or(0);
    if flags & 4 == 0 {
        let mut bytes = vec![0x45, 0];
        bytes.extend((20 + length).to_be_bytes());
        bytes.extend([0, datagram]);
        bytes.extend((more << 13 | offset).to_be_bytes());
        bytes.extend([
            64,
            if flags & 0x10 == 0 { 17 } else { 6 },
            0,
            0,
            10,
            0,
            0,
            1,
            10,
            0,
            0,
            2,
        ]);
        return [&bytes, body].concat();
    }
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((8 + length).to_be_bytes());
    bytes.extend([44, 64]);
    bytes.extend([[0xfd; 16], [0xfe; 16]].as_flattened());
    bytes.extend([if flags & 0x10 == 0 { 17 } else { 44 }, 0]);
    bytes.extend((offset << 3 | more).to_be_bytes());
    bytes.extend([0, 0, 0, datagram]);
    [&bytes, body].concat()
}

fuzz_target!(|data: &[u8]| {
    let mut watched = Watched::new();
    for (number, part) in data.as_chunks::<4>().0.iter().enumerate() {
        let [flags, place, length, pause] = *part;
        watched.wait(u64::from(pause) * 200_000);
        let mut body = vec![number.to_le_bytes()[0]; usize::from(length)];
        // A first piece is a datagram to a port.
        for (byte, header) in body.iter_mut().zip(if place == 0 {
            &b"\x9c\x40\0\x35\0\x40\0\0"[..]
        } else {
            b""
        }) {
            *byte = *header;
        }
        watched.packet(&piece(flags, place, &body));
    }
    watched.finish();
});
