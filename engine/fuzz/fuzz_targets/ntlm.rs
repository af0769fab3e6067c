//! Bytes as a security blob (SPNEGO, raw) and as each message of NTLMSSP.
#![no_main]

use khien_packet::proto::ntlm::{Exchange, Message};
use khien_packet::proto::spnego::{self, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Token::Ntlm(message) = spnego::read(data).token {
        let _ = Message::read(message);
    }
    // The signature is no secret: every input is also tried behind it.
    let mut exchange = Exchange::default();
    for kind in 1..=3 {
        let message = [&b"NTLMSSP\0"[..], &[kind, 0, 0, 0], data].concat();
        exchange.see(&message, 1);
    }
    assert!(exchange.held() < 64 << 10);
});
