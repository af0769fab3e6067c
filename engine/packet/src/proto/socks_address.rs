//! Where SOCKS is told to go: an address or a name, and a port (RFC 1928, section 5; the memo of version 4, and 4A).

use crate::bytes::Bytes;

/// Longest user or host of version 4, which only a zero ends.
const MAX_TEXT: usize = 512;

/// A host.
#[derive(Debug, PartialEq, Eq)]
pub enum Host {
    /// By address: family and bytes.
    Address(u8, [u8; 16]),
    /// By name.
    Name(Vec<u8>),
}

/// A host and its port.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

/// Bytes that are no address.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

/// What a request of version 4 says behind its command.
pub struct Request {
    /// Where to.
    pub target: Address,
    /// Who asks.
    pub user: Vec<u8>,
}

impl Address {
    /// An address of IPv4.
    #[must_use]
    pub fn version4(address: [u8; 4], port: u16) -> Self {
        let [a, b, c, d] = address;
        let host = Host::Address(4, [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Self { host, port }
    }

    /// The name, where it is one.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        match &self.host {
            Host::Name(name) => Some(name),
            Host::Address(..) => None,
        }
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        match &self.host {
            Host::Name(name) => name.capacity(),
            Host::Address(..) => 0,
        }
    }
}

/// Kind, address and port of version 5. Nothing wants more bytes; an unknown kind is broken.
pub fn version5(bytes: &mut Bytes<'_>) -> Option<Result<Address, Broken>> {
    let host = match bytes.u8()? {
        1 => Address::version4(bytes.array()?, 0).host,
        3 => Host::Name(bytes.vector8()?.rest().to_vec()),
        4 => Host::Address(6, bytes.array()?),
        _ => return Some(Err(Broken)),
    };
    let port = bytes.u16()?;
    Some(Ok(Address { host, port }))
}

/// Port, address, user and, when the address is one of 4A's that cannot be (0.0.0.x), a host's name. Nothing wants more
/// bytes; a text without end is broken.
pub fn version4(bytes: &mut Bytes<'_>) -> Option<Result<Request, Broken>> {
    let port = bytes.u16()?;
    let address = bytes.array::<4>()?;
    let user = match text(bytes)? {
        Ok(user) => user.to_vec(),
        Err(broken) => return Some(Err(broken)),
    };
    let mut target = Address::version4(address, port);
    if matches!(address, [0, 0, 0, 1..=255]) {
        target.host = match text(bytes)? {
            Ok(name) => Host::Name(name.to_vec()),
            Err(broken) => return Some(Err(broken)),
        };
    }
    Some(Ok(Request { target, user }))
}

/// Up to a zero, which is taken too.
fn text<'a>(bytes: &mut Bytes<'a>) -> Option<Result<&'a [u8], Broken>> {
    let window = bytes.rest();
    let window = window.get(..=MAX_TEXT).unwrap_or(window);
    match memchr::memchr(0, window) {
        Some(end) => {
            let text = bytes.take(end)?;
            bytes.skip(1)?;
            Some(Ok(text))
        }
        None if window.len() > MAX_TEXT => Some(Err(Broken)),
        None => None,
    }
}
