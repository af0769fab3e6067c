//! QUIC. The first byte: datagrams as they are, or each word of the client as the payload of an Initial packet that opens.
#![no_main]

use libfuzzer_sys::fuzz_target;

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use khien_fuzz::datagrams::{converse, datagram};
use khien_fuzz::watched::Watched;
use khien_fuzz::words;

/// The client's keys for the connection id 8394c8f03e515708 (RFC 9001, appendix A.1).
const KEY: [u8; 16] = *b"\x1f\x36\x96\x13\xdd\x76\xd5\x46\x77\x30\xef\xcb\xe3\xb1\xa2\x2d";
const VECTOR: [u8; 12] = *b"\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c";
const MASK: [u8; 16] = *b"\x9f\x50\x44\x9e\x04\xa0\xe8\x10\x28\x3a\x1e\x99\x33\xad\xed\xd2";

/// An Initial packet of version 1 with these frames (RFC 9001, section 5; a packet number of four bytes).
fn initial(number: u32, frames: &[u8]) -> Option<Vec<u8>> {
    let mut header = b"\xc3\0\0\0\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\0".to_vec();
    let length = u16::try_from(4 + frames.len() + 16).ok()? | 0x4000;
    header.extend(length.to_be_bytes());
    let place = header.len();
    header.extend(number.to_be_bytes());
    let mut nonce = VECTOR;
    nonce
        .iter_mut()
        .rev()
        .zip(number.to_le_bytes())
        .for_each(|(byte, other)| *byte ^= other);
    let payload = Payload {
        msg: frames,
        aad: &header,
    };
    let sealed = Aes128Gcm::new(&KEY.into())
        .encrypt((&nonce).into(), payload)
        .ok()?;
    let mut mask: [u8; 16] = sealed.get(..16)?.try_into().ok()?;
    Aes128::new(&MASK.into()).encrypt_block((&mut mask).into());
    header[0] ^= mask[0] & 15;
    header[place..]
        .iter_mut()
        .zip(&mask[1..])
        .for_each(|(byte, other)| *byte ^= other);
    Some([header, sealed].concat())
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    if first & 1 == 0 {
        return converse([40_000, 443], &[], rest);
    }
    let mut watched = Watched::new();
    for (number, word) in (0..).zip(words(rest, 7)) {
        let packet = if word.is_client {
            initial(number, word.said)
        } else {
            Some(word.said.to_vec())
        };
        watched.packet(&datagram(
            word.is_client,
            [40_000, 443],
            &packet.unwrap_or_default(),
        ));
    }
    watched.finish();
});
