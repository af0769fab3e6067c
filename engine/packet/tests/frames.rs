//! No frame, however broken, makes the engine fail or leaves the account wrong: what the fuzz targets look for, in small.

use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use proptest::prelude::*;

/// Link types that are decoded, and one that is not.
const LINKS: [u32; 16] = [
    1, 0, 9, 12, 14, 101, 104, 105, 108, 113, 127, 228, 229, 239, 276, 147,
];

/// Headers that lead into a tunnel, a piece or a wireless frame, each over raw IP.
fn prefixes() -> Vec<Vec<u8>> {
    let v4 = |protocol: u8, piece: u8| {
        let mut bytes = vec![0x45, 0, 0, 0, 0, 7, piece, 0, 64, protocol, 0, 0];
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        bytes
    };
    let udp = |port: u16| {
        let mut bytes = v4(17, 0);
        bytes.extend([0x9c, 0x40]);
        bytes.extend(port.to_be_bytes());
        bytes.extend([0; 4]);
        bytes
    };
    let v6 = |next: u8| {
        let mut bytes = vec![0x60, 0, 0, 0, 0, 0, next, 64];
        bytes.extend([0xfd; 32]);
        bytes
    };
    let mut all = vec![
        vec![],
        v4(17, 0x20),
        v4(1, 0),
        v4(4, 0),
        v4(41, 0),
        v4(47, 0),
    ];
    all.extend([v6(44), v6(0), v6(58), v6(4)]);
    all.extend([4_789, 6_081, 3_544, 2_152, 5_072, 4_754].map(udp));
    all.push([udp(4_789), vec![8, 0, 0, 0, 0, 0, 1, 0]].concat());
    for header in [
        &[0, 0, 0x88, 0xbe][..],
        &[0x10, 0, 0x22, 0xeb],
        &[0, 0, 0x82, 0x40, 0x88, 2],
        &[0x30, 1, 0x88, 0x0b],
        &[0, 0, 0x89, 0x4f],
        &[0, 0, 0x88, 0x47],
        &[0, 0, 8, 6],
    ] {
        all.push([v4(47, 0), header.to_vec()].concat());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_has_a_place_in_the_account(
        link in 0..LINKS.len(),
        before in 0..prefixes().len(),
        checksums_on: bool,
        frames in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..200), 0_u32..60, 0_u64..20_000_000),
            1..20,
        ),
    ) {
        let prefix = &prefixes()[before];
        let link_type = if prefix.is_empty() { LINKS[link] } else { 101 };
        let mut engine = Engine::new(Settings::default(), checksums_on, Box::new(|_| true));
        let mut time_us = 1;
        for (bytes, cut, step) in &frames {
            time_us += step;
            let data = [prefix.as_slice(), bytes].concat();
            engine.frame(&Frame {
                time_us,
                wire_length: u32::try_from(data.len()).unwrap() + cut,
                link_type,
                interface: 0,
                checksums_offloaded: false,
                vlan_tag: None,
                data: &data,
            });
        }
        engine.finish();
        let ledger = engine.ledger();
        prop_assert!(ledger.adds_up());
        prop_assert_eq!(ledger.read, u64::try_from(frames.len()).unwrap());
        prop_assert!(!ledger.undecoded.contains_key("engine_panic"), "{:?}", ledger.undecoded);
    }
}
