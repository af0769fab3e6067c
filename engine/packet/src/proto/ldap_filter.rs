//! Search filters (RFC 4511, section 4.5.1.7) as text (RFC 4515), by a stack of open groups.
//!
//! Caps: 16 groups deep, 4,096 bytes of text.

use super::ber::{Element, MAX_DEPTH, Reader, tag};
use super::ldap_secret::is_secret;
use crate::emit::text::hex;

/// Longest text of a filter.
const MAX_TEXT: usize = 4_096;

/// A filter as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The text.
    pub text: Vec<u8>,
    /// Whether the filter is longer, deeper or not whole.
    pub is_cut: bool,
}

/// Writes the one filter that `bytes` hold.
#[must_use]
pub fn read(bytes: &[u8], shows_secrets: bool) -> Filter {
    let mut filter = Filter::default();
    let mut open = Vec::with_capacity(MAX_DEPTH);
    open.push(Reader::new(bytes));
    while let Some(reader) = open.last_mut() {
        let Some(element) = reader.element() else {
            filter.is_cut |= reader.is_broken();
            open.pop();
            if !open.is_empty() {
                filter.text.push(b')');
            }
            continue;
        };
        if filter.text.len() > MAX_TEXT {
            filter.is_cut = true;
            filter.text.truncate(MAX_TEXT);
            break;
        }
        filter.text.push(b'(');
        let sign = match element.tag {
            0xa0 => b'&',
            0xa1 => b'|',
            0xa2 => b'!',
            _ => {
                filter.is_cut |= item(&mut filter.text, element, shows_secrets).is_none();
                filter.text.push(b')');
                continue;
            }
        };
        filter.text.push(sign);
        let inner = reader.inside(element.content);
        if open.len() < MAX_DEPTH {
            open.push(inner);
        } else {
            filter.is_cut = true;
            filter.text.push(b')');
        }
    }
    filter
}

/// A condition without its brackets.
fn item(text: &mut Vec<u8>, element: Element<'_>, shows_secrets: bool) -> Option<()> {
    let mut members = Reader::new(element.content);
    let sign: &[u8] = match element.tag {
        0xa3 => b"=",
        0xa5 => b">=",
        0xa6 => b"<=",
        0xa8 => b"~=",
        0x87 => {
            escape(text, element.content);
            text.extend_from_slice(b"=*");
            return Some(());
        }
        0xa4 => return substrings(text, members),
        0xa9 => return extensible(text, members),
        _ => return None,
    };
    let name = members.octets()?;
    escape(text, name);
    text.extend_from_slice(sign);
    let value = members.octets()?;
    if is_secret(name) && !shows_secrets {
        text.extend_from_slice(b"***");
    } else {
        escape(text, value);
    }
    Some(())
}

fn substrings(text: &mut Vec<u8>, mut members: Reader<'_>) -> Option<()> {
    escape(text, members.octets()?);
    text.push(b'=');
    let mut parts = members.enter(tag::SEQUENCE)?;
    let mut is_first = true;
    while let Some(part) = parts.element() {
        if part.tag != 0x80 && is_first {
            text.push(b'*');
        }
        is_first = false;
        escape(text, part.content);
        if part.tag != 0x82 {
            text.push(b'*');
        }
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    (!parts.is_broken()).then_some(())
}

/// `attr:dn:rule:=value`.
fn extensible(text: &mut Vec<u8>, mut members: Reader<'_>) -> Option<()> {
    let (mut rule, mut name, mut value, mut with_dn) = (&b""[..], &b""[..], &b""[..], false);
    while let Some(member) = members.element() {
        match member.tag {
            0x81 => rule = member.content,
            0x82 => name = member.content,
            0x83 => value = member.content,
            0x84 => with_dn = member.content.iter().any(|byte| *byte != 0),
            _ => return None,
        }
    }
    escape(text, name);
    if with_dn {
        text.extend_from_slice(b":dn");
    }
    if !rule.is_empty() {
        text.push(b':');
        escape(text, rule);
    }
    text.extend_from_slice(b":=");
    escape(text, value);
    (!members.is_broken()).then_some(())
}

/// Section 3: what has a meaning, and what is no UTF-8, as a backslash and two digits.
fn escape(text: &mut Vec<u8>, value: &[u8]) {
    let value = value.get(..MAX_TEXT).unwrap_or(value);
    for chunk in value.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            match byte {
                b'*' | b'(' | b')' | b'\\' | 0..=0x1f | 0x7f => digits(text, byte),
                _ => text.push(byte),
            }
        }
        chunk.invalid().iter().for_each(|byte| digits(text, *byte));
    }
}

fn digits(text: &mut Vec<u8>, byte: u8) {
    text.push(b'\\');
    text.extend_from_slice(&hex(byte));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).expect("short");
        [&[tag, 0x82][..], &length.to_be_bytes(), &content].concat()
    }

    fn equal(name: &[u8], value: &[u8]) -> Vec<u8> {
        der(0xa3, &[&der(4, &[name]), &der(4, &[value])])
    }

    fn text(bytes: &[u8]) -> String {
        let filter = read(bytes, false);
        assert!(!filter.is_cut);
        String::from_utf8(filter.text).expect("UTF-8")
    }

    /// RFC 4515, section 4.
    #[test]
    fn the_examples_of_the_rfc_are_written_as_there() {
        assert_eq!(text(&equal(b"cn", b"Babs Jensen")), "(cn=Babs Jensen)");
        assert_eq!(
            text(&der(0xa2, &[&equal(b"cn", b"Tim Howes")])),
            "(!(cn=Tim Howes))"
        );
        let parts = der(
            0x30,
            &[
                &der(0x80, &[b"univ"]),
                &der(0x81, &[b"of"]),
                &der(0x81, &[b"mich"]),
            ],
        );
        let jensen = der(
            0xa4,
            &[&der(4, &[b"cn"]), &der(0x30, &[&der(0x80, &[b"Babs J"])])],
        );
        let both = der(
            0xa0,
            &[
                &equal(b"objectClass", b"Person"),
                &der(0xa1, &[&equal(b"sn", b"Jensen"), &jensen]),
            ],
        );
        assert_eq!(
            text(&both),
            "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))"
        );
        assert_eq!(
            text(&der(0xa4, &[&der(4, &[b"o"]), &parts])),
            "(o=univ*of*mich*)"
        );
        assert_eq!(text(&der(0x87, &[b"seeAlso"])), "(seeAlso=*)");
        let rule = der(
            0xa9,
            &[
                &der(0x81, &[b"2.4.6.8.10"]),
                &der(0x82, &[b"sn"]),
                &der(0x83, &[b"Barney Rubble"]),
                &der(0x84, &[b"\xff"]),
            ],
        );
        assert_eq!(text(&rule), "(sn:dn:2.4.6.8.10:=Barney Rubble)");
        assert_eq!(
            text(&equal(
                b"o",
                b"Parens R Us (for all your parenthetical needs)"
            )),
            "(o=Parens R Us \\28for all your parenthetical needs\\29)"
        );
        assert_eq!(
            text(&equal(b"bin", b"\0\0\0\x04")),
            "(bin=\\00\\00\\00\\04)"
        );
        assert_eq!(
            text(&equal(b"sn", "Lu\u{10d}i\u{107}".as_bytes())),
            "(sn=Lu\u{10d}i\u{107})"
        );
    }

    #[test]
    fn a_middle_and_an_end_have_their_stars() {
        let parts = der(0x30, &[&der(0x81, &[b"nguyen"])]);
        assert_eq!(
            text(&der(0xa4, &[&der(4, &[b"cn"]), &parts])),
            "(cn=*nguyen*)"
        );
        let parts = der(0x30, &[&der(0x80, &[b"["]), &der(0x82, &[b"]"])]);
        assert_eq!(text(&der(0xa4, &[&der(4, &[b"cn"]), &parts])), "(cn=[*])");
    }

    #[test]
    fn a_password_in_a_condition_is_hidden() {
        assert_eq!(text(&equal(b"userPassword", b"kin")), "(userPassword=***)");
        assert_eq!(
            read(&equal(b"userPassword", b"kin"), true).text,
            b"(userPassword=kin)"
        );
    }

    #[test]
    fn a_deep_filter_and_a_long_one_are_cut() {
        let mut deep = equal(b"a", b"b");
        for _ in 0..40 {
            deep = der(0xa2, &[&deep]);
        }
        let filter = read(&deep, false);
        assert!(filter.is_cut);
        assert_eq!(
            filter.text,
            [b"(!".repeat(MAX_DEPTH), b")".repeat(MAX_DEPTH)].concat()
        );
        let wide = der(0xa1, &[&equal(b"a", b"b").repeat(4_000)]);
        let filter = read(&wide, false);
        assert!(filter.is_cut && filter.text.len() <= MAX_TEXT + 8);
    }
}
