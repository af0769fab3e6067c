//! Header fields of HTTP (RFC 9110, section 5): kept in the order they came, in one block of memory.

use memchr::memchr;

use crate::bytes::count;

/// Fields of one message that are kept.
const MAX_FIELDS: usize = 512;
/// Fields of one message that are looked at in a block of text.
const MAX_LINES: usize = 4_096;

/// A header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Name as sent.
    pub name: &'a [u8],
    /// Value without outer space; a folded one keeps its line ends inside.
    pub value: &'a [u8],
}

/// Where a field lies in the block: start of the name, of the value, and one past it.
#[derive(Clone, Copy, Debug)]
struct Span {
    name: u32,
    value: u32,
    end: u32,
}

/// The fields of one message.
#[derive(Debug, Default)]
pub struct Fields {
    text: Vec<u8>,
    spans: Vec<Span>,
    /// Fields that did not fit.
    pub left_out: usize,
    /// Lines that were no field.
    pub malformed: usize,
}

impl Fields {
    /// The fields of a block of text, up to the empty line.
    #[must_use]
    pub fn read(block: &[u8]) -> Self {
        let mut fields = Self::default();
        let separator = Separator::of(block);
        fields.text.reserve(block.len());
        let mut rest = block;
        for _ in 0..MAX_LINES {
            let end = separator.field_end(rest);
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, b""));
            let text = line.trim_ascii();
            if text.is_empty() {
                return fields;
            }
            rest = after;
            match memchr(b':', text) {
                Some(colon) => fields.push(
                    text.get(..colon).unwrap_or_default().trim_ascii(),
                    text.get(colon + 1..).unwrap_or_default().trim_ascii(),
                ),
                None => fields.malformed += 1,
            }
        }
        fields.left_out += 1;
        fields
    }

    /// Adds a field.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        let place = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        if self.spans.len() >= MAX_FIELDS {
            self.left_out += 1;
            return;
        }
        let start = place(self.text.len());
        self.text.extend_from_slice(name);
        let middle = place(self.text.len());
        self.text.extend_from_slice(value);
        self.spans.push(Span {
            name: start,
            value: middle,
            end: place(self.text.len()),
        });
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.spans.iter().map(|span| Field {
            name: self.part(span.name, span.value),
            value: self.part(span.value, span.end),
        })
    }

    /// The values of every field of this name, in order.
    pub fn all<'a>(&'a self, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value)
    }

    /// The value of the first field of this name, empty when there is none.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> &[u8] {
        self.all(name).next().unwrap_or_default()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.text
            .capacity()
            .saturating_add(self.spans.capacity() * size_of::<Span>())
    }

    /// Bytes of names and values.
    #[must_use]
    pub fn size(&self) -> u64 {
        count(self.text.len())
    }

    fn part(&self, from: u32, to: u32) -> &[u8] {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        self.text.get(place(from)..place(to)).unwrap_or_default()
    }
}

/// What ends a line: a sender whose start line held a bare carriage return ends all its lines with one.
#[derive(Clone, Copy)]
enum Separator {
    NewLine,
    CarriageReturn,
}

impl Separator {
    fn of(block: &[u8]) -> Self {
        // A block that was cut at its first newline begins with a field; see `start_line_end`.
        let first = block
            .get(..memchr(b'\n', block).unwrap_or(block.len()))
            .unwrap_or_default();
        let inside = first.strip_suffix(b"\r").unwrap_or(first);
        let fields = inside
            .split(|byte| *byte == b'\r')
            .filter(|line| memchr(b':', line).is_some())
            .count();
        if fields > 1 && memchr(b'\r', inside).is_some() {
            Self::CarriageReturn
        } else {
            Self::NewLine
        }
    }

    /// Where the first field ends, lines that continue it included.
    fn field_end(self, bytes: &[u8]) -> usize {
        let mut end = 0;
        loop {
            let rest = bytes.get(end..).unwrap_or_default();
            let next = match self {
                Self::NewLine => memchr(b'\n', rest),
                Self::CarriageReturn => memchr::memchr2(b'\r', b'\n', rest),
            };
            let Some(next) = next else {
                return bytes.len();
            };
            end += next + 1;
            if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
                return end;
            }
        }
    }
}

/// One past the start line: its newline, or a bare carriage return that a field follows.
#[must_use]
pub fn start_line_end(head: &[u8]) -> usize {
    let newline = memchr(b'\n', head).map_or(head.len(), |at| at + 1);
    let line = head.get(..newline).unwrap_or_default();
    match memchr(b'\r', line) {
        Some(at)
            if at + 2 < newline && memchr(b':', line.get(at..).unwrap_or_default()).is_some() =>
        {
            at + 1
        }
        _ => newline,
    }
}

/// A parameter of a field such as `filename` in `attachment; filename="a.php"`.
#[must_use]
pub fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    while let Some(semicolon) = memchr(b';', rest) {
        rest = rest.get(semicolon + 1..)?.trim_ascii_start();
        let Some(equals) = memchr(b'=', rest) else {
            continue;
        };
        let found = rest.get(..equals)?.trim_ascii();
        if !found.eq_ignore_ascii_case(name) {
            continue;
        }
        let text = rest.get(equals + 1..)?.trim_ascii_start();
        if let Some(quoted) = text.strip_prefix(b"\"") {
            return quoted.get(..memchr(b'"', quoted).unwrap_or(quoted.len()));
        }
        let end = text
            .iter()
            .position(|byte| matches!(byte, b';' | b' ' | b'\r' | b'\n'))
            .unwrap_or(text.len());
        return text.get(..end);
    }
    None
}

/// The `filename` of a disposition; the extended form (RFC 8187) counts too, without its character set.
#[must_use]
pub fn file_name(disposition: &[u8]) -> &[u8] {
    if let Some(name) = parameter(disposition, b"filename").filter(|name| !name.is_empty()) {
        return name;
    }
    let extended = parameter(disposition, b"filename*").unwrap_or_default();
    extended
        .splitn(3, |byte| *byte == b'\'')
        .nth(2)
        .unwrap_or_default()
}

/// The value before its parameters.
#[must_use]
pub fn without_parameters(value: &[u8]) -> &[u8] {
    value
        .get(..memchr(b';', value).unwrap_or(value.len()))
        .unwrap_or_default()
        .trim_ascii()
}

/// Whether `value` holds `word` in any case.
#[must_use]
pub fn holds(value: &[u8], word: &[u8]) -> bool {
    value
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_are_one_and_the_end_is_the_empty_line() {
        let fields = Fields::read(b"Host: a\r\nTransfer-Encoding:\r\n chunked\r\nX\r\n\r\nnot: me");
        assert_eq!((fields.len(), fields.malformed), (2, 1));
        assert_eq!(fields.get(b"HOST"), b"a");
        assert_eq!(fields.get(b"transfer-encoding"), b"chunked");
    }

    #[test]
    fn a_sender_may_end_its_lines_with_a_bare_carriage_return() {
        let head = b"HTTP/1.1 200 ok\rA: 1\rB: 2\r\n\n";
        let end = start_line_end(head);
        assert_eq!(&head[..end], b"HTTP/1.1 200 ok\r");
        let fields = Fields::read(&head[end..]);
        assert_eq!((fields.get(b"a"), fields.get(b"b")), (&b"1"[..], &b"2"[..]));
        // Inside the value of one field it is only a strange byte.
        assert_eq!(Fields::read(b"A: 1\rx\r\nB: 2\r\n\r\n").get(b"a"), b"1\rx");
    }

    #[test]
    fn fields_beyond_the_bound_are_counted() {
        let block = b"a: b\r\n".repeat(600);
        let fields = Fields::read(&block);
        assert_eq!((fields.len(), fields.left_out), (512, 88));
    }

    #[test]
    fn parameters_are_found_quoted_or_not() {
        let value = b"form-data; name=\"f\"; filename=\"shell.php\"";
        assert_eq!(parameter(value, b"filename"), Some(&b"shell.php"[..]));
        assert_eq!(
            parameter(b"multipart/form-data; boundary=abc; x", b"boundary"),
            Some(&b"abc"[..])
        );
        assert_eq!(parameter(b"text/html", b"charset"), None);
        // The example of RFC 6266, section 5.
        assert_eq!(
            file_name(b"attachment; filename*= UTF-8''%e2%82%ac%20rates"),
            b"%e2%82%ac%20rates"
        );
    }
}
