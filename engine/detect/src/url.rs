//! Percent-decoding (RFC 3986, section 2.1): how a URL that hides its letters is read a second time.

use std::borrow::Cow;

/// The text with each `%HH` as its byte, once; bytes that make no UTF-8 become U+FFFD. `None` without any.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let first = memchr::memchr_iter(b'%', bytes).find(|at| escape(bytes, *at).is_some())?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(bytes.get(..first)?);
    let mut at = first;
    while let Some(byte) = bytes.get(at) {
        if let Some(value) = escape(bytes, at) {
            out.push(value);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    Some(match String::from_utf8_lossy(&out) {
        Cow::Borrowed(_) => String::from_utf8(out).ok()?,
        Cow::Owned(lossy) => lossy,
    })
}

fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    if bytes.get(at) != Some(&b'%') {
        return None;
    }
    let high = digit(bytes.get(at + 1)?)?;
    let low = digit(bytes.get(at + 2)?)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn escapes_are_read_once() {
        for (text, expected) in [
            ("/a%2e%2E/b", Some("/a../b")),
            ("/%252e", Some("/%2e")),
            ("/t%E1%BA%BFp", Some("/tếp")),
            ("100%", None),
            ("%zz%4", None),
            ("%zz%41", Some("%zzA")),
            ("%ff", Some("\u{FFFD}")),
            ("%e1%ba!", Some("\u{FFFD}!")),
            ("", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
