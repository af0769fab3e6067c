//! Hostile bytes as JSON text: NFC, control characters escaped, bytes that are not UTF-8 as `\xNN`.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

const HEX: [u8; 16] = *b"0123456789abcdef";

/// Appends `value` between quotes, at most `limit` bytes of output (more only by the closing quote). Tells whether
/// everything went in. A cut never falls inside a character or an escape.
pub fn append(out: &mut Vec<u8>, value: &[u8], limit: usize) -> bool {
    out.push(b'"');
    let whole = if value.len() <= limit && is_all_plain(value) {
        out.extend_from_slice(value);
        true
    } else {
        let end = out.len().saturating_add(limit);
        append_slowly(out, value, end)
    };
    out.push(b'"');
    whole
}

/// Without a way out of the loop, so that many bytes are looked at together.
fn is_all_plain(value: &[u8]) -> bool {
    value.iter().fold(true, |all, byte| all & is_plain(*byte))
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\'
}

fn append_slowly(out: &mut Vec<u8>, value: &[u8], end: usize) -> bool {
    for chunk in value.utf8_chunks() {
        if !append_valid(out, chunk.valid(), end) {
            return false;
        }
        for byte in chunk.invalid() {
            if !append_escape(out, b"\\\\x", *byte, end) {
                return false;
            }
        }
    }
    true
}

fn append_valid(out: &mut Vec<u8>, text: &str, end: usize) -> bool {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        append_composed(out, text, end)
    } else {
        text.nfc()
            .all(|character| append_character(out, character, end))
    }
}

/// Runs of characters that stay as they are go in at once.
fn append_composed(out: &mut Vec<u8>, text: &str, end: usize) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.bytes().position(is_escaped).unwrap_or(rest.len());
        let room = end.saturating_sub(out.len());
        let run = plain.min(rest.floor_char_boundary(room));
        out.extend_from_slice(rest.as_bytes().get(..run).unwrap_or_default());
        if run < plain {
            return false;
        }
        let mut behind = rest.get(run..).unwrap_or_default().chars();
        if let Some(character) = behind.next()
            && !append_character(out, character, end)
        {
            return false;
        }
        rest = behind.as_str();
    }
    true
}

fn is_escaped(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\' | 0x7f)
}

fn append_character(out: &mut Vec<u8>, character: char, end: usize) -> bool {
    match character {
        '"' => append_bytes(out, b"\\\"", end),
        '\\' => append_bytes(out, b"\\\\", end),
        '\n' => append_bytes(out, b"\\n", end),
        '\r' => append_bytes(out, b"\\r", end),
        '\t' => append_bytes(out, b"\\t", end),
        '\0'..='\x1f' | '\x7f' => {
            append_escape(out, b"\\u00", u8::try_from(character).unwrap_or(0), end)
        }
        _ => append_bytes(out, character.encode_utf8(&mut [0; 4]).as_bytes(), end),
    }
}

fn append_escape(out: &mut Vec<u8>, prefix: &[u8], byte: u8, end: usize) -> bool {
    let [high, low] = hex(byte);
    if out.len() + prefix.len() + 2 > end {
        return false;
    }
    out.extend_from_slice(prefix);
    out.extend_from_slice(&[high, low]);
    true
}

fn append_bytes(out: &mut Vec<u8>, bytes: &[u8], end: usize) -> bool {
    if out.len() + bytes.len() > end {
        return false;
    }
    out.extend_from_slice(bytes);
    true
}

/// The two lower-case hexadecimal digits of a byte.
#[must_use]
pub fn hex(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    [digit(byte >> 4), digit(byte & 15)]
}

/// Appends `bytes` in hexadecimal, lower case.
pub fn append_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.extend_from_slice(&hex(*byte));
    }
}

#[cfg(test)]
mod tests {
    use super::append;

    fn text(value: &[u8], limit: usize) -> (String, bool) {
        let mut out = Vec::new();
        let whole = append(&mut out, value, limit);
        (String::from_utf8(out).expect("the output is UTF-8"), whole)
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped_and_kept() {
        assert_eq!(
            text(b"a\xff\x80b\"\\\n\x01", 100),
            (r#""a\\xff\\x80b\"\\\n\u0001""#.to_owned(), true)
        );
    }

    #[test]
    fn what_needs_no_escape_goes_in_as_it_is_around_what_does() {
        assert_eq!(
            text("Khiên \"a\"\u{7f}ấ\n".as_bytes(), 100),
            ("\"Khiên \\\"a\\\"\\u007fấ\\n\"".to_owned(), true)
        );
        for limit in 0..8 {
            let (cut, is_whole) = text("a\"ấbc".as_bytes(), limit);
            let whole = ["", "a", "a", "a\\\"", "a\\\"", "a\\\"", "a\\\"ấ", "a\\\"ấb"];
            assert_eq!((cut, is_whole), (format!("\"{}\"", whole[limit]), false));
        }
    }

    #[test]
    fn text_is_composed() {
        assert_eq!(
            text("Khie\u{302}n".as_bytes(), 100),
            ("\"Khiên\"".to_owned(), true)
        );
    }

    #[test]
    fn a_cut_never_falls_inside_a_character_or_an_escape() {
        assert_eq!(text("aaê".as_bytes(), 3), ("\"aa\"".to_owned(), false));
        assert_eq!(text(b"aa\xff", 6), ("\"aa\"".to_owned(), false));
        assert_eq!(text(b"aaaa", 3), ("\"aaa\"".to_owned(), false));
    }
}
