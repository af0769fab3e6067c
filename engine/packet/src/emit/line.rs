//! One event being written: members in order, values bounded, nothing empty.

use super::text;

/// A value is cut at this many bytes of output unless its writer asks for less.
pub const MAX_VALUE: usize = 8_192;
/// From here on only short values are let in, so that a line with what ingest adds stays under 64 KiB.
const SOFT_LINE: usize = 48 << 10;
/// A value in a line that is nearly full.
const LATE_VALUE: usize = 64;
/// No list grows beyond this point of a line.
const LIST_LINE: usize = 40 << 10;
/// Deepest nesting of any event of ours.
const MAX_DEPTH: usize = 8;
/// More names than this are not listed as cut; the first ones are.
const MAX_TRUNCATED: usize = 16;

/// Where an object or a list began; give it back to close it.
#[derive(Debug)]
#[must_use]
pub struct Mark {
    before: usize,
    inside: usize,
}

/// Writes one line into the batch. Keys are ours and trusted, values are not.
pub struct Line<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    path: [&'static str; MAX_DEPTH],
    depth: usize,
    truncated: &'a mut Vec<String>,
}

impl<'a> Line<'a> {
    /// Begins a line at the end of `out`; `truncated` is scratch space.
    pub fn new(out: &'a mut Vec<u8>, truncated: &'a mut Vec<String>) -> Self {
        truncated.clear();
        let start = out.len();
        out.push(b'{');
        Self {
            out,
            start,
            path: [""; MAX_DEPTH],
            depth: 0,
            truncated,
        }
    }

    /// Ends the line.
    pub fn finish(self) {
        self.out.extend_from_slice(b"}\n");
    }

    /// Opens the object `key`.
    pub fn open(&mut self, key: &'static str) -> Mark {
        self.begin(key, b'{')
    }

    /// Opens the list `key`.
    pub fn open_list(&mut self, key: &'static str) -> Mark {
        self.begin(key, b'[')
    }

    /// Opens an object inside a list.
    pub fn open_item(&mut self) -> Mark {
        let before = self.out.len();
        self.comma();
        self.out.push(b'{');
        self.push_path("");
        Mark {
            before,
            inside: self.out.len(),
        }
    }

    /// Closes an object; an empty one is taken back.
    pub fn close(&mut self, mark: Mark) {
        self.end(mark, b'}');
    }

    /// Closes a list; an empty one is taken back.
    pub fn close_list(&mut self, mark: Mark) {
        self.end(mark, b']');
    }

    /// Whether a list may grow further; if not, its name is listed as cut.
    pub fn has_room(&mut self) -> bool {
        let has = self.length() < LIST_LINE;
        if !has {
            self.note_truncated("");
        }
        has
    }

    /// A text of ours: ASCII without quotes or control characters.
    pub fn word(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.plain(key, value.as_bytes());
        }
    }

    /// Bytes of ours that need no escaping.
    pub fn plain(&mut self, key: &str, value: &[u8]) {
        self.key_until(key, b"\":\"");
        self.out.extend_from_slice(value);
        self.out.push(b'"');
    }

    /// A text from the wire. Empty ones are left out.
    pub fn text(&mut self, key: &'static str, value: &[u8]) {
        self.text_within(key, value, MAX_VALUE);
    }

    /// A text from the wire, cut at `limit` bytes of output.
    pub fn text_within(&mut self, key: &'static str, value: &[u8], limit: usize) {
        if value.is_empty() {
            return;
        }
        self.key(key);
        if !text::append(self.out, value, self.limit(limit)) {
            self.note_truncated(key);
        }
    }

    /// A number.
    pub fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        self.out
            .extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// A number as text, where the schema has a keyword.
    pub fn number_text(&mut self, key: &str, value: u64) {
        self.plain(key, itoa::Buffer::new().format(value).as_bytes());
    }

    /// A truth value.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Bytes in hexadecimal.
    pub fn hex(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        self.out.push(b'"');
        text::append_hex(self.out, value);
        self.out.push(b'"');
    }

    /// A whole list of words of ours.
    pub fn words(&mut self, key: &'static str, values: &[&str]) {
        let mark = self.open_list(key);
        for value in values {
            self.item_word(value);
        }
        self.close_list(mark);
    }

    /// A word of ours in a list.
    pub fn item_word(&mut self, value: &str) {
        self.member();
        self.out.extend_from_slice(value.as_bytes());
        self.out.push(b'"');
    }

    /// A text from the wire in a list, at most `limit` bytes of output.
    pub fn item_text(&mut self, value: &[u8], limit: usize) {
        if value.is_empty() {
            return;
        }
        self.comma();
        if !text::append(self.out, value, self.limit(limit)) {
            self.note_truncated("");
        }
    }

    /// A number in a list.
    pub fn item_number(&mut self, value: u64) {
        self.comma();
        self.out
            .extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// A value that the caller appends itself, quotes included.
    pub fn raw(&mut self, key: &str, append: impl FnOnce(&mut Vec<u8>)) {
        self.key(key);
        append(self.out);
    }

    /// The same, in a list.
    pub fn item_raw(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        self.comma();
        append(self.out);
    }

    /// Names a field of the open object that its owner has cut already.
    pub fn note_truncated(&mut self, key: &str) {
        if self.truncated.len() >= MAX_TRUNCATED {
            return;
        }
        let parts = self.path.iter().take(self.depth).copied().chain([key]);
        let name = parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(".");
        if !self.truncated.contains(&name) {
            self.truncated.push(name);
        }
    }

    /// Writes `truncated` into the open object, if anything was cut.
    pub fn write_truncated(&mut self) {
        if self.truncated.is_empty() {
            return;
        }
        let names = std::mem::take(self.truncated);
        let mark = self.open_list("truncated");
        for name in &names {
            self.item_word(name);
        }
        self.close_list(mark);
    }

    fn length(&self) -> usize {
        self.out.len().saturating_sub(self.start)
    }

    fn limit(&self, wanted: usize) -> usize {
        if self.length() > SOFT_LINE {
            wanted.min(LATE_VALUE)
        } else {
            wanted
        }
    }

    fn begin(&mut self, key: &'static str, bracket: u8) -> Mark {
        let before = self.out.len();
        self.key_until(key, &[b'"', b':', bracket]);
        self.push_path(key);
        Mark {
            before,
            inside: self.out.len(),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a mark closes once")]
    fn end(&mut self, mark: Mark, bracket: u8) {
        self.depth = self.depth.saturating_sub(1);
        if self.out.len() == mark.inside {
            self.out.truncate(mark.before);
        } else {
            self.out.push(bracket);
        }
    }

    fn push_path(&mut self, key: &'static str) {
        if let Some(place) = self.path.get_mut(self.depth) {
            *place = key;
        }
        self.depth += 1;
    }

    fn key(&mut self, key: &str) {
        self.key_until(key, b"\":");
    }

    /// A key with what closes it and opens its value: the least appends for what is written most.
    #[inline]
    fn key_until<const N: usize>(&mut self, key: &str, behind: &[u8; N]) {
        self.member();
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(behind);
    }

    /// The quote that opens a member, with the comma before it.
    #[inline]
    fn member(&mut self) {
        if self.is_first() {
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(b",\"");
        }
    }

    fn comma(&mut self) {
        if !self.is_first() {
            self.out.push(b',');
        }
    }

    /// A value never ends in an opening bracket, so the last byte tells whether a member came before.
    fn is_first(&self) -> bool {
        matches!(self.out.last(), Some(b'{' | b'['))
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    fn written(write: impl FnOnce(&mut Line<'_>)) -> String {
        let (mut out, mut scratch) = (Vec::new(), Vec::new());
        let mut line = Line::new(&mut out, &mut scratch);
        write(&mut line);
        line.finish();
        String::from_utf8(out).expect("the line is UTF-8")
    }

    #[test]
    fn empty_objects_lists_and_texts_leave_no_trace() {
        let line = written(|line| {
            line.number("a", 1);
            let outer = line.open("b");
            let inner = line.open_list("c");
            line.close_list(inner);
            line.text("d", b"");
            line.close(outer);
            line.flag("e", true);
        });
        assert_eq!(line, "{\"a\":1,\"e\":true}\n");
    }

    #[test]
    fn a_cut_value_is_named_by_its_whole_path() {
        let line = written(|line| {
            let mark = line.open("url");
            line.text_within("path", b"/abcdef", 4);
            line.close(mark);
            let mark = line.open("khien");
            line.write_truncated();
            line.close(mark);
        });
        assert_eq!(
            line,
            "{\"url\":{\"path\":\"/abc\"},\"khien\":{\"truncated\":[\"url.path\"]}}\n"
        );
    }

    #[test]
    fn a_line_of_long_values_stays_under_the_frame_limit() {
        let line = written(|line| {
            for _ in 0..1_000 {
                line.text("key", &[0xff; 10_000]);
                if !line.has_room() {
                    break;
                }
            }
            let mark = line.open("khien");
            line.write_truncated();
            line.close(mark);
        });
        assert!(line.len() < 60_000, "{}", line.len());
    }
}
