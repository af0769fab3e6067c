//! Text that ends with a line of one dot (RFC 5321, section 4.1.1.4; RFC 1939, section 3), doubled dots undone.
//!
//! A dot counts as the end with CR LF or LF around it. Servers differ there, and a mail whose end is not the strict
//! one can smuggle a second mail past the first server (CVE-2023-51764): that is noted.

use memchr::memmem;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    LineStart,
    Dot,
    DotReturn,
    Inside,
}

/// What came of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The mail goes on.
    No,
    /// It ended; the flag tells whether by CR LF everywhere.
    Yes(bool),
}

/// Finds the end of a mail in bytes that come in any pieces.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    place: Place,
    is_strict_so_far: bool,
    last: u8,
    /// Whether a byte of the mail was seen.
    pub has_begun: bool,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            place: Place::LineStart,
            is_strict_so_far: true,
            last: b'\r',
            has_begun: false,
        }
    }
}

impl Data {
    /// Takes bytes up to the end of the mail, and hands its text to `pass`. Gives how many were used.
    pub fn take(&mut self, bytes: &[u8], mut pass: impl FnMut(&[u8])) -> (usize, Ended) {
        let mut at = 0;
        while let Some((byte, _)) = bytes.get(at..).and_then(<[u8]>::split_first) {
            self.has_begun = true;
            match (self.place, byte) {
                (Place::LineStart, b'.') => {
                    self.place = Place::Dot;
                    at += 1;
                }
                (Place::Dot, b'\r') => {
                    self.place = Place::DotReturn;
                    at += 1;
                }
                (Place::Dot, b'\n') => return (at + 1, Ended::Yes(false)),
                (Place::DotReturn, b'\n') => {
                    return (at + 1, Ended::Yes(self.is_strict_so_far));
                }
                (Place::DotReturn, _) => {
                    pass(b"\r");
                    self.last = b'\r';
                    self.place = Place::Inside;
                }
                _ => at += self.inside(bytes.get(at..).unwrap_or_default(), &mut pass),
            }
        }
        (at, Ended::No)
    }

    /// Bytes were lost: the next ones are in the middle of a line.
    pub fn gap(&mut self) {
        self.place = Place::Inside;
        self.has_begun = true;
    }

    /// Text up to the next line that begins with a dot.
    fn inside(&mut self, rest: &[u8], pass: &mut impl FnMut(&[u8])) -> usize {
        let end = memmem::find(rest, b"\n.").map_or(rest.len(), |at| at + 1);
        let text = rest.get(..end).unwrap_or_default();
        pass(text);
        if text.ends_with(b"\n") {
            let before = text.len().checked_sub(2).and_then(|at| text.get(at));
            // Only the line before the dot tells how the end is meant.
            self.is_strict_so_far = *before.unwrap_or(&self.last) == b'\r';
            self.place = Place::LineStart;
        } else {
            self.place = Place::Inside;
        }
        self.last = text.last().copied().unwrap_or(self.last);
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], piece: usize) -> (Vec<u8>, usize, Ended) {
        let (mut data, mut text, mut used) = (Data::default(), Vec::new(), 0);
        for part in bytes.chunks(piece) {
            let (taken, ended) = data.take(part, |bytes| text.extend_from_slice(bytes));
            used += taken;
            if ended != Ended::No {
                return (text, used, ended);
            }
        }
        (text, used, Ended::No)
    }

    #[test]
    fn the_end_is_found_and_dots_are_undone_wherever_the_stream_is_cut() {
        for (bytes, text, ended) in [
            (
                &b"a\r\n..b\r\n.\r\nQUIT\r\n"[..],
                &b"a\r\n.b\r\n"[..],
                Ended::Yes(true),
            ),
            (b".\r\n", b"", Ended::Yes(true)),
            (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n", Ended::Yes(true)),
            (b"a\n.\r\nMAIL", b"a\n", Ended::Yes(false)),
            (b"a\r\n.\nMAIL", b"a\r\n", Ended::Yes(false)),
            (b"a.\r\nb", b"a.\r\nb", Ended::No),
        ] {
            for piece in 1..=bytes.len() {
                let (read_text, used, read_ended) = read(bytes, piece);
                assert_eq!(
                    (read_text.as_slice(), read_ended),
                    (text, ended),
                    "pieces of {piece}"
                );
                if ended != Ended::No {
                    let end = bytes
                        .windows(2)
                        .rposition(|two| two == b"\n.")
                        .map_or(0, |at| at + 1);
                    let line = bytes[end..].iter().position(|byte| *byte == b'\n').unwrap();
                    assert_eq!(used, end + line + 1);
                }
            }
        }
    }
}
