//! Where a body of HTTP/1 ends (RFC 9112, sections 6 and 7), read as clients read what servers really send.

use memchr::memchr;

use super::http_field::{Fields, holds};
use crate::bytes::count;

/// Longest line of a chunk size or trailer.
const MAX_CHUNK_LINE: usize = 4_096;
/// Empty lines before a chunk size that are stepped over.
const MAX_EMPTY_LINES: u8 = 16;

/// What the fields say about where a body ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct FramingFields {
    /// `Content-Length`; the last one counts.
    pub length: Option<u64>,
    /// `Transfer-Encoding` names chunks.
    pub is_chunked: bool,
    /// Two lengths that differ, or a length that is none.
    pub is_ambiguous: bool,
    /// More than one length.
    pub is_repeated: bool,
}

impl FramingFields {
    /// Looks at all fields.
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        let mut framing = Self::default();
        for value in fields.all(b"content-length") {
            let length = length(value);
            framing.is_repeated |= framing.length.is_some();
            framing.is_ambiguous |=
                length.is_none() || (framing.length.is_some() && framing.length != length);
            framing.length = length.or(framing.length);
        }
        framing.is_chunked = fields
            .all(b"transfer-encoding")
            .any(|value| holds(value, b"chunked"));
        framing.is_ambiguous |= framing.is_chunked && framing.length.is_some();
        framing
    }

    /// How the body is delimited.
    #[must_use]
    pub fn framing(&self) -> Framing {
        if self.is_chunked {
            Framing::Chunked(Chunk::First)
        } else {
            self.without_chunks()
        }
    }

    /// How it is when what claims to be chunks is none.
    #[must_use]
    pub fn without_chunks(&self) -> Framing {
        self.length.map_or(Framing::UntilClose, Framing::Length)
    }
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body.
    Empty,
    /// After this many more bytes.
    Length(u64),
    /// Chunk by chunk.
    Chunked(Chunk),
    /// With the connection, or the stream of HTTP/2.
    UntilClose,
}

/// Place in a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Before the first size: what follows may turn out not to be chunks.
    First,
    /// Before a size.
    Size,
    /// Inside data; this much is left.
    Data(u64),
    /// Before the line end after data.
    DataEnd,
    /// Among trailers.
    Trailer,
}

/// What lies at the start of the bytes of a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes of content.
    Data(usize),
    /// So many bytes of framing.
    Frame(usize),
    /// A trailer field of so many bytes.
    Trailer(usize),
    /// Too few bytes to tell.
    More,
    /// The body ends after so many bytes of framing.
    Over(usize),
    /// These are no chunks, though the header said so.
    NoChunks,
    /// The framing is broken beyond repair.
    Broken,
}

/// Follows the framing of one body.
#[derive(Debug)]
pub struct Delimiter {
    framing: Framing,
    fallback: Framing,
    scanned: usize,
    empty_lines: u8,
    /// Whether a chunk had an extension.
    pub has_extension: bool,
    /// Whether chunks were framed in a way that not everybody understands.
    pub is_irregular: bool,
}

impl Delimiter {
    /// Begins a body.
    #[must_use]
    pub fn new(framing: Framing, fallback: Framing) -> Self {
        Self {
            framing,
            fallback,
            scanned: 0,
            empty_lines: 0,
            has_extension: false,
            is_irregular: false,
        }
    }

    /// Whether the end of the connection is the regular end of the body.
    #[must_use]
    pub fn ends_with_connection(&self) -> bool {
        self.framing == Framing::UntilClose
    }

    /// What the next bytes are. Counts them as passed.
    pub fn next(&mut self, bytes: &[u8]) -> Piece {
        match self.framing {
            Framing::Empty | Framing::Length(0) => Piece::Over(0),
            _ if bytes.is_empty() => Piece::More,
            Framing::UntilClose => Piece::Data(bytes.len()),
            Framing::Length(left) => {
                let used = within(bytes, left);
                self.framing = Framing::Length(left - count(used));
                Piece::Data(used)
            }
            Framing::Chunked(Chunk::Data(left)) => {
                let used = within(bytes, left);
                let left = left - count(used);
                self.framing = Framing::Chunked(if left == 0 {
                    Chunk::DataEnd
                } else {
                    Chunk::Data(left)
                });
                Piece::Data(used)
            }
            Framing::Chunked(chunk) => self.line(chunk, bytes),
        }
    }

    /// `length` bytes are lost: how many of them were content, and whether the framing can still be followed.
    pub fn gap(&mut self, length: u64) -> (u64, bool) {
        let left = match self.framing {
            Framing::Length(left) | Framing::Chunked(Chunk::Data(left)) => left,
            Framing::UntilClose => u64::MAX,
            _ => 0,
        };
        let inside = length.min(left);
        match self.framing {
            Framing::Length(_) => self.framing = Framing::Length(left - inside),
            Framing::Chunked(Chunk::Data(_)) => {
                self.framing = Framing::Chunked(Chunk::Data(left - inside));
            }
            _ => {}
        }
        (inside, inside == length)
    }

    fn line(&mut self, chunk: Chunk, bytes: &[u8]) -> Piece {
        // What begins with anything but a digit or an empty line was never a chunk.
        if chunk == Chunk::First && !may_be_size(bytes) {
            self.framing = self.fallback;
            self.is_irregular = true;
            return Piece::NoChunks;
        }
        let from = std::mem::take(&mut self.scanned);
        let newline = bytes
            .get(from..)
            .and_then(|rest| memchr(b'\n', rest))
            .map(|at| at + from);
        let Some(newline) = newline else {
            if bytes.len() > MAX_CHUNK_LINE {
                return Piece::Broken;
            }
            self.scanned = bytes.len();
            return Piece::More;
        };
        let line = bytes.get(..newline).unwrap_or_default().trim_ascii_end();
        let used = newline + 1;
        match chunk {
            Chunk::DataEnd if line.is_empty() => self.go_on(Chunk::Size, used),
            Chunk::Trailer if line.is_empty() => Piece::Over(used),
            Chunk::Trailer => Piece::Trailer(used),
            Chunk::First | Chunk::Size if line.is_empty() => {
                self.is_irregular = true;
                self.empty_lines = self.empty_lines.saturating_add(1);
                if self.empty_lines > MAX_EMPTY_LINES {
                    return Piece::Broken;
                }
                self.go_on(chunk, used)
            }
            // Some servers leave out the line end after data: then this is the next size.
            _ => self.size(line, used),
        }
    }

    fn size(&mut self, line: &[u8], used: usize) -> Piece {
        let Some((size, rest)) = chunk_size(line) else {
            return Piece::Broken;
        };
        self.has_extension |= rest.first() == Some(&b';');
        self.is_irregular |= !rest.is_empty() && rest.first() != Some(&b';');
        self.go_on(
            if size == 0 {
                Chunk::Trailer
            } else {
                Chunk::Data(size)
            },
            used,
        )
    }

    fn go_on(&mut self, chunk: Chunk, used: usize) -> Piece {
        self.framing = Framing::Chunked(chunk);
        Piece::Frame(used)
    }
}

fn within(bytes: &[u8], left: u64) -> usize {
    bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))
}

fn may_be_size(bytes: &[u8]) -> bool {
    match bytes.trim_ascii_start() {
        [first, ..] => first.is_ascii_hexdigit(),
        [] => true,
    }
}

/// The digits at the start of a line, and what follows them. Clients stop at the first letter that is no digit.
fn chunk_size(line: &[u8]) -> Option<(u64, &[u8])> {
    let text = line.trim_ascii_start();
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_hexdigit())
        .unwrap_or(text.len());
    let digits = text.get(..end).unwrap_or_default();
    let digits = digits
        .get(digits.iter().take_while(|byte| **byte == b'0').count()..)
        .unwrap_or_default();
    if end == 0 || digits.len() > 16 {
        return None;
    }
    let size = digits.iter().try_fold(0_u64, |size, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        size.checked_mul(16)?.checked_add(u64::from(digit))
    })?;
    Some((size, text.get(end..).unwrap_or_default().trim_ascii_start()))
}

/// A decimal length; `None` when it is none or does not fit.
fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content of a body that comes in pieces of `step` bytes, and what ended it.
    fn content(head: &[u8], body: &[u8], step: usize) -> (Vec<u8>, Piece) {
        let fields = FramingFields::read(&Fields::read(head));
        let mut delimiter = Delimiter::new(fields.framing(), fields.without_chunks());
        let (mut at, mut end, mut content) = (0, step.min(body.len()), Vec::new());
        loop {
            let piece = delimiter.next(&body[at..end]);
            match piece {
                Piece::Data(used) => {
                    content.extend_from_slice(&body[at..at + used]);
                    at += used;
                }
                Piece::Frame(used) | Piece::Trailer(used) => at += used,
                Piece::NoChunks => {}
                Piece::More if end < body.len() => end = (end + step).min(body.len()),
                piece => return (content, piece),
            }
        }
    }

    // The body of RFC 9112's example of chunked coding, with an extension and a trailer.
    #[test]
    fn chunks_are_joined_however_they_are_cut() {
        let body = b"4;a=b\r\nWiki\r\n7\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\nX: y\r\n\r\n";
        for step in 1..body.len() {
            let (content, end) = content(b"Transfer-Encoding: chunked\r\n", body, step);
            assert_eq!(content, b"Wikipedia in \r\nchunks.", "{step}");
            assert_eq!(end, Piece::Over(2), "{step}");
        }
    }

    #[test]
    fn what_does_not_look_like_chunks_is_the_body_itself() {
        let head = b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n";
        assert_eq!(
            content(head, b"X5O!P rest", 100),
            (b"X5O!P".to_vec(), Piece::Over(0))
        );
        let (text, end) = content(b"Transfer-Encoding: chunked\r\n", b"X5O!P", 100);
        assert_eq!((&text[..], end), (&b"X5O!P"[..], Piece::More));
    }

    #[test]
    fn sizes_are_read_up_to_the_first_strange_letter_and_never_overflow() {
        assert_eq!(chunk_size(b"fx"), Some((15, &b"x"[..])));
        assert_eq!(
            chunk_size(b"00000000000000000000A ; q"),
            Some((10, &b"; q"[..]))
        );
        assert_eq!(chunk_size(b"ffffffffffffffff"), Some((u64::MAX, &b""[..])));
        assert_eq!(chunk_size(b"10000000000000000"), None);
        assert_eq!(chunk_size(b"-1"), None);
    }

    #[test]
    fn lengths_that_disagree_are_told() {
        let read = |block: &[u8]| FramingFields::read(&Fields::read(block));
        let twice = read(b"Content-Length: 5\r\nContent-Length: 6\r\n");
        assert!(twice.is_ambiguous && twice.is_repeated);
        let same = read(b"Content-Length: 5\r\nContent-Length: 5\r\n");
        assert!(!same.is_ambiguous && same.is_repeated);
        assert!(read(b"Content-Length: 99999999999999999999\r\n").is_ambiguous);
    }

    #[test]
    fn a_gap_inside_content_is_bridged_and_one_over_its_end_is_not() {
        let mut delimiter = Delimiter::new(Framing::Length(10), Framing::UntilClose);
        assert_eq!(delimiter.next(b"abc"), Piece::Data(3));
        assert_eq!(delimiter.gap(5), (5, true));
        assert_eq!(delimiter.gap(5), (2, false));
        assert_eq!(delimiter.next(b"next"), Piece::Over(0));
    }
}
