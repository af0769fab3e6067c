//! LDAP messages (RFC 4511, section 4): the envelope, operations and results by name.

use super::ber::{self, Head, Malformed, Reader, tag};
use crate::bytes::count;

/// Controls of a message that are kept.
const MAX_CONTROLS: usize = 16;
/// Longest name of a control that is kept.
const MAX_CONTROL: usize = 64;

/// Identifier octets of the operations.
pub mod operation {
    /// Section 4.2.
    pub const BIND: u8 = 0x60;
    /// Section 4.2.2.
    pub const BIND_RESPONSE: u8 = 0x61;
    /// Section 4.3.
    pub const UNBIND: u8 = 0x42;
    /// Section 4.5.1.
    pub const SEARCH: u8 = 0x63;
    /// Section 4.5.2.
    pub const ENTRY: u8 = 0x64;
    /// Section 4.5.2.
    pub const DONE: u8 = 0x65;
    /// Section 4.5.3.
    pub const REFERENCE: u8 = 0x73;
    /// Section 4.6.
    pub const MODIFY: u8 = 0x66;
    /// Section 4.7.
    pub const ADD: u8 = 0x68;
    /// Section 4.8.
    pub const DELETE: u8 = 0x4a;
    /// Section 4.9.
    pub const RENAME: u8 = 0x6c;
    /// Section 4.10.
    pub const COMPARE: u8 = 0x6e;
    /// Section 4.11.
    pub const ABANDON: u8 = 0x50;
    /// Section 4.12.
    pub const EXTENDED: u8 = 0x77;
    /// Section 4.12.
    pub const EXTENDED_RESPONSE: u8 = 0x78;
    /// Section 4.13.
    pub const INTERMEDIATE: u8 = 0x79;
}

/// EVE's name of an operation; `None` when there is no such operation.
#[must_use]
pub fn name(tag: u8) -> Option<&'static str> {
    Some(match tag {
        operation::BIND => "bind_request",
        operation::BIND_RESPONSE => "bind_response",
        operation::UNBIND => "unbind_request",
        operation::SEARCH => "search_request",
        operation::ENTRY => "search_result_entry",
        operation::DONE => "search_result_done",
        operation::REFERENCE => "search_result_reference",
        operation::MODIFY => "modify_request",
        0x67 => "modify_response",
        operation::ADD => "add_request",
        0x69 => "add_response",
        operation::DELETE => "del_request",
        0x6b => "del_response",
        operation::RENAME => "mod_dn_request",
        0x6d => "mod_dn_response",
        operation::COMPARE => "compare_request",
        0x6f => "compare_response",
        operation::ABANDON => "abandon_request",
        operation::EXTENDED => "extended_request",
        operation::EXTENDED_RESPONSE => "extended_response",
        operation::INTERMEDIATE => "intermediate_response",
        _ => return None,
    })
}

/// Whether a client sends it.
#[must_use]
pub fn is_request(tag: u8) -> bool {
    use operation as op;
    matches!(
        tag,
        op::BIND
            | op::UNBIND
            | op::SEARCH
            | op::MODIFY
            | op::ADD
            | op::DELETE
            | op::RENAME
            | op::COMPARE
            | op::ABANDON
            | op::EXTENDED
    )
}

/// Whether more answers to the same request follow it.
#[must_use]
pub fn is_partial(tag: u8) -> bool {
    matches!(
        tag,
        operation::ENTRY | operation::REFERENCE | operation::INTERMEDIATE
    )
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Chosen by the client; 0 for what nobody asked for.
    pub id: u32,
    /// Identifier octet of the operation.
    pub operation: u8,
    /// Contents of the operation.
    pub content: &'a [u8],
    /// Whether the contents are longer than what is here.
    pub is_cut: bool,
    /// Object identifiers of the controls.
    pub controls: Vec<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Reads a message, whole or as far as it is kept; `None` when it breaks its format.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let outer = Head::read(bytes).ok()??;
        let whole = outer.length.filter(|_| outer.tag == tag::SEQUENCE)?;
        let inside = bytes.get(outer.size..)?;
        let inside = usize::try_from(whole)
            .ok()
            .and_then(|whole| inside.get(..whole))
            .unwrap_or(inside);
        let mut reader = Reader::new(inside);
        let id = u32::try_from(reader.integer()?).ok()?;
        let rest = reader.rest();
        let head = Head::read(rest).ok()??;
        name(head.tag)?;
        let length = head.length?;
        let before = count(inside.len() - rest.len() + head.size);
        if before.checked_add(length)? > whole {
            return None;
        }
        let content = rest.get(head.size..)?;
        let cut = usize::try_from(length).ok().and_then(|length| {
            let (content, rest) = content.split_at_checked(length)?;
            Some((content, rest))
        });
        Some(Self {
            id,
            operation: head.tag,
            content: cut.map_or(content, |(content, _)| content),
            is_cut: cut.is_none(),
            controls: cut.map(|(_, rest)| controls(rest)).unwrap_or_default(),
        })
    }
}

/// Names of the controls (section 4.1.11).
fn controls(rest: &[u8]) -> Vec<&[u8]> {
    let mut reader = Reader::new(rest);
    let mut list = match reader.optional(0xa0) {
        Some(list) => reader.inside(list),
        None => return Vec::new(),
    };
    let mut found = Vec::new();
    while found.len() < MAX_CONTROLS
        && let Some(control) = list.enter(tag::SEQUENCE).and_then(|mut one| one.octets())
    {
        found.push(control.get(..MAX_CONTROL).unwrap_or(control));
    }
    found
}

/// Whether bytes begin a message: its operation and length, when there are enough of them.
///
/// # Errors
/// When no further bytes could make it a message.
pub fn recognise(bytes: &[u8]) -> Result<Option<(u8, u64)>, Malformed> {
    let Some(outer) = Head::read(bytes)? else {
        return Ok(None);
    };
    let length = outer.length.ok_or(Malformed)?;
    if outer.tag != tag::SEQUENCE {
        return Err(Malformed);
    }
    let mut rest = bytes.get(outer.size..).unwrap_or_default();
    let inside = rest.len();
    let Some(id) = Head::read(rest)? else {
        return Ok(None);
    };
    let (1..=5, tag::INTEGER) = (id.length.unwrap_or(0), id.tag) else {
        return Err(Malformed);
    };
    let size = id.size + usize::try_from(id.length.unwrap_or(0)).unwrap_or(0);
    rest = rest.get(id.size..).unwrap_or_default();
    if rest.first().is_some_and(|first| first & 0x80 != 0) {
        return Err(Malformed);
    }
    let Some(rest) = rest.get(size - id.size..) else {
        return Ok(None);
    };
    let Some(operation) = Head::read(rest)? else {
        return Ok(None);
    };
    name(operation.tag).ok_or(Malformed)?;
    let before = count(inside - rest.len());
    let whole = operation.whole().ok_or(Malformed)?.saturating_add(before);
    let is_whole = match operation.tag {
        operation::UNBIND => operation.length == Some(0),
        _ => operation.length > Some(0),
    };
    // Nothing but controls may stand behind the operation.
    if whole > length || !is_whole || (length - whole) == 1 {
        return Err(Malformed);
    }
    Ok(Some((operation.tag, outer.whole().ok_or(Malformed)?)))
}

/// What a client proves itself with (section 4.2; Sicily: MS-ADTS, section 5.1.1.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// A password; empty for none.
    Simple(&'a [u8]),
    /// A mechanism, and its message.
    Sasl(&'a [u8], &'a [u8]),
    /// NTLM without SASL.
    Sicily(&'a [u8]),
}

/// A bind request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind<'a> {
    /// 2 or 3.
    pub version: i64,
    /// Who.
    pub name: &'a [u8],
    /// With what.
    pub credentials: Credentials<'a>,
}

impl<'a> Bind<'a> {
    /// Reads the contents of a bind request; `None` when they break their format.
    #[must_use]
    pub fn read(content: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content);
        let (version, name) = (reader.integer()?, reader.octets()?);
        let choice = reader.element()?;
        let credentials = match choice.tag {
            0x80 => Credentials::Simple(choice.content),
            0xa3 => {
                let mut sasl = reader.inside(choice.content);
                Credentials::Sasl(
                    sasl.octets()?,
                    sasl.optional(tag::OCTETS).unwrap_or_default(),
                )
            }
            0x89..=0x8b => Credentials::Sicily(choice.content),
            _ => return None,
        };
        Some(Self {
            version,
            name,
            credentials,
        })
    }
}

/// The message number that an abandon request names.
#[must_use]
pub fn abandoned(content: &[u8]) -> Option<u32> {
    ber::integer(content).and_then(|id| u32::try_from(id).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4511, section 5.1 and 4.2: a bind, a notice of disconnection.
    const BIND: &[u8] =
        b"\x30\x1d\x02\x01\x01\x60\x18\x02\x01\x03\x04\x0ccn=an,dc=vn.\x80\x05kin12";
    const UNBIND: &[u8] = b"\x30\x05\x02\x01\x03\x42\x00";

    #[test]
    fn a_bind_is_read_and_recognised() {
        let message = Message::read(BIND).expect("a message");
        assert_eq!(
            (message.id, message.operation, message.is_cut),
            (1, operation::BIND, false)
        );
        let bind = Bind::read(message.content).expect("a bind");
        assert_eq!((bind.version, bind.name), (3, &b"cn=an,dc=vn."[..]));
        assert_eq!(recognise(UNBIND), Ok(Some((operation::UNBIND, 7))));
        assert_eq!(recognise(b"\x30\x05\x02\x01\x03\x42\x01"), Err(Malformed));
    }

    #[test]
    fn a_message_that_is_kept_in_part_is_read_in_part() {
        let message = Message::read(&UNBIND[..7]).expect("a message");
        assert!(!message.is_cut && message.content.is_empty());
        let long = b"\x30\x82\x01\x0a\x02\x01\x02\x64\x82\x01\x03\x04\x03abc";
        let message = Message::read(long).expect("a message");
        assert!(message.is_cut);
        assert_eq!(message.content, b"\x04\x03abc");
        // An operation longer than its message.
        assert!(Message::read(b"\x30\x06\x02\x01\x02\x64\x04ab").is_none());
    }

    #[test]
    fn controls_are_named() {
        let page = b"\x30\x16\x04\x16\x31\x2e\x32";
        assert!(controls(page).is_empty());
        let list = b"\xa0\x09\x30\x07\x04\x051.2.3";
        assert_eq!(controls(list), [b"1.2.3"]);
    }

    #[test]
    fn what_is_no_ldap_is_not_recognised() {
        // SNMP version 1: a community where the operation would be.
        assert_eq!(
            recognise(b"\x30\x26\x02\x01\x00\x04\x06public\xa0\x19"),
            Err(Malformed)
        );
        assert_eq!(recognise(b"\x30\x80\x02\x01\x01\x60"), Err(Malformed));
        assert_eq!(recognise(b"\x30\x84\x00\x00"), Ok(None));
        for end in 0..10 {
            assert_eq!(recognise(&BIND[..end.min(6)]), Ok(None));
        }
    }
}
