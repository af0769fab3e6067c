//! Lines of command protocols (SMTP, POP3, IMAP, FTP), put together from whatever pieces a stream comes in.
//!
//! Every byte is looked at once: the beginning of an unfinished line is kept here, never asked for again. A line
//! longer than the limit (setting `max_line`) is cut; what was cut off is counted, not kept.

use memchr::memchr;

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its bytes, at most the limit.
    pub text: &'a [u8],
    /// Whether bytes were cut off.
    pub is_cut: bool,
    /// Whether it ended with CR LF, as it should, and not with LF alone.
    pub is_strict: bool,
}

/// Puts lines together.
#[derive(Debug, Default)]
pub struct Lines {
    kept: Vec<u8>,
    limit: usize,
    is_cut: bool,
    /// The last byte seen of an unfinished line was a CR.
    has_return: bool,
    is_given: bool,
}

impl Lines {
    /// Keeps at most `limit` bytes of a line.
    #[must_use]
    pub fn within(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        self.kept.capacity()
    }

    /// Forgets an unfinished line: bytes of it were lost.
    pub fn reset(&mut self) {
        self.kept.clear();
        self.is_cut = false;
        self.has_return = false;
        self.is_given = false;
    }

    /// Takes bytes up to the end of a line. Gives how many, and the line if it ended.
    pub fn take<'a>(&'a mut self, bytes: &'a [u8]) -> (usize, Option<Line<'a>>) {
        if self.is_given {
            self.reset();
        }
        let Some(at) = memchr(b'\n', bytes) else {
            self.keep(bytes);
            return (bytes.len(), None);
        };
        let head = bytes.get(..at).unwrap_or_default();
        if self.kept.is_empty() && !self.is_cut && !self.has_return {
            // The usual case: a whole line in one piece, nothing copied.
            let (text, is_strict) = strip(head);
            let cut = text.get(..self.limit);
            let line = Line {
                text: cut.unwrap_or(text),
                is_cut: cut.is_some() && text.len() > self.limit,
                is_strict,
            };
            return (at + 1, Some(line));
        }
        self.keep(head);
        self.is_given = true;
        let line = Line {
            text: &self.kept,
            is_cut: self.is_cut,
            is_strict: self.has_return,
        };
        (at + 1, Some(line))
    }

    /// Keeps part of a line; a CR at its end waits for what follows, as it may be half of the line's end.
    fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if std::mem::take(&mut self.has_return) {
            self.append(b"\r");
        }
        let (text, has_return) = strip(bytes);
        self.append(text);
        self.has_return = has_return;
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.kept.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.is_cut |= taken.len() < bytes.len();
        self.kept.extend_from_slice(taken);
    }
}

fn strip(line: &[u8]) -> (&[u8], bool) {
    match line.strip_suffix(b"\r") {
        Some(text) => (text, true),
        None => (line, false),
    }
}

/// A command's verb and what follows it after one space.
#[must_use]
pub fn verb(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii_start();
    let end = line
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(line.len());
    let (verb, rest) = line.split_at_checked(end).unwrap_or((line, b""));
    (verb, rest.trim_ascii_start())
}

/// The code of a reply of three digits, whether more lines follow, and the text.
#[must_use]
pub fn reply(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (code, rest) = line.split_first_chunk::<3>()?;
    let code = code.iter().try_fold(0_u16, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + u16::from(digit - b'0'))
    })?;
    match rest.split_first() {
        None => Some((code, false, b"")),
        Some((b'-', text)) => Some((code, true, text)),
        Some((b' ', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

/// Whether `line` is a prefix of a word of `words`, or begins with one that ends there; `None` when it may become one.
#[must_use]
pub fn begins_with_verb(bytes: &[u8], words: &[&[u8]]) -> Option<bool> {
    // A word that is longer than the longest is none of them: no more needs to be looked at.
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let bytes = bytes.get(..=longest).unwrap_or(bytes);
    let line = bytes
        .get(..memchr(b'\n', bytes).unwrap_or(bytes.len()))
        .unwrap_or_default();
    let is_whole = line.len() < bytes.len();
    let end = line
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let word = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
    if end.is_some() || is_whole {
        return Some(words.iter().any(|known| known.eq_ignore_ascii_case(word)));
    }
    let may_become = words.iter().any(|known| {
        known
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    });
    if may_become { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]], limit: usize) -> Vec<(Vec<u8>, bool, bool)> {
        let mut scanner = Lines::default().within(limit);
        let mut found = Vec::new();
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let (used, line) = scanner.take(rest);
                if let Some(line) = line {
                    found.push((line.text.to_vec(), line.is_cut, line.is_strict));
                }
                rest = &rest[used..];
            }
        }
        found
    }

    #[test]
    fn lines_are_the_same_wherever_the_stream_is_cut() {
        let text = b"EHLO a\r\n\r\nno return\nRSET\r\r\nabcdefghijk\r\n";
        let whole = lines(&[text], 8);
        assert_eq!(whole.len(), 5);
        assert_eq!(whole[3], (b"RSET\r".to_vec(), false, true));
        assert_eq!(whole[4], (b"abcdefgh".to_vec(), true, true));
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            assert_eq!(lines(&[head, tail], 8), whole, "cut at {at}");
        }
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(lines(&single, 8), whole);
    }

    #[test]
    fn an_endless_line_keeps_no_more_than_the_limit() {
        let mut scanner = Lines::default().within(4_096);
        for _ in 0..10_000 {
            assert_eq!(scanner.take(&[b'A'; 100]).0, 100);
        }
        assert!(scanner.held() <= 8_192);
    }

    #[test]
    fn replies_have_three_digits() {
        assert_eq!(
            reply(b"250-PIPELINING"),
            Some((250, true, &b"PIPELINING"[..]))
        );
        assert_eq!(reply(b"250"), Some((250, false, &b""[..])));
        assert_eq!(reply(b"25x no"), None);
        assert_eq!(reply(b"2500"), None);
    }

    #[test]
    fn a_verb_may_still_be_growing() {
        let words: &[&[u8]] = &[b"EHLO", b"HELO"];
        assert_eq!(begins_with_verb(b"eh", words), None);
        assert_eq!(begins_with_verb(b"ehlo x", words), Some(true));
        assert_eq!(begins_with_verb(b"ehlox", words), Some(false));
        assert_eq!(begins_with_verb(b"HELO\n", words), Some(true));
        assert_eq!(begins_with_verb(b"HEL\n", words), Some(false));
        assert_eq!(begins_with_verb(b"EHLOEHLO", words), Some(false));
    }
}
