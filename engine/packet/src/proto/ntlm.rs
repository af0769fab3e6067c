//! NTLMSSP (MS-NLMP, section 2.2): the three messages, whatever protocol carries them.
//!
//! The answers to the challenge are secrets: they are measured, never kept and never written.
//! Caps: a name 256 characters (a DNS name has at most 255), 64 members of the target information.

use crate::bytes::{count, le16, le32, utf16le};

/// Start of every message.
const SIGNATURE: &[u8] = b"NTLMSSP\0";
/// Longest name, in bytes of the message.
const MAX_NAME: usize = 512;
/// Members of the target information that are looked at.
const MAX_MEMBERS: usize = 64;
/// `NTLMSSP_NEGOTIATE_UNICODE`.
const UNICODE: u32 = 1;
/// `NTLMSSP_NEGOTIATE_ANONYMOUS`.
const ANONYMOUS: u32 = 0x800;
/// `NTLMSSP_NEGOTIATE_VERSION`.
const VERSION: u32 = 0x0200_0000;

/// Windows' version and build, and the revision of NTLMSSP (section 2.2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Major number.
    pub major: u8,
    /// Minor number.
    pub minor: u8,
    /// Build number.
    pub build: u16,
    /// Revision of NTLMSSP.
    pub revision: u8,
}

/// What the server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Domain or server that the client is to log in to.
    pub target: Vec<u8>,
    /// `NetBIOS` name of the server.
    pub netbios_computer: Vec<u8>,
    /// `NetBIOS` name of its domain.
    pub netbios_domain: Vec<u8>,
    /// DNS name of the server.
    pub dns_computer: Vec<u8>,
    /// DNS name of its domain.
    pub dns_domain: Vec<u8>,
    /// DNS name of the forest.
    pub dns_tree: Vec<u8>,
    /// Version of the server.
    pub version: Option<Version>,
}

/// What the client says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authenticate {
    /// Domain.
    pub domain: Vec<u8>,
    /// User.
    pub user: Vec<u8>,
    /// Workstation.
    pub host: Vec<u8>,
    /// Version of the client.
    pub version: Option<Version>,
    /// Which protocol answered the challenge: `NTLMv1`, `NTLMv2` or `anonymous`.
    pub method: &'static str,
}

/// One of the three messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The client begins.
    Negotiate {
        /// Version of the client.
        version: Option<Version>,
    },
    /// The server answers.
    Challenge(Box<Challenge>),
    /// The client proves who it is.
    Authenticate(Box<Authenticate>),
}

impl Message {
    /// Reads a message; `None` when it breaks its format.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let body = bytes.strip_prefix(SIGNATURE)?;
        match le32(body, 0)? {
            1 => Some(Self::Negotiate {
                version: version(bytes, le32(bytes, 12)?, 32),
            }),
            2 => challenge(bytes).map(|message| Self::Challenge(Box::new(message))),
            3 => authenticate(bytes).map(|message| Self::Authenticate(Box::new(message))),
            _ => None,
        }
    }
}

/// The exchange as far as it was seen: what an event tells.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// The server's message.
    pub challenge: Option<Box<Challenge>>,
    /// The client's last message.
    pub authenticate: Option<Box<Authenticate>>,
    /// When the exchange began, µs.
    pub start_us: Option<u64>,
}

impl Exchange {
    /// Takes a message; false when it breaks its format. A new first message begins a new exchange.
    pub fn see(&mut self, bytes: &[u8], time_us: u64) -> bool {
        match Message::read(bytes) {
            Some(Message::Negotiate { .. }) => {
                *self = Self {
                    start_us: Some(time_us),
                    ..Self::default()
                };
            }
            Some(Message::Challenge(challenge)) => {
                self.start_us.get_or_insert(time_us);
                self.challenge = Some(challenge);
            }
            Some(Message::Authenticate(authenticate)) => {
                self.start_us.get_or_insert(time_us);
                self.authenticate = Some(authenticate);
            }
            None => return false,
        }
        true
    }

    /// Whether there is anything to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.challenge.is_none() && self.authenticate.is_none()
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let challenge = self.challenge.as_ref().map_or(0, |challenge| {
            let names = [
                &challenge.target,
                &challenge.netbios_computer,
                &challenge.netbios_domain,
                &challenge.dns_computer,
                &challenge.dns_domain,
                &challenge.dns_tree,
            ];
            names.iter().map(|name| name.len()).sum::<usize>() + size_of::<Challenge>()
        });
        let authenticate = self.authenticate.as_ref().map_or(0, |message| {
            message.domain.len()
                + message.user.len()
                + message.host.len()
                + size_of::<Authenticate>()
        });
        challenge + authenticate
    }
}

/// The bytes that a length and an offset at `at` describe.
fn field(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(le16(bytes, at)?);
    let offset = usize::try_from(le32(bytes, at.checked_add(4)?)?).ok()?;
    if length == 0 {
        return Some(b"");
    }
    bytes.get(offset..offset.checked_add(length)?)
}

/// The same, as far as the message reaches: a list without its end still names the server.
fn clipped(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(le16(bytes, at)?);
    let offset = usize::try_from(le32(bytes, at.checked_add(4)?)?).ok()?;
    let rest = bytes.get(offset..)?;
    Some(rest.get(..length).unwrap_or(rest))
}

fn name(bytes: &[u8], is_unicode: bool) -> Vec<u8> {
    let cut = bytes.get(..bytes.len().min(MAX_NAME)).unwrap_or_default();
    let mut name = if is_unicode {
        utf16le(cut)
    } else {
        cut.to_vec()
    };
    // Some servers count the end of a text as part of it.
    while name.last() == Some(&0) {
        name.pop();
    }
    name
}

fn version(bytes: &[u8], flags: u32, at: usize) -> Option<Version> {
    if flags & VERSION == 0 {
        return None;
    }
    let [major, minor, low, high, _, _, _, revision] = *bytes.get(at..)?.first_chunk::<8>()?;
    // Clients that do not tell send zeros.
    (major != 0).then_some(Version {
        major,
        minor,
        build: u16::from_le_bytes([low, high]),
        revision,
    })
}

fn challenge(bytes: &[u8]) -> Option<Challenge> {
    let flags = le32(bytes, 20)?;
    let mut challenge = Challenge {
        target: name(field(bytes, 12)?, flags & UNICODE != 0),
        version: version(bytes, flags, 48),
        ..Challenge::default()
    };
    // Servers before NT 4 SP 4 end after the challenge and eight reserved bytes.
    let mut members = if bytes.len() >= 48 {
        clipped(bytes, 40).unwrap_or_default()
    } else {
        b""
    };
    for _ in 0..MAX_MEMBERS {
        let (Some(id), Some(length)) = (le16(members, 0), le16(members, 2)) else {
            break;
        };
        let Some((value, rest)) = members
            .get(4..)
            .and_then(|rest| rest.split_at_checked(usize::from(length)))
        else {
            break;
        };
        members = rest;
        match id {
            0 => break,
            1 => challenge.netbios_computer = name(value, true),
            2 => challenge.netbios_domain = name(value, true),
            3 => challenge.dns_computer = name(value, true),
            4 => challenge.dns_domain = name(value, true),
            5 => challenge.dns_tree = name(value, true),
            _ => {}
        }
    }
    Some(challenge)
}

fn authenticate(bytes: &[u8]) -> Option<Authenticate> {
    let (lm, nt) = (field(bytes, 12)?, field(bytes, 20)?);
    let names = [28, 36, 44].map(|at| field(bytes, at));
    let [Some(domain), Some(user), Some(host)] = names else {
        return None;
    };
    // The oldest clients end before the flags, where the first field then begins.
    let first_field = le32(bytes, 32)?.min(le32(bytes, 40)?).min(le32(bytes, 48)?);
    let flags = if first_field >= 64 {
        le32(bytes, 60)?
    } else {
        0
    };
    let is_unicode = flags & UNICODE != 0;
    let is_anonymous = user.is_empty() && nt.is_empty() && lm.len() <= 1;
    Some(Authenticate {
        domain: name(domain, is_unicode),
        user: name(user, is_unicode),
        host: name(host, is_unicode),
        version: (first_field >= 72)
            .then(|| version(bytes, flags, 64))
            .flatten(),
        method: match count(nt.len()) {
            _ if is_anonymous || flags & ANONYMOUS != 0 => "anonymous",
            0 if lm.is_empty() => "",
            0 => "LM",
            24 => "NTLMv1",
            _ => "NTLMv2",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// A message: its kind, the fields that follow at 12, the rest of its head, then the bytes of the fields.
    fn message(kind: u8, fields: &[(usize, Vec<u8>)], flags: (usize, u32), head: usize) -> Vec<u8> {
        let mut bytes = [SIGNATURE, &[kind, 0, 0, 0]].concat();
        bytes.resize(head, 0);
        bytes[flags.0..flags.0 + 4].copy_from_slice(&flags.1.to_le_bytes());
        for (at, value) in fields {
            let length = u16::try_from(value.len()).expect("short").to_le_bytes();
            let offset = u32::try_from(bytes.len()).expect("short").to_le_bytes();
            bytes[*at..at + 2].copy_from_slice(&length);
            bytes[at + 2..at + 4].copy_from_slice(&length);
            bytes[at + 4..at + 8].copy_from_slice(&offset);
            bytes.extend(value);
        }
        bytes
    }

    fn whole_authenticate() -> Vec<u8> {
        let fields = [
            (28, wide("HANOI")),
            (36, wide("nguyễn")),
            (44, wide("PC-7")),
            (12, vec![1; 24]),
            (20, vec![2; 48]),
        ];
        message(3, &fields, (60, UNICODE | VERSION), 88)
    }

    #[test]
    fn an_authenticate_message_names_user_domain_and_host() {
        let mut bytes = whole_authenticate();
        bytes[64..72].copy_from_slice(&[10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
        let Some(Message::Authenticate(read)) = Message::read(&bytes) else {
            panic!("it is one");
        };
        assert_eq!(read.domain, b"HANOI");
        assert_eq!(read.user, "nguyễn".as_bytes());
        assert_eq!(read.host, b"PC-7");
        assert_eq!(read.method, "NTLMv2");
        let version = read.version.expect("the flag is set");
        assert_eq!((version.major, version.build), (10, 19041));
        for end in 0..bytes.len() {
            let _ = Message::read(&bytes[..end]);
        }
    }

    #[test]
    fn a_challenge_names_the_server_and_an_open_end_loses_nothing() {
        let mut info = Vec::new();
        for (id, text) in [
            (2_u16, "CITY"),
            (1, "DC1"),
            (4, "city.vn"),
            (3, "dc1.city.vn"),
        ] {
            let value = wide(text);
            info.extend(id.to_le_bytes());
            info.extend(u16::try_from(value.len()).expect("short").to_le_bytes());
            info.extend(value);
        }
        let bytes = message(2, &[(12, wide("CITY")), (40, info)], (20, UNICODE), 56);
        let Some(Message::Challenge(read)) = Message::read(&bytes) else {
            panic!("it is one");
        };
        assert_eq!(read.netbios_computer, b"DC1");
        assert_eq!(read.dns_computer, b"dc1.city.vn");
        assert_eq!(read.dns_domain, b"city.vn");
        assert_eq!(read.version, None);
        let mut longer = bytes.clone();
        longer[40] += 4;
        assert_eq!(Message::read(&longer), Message::read(&bytes));
    }

    #[test]
    fn a_field_beyond_the_message_makes_it_malformed() {
        let mut bytes = whole_authenticate();
        bytes[40] = 0xff;
        bytes[41] = 0xff;
        assert_eq!(Message::read(&bytes), None);
    }
}
