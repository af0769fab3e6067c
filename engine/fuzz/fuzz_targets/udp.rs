//! Bytes as datagrams between two ends: what the targets of datagram protocols share.

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

fn datagram(is_client: bool, ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = |extra: usize| u16::try_from(extra + payload.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length(28));
    bytes.extend([0, 1, 0, 0, 64, 17, 0, 0]);
    let mut ends = [([10, 0, 0, 1], ports[0]), ([10, 0, 0, 2], ports[1])];
    if !is_client {
        ends.reverse();
    }
    ends.iter().for_each(|(address, _)| bytes.extend::<[u8; 4]>(*address));
    ends.iter().for_each(|(_, port)| bytes.extend(port.to_be_bytes()));
    bytes.extend(length(8));
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

/// Each datagram begins with a byte for who sends it (lowest bit) and two for its length. Every line that comes out must
/// be whole, and the account must add up.
pub fn converse(ports: [u16; 2], data: &[u8]) {
    let sink = |batch: khien_packet::emit::output::Batch| {
        for line in batch.lines.split_inclusive(|byte| *byte == b'\n') {
            assert!(line.starts_with(b"{\"@timestamp\"") && line.ends_with(b"}}\n"));
            assert!(line.len() <= 64 << 10 && std::str::from_utf8(line).is_ok());
        }
        true
    };
    let mut engine = Engine::new(Settings::default(), false, Box::new(sink));
    let mut rest = data;
    let mut time_us = 1_000_000;
    while let Some((&[who, high, low], tail)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high & 15, low])).min(tail.len());
        let (payload, tail) = tail.split_at(length);
        rest = tail;
        time_us += 1_000;
        let bytes = datagram(who & 1 == 0, ports, payload);
        engine.frame(&Frame {
            time_us,
            wire_length: u32::try_from(bytes.len()).unwrap_or(0),
            link_type: 101,
            interface: 0,
            checksums_offloaded: true,
            vlan_tag: None,
            data: &bytes,
        });
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
}
