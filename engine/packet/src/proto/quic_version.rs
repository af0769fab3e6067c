//! Versions of QUIC: what each is called, how its first packets are protected, how its packet types are numbered
//! (RFC 9000, RFC 9369; the drafts of RFC 9001, section 5.2, each had a salt of its own; Google's and Meta's versions).

/// How a version's packets are told apart and opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The number on the wire.
    pub number: u32,
    /// How its handshake is read.
    pub kind: Kind,
}

/// How a version's handshake is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TLS in CRYPTO frames, or Google's own handshake in them, of Initial packets under keys that anyone can make.
    Protected {
        /// Salt of the keys.
        salt: &'static [u8; 20],
        /// Whether labels and packet types are those of RFC 9369.
        is_second: bool,
    },
    /// Google's handshake in the open.
    Google,
    /// Nothing known but the fixed part of the header (RFC 8999).
    Unknown,
}

const SALT_22: [u8; 20] = [
    0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd,
    0x7a, 0x02, 0x64, 0x4a,
];
const SALT_23: [u8; 20] = [
    0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65,
    0xbe, 0xf9, 0xf5, 0x02,
];
const SALT_29: [u8; 20] = [
    0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0,
    0x43, 0x90, 0xa8, 0x99,
];
/// RFC 9001, section 5.2.
pub const SALT_1: [u8; 20] = [
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad,
    0xcc, 0xbb, 0x7f, 0x0a,
];
/// RFC 9369, section 3.3.1.
pub const SALT_2: [u8; 20] = [
    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb,
    0xf9, 0xbd, 0x2e, 0xd9,
];
const SALT_Q050: [u8; 20] = [
    0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94, 0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0,
    0xd3, 0xb5, 0x6b, 0x45,
];
const SALT_T050: [u8; 20] = [
    0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c,
    0x60, 0x48, 0x83, 0x10,
];
const SALT_T051: [u8; 20] = [
    0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc,
    0xda, 0x6e, 0x03, 0x3d,
];
/// QUIC 2.
const SECOND: u32 = 0x6b33_43cf;

impl Version {
    /// What a number stands for.
    #[must_use]
    pub fn of(number: u32) -> Self {
        let salt = match number {
            1 | 0xff00_0021..=0xff00_0022 => Some(&SALT_1),
            SECOND => Some(&SALT_2),
            0xff00_0015..=0xff00_0016 | 0xface_b001 => Some(&SALT_22),
            0xff00_0017..=0xff00_001c | 0xface_b002 | 0xface_b00e => Some(&SALT_23),
            0xff00_001d..=0xff00_0020 => Some(&SALT_29),
            0x5130_3530 => Some(&SALT_Q050),
            0x5430_3530 => Some(&SALT_T050),
            0x5430_3531 => Some(&SALT_T051),
            _ => None,
        };
        let kind = match (salt, number.to_be_bytes()) {
            (Some(salt), _) => Kind::Protected {
                salt,
                is_second: number == SECOND,
            },
            (None, [b'Q', b'0', b'0'..=b'9', b'0'..=b'9']) => Kind::Google,
            _ => Kind::Unknown,
        };
        Self { number, kind }
    }

    /// Whether anything is known of it.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.kind != Kind::Unknown
    }

    /// Whether the handshake is Google's own, not TLS.
    #[must_use]
    pub fn is_google(self) -> bool {
        self.number >> 24 == u32::from(b'Q')
    }

    /// Whether Google gave its number before the long header of RFC 8999 came to be.
    #[must_use]
    pub fn has_public_header(self) -> bool {
        self.kind == Kind::Google && self.number < 0x5130_3434
    }

    /// `quic.version`.
    #[must_use]
    pub fn name(self) -> String {
        match (self.number, self.number.to_be_bytes()) {
            (1, _) => "1".to_owned(),
            (SECOND, _) => "2".to_owned(),
            (0xff00_0000..=0xff00_00ff, [.., draft]) => format!("draft-{draft}"),
            (0xface_b001, _) => "mvfst-22".to_owned(),
            (0xface_b002, _) => "mvfst-27".to_owned(),
            (0xface_b00e, _) => "mvfst-exp".to_owned(),
            (_, [kind @ (b'Q' | b'T'), digits @ ..]) if digits.iter().all(u8::is_ascii_digit) => {
                std::iter::once(kind)
                    .chain(digits)
                    .map(char::from)
                    .collect()
            }
            (number, _) => format!("unknown-{number:08x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_named_as_people_know_them() {
        for (number, name) in [
            (1, "1"),
            (0x6b33_43cf, "2"),
            (0xff00_001d, "draft-29"),
            (0x5130_3436, "Q046"),
            (0x5430_3531, "T051"),
            (0x1001_0000, "unknown-10010000"),
            (0x51ff_ffff, "unknown-51ffffff"),
        ] {
            assert_eq!(Version::of(number).name(), name);
        }
        assert!(Version::of(0x5130_3433).has_public_header());
        assert!(!Version::of(0x5130_3436).has_public_header());
        assert_eq!(Version::of(0x0a0a_0a0a).kind, Kind::Unknown);
    }
}
