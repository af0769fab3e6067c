//! One DHCP message taken apart: RFC 2131 section 2, options of RFC 2132, RFC 3396 and RFC 3046.

use std::borrow::Cow;

use crate::bytes::Bytes;

/// What options begin with (RFC 2131 section 3).
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Options of one message.
const MAX_OPTIONS: usize = 256;
/// Hardware type of Ethernet (RFC 1700).
const ETHERNET: u8 = 1;

/// All options, in the order of RFC 3396: options, file, sname.
#[derive(Debug, Default)]
pub struct Options<'a> {
    pieces: Vec<(u8, &'a [u8])>,
    /// Whether an option went beyond its field.
    pub is_broken: bool,
    /// Whether some were left out.
    pub is_cut: bool,
}

impl<'a> Options<'a> {
    /// The value of an option, all its pieces joined; empty when it is not there.
    #[must_use]
    pub fn get(&self, code: u8) -> Cow<'a, [u8]> {
        let mut pieces = self.pieces.iter().filter(|(other, _)| *other == code);
        let first = pieces.next().map_or(&[][..], |(_, piece)| *piece);
        let mut whole = Cow::Borrowed(first);
        for (_, piece) in pieces {
            whole.to_mut().extend_from_slice(piece);
        }
        whole
    }

    /// The number in an option.
    #[must_use]
    pub fn number(&self, code: u8) -> Option<u32> {
        let value = self.get(code);
        <[u8; 4]>::try_from(&*value).ok().map(u32::from_be_bytes)
    }

    /// Reads the options of one field.
    fn read(&mut self, field: &'a [u8]) {
        let mut bytes = Bytes::new(field);
        while let Some(code) = bytes.u8() {
            match code {
                0 => {}
                255 => return,
                _ => {
                    let Some(value) = bytes.vector8() else {
                        self.is_broken = true;
                        return;
                    };
                    if self.pieces.len() >= MAX_OPTIONS {
                        self.is_cut = true;
                        return;
                    }
                    self.pieces.push((code, value.rest()));
                }
            }
        }
    }
}

/// A message.
#[derive(Debug)]
pub struct Message<'a> {
    /// 1 from the client, 2 from the server.
    pub operation: u8,
    /// Kind of hardware address.
    pub hardware: u8,
    /// Its bytes.
    pub address: &'a [u8],
    /// Relay agents passed.
    pub hops: u8,
    /// Chosen by the client.
    pub id: u32,
    /// Since the client began.
    pub seconds: u16,
    /// Client's own address, the address given to it, the next server, the relay agent.
    pub addresses: [[u8; 4]; 4],
    /// Name of the server, unless the field holds options.
    pub server_name: &'a [u8],
    /// Name of the boot file, unless the field holds options.
    pub boot_file: &'a [u8],
    /// Whether options follow.
    pub has_cookie: bool,
    /// Options.
    pub options: Options<'a>,
}

impl<'a> Message<'a> {
    /// Reads `data`; `None` when it is none.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes::new(data);
        let (operation, hardware, length, hops) =
            (bytes.u8()?, bytes.u8()?, bytes.u8()?, bytes.u8()?);
        if !matches!(operation, 1 | 2) || length > 16 {
            return None;
        }
        let (id, seconds, _flags) = (bytes.u32()?, bytes.u16()?, bytes.u16()?);
        let addresses = [
            bytes.array()?,
            bytes.array()?,
            bytes.array()?,
            bytes.array()?,
        ];
        let address = bytes.take(16)?.get(..usize::from(length))?;
        let (server_name, boot_file) = (bytes.take(64)?, bytes.take(128)?);
        let mut message = Self {
            operation,
            hardware,
            address,
            hops,
            id,
            seconds,
            addresses,
            server_name: text(server_name),
            boot_file: text(boot_file),
            has_cookie: bytes.array() == Some(COOKIE),
            options: Options::default(),
        };
        if message.has_cookie {
            message.options.read(bytes.rest());
            message.unfold(server_name, boot_file);
        }
        Some(message)
    }

    /// Reads the fields that option 52 says hold options too.
    fn unfold(&mut self, server_name: &'a [u8], boot_file: &'a [u8]) {
        let overload = self.overload().unwrap_or(0);
        if matches!(overload, 1 | 3) {
            self.boot_file = &[];
            self.options.read(boot_file);
        }
        if matches!(overload, 2 | 3) {
            self.server_name = &[];
            self.options.read(server_name);
        }
    }

    /// Option 52.
    #[must_use]
    pub fn overload(&self) -> Option<u8> {
        self.options.get(52).first().copied()
    }

    /// Whether the server sent it.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        self.operation == 2
    }

    /// Whether a message without the cookie could be BOOTP (RFC 951).
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.hardware == ETHERNET && self.address.len() == 6 && self.hops <= 16
    }

    /// Option 53.
    #[must_use]
    pub fn kind(&self) -> Option<u8> {
        self.options.get(53).first().copied()
    }

    /// The client's link address.
    #[must_use]
    pub fn mac(&self) -> Option<[u8; 6]> {
        <[u8; 6]>::try_from(self.address)
            .ok()
            .filter(|_| self.hardware == ETHERNET)
    }

    /// The kind of message by name (RFC 2132 section 9.6, 3203, 4388, 6926).
    #[must_use]
    pub fn kind_name(&self) -> Option<&'static str> {
        let action = self.action();
        action.strip_prefix("dhcp-").filter(|name| *name != "other")
    }

    /// `event.action`.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self.kind() {
            Some(1) => "dhcp-discover",
            Some(2) => "dhcp-offer",
            Some(3) => "dhcp-request",
            Some(4) => "dhcp-decline",
            Some(5) => "dhcp-ack",
            Some(6) => "dhcp-nak",
            Some(7) => "dhcp-release",
            Some(8) => "dhcp-inform",
            Some(9) => "dhcp-forcerenew",
            Some(10) => "dhcp-leasequery",
            Some(11) => "dhcp-leaseunassigned",
            Some(12) => "dhcp-leaseunknown",
            Some(13) => "dhcp-leaseactive",
            Some(_) => "dhcp-other",
            None if self.is_reply() => "bootp-reply",
            None => "bootp-request",
        }
    }
}

/// A text that ends with its first zero.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A message as RFC 2131 figure 1 lays it out.
    pub(in super::super) fn message(
        options: &[u8],
        server_name: &[u8],
        boot_file: &[u8],
    ) -> Vec<u8> {
        let mut data = vec![2, 1, 6, 0, 0x24, 0x59, 0x3b, 0x3e, 0, 0, 0, 0];
        data.extend([0, 0, 0, 0, 10, 100, 0, 50, 10, 100, 0, 2, 0, 0, 0, 0]);
        data.extend([
            0x92, 0xdd, 0xa4, 0x8d, 0x5f, 0xde, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        for (field, length) in [(server_name, 64), (boot_file, 128)] {
            data.extend(field);
            data.extend(vec![0; length - field.len()]);
        }
        data.extend(COOKIE);
        data.extend(options);
        data
    }

    #[test]
    fn options_are_read_from_the_fields_that_are_lent_to_them() {
        let server_name = [3, 4, 10, 100, 0, 2, 255];
        let boot_file = [15, 2, b'v', b'n', 255];
        for (overload, router, domain) in [
            (0, &b""[..], &b""[..]),
            (1, b"", b"vn"),
            (2, &[10, 100, 0, 2], b""),
            (3, &[10, 100, 0, 2], b"vn"),
        ] {
            let data = message(&[53, 1, 2, 52, 1, overload, 255], &server_name, &boot_file);
            let read = Message::read(&data).expect("a message");
            assert_eq!(&*read.options.get(3), router, "{overload}");
            assert_eq!(&*read.options.get(15), domain, "{overload}");
            assert_eq!(read.action(), "dhcp-offer");
        }
    }

    /// RFC 3396 section 7: pieces of an option are joined in the order options, file, sname.
    #[test]
    fn pieces_of_a_long_option_are_joined() {
        let data = message(
            &[
                53, 1, 2, 67, 3, b'/', b'd', b'i', 52, 1, 3, 67, 2, b's', b'k', 255,
            ],
            &[67, 2, b'm', b'e', 255],
            &[67, 3, b'l', b'e', b's', 255],
        );
        let read = Message::read(&data).expect("a message");
        assert_eq!(&*read.options.get(67), b"/disklesme");
        assert!(read.boot_file.is_empty() && read.server_name.is_empty());
    }

    #[test]
    fn an_option_that_goes_beyond_the_message_is_told_and_those_before_it_kept() {
        let data = message(&[53, 1, 5, 3, 40, 10], b"", b"");
        let read = Message::read(&data).expect("a message");
        assert!(read.options.is_broken);
        assert_eq!(read.kind_name(), Some("ack"));
        assert!(Message::read(&data[..200]).is_none());
    }

    #[test]
    fn a_message_of_nothing_but_options_is_cut() {
        let data = message(&[12, 0].repeat(20_000), b"", b"");
        let read = Message::read(&data).expect("a message");
        assert!(read.options.is_cut);
    }
}
