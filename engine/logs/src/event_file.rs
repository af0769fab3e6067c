//! Files of events that are not lines: event log files of Windows, and JSON objects or XML elements
//! over several lines. Read from the front, a
//! bounded part at a time; what is damaged is named with its place and passed over.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use crate::Rejection;
use crate::document::Document;
use crate::evtx_file::EvtxFile;
use crate::json_file::JsonFile;
use crate::xml_file::XmlFile;

/// The names of the formats, for `EventFile::open`.
pub const FORMATS: [&str; 3] = ["evtx", "windows_json", "windows_xml"];
/// How much of a file is looked at to tell its format.
const SAMPLE: usize = 65_536;

/// Events of a part of a file, and what was refused with its place.
#[derive(Debug, Default)]
pub struct Part {
    /// Newline-terminated events.
    pub lines: String,
    /// How many.
    pub count: usize,
    /// Event time of the newest, if there is one.
    pub last_time_us: Option<i64>,
    /// Where, and why.
    pub rejected: Vec<(String, Rejection)>,
}

impl Part {
    pub(crate) fn take(
        &mut self,
        read: Result<Document, Rejection>,
        source: &str,
        place: impl FnOnce() -> String,
    ) {
        match read.and_then(|document| document.write(&mut self.lines, source)) {
            Ok(time_us) => {
                self.count += 1;
                self.last_time_us = self.last_time_us.max(Some(time_us));
            }
            Err(rejection) => self.rejected.push((place(), rejection)),
        }
    }
}

/// Where the bytes come from.
type Bytes = Box<dyn Read + Send>;

enum Kind {
    Evtx(EvtxFile<Bytes>),
    Json(JsonFile<Bytes>),
    Xml(XmlFile<Bytes>),
}

/// An open file.
pub struct EventFile {
    kind: Kind,
}

impl EventFile {
    /// Opens a file; `source` names the input in its events. `None` when it is of no such format.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(path: &Path, source: &str) -> io::Result<Option<Self>> {
        let Some(format) = probe(path)? else {
            return Ok(None);
        };
        Ok(Some(Self::new(Box::new(File::open(path)?), format, source)))
    }

    /// Bytes of a known format.
    #[must_use]
    pub fn new(bytes: Bytes, format: &str, source: &str) -> Self {
        let kind = match format {
            "evtx" => Kind::Evtx(EvtxFile::new(bytes, source)),
            "windows_xml" => Kind::Xml(XmlFile::new(bytes, source)),
            _ => Kind::Json(JsonFile::new(bytes, source)),
        };
        Self { kind }
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_part(&mut self) -> io::Result<Option<Part>> {
        match &mut self.kind {
            Kind::Evtx(file) => file.next_part(),
            Kind::Json(file) => file.next_part(),
            Kind::Xml(file) => file.next_part(),
        }
    }
}

/// The format of a file by its first bytes; `None` when it is none of these, or one of lines.
///
/// # Errors
/// It cannot be read.
pub fn probe(path: &Path) -> io::Result<Option<&'static str>> {
    let mut sample = Vec::with_capacity(SAMPLE);
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    file.rewind()?;
    file.take(SAMPLE as u64).read_to_end(&mut sample)?;
    if crate::evtx_file::is_evtx(&sample) {
        return Ok(Some("evtx"));
    }
    if crate::xml_file::is_events(&sample) {
        return Ok(Some("windows_xml"));
    }
    let is_json = crate::json_file::is_objects(&sample);
    Ok(is_json.then_some("windows_json"))
}
