//! Any bytes as lines of the audit log, of proxies, firewalls, name servers, databases and other services: each event is one that ingest accepts.
#![no_main]

use khien_detect::stamp::{Stream, stamp};
use khien_logs::Parser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let stream = Stream {
        sensor: "s",
        epoch: 1,
        first_seq: 1,
        dataset: "live",
        ingested: "2026-11-10T02:00:00.000000Z",
    };
    for format in khien_logs::names() {
        let mut parser = Parser::new(format, "fuzz", Some(2026), 420, None)
            .expect("the parameters are valid");
        for batch in [parser.parse(data), parser.finish()] {
            let stamped =
                stamp(batch.lines.as_bytes(), &stream, None).expect("the parameters are valid");
            assert_eq!((stamped.count, stamped.rejected.len()), (batch.count, 0));
        }
    }
});
