//! Prints the events of captures, or with `--quiet` only what became of their packets and how long it took.
//! `--workers=2` reads with two engines, `--no-checksums` believes every packet.

use std::io::Write as _;
use std::time::Instant;

use khien_packet::reader::Reader;
use khien_packet::settings::{ChecksumMode, Settings};

fn main() {
    let mut is_quiet = false;
    let mut workers = 1;
    let mut checksums = ChecksumMode::Auto;
    for path in std::env::args().skip(1) {
        if let Some(number) = path.strip_prefix("--workers=") {
            workers = number.parse().unwrap_or(1);
            continue;
        }
        if path == "--no-checksums" {
            checksums = ChecksumMode::Off;
            continue;
        }
        if path == "--quiet" {
            is_quiet = true;
            continue;
        }
        let sink = Box::new(move |batch: khien_packet::emit::output::Batch| {
            is_quiet || std::io::stdout().write_all(&batch.lines).is_ok()
        });
        let settings = Settings {
            workers,
            checksums,
            ..Settings::default()
        };
        let begin = Instant::now();
        match Reader::open(path.as_ref(), settings, sink) {
            Ok(mut reader) => {
                reader.run();
                let status = reader.status();
                let seconds = begin.elapsed().as_secs_f64();
                eprintln!(
                    "{path}: {seconds:.3} s, {:?} {:?}",
                    status.written, status.ledger
                );
            }
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
}
