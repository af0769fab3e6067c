//! What floods cost: every table of a connection is bounded, and what falls out is told and counted.

use crate::message::{FILE, create_body, framed, message, write_body};
use crate::run::{Run, with};

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
