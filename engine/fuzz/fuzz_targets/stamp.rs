//! Any batch of lines: counts add up, and a stamped line cannot be stamped again.
#![no_main]

use khien_detect::inventory::Inventory;
use khien_detect::stamp::{Stream, stamp};
use libfuzzer_sys::fuzz_target;

const DOCUMENT: &[u8] = br#"{"version":"1","networks":[{"cidr":"10.0.0.0/8","asset":"a","unit":"u"},{"cidr":"::/0","unit":"v"}]}"#;

fuzz_target!(|data: &[u8]| {
    let inventory = Inventory::parse(DOCUMENT).expect("the inventory is valid");
    let stream = Stream {
        sensor: "s",
        epoch: 1,
        first_seq: 1,
        dataset: "live",
        ingested: "2026-11-10T02:00:00.000000Z",
    };
    let stamped = stamp(data, &stream, Some(&inventory)).expect("the parameters are valid");
    let given = data.split_inclusive(|byte| *byte == b'\n').count();
    assert_eq!(stamped.count + stamped.rejected.len(), given);
    assert_eq!(
        stamped.lines.iter().filter(|byte| **byte == b'\n').count(),
        stamped.count
    );
    let again = stamp(&stamped.lines, &stream, None).expect("the parameters are valid");
    assert_eq!(again.count, 0);
});
