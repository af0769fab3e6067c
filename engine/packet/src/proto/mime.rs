//! Mail as it is written: header and body (RFC 5322), parts inside parts (RFC 2045 to 2049).
//!
//! The reader takes bytes in any pieces and looks at each once. It is flat: open multiparts are a list of boundaries,
//! at most 16 deep; what lies deeper is a part like any other. A line longer than 4 KiB is handed on in pieces, so an
//! endless line costs no memory, and can be no boundary (RFC 2046 allows 70 bytes).

use memchr::memchr;

use super::mime_header::{media_type, parameter, split};
use super::mime_mail::{Mail, Oddities, Progress};
use super::mime_part::{Part, PartHead, Piece, add, attachment};
use super::mime_place::{Level, Outer, Place};
use crate::anomaly::Anomaly;
use crate::bytes::count;
use crate::file::State;

/// Longest line that is looked at as a whole.
const MAX_LINE: usize = 4_096;
/// Longest header field, unfolded; the rest of a longer one is cut off.
const MAX_FIELD: usize = 16_384;
/// Header fields longer than this are out of the ordinary.
const LONG_VALUE: usize = 8_192;
/// Header names longer than this are out of the ordinary.
const LONG_NAME: usize = 75;
/// Longest boundary.
const MAX_BOUNDARY: usize = 254;
/// Multiparts inside one another.
const MAX_DEPTH: usize = 16;

/// Reads one mail.
pub struct Reader {
    kept: Vec<u8>,
    /// The beginning of the line was handed on already.
    is_inside_line: bool,
    place: Place,
    field: Vec<u8>,
    is_field_cut: bool,
    head: PartHead,
    /// Whether the header at hand is the mail's own.
    is_top: bool,
    levels: Vec<Level>,
    /// Multiparts and enclosed messages that are open.
    depth: usize,
    outer: Option<Outer>,
    mail: Mail,
    /// What was odd about it.
    pub oddities: Oddities,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            is_inside_line: false,
            place: Place::Head(false),
            field: Vec::new(),
            is_field_cut: false,
            head: PartHead::default(),
            is_top: true,
            levels: Vec::new(),
            depth: 0,
            outer: None,
            mail: Mail::default(),
            oddities: Oddities::default(),
        }
    }
}

impl Reader {
    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let part = match &self.place {
            Place::Part(part) => part.held(),
            _ => 0,
        };
        let levels = self.levels.iter();
        let boundaries: usize = levels.map(|level| level.boundary.capacity()).sum();
        self.kept.capacity() + self.field.capacity() + boundaries + part + self.mail.held()
    }

    /// Takes the next bytes.
    pub fn data(&mut self, bytes: &[u8]) {
        self.mail.size = self.mail.size.saturating_add(count(bytes.len()));
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).map(|at| at + 1);
            let (line, tail) = rest
                .split_at_checked(end.unwrap_or(rest.len()))
                .unwrap_or((rest, b""));
            rest = tail;
            if self.kept.is_empty() && end.is_some() {
                self.piece(line, true);
                continue;
            }
            let mut kept = std::mem::take(&mut self.kept);
            kept.extend_from_slice(line);
            if end.is_some() {
                self.piece(&kept, true);
                kept.clear();
            } else if kept.len() > MAX_LINE {
                // A CR may be half of the line's end.
                let returns = usize::from(kept.ends_with(b"\r"));
                let length = kept.len() - returns;
                self.piece(kept.get(..length).unwrap_or_default(), false);
                kept.drain(..length);
            }
            self.kept = kept;
        }
    }

    /// Bytes were lost.
    pub fn gap(&mut self, length: u64) {
        self.mail.size = self.mail.size.saturating_add(length);
        self.kept.clear();
        self.is_inside_line = true;
        if let Some(outer) = &mut self.outer {
            outer.attachment.file.gap(length);
        }
        match &mut self.place {
            Place::Part(part) => part.gap(length),
            Place::Head(_) => self.field.clear(),
            _ => {}
        }
    }

    /// The mail is over, or nothing more of it will be seen.
    pub fn finish(&mut self, is_whole: bool) -> Mail {
        let kept = std::mem::take(&mut self.kept);
        let last = kept.strip_suffix(b"\r").unwrap_or(&kept);
        if !last.is_empty() {
            self.piece(last, true);
        }
        if let Place::Head(_) = self.place {
            self.end_field();
        }
        self.mail.progress = match (is_whole, &self.place) {
            (true, _) => Progress::Done,
            (false, Place::Head(_)) if self.is_top => Progress::Header,
            _ => Progress::Body,
        };
        self.end_part(is_whole);
        self.end_outer(0, is_whole);
        std::mem::take(&mut self.mail)
    }

    /// A line, or a piece of a long one.
    fn piece(&mut self, bytes: &[u8], ends: bool) {
        let (text, line_end) = if ends {
            without_end(bytes)
        } else {
            (bytes, &b""[..])
        };
        let piece = Piece {
            text,
            starts: !self.is_inside_line,
            ends,
            line_end,
        };
        self.is_inside_line = !ends;
        if piece.starts && piece.ends && text.starts_with(b"--") && self.boundary(text) {
            return;
        }
        if let Some(outer) = &mut self.outer {
            let before = std::mem::replace(&mut outer.line_end, line_end);
            outer.attachment.file.data(before);
            outer.attachment.file.data(text);
        }
        self.inside(&piece);
    }

    fn inside(&mut self, piece: &Piece<'_>) {
        match &mut self.place {
            Place::Head(_) => self.head_piece(piece),
            Place::Enclosed => self.enclosed(piece),
            Place::Part(part) => part.piece(piece, &mut self.oddities),
            Place::Between => {}
        }
    }

    fn head_piece(&mut self, piece: &Piece<'_>) {
        let Place::Head(has_line) = &mut self.place else {
            return;
        };
        let is_first = !std::mem::replace(has_line, true);
        if !piece.starts {
            self.append_field(piece.text);
            return;
        }
        if piece.text.is_empty() {
            self.end_field();
            self.end_head();
            return;
        }
        if matches!(piece.text.first(), Some(b' ' | b'\t')) {
            self.append_field(piece.text);
            return;
        }
        self.end_field();
        let is_mailbox_line = piece.text.starts_with(b"From ") || piece.text.starts_with(b">From ");
        if is_first && !is_mailbox_line && split(piece.text).is_none() {
            // No header at all: the body begins at once.
            self.end_head();
            self.inside(piece);
            return;
        }
        self.append_field(piece.text);
    }

    fn append_field(&mut self, text: &[u8]) {
        let room = MAX_FIELD.saturating_sub(self.field.len());
        let taken = text.get(..room).unwrap_or(text);
        self.is_field_cut |= taken.len() < text.len();
        self.field.extend_from_slice(taken);
    }

    fn end_field(&mut self) {
        if self.field.is_empty() {
            return;
        }
        let field = std::mem::take(&mut self.field);
        match split(&field) {
            Some((name, value)) => {
                if name.len() > LONG_NAME {
                    self.oddities.note(Anomaly::MimeLongHeaderName);
                }
                if value.len() > LONG_VALUE {
                    self.oddities.note(Anomaly::MimeLongHeaderValue);
                }
                self.head.see(name, value);
                if self.is_top {
                    self.mail.see(name, value);
                }
            }
            None if field.starts_with(b"From ") || field.starts_with(b">From ") => {}
            None => self.oddities.note(Anomaly::MimeMalformed),
        }
        if std::mem::take(&mut self.is_field_cut) {
            self.mail.note_cut("email");
        }
        self.field = field;
        self.field.clear();
    }

    /// The header is over: what it announces decides how the body is read.
    fn end_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        self.is_top = false;
        let kind = media_type(&head.kind);
        if kind.starts_with(b"multipart/") {
            if let Some(boundary) = self.new_boundary(&head) {
                self.depth += 1;
                self.levels.push(Level {
                    boundary,
                    depth: self.depth,
                });
                self.place = Place::Between;
                return;
            }
        } else if kind == b"message/rfc822" || kind == b"message/global" {
            if self.depth < MAX_DEPTH {
                self.depth += 1;
                self.open_outer(&head);
                self.head = head;
                self.place = Place::Enclosed;
                return;
            }
            self.oddities.note(Anomaly::MimeTooDeep);
        }
        let part = Part::new(&head, &mut self.mail, &mut self.oddities);
        self.place = Place::Part(Box::new(part));
    }

    fn new_boundary(&mut self, head: &PartHead) -> Option<Vec<u8>> {
        let boundary = parameter(&head.kind, b"boundary").filter(|text| !text.is_empty());
        let Some(mut boundary) = boundary else {
            self.oddities.note(Anomaly::MimeMalformed);
            return None;
        };
        if boundary.len() > MAX_BOUNDARY {
            self.oddities.note(Anomaly::MimeLongBoundary);
            boundary.truncate(MAX_LINE);
        }
        if self.depth >= MAX_DEPTH {
            self.oddities.note(Anomaly::MimeTooDeep);
            return None;
        }
        Some(boundary)
    }

    /// A mail inside the mail that has a name is a file, too; the outermost one is told.
    fn open_outer(&mut self, head: &PartHead) {
        let name = head.file_name();
        if !name.is_empty() && self.outer.is_none() {
            self.outer = Some(Outer {
                attachment: attachment(name),
                levels: self.levels.len(),
                line_end: b"",
            });
        }
    }

    /// The first line of what claims to be a message. RFC 2046 forbids to encode one; a reader that believes the header
    /// all the same would miss what is inside.
    fn enclosed(&mut self, piece: &Piece<'_>) {
        let head = std::mem::take(&mut self.head);
        if split(piece.text).is_some() {
            self.place = Place::Head(false);
        } else {
            let mut part = PartHead::default();
            if self.outer.take().is_some() {
                part = head;
            }
            self.place = Place::Part(Box::new(Part::new(
                &part,
                &mut self.mail,
                &mut self.oddities,
            )));
        }
        self.inside(piece);
    }

    /// Whether a line that begins with two hyphens divides parts; if so it is dealt with.
    fn boundary(&mut self, line: &[u8]) -> bool {
        let text = line.get(2..).unwrap_or_default();
        let found = self.levels.iter().rposition(|level| {
            text.strip_prefix(level.boundary.as_slice())
                .is_some_and(|rest| {
                    let rest = rest.strip_prefix(b"--").unwrap_or(rest);
                    rest.iter().all(|byte| matches!(byte, b' ' | b'\t'))
                })
        });
        let Some(level) = found else {
            return false;
        };
        let (length, depth) = self
            .levels
            .get(level)
            .map_or((0, 0), |level| (level.boundary.len(), level.depth));
        let rest = text.get(length..).unwrap_or_default();
        let is_last = rest.starts_with(b"--");
        self.end_field();
        self.end_part(true);
        self.levels.truncate(level + 1);
        self.end_outer(level + 1, true);
        self.depth = depth;
        self.head = PartHead::default();
        self.is_top = false;
        self.place = if is_last {
            Place::Between
        } else {
            Place::Head(false)
        };
        true
    }

    fn end_part(&mut self, is_whole: bool) {
        if let Place::Part(part) = std::mem::replace(&mut self.place, Place::Between) {
            part.finish(&mut self.mail, is_whole);
        }
    }

    fn end_outer(&mut self, levels: usize, is_whole: bool) {
        if self
            .outer
            .as_ref()
            .is_some_and(|outer| levels <= outer.levels)
            && let Some(mut outer) = self.outer.take()
        {
            if !is_whole {
                outer.attachment.state = State::Truncated;
            }
            add(&mut self.mail, outer.attachment);
        }
    }
}

fn without_end(line: &[u8]) -> (&[u8], &'static [u8]) {
    match line {
        [text @ .., b'\r', b'\n'] => (text, b"\r\n"),
        [text @ .., b'\n'] => (text, b"\n"),
        _ => (line, b""),
    }
}
