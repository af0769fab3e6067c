//! Ranges of one resource (RFC 9110, section 14), joined across transactions and flows into the file that they make.
//!
//! Caps: 64 files under way, 8 MiB of ranges that wait for earlier ones; what exceeds them is given up, oldest first, and counted.

use std::collections::BTreeMap;

use super::Context;
use super::http_field::Fields;
use super::http_message::{Request, Response};
use crate::bytes::count;
use crate::file::{Facts, File};
use crate::flow::Flow;

/// Files under way.
const MAX_FILES: usize = 64;
/// Bytes that wait for what comes before them, in all files.
const MAX_WAITING: usize = 8 << 20;
/// Pieces of one file that wait.
const MAX_PIECES: usize = 256;
/// Longest name of a resource; a longer one is not joined.
const MAX_RESOURCE: usize = 4_096;

/// Which part of what a response carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// See [`resource`].
    resource: Vec<u8>,
    /// Place of the first byte.
    pub start: u64,
    /// Place of the last byte.
    pub end: u64,
    /// Size of the whole.
    pub total: u64,
}

impl ContentRange {
    /// The range that a 206 answer announces; `None` for none, for one without a total, and for one that is the whole.
    #[must_use]
    pub fn read(fields: &Fields, resource: &[u8]) -> Option<Self> {
        let value = fields.get(b"content-range");
        let rest = value.get(5..).filter(|_| {
            value
                .get(..5)
                .is_some_and(|unit| unit.eq_ignore_ascii_case(b"bytes"))
        })?;
        let (range, total) = split(rest.trim_ascii(), b'/')?;
        let (start, end) = split(range, b'-')?;
        let (start, end, total) = (number(start)?, number(end)?, number(total)?);
        let resource = resource.to_vec();
        let is_sound = start <= end && end < total && resource.len() <= MAX_RESOURCE;
        (is_sound && (start > 0 || end + 1 < total)).then_some(Self {
            resource,
            start,
            end,
            total,
        })
    }
}

/// The name of what an answer carries a part of: the two ends, host, target and entity tag. `None` when it is the whole.
/// What one client fetches is not joined with what another does, nor from two servers: those may lie with two workers.
#[must_use]
pub fn resource(flow: &Flow, request: Option<&Request>, response: &Response) -> Option<Vec<u8>> {
    let request = request.filter(|_| response.status == 206)?;
    let tag = response.fields.get(b"etag");
    let (low, high) = (&flow.key.low[..], &flow.key.high[..]);
    Some([low, high, request.host(), b" ", &request.target, b" ", tag].concat())
}

fn split(text: &[u8], by: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(by, text)?;
    Some((
        text.get(..at)?.trim_ascii(),
        text.get(at + 1..)?.trim_ascii(),
    ))
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A file of which ranges were seen.
struct Joined {
    resource: Vec<u8>,
    total: u64,
    file: Box<File>,
    waiting: BTreeMap<u64, Vec<u8>>,
    touched: u64,
}

/// All files under way.
#[derive(Default)]
pub struct Ranges {
    files: Vec<Joined>,
    waiting_bytes: usize,
    clock: u64,
}

impl Ranges {
    /// Takes bytes of a range; the name of a limit that was hit.
    fn data(&mut self, range: &ContentRange, at: u64, bytes: &[u8]) -> Option<&'static str> {
        self.clock += 1;
        let mut hit = None;
        let place = self.place(range).unwrap_or_else(|| {
            if self.files.len() >= MAX_FILES {
                hit = Some("http_range_files");
                self.give_up_oldest();
            }
            self.files.push(Joined {
                resource: range.resource.clone(),
                total: range.total,
                file: Box::default(),
                waiting: BTreeMap::new(),
                touched: 0,
            });
            self.files.len() - 1
        });
        let joined = self.files.get_mut(place)?;
        joined.touched = self.clock;
        self.waiting_bytes = self
            .waiting_bytes
            .saturating_add_signed(joined.insert(at, bytes));
        let is_crowded = joined.waiting.len() > MAX_PIECES;
        if is_crowded {
            self.give_up(place);
            hit = Some("http_range_pieces");
        }
        while self.waiting_bytes > MAX_WAITING {
            self.give_up_oldest();
            hit = Some("http_range_bytes");
        }
        hit
    }

    /// The whole file, once all of it has come.
    fn complete(&mut self, range: &ContentRange) -> Option<Box<File>> {
        let place = self.place(range)?;
        let is_whole = self.files.get(place)?.file.size() >= range.total;
        is_whole.then(|| self.files.remove(place).file)
    }

    /// The type of the whole file, once its first bytes have come.
    fn mime_type(&self, range: &ContentRange) -> &'static str {
        self.place(range)
            .and_then(|place| self.files.get(place))
            .map_or("", |joined| joined.file.mime_type())
    }

    fn place(&self, range: &ContentRange) -> Option<usize> {
        self.files
            .iter()
            .position(|joined| joined.total == range.total && joined.resource == range.resource)
    }

    fn give_up_oldest(&mut self) {
        let oldest = self
            .files
            .iter()
            .enumerate()
            .min_by_key(|(_, joined)| joined.touched);
        match oldest.map(|(place, _)| place) {
            Some(place) => self.give_up(place),
            None => self.waiting_bytes = 0,
        }
    }

    fn give_up(&mut self, place: usize) {
        let gone = self.files.remove(place);
        let bytes: usize = gone.waiting.values().map(Vec::len).sum();
        self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes);
    }
}

impl Joined {
    /// How many more bytes wait than before.
    fn insert(&mut self, at: u64, bytes: &[u8]) -> isize {
        if at > self.file.size() {
            return self.keep(at, bytes);
        }
        self.append(at, bytes);
        let mut freed = 0_isize;
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.file.size() {
                break;
            }
            let (at, bytes) = entry.remove_entry();
            freed = freed.saturating_add_unsigned(bytes.len());
            self.append(at, &bytes);
        }
        -freed
    }

    fn append(&mut self, at: u64, bytes: &[u8]) {
        let known = usize::try_from(self.file.size().saturating_sub(at)).unwrap_or(usize::MAX);
        let fresh = bytes.get(known..).unwrap_or_default();
        let room = usize::try_from(self.total.saturating_sub(self.file.size()));
        let fresh = fresh.get(..room.unwrap_or(usize::MAX)).unwrap_or(fresh);
        self.file.data(fresh);
    }

    fn keep(&mut self, at: u64, bytes: &[u8]) -> isize {
        // Bytes of a range come in order: most of them lengthen the piece before them.
        if let Some((start, piece)) = self.waiting.range_mut(..=at).next_back() {
            let end = start.saturating_add(count(piece.len()));
            if end >= at {
                let known = usize::try_from(end - at).unwrap_or(usize::MAX);
                let fresh = bytes.get(known..).unwrap_or_default();
                piece.extend_from_slice(fresh);
                return isize::try_from(fresh.len()).unwrap_or(0);
            }
        }
        self.waiting.insert(at, bytes.to_vec());
        isize::try_from(bytes.len()).unwrap_or(0)
    }
}

/// Takes bytes of a range; `offset` of it have come before.
pub fn data(context: &mut Context<'_>, range: &ContentRange, offset: u64, bytes: &[u8]) {
    if let Some(limit) =
        context
            .shared
            .bodies
            .ranges
            .data(range, range.start.saturating_add(offset), bytes)
    {
        context.limit(limit);
    }
}

/// Tells of a range, and of the whole file when this was what it still lacked.
pub fn finish(context: &mut Context<'_>, mut file: File, range: &ContentRange, facts: &Facts<'_>) {
    file.set_range(range.start, range.end, range.total);
    file.set_mime_type(context.shared.bodies.ranges.mime_type(range));
    file.report(context, facts);
    if let Some(mut whole) = context.shared.bodies.ranges.complete(range) {
        whole.set_joined();
        whole.report(
            context,
            &Facts {
                part: 1,
                state: crate::file::State::Closed,
                ..*facts
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u64, end: u64, total: u64) -> ContentRange {
        let value = format!("bytes {start}-{end}/{total}");
        let mut fields = Fields::default();
        fields.push(b"Content-Range", value.as_bytes());
        ContentRange::read(&fields, b"h.vn /f").expect("a range")
    }

    #[test]
    fn ranges_are_joined_in_any_order_with_overlaps() {
        let text: Vec<u8> = (0..100).collect();
        let mut ranges = Ranges::default();
        for (start, end) in [(50, 79), (0, 39), (70, 99), (30, 59)] {
            let range = range(start, end, 100);
            let (from, to) = (
                usize::try_from(start).unwrap(),
                usize::try_from(end).unwrap(),
            );
            for (place, byte) in text[from..=to].iter().enumerate() {
                assert_eq!(ranges.data(&range, start + count(place), &[*byte]), None);
            }
            assert_eq!(ranges.complete(&range).is_some(), start == 30);
        }
        assert_eq!(ranges.waiting_bytes, 0);
    }

    #[test]
    fn what_waits_is_bounded_and_counted() {
        let mut ranges = Ranges::default();
        let piece = vec![0; 1 << 20];
        let hits: Vec<_> = (0..20)
            .filter_map(|number| {
                let mut range = range(5 << 20, 6 << 20, 1 << 30);
                range.resource.push(number);
                ranges.data(&range, 5 << 20, &piece)
            })
            .collect();
        assert_eq!(hits.len(), 12);
        assert!(ranges.waiting_bytes <= MAX_WAITING);
    }

    #[test]
    fn what_is_no_range_is_none() {
        for value in [
            "bytes 0-9/10",
            "bytes */10",
            "bytes 5-3/10",
            "bytes 0-1/*",
            "lines 0-1/9",
            "bytes 0-10/10",
        ] {
            let mut fields = Fields::default();
            fields.push(b"content-range", value.as_bytes());
            assert_eq!(ContentRange::read(&fields, b"h /"), None, "{value}");
        }
    }
}
