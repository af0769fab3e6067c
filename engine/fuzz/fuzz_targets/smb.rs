//! Bytes as SMB messages of both versions, both ways. Each word begins with a byte for who speaks (lowest bit), the
//! version (second bit), a loss before it (third bit) and a length that lies (fourth bit), and one for its length; what
//! follows stands behind a signature in a frame.
#![no_main]

use khien_fuzz::segments::Connection;
use khien_fuzz::watched::Watched;
use libfuzzer_sys::fuzz_target;

/// A frame with a signature and what makes the rest likely to be read: size of the header, direction, few message ids.
fn message(who: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = body.to_vec();
    let reply = who & 1;
    if who & 2 == 0 {
        bytes.resize(bytes.len().max(64), 0);
        bytes[..6].copy_from_slice(b"\xfeSMB\x40\0");
        bytes[12] %= 20;
        bytes[13] = 0;
        bytes[16] = (bytes[16] & !1) | reply;
        bytes[24] &= 7;
        bytes[25..32].fill(0);
    } else {
        bytes.resize(bytes.len().max(35), 0);
        bytes[..4].copy_from_slice(b"\xffSMB");
        bytes[9] = (bytes[9] & 0x7f) | (reply << 7);
        bytes[30] &= 7;
        bytes[31] = 0;
    }
    let length = u32::try_from(bytes.len()).unwrap_or(0);
    let said = if who & 8 == 0 { length } else { length ^ 0x11 };
    [&said.to_be_bytes()[..], &bytes].concat()
}

fuzz_target!(|data: &[u8]| {
    let mut watched = Watched::new();
    let mut connection = Connection::open(&mut watched, [(1, 40_000), (2, 445)]);
    let mut rest = data;
    while let Some((&[who, length], tail)) = rest.split_first_chunk::<2>() {
        let (body, tail) = tail.split_at(usize::from(length).min(tail.len()));
        rest = tail;
        let is_client = who & 1 == 0;
        if who & 4 != 0 {
            connection.lose(is_client);
        }
        connection.say(&mut watched, is_client, &message(who, body), 1_400);
    }
    watched.finish();
});
