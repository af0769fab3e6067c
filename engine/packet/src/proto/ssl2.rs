//! SSL 2 (RFC 6176 forbids it; RFC 5246, appendix E.2, has its first message): how its hellos are recognised.

use super::{Probe, Role};
use crate::bytes::Bytes;

/// SSL 2's hellos say their length four times over.
#[must_use]
pub fn probe(bytes: &[u8]) -> Probe {
    let mut reader = Bytes::new(bytes);
    let Some(length) = reader.u16() else {
        return match bytes {
            [0x80..=0x8f] => Probe::More,
            _ => Probe::No,
        };
    };
    let is_short = length & 0xf000 == 0x8000;
    match (is_short, bytes.get(2), bytes.get(3)) {
        (true, None, _) | (true, Some(1 | 4), None) => Probe::More,
        (true, Some(1), Some(0 | 3)) | (true, Some(4), Some(0 | 1)) => {
            if bytes.len() < 13 {
                return Probe::More;
            }
            role(length & 0x0fff, bytes)
        }
        _ => Probe::No,
    }
}

fn role(length: u16, bytes: &[u8]) -> Probe {
    let is_server = bytes.get(2) == Some(&4);
    let mut rest = Bytes::new(
        bytes
            .get(if is_server { 5 } else { 3 }..)
            .unwrap_or_default(),
    );
    let (Some(version), Some(first), Some(second), Some(third)) =
        (rest.u16(), rest.u16(), rest.u16(), rest.u16())
    else {
        return Probe::No;
    };
    let sum = u32::from(first) + u32::from(second) + u32::from(third);
    let fixed = if is_server { 11 } else { 9 };
    match (version, sum + fixed == u32::from(length), is_server) {
        (2, true, true) => Probe::Yes(Role::Server),
        (2 | 0x0300..=0x0303, true, false) if first.is_multiple_of(3) && third >= 8 => {
            Probe::Yes(Role::Client)
        }
        _ => Probe::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_of_ssl_2_is_recognised_by_its_lengths() {
        let mut hello = vec![0x80, 9 + 3 + 16, 1, 3, 1, 0, 3, 0, 0, 0, 16];
        hello.extend([9; 19]);
        assert_eq!(probe(&hello), Probe::Yes(Role::Client));
        assert_eq!(probe(&hello[..8]), Probe::More);
        hello[1] += 1;
        assert_eq!(probe(&hello), Probe::No);
        assert_eq!(probe(&[0x81, 0xff, 9]), Probe::No);
    }
}
