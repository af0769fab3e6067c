//! Any bytes as the chunks of an event log file, as JSON objects, as XML elements, and as lines of both: each event is one that ingest accepts.
#![no_main]

use khien_detect::stamp::{Stream, stamp};
use khien_logs::Parser;
use khien_logs::event_file::EventFile;
use libfuzzer_sys::fuzz_target;

const HEADER: usize = 4_096;

fuzz_target!(|data: &[u8]| {
    // The header says nothing that is needed; without one in front every byte goes into a chunk.
    let file = [vec![0; HEADER], data.to_vec()].concat();
    for (format, bytes) in [("evtx", file), ("windows_json", data.to_vec()), ("windows_xml", data.to_vec())] {
        let mut events = EventFile::new(Box::new(std::io::Cursor::new(bytes)), format, "fuzz");
        while let Some(part) = events.next_part().expect("memory is readable") {
            accepted(part.lines.as_bytes(), part.count);
        }
    }
    for format in ["windows_json", "windows_xml"] {
        let batch = Parser::new(format, "fuzz", None, 420, None)
            .expect("the parameters are valid")
            .parse(data);
        accepted(batch.lines.as_bytes(), batch.count);
    }
});

fn accepted(lines: &[u8], count: usize) {
    let stream = Stream {
        sensor: "s",
        epoch: 1,
        first_seq: 1,
        dataset: "live",
        ingested: "2026-11-10T02:00:00.000000Z",
    };
    let stamped = stamp(lines, &stream, None).expect("the parameters are valid");
    assert_eq!((stamped.count, stamped.rejected.len()), (count, 0));
}
