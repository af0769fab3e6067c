//! HTTP/1 and HTTP/2 against broken and hostile peers: every line stays whole, nothing panics. What attacks
//! cost is in `memory.rs` and `work.rs`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::sync::{Arc, Mutex};

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use proptest::prelude::*;

/// Who speaks (the client when true), and what.
type Turn = (bool, Vec<u8>);

fn segment(is_client: bool, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).expect("a short payload");
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2 - u8::from(is_client)]);
    bytes.extend([10, 0, 0, 1 + u8::from(is_client)]);
    let ports: [u16; 2] = if is_client {
        [40_000, 80]
    } else {
        [80, 40_000]
    };
    bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// The frames of a connection in segments of `cut` bytes, each acknowledged.
fn frames(turns: &[Turn], cut: usize) -> Vec<Vec<u8>> {
    let mut next = [1_u32; 2];
    let mut frames = vec![
        segment(true, [0, 0], 2, b""),
        segment(false, [0, 1], 18, b""),
        segment(true, [1, 1], 16, b""),
    ];
    for (is_client, words) in turns {
        let (own, other) = if *is_client { (0, 1) } else { (1, 0) };
        for payload in words.chunks(cut) {
            frames.push(segment(*is_client, [next[own], next[other]], 16, payload));
            next[own] += u32::try_from(payload.len()).expect("a short payload");
            frames.push(segment(!is_client, [next[other], next[own]], 16, b""));
        }
    }
    frames
}

/// What the engine tells of frames.
struct Told {
    lines: String,
}

fn tell(frames: &[Vec<u8>]) -> Told {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let keep = move |batch: Batch| {
        sink.lock().expect("one thread").extend(batch.lines);
        true
    };
    let mut engine = Engine::new(Settings::default(), false, Box::new(keep));
    for (number, data) in (0_u64..).zip(frames) {
        engine.frame(&Frame {
            time_us: 1_000_000 + number,
            wire_length: u32::try_from(data.len()).expect("a short frame"),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data,
        });
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
    let lines = std::mem::take(&mut *lines.lock().expect("one thread"));
    Told {
        lines: String::from_utf8(lines).expect("lines are UTF-8"),
    }
}

fn get(fields: &str) -> Turn {
    (
        true,
        format!("GET /a HTTP/1.1\r\nHost: b\r\n{fields}\r\n").into_bytes(),
    )
}

fn http2(client: &[u8]) -> Vec<Turn> {
    vec![
        (
            true,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
        ),
        (false, b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64".to_vec()),
        (true, client.to_vec()),
    ]
}

fn frame(kind: u8, flags: u8, stream: usize, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .expect("a short payload")
        .to_be_bytes();
    let stream = u32::try_from(stream).expect("a small number").to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

/// Beginnings that a parser takes seriously.
const OPENINGS: [&[u8]; 8] = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, deflate\r\n\r\n\x1f\x8b\x08\x1e\0\0\0\0\0\0",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: lzma\r\n\r\n\x5d\0\0\x10\0\xff\xff\xff\xff\xff\xff\xff\xff\0",
    b"HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=B\r\n\r\n--B\r\nContent-Range: bytes 0-9/20\r\n\r\n",
    b"HTTP/1.1 101 Go on\r\nUpgrade: h2c\r\n\r\n",
];

fn assert_sound(told: &Told) {
    for line in told.lines.lines() {
        assert!(
            line.starts_with("{\"@timestamp\":\"") && line.ends_with("}}"),
            "{line}"
        );
        assert!(line.len() < 65_536);
        assert!(!line.contains("engine_panic"), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_follows_an_answer_is_survived(
        opening in 0..OPENINGS.len(),
        words in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..200)), 0..8),
        cut in 1_usize..100,
    ) {
        let mut turns = vec![get(""), (false, OPENINGS[opening].to_vec())];
        turns.extend(words);
        assert_sound(&tell(&frames(&turns, cut)));
    }

    #[test]
    fn whatever_frames_follow_a_preface_are_survived(
        sent in prop::collection::vec((any::<bool>(), 0_u8..11, any::<u8>(), 0_usize..6, prop::collection::vec(any::<u8>(), 0..60)), 0..20),
        cut in 1_usize..100,
    ) {
        let mut turns = http2(b"");
        turns.extend(sent.iter().map(|(who, kind, flags, stream, payload)| (*who, frame(*kind, *flags, *stream, payload))));
        assert_sound(&tell(&frames(&turns, cut)));
    }
}
