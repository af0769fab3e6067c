//! Datagram protocols against broken and hostile messages: every line stays whole, nothing panics. What
//! attacks cost is in `memory.rs` and `work.rs`.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

fn datagram(is_client: bool, server_port: u16, payload: &[u8]) -> Vec<u8> {
    let length = |extra: usize| {
        u16::try_from(extra + payload.len())
            .expect("a datagram")
            .to_be_bytes()
    };
    let mut ends = [([10_u8, 0, 0, 1], 40_000), ([10, 0, 0, 2], server_port)];
    if !is_client {
        ends.reverse();
    }
    let mut bytes = vec![0x45, 0];
    bytes.extend(length(28));
    bytes.extend([0, 1, 0, 0, 64, 17, 0, 0]);
    bytes.extend(ends.iter().flat_map(|(address, _)| address));
    bytes.extend(ends.iter().flat_map(|(_, port)| port.to_be_bytes()));
    bytes.extend(length(8));
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

/// What the engine makes of datagrams of one flow: its lines, and the account's limits and anomalies.
struct Told {
    lines: Vec<u8>,
    limits: Vec<(String, u64)>,
    anomalies: Vec<String>,
}

fn tell(server_port: u16, datagrams: &[(bool, Vec<u8>)]) -> Told {
    let frames: Vec<_> = datagrams
        .iter()
        .map(|(is_client, payload)| datagram(*is_client, server_port, payload))
        .collect();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let mut engine = Engine::new(
        Settings::default(),
        false,
        Box::new(move |batch: Batch| {
            sink.lock().expect("one thread").extend(batch.lines);
            true
        }),
    );
    for (number, data) in (0_u64..).zip(&frames) {
        engine.frame(&Frame {
            time_us: 1_000_000 + number,
            wire_length: u32::try_from(data.len()).expect("a short frame"),
            link_type: 101,
            interface: 0,
            checksums_offloaded: true,
            vlan_tag: None,
            data,
        });
    }
    engine.finish();
    let ledger = engine.ledger();
    assert!(ledger.adds_up());
    let limits = ledger
        .limits
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    let anomalies = ledger.anomalies.keys().map(|name| (*name).to_owned());
    Told {
        limits: limits.collect(),
        anomalies: anomalies.collect(),
        lines: std::mem::take(&mut lines.lock().expect("one thread")),
    }
}

/// Fails unless every line is one object that closes what it opens outside its texts.
fn assert_whole(lines: &[u8]) {
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let text = std::str::from_utf8(line).expect("UTF-8");
        assert!(text.len() <= 64 << 10);
        let (mut open, mut is_text, mut is_escaped) = (Vec::new(), false, false);
        for character in text.trim_end().chars() {
            match character {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => is_text = !is_text,
                '{' | '[' if !is_text => open.push(character),
                '}' | ']' if !is_text => {
                    let wanted = if character == '}' { '{' } else { '[' };
                    assert_eq!(open.pop(), Some(wanted), "{text}");
                }
                _ => {}
            }
        }
        assert!(open.is_empty() && !is_text, "{text}");
    }
}

/// The datagrams of a seed of the fuzz target: who sends, length, bytes.
fn seed(mut bytes: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some((&[who, high, low], tail)) = bytes.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(tail.len());
        let (payload, tail) = tail.split_at(length);
        found.push((who & 1 == 0, payload.to_vec()));
        bytes = tail;
    }
    found
}

/// Steele and Vigna's splitmix64.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((word ^ word >> 31) >> 1).unwrap_or(0)
}

fn mutate(port: u16, whole: &[(bool, Vec<u8>)]) {
    let mut state = u64::from(port);
    let mut datagrams = Vec::new();
    for round in 0..4_000 {
        for (is_client, payload) in whole {
            let mut payload = payload.clone();
            for _ in 0..round % 4 {
                let place = random(&mut state) % payload.len();
                if let Some(byte) = payload.get_mut(place) {
                    *byte = random(&mut state).to_le_bytes()[0];
                }
            }
            if round % 5 == 0 {
                payload.truncate(random(&mut state) % payload.len() + 1);
            }
            datagrams.push((*is_client, payload));
        }
    }
    let told = tell(port, &datagrams);
    assert_whole(&told.lines);
    assert!(!told.anomalies.contains(&"engine_panic".to_owned()));
}

#[test]
fn mutilated_messages_never_break_a_line() {
    let dns: &[u8] = include_bytes!("../../fuzz/seeds/dns/query-and-answer");
    for port in [53, 5353, 5355] {
        mutate(port, &seed(&dns[1..]));
    }
    mutate(67, &seed(include_bytes!("../../fuzz/seeds/dhcp/exchange")));
    mutate(
        123,
        &seed(include_bytes!("../../fuzz/seeds/ntp/client-and-server")),
    );
    mutate(
        123,
        &seed(include_bytes!("../../fuzz/seeds/ntp/control-and-monlist")),
    );
}

fn dns_header(counts: [u16; 4]) -> Vec<u8> {
    let mut message = vec![0, 7, 0x81, 0x80];
    message.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    message
}

/// A chain of pointers, each to the one before it, and records whose names begin at its end.
fn pointer_chain() -> Vec<u8> {
    let mut message = dns_header([0, 4_096, 0, 0]);
    // A record of unknown type whose data is the chain.
    message.extend(b"\x00\xff\xfa\x00\x01\x00\x00\x00\x00\x02\x00\x00");
    for place in (20_u16..276).step_by(2) {
        message.extend((0xc000 | place).to_be_bytes());
    }
    message.resize(24 + 512, 0);
    let end = 0xc000_u16 | 0x114;
    for _ in 0..4_095 {
        message.extend(end.to_be_bytes());
        message.extend(b"\x00\x05\x00\x01\x00\x00\x00\x05\x00\x02");
        message.extend(end.to_be_bytes());
    }
    message
}

/// Strings of 255 bytes, as many as a datagram holds.
fn huge_texts() -> Vec<u8> {
    let mut message = dns_header([0, 1, 0, 0]);
    message.extend(b"\x00\x00\x10\x00\x01\x00\x00\x00\x05");
    let length = 250_u16 * 256;
    message.extend(length.to_be_bytes());
    for _ in 0..250 {
        message.push(255);
        message.extend([b'x'; 255]);
    }
    message
}

#[test]
fn pointer_chains_and_huge_texts_leave_lines_whole() {
    for payload in [pointer_chain(), huge_texts()] {
        let told = tell(53, &[(false, payload)]);
        assert_whole(&told.lines);
    }
}

#[test]
fn what_is_left_out_of_a_message_is_counted() {
    let record = b"\x00\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x0a\x00\x00\x01";
    let mut message = dns_header([0, 4_096, 0, 0]);
    message.extend(record.repeat(4_096));
    let told = tell(53, &[(false, message)]);
    assert_eq!(told.limits, [("dns_records".to_owned(), 1)]);
    let told = tell(53, &[(false, huge_texts())]);
    let lines = String::from_utf8_lossy(&told.lines).into_owned();
    assert!(
        lines.contains("\"truncated\":[\"dns.answers.data\""),
        "{lines:.2000}"
    );
}

#[test]
fn queries_that_nobody_answers_are_forgotten_oldest_first_and_counted() {
    let query = |number: u16| {
        let mut message = number.to_be_bytes().to_vec();
        message.extend(b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02vn\x00\x00\x01\x00\x01");
        (true, message)
    };
    let queries: Vec<_> = (0..1_000).map(query).collect();
    let told = tell(53, &queries);
    assert_eq!(told.limits, [("dns_open_queries".to_owned(), 1_000 - 64)]);
}
