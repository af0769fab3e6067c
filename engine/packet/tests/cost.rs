//! Cost is linear in the input, whatever the input: twice the bytes take about twice the time (design, section 10).

#![expect(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::time::Duration;

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

/// A segment of the client after a handshake that was not captured, and the acknowledgement for it.
fn pair(sequence: u32, payload: &[u8]) -> [Vec<u8>; 2] {
    let build = |source: u8, destination: u8, numbers: [u32; 2], payload: &[u8]| {
        let length = u16::try_from(40 + payload.len()).expect("a short payload");
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
            source,
            10,
            0,
            0,
            destination,
        ]);
        let ports: [u16; 2] = if source == 1 {
            [40_000, 80]
        } else {
            [80, 40_000]
        };
        bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        bytes.extend([0x50, 16, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    };
    let end = sequence.wrapping_add(u32::try_from(payload.len()).expect("a short payload"));
    [
        build(1, 2, [sequence, 1], payload),
        build(2, 1, [1, end], b""),
    ]
}

fn time_of<'a>(payloads: impl Iterator<Item = &'a [u8]>) -> Duration {
    let mut engine = Engine::new(Settings::default(), false, Box::new(|_| true));
    let mut sequence = 1_u32;
    let mut frames = Vec::new();
    for payload in payloads {
        frames.extend(pair(sequence, payload));
        sequence = sequence.wrapping_add(u32::try_from(payload.len()).expect("a short payload"));
    }
    let begin = cpu_time();
    for (number, data) in (0_u64..).zip(&frames) {
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
    cpu_time().saturating_sub(begin)
}

/// What this thread has spent on a processor; other work on the machine does not count.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let first = text.split(' ').next().unwrap_or_default();
    Duration::from_nanos(first.parse().expect("a number"))
}

/// Runs of each size, at most: what others do to the caches shows in some of them, never in all.
const RUNS: usize = 15;

/// Twice the input takes at most 2.3 times as long (design, section 10): the best runs of either size, in turn.
fn assert_linear(of_size: impl Fn(usize) -> Duration, size: usize) {
    let (mut once, mut twice) = (f64::MAX, f64::MAX);
    for run in 0..RUNS {
        once = once.min(seconds(of_size(size)));
        twice = twice.min(seconds(of_size(2 * size)));
        if run >= 2 && twice < 2.3 * once {
            return;
        }
    }
    let ratio = twice / once;
    panic!("twice the input took {ratio:.2} times as long");
}

/// The kernel accounts by the tick: a run that fell between two tells nothing.
fn seconds(spent: Duration) -> f64 {
    if spent.is_zero() {
        f64::MAX
    } else {
        spent.as_secs_f64()
    }
}

/// A segment of a connection between two hosts, no payload taken for granted.
fn segment(ports: [u16; 2], numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).expect("a short payload");
    let is_client = ports[1] == 80;
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0]);
    bytes.extend([2 - u8::from(is_client), 10, 0, 0, 1 + u8::from(is_client)]);
    bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// How long an engine takes for frames that are made as it goes; making them does not count.
fn time_of_frames(frames: impl Iterator<Item = Vec<u8>>, settings: Settings) -> Duration {
    let frames: Vec<Vec<u8>> = frames.collect();
    let mut engine = Engine::new(settings, false, Box::new(|_| true));
    let begin = cpu_time();
    for (number, data) in (0_u64..).zip(&frames) {
        engine.frame(&Frame {
            time_us: 1_000_000 + number * 10,
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
    cpu_time().saturating_sub(begin)
}

/// A handshake, then segments of the client.
fn conversation(rest: impl Iterator<Item = Vec<u8>>) -> impl Iterator<Item = Vec<u8>> {
    let (client, server) = ([40_000, 80], [80, 40_000]);
    let hello = [
        segment(client, [0, 0], 2, b""),
        segment(server, [0, 1], 18, b""),
        segment(client, [1, 1], 16, b""),
    ];
    hello.into_iter().chain(rest)
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("a small number")
}

#[test]
fn one_byte_segments_that_come_backwards() {
    assert_linear(
        |size| {
            let rest = (2..number(size)).rev();
            let rest = rest.map(|at| segment([40_000, 80], [at, 1], 16, b"x"));
            time_of_frames(conversation(rest), Settings::default())
        },
        40_000,
    );
}

#[test]
fn segments_that_overlap_all_that_waits() {
    assert_linear(
        |size| {
            let islands = (0..700_u32).map(|at| segment([40_000, 80], [3 + 2 * at, 1], 16, b"x"));
            let over = [b'y'; 1_400];
            let again = (0..size).map(move |_| segment([40_000, 80], [2, 1], 16, &over));
            time_of_frames(conversation(islands.chain(again)), Settings::default())
        },
        2_000,
    );
}

#[test]
fn numbers_that_jump_by_two_gibibytes() {
    assert_linear(
        |size| {
            let rest = (0..number(size)).map(|at| {
                let jump = (at & 3) << 30;
                segment([40_000, 80], [jump.wrapping_add(at), 1], 16, b"abcdefgh")
            });
            time_of_frames(conversation(rest), Settings::default())
        },
        40_000,
    );
}

#[test]
fn resets_and_ends_without_end() {
    assert_linear(
        |size| {
            let rest = (0..number(size)).map(|at| {
                let flags = if at & 1 == 0 { 4 } else { 17 };
                segment([40_000, 80], [1 + at / 2, 1], flags, b"")
            });
            time_of_frames(conversation(rest), Settings::default())
        },
        60_000,
    );
}

#[test]
fn half_open_flows_beyond_the_table() {
    assert_linear(
        |size| {
            let rest = (0..number(size)).map(|at| {
                let mut syn = segment([40_000, 80], [at, 0], 2, b"");
                syn[12..16].copy_from_slice(&at.wrapping_mul(2_654_435_761).to_be_bytes());
                syn
            });
            let settings = Settings {
                max_flows: 1_000,
                ..Settings::default()
            };
            time_of_frames(rest, settings)
        },
        40_000,
    );
}

#[test]
fn connections_that_begin_and_end_at_once() {
    assert_linear(
        |size| {
            let rest = (0..number(size / 4)).flat_map(|at| {
                let port = 1_024 + u16::try_from(at % 60_000).expect("a port");
                [
                    segment([port, 80], [at, 0], 2, b""),
                    segment([80, port], [at, at.wrapping_add(1)], 18, b""),
                    segment(
                        [port, 80],
                        [at.wrapping_add(1), at.wrapping_add(1)],
                        17,
                        b"",
                    ),
                    segment(
                        [80, port],
                        [at.wrapping_add(1), at.wrapping_add(2)],
                        20,
                        b"",
                    ),
                ]
            });
            time_of_frames(rest, Settings::default())
        },
        40_000,
    );
}

#[test]
fn a_header_line_that_comes_byte_by_byte() {
    assert_linear(
        |size| {
            let start: &[u8] = b"GET / HTTP/1.1\r\nX: ";
            time_of(std::iter::once(start).chain(std::iter::repeat_n(&b"a"[..], size)))
        },
        30_000,
    );
}

#[test]
fn a_handshake_message_that_comes_in_records_of_one_byte() {
    let start: &[u8] = &[22, 3, 1, 0, 4, 1, 3, 0xff, 0xff];
    let record: &[u8] = &[22, 3, 1, 0, 1, 0];
    assert_linear(
        |size| time_of(std::iter::once(start).chain(std::iter::repeat_n(record, size))),
        20_000,
    );
}

#[test]
fn a_chunked_body_of_chunks_of_one_byte() {
    let head: &[u8] = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_linear(
        |size| time_of(std::iter::once(head).chain(std::iter::repeat_n(&b"1\r\nx\r\n"[..], size))),
        20_000,
    );
}

/// A message of SMB 2 in its frame: command, message id, body.
fn smb(command: u8, id: usize, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(64 + body.len()).expect("a short message");
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(b"\xfeSMB\x40\0\0\0\0\0\0\0");
    bytes.extend([command, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(u64::try_from(id).expect("a short number").to_le_bytes());
    bytes.extend([0; 32]);
    bytes.extend(body);
    bytes
}

#[test]
fn smb_requests_without_answers() {
    let mut create = [0; 60];
    create[44] = 120;
    create[46] = 4;
    assert_linear(
        |size| {
            let messages: Vec<_> = (0..size).map(|id| smb(5, id, &create)).collect();
            time_of(messages.iter().map(Vec::as_slice))
        },
        10_000,
    );
}

#[test]
fn smb_writes_of_one_byte_each_behind_a_hole() {
    assert_linear(
        |size| {
            let messages: Vec<_> = (0..size)
                .map(|id| {
                    let mut write = [0; 49];
                    write[2] = 112;
                    write[4] = 1;
                    let offset = u64::try_from(2 * (size - id)).expect("a short number");
                    write[8..16].copy_from_slice(&offset.to_le_bytes());
                    smb(9, id, &write)
                })
                .collect();
            time_of(messages.iter().map(Vec::as_slice))
        },
        10_000,
    );
}

#[test]
fn smb_messages_with_a_long_tail_that_comes_byte_by_byte() {
    assert_linear(
        |size| {
            let mut start = smb(13, 1, &[4, 0, 0, 0]);
            start[1..4].copy_from_slice(&[1, 0, 0]);
            time_of(std::iter::once(&start[..]).chain(std::iter::repeat_n(&b"\xffSMB"[..], size)))
        },
        20_000,
    );
}

#[test]
fn smb_streams_that_lost_their_boundary() {
    assert_linear(
        |size| {
            let start = [smb(13, 1, &[4, 0, 0, 0]), vec![0x99; 8]].concat();
            time_of(
                std::iter::once(&start[..]).chain(std::iter::repeat_n(&b"\0\0SMBSMB"[..], size)),
            )
        },
        20_000,
    );
}
