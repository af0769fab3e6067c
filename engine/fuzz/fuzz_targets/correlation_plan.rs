//! Any bytes as a plan document: refused with a code, or a plan that takes an event.
#![no_main]

use std::sync::Arc;

use khien_correlate::lane::Lane;
use khien_correlate::watch::Plan;
use libfuzzer_sys::fuzz_target;

const LINE: &[u8] = br#"{"@timestamp":"2026-11-23T04:40:14.000000Z","event":{"id":"gate-1-7"},"source":{"ip":"192.0.2.1"},"n":3}
"#;

fuzz_target!(|data: &[u8]| {
    if let Ok(plan) = Plan::parse(data) {
        let mut lane = Lane::new(Arc::new(plan));
        lane.observe(LINE, &[(0, LINE.len(), vec![0, 1, 2])], 0, i64::MAX);
        lane.advance(1 << 62, usize::MAX);
        lane.take_changes();
    }
});
