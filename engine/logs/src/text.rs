//! Bytes of a log as text: NFC, and what is not UTF-8 stays visible as `\xNN`.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The bytes as NFC text; bytes that are not UTF-8 become `\xNN`.
#[must_use]
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(escaped(bytes)),
    };
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text;
    }
    Cow::Owned(text.nfc().collect())
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Behind this Dovecot writes what the user typed (or its hash), when told to, up to the closing bracket.
const SECRET: &str = "given password: ";

/// The line with passwords, where a program writes them, as `***`.
#[must_use]
pub fn without_secrets(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memmem::find(text.as_bytes(), SECRET.as_bytes()).is_none() {
        return text;
    }
    let mut clear = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((before, after)) = rest.split_once(SECRET) {
        clear.push_str(before);
        clear.push_str(SECRET);
        clear.push_str("***");
        // A password may hold brackets: the last one on the line closes.
        rest = after
            .rfind(')')
            .and_then(|at| after.get(at..))
            .unwrap_or_default();
    }
    clear.push_str(rest);
    Cow::Owned(clear)
}
