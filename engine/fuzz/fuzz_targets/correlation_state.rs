//! Any bytes as kept states of watches of every kind: refused, or a group that is written again as it was read and goes on counting.
//!
//! The first byte says which watch, and whether it is its sketch.
#![no_main]

use std::sync::Arc;
use std::sync::OnceLock;

use khien_correlate::lane::Lane;
use khien_correlate::state::SKETCH_KEY;
use khien_correlate::watch::Plan;
use libfuzzer_sys::fuzz_target;

/// (kind, bounds, fields, expected groups).
const KINDS: [(&str, &str, &str, &str); 7] = [
    ("event_count", r#"[["gte","3"]]"#, "", "null"),
    ("value_count", r#"[["gte","3"]]"#, r#""n""#, "null"),
    ("temporal", "[]", "", "null"),
    ("temporal_ordered", "[]", "", "null"),
    ("value_percentile", r#"[["gte","3"]]"#, r#""n""#, "null"),
    ("value_count", r#"[["lt","3"]]"#, r#""n""#, "null"),
    ("event_count", r#"[["lt","1"]]"#, "", r#"[["192.0.2.1"]]"#),
];
const KEY: &[u8] = b"\x09192.0.2.1";
const LINE: &[u8] = br#"{"@timestamp":"2026-11-23T04:40:14.000000Z","event":{"id":"gate-1-7"},"source":{"ip":"192.0.2.1"},"n":3}
"#;

fn plan() -> Arc<Plan> {
    static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
    let made = PLAN.get_or_init(|| {
        let watches: Vec<String> = (0..).zip(KINDS).map(|(place, (kind, bounds, fields, expect))| format!(
            r#"{{"name":"{place}","kind":"{kind}","timespan_us":60000000,"fire":"episode","bounds":{bounds},"expression":null,"percentile":null,"members":[{{"id":"a","rule":0,"group":["source.ip"]}},{{"id":"b","rule":1,"group":["source.ip"]}}],"group_by":["source.ip"],"fields":[{fields}],"most_groups":1,"expect":{expect},"entities":[["source.ip","ip","source"]],"silent":false}}"#
        )).collect();
        let document = format!(r#"{{"version":1,"watches":[{}]}}"#, watches.join(","));
        Arc::new(Plan::parse(document.as_bytes()).expect("the plan is valid"))
    });
    Arc::clone(made)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, state)) = data.split_first() else {
        return;
    };
    let name = (usize::from(first & 0x7f) % KINDS.len()).to_string();
    let key = if first & 0x80 == 0 { KEY } else { SKETCH_KEY };
    let mut lane = Lane::new(plan());
    if lane.restore(&name, key, state) != Ok(true) {
        return;
    }
    lane.finish_restore();
    lane.observe(LINE, &[(0, LINE.len(), vec![0])], 0, i64::MAX);
    lane.advance(1_795_408_814_000_000, usize::MAX);
    lane.take_changes();
    let (kept, _) = lane.snapshot();
    let mut again = Lane::new(plan());
    for (name, key, state) in &kept {
        assert_eq!(again.restore(name, key, state), Ok(true));
    }
    again.finish_restore();
    again.advance(1 << 62, usize::MAX);
});
