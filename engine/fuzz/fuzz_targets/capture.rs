//! Bytes as a capture file: both containers, gzip and zstd, every decoder behind them. The account must add up.
#![no_main]

use std::io::Cursor;

use khien_fuzz::watched::{check, check_ledger};
use khien_packet::reader::Reader;
use khien_packet::settings::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let settings = Settings {
        read_size: 512,
        ..Settings::default()
    };
    let input = Box::new(Cursor::new(data.to_vec()));
    let Ok(mut reader) = Reader::from_input("fuzz", input, settings, Box::new(check)) else {
        return;
    };
    reader.run();
    check_ledger(&reader.status().ledger);
});
