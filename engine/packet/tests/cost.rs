//! Cost is linear in the input, whatever the input: twice the bytes take about twice the time.

#![expect(clippy::expect_used, reason = "a test may panic")]

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

/// The best of five, so that a busy machine does not decide.
fn best(run: impl Fn() -> Duration) -> f64 {
    (0..5).map(|_| run().as_secs_f64()).fold(f64::MAX, f64::min)
}

fn assert_linear(of_size: impl Fn(usize) -> Duration, size: usize) {
    let ratio = best(|| of_size(2 * size)) / best(|| of_size(size));
    // The design asks for 2.3; the slack is for machines that do other work meanwhile. Quadratic would be 4.
    assert!(ratio < 3.2, "twice the input took {ratio:.2} times as long");
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
