//! Bytes as segments, urgent bytes and acknowledgements of one direction; reassembly must agree with a table of bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../packet/tests/reference/mod.rs"]
mod reference;

fuzz_target!(|data: &[u8]| {
    if let Some((start, script)) = data.split_first_chunk::<4>() {
        reference::compare(script, u32::from_be_bytes(*start));
    }
});
