//! What a SASL layer does to LDAP (RFC 4513, section 5.2; RFC 4422, section 3.7): buffers with their length in front, signed
//! or sealed. What is only signed is read: Kerberos (RFC 4121, section 4.2.6.2), NTLM (MS-NLMP, section 2.2.2.9) and
//! DIGEST-MD5 (RFC 2831, section 2.3).

use super::ldap_message::recognise;
use crate::bytes::{be16, count};

/// Octets of a buffer that tell what it is.
pub const TELLING: u64 = 48;
/// Octets before the payload: of a token of Kerberos, of a signature of NTLM, and behind it of DIGEST-MD5.
const SIGNATURE: usize = 16;

/// What is in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// Messages in the open: octets before them, of them, behind them.
    Clear(usize, u64, u64),
    /// Nobody can tell.
    Sealed,
}

/// Looks at a buffer of `length` octets by its first ones.
#[must_use]
pub fn read(buffer: &[u8], length: u64) -> Buffer {
    if buffer.starts_with(b"\x05\x04") {
        return kerberos(buffer, length).unwrap_or(Buffer::Sealed);
    }
    let signature = count(SIGNATURE);
    let Some(payload) = length.checked_sub(signature) else {
        return Buffer::Sealed;
    };
    if buffer.starts_with(b"\x01\0\0\0") && is_message(buffer.get(SIGNATURE..)) {
        return Buffer::Clear(SIGNATURE, payload, 0);
    }
    if is_message(Some(buffer)) {
        return Buffer::Clear(0, payload, signature);
    }
    Buffer::Sealed
}

/// Flags, filler, EC and RRC; the checksum stands before the payload when it was rotated there, else behind it.
fn kerberos(buffer: &[u8], length: u64) -> Option<Buffer> {
    let flags = *buffer.get(2)?;
    let (checksum, rotation) = (be16(buffer, 4)?, be16(buffer, 6)?);
    if flags & 2 != 0 || rotation > checksum {
        return None;
    }
    let around = count(SIGNATURE) + u64::from(checksum);
    Some(Buffer::Clear(
        SIGNATURE + usize::from(rotation),
        length.checked_sub(around)?,
        u64::from(checksum - rotation),
    ))
}

fn is_message(bytes: Option<&[u8]>) -> bool {
    bytes.is_some_and(|bytes| matches!(recognise(bytes), Ok(Some(_))))
}

#[cfg(test)]
mod tests {
    use super::{Buffer, read};

    const UNBIND: &[u8] = b"\x30\x05\x02\x01\x03\x42\x00";

    #[test]
    fn signed_messages_are_found_in_their_buffers() {
        let rotated = [
            &b"\x05\x04\x04\xff\x00\x0c\x00\x0c\0\0\0\0\0\0\0\x01"[..],
            &[7; 12],
            UNBIND,
        ]
        .concat();
        assert_eq!(read(&rotated, 35), Buffer::Clear(28, 7, 0));
        let plain = [
            &b"\x05\x04\x04\xff\x00\x0c\x00\x00\0\0\0\0\0\0\0\x01"[..],
            UNBIND,
            &[7; 12],
        ]
        .concat();
        assert_eq!(read(&plain, 35), Buffer::Clear(16, 7, 12));
        let ntlm = [&b"\x01\0\0\0"[..], &[9; 12], UNBIND].concat();
        assert_eq!(read(&ntlm, 23), Buffer::Clear(16, 7, 0));
        let digest = [UNBIND, &[9; 16]].concat();
        assert_eq!(read(&digest, 23), Buffer::Clear(0, 7, 16));
    }

    #[test]
    fn sealed_and_lying_buffers_are_only_counted() {
        let sealed = b"\x05\x04\x06\xff\x00\x00\x00\x1c\0\0\0\0\0\0\0\x01".repeat(3);
        assert_eq!(read(&sealed, 48), Buffer::Sealed);
        let lying = b"\x05\x04\x04\xff\xff\xff\x00\x0c\0\0\0\0\0\0\0\x01";
        assert_eq!(read(lying, 16), Buffer::Sealed);
        assert_eq!(
            read(b"\x01\0\0\0abcdefghijkl\x30\x05zz", 20),
            Buffer::Sealed
        );
        assert_eq!(read(b"", 0), Buffer::Sealed);
    }
}
