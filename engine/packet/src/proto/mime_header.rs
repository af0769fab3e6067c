//! Header fields of mail: names and values (RFC 5322, section 2.2), parameters with continuations and character sets
//! (RFC 2231), encoded words (RFC 2047), lists of mailboxes (RFC 5322, section 3.4).

use encoding_rs::Encoding;
use memchr::memchr;

use super::mime_decode::{Base64, digit};

/// Longest name of a character set.
const MAX_CHARSET: usize = 64;
/// Pieces of one parameter (RFC 2231, section 3).
const MAX_PIECES: usize = 64;

/// Name and value of an unfolded field; `None` when there is no name.
#[must_use]
pub fn split(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = field.split_at_checked(memchr(b':', field)?)?;
    let name = name.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then(|| (name, value.get(1..).unwrap_or_default().trim_ascii()))
}

/// `type/subtype` of a `Content-Type`, or the word of a `Content-Disposition`, in lower case.
#[must_use]
pub fn media_type(value: &[u8]) -> Vec<u8> {
    let end = value
        .iter()
        .position(|byte| matches!(byte, b';' | b' ' | b'\t' | b'(' | b','))
        .unwrap_or(value.len());
    value.get(..end).unwrap_or_default().to_ascii_lowercase()
}

/// One piece of a parameter's value.
struct Piece {
    number: usize,
    is_encoded: bool,
    text: Vec<u8>,
}

/// The value of the parameter `name`, pieces joined, decoded to UTF-8.
#[must_use]
pub fn parameter(value: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut plain = None;
    let mut rest = after_semicolon(value)?;
    loop {
        let (key, text, tail) = next_parameter(rest);
        if let Some(left) = key
            .get(..name.len())
            .filter(|start| start.eq_ignore_ascii_case(name))
            .and(key.get(name.len()..))
        {
            if left.is_empty() {
                plain.get_or_insert_with(|| words(&text));
            } else if let Some((number, is_encoded)) = section(left)
                && pieces.len() < MAX_PIECES
            {
                pieces.push(Piece {
                    number,
                    is_encoded,
                    text,
                });
            }
        }
        match tail {
            Some(tail) => rest = tail,
            None => break,
        }
    }
    if pieces.is_empty() {
        return plain;
    }
    pieces.sort_by_key(|piece| piece.number);
    Some(join(&pieces))
}

fn after_semicolon(value: &[u8]) -> Option<&[u8]> {
    value.get(memchr(b';', value)? + 1..)
}

/// `*`, `*3` or `*3*`: the number of a piece, and whether its bytes are percent-encoded.
fn section(text: &[u8]) -> Option<(usize, bool)> {
    let text = text.strip_prefix(b"*")?;
    if text.is_empty() {
        return Some((0, true));
    }
    let (digits, is_encoded) = match text.strip_suffix(b"*") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, is_encoded))
}

fn join(pieces: &[Piece]) -> Vec<u8> {
    let mut charset = Vec::new();
    let mut bytes = Vec::new();
    let mut is_any_encoded = false;
    for (place, piece) in pieces.iter().enumerate() {
        if !piece.is_encoded {
            bytes.extend_from_slice(&piece.text);
            continue;
        }
        is_any_encoded = true;
        let mut text = piece.text.as_slice();
        if place == 0 {
            // charset'language'value
            let mut parts = text.splitn(3, |byte| *byte == b'\'');
            if let (Some(name), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
                charset = name.to_vec();
                text = rest;
            }
        }
        append_unescaped(text, b'%', &mut bytes);
    }
    if !is_any_encoded {
        // Mailers that split the name but encode it as words.
        return words(&bytes);
    }
    let mut decoded = Vec::new();
    append_decoded(&mut decoded, &charset, &bytes);
    decoded
}

/// Bytes in which `escape` and two hexadecimal digits stand for one.
fn append_unescaped(text: &[u8], escape: u8, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        if let [high, low, ..] = tail
            && *first == escape
            && let Some((high, low)) = digit(*high).zip(digit(*low))
        {
            out.push(high << 4 | low);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = tail;
        }
    }
}

/// The next `name=value`, and what follows its semicolon.
fn next_parameter(text: &[u8]) -> (&[u8], Vec<u8>, Option<&[u8]>) {
    let text = text.trim_ascii_start();
    let stop = text
        .iter()
        .position(|byte| matches!(byte, b'=' | b';'))
        .unwrap_or(text.len());
    let (key, rest) = text.split_at_checked(stop).unwrap_or((text, b""));
    let key = key.trim_ascii_end();
    let Some(rest) = rest.strip_prefix(b"=") else {
        return (b"", Vec::new(), rest.get(1..));
    };
    let rest = rest.trim_ascii_start();
    let Some(inside) = rest.strip_prefix(b"\"") else {
        let end = memchr(b';', rest);
        let value = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let tail = end.and_then(|end| rest.get(end + 1..));
        return (key, value.trim_ascii().to_vec(), tail);
    };
    let mut value = Vec::new();
    let mut bytes = inside.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => value.extend(bytes.next().map(|(_, byte)| *byte)),
            b'"' => {
                let tail = inside.get(at + 1..).unwrap_or_default();
                return (key, value, after_semicolon(tail));
            }
            _ => value.push(*byte),
        }
    }
    (key, value, None)
}

/// A text with its encoded words decoded to UTF-8. Other bytes stay as they are.
#[must_use]
pub fn words(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    // Bytes of adjacent words in one character set: a character may be split between them.
    let mut charset: &[u8] = b"";
    let mut bytes = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        if let Some((word, tail)) = word(rest) {
            if !word.charset.eq_ignore_ascii_case(charset) {
                append_decoded(&mut out, charset, &std::mem::take(&mut bytes));
                charset = word.charset;
            }
            bytes.extend_from_slice(&word.bytes);
            rest = tail;
            // White space between two words is not part of the text.
            let next = rest.trim_ascii_start();
            if next.len() < rest.len() && self::word(next).is_some() {
                rest = next;
            }
            continue;
        }
        append_decoded(&mut out, charset, &std::mem::take(&mut bytes));
        charset = b"";
        let tail = rest.get(1..).unwrap_or_default();
        let plain = memchr(b'=', tail).map_or(rest.len(), |at| at + 1);
        out.extend_from_slice(rest.get(..plain).unwrap_or_default());
        rest = rest.get(plain..).unwrap_or_default();
    }
    append_decoded(&mut out, charset, &bytes);
    out
}

struct Word<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
}

/// The encoded word that `text` begins with. It looks no further than the third `?`, so a text full of false beginnings
/// is still read in linear time.
fn word(text: &[u8]) -> Option<(Word<'_>, &[u8])> {
    let rest = text.strip_prefix(b"=?")?;
    let end = memchr(b'?', rest.get(..=MAX_CHARSET).unwrap_or(rest))?;
    let (charset, rest) = rest.split_at_checked(end)?;
    let language = memchr(b'*', charset).unwrap_or(charset.len());
    let charset = charset.get(..language)?;
    let [b'?', encoding, b'?', rest @ ..] = rest else {
        return None;
    };
    let (encoded, rest) = rest.split_at_checked(memchr(b'?', rest)?)?;
    let tail = rest.strip_prefix(b"?=")?;
    let mut bytes = Vec::new();
    match encoding {
        b'B' | b'b' => Base64::default().decode(encoded, &mut bytes),
        b'Q' | b'q' => append_q_decoded(encoded, &mut bytes),
        _ => return None,
    }
    Some((Word { charset, bytes }, tail))
}

/// The Q encoding (RFC 2047, section 4.2).
fn append_q_decoded(text: &[u8], out: &mut Vec<u8>) {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'_' { b' ' } else { *byte })
        .collect();
    append_unescaped(&spaced, b'=', out);
}

/// Appends bytes of a character set as UTF-8; those of an unknown set as they are.
pub fn append_decoded(out: &mut Vec<u8>, charset: &[u8], bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    match Encoding::for_label(charset) {
        Some(encoding) if encoding != encoding_rs::UTF_8 => {
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            out.extend_from_slice(text.as_bytes());
        }
        _ => out.extend_from_slice(bytes),
    }
}

/// One member of a list of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// As written, words decoded.
    pub text: Vec<u8>,
    /// The address alone.
    pub address: Vec<u8>,
}

/// Appends the mailboxes of a list until there are `limit`; false when some were left out.
pub fn append_mailboxes(value: &[u8], limit: usize, found: &mut Vec<Mailbox>) -> bool {
    let (mut is_quoted, mut is_escaped, mut comments, mut is_angle) = (false, false, 0_u32, false);
    let mut start = 0;
    for (at, byte) in value.iter().enumerate() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match byte {
            b'\\' => is_escaped = true,
            b'"' if comments == 0 => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'(' => comments = comments.saturating_add(1),
            b')' => comments = comments.saturating_sub(1),
            _ if comments > 0 => {}
            b'<' => is_angle = true,
            b'>' => is_angle = false,
            b',' | b';' if !is_angle => {
                if !append_mailbox(value.get(start..at).unwrap_or_default(), limit, found) {
                    return false;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    append_mailbox(value.get(start..).unwrap_or_default(), limit, found)
}

fn append_mailbox(text: &[u8], limit: usize, found: &mut Vec<Mailbox>) -> bool {
    let text = text.trim_ascii();
    if text.is_empty() {
        return true;
    }
    if found.len() >= limit {
        return false;
    }
    found.push(Mailbox {
        address: address(text),
        text: words(text),
    });
    true
}

/// The address in a mailbox: what stands in angle brackets, else all of it without comments.
fn address(text: &[u8]) -> Vec<u8> {
    let open = memchr::memrchr(b'<', text);
    let inside = open.and_then(|at| text.get(at + 1..));
    if let Some(inside) = inside {
        let end = memchr(b'>', inside).unwrap_or(inside.len());
        return inside.get(..end).unwrap_or_default().trim_ascii().to_vec();
    }
    let mut comments = 0_u32;
    let mut kept: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'(' => comments = comments.saturating_add(1),
            b')' => comments = comments.saturating_sub(1),
            _ if comments == 0 => kept.push(*byte),
            _ => {}
        }
    }
    let kept = kept.trim_ascii();
    // A group's name (`undisclosed-recipients:`) is no address.
    if kept.ends_with(b":") {
        return Vec::new();
    }
    kept.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_rfc_2047_section_8_decode() {
        for (text, expected) in [
            (&b"=?ISO-8859-1?Q?a?="[..], "a"),
            (b"=?ISO-8859-1?Q?a?= b", "a b"),
            (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            (b"=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=", "ab"),
            (b"=?ISO-8859-1?Q?a_b?=", "a b"),
            (b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            (b"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
            (b"=?utf-8?b?VGjDtG5nIGI=?= =?UTF-8?B?w6Fv?=", "Thông báo"),
            (b"=?utf-8?q?Th=C3?= =?utf-8?q?=B4ng?=", "Thông"),
            (b"=?windows-1258?Q?C=F4ng_v=E3n?=", "Công văn"),
            (b"a =?x?z?= =?utf-8?Q?", "a =?x?z?= =?utf-8?Q?"),
            (b"=?no-such-set?Q?abc?=", "abc"),
        ] {
            assert_eq!(String::from_utf8_lossy(&words(text)), expected);
        }
    }

    #[test]
    fn parameters_of_rfc_2231_are_joined_and_decoded() {
        let value = b"application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; \
                      title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"";
        assert_eq!(
            parameter(value, b"title").as_deref(),
            Some(&b"This is even more ***fun*** isn't it!"[..])
        );
        assert_eq!(
            parameter(b"x; name*=utf-8''b%C3%A1o.pdf", b"name").as_deref(),
            Some("báo.pdf".as_bytes())
        );
        assert_eq!(
            parameter(b"x; NAME = \"a\\\"b; c\" ; b=1", b"name").as_deref(),
            Some(&b"a\"b; c"[..])
        );
        assert_eq!(
            parameter(b"x; filename*0=one;\n filename*1=two", b"filename").as_deref(),
            Some(&b"onetwo"[..])
        );
        assert_eq!(parameter(b"x; filenames=1", b"filename"), None);
        assert_eq!(parameter(b"x", b"name"), None);
    }

    #[test]
    fn a_comma_inside_quotes_comments_or_brackets_divides_nothing() {
        let mut found = Vec::new();
        let value = b"\"jam,bread\" <j@a.vn>, (x,y) b@c.vn, undisclosed-recipients:;";
        assert!(append_mailboxes(value, 8, &mut found));
        let addresses: Vec<_> = found.iter().map(|one| one.address.as_slice()).collect();
        assert_eq!(addresses, [&b"j@a.vn"[..], b"b@c.vn", b""]);
        assert_eq!(found[0].text, b"\"jam,bread\" <j@a.vn>");
        assert!(!append_mailboxes(b"a,b,c", 5, &mut found));
    }
}
