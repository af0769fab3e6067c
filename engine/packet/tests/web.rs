//! HTTP/1 and HTTP/2 against broken and hostile peers: every line stays whole, nothing panics, cost stays linear.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// What the engine tells of frames: lines, limits that were hit, and the time it took.
struct Told {
    lines: String,
    limits: Vec<&'static str>,
    spent: Duration,
}

fn tell(frames: &[Vec<u8>]) -> Told {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let keep = move |batch: Batch| {
        sink.lock().expect("one thread").extend(batch.lines);
        true
    };
    let mut engine = Engine::new(Settings::default(), false, Box::new(keep));
    let begin = cpu_time();
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
    let spent = cpu_time().saturating_sub(begin);
    assert!(engine.ledger().adds_up());
    let limits = engine.ledger().limits.keys().copied().collect();
    let lines = std::mem::take(&mut *lines.lock().expect("one thread"));
    Told {
        lines: String::from_utf8(lines).expect("lines are UTF-8"),
        limits,
        spent,
    }
}

/// What this thread has spent on a processor; other work on the machine does not count.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let first = text.split(' ').next().unwrap_or_default();
    Duration::from_nanos(first.parse().expect("a number"))
}

/// Twice the input takes at most 2.3 times as long (design, section 10): the best runs of either size, in turn. `limit` is hit.
fn assert_linear(turns: impl Fn(usize) -> Vec<Turn>, size: usize, cut: usize, limit: &str) {
    let [once, twice] = [size, 2 * size].map(|size| frames(&turns(size), cut));
    let mut best = [f64::MAX; 2];
    for run in 0..15 {
        for (best, frames) in best.iter_mut().zip([&once, &twice]) {
            let told = tell(frames);
            assert!(
                limit.is_empty() || told.limits.contains(&limit),
                "{:?}",
                told.limits
            );
            // The kernel accounts by the tick: a run that fell between two tells nothing.
            if told.spent > Duration::ZERO {
                *best = best.min(told.spent.as_secs_f64());
            }
        }
        if run >= 2 && best[1] < 2.3 * best[0] {
            return;
        }
    }
    panic!(
        "twice the input took {:.2} times as long",
        best[1] / best[0]
    );
}

fn get(fields: &str) -> Turn {
    (
        true,
        format!("GET /a HTTP/1.1\r\nHost: b\r\n{fields}\r\n").into_bytes(),
    )
}

fn answer(head: &str, body: Vec<u8>) -> Turn {
    (
        false,
        [
            format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").into_bytes(),
            body,
        ]
        .concat(),
    )
}

#[test]
fn folded_lines_that_come_byte_by_byte() {
    assert_linear(
        |size| vec![get(&format!("X: a\r\n{}", " b\r\n".repeat(size)))],
        3_500,
        1,
        "",
    );
}

#[test]
fn a_server_that_never_sends_a_status_line_byte_by_byte() {
    let turns = |size| vec![get(""), (false, b"\r\n \t".repeat(size))];
    assert_linear(turns, 8_000, 1, "");
}

#[test]
fn requests_without_answers() {
    let turns = |size| vec![(true, b"GET / HTTP/1.1\r\nHost: b\r\n\r\n".repeat(size))];
    assert_linear(turns, 3_000, 1_400, "http_open_transactions");
}

#[test]
fn parts_of_nothing() {
    let part = b"--B\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n";
    let turns = |size: usize| {
        let head = "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 99999999";
        vec![get(""), answer(head, part.repeat(size))]
    };
    assert_linear(turns, 4_000, 60_000, "http_parts");
}

#[test]
fn a_boundary_that_almost_comes() {
    let turns = |size: usize| {
        let head = "Content-Type: multipart/form-data; boundary=BBBBBBBBBBBBBBBBBBBBBB\r\nContent-Length: 99999999";
        vec![
            get(""),
            answer(head, b"\r\n--BBBBBBBBBBBBBBBBBBBB".repeat(size)),
        ]
    };
    assert_linear(turns, 4_000, 7, "");
}

#[test]
fn ranges_that_leave_holes() {
    let turns = |size: usize| {
        (0..size)
            .flat_map(|number| {
                let start = 2 * (size - number);
                let head =
                    format!("Content-Range: bytes {start}-{start}/9999999\r\nContent-Length: 1");
                let (_, body) = answer(&head, b"x".to_vec());
                let body = String::from_utf8(body)
                    .expect("ASCII")
                    .replace("200 OK", "206 OK");
                [get(""), (false, body.into_bytes())]
            })
            .collect()
    };
    assert_linear(turns, 2_000, 1_400, "http_range_pieces");
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

#[test]
fn references_to_one_long_field() {
    // RFC 7541: one literal with indexing of 4,000 bytes, then a reference to it in every byte.
    let literal = [&[0x40, 1, b'a', 0x7f, 0xa1, 0x1e][..], &[b'x'; 4_000]].concat();
    let turns = |size: usize| {
        let first = frame(1, 5, 1, &literal);
        let blocks = (0..size).flat_map(|number| frame(1, 5, 3 + 2 * number, &[0xbe; 1_000]));
        http2(&first.into_iter().chain(blocks).collect::<Vec<_>>())
    };
    assert_linear(turns, 40, 1_400, "http2_header_bytes");
}

#[test]
fn a_table_that_is_refilled_with_long_names() {
    // A long name that each following entry shares, three bytes each.
    let literal = [&[0x40, 0x7f, 0xa1, 0x1d][..], &[b'n'; 3_872], &[0]].concat();
    let turns = |size: usize| {
        let block = [&literal[..], &[0x7e, 0][..].repeat(400)].concat();
        let blocks = (0..size).flat_map(|number| frame(1, 5, 1 + 2 * number, &block));
        http2(&blocks.collect::<Vec<_>>())
    };
    assert_linear(turns, 100, 1_400, "http2_header_bytes");
}

#[test]
fn streams_without_end() {
    let turns = |size: usize| {
        let requests =
            (0..size).flat_map(|number| frame(1, 4, 1 + 2 * number, &[0x82, 0x84, 0x86]));
        http2(&requests.collect::<Vec<_>>())
    };
    assert_linear(turns, 4_000, 1_400, "http2_streams");
}

#[test]
fn continuations_without_end() {
    let turns = |size: usize| {
        let first = frame(1, 0, 1, &[0x82]);
        let rest = (0..size).flat_map(|_| frame(9, 0, 1, b""));
        http2(&first.into_iter().chain(rest).collect::<Vec<_>>())
    };
    assert_linear(turns, 8_000, 1_400, "http2_header_bytes");
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
