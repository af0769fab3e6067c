//! Kerberos, LDAP and SNMP against cuts, losses and hostile bytes: the same events and bounded state. What floods of them cost: attacks/messages.rs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::sync::{Arc, Mutex};

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

/// An element with a length in four octets, as Windows writes them.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &length, &content].concat()
}

fn ldap(id: u8, operation: &[u8]) -> Vec<u8> {
    der(0x30, &[&[2, 1, id], operation])
}

fn bind(id: u8) -> Vec<u8> {
    let name = der(4, &[b"cn=an,dc=vn"]);
    ldap(id, &der(0x60, &[&[2, 1, 3], &name, &der(0x80, &[b"kin"])]))
}

fn answer(id: u8, tag: u8) -> Vec<u8> {
    ldap(id, &der(tag, &[b"\x0a\x01\x00\x04\x00\x04\x00"]))
}

fn search(id: u8, filter: &[u8]) -> Vec<u8> {
    let base = der(4, &[b"dc=vn"]);
    let fixed = b"\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00";
    ldap(id, &der(0x63, &[&base, fixed, filter, &der(0x30, &[])]))
}

fn entry(id: u8, values: usize) -> Vec<u8> {
    let value = der(4, &[b"top"]);
    let set = der(0x31, &[&value.repeat(values)]);
    let attribute = der(0x30, &[&der(4, &[b"objectClass"]), &set]);
    let name = der(4, &[b"dc=vn"]);
    ldap(id, &der(0x64, &[&name, &der(0x30, &[&attribute])]))
}

type Turn = (bool, Vec<u8>);

fn directory() -> Vec<Turn> {
    vec![
        (true, bind(1)),
        (false, answer(1, 0x61)),
        (true, search(2, &der(0x87, &[b"objectClass"]))),
        (false, [entry(2, 2), entry(2, 1), answer(2, 0x65)].concat()),
        (true, ldap(3, &[0x42, 0])),
    ]
}

/// KRB-ERROR: a refusal that nobody asked for, behind a record mark.
fn refusal() -> Vec<Turn> {
    let number = |tag: u8, value: u8| der(tag, &[&[2, 1, value]]);
    let members = [
        b"\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e".to_vec(),
        number(0xa6, 25),
    ];
    let message = der(0x7e, &[&der(0x30, &[&members.concat()])]);
    let mark = u32::try_from(message.len()).unwrap().to_be_bytes();
    let one = [&mark[..], &message].concat();
    vec![(false, one.repeat(2))]
}

struct Run {
    engine: Engine,
    lines: Arc<Mutex<Vec<u8>>>,
    port: u16,
    next: [u32; 2],
    time_us: u64,
}

impl Run {
    fn new(port: u16) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let sink = Box::new(move |batch: Batch| {
            kept.lock().unwrap().extend(batch.lines);
            true
        });
        let mut run = Self {
            engine: Engine::new(Settings::default(), false, sink),
            lines,
            port,
            next: [0, 0],
            time_us: 1_000_000,
        };
        run.segment(true, 2, b"");
        run.next = [1, 0];
        run.segment(false, 18, b"");
        run.next = [1, 1];
        run
    }

    fn segment(&mut self, from_client: bool, flags: u8, payload: &[u8]) {
        let [mut from, mut to] = [([10, 0, 0, 1], 40_000), ([10_u8, 0, 0, 2], self.port)];
        let [mut sequence, mut acknowledged] = self.next;
        if !from_client {
            (from, to) = (to, from);
            (sequence, acknowledged) = (acknowledged, sequence);
        }
        let mut bytes = vec![0x45, 0];
        bytes.extend(u16::try_from(40 + payload.len()).unwrap().to_be_bytes());
        bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
        bytes.extend(from.0);
        bytes.extend(to.0);
        bytes.extend(from.1.to_be_bytes());
        bytes.extend(to.1.to_be_bytes());
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(acknowledged.to_be_bytes());
        bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(payload);
        self.frame(&bytes);
    }

    fn frame(&mut self, data: &[u8]) {
        self.time_us += 10;
        self.engine.frame(&Frame {
            time_us: self.time_us,
            wire_length: u32::try_from(data.len()).unwrap(),
            link_type: 101,
            interface: 0,
            checksums_offloaded: true,
            vlan_tag: None,
            data,
        });
    }

    /// Sends bytes in pieces that the other end acknowledges; lost ones are acknowledged and never seen.
    fn send(&mut self, from_client: bool, bytes: &[u8], size: usize, is_lost: bool) {
        for piece in bytes.chunks(size) {
            if !is_lost {
                self.segment(from_client, 16, piece);
            }
            let end = usize::from(!from_client);
            let length = u32::try_from(piece.len()).unwrap();
            self.next[end] = self.next[end].wrapping_add(length);
            self.segment(!from_client, 16, b"");
        }
    }

    fn limit(&self, name: &str) -> u64 {
        self.engine.ledger().limits.get(name).copied().unwrap_or(0)
    }

    /// Events without what tells of time, packets and the flow's own numbers.
    fn finish(mut self) -> Vec<String> {
        self.engine.finish();
        assert!(self.engine.ledger().adds_up());
        assert!(!self.engine.ledger().anomalies.contains_key("engine_panic"));
        let lines = self.lines.lock().unwrap();
        let text = std::str::from_utf8(&lines).unwrap();
        text.lines()
            .filter(|line| !line.contains("\"network.flow\""))
            .map(essence)
            .collect()
    }
}

fn essence(line: &str) -> String {
    let mut line = line.to_owned();
    for key in [
        "\"@timestamp\":",
        "\"start\":",
        "\"duration\":",
        "\"packet\":",
    ] {
        while let Some(at) = line.find(key) {
            let end = line[at..].find([',', '}']).unwrap() + at;
            line.replace_range(at..end, "");
        }
    }
    line
}

fn events(port: u16, turns: &[Turn], size: usize) -> Vec<String> {
    let mut run = Run::new(port);
    for (from_client, bytes) in turns {
        run.send(*from_client, bytes, size, false);
    }
    run.finish()
}

#[test]
fn a_cut_at_every_byte_gives_the_same_events() {
    for (port, turns, wanted) in [(3_890, directory(), 3), (8_800, refusal(), 2)] {
        let whole = events(port, &turns, 1_400);
        assert_eq!(whole.len(), wanted, "{whole:#?}");
        assert_eq!(events(port, &turns, 1), whole);
        for (place, (from_client, bytes)) in turns.iter().enumerate() {
            for cut in 1..bytes.len() {
                let mut run = Run::new(port);
                for (from_client, bytes) in &turns[..place] {
                    run.send(*from_client, bytes, 1_400, false);
                }
                run.send(*from_client, &bytes[..cut], 1_400, false);
                run.send(*from_client, &bytes[cut..], 1_400, false);
                for (from_client, bytes) in &turns[place + 1..] {
                    run.send(*from_client, bytes, 1_400, false);
                }
                assert_eq!(run.finish(), whole, "turn {place}, byte {cut}");
            }
        }
    }
}

#[test]
fn a_loss_inside_an_entry_costs_that_entry_only() {
    let mut run = Run::new(389);
    for (from_client, bytes) in &directory()[..3] {
        run.send(*from_client, bytes, 1_400, false);
    }
    let large = entry(2, 400);
    run.send(false, &large[..1_400], 1_400, false);
    run.send(false, &large[1_400..2_800], 1_400, true);
    run.send(false, &large[2_800..], 1_400, false);
    run.send(
        false,
        &[entry(2, 1), answer(2, 0x65)].concat(),
        1_400,
        false,
    );
    let found = run.finish();
    let told = |text: &str| found.iter().any(|line| line.contains(text));
    assert!(
        told("\"result_count\":1,\"result_code\":\"success\""),
        "{found:#?}"
    );
    assert!(told("stream_gap"));
}

#[test]
fn a_filter_of_ten_thousand_groups_is_cut_at_the_depth_and_counted() {
    let mut filter = der(0x87, &[b"cn"]);
    for _ in 0..10_000 {
        filter = der(0xa0, &[&filter]);
    }
    let mut run = Run::new(389);
    run.send(true, &search(1, &filter), 1_400, false);
    run.send(false, &answer(1, 0x65), 1_400, false);
    assert_eq!(run.limit("ldap_values"), 1);
    let found = run.finish();
    let wanted = format!("\"filter\":\"{}{}\"", "(&".repeat(16), ")".repeat(16));
    assert!(
        found
            .iter()
            .any(|line| line.contains("\"ldap.request.search_request")),
        "{found:#?}"
    );
    assert!(
        !found.iter().any(|line| line.contains(&"(&".repeat(17))),
        "{wanted}"
    );
}

#[test]
fn requests_that_nobody_answers_are_told_oldest_first_and_counted() {
    let mut run = Run::new(389);
    for id in 0..2_000_u16 {
        let id = id.to_be_bytes();
        let number = [&[2, 3, 0][..], &id].concat();
        let name = der(4, &[&[b'x'; 3_000]]);
        let operation = der(
            0x6e,
            &[&name, &der(0x30, &[&der(4, &[b"a"]), &der(4, &[b"b"])])],
        );
        run.send(true, &der(0x30, &[&number, &operation]), 1_400, false);
    }
    // 512 KiB of requests of 3 KiB are fewer than 256.
    assert!(run.limit("ldap_open_requests") > 2_000 - 256);
    assert_eq!(run.limit("parser_budget"), 0);
    let found = run.finish();
    let told = found
        .iter()
        .filter(|line| line.contains("\"ldap-compare\""))
        .count();
    assert_eq!(told, 2_000);
}

#[test]
fn a_length_that_lies_is_stepped_over_without_keeping_it() {
    let mut run = Run::new(389);
    run.send(true, &bind(1), 1_400, false);
    run.send(false, &answer(1, 0x61), 1_400, false);
    let head = [
        &b"\x30\x84\x7f\xff\xff\xff\x02\x01\x02\x68\x84\x7f\xff\xff\x00"[..],
        &der(4, &[b"dc=vn"]),
    ]
    .concat();
    run.send(true, &head, 1_400, false);
    run.send(true, &vec![0x41; 2 << 20], 1_400, false);
    assert_eq!(
        (run.limit("ldap_message"), run.limit("parser_budget")),
        (1, 0)
    );
    assert_eq!(run.engine.ledger().anomalies.get("parser_budget"), None);
    let found = run.finish();
    assert!(
        found
            .iter()
            .any(|line| line.contains("\"ldap-add\"") && line.contains("\"truncated\""))
    );
}

#[test]
fn mutilated_conversations_end_well() {
    let mut state = 7_u64;
    for round in 0..400_u32 {
        let mut run = Run::new(if round % 2 == 0 { 389 } else { 88 });
        let turns = if round % 2 == 0 {
            directory()
        } else {
            refusal()
        };
        for (from_client, mut bytes) in turns {
            for _ in 0..round % 5 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let [place, value] = [state >> 33, state >> 17];
                let place = usize::try_from(place).unwrap() % bytes.len();
                bytes[place] = value.to_le_bytes()[0];
            }
            run.send(from_client, &bytes, 700, round % 7 == 6 && from_client);
        }
        run.finish();
    }
}
