//! An engine that is fed what two ends say over TCP.

use std::sync::{Arc, Mutex};

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

use crate::message::Turn;

pub const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 40_000);

pub const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 4_450);

pub fn segment(from_client: bool, sequence: u32, acknowledged: u32, payload: &[u8]) -> Vec<u8> {
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
pub struct Run {
    pub engine: Engine,
    lines: Arc<Mutex<Vec<u8>>>,
    next: [u32; 2],
    time_us: u64,
}

impl Run {
    pub fn new() -> Self {
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

    pub fn frame(&mut self, data: &[u8]) {
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
    pub fn send(&mut self, from_client: bool, bytes: &[u8], is_lost: bool) {
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
    pub fn finish(mut self) -> Vec<String> {
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

pub fn events(turns: &[Turn]) -> Vec<String> {
    let mut run = Run::new();
    for (from_client, bytes) in turns {
        run.send(*from_client, bytes, false);
    }
    run.finish()
}

pub fn with<'a>(events: &'a [String], part: &str) -> Vec<&'a String> {
    events.iter().filter(|line| line.contains(part)).collect()
}
