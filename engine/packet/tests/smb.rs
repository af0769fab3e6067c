//! SMB conversations made by hand (MS-SMB2, MS-CIFS): what is told of them, however they are cut, and what floods cost.

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
use proptest::prelude::*;

const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 40_000);
const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 4_450);
const SESSION: u64 = 0x11;
const TREE: u32 = 7;
const FILE: [u8; 16] = [9, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
const RELATED: [u8; 16] = [0xff; 16];

/// What one end sends.
type Turn = (bool, Vec<u8>);

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&length[..], message].concat()
}

/// A message of version 2 (section 2.2.1.2).
fn message(command: u16, id: u64, status: Option<u32>, related: bool, body: &[u8]) -> Vec<u8> {
    let flags = u32::from(status.is_some()) | if related { 4 } else { 0 };
    let mut bytes = b"\xfeSMB\x40\0\0\0".to_vec();
    bytes.extend(status.unwrap_or(0).to_le_bytes());
    bytes.extend(command.to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(id.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(TREE.to_le_bytes());
    bytes.extend(SESSION.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(body);
    bytes
}

/// Messages in one packet: each but the last is filled to eight bytes and says where the next begins.
fn compound(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let mut message = message.clone();
        if place + 1 < messages.len() {
            message.resize(message.len().next_multiple_of(8), 0);
            let next = u32::try_from(message.len()).unwrap().to_le_bytes();
            message[20..24].copy_from_slice(&next);
        }
        packet.extend(message);
    }
    framed(&packet)
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap().to_le_bytes()
}

fn long(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

fn tree_connect(share: &str) -> [Vec<u8>; 2] {
    let path = wide(share);
    let request = [&[9, 0, 0, 0][..], &short(72), &short(path.len()), &path].concat();
    let response = [16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [
        message(3, 1, None, false, &request),
        message(3, 1, Some(0), false, &response),
    ]
}

fn create_body(name: &str) -> Vec<u8> {
    let name = wide(name);
    let mut body = vec![0; 56];
    body[0] = 57;
    body[24] = 0x89;
    body[36] = 1;
    body[44..46].copy_from_slice(&short(120));
    body[46..48].copy_from_slice(&short(name.len()));
    body.extend(name);
    body.push(0);
    body
}

fn created_body(size: u64) -> Vec<u8> {
    let mut body = vec![0; 88];
    body[0] = 89;
    body[4] = 1;
    body[48..56].copy_from_slice(&size.to_le_bytes());
    body[64..80].copy_from_slice(&FILE);
    body
}

fn close_body(id: [u8; 16]) -> Vec<u8> {
    [&[24, 0, 0, 0, 0, 0, 0, 0][..], &id].concat()
}

fn closed_body() -> Vec<u8> {
    let mut body = vec![0; 60];
    body[0] = 60;
    body
}

fn read_body(offset: u64, length: usize) -> Vec<u8> {
    let mut body = vec![0; 49];
    body[0] = 49;
    body[4..8].copy_from_slice(&long(length));
    body[8..16].copy_from_slice(&offset.to_le_bytes());
    body[16..32].copy_from_slice(&FILE);
    body
}

fn data_body(data: &[u8]) -> Vec<u8> {
    let mut body = vec![17, 0, 80, 0];
    body.extend(long(data.len()));
    body.extend([0; 8]);
    body.extend(data);
    body
}

fn write_body(id: [u8; 16], offset: u64, data: &[u8]) -> Vec<u8> {
    let mut body = vec![49, 0, 112, 0];
    body.extend(long(data.len()));
    body.extend(offset.to_le_bytes());
    body.extend(id);
    body.extend([0; 16]);
    body.extend(data);
    body
}

fn written_body() -> Vec<u8> {
    let mut body = vec![0; 16];
    body[0] = 17;
    body
}

/// A file of `content` is opened, read in two pieces whose answers come in the wrong order, and closed.
fn reading(content: &[u8]) -> Vec<Turn> {
    let [connect, connected] = tree_connect("\\\\srv\\data");
    let (first, second) = content.split_at(content.len() / 2);
    let half = u64::try_from(first.len()).unwrap();
    let size = u64::try_from(content.len()).unwrap();
    vec![
        (true, framed(&connect)),
        (false, framed(&connected)),
        (
            true,
            framed(&message(5, 2, None, false, &create_body("dir\\a.exe"))),
        ),
        (
            false,
            framed(&message(5, 2, Some(0), false, &created_body(size))),
        ),
        (
            true,
            [
                framed(&message(8, 3, None, false, &read_body(0, first.len()))),
                framed(&message(8, 4, None, false, &read_body(half, second.len()))),
            ]
            .concat(),
        ),
        (
            false,
            [
                framed(&message(8, 4, Some(0), false, &data_body(second))),
                framed(&message(8, 3, Some(0), false, &data_body(first))),
            ]
            .concat(),
        ),
        (true, framed(&message(6, 5, None, false, &close_body(FILE)))),
        (
            false,
            framed(&message(6, 5, Some(0), false, &closed_body())),
        ),
    ]
}

fn segment(from_client: bool, sequence: u32, acknowledged: u32, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if from_client {
        (CLIENT, SERVER)
    } else {
        (SERVER, CLIENT)
    };
    let mut bytes = vec![0x45, 0];
    bytes.extend(u16::try_from(40 + payload.len()).unwrap().to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    bytes.extend(from.0);
    bytes.extend(to.0);
    bytes.extend(from.1.to_be_bytes());
    bytes.extend(to.1.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(acknowledged.to_be_bytes());
    bytes.extend([0x50, 16, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// An engine that is fed a conversation, after a handshake.
struct Run {
    engine: Engine,
    lines: Arc<Mutex<Vec<u8>>>,
    next: [u32; 2],
    time_us: u64,
}

impl Run {
    fn new() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let sink = Box::new(move |batch: Batch| {
            kept.lock().unwrap().extend(batch.lines);
            true
        });
        let mut run = Self {
            engine: Engine::new(Settings::default(), false, sink),
            lines,
            next: [0; 2],
            time_us: 1_000_000,
        };
        for (from_client, flags) in [(true, 2), (false, 18)] {
            let mut bytes = segment(from_client, 0, u32::from(!from_client), b"");
            bytes[33] = flags;
            run.frame(&bytes);
        }
        run.next = [1, 1];
        run
    }

    fn frame(&mut self, data: &[u8]) {
        self.time_us += 10;
        self.engine.frame(&Frame {
            time_us: self.time_us,
            wire_length: u32::try_from(data.len()).unwrap(),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data,
        });
    }

    /// Sends bytes that the other end acknowledges; `lost` ones are acknowledged and never seen.
    fn send(&mut self, from_client: bool, bytes: &[u8], is_lost: bool) {
        let end = usize::from(!from_client);
        for piece in bytes.chunks(1_400) {
            if !is_lost {
                self.frame(&segment(
                    from_client,
                    self.next[end],
                    self.next[1 - end],
                    piece,
                ));
            }
            let length = u32::try_from(piece.len()).unwrap();
            self.next[end] = self.next[end].wrapping_add(length);
            self.frame(&segment(
                !from_client,
                self.next[1 - end],
                self.next[end],
                b"",
            ));
        }
    }

    /// Events without what tells of time, packets and the flow's own numbers.
    fn finish(mut self) -> Vec<String> {
        self.engine.finish();
        assert!(self.engine.ledger().adds_up());
        let lines = self.lines.lock().unwrap();
        let text = std::str::from_utf8(&lines).unwrap();
        text.lines()
            .filter(|line| !line.contains("\"network.flow\""))
            .map(|line| {
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
            })
            .collect()
    }
}

fn events(turns: &[Turn]) -> Vec<String> {
    let mut run = Run::new();
    for (from_client, bytes) in turns {
        run.send(*from_client, bytes, false);
    }
    run.finish()
}

fn with<'a>(events: &'a [String], part: &str) -> Vec<&'a String> {
    events.iter().filter(|line| line.contains(part)).collect()
}

#[test]
fn a_file_read_out_of_order_is_whole_and_hashed() {
    let content: Vec<u8> = [&b"MZ"[..], &[7; 9_000]].concat();
    let events = events(&reading(&content));
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"size\":9002"));
    assert!(files[0].contains("\"state\":\"closed\""));
    assert!(files[0].contains("\"sha256\""));
    assert!(files[0].contains("application/x-dosexec"));
    assert!(files[0].contains("\"share\":\"\\\\\\\\srv\\\\data\""));
    let actions: Vec<_> = ["smb-tree", "smb-open", "smb-read", "smb-close"]
        .into_iter()
        .map(|action| with(&events, &format!("\"action\":\"{action}\"")).len())
        .collect();
    assert_eq!(actions, [1, 1, 1, 1]);
}

#[test]
fn related_requests_are_about_the_file_that_the_first_opens() {
    let turns = vec![
        (
            true,
            compound(&[
                message(5, 1, None, false, &create_body("new.txt")),
                message(9, 2, None, true, &write_body(RELATED, 0, b"xin chao")),
                message(6, 3, None, true, &close_body(RELATED)),
            ]),
        ),
        (
            false,
            compound(&[
                message(5, 1, Some(0), false, &created_body(0)),
                message(9, 2, Some(0), true, &written_body()),
                message(6, 3, Some(0), true, &closed_body()),
            ]),
        ),
    ];
    let events = events(&turns);
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"name\":\"new.txt\",\"size\":8"));
    assert!(files[0].contains("\"state\":\"closed\""));
    let close = with(&events, "\"action\":\"smb-close\"");
    assert!(close[0].contains("\"path\":\"new.txt\""));
}

#[test]
fn a_refused_open_leaves_no_file_and_tells_its_status() {
    let turns = vec![
        (
            true,
            framed(&message(5, 1, None, false, &create_body("secret"))),
        ),
        (
            false,
            framed(&message(
                5,
                1,
                Some(0xc000_0022),
                false,
                &[9, 0, 0, 0, 0, 0, 0, 0],
            )),
        ),
    ];
    let events = events(&turns);
    assert_eq!(with(&events, "\"action\":\"smb-open\"").len(), 1);
    assert!(events[0].contains("STATUS_ACCESS_DENIED"));
    assert!(events[0].contains("\"outcome\":\"failure\""));
}

#[test]
fn an_answer_that_is_pending_is_waited_for() {
    let mut pending = message(15, 1, Some(0x103), false, &[9, 0, 0, 0, 0, 0, 0, 0]);
    pending[16] = 3;
    let mut done = message(15, 1, Some(0), false, &[9, 0, 0, 0, 0, 0, 0, 0]);
    done[16] = 3;
    let request = [&[32, 0, 0, 0, 0, 0, 0, 0][..], &FILE, &[0; 8]].concat();
    let turns = vec![
        (true, framed(&message(15, 1, None, false, &request))),
        (false, framed(&pending)),
        (false, framed(&done)),
    ];
    let events = events(&turns);
    assert_eq!(events.len(), 1, "{events:#?}");
    assert!(events[0].contains("STATUS_SUCCESS"));
}

#[test]
fn bytes_lost_inside_a_write_cost_the_hash_and_nothing_else() {
    let mut run = Run::new();
    let turns = reading(b"unused");
    run.send(true, &turns[0].1, false);
    run.send(false, &turns[1].1, false);
    run.send(true, &turns[2].1, false);
    run.send(false, &turns[3].1, false);
    let write = framed(&message(
        9,
        3,
        None,
        false,
        &write_body(FILE, 0, &[1; 9_000]),
    ));
    run.send(true, &write[..4_200], false);
    run.send(true, &write[4_200..5_600], true);
    run.send(true, &write[5_600..], false);
    run.send(
        false,
        &framed(&message(9, 3, Some(0), false, &written_body())),
        false,
    );
    run.send(true, &turns[6].1, false);
    run.send(false, &turns[7].1, false);
    let events = run.finish();
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"size\":9000"));
    assert!(files[0].contains("\"missing_bytes\":1400"));
    assert!(!files[0].contains("\"hash\""));
    assert_eq!(with(&events, "\"action\":\"smb-close\"").len(), 1);
}

#[test]
fn after_a_lost_header_the_next_message_is_found() {
    let mut run = Run::new();
    let create = framed(&message(5, 1, None, false, &create_body("first")));
    run.send(true, &create, false);
    // The end of one message and the beginning of the next are missing.
    let lost = framed(&message(5, 2, None, false, &create_body("second")));
    run.send(true, &lost[..50], false);
    let both = [lost.clone(), lost].concat();
    run.send(true, &both[50..both.len() - 30], true);
    run.send(true, &both[both.len() - 30..], false);
    run.send(
        true,
        &framed(&message(5, 3, None, false, &create_body("third"))),
        false,
    );
    let events = run.finish();
    let opens = with(&events, "\"action\":\"smb-open\"");
    assert_eq!(opens.len(), 2, "{events:#?}");
    assert!(opens[1].contains("third"));
}

#[test]
fn sealed_messages_are_counted_and_told_once() {
    let sealed = framed(&[&b"\xfdSMB"[..], &[3; 80]].concat());
    let turns = vec![
        (true, framed(&tree_connect("\\\\s\\t")[0])),
        (true, sealed.clone()),
        (false, sealed),
    ];
    let events = events(&turns);
    let told = with(&events, "\"action\":\"smb-sealed\"");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("\"encrypted_messages\":2"));
}

#[test]
fn half_open_requests_are_bounded_and_each_is_told() {
    let mut run = Run::new();
    let count = 5_000_u64;
    for id in 0..count {
        let create = create_body(&format!("file-{id}-{}", "x".repeat(100)));
        run.send(true, &framed(&message(5, id, None, false, &create)), false);
    }
    let limits = run.engine.ledger().limits.clone();
    // 256 KiB of requests are fewer than 1,024 of them.
    assert!(limits["smb_open_requests"] > count - 1_025, "{limits:?}");
    assert!(limits["smb_open_files"] > count - 1_025, "{limits:?}");
    assert!(!limits.contains_key("parser_budget"));
    let events = run.finish();
    let told = with(&events, "\"action\":\"smb-open\"").len();
    assert_eq!(u64::try_from(told).unwrap(), count);
}

#[test]
fn handles_with_bytes_that_wait_are_bounded() {
    let mut run = Run::new();
    let data = vec![1; 60_000];
    for id in 0..200_u64 {
        let mut file = FILE;
        file[..8].copy_from_slice(&id.to_le_bytes());
        let body = write_body(file, 1 << 20, &data);
        run.send(true, &framed(&message(9, id, None, false, &body)), false);
    }
    let limits = run.engine.ledger().limits.clone();
    assert!(!limits.contains_key("parser_budget"), "{limits:?}");
    assert!(limits["smb_open_files"] > 150, "{limits:?}");
    let events = run.finish();
    assert_eq!(with(&events, "\"network.file\"").len(), 200);
}

/// A message of version 1: one command with its words and bytes.
fn message1(command: u8, is_reply: bool, words: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut message = b"\xffSMB".to_vec();
    message.push(command);
    message.extend([0; 4]);
    message.push(if is_reply { 0x80 } else { 0 });
    message.extend(0xc000_u16.to_le_bytes());
    message.extend([0; 12]);
    message.extend([7, 0, 1, 0, 9, 0, 2, 0]);
    message.push(u8::try_from(words.len() / 2).unwrap());
    message.extend(words);
    message.extend(short(bytes.len()));
    message.extend(bytes);
    framed(&message)
}

#[test]
fn version_1_opens_writes_and_closes() {
    let mut create = vec![0; 48];
    create[0] = 0xff;
    create[35] = 2;
    let mut name = vec![0];
    name.extend(wide("\\tmp\\x.sh"));
    let mut created = vec![0; 68];
    created[0] = 0xff;
    created[5] = 0x41;
    created[7] = 2;
    let data = b"#!/bin/sh\n";
    let mut write = vec![0; 28];
    write[0] = 0xff;
    write[4] = 0x41;
    write[20] = u8::try_from(data.len()).unwrap();
    write[22] = 64;
    let mut close = vec![0; 6];
    close[0] = 0x41;
    let turns = vec![
        (true, message1(0xa2, false, &create, &name)),
        (false, message1(0xa2, true, &created, b"")),
        (
            true,
            message1(0x2f, false, &write, &[&[0][..], data].concat()),
        ),
        (
            false,
            message1(0x2f, true, &[0xff, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0], b""),
        ),
        (true, message1(0x04, false, &close, b"")),
        (false, message1(0x04, true, b"", b"")),
    ];
    let events = events(&turns);
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"size\":10"));
    assert!(files[0].contains("text/x-shellscript"));
    let opens = with(&events, "\"action\":\"smb-open\"");
    assert!(opens[0].contains("\"path\":\"\\\\tmp\\\\x.sh\""));
    assert!(opens[0].contains("\"disposition\":\"FILE_CREATE\""));
}

#[test]
fn a_chain_that_leads_back_ends() {
    let words = [0x74, 0, 32, 0];
    let events = events(&[(true, message1(0x74, false, &words, b""))]);
    assert_eq!(with(&events, "smb_chain_too_long").len(), 1, "{events:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cuts_between_segments_change_nothing(size in 3_usize..700, content in 1_usize..6_000) {
        let turns = reading(&vec![b'a'; content]);
        let cut: Vec<Turn> = turns
            .iter()
            .flat_map(|(from, bytes)| bytes.chunks(size).map(|piece| (*from, piece.to_vec())))
            .collect();
        prop_assert_eq!(events(&cut), events(&turns));
    }

    #[test]
    fn any_bytes_in_any_message_end_well(command in 0_u16..20, status in any::<Option<u32>>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let bytes = framed(&message(command, 1, status, false, &body));
        let request = framed(&message(command, 1, None, false, &body));
        events(&[(true, request), (status.is_none(), bytes)]);
        if let Ok(command) = u8::try_from(command) {
            let words = &body[..body.len().min(60) / 2 * 2];
            for command in [command, command | 0x20, command | 0x70, command | 0xa0] {
                events(&[
                    (true, message1(command, false, words, &body)),
                    (false, message1(command, true, words, &body)),
                ]);
            }
        }
    }
}

#[test]
fn every_single_cut_of_a_conversation_gives_the_same_events() {
    let turns = reading(&[5; 600]);
    let expected = events(&turns);
    for (place, (from, bytes)) in turns.iter().enumerate() {
        for at in 1..bytes.len() {
            let mut cut = turns.clone();
            let (head, tail) = bytes.split_at(at);
            cut.splice(
                place..=place,
                [(*from, head.to_vec()), (*from, tail.to_vec())],
            );
            assert_eq!(events(&cut), expected, "cut of turn {place} at {at}");
        }
    }
}
