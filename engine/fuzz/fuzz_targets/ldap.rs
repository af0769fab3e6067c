//! LDAP without a connection, and Kerberos and NTLM inside its log-ins.
#![no_main]

mod udp;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    udp::converse([40_000, 389], data);
});
