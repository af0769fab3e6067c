//! Event log files of Windows ([MS-EVEN6]; the file's layout as the crate `evtx` knows it): a header of 4,096 bytes, then chunks
//! of 65,536, each readable by itself.
//!
//! The header is not needed: a file with a damaged one is read too, and one that ends inside a chunk gives that chunk's whole
//! records. The crate bounds what a record may unfold to; a record beyond `windows::MAX_EVENT` is refused here.

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
}

impl<R: Read> EvtxFile<R> {
    pub(crate) fn new(reader: R, source: &str) -> Self {
        Self {
            reader,
            source: source.to_owned(),
            settings: Arc::new(ParserSettings::new().indent(false)),
            number: None,
        }
    }

    /// The events of the next chunk.
    pub(crate) fn next_part(&mut self) -> io::Result<Option<Part>> {
        if self.number.is_none() {
            read_up_to(&mut self.reader, HEADER)?;
        }
        let number = self.number.map_or(0, |number| number + 1);
        self.number = Some(number);
        let mut bytes = read_up_to(&mut self.reader, CHUNK)?;
        if bytes.is_empty() {
            return Ok(None);
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
