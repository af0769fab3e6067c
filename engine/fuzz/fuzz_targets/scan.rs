//! Any batch of lines under rules of every kind: with and without the index the same hits.
#![no_main]

use std::sync::OnceLock;

use khien_detect::ruleset::Ruleset;
use libfuzzer_sys::fuzz_target;

const RULES: &[u8] = br#"{"version":1,"leaves":[
{"op":"text","field":"a.b","parts":["x",0,"y",1],"cased":false},{"op":"text","field":null,"parts":[0,"evil",0],"cased":false},
{"op":"regex","field":"a","pattern":"(?:ab|c)+d\\b","flags":"i"},{"op":"number","field":"n","value":"10"},
{"op":"cidr","field":"ip","network":"10.0.0.0/8"},{"op":"null","field":"a"},{"op":"exists","field":"a.b","value":true},
{"op":"fieldref","field":"a","other":"n","mode":"contains"},{"op":"compare","field":"n","relation":"gte","value":"-1.5"},
{"op":"bool","field":"t","value":true},{"op":"text","field":"a","parts":["Q"],"cased":true}],
"rules":[{"id":"0","datasets":null,"program":{"or":[{"leaf":0},{"leaf":2}]}},{"id":"1","datasets":["d"],"program":{"leaf":1}},
{"id":"2","datasets":null,"program":{"and":[{"leaf":3},{"not":{"leaf":4}}]}},{"id":"3","datasets":null,"program":{"leaf":5}},
{"id":"4","datasets":null,"program":{"and":[{"leaf":6},{"leaf":8}]}},{"id":"5","datasets":null,"program":{"or":[{"leaf":7},{"leaf":9},{"leaf":10}]}}]}"#;

fuzz_target!(|data: &[u8]| {
    static RULESET: OnceLock<Ruleset> = OnceLock::new();
    let ruleset = RULESET.get_or_init(|| Ruleset::new(RULES).expect("the rules are valid"));
    assert_eq!(ruleset.scan(data), ruleset.scan_fully(data));
});
