//! Transfer encodings of mail, decoded line by line: base64 (RFC 2045, section 6.8), quoted-printable (section 6.7),
//! uuencode (POSIX.1).
//!
//! A decoder keeps at most a few bytes between lines.

/// Which encoding a part announces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// 7bit, 8bit, binary, or unknown.
    #[default]
    Identity,
    /// RFC 2045, section 6.8.
    Base64,
    /// RFC 2045, section 6.7.
    QuotedPrintable,
    /// `x-uuencode` and its other names.
    Unix,
}

impl Encoding {
    /// Reads `Content-Transfer-Encoding`.
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        let end = value
            .iter()
            .position(|byte| matches!(byte, b';' | b' ' | b'\t' | b'('))
            .unwrap_or(value.len());
        let word = value.get(..end).unwrap_or_default();
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        if is(b"base64") {
            Self::Base64
        } else if is(b"quoted-printable") {
            Self::QuotedPrintable
        } else if is(b"x-uuencode") || is(b"uuencode") || is(b"x-uue") || is(b"uue") {
            Self::Unix
        } else {
            Self::Identity
        }
    }
}

/// Base64 on its way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Base64 {
    word: u32,
    bits: u32,
    /// Whether a byte was seen that does not belong.
    pub is_broken: bool,
}

impl Base64 {
    /// Decodes letters into `out`; others are passed over (RFC 2045 says so) and noted.
    pub fn decode(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for letter in text {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'a'..=b'z' => letter - b'a' + 26,
                b'0'..=b'9' => letter - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    // The end of a quantum: whatever follows begins a new one.
                    self.word = 0;
                    self.bits = 0;
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                _ => {
                    self.is_broken = true;
                    continue;
                }
            };
            self.word = (self.word << 6 | u32::from(value)) & 0x00ff_ffff;
            self.bits += 6;
            if self.bits >= 8 {
                self.bits -= 8;
                out.push(u8::try_from(self.word >> self.bits & 0xff).unwrap_or(0));
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
enum Escape {
    #[default]
    No,
    Equals,
    Digit(u8),
}

/// Quoted-printable on its way.
#[derive(Clone, Debug, Default)]
pub struct QuotedPrintable {
    pending: Escape,
    /// White space that counts only when something follows it.
    blanks: Vec<u8>,
    /// Whether `=` was followed by something else than two digits or a line's end.
    pub is_broken: bool,
}

/// Longest run of white space that is kept until the line goes on; a longer one is taken as text.
const MAX_BLANKS: usize = 1_024;

impl QuotedPrintable {
    /// Decodes a piece of a line, without its end, into `out`.
    pub fn decode(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text {
            self.byte(*byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.pending, byte) {
            (Escape::No, b'=') => {
                out.append(&mut self.blanks);
                self.pending = Escape::Equals;
            }
            (Escape::No, b' ' | b'\t') => {
                if self.blanks.len() >= MAX_BLANKS {
                    out.append(&mut self.blanks);
                }
                self.blanks.push(byte);
            }
            (Escape::No, _) => {
                out.append(&mut self.blanks);
                out.push(byte);
            }
            // White space between `=` and the line's end is transport padding.
            (Escape::Equals, b' ' | b'\t') => {}
            (Escape::Equals, _) => match digit(byte) {
                Some(_) => self.pending = Escape::Digit(byte),
                None => {
                    self.broken(&[b'=', byte], out);
                }
            },
            (Escape::Digit(high), _) => match (digit(high), digit(byte)) {
                (Some(first), Some(second)) => {
                    self.pending = Escape::No;
                    out.push(first << 4 | second);
                }
                _ => self.broken(&[b'=', high, byte], out),
            },
        }
    }

    fn broken(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.is_broken = true;
        self.pending = Escape::No;
        out.extend_from_slice(bytes);
    }

    /// The line ends. False when that is a soft break, which joins it with the next.
    pub fn end_line(&mut self, out: &mut Vec<u8>) -> bool {
        self.blanks.clear();
        match std::mem::take(&mut self.pending) {
            Escape::Equals => false,
            Escape::Digit(digit) => {
                self.broken(&[b'=', digit], out);
                true
            }
            Escape::No => true,
        }
    }
}

/// The value of a hexadecimal digit.
#[must_use]
pub fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// The name in `begin 644 name`, the line before uuencoded data.
#[must_use]
pub fn unix_begin(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let space = memchr::memchr(b' ', rest)?;
    let (mode, name) = rest.split_at_checked(space)?;
    let is_mode =
        matches!(mode.len(), 3 | 4) && mode.iter().all(|byte| matches!(byte, b'0'..=b'7'));
    let name = name.trim_ascii();
    (is_mode && !name.is_empty()).then_some(name)
}

/// Decodes one line of uuencoded data: a length and letters from space (or backquote) on.
pub fn unix_line(line: &[u8], out: &mut Vec<u8>) {
    let Some((first, letters)) = line.split_first() else {
        return;
    };
    let value = |letter: &u8| letter.wrapping_sub(b' ') & 63;
    let mut left = usize::from(value(first));
    for group in letters.chunks(4) {
        let mut word = 0_u32;
        for place in 0..4 {
            word = word << 6
                | group
                    .get(place)
                    .map_or(0, |letter| u32::from(value(letter)));
        }
        let [_, bytes @ ..] = word.to_be_bytes();
        let taken = left.min(3);
        out.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        left -= taken;
        if left == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(lines: &[&[u8]]) -> Vec<u8> {
        let (mut decoder, mut out) = (QuotedPrintable::default(), Vec::new());
        for line in lines {
            decoder.decode(line, &mut out);
            if decoder.end_line(&mut out) {
                out.extend_from_slice(b"\r\n");
            }
        }
        out
    }

    #[test]
    fn base64_decodes_the_vectors_of_rfc_4648() {
        for (text, expected) in [
            (&b"Zg=="[..], &b"f"[..]),
            (b"Zm8=", b"fo"),
            (b"Zm9v", b"foo"),
            (b"Zm9vYmE=", b"fooba"),
            (b"Zm9v YmFy", b"foobar"),
            (b"Zg==Zm8=", b"ffo"),
        ] {
            let (mut decoder, mut out) = (Base64::default(), Vec::new());
            for letter in text {
                decoder.decode(&[*letter], &mut out);
            }
            assert_eq!((out.as_slice(), decoder.is_broken), (expected, false));
        }
    }

    #[test]
    fn quoted_printable_joins_soft_breaks_and_drops_blanks_at_line_ends() {
        // RFC 2045, section 6.7, rule 5.
        assert_eq!(
            quoted(&[
                b"Now's the time =",
                b"for all folk to come=",
                b" to the aid of their country."
            ]),
            b"Now's the time for all folk to come to the aid of their country.\r\n"
        );
        assert_eq!(
            quoted(&[b"a=3D=C3=AA  \t", b"b"]),
            "a=ê\r\nb\r\n".as_bytes()
        );
        assert_eq!(quoted(&[b"=zz"]), b"=zz\r\n");
    }

    #[test]
    fn uuencoded_lines_decode() {
        let mut out = Vec::new();
        unix_line(b"#0V%T", &mut out);
        assert_eq!(out, b"Cat");
        assert_eq!(unix_begin(b"begin 644 cat.txt"), Some(&b"cat.txt"[..]));
        assert_eq!(unix_begin(b"begin the day with"), None);
    }
}
