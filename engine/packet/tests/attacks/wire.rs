//! Packets of IPv4 without checksums: segments of one connection, datagrams of one flow.

use super::Frames;

/// Who speaks (the client when true), and what.
pub type Turn = (bool, Vec<u8>);

/// A header of IPv4 from one address to 10.0.0.2 or back.
fn ip(protocol: u8, number: u16, piece: u16, ends: [[u8; 4]; 2], body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + body.len()).expect("a short packet");
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend(number.to_be_bytes());
    bytes.extend(piece.to_be_bytes());
    bytes.extend([64, protocol, 0, 0]);
    bytes.extend(ends.as_flattened());
    bytes.extend(body);
    bytes
}

/// One end: address and port.
pub type End = ([u8; 4], u16);

pub const CLIENT: End = ([10, 0, 0, 1], 40_000);

pub fn server(port: u16) -> End {
    ([10, 0, 0, 2], port)
}

/// A segment from one end to another.
pub fn segment(ends: [End; 2], numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let [from, to] = ends;
    let mut bytes = [from.1, to.1].map(u16::to_be_bytes).as_flattened().to_vec();
    bytes.extend(numbers.map(u32::to_be_bytes).as_flattened());
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    ip(6, 1, 0, [from.0, to.0], &bytes)
}

/// A piece of a datagram.
pub fn piece(source: [u8; 4], number: u16, piece: u16, body: &[u8]) -> Vec<u8> {
    ip(17, number, piece, [source, [10, 0, 0, 2]], body)
}

/// A datagram from one end to another.
pub fn datagram(ends: [End; 2], payload: &[u8]) -> Vec<u8> {
    let [from, to] = ends;
    let mut bytes = [from.1, to.1].map(u16::to_be_bytes).as_flattened().to_vec();
    let length = u16::try_from(8 + payload.len()).expect("a datagram");
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    ip(17, 1, 0, [from.0, to.0], &bytes)
}

/// The three segments that open a connection.
pub fn handshake(port: u16) -> [Vec<u8>; 3] {
    let (there, back) = ([CLIENT, server(port)], [server(port), CLIENT]);
    [
        segment(there, [0, 0], 2, b""),
        segment(back, [0, 1], 18, b""),
        segment(there, [1, 1], 16, b""),
    ]
}

/// A connection in segments of `cut` bytes, each acknowledged.
pub fn talk(port: u16, cut: usize, turns: impl Iterator<Item = Turn> + 'static) -> Frames {
    let mut next = [1_u32; 2];
    let rest = turns.flat_map(move |(is_client, words)| {
        let (own, other) = if is_client { (0, 1) } else { (1, 0) };
        let there = if is_client {
            [CLIENT, server(port)]
        } else {
            [server(port), CLIENT]
        };
        let [from, to] = there;
        let mut frames = Vec::new();
        for payload in words.chunks(cut) {
            frames.push(segment(there, [next[own], next[other]], 16, payload));
            next[own] = next[own].wrapping_add(u32::try_from(payload.len()).expect("short"));
            frames.push(segment([to, from], [next[other], next[own]], 16, b""));
        }
        frames
    });
    Box::new(handshake(port).into_iter().chain(rest))
}

/// Datagrams of one flow.
pub fn datagrams(port: u16, turns: impl Iterator<Item = Turn> + 'static) -> Frames {
    Box::new(turns.map(move |(is_client, payload)| {
        let ends = if is_client {
            [CLIENT, server(port)]
        } else {
            [server(port), CLIENT]
        };
        datagram(ends, &payload)
    }))
}

/// The same words of one end, again and again, a turn each.
pub fn again(is_client: bool, words: &[u8], times: usize) -> impl Iterator<Item = Turn> + use<> {
    let words = words.to_vec();
    std::iter::repeat_with(move || (is_client, words.clone())).take(times)
}

/// Opening words.
pub fn open<const N: usize>(turns: [(bool, &[u8]); N]) -> impl Iterator<Item = Turn> + use<N> {
    turns.map(|(who, words)| (who, words.to_vec())).into_iter()
}

pub fn number(value: usize) -> u32 {
    u32::try_from(value).expect("a small number")
}
