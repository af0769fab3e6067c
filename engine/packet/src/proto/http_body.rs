//! Bodies of HTTP/1: where they end, what they unpack to, which files are inside.

use flate2::{Decompress, FlushDecompress, Status};
use memchr::{memchr, memmem};

use super::http_head::{fields, parameter};
use super::{Context, Direction};
use crate::bytes::count;
use crate::file::{Facts, File, State};

/// What one body may unpack to.
const MAX_UNPACKED: u64 = 16 << 20;
/// How many times longer than its packed form.
const MAX_RATIO: u64 = 2_000;
/// Longest line of a chunk size or trailer.
const MAX_CHUNK_LINE: usize = 4_096;
/// Longest block of fields of one part.
const MAX_PART_HEAD: usize = 8_192;
/// Longest boundary (RFC 2046 says 70).
const MAX_BOUNDARY: usize = 256;
/// Files of one body that are told.
const MAX_PARTS: u64 = 64;

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body.
    Empty,
    /// After this many more bytes.
    Length(u64),
    /// Chunk by chunk.
    Chunked(Chunk),
    /// With the connection.
    UntilClose,
}

/// Place in a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Before a size.
    Size,
    /// Inside data; this much is left.
    Data(u64),
    /// Before the line end after data.
    DataEnd,
    /// Among trailers.
    Trailer,
}

/// What to make of a body's bytes.
pub enum Content {
    /// One file.
    Whole(Box<File>),
    /// Form data with files inside.
    Multipart(Box<Multipart>),
}

/// A body on its way.
pub struct Body {
    framing: Framing,
    content: Content,
    unpack: Option<Box<Decompress>>,
    is_unpacking_over: bool,
    may_be_bare: bool,
    packed: u64,
    /// Bytes after unpacking.
    pub size: u64,
    /// Whether the coding was not what the header said.
    pub is_coding_wrong: bool,
    sender: Direction,
    transaction: u64,
}

/// Whether bytes were used and whether the body is over.
pub struct Eaten {
    /// Bytes used.
    pub consumed: usize,
    /// The next byte belongs to the next message.
    pub is_over: bool,
    /// The framing is broken beyond repair.
    pub is_broken: bool,
}

/// What the head said about the body.
pub struct Announced<'a> {
    /// Where it ends.
    pub framing: Framing,
    /// `Content-Encoding`.
    pub coding: &'a [u8],
    /// `Content-Type`.
    pub kind: &'a [u8],
}

impl Body {
    /// A body about to begin.
    #[must_use]
    pub fn new(announced: &Announced<'_>, sender: Direction, transaction: u64) -> Self {
        let boundary = parameter(announced.kind, b"boundary")
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY)
            .filter(|_| super::http_head::holds(announced.kind, b"multipart/"));
        let content = match boundary {
            Some(boundary) => Content::Multipart(Box::new(Multipart::new(boundary))),
            None => Content::Whole(Box::default()),
        };
        let unpack = match announced.coding {
            coding
                if coding.eq_ignore_ascii_case(b"gzip")
                    || coding.eq_ignore_ascii_case(b"x-gzip") =>
            {
                Some(Box::new(Decompress::new_gzip(15)))
            }
            coding if coding.eq_ignore_ascii_case(b"deflate") => {
                Some(Box::new(Decompress::new(true)))
            }
            _ => None,
        };
        Self {
            framing: announced.framing,
            content,
            unpack,
            is_unpacking_over: false,
            may_be_bare: announced.coding.eq_ignore_ascii_case(b"deflate"),
            packed: 0,
            size: 0,
            is_coding_wrong: false,
            sender,
            transaction,
        }
    }

    /// Whether the end of the connection is the regular end of this body.
    #[must_use]
    pub fn ends_with_connection(&self) -> bool {
        self.framing == Framing::UntilClose
    }

    /// Takes bytes up to the end of the body.
    pub fn data(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Eaten {
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let (used, verdict) = match self.framing {
                Framing::Empty | Framing::Length(0) => {
                    return Eaten {
                        consumed,
                        is_over: true,
                        is_broken: false,
                    };
                }
                Framing::Length(left) => {
                    let used = self.take(context, rest, left);
                    self.framing = Framing::Length(left - count(used));
                    (used, Verdict::More)
                }
                Framing::UntilClose => (self.take(context, rest, u64::MAX), Verdict::More),
                Framing::Chunked(chunk) => self.chunk(context, chunk, rest),
            };
            consumed += used;
            match verdict {
                Verdict::Over => {
                    return Eaten {
                        consumed,
                        is_over: true,
                        is_broken: false,
                    };
                }
                Verdict::Broken => {
                    return Eaten {
                        consumed,
                        is_over: false,
                        is_broken: true,
                    };
                }
                Verdict::More if used == 0 => {
                    return Eaten {
                        consumed,
                        is_over: false,
                        is_broken: false,
                    };
                }
                Verdict::More => {}
            }
        }
    }

    /// `length` bytes are lost. False when the end of the body cannot be found any more.
    pub fn gap(&mut self, length: u64) -> bool {
        // A packed body cannot be unpacked beyond a hole.
        self.is_unpacking_over |= self.unpack.is_some();
        let left = match self.framing {
            Framing::Length(left) | Framing::Chunked(Chunk::Data(left)) => left,
            Framing::UntilClose => u64::MAX,
            _ => 0,
        };
        let inside = length.min(left);
        match &mut self.content {
            Content::Whole(file) => file.gap(inside),
            Content::Multipart(parts) => parts.gap(inside),
        }
        match self.framing {
            Framing::Length(_) => self.framing = Framing::Length(left - inside),
            Framing::Chunked(Chunk::Data(_)) => {
                self.framing = Framing::Chunked(Chunk::Data(left - inside));
            }
            _ => {}
        }
        inside == length
    }

    /// The type of the content, by its first bytes.
    #[must_use]
    pub fn mime_type(&self) -> &'static str {
        match &self.content {
            Content::Whole(file) => file.mime_type(),
            Content::Multipart(_) => "",
        }
    }

    /// Tells of the files. `name` is used where the body names none.
    pub fn finish(self, context: &mut Context<'_>, name: &[u8], state: State) {
        let state = if self.is_coding_wrong {
            State::Truncated
        } else {
            state
        };
        let facts = Facts {
            name,
            transaction: self.transaction,
            part: 0,
            sender: self.sender,
            state,
            describe: &|_| {},
        };
        match self.content {
            Content::Whole(file) => file.report(context, &facts),
            Content::Multipart(parts) => parts.finish(context, &facts),
        }
    }

    fn take(&mut self, context: &mut Context<'_>, bytes: &[u8], most: u64) -> usize {
        let used = bytes.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        let data = bytes.get(..used).unwrap_or_default();
        self.packed = self.packed.saturating_add(count(used));
        if self.unpack.is_some() {
            self.unpack(context, data);
        } else {
            self.content(context, data);
        }
        used
    }

    fn content(&mut self, context: &mut Context<'_>, data: &[u8]) {
        self.size = self.size.saturating_add(count(data.len()));
        match &mut self.content {
            Content::Whole(file) => file.data(data),
            Content::Multipart(parts) => parts.data(context, data, self.sender, self.transaction),
        }
    }

    fn unpack(&mut self, context: &mut Context<'_>, data: &[u8]) {
        let Some(mut unpack) = self.unpack.take() else {
            return;
        };
        let mut space = std::mem::take(&mut context.shared.unpack_space);
        space.resize(1 << 15, 0);
        let mut rest = data;
        while !self.is_unpacking_over {
            let (before_in, before_out) = (unpack.total_in(), unpack.total_out());
            let outcome = unpack.decompress(rest, &mut space, FlushDecompress::None);
            let used = usize::try_from(unpack.total_in() - before_in).unwrap_or(0);
            let made = usize::try_from(unpack.total_out() - before_out).unwrap_or(0);
            self.content(context, space.get(..made).unwrap_or_default());
            rest = rest.get(used..).unwrap_or_default();
            match outcome {
                Ok(Status::StreamEnd) => self.is_unpacking_over = true,
                // Some servers mean a bare deflate stream (RFC 1951) by the name.
                Err(_) if unpack.total_out() == 0 && self.may_be_bare => {
                    self.may_be_bare = false;
                    *unpack = Decompress::new(false);
                    rest = data;
                }
                Err(_) => {
                    self.is_unpacking_over = true;
                    self.is_coding_wrong = true;
                }
                Ok(_) if used == 0 && made == 0 => break,
                Ok(_) => {}
            }
            if self.size > MAX_UNPACKED
                || self.size > self.packed.saturating_add(1_024).saturating_mul(MAX_RATIO)
            {
                context.limit("http_unpacked_bytes");
                self.is_unpacking_over = true;
                self.is_coding_wrong = true;
            }
        }
        context.shared.unpack_space = space;
        self.unpack = Some(unpack);
    }

    fn chunk(&mut self, context: &mut Context<'_>, chunk: Chunk, bytes: &[u8]) -> (usize, Verdict) {
        match chunk {
            Chunk::Data(left) => {
                let used = self.take(context, bytes, left);
                let left = left - count(used);
                self.framing = Framing::Chunked(if left == 0 {
                    Chunk::DataEnd
                } else {
                    Chunk::Data(left)
                });
                (used, Verdict::More)
            }
            Chunk::Size | Chunk::DataEnd | Chunk::Trailer => {
                let Some(newline) = memchr(b'\n', bytes) else {
                    let verdict = if bytes.len() > MAX_CHUNK_LINE {
                        Verdict::Broken
                    } else {
                        Verdict::More
                    };
                    return (0, verdict);
                };
                let line = super::http_head::line(bytes.get(..newline).unwrap_or_default());
                let (next, verdict) = after_line(chunk, line);
                self.framing = Framing::Chunked(next);
                (newline + 1, verdict)
            }
        }
    }
}

enum Verdict {
    More,
    Over,
    Broken,
}

fn after_line(chunk: Chunk, line: &[u8]) -> (Chunk, Verdict) {
    match chunk {
        Chunk::DataEnd if line.is_empty() => (Chunk::Size, Verdict::More),
        Chunk::Trailer if line.is_empty() => (Chunk::Trailer, Verdict::Over),
        Chunk::Trailer => (Chunk::Trailer, Verdict::More),
        // Some servers leave out the line end after data: then this is the next size.
        _ => match chunk_size(line) {
            Some(0) => (Chunk::Trailer, Verdict::More),
            Some(size) => (Chunk::Data(size), Verdict::More),
            None => (Chunk::Size, Verdict::Broken),
        },
    }
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = super::http_head::without_parameters(line);
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(0_u64, |size, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        size.checked_mul(16)?.checked_add(u64::from(digit))
    })
}

/// Form data (RFC 7578): parts between boundaries.
pub struct Multipart {
    delimiter: Vec<u8>,
    pending: Vec<u8>,
    place: Part,
    part: u64,
}

enum Part {
    /// Before the first boundary, or a part without a file name.
    Skipped,
    /// Among the fields of a part.
    Head,
    /// Inside a file.
    File(Box<File>, Vec<u8>),
    /// After the last boundary.
    Over,
}

impl Multipart {
    fn new(boundary: &[u8]) -> Self {
        let delimiter = [b"\r\n--", boundary].concat();
        // The first boundary has no line end before it: one is put there.
        Self {
            delimiter,
            pending: b"\r\n".to_vec(),
            place: Part::Skipped,
            part: 0,
        }
    }

    fn gap(&mut self, length: u64) {
        if let Part::File(file, _) = &mut self.place {
            file.gap(length);
        }
    }

    fn data(
        &mut self,
        context: &mut Context<'_>,
        data: &[u8],
        sender: Direction,
        transaction: u64,
    ) {
        if matches!(self.place, Part::Over) {
            return;
        }
        self.pending.extend_from_slice(data);
        while self.step(context, sender, transaction) {}
    }

    /// Handles what is pending up to the next change of place; false when more bytes are needed.
    fn step(&mut self, context: &mut Context<'_>, sender: Direction, transaction: u64) -> bool {
        if matches!(self.place, Part::Head) {
            return self.head(context);
        }
        if matches!(self.place, Part::Over) {
            self.pending = Vec::new();
            return false;
        }
        let found = memmem::find(&self.pending, &self.delimiter);
        // The two bytes after a delimiter tell whether it is the last.
        let needed = found.map(|at| at + self.delimiter.len() + 2);
        if needed.is_some_and(|needed| self.pending.len() < needed) {
            return false;
        }
        let end = found.unwrap_or_else(|| self.pending.len().saturating_sub(self.delimiter.len()));
        if let Part::File(file, _) = &mut self.place {
            file.data(self.pending.get(..end).unwrap_or_default());
        }
        let Some(needed) = needed else {
            self.pending.drain(..end);
            return false;
        };
        let is_last = self.pending.get(needed - 2..needed) == Some(b"--");
        self.pending.drain(..needed);
        let next = if is_last { Part::Over } else { Part::Head };
        let place = std::mem::replace(&mut self.place, Part::Skipped);
        self.close(context, place, sender, transaction, State::Closed);
        self.place = next;
        true
    }

    fn head(&mut self, context: &mut Context<'_>) -> bool {
        let Some(end) = memmem::find(&self.pending, b"\r\n\r\n") else {
            if self.pending.len() > MAX_PART_HEAD {
                context.limit("http_part_head");
                self.place = Part::Skipped;
                return true;
            }
            return false;
        };
        let mut name = None;
        fields(self.pending.get(..end + 2).unwrap_or_default(), |field| {
            if field.name.eq_ignore_ascii_case(b"content-disposition") {
                name = parameter(field.value, b"filename").map(<[u8]>::to_vec);
            }
        });
        self.pending.drain(..end + 4);
        self.place = match name.filter(|name| !name.is_empty()) {
            Some(name) if self.part < MAX_PARTS => Part::File(Box::default(), name),
            Some(_) => {
                context.limit("http_parts");
                Part::Skipped
            }
            None => Part::Skipped,
        };
        true
    }

    fn close(
        &mut self,
        context: &mut Context<'_>,
        place: Part,
        sender: Direction,
        transaction: u64,
        state: State,
    ) {
        if let Part::File(file, name) = place {
            let facts = Facts {
                name: &name,
                transaction,
                part: self.part,
                sender,
                state,
                describe: &|_| {},
            };
            file.report(context, &facts);
            self.part += 1;
        }
    }

    fn finish(mut self, context: &mut Context<'_>, facts: &Facts<'_>) {
        let mut place = std::mem::replace(&mut self.place, Part::Over);
        if let Part::File(file, _) = &mut place {
            file.data(&self.pending);
        }
        self.close(
            context,
            place,
            facts.sender,
            facts.transaction,
            State::Truncated,
        );
    }
}
