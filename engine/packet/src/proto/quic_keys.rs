//! Keys of Initial packets and how these are opened (RFC 9001, sections 5.2 to 5.4; RFC 9369, section 3.3). They are made
//! of what stands in the open in the client's first packet.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

use super::Pair;

/// Keys of one direction.
pub struct Keys {
    cipher: Aes128Gcm,
    mask: Aes128,
    vector: [u8; 12],
    /// One more than the largest packet number opened.
    next: u64,
}

/// Length of what is sampled to unmask a header.
const SAMPLE: usize = 16;

impl Keys {
    /// Keys of client and server for the connection id that the client chose for the keys.destination.
    #[must_use]
    pub fn of(salt: &[u8; 20], is_second: bool, connection: &[u8]) -> Option<Pair<Self>> {
        let initial = Hkdf::<Sha256>::new(Some(salt), connection);
        Some(Pair {
            source: Self::derive(&initial, b"client in", is_second)?,
            destination: Self::derive(&initial, b"server in", is_second)?,
        })
    }

    fn derive(initial: &Hkdf<Sha256>, label: &[u8], is_second: bool) -> Option<Self> {
        let mut secret = [0; 32];
        expand(initial, label, &mut secret)?;
        let secret = Hkdf::<Sha256>::from_prk(&secret).ok()?;
        let labels: [&[u8]; 3] = if is_second {
            [b"quicv2 key", b"quicv2 iv", b"quicv2 hp"]
        } else {
            [b"quic key", b"quic iv", b"quic hp"]
        };
        let [key_label, vector_label, mask_label] = labels;
        let (mut key, mut vector, mut mask) = ([0; 16], [0; 12], [0; 16]);
        expand(&secret, key_label, &mut key)?;
        expand(&secret, vector_label, &mut vector)?;
        expand(&secret, mask_label, &mut mask)?;
        Some(Self {
            cipher: Aes128Gcm::new(&key.into()),
            mask: Aes128::new(&mask.into()),
            vector,
            next: 0,
        })
    }

    /// Opens a packet: its header up to the packet number, and what the header's length covers. Nothing when the keys
    /// are not its own.
    pub fn open(&mut self, header: &[u8], protected: &[u8]) -> Option<Vec<u8>> {
        // The sample begins where it would if the packet number had four bytes.
        let mut mask: [u8; SAMPLE] = protected.get(4..4 + SAMPLE)?.try_into().ok()?;
        let block = (&mut mask).into();
        self.mask.encrypt_block(block);
        let (&[first_mask, ref number_mask @ ..], _) = mask.split_first_chunk::<5>()?;
        let mut bare = header.to_vec();
        let first = bare.first_mut()?;
        *first ^= first_mask & 0x0f;
        let length = usize::from(*first & 3) + 1;
        let mut number = 0_u64;
        for (byte, mask) in protected.iter().zip(number_mask).take(length) {
            let byte = byte ^ mask;
            number = number << 8 | u64::from(byte);
            bare.push(byte);
        }
        let number = whole_number(self.next, number, length);
        let mut nonce = self.vector;
        for (place, byte) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *place ^= byte;
        }
        let payload = Payload {
            msg: protected.get(length..)?,
            aad: &bare,
        };
        let nonce: &Nonce<_> = (&nonce).into();
        let plain = self.cipher.decrypt(nonce, payload).ok()?;
        self.next = self.next.max(number.saturating_add(1));
        Some(plain)
    }
}

/// A packet number of which only the last bytes were sent (RFC 9000, appendix A.3).
fn whole_number(expected: u64, sent: u64, length: usize) -> u64 {
    let window = 1_u64 << (8 * length.min(4));
    let candidate = expected & !(window - 1) | sent;
    if candidate.saturating_add(window / 2) <= expected {
        candidate.saturating_add(window)
    } else if candidate > expected.saturating_add(window / 2) && candidate >= window {
        candidate - window
    } else {
        candidate
    }
}

/// HKDF-Expand-Label (RFC 8446, section 7.1) without context.
fn expand(secret: &Hkdf<Sha256>, label: &[u8], out: &mut [u8]) -> Option<()> {
    let name = [b"tls13 ", label].concat();
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let size = [u8::try_from(name.len()).ok()?];
    secret
        .expand_multi_info(&[&length, &size, &name, &[0]], out)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::super::quic_version::{SALT_1, SALT_2};
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    // RFC 9001, appendix A.3: the server's Initial, whole.
    #[test]
    fn the_servers_packet_of_the_standard_opens() {
        let packet = bytes(
            "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a
             5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3
             dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84
             022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4
             2158407dd074ee",
        );
        let mut keys = Keys::of(&SALT_1, false, &bytes("8394c8f03e515708")).unwrap();
        let (header, protected) = packet.split_at(18);
        let plain = keys.destination.open(header, protected).unwrap();
        let expected = bytes(
            "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739
             88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94
             0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00
             020304",
        );
        assert_eq!(plain, expected);
        let mut other = packet.clone();
        *other.last_mut().unwrap() ^= 1;
        assert!(keys.destination.open(&other[..18], &other[18..]).is_none());
    }

    // RFC 9369, appendix A.3.
    #[test]
    fn the_servers_packet_of_version_2_opens() {
        let packet = bytes(
            "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698
             baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17
             f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2
             c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8
             4bed8521e2e140",
        );
        let mut keys = Keys::of(&SALT_2, true, &bytes("8394c8f03e515708")).unwrap();
        let (header, protected) = packet.split_at(18);
        assert!(keys.destination.open(header, protected).is_some());
    }

    // RFC 9000, appendix A.3.
    #[test]
    fn packet_numbers_are_made_whole() {
        assert_eq!(whole_number(0xa82f_30eb, 0x9b32, 2), 0xa82f_9b32);
        assert_eq!(whole_number(0, 0, 1), 0);
        assert_eq!(whole_number(255, 1, 1), 257);
    }
}
