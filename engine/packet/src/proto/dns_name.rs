//! Names in DNS messages (RFC 1035 sections 3.1 and 4.1.4) and the space that a message's texts share.

/// Bytes of a place in the message's text space.
pub type Range = std::ops::Range<usize>;

/// A name is cut at this many bytes.
const MAX_NAME: usize = 1_025;
/// The same, escaped.
pub const MAX_NAME_TEXT: usize = 4 * MAX_NAME;
/// Pointers that one name may follow; they may go forward.
const MAX_POINTERS: usize = 255;
/// Labels of one name; RFC 1035 leaves room for 127.
const MAX_LABELS: usize = 255;
/// Texts of one message together.
const MAX_TEXTS: usize = 64 << 10;

/// What was wrong with the names and texts of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state"
)]
pub struct Faults {
    /// A name had more than 1,025 bytes and was cut.
    pub name_too_long: bool,
    /// A name followed more pointers than any name needs.
    pub pointer_loop: bool,
    /// A name had too many labels.
    pub too_many_labels: bool,
    /// The text space was full.
    pub texts_cut: bool,
}

/// A name that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its text.
    pub text: Range,
    /// Whether it was longer.
    pub is_cut: bool,
}

/// Texts of one message, one behind the other.
#[derive(Debug, Default)]
pub struct Texts {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What had to be cut or refused.
    pub faults: Faults,
}

impl Texts {
    /// Makes room for another message.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.faults = Faults::default();
    }

    /// The text at a place.
    #[must_use]
    pub fn get(&self, range: &Range) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Whether another text may begin.
    pub fn has_room(&mut self) -> bool {
        let has = self.bytes.len() < MAX_TEXTS;
        self.faults.texts_cut |= !has;
        has
    }

    /// Appends bytes as far as the space goes.
    pub fn append(&mut self, bytes: &[u8]) {
        let room = MAX_TEXTS.saturating_sub(self.bytes.len());
        match bytes.get(..room) {
            Some(head) if bytes.len() > room => {
                self.bytes.extend_from_slice(head);
                self.faults.texts_cut = true;
            }
            _ => self.bytes.extend_from_slice(bytes),
        }
    }

    /// Appends a number.
    pub fn number(&mut self, value: u64) {
        self.append(itoa::Buffer::new().format(value).as_bytes());
    }

    /// Appends a space and a number.
    pub fn spaced(&mut self, value: u64) {
        self.append(b" ");
        self.number(value);
    }

    /// Appends bytes in hexadecimal, as far as the space goes.
    pub fn hex(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if !self.has_room() {
                return;
            }
            self.append(&crate::emit::text::hex(*byte));
        }
    }

    /// Reads a name at `at`, steps over it, and appends its text. A name that is too long is cut.
    pub fn name(&mut self, data: &[u8], at: &mut usize) -> Option<Name> {
        let start = self.bytes.len();
        let (mut here, mut after, mut is_cut) = (*at, None, false);
        let (mut pointers, mut labels) = (0, 0);
        loop {
            let length = *data.get(here)?;
            match length {
                0 => {
                    *at = after.unwrap_or(here + 1);
                    break;
                }
                1..=63 => {
                    let label = data.get(here + 1..here + 1 + usize::from(length))?;
                    is_cut |= !self.append_label(start, label);
                    labels += 1;
                    if labels > MAX_LABELS {
                        self.faults.too_many_labels = true;
                        return None;
                    }
                    here += 1 + usize::from(length);
                }
                192.. => {
                    let low = *data.get(here + 1)?;
                    after = after.or(Some(here + 2));
                    pointers += 1;
                    if pointers > MAX_POINTERS {
                        self.faults.pointer_loop = true;
                        return None;
                    }
                    here = usize::from(u16::from_be_bytes([length & 63, low]));
                }
                _ => return None,
            }
            // Nothing more will be kept, and where the message goes on is known.
            if let (true, Some(next)) = (is_cut, after) {
                *at = next;
                break;
            }
        }
        if self.bytes.len() == start {
            self.append(b".");
        }
        self.faults.name_too_long |= is_cut;
        Some(Name {
            text: start..self.bytes.len(),
            is_cut,
        })
    }

    /// Appends a label behind what began at `start`, as far as a name may go; tells whether all of it went in.
    fn append_label(&mut self, start: usize, label: &[u8]) -> bool {
        let used = self.bytes.len().saturating_sub(start);
        let room = MAX_NAME
            .saturating_sub(used)
            .min(MAX_TEXTS.saturating_sub(self.bytes.len()));
        let dot: &[u8] = if used > 0 { b"." } else { b"" };
        let wanted = dot.len() + label.len();
        self.bytes
            .extend(dot.iter().chain(label).take(room.min(wanted)));
        wanted <= room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Option<(String, usize)> {
        let (mut texts, mut at) = (Texts::default(), 0);
        let name = texts.name(data, &mut at)?;
        Some((
            String::from_utf8_lossy(texts.get(&name.text)).into_owned(),
            at,
        ))
    }

    #[test]
    fn names_follow_pointers_both_ways_and_never_for_ever() {
        assert_eq!(read(b"\x03www\x02vn\0"), Some(("www.vn".to_owned(), 8)));
        assert_eq!(read(b"\x01a\xc0\x04\x01b\0"), Some(("a.b".to_owned(), 4)));
        assert_eq!(read(b"\xc0\x00"), None);
        assert_eq!(read(b"\x05ab"), None);
        assert_eq!(read(b"\x41a\0"), None);
        assert_eq!(read(b"\0"), Some((".".to_owned(), 1)));
    }

    #[test]
    fn a_name_that_goes_in_a_circle_is_told_as_a_loop_or_cut() {
        let mut texts = Texts::default();
        assert_eq!(texts.name(b"\xc0\x02\xc0\x00", &mut 0), None);
        assert!(texts.faults.pointer_loop);
        // With labels on the way it grows until it is cut, and the message goes on behind the pointer.
        let mut circle = vec![63];
        circle.extend([b'a'; 63]);
        circle.extend([0xc0, 0]);
        let (mut texts, mut at) = (Texts::default(), 0);
        let name = texts
            .name(&circle, &mut at)
            .expect("the name is cut, not refused");
        assert!(name.is_cut && texts.faults.name_too_long);
        assert_eq!((name.text.len(), at), (1_025, 66));
    }

    #[test]
    fn more_labels_than_a_name_can_have_are_refused() {
        let mut texts = Texts::default();
        assert_eq!(texts.name(&b"\x01a".repeat(400), &mut 0), None);
        assert!(texts.faults.too_many_labels);
    }
}
