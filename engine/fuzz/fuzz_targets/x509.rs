//! X.509: bytes as the certificate of a server, whole and with what TLS puts around it.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// A record with one message of this type.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
    let record = u16::try_from(body.len() + 4)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    [&[22, 3, 3], &record[..], &[kind], &length[1..], body].concat()
}

fuzz_target!(|data: &[u8]| {
    let data = &data[..data.len().min(12_000)];
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0, 0x2f, 1, 0]);
    let mut answer = vec![3, 3];
    answer.extend([7; 32]);
    answer.extend([0, 0, 0x2f, 0]);
    let size = |length: usize| u32::try_from(length).unwrap_or(0).to_be_bytes();
    let list = [&size(data.len() + 3)[1..], &size(data.len())[1..], data].concat();
    let server = [message(2, &answer), message(11, &list)].concat();
    let opening: [(bool, &[u8]); 2] = [(true, &message(1, &hello)), (false, &server)];
    khien_fuzz::segments::converse(443, &opening, &[]);
});
