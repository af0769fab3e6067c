//! What a line costs in `stamp` and `scan`: `cargo bench -p khien-detect --bench line [stamp|scan] [rounds]`.
//!
//! Prints lines/s and MB/s of one thread; count instructions with `valgrind --tool=callgrind` or `perf stat -e instructions`
//! over the same command, which does the same work every time. `KHIEN_BENCH_LINES` names a file of event lines in the frame,
//! `KHIEN_BENCH_IR` a compiled rule set; without one only the cost of reading and routing is measured.

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use khien_detect::inventory::Inventory;
use khien_detect::ruleset::Ruleset;
use khien_detect::stamp::{Stream, stamp};

const EMPTY: &[u8] = br#"{"version":2,"units":[]}"#;
const LINE: &[u8] = br#"{"@timestamp":"2026-11-23T04:40:14.000000Z","event":{"kind":"event","category":["web"],"type":["access"],"dataset":"web.access","module":"nginx","action":"http-request","outcome":"success","original":"10.10.99.10 - - [23/Nov/2026:11:40:14 +0700] \"GET /suc-khoe HTTP/1.1\" 200 21 \"-\" \"giam-sat/2.1\""},"ecs":{"version":"8.17.0"},"message":"GET /suc-khoe HTTP/1.1","source":{"ip":"10.10.99.10"},"http":{"version":"1.1","request":{"method":"GET"},"response":{"status_code":200,"body":{"bytes":21}}},"url":{"original":"/suc-khoe","path":"/suc-khoe"},"user_agent":{"original":"giam-sat/2.1"},"related":{"ip":["10.10.99.10"]},"khien":{"schema":1,"source":"bench","time":"log"}}
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let what = arguments.first().map_or("all", String::as_str);
    let rounds: usize = arguments.get(1).map_or(Ok(50), |rounds| rounds.parse())?;
    let lines = match env::var_os("KHIEN_BENCH_LINES") {
        Some(path) => fs::read(path)?,
        None => LINE.repeat(1_000),
    };
    if matches!(what, "all" | "stamp") {
        let inventory = Inventory::parse(
            br#"{"version":"1","networks":[{"cidr":"10.0.0.0/8","asset":"a","unit":"u"}]}"#,
        )?;
        let stream = Stream {
            sensor: "bench",
            epoch: 1,
            first_seq: 1,
            dataset: "live",
            ingested: "2026-11-23T04:40:15.000000Z",
        };
        measure("stamp", &lines, rounds, || {
            let stamped = stamp(black_box(&lines), &stream, Some(&inventory))
                .map_err(|error| error.to_string())?;
            if stamped.rejected.is_empty() {
                Ok(stamped.count)
            } else {
                Err("a line was rejected".to_owned())
            }
        })?;
    }
    if matches!(what, "all" | "scan") {
        let ir = env::var_os("KHIEN_BENCH_IR").map(fs::read).transpose()?;
        let ruleset = Ruleset::new(ir.as_deref().unwrap_or(EMPTY))?;
        ruleset.scan(&lines)?;
        measure("scan", &lines, rounds, || {
            ruleset
                .scan(black_box(&lines))
                .map(|hits| hits.len())
                .map_err(|error| error.to_string())
        })?;
        println!("scan: {} rules, {:?}", ruleset.len(), ruleset.stats());
    }
    Ok(())
}

fn measure(
    name: &str,
    lines: &[u8],
    rounds: usize,
    mut run: impl FnMut() -> Result<usize, String>,
) -> Result<(), String> {
    let count = memchr::memchr_iter(b'\n', lines).count();
    let begun = Instant::now();
    for _ in 0..rounds {
        black_box(run()?);
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate is shown with three digits"
    )]
    let (events, bytes) = ((count * rounds) as f64, (lines.len() * rounds) as f64);
    println!(
        "{name}: {:.0} lines/s, {:.1} MB/s, {count} lines x {rounds}",
        events / seconds,
        bytes / seconds / 1e6
    );
    Ok(())
}
