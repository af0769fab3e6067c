//! SNMP of all versions.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| khien_fuzz::datagrams::converse([40_000, 161], &[], data));
