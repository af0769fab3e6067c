//! Files in transit: counted and hashed while they pass, never kept.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::bytes::count;
use crate::emit::head::{Dataset, Event, append_flow_id};
use crate::emit::line::Line;
use crate::emit::text::append_hex;
use crate::file_type::{HEAD, VOLUME, mime_type_of};
use crate::ids::sip;
use crate::proto::{Context, Direction};

/// Longest name.
const MAX_NAME: usize = 1_024;
/// Longest path.
const MAX_PATH: usize = 4_096;

/// One file being transferred.
pub struct File {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
    head: Vec<u8>,
    /// What stands where a disc image names its standard.
    volume: [u8; 5],
    size: u64,
    missing: u64,
    is_cut: bool,
    is_joined: bool,
    range: Option<[u64; 3]>,
    /// The type by what is known besides these bytes.
    known_type: Option<&'static str>,
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The whole file passed.
    Closed,
    /// Its end, or a part, did not.
    Truncated,
}

/// What is known of a file besides its bytes.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Name as sent.
    pub name: &'a [u8],
    /// Transaction that carried it.
    pub transaction: u64,
    /// How many files of that transaction came before.
    pub part: u64,
    /// Who sent it.
    pub sender: Direction,
    /// How it ended.
    pub state: State,
    /// Members that its carrier adds: `url`, `email`, `smb`. They follow `file`.
    pub describe: &'a dyn Fn(&mut Line<'_>),
}

impl Default for File {
    fn default() -> Self {
        Self {
            md5: Md5::new(),
            sha1: Sha1::new(),
            sha256: Sha256::new(),
            head: Vec::new(),
            volume: [0; 5],
            size: 0,
            missing: 0,
            is_cut: false,
            is_joined: false,
            range: None,
            known_type: None,
        }
    }
}

impl File {
    /// Takes the next bytes.
    pub fn data(&mut self, bytes: &[u8]) {
        let wanted = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head
            .extend_from_slice(bytes.get(..wanted).unwrap_or_default());
        self.note_volume(bytes);
        self.size = self.size.saturating_add(count(bytes.len()));
        // With a hole the digests would be of something that never existed.
        if self.missing == 0 {
            self.md5.update(bytes);
            self.sha1.update(bytes);
            self.sha256.update(bytes);
        }
    }

    fn note_volume(&mut self, bytes: &[u8]) {
        let index = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        let known = index(self.size.saturating_sub(VOLUME));
        let before = index(VOLUME.saturating_sub(self.size));
        // Behind a hole places are not what they were.
        if self.missing == 0 && known < self.volume.len() && before < bytes.len() {
            let fresh = bytes.iter().skip(before);
            for (place, byte) in self.volume.iter_mut().skip(known).zip(fresh) {
                *place = *byte;
            }
        }
    }

    /// `length` bytes were lost.
    pub fn gap(&mut self, length: u64) {
        self.missing = self.missing.saturating_add(length);
    }

    /// From here on bytes were left out on purpose.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    /// The bytes are a part of a file: its first and last place, and the size of the whole.
    pub fn set_range(&mut self, start: u64, end: u64, total: u64) {
        self.range = Some([start, end, total]);
    }

    /// The bytes do not tell the type; this does. Empty when nothing does.
    pub fn set_mime_type(&mut self, mime_type: &'static str) {
        self.known_type = Some(mime_type);
    }

    /// The file was put together from ranges.
    pub fn set_joined(&mut self) {
        self.is_joined = true;
    }

    /// Bytes that passed.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether nothing passed and nothing was lost.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.size == 0 && self.missing == 0
    }

    /// Type by content.
    #[must_use]
    pub fn mime_type(&self) -> &'static str {
        self.known_type
            .unwrap_or_else(|| mime_type_of(&self.head, self.volume))
    }

    /// Writes the file event, unless nothing passed.
    pub fn report(self, context: &mut Context<'_>, facts: &Facts<'_>) {
        if self.is_empty() {
            return;
        }
        let is_closed = self.missing == 0 && !self.is_cut && facts.state == State::Closed;
        let digests = [
            hex(&self.md5.clone().finalize()),
            hex(&self.sha1.clone().finalize()),
            hex(&self.sha256.clone().finalize()),
        ];
        let hashes = digests.each_ref().map(Vec::as_slice);
        // The digest of a part is no name of anything.
        let hashes = (is_closed && self.range.is_none()).then_some(&hashes);
        let moment = context.moment;
        let mut event = Event::new(
            Dataset::File,
            "file-transfer",
            moment.time_us,
            moment.packet,
        );
        event.categories = &["file"];
        event.types = &["info"];
        event.transaction = Some(facts.transaction);
        if let Some(hashes) = hashes {
            event.related.hashes = hashes;
        }
        let flow = context.flow.id;
        context.emit(
            &event,
            |line| {
                self.write(line, facts.name, hashes);
                (facts.describe)(line);
            },
            |line| self.write_own(line, facts, flow, is_closed),
        );
    }

    fn write(&self, line: &mut Line<'_>, name: &[u8], hashes: Option<&[&[u8]; 3]>) {
        let mark = line.open("file");
        // A name with folders in it is a path; what stands after the last one is the name.
        let last = name
            .rsplit(|byte| matches!(byte, b'/' | b'\\'))
            .next()
            .unwrap_or_default();
        line.text_within("name", last, MAX_NAME);
        if last.len() < name.len() {
            line.text_within("path", name, MAX_PATH);
        }
        line.number("size", self.size.saturating_add(self.missing));
        line.word("mime_type", self.mime_type());
        if let Some([md5, sha1, sha256]) = hashes {
            let hash = line.open("hash");
            line.plain("md5", md5);
            line.plain("sha1", sha1);
            line.plain("sha256", sha256);
            line.close(hash);
        }
        line.close(mark);
    }

    fn write_own(&self, line: &mut Line<'_>, facts: &Facts<'_>, flow: u64, is_closed: bool) {
        let mark = line.open("file");
        let id = id(flow, facts.transaction, facts.part, facts.sender);
        line.raw("id", |out| append_flow_id(out, id));
        line.word("state", if is_closed { "closed" } else { "truncated" });
        line.word(
            "sender",
            if facts.sender == Direction::FromSource {
                "source"
            } else {
                "destination"
            },
        );
        if self.is_joined {
            line.flag("joined", true);
        } else if facts.part > 0 {
            line.number("part", facts.part);
        }
        if self.missing > 0 {
            line.flag("gaps", true);
            line.number("missing_bytes", self.missing);
        }
        if self.is_cut {
            line.flag("limited", true);
        }
        if let Some([start, end, total]) = self.range {
            let range = line.open("range");
            line.number("start", start);
            line.number("end", end);
            line.number("total", total);
            line.close(range);
        }
        line.close(mark);
    }
}

/// `khien.file.id` of the file in this place of a flow.
#[must_use]
pub fn id(flow: u64, transaction: u64, part: u64, sender: Direction) -> u64 {
    sip::<2, 4>([0, 0], &[flow, transaction, part, count(sender.index())])
}

fn hex(digest: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    append_hex(&mut text, digest);
    text
}
