//! Any bytes as nginx' access and error log: each line is an event that ingest accepts, or has a reason.
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
    for format in ["nginx_access", "nginx_error"] {
        let batch = Parser::new(format, "fuzz", None, 420, None)
            .expect("the parameters are valid")
            .parse(data);
        let stamped =
            stamp(batch.lines.as_bytes(), &stream, None).expect("the parameters are valid");
        assert_eq!((stamped.count, stamped.rejected.len()), (batch.count, 0));
    }
});
