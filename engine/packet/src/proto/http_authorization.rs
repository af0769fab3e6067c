//! Who a request says it comes from (RFC 7617 Basic, RFC 7616 Digest, RFC 6750 Bearer).

use super::http_field::parameter;

/// Longest value that is decoded.
const MAX_VALUE: usize = 8_192;

/// What an `Authorization` field tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User.
    pub user: Vec<u8>,
    /// Password, of Basic alone.
    pub password: Vec<u8>,
    /// Whether the scheme is none that we know, or its value is not what it should be.
    pub is_unrecognised: bool,
}

impl Credentials {
    /// Reads the value of the field.
    #[must_use]
    pub fn read(value: &[u8]) -> Self {
        let split = memchr::memchr2(b' ', b'\t', value).unwrap_or(value.len());
        let (scheme, rest) = value.split_at(split);
        let rest = rest.trim_ascii();
        match scheme.to_ascii_lowercase().as_slice() {
            b"basic" => Self::basic(rest),
            b"digest" => Self::digest(rest),
            b"bearer" | b"negotiate" | b"ntlm" => Self::default(),
            _ => Self {
                is_unrecognised: !value.is_empty(),
                ..Self::default()
            },
        }
    }

    fn basic(text: &[u8]) -> Self {
        let decoded = base64(text);
        let colon = memchr::memchr(b':', &decoded);
        let end = colon.unwrap_or(decoded.len());
        Self {
            user: decoded.get(..end).unwrap_or_default().to_vec(),
            password: decoded.get(end + 1..).unwrap_or_default().to_vec(),
            is_unrecognised: colon.is_none(),
        }
    }

    fn digest(text: &[u8]) -> Self {
        let mut parameters = b";".to_vec();
        parameters.extend_from_slice(text.get(..MAX_VALUE).unwrap_or(text));
        parameters
            .iter_mut()
            .filter(|byte| **byte == b',')
            .for_each(|byte| *byte = b';');
        let user = parameter(&parameters, b"username");
        Self {
            is_unrecognised: user.is_none(),
            user: user.unwrap_or_default().to_vec(),
            password: Vec::new(),
        }
    }
}

/// Standard base 64 (RFC 4648), stopping at the first letter that is none.
#[must_use]
pub fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len().min(MAX_VALUE) / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0_u32);
    for letter in text.iter().take(MAX_VALUE) {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        word = (word << 6 | u32::from(value)) & 0x00ff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push(u8::try_from(word >> bits & 0xff).unwrap_or(0));
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of RFC 7617, section 2.
    #[test]
    fn the_user_of_basic_authorisation_is_read() {
        let found = Credentials::read(b"Basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(
            (&found.user[..], &found.password[..]),
            (&b"Aladdin"[..], &b"open sesame"[..])
        );
        assert!(!found.is_unrecognised);
    }

    // The example of RFC 7616, section 3.9.1.
    #[test]
    fn the_user_of_digest_authorisation_is_read() {
        let found =
            Credentials::read(b"Digest username=\"Mufasa\",\n realm=\"http-auth@example.org\"");
        assert_eq!(found.user, b"Mufasa");
        assert!(Credentials::read(b"Digest realm=\"x\"").is_unrecognised);
        assert!(Credentials::read(b"Magic x").is_unrecognised);
        assert!(!Credentials::read(b"Bearer mF_9.B5f-4.1JqM").is_unrecognised);
    }
}
