//! BER and DER (X.690), as far as Kerberos, LDAP and SNMP use them: a reader over borrowed bytes that never reads past
//! their end, never copies, and never calls itself.
//!
//! Lengths: definite in any number of octets (section 8.1.3), indefinite where the caller allows it (8.1.3.6). Caps: a
//! length of 8 octets, indefinite lengths 16 deep, an OID of 128 arcs.

pub use super::ber_value::{integer, oid, time, unsigned};
use crate::bytes::count;

/// Deepest nesting of anything that nests as deep as its sender likes.
pub const MAX_DEPTH: usize = 16;

/// Identifier octets of the universal types in use (section 8.1.2; X.680, table 1).
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BITS: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTETS: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// `GeneralizedTime`.
    pub const TIME: u8 = 0x18;
    /// SEQUENCE, SEQUENCE OF.
    pub const SEQUENCE: u8 = 0x30;
    /// SET, SET OF.
    pub const SET: u8 = 0x31;
}

/// Bytes that are no BER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Identifier and length of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// First identifier octet: class, form, and the number when it is below 31.
    pub tag: u8,
    /// Number of the tag.
    pub number: u32,
    /// How many octets identifier and length take.
    pub size: usize,
    /// Length of the contents; `None` is indefinite.
    pub length: Option<u64>,
}

impl Head {
    /// Reads a head; `None` when more bytes are needed.
    ///
    /// # Errors
    /// When no further bytes could make it a head.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some((first, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        let (number, rest) = match first & 0x1f {
            0x1f => match long_number(rest)? {
                Some(found) => found,
                None => return Ok(None),
            },
            low => (u32::from(low), rest),
        };
        let Some((length, rest)) = length(rest)? else {
            return Ok(None);
        };
        // Only what is constructed may leave its end open.
        if length.is_none() && first & 0x20 == 0 {
            return Err(Malformed);
        }
        Ok(Some(Self {
            tag: *first,
            number,
            size: bytes.len() - rest.len(),
            length,
        }))
    }

    /// How long the whole element is, when that is said.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        self.length
            .map(|length| length.saturating_add(count(self.size)))
    }
}

/// A tag number in base 128 (section 8.1.2.4).
fn long_number(bytes: &[u8]) -> Result<Option<(u32, &[u8])>, Malformed> {
    let mut number = 0_u32;
    for (place, byte) in bytes.iter().enumerate() {
        if number > u32::MAX >> 7 || (place == 0 && *byte == 0x80) {
            return Err(Malformed);
        }
        number = (number << 7) | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(Some((number, bytes.get(place + 1..).unwrap_or_default())));
        }
    }
    Ok(None)
}

type Length<'a> = (Option<u64>, &'a [u8]);

/// Length octets (section 8.1.3).
fn length(bytes: &[u8]) -> Result<Option<Length<'_>>, Malformed> {
    let Some((first, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    match usize::from(*first) {
        short @ 0..=0x7f => Ok(Some((Some(count(short)), rest))),
        0x80 => Ok(Some((None, rest))),
        long => {
            let size = long & 0x7f;
            if size > 8 {
                return Err(Malformed);
            }
            let Some((digits, rest)) = rest.split_at_checked(size) else {
                return Ok(None);
            };
            let length = digits
                .iter()
                .fold(0_u64, |length, digit| (length << 8) | u64::from(*digit));
            Ok(Some((Some(length), rest)))
        }
    }
}

/// An element whose contents are all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// First identifier octet. One of a long tag (`1f` in the low bits) is equal to none of a short one.
    pub tag: u8,
    /// Number of the tag.
    pub number: u32,
    /// Contents, without the end-of-contents octets of an indefinite length.
    pub content: &'a [u8],
}

/// Elements one after the other. What is wrong ends it, and is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader<'a> {
    rest: &'a [u8],
    allows_indefinite: bool,
    is_broken: bool,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, lengths definite, as DER, Kerberos and LDAP (RFC 4511, section 5.1) want it.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            allows_indefinite: false,
            is_broken: false,
        }
    }

    /// Reads `bytes`, lengths of both kinds.
    #[must_use]
    pub fn lenient(bytes: &'a [u8]) -> Self {
        Self {
            allows_indefinite: true,
            ..Self::new(bytes)
        }
    }

    /// A reader of an element's contents, under the same rules.
    #[must_use]
    pub fn inside(&self, content: &'a [u8]) -> Self {
        Self {
            rest: content,
            is_broken: false,
            ..*self
        }
    }

    /// Whether something was wrong, or cut off.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What was not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element; `None` at the end and when it is broken.
    pub fn element(&mut self) -> Option<Element<'a>> {
        if self.rest.is_empty() || self.is_broken {
            return None;
        }
        let found = self.take();
        self.is_broken = found.is_none();
        found
    }

    fn take(&mut self) -> Option<Element<'a>> {
        let head = Head::read(self.rest).ok()??;
        let contents = self.rest.get(head.size..)?;
        let (content, rest) = if let Some(length) = head.length {
            contents.split_at_checked(usize::try_from(length).ok()?)?
        } else {
            let end = self
                .allows_indefinite
                .then(|| end_of_contents(contents))??;
            (contents.get(..end)?, contents.get(end + 2..)?)
        };
        self.rest = rest;
        Some(Element {
            tag: head.tag,
            number: head.number,
            content,
        })
    }

    /// Contents of the next element if it has this tag; another one stays.
    pub fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.rest.first() == Some(&tag) {
            self.element().map(|element| element.content)
        } else {
            None
        }
    }

    /// Contents of the next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let found = self.optional(tag);
        self.is_broken |= found.is_none();
        found
    }

    /// A reader of the contents of the next element, which must have this tag.
    pub fn enter(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(|content| self.inside(content))
    }

    /// An INTEGER.
    pub fn integer(&mut self) -> Option<i64> {
        let found = self.expect(tag::INTEGER).and_then(integer);
        self.is_broken |= found.is_none();
        found
    }

    /// An OCTET STRING.
    pub fn octets(&mut self) -> Option<&'a [u8]> {
        self.expect(tag::OCTETS)
    }

    /// An ENUMERATED.
    pub fn enumerated(&mut self) -> Option<i64> {
        let found = self.expect(tag::ENUMERATED).and_then(integer);
        self.is_broken |= found.is_none();
        found
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self) -> Option<bool> {
        self.expect(tag::BOOLEAN)
            .map(|content| content.iter().any(|byte| *byte != 0))
    }
}

/// Where the contents of an indefinite length end (section 8.1.3.6): a walk along elements, with a count of open ones.
fn end_of_contents(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    let mut depth = 0_usize;
    loop {
        let rest = bytes.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
            at += 2;
            continue;
        }
        let head = Head::read(rest).ok()??;
        at = at.checked_add(head.size)?;
        match head.length {
            Some(length) => at = at.checked_add(usize::try_from(length).ok()?)?,
            None if depth + 1 < MAX_DEPTH => depth += 1,
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X.690, sections 8.1.3.5, 8.2, 8.7, 8.14 and 8.9.
    #[test]
    fn elements_of_the_standards_examples_are_read() {
        let head = Head::read(b"\x04\x81\xc9").expect("BER").expect("whole");
        assert_eq!((head.size, head.length), (3, Some(201)));
        let mut reader = Reader::new(b"\x01\x01\xff\x04\x04\x0a\x3b\x5f\x29");
        assert_eq!(reader.boolean(), Some(true));
        assert_eq!(reader.octets(), Some(&b"\x0a\x3b\x5f\x29"[..]));
        assert!(reader.element().is_none() && !reader.is_broken());
        // Type5: [APPLICATION 3] IMPLICIT [2] Type1 of VisibleString "Jones".
        let mut reader = Reader::new(b"\x43\x05Jones\xa2\x07\x1a\x05Jones");
        let element = reader.element().expect("an element");
        assert_eq!(
            (element.tag, element.number, element.content),
            (0x43, 3, &b"Jones"[..])
        );
        assert_eq!(
            reader.enter(0xa2).and_then(|mut inner| inner.expect(0x1a)),
            Some(&b"Jones"[..])
        );
    }

    #[test]
    fn long_tags_and_lengths_are_read_and_too_long_ones_refused() {
        let element = Reader::new(b"\x5f\x81\x01\x01z")
            .element()
            .expect("an element");
        assert_eq!((element.tag, element.number), (0x5f, 129));
        assert_eq!(Head::read(b"\x5f\x81"), Ok(None));
        assert_eq!(Head::read(b"\x5f\x80\x01\x00"), Err(Malformed));
        assert_eq!(
            Head::read(b"\x5f\xff\xff\xff\xff\xff\x7f\x00"),
            Err(Malformed)
        );
        let long = Head::read(b"\x30\x88\0\0\0\0\0\0\0\x05");
        assert_eq!(
            long.map(|head| head.map(|head| head.length)),
            Ok(Some(Some(5)))
        );
        assert_eq!(Head::read(b"\x30\x89\0\0\0\0\0\0\0\0\x05"), Err(Malformed));
        assert_eq!(Head::read(b"\x04\x80"), Err(Malformed));
    }

    #[test]
    fn a_length_that_lies_breaks_the_reader_and_reads_nothing() {
        for bytes in [
            &b"\x30\x05\x02\x01\x07"[..],
            b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff\0",
            b"\x30",
        ] {
            let mut reader = Reader::new(bytes);
            assert!(reader.element().is_none() && reader.is_broken());
            assert!(reader.element().is_none());
        }
    }

    /// X.690, section 8.6.4.2: a bit string in pieces under an indefinite length.
    #[test]
    fn indefinite_lengths_are_read_where_they_are_allowed() {
        let bytes = b"\x23\x80\x03\x03\x00\x0a\x3b\x03\x05\x04\x5f\x29\x1c\xd0\x00\x00\x05\x00";
        let mut reader = Reader::lenient(bytes);
        assert_eq!(
            reader.element().map(|element| element.content.len()),
            Some(12)
        );
        assert_eq!(reader.expect(tag::NULL), Some(&b""[..]));
        assert!(Reader::new(bytes).element().is_none());
        let nested = b"\x30\x80\x30\x80\x02\x01\x05\0\0\0\0\x05\0";
        let mut reader = Reader::lenient(nested);
        assert_eq!(
            reader.element().map(|element| element.content.len()),
            Some(7)
        );
        assert_eq!(reader.rest(), b"\x05\0");
    }

    #[test]
    fn a_bomb_of_open_lengths_is_refused_at_the_depth_allowed() {
        let deep = |depth: usize| [b"\x30\x80".repeat(depth), vec![0; 2 * depth]].concat();
        assert!(Reader::lenient(&deep(MAX_DEPTH)).element().is_some());
        assert!(Reader::lenient(&deep(MAX_DEPTH + 1)).element().is_none());
        assert!(Reader::lenient(&deep(1 << 20)).element().is_none());
    }

    #[test]
    fn every_cut_of_a_message_is_read_without_a_step_past_its_end() {
        let bytes = b"\x30\x80\x02\x01\x05\xa1\x07\x1a\x05Jones\x7f\x81\x01\x01z\0\0";
        for end in 0..bytes.len() {
            for mut reader in [Reader::new(&bytes[..end]), Reader::lenient(&bytes[..end])] {
                assert!(reader.element().is_none());
            }
        }
        assert!(Reader::lenient(bytes).element().is_some());
    }
}
