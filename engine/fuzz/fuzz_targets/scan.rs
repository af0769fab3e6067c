//! Any batch of lines under rules of every kind: with and without the index the same hits.
#![no_main]

use std::sync::OnceLock;

use khien_detect::ruleset::Ruleset;
use libfuzzer_sys::fuzz_target;

const RULES: &[u8] = br#"{"version":2,"units":[
{"id":"0","datasets":null,"leaves":[{"op":"text","field":"a.b","parts":["x",0,"y",1],"cased":false},
{"op":"regex","field":"a","pattern":"(?:ab|c)+d\\b","flags":"i","decoded":true}],"program":{"or":[{"leaf":0},{"leaf":1}]}},
{"id":"1","datasets":["d"],"leaves":[{"op":"text","field":null,"parts":[0,"evil",0],"cased":false}],"program":{"leaf":0}},
{"id":"2","datasets":null,"leaves":[{"op":"number","field":"n","value":"10"},{"op":"cidr","field":"ip","network":"10.0.0.0/8"}],
"program":{"and":[{"leaf":0},{"not":{"leaf":1}}]}},
{"id":"3","datasets":["d:1","e.*"],"leaves":[{"op":"null","field":"a"}],"program":{"leaf":0}},
{"id":"4","datasets":null,"leaves":[{"op":"exists","field":"a.b","value":true},
{"op":"compare","field":"n","relation":"gte","value":"-1.5"}],"program":{"and":[{"leaf":0},{"leaf":1}]}},
{"id":"5","datasets":null,"leaves":[{"op":"fieldref","field":"a","other":"n","mode":"contains"},
{"op":"bool","field":"t","value":true},{"op":"text","field":"a","parts":["Q"],"cased":true,"decoded":true}],
"program":{"or":[{"leaf":0},{"leaf":1},{"leaf":2}]}},
{"id":"6","datasets":null,"leaves":[{"op":"text","field":"a","parts":[0,"../",0],"cased":false,"decoded":true},
{"op":"time","field":"t","part":"week","relation":"gte","value":9,"offsets":[[0,25200]]}],"program":{"or":[{"leaf":0},{"leaf":1}]}}]}"#;

fuzz_target!(|data: &[u8]| {
    static RULESET: OnceLock<Ruleset> = OnceLock::new();
    let ruleset = RULESET.get_or_init(|| Ruleset::new(RULES).expect("the rules are valid"));
    assert_eq!(ruleset.scan(data), ruleset.scan_fully(data));
});
