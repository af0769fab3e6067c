//! XML elements `Event` one behind the other, over as many lines as they like, alone or inside one `Events` (Event Viewer's "Save as
//! XML", `wevtutil`); UTF-8, or UTF-16 with its mark. An element beyond `windows::MAX_EVENT` is passed over.

use std::io::{self, Read};

use memchr::memmem;

use crate::Rejection;
use crate::event_file::Part;
use crate::windows::{self, MAX_EVENT};

const PIECE: usize = 65_536;
const OPEN: &[u8] = b"<Event";
const CLOSE: &[u8] = b"</Event>";

/// Whether these bytes begin a file of such elements.
pub(crate) fn is_events(sample: &[u8]) -> bool {
    let text = if sample.starts_with(b"\xff\xfe") {
        let units = sample.get(2..).unwrap_or_default().chunks_exact(2);
        units
            .filter_map(|pair| pair.first().copied().filter(|_| pair.get(1) == Some(&0)))
            .take(4_096)
            .collect()
    } else {
        sample
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(sample)
            .to_vec()
    };
    let text = text.trim_ascii_start();
    let text = match text.strip_prefix(b"<?xml") {
        Some(rest) => memmem::find(rest, b"?>")
            .and_then(|at| rest.get(at + 2..))
            .unwrap_or_default()
            .trim_ascii_start(),
        None => text,
    };
    let after = |name: &[u8]| text.strip_prefix(name).and_then(<[u8]>::first).copied();
    let is_end = |byte: Option<u8>| matches!(byte, Some(b' ' | b'>' | b'\t' | b'\r' | b'\n'));
    is_end(after(b"<Events")) || is_end(after(OPEN)) && memmem::find(text, b"<System").is_some()
}

/// How the file's bytes are text.
enum Encoding {
    Unknown,
    Utf8,
    /// Little endian; the half of a unit that a piece ended with.
    Utf16(Option<u8>),
}

pub(crate) struct XmlFile<R> {
    reader: R,
    source: String,
    encoding: Encoding,
    /// What is not used yet: it begins with an element, or has none.
    waiting: Vec<u8>,
    /// How much of it was searched for the end.
    searched: usize,
    is_too_large: bool,
    number: u64,
    is_ended: bool,
}

impl<R: Read> XmlFile<R> {
    pub(crate) fn new(reader: R, source: &str) -> Self {
        Self {
            reader,
            source: source.to_owned(),
            encoding: Encoding::Unknown,
            waiting: Vec::new(),
            searched: 0,
            is_too_large: false,
            number: 0,
            is_ended: false,
        }
    }

    /// The events that end in the next bytes.
    pub(crate) fn next_part(&mut self) -> io::Result<Option<Part>> {
        if self.is_ended {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(PIECE);
        (&mut self.reader)
            .take(PIECE as u64)
            .read_to_end(&mut bytes)?;
        let mut part = Part::default();
        if bytes.is_empty() {
            self.is_ended = true;
            if self.is_too_large {
                self.take(&mut part, Err(Rejection::TooLarge));
            } else if find_open(&self.waiting).is_some() {
                self.take(&mut part, Err(Rejection::Format));
            }
            return Ok(Some(part));
        }
        self.decode(&bytes);
        self.cut(&mut part);
        Ok(Some(part))
    }

    fn decode(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if matches!(self.encoding, Encoding::Unknown) {
            self.encoding = if bytes.starts_with(b"\xff\xfe") {
                bytes = bytes.get(2..).unwrap_or_default();
                Encoding::Utf16(None)
            } else {
                Encoding::Utf8
            };
        }
        let Encoding::Utf16(half) = &mut self.encoding else {
            self.waiting.extend_from_slice(bytes);
            return;
        };
        let whole: Vec<u8> = half
            .take()
            .into_iter()
            .chain(bytes.iter().copied())
            .collect();
        let pairs = whole.chunks_exact(2);
        *half = pairs.remainder().first().copied();
        let units =
            pairs.filter_map(|pair| Some(u16::from_le_bytes([*pair.first()?, *pair.get(1)?])));
        // A pair of surrogates that a piece cuts becomes two marks of replacement.
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut buffer = [0_u8; 4];
            self.waiting
                .extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
    }

    /// Takes whole elements off the front; each byte is searched once but for the length of the mark.
    fn cut(&mut self, part: &mut Part) {
        let mut at = 0;
        loop {
            let rest = self.waiting.get(at..).unwrap_or_default();
            if !self.is_too_large && self.searched <= at {
                let Some(open) = find_open(rest) else {
                    // The beginning of an element may stand at the end.
                    let keep = rest.len().min(OPEN.len() + 1);
                    at = self.waiting.len() - keep;
                    break;
                };
                at += open;
                self.searched = at + OPEN.len();
            }
            let from = self.searched.max(at);
            let behind = self.waiting.get(from..).unwrap_or_default();
            let Some(end) = memmem::find(behind, CLOSE) else {
                self.searched = self.waiting.len().saturating_sub(CLOSE.len()).max(from);
                break;
            };
            let end = from + end + CLOSE.len();
            let read = if std::mem::take(&mut self.is_too_large) {
                Err(Rejection::TooLarge)
            } else {
                windows::read_xml(self.waiting.get(at..end).unwrap_or_default())
            };
            self.take(part, read);
            at = end;
            self.searched = end;
        }
        self.waiting.drain(..at.min(self.waiting.len()));
        self.searched = self.searched.saturating_sub(at);
        if self.waiting.len() > MAX_EVENT {
            // What is behind is thrown away up to its end.
            self.is_too_large = true;
            let keep = CLOSE.len();
            self.waiting.drain(..self.waiting.len() - keep);
            self.searched = 0;
        }
    }

    fn take(&mut self, part: &mut Part, read: Result<crate::document::Document, Rejection>) {
        self.number += 1;
        let number = self.number;
        part.take(read, &self.source, || format!("event {number}"));
    }
}

/// Where an element `Event` begins; `Events` and `EventData` are others.
fn find_open(bytes: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, OPEN).find(|at| {
        matches!(
            bytes.get(at + OPEN.len()),
            Some(b' ' | b'>' | b'\t' | b'\r' | b'\n')
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "<Event xmlns='m'>\r\n <System><EventID>1102</EventID><Channel>Security</Channel><Computer>DC</Computer>\
        <TimeCreated SystemTime='2026-11-10T02:00:00.1234567Z'/></System><UserData><LogFileCleared><SubjectUserName>đức</SubjectUserName>\
        </LogFileCleared></UserData></Event>";

    /// Gives few bytes at a time.
    struct Drip<'b>(&'b [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(out.len()).min(self.0.len());
            let (now, later) = self.0.split_at(count);
            out[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn read(bytes: &[u8], step: usize) -> (usize, Vec<&'static str>, String) {
        let mut file = XmlFile::new(Drip(bytes, step), "t");
        let (mut count, mut rejected, mut lines) = (0, Vec::new(), String::new());
        while let Some(part) = file.next_part().expect("memory is readable") {
            count += part.count;
            rejected.extend(part.rejected.iter().map(|(_, why)| why.code()));
            lines.push_str(&part.lines);
        }
        (count, rejected, lines)
    }

    #[test]
    fn elements_alone_or_inside_one_are_events() {
        for text in [
            format!("{EVENT}\n{EVENT}"),
            format!("<?xml version='1.0'?><Events>{EVENT}{EVENT}</Events>"),
        ] {
            assert!(is_events(text.as_bytes()));
            let (count, rejected, lines) = read(text.as_bytes(), 7);
            assert_eq!((count, rejected.len()), (2, 0));
            assert!(lines.contains("\"SubjectUserName\":\"đức\""));
        }
    }

    #[test]
    fn a_file_in_utf_16_is_read_alike() {
        let bytes: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(EVENT.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert!(is_events(&bytes));
        assert_eq!(read(&bytes, 3), read(EVENT.as_bytes(), 4_096));
    }

    #[test]
    fn what_is_no_event_is_named_and_passed_over() {
        let large = format!("<Event ><a>{}</a></Event>", "x".repeat(2 * MAX_EVENT));
        let text = format!("<Event >x</Event>{large}{EVENT}<Event >cut");
        let (count, rejected, _) = read(text.as_bytes(), 60_000);
        assert_eq!(count, 1);
        assert_eq!(rejected, ["format", "too_large", "format"]);
    }
}
