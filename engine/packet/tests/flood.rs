//! A flood of half-open flows costs neither memory nor an event a flow, and the account still adds up.

use std::sync::{Arc, Mutex};

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

const FLOWS: u32 = 1_000;
const PACKETS: u32 = 50_000;

fn syn(number: u32) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0];
    bytes.extend(number.wrapping_mul(2_654_435_761).to_be_bytes());
    bytes.extend([10, 0, 0, 2]);
    bytes.extend([0x9c, 0x40, 0, 80]);
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0]);
    bytes
}

#[test]
fn evicted_half_open_flows_are_told_by_their_target() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&lines);
    let sink = Box::new(move |batch: Batch| {
        taken
            .lock()
            .map(|mut lines| lines.extend(batch.lines))
            .is_ok()
    });
    let settings = Settings {
        max_flows: FLOWS,
        ..Settings::default()
    };
    let mut engine = Engine::new(settings, false, sink);
    for number in 0..PACKETS {
        let data = syn(number);
        engine.frame(&Frame {
            time_us: 1_000_000 + u64::from(number),
            wire_length: 40,
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data: &data,
        });
    }
    assert!(engine.living() <= u64::from(FLOWS));
    engine.finish();
    assert!(engine.ledger().adds_up());
    assert_eq!(engine.ledger().flows, u64::from(PACKETS));
    let text =
        String::from_utf8(lines.lock().expect("nobody panicked").clone()).expect("lines are UTF-8");
    let summaries: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("\"flow-summary\""))
        .collect();
    assert_eq!(summaries.len(), 1, "one target in ten seconds");
    assert!(
        summaries
            .iter()
            .all(|line| line.contains("\"ip\":\"10.0.0.2\",\"port\":80"))
    );
    assert!(
        summaries
            .iter()
            .all(|line| line.contains("\"flows\":49000,\"sources\":1024,\"packets\":49000"))
    );
    assert_eq!(text.lines().count(), 1_001);
}
