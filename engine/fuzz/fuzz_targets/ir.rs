//! Any bytes as a rule set: refused with a code, or usable.
#![no_main]

use khien_detect::ruleset::Ruleset;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(ruleset) = Ruleset::new(data) {
        let line =
            br#"{"event":{"dataset":"d","original":"x"},"a":{"b":["x",1,null]},"n":10,"t":true}"#;
        assert_eq!(ruleset.scan(line), ruleset.scan_fully(line));
    }
});
