//! Words of IMAP (RFC 9051, section 4): atoms, quoted strings, literals (RFC 7888: with `+` nobody waits).

/// Words of one command that are kept.
const MAX_WORDS: usize = 32;

/// The length of the literal that a line ends with.
#[must_use]
pub fn literal(line: &[u8]) -> Option<u64> {
    let inside = line.strip_suffix(b"}")?;
    let open = memchr::memrchr(b'{', inside)?;
    let digits = inside.get(open + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then_some(())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A line without the mark of the literal at its end.
#[must_use]
pub fn before_literal(line: &[u8]) -> &[u8] {
    match memchr::memrchr(b'{', line) {
        Some(open) if line.ends_with(b"}") => line.get(..open).unwrap_or_default(),
        _ => line,
    }
}

/// Appends the words of a line: atoms with their brackets, strings without quotation marks.
pub fn append_words(line: &[u8], words: &mut Vec<Vec<u8>>) {
    let mut rest = line.trim_ascii();
    while !rest.is_empty() && words.len() < MAX_WORDS {
        let tail = match rest.strip_prefix(b"\"") {
            Some(inside) => quoted(inside, words),
            None => atom(rest, words),
        };
        rest = tail.trim_ascii_start();
    }
}

fn quoted<'a>(inside: &'a [u8], words: &mut Vec<Vec<u8>>) -> &'a [u8] {
    let mut word = Vec::new();
    let mut bytes = inside.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => word.extend(bytes.next().map(|(_, byte)| *byte)),
            b'"' => {
                words.push(word);
                return inside.get(at + 1..).unwrap_or_default();
            }
            _ => word.push(*byte),
        }
    }
    words.push(word);
    b""
}

/// An atom or a list: up to the space outside all brackets.
fn atom<'a>(rest: &'a [u8], words: &mut Vec<Vec<u8>>) -> &'a [u8] {
    let mut depth = 0_u32;
    let mut end = rest.len();
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'(' | b'[' => depth = depth.saturating_add(1),
            b')' | b']' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let (word, tail) = rest.split_at_checked(end).unwrap_or((rest, b""));
    words.push(word.to_vec());
    tail
}

/// What a literal of a FETCH response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A mail, or its header; the flag tells whether all of the mail.
    Mail(bool),
    /// Something else.
    Other,
}

/// The item before the literal in a line of the server.
#[must_use]
pub fn item(line: &[u8]) -> Item {
    let before = before_literal(line).trim_ascii_end().to_ascii_uppercase();
    let start = before.iter().rposition(|byte| matches!(byte, b' ' | b'('));
    let name = before
        .get(start.map_or(0, |at| at + 1)..)
        .unwrap_or_default();
    let name_end = memchr::memchr(b'<', name).unwrap_or(name.len());
    let is_part = name_end < name.len();
    match name.get(..name_end).unwrap_or_default() {
        b"BODY[]" | b"RFC822" | b"BINARY[]" => Item::Mail(!is_part),
        b"BODY[HEADER]" | b"RFC822.HEADER" => Item::Mail(false),
        _ => Item::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_literals_of_rfc_9051_are_read() {
        let mut words = Vec::new();
        append_words(
            b"fetch 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)]) \"a \\\"b\"",
            &mut words,
        );
        let texts: Vec<_> = words
            .iter()
            .map(|word| String::from_utf8_lossy(word))
            .collect();
        assert_eq!(
            texts,
            [
                "fetch",
                "2:4",
                "(FLAGS BODY[HEADER.FIELDS (DATE FROM)])",
                "a \"b"
            ]
        );
        assert_eq!(literal(b"a001 LOGIN {11}"), Some(11));
        assert_eq!(
            literal(b"A003 APPEND saved-messages (\\Seen) {326+}"),
            Some(326)
        );
        assert_eq!(literal(b"a {x}"), None);
        assert_eq!(literal(b"a {99999999999999999999}"), None);
        assert_eq!(item(b"* 12 FETCH (BODY[] {342}"), Item::Mail(true));
        assert_eq!(item(b"* 12 FETCH (BODY[]<0> {342}"), Item::Mail(false));
        assert_eq!(
            item(b"* 12 FETCH (FLAGS (\\Seen) RFC822.HEADER {342}"),
            Item::Mail(false)
        );
        assert_eq!(
            item(b"* 12 FETCH (BODY[HEADER.FIELDS (DATE)] {42}"),
            Item::Other
        );
    }

    #[test]
    fn open_brackets_without_end_cost_one_pass() {
        let mut words = Vec::new();
        append_words(&vec![b'('; 65_536], &mut words);
        assert_eq!(words.len(), 1);
    }
}
