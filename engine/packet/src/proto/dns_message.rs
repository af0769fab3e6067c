//! One DNS message taken apart (RFC 1035 section 4). The same space serves every message.
//!
//! Caps: 256 questions and as many records, 32 strings a record, 64 KiB of text; what is left out is noted.

use super::dns_name::{Name, Range, Texts};
use super::dns_record::{self, Data};
use super::dns_service::Extension;
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Bytes of the header.
pub const HEADER: usize = 12;
/// The header's bit of an answer.
pub const IS_ANSWER: u16 = 0x8000;
/// Questions, and records, that one event tells of.
const MAX_RECORDS: usize = 256;
/// Strings of one message that are told apart.
const MAX_STRINGS: usize = 1_024;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What was asked for.
    Answer,
    /// Who is responsible for it.
    Authority,
    /// What else may help.
    Additional,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked about.
    pub name: Name,
    /// Record type.
    pub kind: u16,
    /// Record class.
    pub class: u16,
}

/// A resource record; its data is text already.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where it stands.
    pub section: Section,
    /// Whose it is.
    pub name: Name,
    /// Record type.
    pub kind: u16,
    /// Record class.
    pub class: u16,
    /// Seconds.
    pub ttl: u32,
    /// Its data.
    pub data: Range,
    /// Places of its strings, when one text does not say where they begin.
    pub strings: Range,
}

/// A message.
#[derive(Debug, Default)]
pub struct Message {
    /// Chosen by who asks.
    pub id: u16,
    /// The second word of the header.
    pub flags: u16,
    /// All names and data.
    pub texts: Texts,
    /// Questions.
    pub questions: Vec<Question>,
    /// Records of all sections, in order.
    pub records: Vec<Record>,
    /// Strings of records that have several: place in the texts, and length on the wire.
    pub strings: Vec<Range>,
    /// Addresses among the answers.
    pub resolved: Vec<(u8, [u8; 16])>,
    /// EDNS.
    pub extension: Option<Extension>,
    /// Whether records were left out.
    pub records_cut: bool,
    /// The part that breaks the format.
    pub broken: Option<Anomaly>,
}

impl Message {
    /// Reads `data`; `None` when not even the header is there.
    pub fn read(&mut self, data: &[u8]) -> Option<()> {
        self.texts.clear();
        self.questions.clear();
        self.records.clear();
        self.strings.clear();
        self.resolved.clear();
        self.extension = None;
        self.records_cut = false;
        self.broken = None;
        let mut bytes = Bytes::new(data);
        self.id = bytes.u16()?;
        self.flags = bytes.u16()?;
        let counts = [bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?];
        self.broken = self.read_sections(data, counts).err();
        Some(())
    }

    fn read_sections(&mut self, data: &[u8], counts: [u16; 4]) -> Result<(), Anomaly> {
        let [questions, answers, authorities, additionals] = counts;
        let mut at = HEADER;
        for _ in 0..questions {
            if self.questions.len() >= MAX_RECORDS {
                self.records_cut = true;
                return Ok(());
            }
            let question = self
                .read_question(data, &mut at)
                .ok_or(Anomaly::DnsMalformed)?;
            self.questions.push(question);
        }
        for (section, count, anomaly) in [
            (Section::Answer, answers, Anomaly::DnsMalformed),
            (
                Section::Authority,
                authorities,
                Anomaly::DnsAuthoritiesInvalid,
            ),
            (
                Section::Additional,
                additionals,
                Anomaly::DnsAdditionalsInvalid,
            ),
        ] {
            for _ in 0..count {
                if self.records.len() >= MAX_RECORDS {
                    self.records_cut = true;
                    return Ok(());
                }
                let record = self.read_record(data, &mut at, section).ok_or(anomaly)?;
                self.records.push(record);
            }
        }
        Ok(())
    }

    fn read_question(&mut self, data: &[u8], at: &mut usize) -> Option<Question> {
        let name = self.texts.name(data, at)?;
        let mut bytes = Bytes::new(data.get(*at..)?);
        let (kind, class) = (bytes.u16()?, bytes.u16()?);
        *at += 4;
        Some(Question { name, kind, class })
    }

    fn read_record(&mut self, message: &[u8], at: &mut usize, section: Section) -> Option<Record> {
        let name = self.texts.name(message, at)?;
        let mut bytes = Bytes::new(message.get(*at..)?);
        let (kind, class, ttl) = (bytes.u16()?, bytes.u16()?, bytes.u32()?);
        let length = usize::from(bytes.u16()?);
        let start = *at + 10;
        let raw = bytes.take(length)?;
        *at = start + length;
        if section == Section::Answer
            && let Some(address) = dns_record::address(kind, raw)
        {
            self.resolved.push(address);
        }
        let mut record = Record {
            section,
            name,
            kind,
            class,
            ttl,
            data: 0..0,
            strings: 0..0,
        };
        if kind == 41 {
            self.extension = Some(Extension::read(class, ttl, raw, &mut self.texts));
        } else {
            let data = Data {
                message,
                start,
                raw,
            };
            record.data = dns_record::text(data, kind, &mut self.texts);
            if dns_record::is_strings(kind) {
                record.strings = self.read_strings(raw, record.data.start);
            }
        }
        Some(record)
    }

    /// Notes where each string of a record lies in its text; nothing when the text is one string.
    fn read_strings(&mut self, raw: &[u8], begin: usize) -> Range {
        let first = self.strings.len();
        let (mut bytes, mut at) = (Bytes::new(raw), begin);
        while let Some(part) = bytes.vector8() {
            if self.strings.len() >= MAX_STRINGS {
                self.texts.faults.texts_cut = true;
                break;
            }
            // A space stands before every string but the first, and none before an empty one.
            at += usize::from(self.strings.len() > first && !part.is_empty());
            self.strings.push(at..at + part.len());
            at += part.len();
        }
        if self.strings.len() == first + 1 || !bytes.is_empty() {
            self.strings.truncate(first);
        }
        first..self.strings.len()
    }

    /// Whether it answers.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        self.flags & IS_ANSWER != 0
    }

    /// What kind of operation.
    #[must_use]
    pub fn operation(&self) -> u16 {
        self.flags >> 11 & 15
    }

    /// The text at a place.
    #[must_use]
    pub fn text(&self, range: &Range) -> &[u8] {
        self.texts.get(range)
    }

    /// How it went; EDNS has the high bits.
    #[must_use]
    pub fn response_code(&self) -> u16 {
        let extended = self.records.iter().find(|record| record.kind == 41);
        let high = extended.map_or(0, |record| u16::try_from(record.ttl >> 24).unwrap_or(0));
        high << 4 | (self.flags & 15)
    }

    /// Everything about it that should not be.
    pub fn anomalies(&self) -> impl Iterator<Item = Anomaly> {
        let faults = self.texts.faults;
        let unknown = self.operation() >= 7 || self.operation() == 3;
        [
            (self.flags & 0x40 != 0).then_some(Anomaly::DnsZFlag),
            unknown.then_some(Anomaly::DnsOpcodeInvalid),
            faults.name_too_long.then_some(Anomaly::DnsNameTooLong),
            faults.pointer_loop.then_some(Anomaly::DnsPointerLoop),
            faults.too_many_labels.then_some(Anomaly::DnsTooManyLabels),
            self.broken,
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(counts: [u16; 4], body: &[u8]) -> Vec<u8> {
        let mut data = vec![0, 7, 0x81, 0x80];
        for count in counts {
            data.extend(count.to_be_bytes());
        }
        data.extend(body);
        data
    }

    #[test]
    fn strings_of_a_record_are_told_apart() {
        let body = b"\x01a\x00\x00\x10\x00\x01\x00\x00\x00\x05\x00\x09\x03one\x00\x03two";
        let mut read = Message::default();
        read.read(&message([0, 1, 0, 0], body)).expect("a header");
        let record = read.records.first().expect("a record");
        let strings: Vec<_> = read.strings[record.strings.clone()]
            .iter()
            .map(|range| read.text(range))
            .collect();
        assert_eq!(strings, [&b"one"[..], b"", b"two"]);
        assert_eq!(read.text(&record.data), b"one two");
    }

    #[test]
    fn a_broken_section_is_named_and_what_came_before_it_is_kept() {
        let body = b"\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x0a\x00\x00\x01\xff";
        let mut read = Message::default();
        for (counts, anomaly) in [
            ([1, 2, 0, 0], Anomaly::DnsMalformed),
            ([1, 1, 1, 0], Anomaly::DnsAuthoritiesInvalid),
            ([1, 1, 0, 1], Anomaly::DnsAdditionalsInvalid),
        ] {
            read.read(&message(counts, body)).expect("a header");
            assert_eq!(read.broken, Some(anomaly));
            assert_eq!((read.questions.len(), read.records.len()), (1, 1));
        }
    }

    #[test]
    fn more_records_than_one_event_holds_are_left_out() {
        let record = b"\x00\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x0a\x00\x00\x01";
        let mut read = Message::default();
        read.read(&message([0, 4_096, 0, 0], &record.repeat(4_096)))
            .expect("a header");
        assert!(read.records_cut && read.broken.is_none());
        assert_eq!(read.records.len(), 256);
    }
}
