//! The data blocks of both ends of Remote Desktop (MS-RDPBCGR, sections 2.2.1.3 and 2.2.1.4), inside the connection
//! requests of T.125, inside those of T.124.
//!
//! Caps: 31 channels (section 2.2.1.3.4), 16 certificates.

use memchr::memmem;

use super::tls_handshake::Chain;
use super::x509::{Certificate, Der};
use crate::bytes::Bytes;

/// Channels that a client may ask for.
const MAX_CHANNELS: usize = 31;
/// Certificates of a chain that are told.
const MAX_CHAIN: usize = 16;
/// Blocks of one end; there are fewer than 16 kinds.
const MAX_BLOCKS: usize = 64;

const CLIENT_CORE: u16 = 0xc001;
const CLIENT_SECURITY: u16 = 0xc002;
const CLIENT_NETWORK: u16 = 0xc003;
const SERVER_SECURITY: u16 = 0x0c02;

/// What a client tells of itself.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Version of the protocol.
    pub version: u32,
    /// Width and height of its screen.
    pub desktop: [u16; 2],
    /// Layout of its keyboard, a number of Windows.
    pub keyboard_layout: u32,
    /// Kind and sub-kind of its keyboard, and how many function keys it has.
    pub keyboard: [u32; 3],
    /// Build of the program.
    pub build: u32,
    /// Name of the machine.
    pub name: String,
    /// Input method.
    pub input_method: String,
    /// Colour depth in bits.
    pub color_depth: Option<u16>,
    /// Its product's number.
    pub product_id: String,
    /// Channels asked for.
    pub channels: Vec<Vec<u8>>,
    /// Whether it asked for more.
    pub has_more_channels: bool,
    /// Encryption methods that it can do, as bits.
    pub encryption_methods: u32,
}

impl Client {
    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        size_of::<Self>() + self.name.len() + 32 * self.channels.len()
    }
}

/// What a server tells of the encryption.
#[derive(Debug, Default)]
pub struct Server {
    /// Method.
    pub method: u32,
    /// Level.
    pub level: u32,
    /// 1 is Microsoft's own form, 2 is X.509.
    pub certificate_kind: Option<u32>,
    /// Whether the certificate was issued for good.
    pub is_permanent: bool,
    /// The certificates.
    pub chain: Chain,
}

impl Server {
    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let certificates = self.chain.certificates.iter();
        certificates.map(Certificate::held).sum::<usize>() + size_of::<Self>()
    }
}

/// Little-endian numbers off the front.
fn le16(bytes: &mut Bytes<'_>) -> Option<u16> {
    bytes.array().map(u16::from_le_bytes)
}

fn le32(bytes: &mut Bytes<'_>) -> Option<u32> {
    bytes.array().map(u32::from_le_bytes)
}

/// The client's blocks out of its connect-initial.
#[must_use]
pub fn client_blocks(bytes: &[u8]) -> Option<Client> {
    let data = user_data(bytes, 5)?;
    let mut client = Client::default();
    // The begin of the blocks is marked by the key of those who speak.
    each_block(after(data, b"Duca")?, |kind, body| match kind {
        CLIENT_CORE => core(&mut client, body),
        CLIENT_SECURITY => {
            let mut body = body;
            client.encryption_methods = le32(&mut body).unwrap_or_default();
        }
        CLIENT_NETWORK => channels(&mut client, body),
        _ => {}
    });
    Some(client)
}

/// The result and the server's blocks out of its connect-response.
#[must_use]
pub fn server_blocks(bytes: &[u8]) -> Option<(u8, Server)> {
    let mut elements = Der::new(application(bytes)?);
    let result = *elements.next()?.1.first()?;
    let mut server = Server::default();
    let data = user_data(bytes, 3).and_then(|data| after(data, b"McDn"));
    each_block(data.unwrap_or_default(), |kind, body| {
        if kind == SERVER_SECURITY {
            security(&mut server, body);
        }
    });
    Some((result, server))
}

/// The contents of T.125's outer element, whose tag has two bytes.
fn application(bytes: &[u8]) -> Option<&[u8]> {
    let (_, contents) = bytes.split_first()?;
    // Without its first byte the tag is one of one byte: 0x65 or 0x66.
    Some(Der::new(contents).next()?.1)
}

/// The user's data: the last element, after `before` others.
fn user_data(bytes: &[u8], before: usize) -> Option<&[u8]> {
    let mut elements = Der::new(application(bytes)?);
    for _ in 0..=before {
        match elements.next()? {
            (4, contents) if contents.len() > 8 => return Some(contents),
            _ => {}
        }
    }
    elements.next().map(|(_, contents)| contents)
}

/// What stands behind the key and the length after it, which has one byte or two (X.691, section 10.9).
fn after<'a>(data: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let head = data.get(..64).unwrap_or(data);
    let start = memmem::find(head, key)? + key.len();
    let is_long = data.get(start).is_some_and(|byte| byte & 0x80 != 0);
    data.get(start + 1 + usize::from(is_long)..)
}

fn each_block(data: &[u8], mut take: impl FnMut(u16, Bytes<'_>)) {
    let mut rest = Bytes::new(data);
    for _ in 0..MAX_BLOCKS {
        let (Some(kind), Some(length)) = (le16(&mut rest), le16(&mut rest)) else {
            return;
        };
        let body = usize::from(length)
            .checked_sub(4)
            .and_then(|length| rest.take(length));
        let Some(body) = body else { return };
        take(kind, Bytes::new(body));
    }
}

fn core(client: &mut Client, mut body: Bytes<'_>) {
    // What is not there stays as it is: later versions added to the end.
    let _: Option<()> = (|| {
        client.version = le32(&mut body)?;
        client.desktop = [le16(&mut body)?, le16(&mut body)?];
        let old_depth = le16(&mut body)?;
        client.color_depth = match old_depth {
            0xca00 => Some(4),
            _ => Some(8),
        };
        body.skip(2)?;
        client.keyboard_layout = le32(&mut body)?;
        client.build = le32(&mut body)?;
        client.name = utf16(body.take(32)?);
        client.keyboard = [le32(&mut body)?, le32(&mut body)?, le32(&mut body)?];
        client.input_method = utf16(body.take(64)?);
        client.color_depth = match le16(&mut body)? {
            0xca00 => Some(4),
            0xca01 => Some(8),
            0xca02 => Some(15),
            0xca03 => Some(16),
            0xca04 => Some(24),
            _ => client.color_depth,
        };
        body.skip(6)?;
        client.color_depth = Some(le16(&mut body)?).filter(|depth| *depth > 0);
        body.skip(4)?;
        client.product_id = utf16(body.take(64)?);
        Some(())
    })();
}

fn channels(client: &mut Client, mut body: Bytes<'_>) {
    let Some(wanted) = le32(&mut body) else {
        return;
    };
    for _ in 0..wanted {
        let Some(name) = body.array::<8>() else {
            return;
        };
        if client.channels.len() >= MAX_CHANNELS {
            client.has_more_channels = true;
            return;
        }
        let name: Vec<u8> = name.into_iter().take_while(|byte| *byte != 0).collect();
        client.channels.push(name);
        if body.skip(4).is_none() {
            return;
        }
    }
}

fn security(server: &mut Server, mut body: Bytes<'_>) -> Option<()> {
    server.method = le32(&mut body)?;
    server.level = le32(&mut body)?;
    let (random, certificate) = (le32(&mut body)?, le32(&mut body)?);
    body.skip(usize::try_from(random).ok()?)?;
    let mut certificate = Bytes::new(body.take(usize::try_from(certificate).ok()?)?);
    let kind = le32(&mut certificate)?;
    server.certificate_kind = Some(kind & 0x7fff_ffff);
    // The highest bit says "for a time".
    server.is_permanent = kind & 0x8000_0000 == 0;
    if server.certificate_kind != Some(2) {
        return Some(());
    }
    let wanted = le32(&mut certificate)?;
    for _ in 0..wanted {
        let length = usize::try_from(le32(&mut certificate)?).ok()?;
        let der = certificate.take(length)?;
        if server.chain.certificates.len() >= MAX_CHAIN {
            server.chain.has_more = true;
            break;
        }
        server.chain.certificates.push(Certificate::read(der));
    }
    Some(())
}

/// UTF-16, little-endian, up to a zero.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| {
            pair.iter()
                .rev()
                .fold(0_u16, |unit, byte| unit << 8 | u16::from(*byte))
        })
        .take_while(|unit| *unit != 0);
    char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_bounded_and_a_lying_count_ends_with_the_data() {
        let mut client = Client::default();
        let mut body = 3_u32.to_le_bytes().to_vec();
        body.extend(b"rdpdr\0\0\0\0\0\0\0cliprdr\0");
        channels(&mut client, Bytes::new(&body));
        assert_eq!(client.channels, [b"rdpdr".to_vec(), b"cliprdr".to_vec()]);
        let mut many = u32::MAX.to_le_bytes().to_vec();
        many.extend(b"channel\0\0\0\0\0".repeat(40));
        channels(&mut client, Bytes::new(&many));
        assert_eq!(client.channels.len(), MAX_CHANNELS);
        assert!(client.has_more_channels);
    }

    #[test]
    fn an_old_client_without_the_later_fields_is_read_as_far_as_it_goes() {
        let mut client = Client::default();
        let mut body = vec![4, 0, 8, 0, 0x80, 7, 0x38, 4, 1, 0xca, 3, 0xaa, 9, 4, 0, 0];
        body.extend(9_600_u32.to_le_bytes());
        let mut name: Vec<u8> = "PC".encode_utf16().flat_map(u16::to_le_bytes).collect();
        name.resize(32, 0);
        body.extend(name);
        core(&mut client, Bytes::new(&body));
        assert_eq!(client.desktop, [1_920, 1_080]);
        assert_eq!((client.build, &*client.name), (9_600, "PC"));
        assert_eq!(client.color_depth, Some(8));
    }

    #[test]
    fn blocks_that_lie_about_their_length_end_the_list() {
        let mut seen = Vec::new();
        let data = [1, 0xc0, 5, 0, 9, 2, 0xc0, 3, 0, 3, 0xc0, 200, 0];
        each_block(&data, |kind, body| seen.push((kind, body.len())));
        assert_eq!(seen, [(0xc001, 1)]);
    }
}
