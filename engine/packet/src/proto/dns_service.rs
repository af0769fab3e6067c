//! Service bindings (SVCB, HTTPS: RFC 9460) and the options of EDNS (RFC 6891, 7871, 7873, 8914).

use super::dns_name::{Range, Texts};
use crate::bytes::Bytes;
use crate::emit::output::append_bare_address;

/// Options of one message that are kept.
const MAX_OPTIONS: usize = 32;
/// Bytes of an option that are told.
const MAX_OPTION: usize = 128;
/// Parameters of one binding.
const MAX_PARAMETERS: usize = 32;

/// What an OPT record says besides its options.
#[derive(Debug, Default)]
pub struct Extension {
    /// The largest datagram that its sender takes.
    pub payload_size: u16,
    /// Version of EDNS.
    pub version: u8,
    /// Whether DNSSEC records are wanted (DO).
    pub dnssec_ok: bool,
    /// The network that a resolver asks for (RFC 7871), as text.
    pub client_subnet: Option<Range>,
    /// Client and server cookie (RFC 7873).
    pub cookie: Option<Range>,
    /// Why it failed (RFC 8914).
    pub extended_error: Option<u16>,
    /// The words that come with it.
    pub extended_error_text: Option<Range>,
    /// All options: code and data in hexadecimal.
    pub options: Vec<(u16, Range)>,
}

impl Extension {
    /// Reads the record: its class and lifetime hold other things, its data is the options.
    pub fn read(class: u16, ttl: u32, raw: &[u8], texts: &mut Texts) -> Self {
        let [_, version, flags, _] = ttl.to_be_bytes();
        let mut extension = Self {
            payload_size: class,
            version,
            dnssec_ok: flags & 0x80 != 0,
            ..Self::default()
        };
        let mut bytes = Bytes::new(raw);
        while let Some((code, data)) = bytes.u16().zip(bytes.vector16()) {
            if extension.options.len() >= MAX_OPTIONS {
                texts.faults.texts_cut = true;
                break;
            }
            extension.option(code, data, texts);
        }
        extension
    }

    fn option(&mut self, code: u16, mut data: Bytes<'_>, texts: &mut Texts) {
        let raw = data.rest();
        let start = texts.bytes.len();
        texts.faults.texts_cut |= raw.len() > MAX_OPTION;
        texts.hex(raw.get(..MAX_OPTION).unwrap_or(raw));
        let range = start..texts.bytes.len();
        match code {
            8 => self.client_subnet = subnet(raw, texts),
            10 => self.cookie = Some(range.clone()),
            15 => {
                self.extended_error = data.u16();
                let start = texts.bytes.len();
                let words = data.rest();
                texts.append(words.get(..MAX_OPTION).unwrap_or(words));
                self.extended_error_text = Some(start..texts.bytes.len());
            }
            _ => {}
        }
        self.options.push((code, range));
    }
}

/// `192.0.2.0/24` from family, prefix lengths and the bytes of the prefix.
fn subnet(raw: &[u8], texts: &mut Texts) -> Option<Range> {
    let mut bytes = Bytes::new(raw);
    let family = match bytes.u16()? {
        1 => 4,
        2 => 6,
        _ => return None,
    };
    let (length, _) = (bytes.u8()?, bytes.u8()?);
    let mut address = [0; 16];
    let most = if family == 4 { 4 } else { 16 };
    for (place, byte) in address.iter_mut().take(most).zip(bytes.rest()) {
        *place = *byte;
    }
    let start = texts.bytes.len();
    append_bare_address(&mut texts.bytes, family, &address);
    texts.append(b"/");
    texts.number(u64::from(length));
    Some(start..texts.bytes.len())
}

/// Appends priority, target and parameters. Targets are never compressed (RFC 9460 section 2.2).
pub fn binding(raw: &[u8], texts: &mut Texts) -> Option<()> {
    let mut bytes = Bytes::new(raw);
    texts.number(u64::from(bytes.u16()?));
    texts.append(b" ");
    let mut at = 2;
    texts.name(raw, &mut at)?;
    let mut bytes = Bytes::new(raw.get(at..)?);
    let mut count = 0;
    while !bytes.is_empty() {
        let key = bytes.u16()?;
        let value = bytes.vector16()?;
        count += 1;
        if count > MAX_PARAMETERS {
            texts.faults.texts_cut = true;
            break;
        }
        texts.append(b" ");
        parameter(key, value, texts)?;
    }
    Some(())
}

fn parameter(key: u16, mut value: Bytes<'_>, texts: &mut Texts) -> Option<()> {
    if let Some(name) = key_name(key) {
        texts.append(name);
    } else {
        texts.append(b"key");
        texts.number(u64::from(key));
    }
    if value.is_empty() {
        return Some(());
    }
    texts.append(b"=");
    let mut is_first = true;
    match key {
        0 => {
            while !value.is_empty() {
                comma(&mut is_first, texts);
                let named = value.u16()?;
                match key_name(named) {
                    Some(name) => texts.append(name),
                    None => texts.number(u64::from(named)),
                }
            }
        }
        1 => {
            while !value.is_empty() {
                comma(&mut is_first, texts);
                texts.append(value.vector8()?.rest());
            }
        }
        3 => texts.number(u64::from(value.u16()?)),
        4 | 6 => {
            while !value.is_empty() {
                comma(&mut is_first, texts);
                let mut address = [0; 16];
                let family = if key == 4 { 4 } else { 6 };
                let length = if key == 4 { 4 } else { 16 };
                address
                    .get_mut(..length)?
                    .copy_from_slice(value.take(length)?);
                append_bare_address(&mut texts.bytes, family, &address);
            }
        }
        7 => texts.append(value.rest()),
        _ => {
            let raw = value.rest();
            texts.faults.texts_cut |= raw.len() > MAX_OPTION;
            texts.hex(raw.get(..MAX_OPTION).unwrap_or(raw));
        }
    }
    Some(())
}

fn comma(is_first: &mut bool, texts: &mut Texts) {
    if !*is_first {
        texts.append(b",");
    }
    *is_first = false;
}

/// Names of parameters (RFC 9460 section 14.3.2, RFC 9461, RFC 9848).
fn key_name(key: u16) -> Option<&'static [u8]> {
    Some(match key {
        0 => b"mandatory",
        1 => b"alpn",
        2 => b"no-default-alpn",
        3 => b"port",
        4 => b"ipv4hint",
        5 => b"ech",
        6 => b"ipv6hint",
        7 => b"dohpath",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(raw: &[u8]) -> String {
        let mut texts = Texts::default();
        binding(raw, &mut texts).expect("a whole binding");
        String::from_utf8(texts.bytes).expect("text")
    }

    /// RFC 9460 appendix D.2, figures 3, 7 and 9.
    #[test]
    fn bindings_are_as_in_the_rfc() {
        let name = b"\x03foo\x07example\x03com\x00";
        let with = |tail: &[u8]| [&[0, 16][..], name, tail].concat();
        assert_eq!(
            bound(&with(&[0, 3, 0, 2, 0, 0x35])),
            "16 foo.example.com port=53"
        );
        let mut hints = b"\x00\x06\x00\x20".to_vec();
        for last in [1, 0x0053_0001_u32] {
            hints.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0]);
            hints.extend(last.to_be_bytes());
        }
        assert_eq!(
            bound(&with(&hints)),
            "16 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1"
        );
        let tail = b"\x00\x00\x00\x04\x00\x01\x00\x04\x00\x01\x00\x09\x02h2\x05h3-19\x00\x04\x00\x04\xc0\x00\x02\x01";
        assert_eq!(
            bound(&with(tail)),
            "16 foo.example.com mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1"
        );
    }

    #[test]
    fn a_client_subnet_is_a_prefix() {
        let mut texts = Texts::default();
        let raw = b"\x00\x08\x00\x07\x00\x01\x18\x00\xc0\x00\x02\x00\x0a\x00\x02\xab\xcd\x00\x0f\x00\x04\x00\x12no";
        let extension = Extension::read(1_232, 0x0000_8000, raw, &mut texts);
        let text = |range: &Option<Range>| range.as_ref().map(|range| texts.get(range).to_vec());
        assert_eq!(
            text(&extension.client_subnet),
            Some(b"192.0.2.0/24".to_vec())
        );
        assert_eq!(text(&extension.cookie), Some(b"abcd".to_vec()));
        assert_eq!(extension.extended_error, Some(18));
        assert_eq!(text(&extension.extended_error_text), Some(b"no".to_vec()));
        assert!(extension.dnssec_ok && extension.payload_size == 1_232);
        assert_eq!(extension.options.len(), 3);
    }
}
