//! Both hellos of TLS (RFC 8446, section 4.1; RFC 5246, section 7.4.1), of DTLS and of SSL 2's record format
//! (RFC 5246, appendix E.2).
//!
//! Caps: 32 application protocols; all lists are bounded by the 256 KiB of a handshake message.

use crate::bytes::Bytes;

/// `server_name` (RFC 6066).
pub const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
/// `application_layer_protocol_negotiation` (RFC 7301).
pub const ALPN: u16 = 16;
const PRE_SHARED_KEY: u16 = 41;
const VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const ENCRYPTED_HELLO: u16 = 0xfe0d;
/// Its forerunner, which hid the name alone.
const ENCRYPTED_NAME: u16 = 0xffce;
/// The random value that makes a server hello a retry request (RFC 8446, section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Application protocols of one hello that are kept.
const MAX_PROTOCOLS: usize = 32;

/// What is kept of a client's hello.
#[derive(Clone, Debug, Default)]
pub struct ClientHello {
    /// Version in the fixed part.
    pub version: u16,
    /// Versions offered by extension.
    pub versions: Vec<u16>,
    /// Session that is asked for.
    pub session_id: Vec<u8>,
    /// Cipher suites offered.
    pub ciphers: Vec<u16>,
    /// Extensions in their order.
    pub extensions: Vec<u16>,
    /// Groups.
    pub groups: Vec<u16>,
    /// Forms of points.
    pub point_formats: Vec<u8>,
    /// Signature algorithms.
    pub signatures: Vec<u16>,
    /// Name of the server that is asked for.
    pub server_name: Vec<u8>,
    /// Application protocols offered.
    pub protocols: Vec<Vec<u8>>,
    /// Whether the real hello is encrypted (ECH).
    pub has_encrypted_hello: bool,
    /// Whether the name is encrypted (ESNI).
    pub has_encrypted_name: bool,
    /// What is wrong with the name.
    pub name_fault: Option<NameFault>,
    /// Whether it came in SSL 2's format, which has no extensions.
    pub is_ssl2: bool,
}

/// What can be wrong with `server_name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// It stands there more than once.
    Repeated,
    /// It breaks its format.
    Malformed,
}

/// What is kept of a server's hello.
#[derive(Clone, Debug, Default)]
pub struct ServerHello {
    /// Version in the fixed part.
    pub version: u16,
    selected: Option<u16>,
    random: [u8; 32],
    /// Session that is begun or taken up again.
    pub session_id: Vec<u8>,
    /// Cipher suite.
    pub cipher: u16,
    /// Extensions in their order.
    pub extensions: Vec<u16>,
    /// Application protocol chosen.
    pub protocol: Vec<u8>,
    /// Group of the key share (TLS 1.3).
    pub group: Option<u16>,
    /// Whether a session is taken up again by a key known before.
    pub has_pre_shared_key: bool,
    /// Whether it came in SSL 2's format.
    pub is_ssl2: bool,
}

impl ClientHello {
    /// Reads the body of the message; a datagram's has a cookie.
    pub fn read(mut body: Bytes<'_>, has_cookie: bool) -> Option<Self> {
        let mut hello = Self {
            version: body.u16()?,
            ..Self::default()
        };
        body.skip(32)?;
        hello.session_id = body.vector8()?.rest().to_vec();
        if has_cookie {
            body.vector8()?;
        }
        hello.ciphers = numbers(body.vector16()?);
        body.vector8()?;
        // Extensions came after SSL 3.
        if let Some(mut extensions) = body.vector16() {
            while !extensions.is_empty() {
                let (kind, data) = (extensions.u16()?, extensions.vector16()?);
                hello.extensions.push(kind);
                hello.extension(kind, data);
            }
        }
        Some(hello)
    }

    /// Reads the body of SSL 2's message, after its type.
    pub fn read_ssl2(mut body: Bytes<'_>) -> Option<Self> {
        let version = body.u16()?;
        let lengths = [body.u16()?, body.u16()?, body.u16()?].map(usize::from);
        let [ciphers, session, challenge] = lengths;
        let mut ciphers = Bytes::new(body.take(ciphers)?);
        let session_id = body.take(session)?.to_vec();
        body.skip(challenge)?;
        // Three bytes each; those of TLS begin with a zero.
        let ciphers = std::iter::from_fn(|| ciphers.u24())
            .filter_map(|cipher| u16::try_from(cipher).ok())
            .collect();
        Some(Self {
            version,
            session_id,
            ciphers,
            is_ssl2: true,
            ..Self::default()
        })
    }

    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let numbers = [
            &self.versions,
            &self.ciphers,
            &self.extensions,
            &self.groups,
            &self.signatures,
        ];
        let protocols: usize = self.protocols.iter().map(|name| name.len() + 24).sum();
        numbers
            .iter()
            .map(|list| 2 * list.capacity())
            .sum::<usize>()
            + self.server_name.len()
            + protocols
            + size_of::<Self>()
    }

    fn extension(&mut self, kind: u16, mut data: Bytes<'_>) {
        match kind {
            SERVER_NAME => self.read_name(data),
            GROUPS => self.groups = data.vector16().map(numbers).unwrap_or_default(),
            POINT_FORMATS => {
                self.point_formats = data
                    .vector8()
                    .map(|formats| formats.rest().to_vec())
                    .unwrap_or_default();
            }
            SIGNATURES => self.signatures = data.vector16().map(numbers).unwrap_or_default(),
            VERSIONS => self.versions = data.vector8().map(numbers).unwrap_or_default(),
            ALPN => self.protocols = protocols(data),
            ENCRYPTED_HELLO => self.has_encrypted_hello = true,
            ENCRYPTED_NAME => self.has_encrypted_name = true,
            _ => {}
        }
    }

    fn read_name(&mut self, data: Bytes<'_>) {
        let is_first = self
            .extensions
            .iter()
            .filter(|kind| **kind == SERVER_NAME)
            .count()
            <= 1;
        match (is_first, server_name(data)) {
            (true, Some(name)) => self.server_name = name.to_vec(),
            (true, None) => self.name_fault = Some(NameFault::Malformed),
            (false, _) => self.name_fault = Some(NameFault::Repeated),
        }
    }
}

impl ServerHello {
    /// Reads the body of the message.
    pub fn read(mut body: Bytes<'_>) -> Option<Self> {
        let mut hello = Self {
            version: body.u16()?,
            random: body.array()?,
            ..Self::default()
        };
        // Drafts of TLS 1.3 before the 22nd have neither session nor compression here.
        let is_early_draft = hello.is_early_draft();
        if !is_early_draft {
            hello.session_id = body.vector8()?.rest().to_vec();
        }
        hello.cipher = body.u16()?;
        if !is_early_draft {
            body.u8()?;
        }
        if let Some(mut extensions) = body.vector16() {
            while !extensions.is_empty() {
                let (kind, mut data) = (extensions.u16()?, extensions.vector16()?);
                hello.extensions.push(kind);
                match kind {
                    VERSIONS => hello.selected = data.u16(),
                    ALPN => hello.protocol = protocols(data).into_iter().next().unwrap_or_default(),
                    // 40 before the 23rd draft.
                    KEY_SHARE | 40 if hello.group.is_none() => hello.group = data.u16(),
                    PRE_SHARED_KEY => hello.has_pre_shared_key = true,
                    _ => {}
                }
            }
        }
        Some(hello)
    }

    /// Reads the body of SSL 2's message, after its type: the hello and the certificate in it.
    pub fn read_ssl2(mut body: Bytes<'_>) -> Option<(Self, &[u8])> {
        body.skip(2)?;
        let version = body.u16()?;
        let lengths = [body.u16()?, body.u16()?, body.u16()?].map(usize::from);
        let [certificate, _, _] = lengths;
        let certificate = body.take(certificate)?;
        let hello = Self {
            version,
            is_ssl2: true,
            ..Self::default()
        };
        Some((hello, certificate))
    }

    /// The version agreed on.
    #[must_use]
    pub fn agreed_version(&self) -> u16 {
        self.selected.unwrap_or(self.version)
    }

    /// Whether a draft of TLS 1.3 before the 22nd was agreed on: these said so in the fixed part, the first of them with
    /// the number that the standard uses in its extension alone.
    #[must_use]
    pub fn is_early_draft(&self) -> bool {
        matches!(self.version, 0x0304 | 0x7f00..=0x7f15)
    }

    /// Whether that is TLS 1.3, one of its drafts or an experiment on the way to it, or DTLS 1.3.
    #[must_use]
    pub fn is_version_13(&self) -> bool {
        matches!(self.agreed_version(), 0x0304 | 0x7e00..=0x7fff | 0xfefc)
    }

    /// Whether this asks for another client hello.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        2 * self.extensions.capacity() + size_of::<Self>()
    }
}

fn numbers(mut list: Bytes<'_>) -> Vec<u16> {
    let mut numbers = Vec::with_capacity(list.len() / 2);
    while let Some(number) = list.u16() {
        numbers.push(number);
    }
    numbers
}

fn server_name(mut data: Bytes<'_>) -> Option<&[u8]> {
    let mut list = data.vector16()?;
    loop {
        let (kind, name) = (list.u8()?, list.vector16()?);
        if kind == 0 {
            return Some(name.rest());
        }
    }
}

fn protocols(mut data: Bytes<'_>) -> Vec<Vec<u8>> {
    let Some(mut list) = data.vector16() else {
        return Vec::new();
    };
    std::iter::from_fn(|| list.vector8())
        .take(MAX_PROTOCOLS)
        .map(|name| name.rest().to_vec())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hello with these extensions.
    fn hello(extensions: &[u8]) -> Option<ClientHello> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 2, 0x13, 1, 1, 0]);
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
        ClientHello::read(Bytes::new(&body), false)
    }

    #[test]
    fn a_second_name_is_told_and_does_not_replace_the_first() {
        let one = [0, 0, 0, 6, 0, 4, 0, 0, 1, b'a'];
        let two = [0, 0, 0, 6, 0, 4, 0, 0, 1, b'b'];
        let found = hello(&[one, two].concat()).unwrap();
        assert_eq!(found.server_name, b"a");
        assert_eq!(found.name_fault, Some(NameFault::Repeated));
        let found = hello(&[0, 0, 0, 2, 0, 9]).unwrap();
        assert_eq!(found.name_fault, Some(NameFault::Malformed));
    }

    #[test]
    fn ssl_2_hellos_give_the_suites_that_tls_knows() {
        let mut body = vec![3, 1, 0, 6, 0, 0, 0, 2];
        body.extend([0, 0, 5, 7, 0, 0xc0, 9, 9]);
        let found = ClientHello::read_ssl2(Bytes::new(&body)).unwrap();
        assert_eq!((found.version, found.ciphers), (0x0301, vec![5]));
        assert!(ClientHello::read_ssl2(Bytes::new(&body[..12])).is_none());
    }

    #[test]
    fn early_drafts_have_no_session_in_the_servers_hello() {
        let mut body = vec![0x7f, 0x0e];
        body.extend([7; 32]);
        body.extend([0x13, 1, 0, 0]);
        let found = ServerHello::read(Bytes::new(&body)).unwrap();
        assert_eq!(found.cipher, 0x1301);
        assert!(found.is_version_13());
    }
}
