//! Form data (RFC 7578) and other multipart bodies (RFC 2046): the parts that carry a file name are files.
//!
//! Caps: 64 files a body, 8 KiB of fields a part, boundaries of 256 bytes.

use memchr::memmem;

use super::http_field::{Fields, file_name, holds, parameter};
use super::http_range::{self, ContentRange};
use super::{Context, Direction};
use crate::emit::line::Line;
use crate::file::{Facts, File, State};

/// Longest block of fields of one part.
const MAX_PART_HEAD: usize = 8_192;
/// Longest boundary (RFC 2046 says 70).
const MAX_BOUNDARY: usize = 256;
/// A name beyond this is cut in the list of names.
const MAX_NAME: usize = 512;
/// Files of one body that are told.
const MAX_PARTS: u64 = 64;

/// Who carries the parts.
#[derive(Clone, Copy)]
pub struct Carrier<'a> {
    /// Number of the transaction.
    pub transaction: u64,
    /// Who sends the body.
    pub sender: Direction,
    /// What was asked for: the name of ranges of it.
    pub name: &'a [u8],
    /// Members of the file event that tell of the transaction.
    pub describe: &'a dyn Fn(&mut Line<'_>),
}

/// A body taken apart while it passes.
pub struct Multipart {
    delimiter: Vec<u8>,
    pending: Vec<u8>,
    /// Bytes of `pending` that are done.
    done: usize,
    /// Bytes after those that were searched in vain.
    scanned: usize,
    place: Place,
    /// What ranges are ranges of.
    resource: Option<Vec<u8>>,
    /// Files told so far.
    pub files: u64,
    /// Their names.
    pub names: Vec<Vec<u8>>,
    /// Their types.
    pub mime_types: Vec<&'static str>,
}

enum Place {
    /// Before the first boundary, or a part without a file name.
    Skipped,
    /// Among the fields of a part.
    Head,
    /// Inside a file.
    File(Box<File>, Name),
    /// After the last boundary.
    Over,
}

/// What a part says that it is.
enum Name {
    /// A file of this name.
    Given(Vec<u8>),
    /// A part of what was asked for.
    Range(ContentRange),
}

/// The boundary that a `Content-Type` announces.
#[must_use]
pub fn boundary(kind: &[u8]) -> Option<&[u8]> {
    if !holds(kind, b"multipart/") {
        return None;
    }
    parameter(kind, b"boundary")
        .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY)
}

impl Multipart {
    /// A body with this boundary.
    #[must_use]
    pub fn new(boundary: &[u8], resource: Option<Vec<u8>>) -> Self {
        Self {
            delimiter: [b"\r\n--", boundary].concat(),
            // The first boundary has no line end before it: one is put there.
            pending: b"\r\n".to_vec(),
            done: 0,
            scanned: 0,
            place: Place::Skipped,
            resource,
            files: 0,
            names: Vec::new(),
            mime_types: Vec::new(),
        }
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        let names: usize = self.names.iter().map(Vec::capacity).sum();
        self.pending.capacity() + names + 1_024
    }

    /// `length` bytes were lost.
    pub fn gap(&mut self, length: u64) {
        if let Place::File(file, _) = &mut self.place {
            file.gap(length);
        }
    }

    /// Takes the next bytes.
    pub fn data(&mut self, context: &mut Context<'_>, data: &[u8], carrier: &Carrier<'_>) {
        if matches!(self.place, Place::Over) {
            return;
        }
        self.pending.extend_from_slice(data);
        while self.step(context, carrier) {}
        self.pending.drain(..self.done.min(self.pending.len()));
        self.done = 0;
        if matches!(self.place, Place::Over) {
            self.pending = Vec::new();
        }
    }

    /// The body is over: a file without a closing boundary is cut.
    pub fn finish(&mut self, context: &mut Context<'_>, carrier: &Carrier<'_>) {
        let mut place = std::mem::replace(&mut self.place, Place::Over);
        if let Place::File(file, _) = &mut place {
            file.data(self.pending.get(self.done..).unwrap_or_default());
        }
        self.close(context, place, State::Truncated, carrier);
    }

    /// Goes on to the next change of place; false when more bytes are needed.
    fn step(&mut self, context: &mut Context<'_>, carrier: &Carrier<'_>) -> bool {
        match self.place {
            Place::Over => false,
            Place::Head => self.head(context),
            Place::Skipped | Place::File(..) => self.content(context, carrier),
        }
    }

    fn content(&mut self, context: &mut Context<'_>, carrier: &Carrier<'_>) -> bool {
        let rest = self.pending.get(self.done..).unwrap_or_default();
        let found = memmem::find(rest, &self.delimiter);
        // The two bytes after a delimiter tell whether it is the last.
        let needed = found.map(|at| at + self.delimiter.len() + 2);
        if needed.is_some_and(|needed| rest.len() < needed) {
            return false;
        }
        let end = found.unwrap_or_else(|| rest.len().saturating_sub(self.delimiter.len()));
        if let Place::File(file, name) = &mut self.place {
            let taken = rest.get(..end).unwrap_or_default();
            if let Name::Range(range) = name {
                http_range::data(context, range, file.size(), taken);
            }
            file.data(taken);
        }
        let Some(needed) = needed else {
            self.done += end;
            return false;
        };
        let is_last = rest.get(needed - 2..needed) == Some(b"--");
        // What is no dash is the end of the boundary's line, and part of the empty line of a part without fields.
        self.done += if is_last { needed } else { needed - 2 };
        let next = if is_last { Place::Over } else { Place::Head };
        let place = std::mem::replace(&mut self.place, next);
        self.close(context, place, State::Closed, carrier);
        true
    }

    fn head(&mut self, context: &mut Context<'_>) -> bool {
        let rest = self.pending.get(self.done..).unwrap_or_default();
        let from = std::mem::take(&mut self.scanned);
        let found = memmem::find(rest.get(from..).unwrap_or_default(), b"\r\n\r\n");
        let Some(end) = found.map(|at| at + from) else {
            if rest.len() > MAX_PART_HEAD {
                context.limit("http_part_head");
                self.place = Place::Skipped;
                return true;
            }
            self.scanned = rest.len().saturating_sub(3);
            return false;
        };
        let block = rest.get(..end + 2).unwrap_or_default();
        let fields = Fields::read(block.strip_prefix(b"\r\n").unwrap_or(block));
        let name = file_name(fields.get(b"content-disposition"));
        let range = self
            .resource
            .as_ref()
            .and_then(|resource| ContentRange::read(&fields, resource));
        let name = match range {
            Some(range) => Some(Name::Range(range)),
            None => (!name.is_empty()).then(|| Name::Given(name.to_vec())),
        };
        self.place = match name {
            Some(name) if self.files < MAX_PARTS => Place::File(Box::default(), name),
            Some(_) => {
                context.limit("http_parts");
                Place::Skipped
            }
            None => Place::Skipped,
        };
        // An empty content begins and ends with the same line end: leave it for the boundary.
        self.done += if rest
            .get(end + 2..)
            .is_some_and(|after| after.starts_with(&self.delimiter))
        {
            end + 2
        } else {
            end + 4
        };
        true
    }

    fn close(
        &mut self,
        context: &mut Context<'_>,
        place: Place,
        state: State,
        carrier: &Carrier<'_>,
    ) {
        if let Place::File(file, name) = place {
            self.files += 1;
            let mut facts = Facts {
                name: carrier.name,
                transaction: carrier.transaction,
                part: self.files,
                sender: carrier.sender,
                state,
                describe: carrier.describe,
            };
            match &name {
                Name::Range(range) => http_range::finish(context, *file, range, &facts),
                Name::Given(name) => {
                    facts.name = name;
                    self.mime_types.push(file.mime_type());
                    self.names
                        .push(name.get(..MAX_NAME).unwrap_or(name).to_vec());
                    file.report(context, &facts);
                }
            }
        }
    }
}
