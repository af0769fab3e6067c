//! DNS (RFC 1035), mDNS and LLMNR over UDP; DNS over TCP (RFC 7766).
//!
//! Emits `dns-query` and `dns-answer`. Caps: a name 1,025 bytes and 255 hops, 256 records a message, 64 open queries.

use super::dns_record::{self, Range};
use super::{Context, Direction, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;
use crate::emit::head::{Dataset, Event, Related};
use crate::emit::line::Line;

/// Ports of DNS, mDNS and LLMNR.
pub const PORTS: &[u16] = &[53, 5353, 5355];
/// Records that one event tells of.
const MAX_RECORDS: usize = 256;
/// Queries without an answer that one flow remembers.
const MAX_OPEN: usize = 64;
const HEADER: usize = 12;
const IS_ANSWER: u16 = 0x8000;

/// A question.
#[derive(Clone, Debug)]
struct Question {
    name: Range,
    kind: u16,
    class: u16,
}

/// A resource record; its data is text already.
#[derive(Clone, Debug)]
struct Record {
    section: u8,
    name: Range,
    kind: u16,
    class: u16,
    ttl: u32,
    data: Range,
}

/// A message taken apart. The same space serves every message.
#[derive(Debug, Default)]
pub struct Message {
    id: u16,
    flags: u16,
    texts: Vec<u8>,
    questions: Vec<Question>,
    records: Vec<Record>,
    resolved: Vec<(u8, [u8; 16])>,
    is_cut: bool,
    is_malformed: bool,
}

impl Message {
    /// Reads `data`; `None` when not even the header is there.
    fn read(&mut self, data: &[u8]) -> Option<()> {
        self.texts.clear();
        self.questions.clear();
        self.records.clear();
        self.resolved.clear();
        self.is_cut = false;
        self.is_malformed = false;
        let mut bytes = Bytes::new(data);
        self.id = bytes.u16()?;
        self.flags = bytes.u16()?;
        let counts = [bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?];
        self.is_malformed = self.read_sections(data, counts).is_none();
        Some(())
    }

    fn read_sections(&mut self, data: &[u8], counts: [u16; 4]) -> Option<()> {
        let [questions, answers, authorities, additionals] = counts;
        let mut at = HEADER;
        for _ in 0..questions {
            let question = self.read_question(data, &mut at)?;
            if self.questions.len() < MAX_RECORDS {
                self.questions.push(question);
            } else {
                self.is_cut = true;
            }
        }
        for (section, count) in [(1, answers), (2, authorities), (3, additionals)] {
            for _ in 0..count {
                if self.records.len() >= MAX_RECORDS {
                    self.is_cut = true;
                    return Some(());
                }
                let record = self.read_record(data, &mut at, section)?;
                self.records.push(record);
            }
        }
        Some(())
    }

    fn read_question(&mut self, data: &[u8], at: &mut usize) -> Option<Question> {
        let name = dns_record::name(data, at, &mut self.texts, &mut self.is_cut)?;
        let mut bytes = Bytes::new(data.get(*at..)?);
        let (kind, class) = (bytes.u16()?, bytes.u16()?);
        *at += 4;
        Some(Question { name, kind, class })
    }

    fn read_record(&mut self, data: &[u8], at: &mut usize, section: u8) -> Option<Record> {
        let name = dns_record::name(data, at, &mut self.texts, &mut self.is_cut)?;
        let mut bytes = Bytes::new(data.get(*at..)?);
        let (kind, class, ttl) = (bytes.u16()?, bytes.u16()?, bytes.u32()?);
        let length = usize::from(bytes.u16()?);
        let start = *at + 10;
        let end = start.checked_add(length)?;
        let raw = data.get(start..end)?;
        *at = end;
        if section == 1
            && let Some(address) = dns_record::address(kind, raw)
        {
            self.resolved.push(address);
        }
        let data = dns_record::text(data, start, raw, kind, &mut self.texts, &mut self.is_cut);
        Some(Record {
            section,
            name,
            kind,
            class,
            ttl,
            data,
        })
    }

    fn is_answer(&self) -> bool {
        self.flags & IS_ANSWER != 0
    }

    fn text(&self, range: &Range) -> &[u8] {
        self.texts.get(range.clone()).unwrap_or_default()
    }

    fn response_code(&self) -> u16 {
        let extended = self
            .records
            .iter()
            .find(|record| record.section == 3 && record.kind == 41);
        let high = extended.map_or(0, |record| u16::try_from(record.ttl >> 24).unwrap_or(0));
        high << 4 | (self.flags & 15)
    }
}

/// Whether a datagram is DNS: the header must make sense, and away from its ports the whole message must.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    let mut bytes = Bytes::new(data);
    let (
        Some(_),
        Some(flags),
        Some(questions),
        Some(answers),
        Some(authorities),
        Some(additionals),
    ) = (
        bytes.u16(),
        bytes.u16(),
        bytes.u16(),
        bytes.u16(),
        bytes.u16(),
        bytes.u16(),
    )
    else {
        return Probe::No;
    };
    let is_answer = flags & IS_ANSWER != 0;
    let role = if is_answer {
        Role::Server
    } else {
        Role::Client
    };
    let records = u32::from(answers) + u32::from(authorities) + u32::from(additionals);
    if matches!(flags >> 11 & 15, 3 | 7..) || u32::from(questions) + records == 0 {
        return Probe::No;
    }
    let least = usize::from(questions) * 5 + usize::try_from(records).unwrap_or(0) * 11;
    if least > data.len().saturating_sub(HEADER) {
        return if is_usual_port && questions <= 8 {
            Probe::Yes(role)
        } else {
            Probe::No
        };
    }
    if is_usual_port {
        return Probe::Yes(role);
    }
    let is_query = answers == 0 && flags.trailing_zeros() >= 4;
    if questions == 1 && (is_answer || is_query) && is_first_question_plain(data) {
        Probe::Yes(role)
    } else {
        Probe::No
    }
}

/// Whether the first question has a printable name, a known type and a known class.
fn is_first_question_plain(data: &[u8]) -> bool {
    let (mut texts, mut at, mut is_cut) = (Vec::new(), HEADER, false);
    let Some(name) = dns_record::name(data, &mut at, &mut texts, &mut is_cut) else {
        return false;
    };
    let mut bytes = Bytes::new(data.get(at..).unwrap_or_default());
    let (Some(kind), Some(class)) = (bytes.u16(), bytes.u16()) else {
        return false;
    };
    let is_printable = texts
        .get(name)
        .is_some_and(|name| name.iter().all(|byte| matches!(byte, 0x21..=0x7e)));
    is_printable
        && !is_cut
        && dns_record::type_name(kind).is_some()
        && matches!(class & 0x7fff, 1 | 3 | 4 | 254 | 255)
}

/// Whether a stream is DNS: a length, then a message that fits it.
#[must_use]
pub fn probe_stream(data: &[u8], is_usual_port: bool) -> Probe {
    let mut bytes = Bytes::new(data);
    let Some(length) = bytes.u16().map(usize::from) else {
        return Probe::More;
    };
    if length < HEADER + 5 {
        return Probe::No;
    }
    match bytes.take(length) {
        Some(message) => probe(message, is_usual_port),
        // The header is enough to refuse; 32 bytes hold it and the beginning of a name.
        None if data.len() >= 2 + HEADER => match bytes.rest().get(..HEADER) {
            Some(&[_, _, flags, _, 0, 1, ..]) if flags >> 3 & 15 <= 6 => Probe::More,
            _ => Probe::No,
        },
        None => Probe::More,
    }
}

/// State for datagrams.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Dns {
        is_stream: false,
        open: Vec::new(),
    })
}

/// State for a stream.
#[must_use]
pub fn make_stream() -> Box<dyn Parser> {
    Box::new(Dns {
        is_stream: true,
        open: Vec::new(),
    })
}

/// A query that waits for its answer.
#[derive(Clone, Copy, Debug)]
struct Open {
    id: u16,
    time_us: u64,
    transaction: u64,
}

/// One flow's queries.
struct Dns {
    is_stream: bool,
    open: Vec<Open>,
}

impl Parser for Dns {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let _ = direction;
        if !self.is_stream {
            self.message(context, bytes);
            return Step::more(bytes.len());
        }
        let mut rest = Bytes::new(bytes);
        let mut consumed = 0;
        while let Some(message) = rest.vector16() {
            self.message(context, message.rest());
            consumed = bytes.len() - rest.len();
        }
        Step::more(consumed)
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        // Lengths are the only boundaries: after a hole none can be found again.
        false
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        self.open.capacity() * size_of::<Open>()
    }
}

impl Dns {
    fn message(&mut self, context: &mut Context<'_>, data: &[u8]) {
        let mut message = std::mem::take(&mut context.shared.dns_message);
        if message.read(data).is_some() {
            self.report(context, &message);
        }
        if message.is_malformed || data.len() < HEADER {
            context.anomaly(Anomaly::DnsMalformed);
        }
        context.shared.dns_message = message;
    }

    fn report(&mut self, context: &mut Context<'_>, message: &Message) {
        if message.is_malformed && message.questions.is_empty() && message.records.is_empty() {
            return;
        }
        let is_answer = message.is_answer();
        let action = if is_answer { "dns-answer" } else { "dns-query" };
        let mut event = Event::new(
            Dataset::Dns,
            action,
            context.moment.time_us,
            context.moment.packet,
        );
        if is_answer {
            if let Some(open) = self.take_open(message.id) {
                event.duration_us = Some(context.moment.time_us.saturating_sub(open.time_us));
                event.start_us = Some(open.time_us);
                event.transaction = Some(open.transaction);
            }
            event.success = Some(message.response_code() == 0);
        } else {
            let transaction = context.begin_transaction();
            event.transaction = Some(transaction);
            self.remember(
                context,
                Open {
                    id: message.id,
                    time_us: context.moment.time_us,
                    transaction,
                },
            );
        }
        let question = message.questions.first();
        let hosts = [question.map_or(&b""[..], |question| message.text(&question.name))];
        event.related = Related {
            addresses: &message.resolved,
            hosts: &hosts,
            ..Related::default()
        };
        context.emit(
            &event,
            |line| write_dns(line, message),
            |line| write_own(line, message),
        );
    }

    fn take_open(&mut self, id: u16) -> Option<Open> {
        let place = self.open.iter().position(|open| open.id == id)?;
        Some(self.open.swap_remove(place))
    }

    fn remember(&mut self, context: &mut Context<'_>, open: Open) {
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
            context.limit("dns_open_queries");
        }
        self.open.push(open);
    }
}

fn write_dns(line: &mut Line<'_>, message: &Message) {
    let mark = line.open("dns");
    line.word(
        "type",
        if message.is_answer() {
            "answer"
        } else {
            "query"
        },
    );
    line.number_text("id", u64::from(message.id));
    let operation = message.flags >> 11 & 15;
    named(
        line,
        "op_code",
        dns_record::operation_name(operation),
        operation,
    );
    if message.is_answer() {
        let code = message.response_code();
        named(line, "response_code", dns_record::response_name(code), code);
    }
    if let Some(question) = message.questions.first() {
        let mark = line.open("question");
        write_question(line, message, question);
        line.close(mark);
    }
    write_records(line, message, "answers", 1);
    let list = line.open_list("resolved_ip");
    for (place, (family, address)) in message.resolved.iter().enumerate() {
        if !message
            .resolved
            .iter()
            .take(place)
            .any(|earlier| earlier == &(*family, *address))
        {
            line.item_raw(|out| crate::emit::output::append_address(out, *family, address));
        }
    }
    line.close_list(list);
    let list = line.open_list("header_flags");
    for (bit, name) in [
        (0x400, "AA"),
        (0x200, "TC"),
        (0x100, "RD"),
        (0x80, "RA"),
        (0x20, "AD"),
        (0x10, "CD"),
    ] {
        if message.flags & bit != 0 {
            line.item_word(name);
        }
    }
    line.close_list(list);
    if message.is_cut {
        line.note_truncated("");
    }
    line.close(mark);
}

fn write_own(line: &mut Line<'_>, message: &Message) {
    let mark = line.open("dns");
    if message.questions.len() > 1 {
        let list = line.open_list("questions");
        for question in &message.questions {
            if !line.has_room() {
                break;
            }
            let item = line.open_item();
            write_question(line, message, question);
            line.close(item);
        }
        line.close_list(list);
    }
    write_records(line, message, "authorities", 2);
    write_records(line, message, "additionals", 3);
    if message.flags & 0x40 != 0 {
        line.number("z", 1);
    }
    if message.is_answer()
        && message.questions.is_empty()
        && !matches!(message.response_code(), 0 | 3)
    {
        line.flag("rejected", true);
    }
    line.close(mark);
}

fn write_question(line: &mut Line<'_>, message: &Message, question: &Question) {
    line.text_within(
        "name",
        message.text(&question.name),
        dns_record::MAX_NAME_TEXT,
    );
    named(
        line,
        "type",
        dns_record::type_name(question.kind),
        question.kind,
    );
    named(
        line,
        "class",
        dns_record::class_name(question.class),
        question.class,
    );
}

fn write_records(line: &mut Line<'_>, message: &Message, key: &'static str, section: u8) {
    let list = line.open_list(key);
    for record in message
        .records
        .iter()
        .filter(|record| record.section == section)
    {
        if !line.has_room() {
            break;
        }
        let item = line.open_item();
        line.text_within(
            "name",
            message.text(&record.name),
            dns_record::MAX_NAME_TEXT,
        );
        named(
            line,
            "type",
            dns_record::type_name(record.kind),
            record.kind,
        );
        // The class and lifetime of an OPT record are something else (RFC 6891).
        if record.kind != 41 {
            named(
                line,
                "class",
                dns_record::class_name(record.class),
                record.class,
            );
            line.number("ttl", u64::from(record.ttl));
        }
        line.text("data", message.text(&record.data));
        line.close(item);
    }
    line.close_list(list);
}

fn named(line: &mut Line<'_>, key: &'static str, name: Option<&str>, number: u16) {
    match name {
        Some(name) => line.word(key, name),
        None => line.number_text(key, u64::from(number)),
    }
}
