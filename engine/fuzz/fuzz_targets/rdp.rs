//! Remote Desktop in all its forms.
#![no_main]

mod tcp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    tcp::converse([40_000, 3_389], &[], data);
});
