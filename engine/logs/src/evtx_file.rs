//! Event log files of Windows ([MS-EVEN6]; the file's layout as the crate `evtx` knows it): a header of 4,096 bytes, then chunks
//! of 65,536, each readable by itself.
//!
//! The header is not needed: a file with a damaged one is read too, and one that ends inside a chunk gives that chunk's whole
//! records. What is cut is said: a file that ends inside its header, inside a chunk, or before the chunks that its header
//! promises. The crate bounds what a record may unfold to; a record beyond `windows::MAX_EVENT` is refused here.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, ParserSettings};

use crate::Rejection;
use crate::event_file::Part;
use crate::windows::{self, FlatClock};

const HEADER: usize = 4_096;
const CHUNK: usize = 65_536;
const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// Where the header says of how many chunks the file is, as two bytes.
const CHUNK_COUNT: usize = 42;

/// Whether these are the first bytes of an event log file; one whose header is gone shows by its first chunk.
pub(crate) fn is_evtx(sample: &[u8]) -> bool {
    sample.starts_with(FILE_MAGIC)
        || sample
            .get(HEADER..)
            .is_some_and(|chunk| chunk.starts_with(CHUNK_MAGIC))
}

pub(crate) struct EvtxFile<R> {
    reader: R,
    source: String,
    settings: Arc<ParserSettings>,
    /// The number of the next chunk; none before the header is passed.
    number: Option<u64>,
    /// So many chunks the header promises; none where it says nothing that holds, or what is missing was said.
    promised: Option<u64>,
}

impl<R: Read> EvtxFile<R> {
    pub(crate) fn new(reader: R, source: &str) -> Self {
        Self {
            reader,
            source: source.to_owned(),
            settings: Arc::new(ParserSettings::new().indent(false)),
            number: None,
            promised: None,
        }
    }

    /// The events of the next chunk.
    pub(crate) fn next_part(&mut self) -> io::Result<Option<Part>> {
        if self.number.is_none() {
            let header = read_up_to(&mut self.reader, HEADER)?;
            if header.len() < HEADER {
                self.number = Some(0);
                return Ok(Some(refused("header".to_owned(), Rejection::CutHeader)));
            }
            self.promised = chunks_in(&header);
        }
        let number = self.number.map_or(0, |number| number + 1);
        self.number = Some(number);
        let mut bytes = read_up_to(&mut self.reader, CHUNK)?;
        if bytes.is_empty() {
            return Ok(self.missing(number));
        }
        let is_whole = bytes.len() == CHUNK;
        bytes.resize(CHUNK, 0);
        let mut part = Part::default();
        // Windows allots chunks ahead: one of zeroes is none yet.
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(Some(part));
        }
        // The crate forbids unsafe code and is fuzzed by its author; a defect of it must still cost no more than the chunk.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            read_chunk(bytes, number, &self.source, &self.settings, &mut part)
        }));
        if !is_whole || !matches!(outcome, Ok(Ok(()))) {
            part.rejected.push((place(number), Rejection::DamagedChunk));
        }
        Ok(Some(part))
    }

    /// What the header promises beyond the chunks that were there, once.
    fn missing(&mut self, found: u64) -> Option<Part> {
        let promised = self.promised.take().filter(|count| *count > found)?;
        let place = format!("{found} of {promised} chunks");
        Some(refused(place, Rejection::MissingChunks))
    }
}

/// A part without events.
fn refused(place: String, rejection: Rejection) -> Part {
    let mut part = Part::default();
    part.rejected.push((place, rejection));
    part
}

/// How many chunks a whole header promises. A machine that was switched off leaves one that knows of fewer than there are.
fn chunks_in(header: &[u8]) -> Option<u64> {
    let count = header.get(CHUNK_COUNT..)?.first_chunk::<2>()?;
    header
        .starts_with(FILE_MAGIC)
        .then(|| u64::from(u16::from_le_bytes(*count)))
}

fn place(number: u64) -> String {
    let offset = number
        .saturating_mul(CHUNK as u64)
        .saturating_add(HEADER as u64);
    format!("chunk {number} offset {offset}")
}

fn read_chunk(
    bytes: Vec<u8>,
    number: u64,
    source: &str,
    settings: &Arc<ParserSettings>,
    part: &mut Part,
) -> Result<(), EvtxError> {
    let failed = |error| EvtxError::FailedToParseChunk {
        chunk_id: number,
        source: Box::new(error),
    };
    let mut data = EvtxChunkData::new(bytes, false).map_err(failed)?;
    let mut chunk = data.parse(Arc::clone(settings)).map_err(failed)?;
    let mut clock = FlatClock::default();
    for record in chunk.iter() {
        let json = record.and_then(evtx::EvtxRecord::into_json_bytes);
        let read = match &json {
            Ok(json) => windows::read(&json.data, &mut clock),
            Err(_) => Err(Rejection::DamagedRecord),
        };
        part.take(read, source, || {
            let record = match &json {
                Ok(json) => format!(" record {}", json.event_record_id),
                Err(EvtxError::FailedToParseRecord { record_id, .. }) => {
                    format!(" record {record_id}")
                }
                Err(EvtxError::FailedToReadRecordAt { offset, .. }) => {
                    format!(" record at {offset}")
                }
                Err(_) => String::new(),
            };
            place(number) + &record
        });
    }
    Ok(())
}

/// So many bytes, or those up to the end.
fn read_up_to(reader: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    reader.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A header that promises so many chunks, and these bytes behind it.
    fn file(promised: u16, behind: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        bytes[..FILE_MAGIC.len()].copy_from_slice(FILE_MAGIC);
        bytes[CHUNK_COUNT..CHUNK_COUNT + 2].copy_from_slice(&promised.to_le_bytes());
        bytes.extend_from_slice(behind);
        bytes
    }

    fn rejected(bytes: Vec<u8>) -> Vec<(String, &'static str)> {
        let mut events = EvtxFile::new(Cursor::new(bytes), "test");
        let mut found = Vec::new();
        while let Some(part) = events.next_part().unwrap() {
            assert_eq!(part.count, 0);
            found.extend(
                part.rejected
                    .into_iter()
                    .map(|(place, why)| (place, why.code())),
            );
        }
        assert!(events.next_part().unwrap().is_none());
        found
    }

    #[test]
    fn a_file_that_ends_inside_its_header_is_said_to_be_cut() {
        for length in [8, 3_000, HEADER - 1] {
            let mut bytes = file(1, &[]);
            bytes.truncate(length);
            assert_eq!(
                rejected(bytes),
                [("header".to_owned(), "evtx_header")],
                "{length}"
            );
        }
    }

    #[test]
    fn chunks_that_the_header_promises_and_that_are_not_there_are_said_once() {
        // Windows allots chunks ahead: zeroes are one.
        assert_eq!(rejected(file(1, &vec![0; CHUNK])), []);
        assert_eq!(rejected(file(0, &[])), []);
        assert_eq!(
            rejected(file(3, &vec![0; CHUNK])),
            [("1 of 3 chunks".to_owned(), "evtx_missing")]
        );
        // More than promised is a log that was being written.
        assert_eq!(rejected(file(1, &vec![0; 2 * CHUNK])), []);
    }

    #[test]
    fn a_chunk_that_is_cut_is_said_beside_those_that_are_missing() {
        assert_eq!(
            rejected(file(3, &[7; 100])),
            [
                ("chunk 0 offset 4096".to_owned(), "evtx_chunk"),
                ("1 of 3 chunks".to_owned(), "evtx_missing")
            ]
        );
    }

    #[test]
    fn a_damaged_header_promises_nothing() {
        let mut bytes = file(9, &vec![0; CHUNK]);
        bytes[0] = 0;
        assert_eq!(rejected(bytes), []);
    }
}
