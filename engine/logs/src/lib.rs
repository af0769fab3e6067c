//! Log lines in, events out: one line of text becomes one line of JSON in the frame, or is named with its reason.
#![forbid(unsafe_code)]

pub mod auditd;
pub mod channel;
mod csv;
mod detect;
mod device;
pub mod document;
pub mod dovecot;
pub mod draft;
pub mod event_file;
mod evtx_file;
mod fields;
mod format;
mod haproxy;
mod json_file;
pub mod nginx;
pub mod pam;
pub mod postfix;
mod program;
mod service;
pub mod sshd;
pub mod syslog;
pub mod text;
pub mod time;
pub mod windows;
mod xml_file;
mod zimbra;

use thiserror::Error;

pub use crate::detect::detect_format;
pub use crate::format::{Format, names};

use crate::draft::Draft;
use crate::format::FORMATS;

/// Longest line that is read, without its newline.
pub const MAX_LINE: usize = 65_536;

/// What can be wrong with what a parser is asked to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    /// No such format.
    #[error("`{format}` is not a log format")]
    UnknownFormat {
        /// As asked.
        format: String,
    },
    /// A parameter is out of its range.
    #[error("`{name}` is out of its range")]
    Parameter {
        /// The parameter.
        name: &'static str,
    },
}

impl LogError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownFormat { .. } => "logs.unknown_format",
            Self::Parameter { .. } => "logs.invalid_parameter",
        }
    }

    /// The plain values of the sentence.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnknownFormat { format } => {
                vec![("format", format.clone()), ("known", names().join(", "))]
            }
            Self::Parameter { name } => vec![("name", (*name).to_owned())],
        }
    }
}

/// Why a line became no event; each has a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Longer than `MAX_LINE`.
    TooLarge,
    /// Not of the format.
    Format,
    /// It states no time, or no year and none was given.
    TimeUnknown,
    /// Its time does not exist.
    TimeInvalid,
    /// An event log file that ends inside its own header.
    CutHeader,
    /// Chunks that the header of an event log file promises and that are not there.
    MissingChunks,
    /// A chunk of an event log file that is damaged or cut.
    DamagedChunk,
    /// A record of an event log file that cannot be read.
    DamagedRecord,
}

impl Rejection {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Format => "format",
            Self::TimeUnknown => "time_unknown",
            Self::TimeInvalid => "time_invalid",
            Self::CutHeader => "evtx_header",
            Self::MissingChunks => "evtx_missing",
            Self::DamagedChunk => "evtx_chunk",
            Self::DamagedRecord => "evtx_record",
        }
    }
}

/// How times without year or zone are read.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Minutes ahead of UTC.
    pub offset_minutes: i32,
    year: Option<i32>,
    month: Option<u32>,
}

impl Clock {
    /// `year` is that of the first line without one.
    #[must_use]
    pub fn new(year: Option<i32>, offset_minutes: i32) -> Self {
        Self {
            offset_minutes,
            year,
            month: None,
        }
    }

    /// The year of a line in this month: lines are near each other, so a jump of half a year is a turn of the year.
    fn infer_year(&self, month: u32) -> Option<i32> {
        let year = self.year?;
        Some(match self.month {
            Some(last) if last > month + 6 => year + 1,
            Some(last) if last + 6 < month => year - 1,
            _ => year,
        })
    }

    /// Later lines are read beside this one; one that came late from before does not turn the year back.
    fn remember(&mut self, year: i32, month: u32) {
        if self.month.is_none()
            || self.year.is_some_and(|known| year > known)
            || self.year == Some(year)
        {
            self.year = Some(year);
            self.month = Some(month);
        }
    }
}

/// Events of some lines, and what was refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Newline-terminated events.
    pub lines: String,
    /// How many.
    pub count: usize,
    /// Event time of the newest, if there is one.
    pub last_time_us: Option<i64>,
    /// Index of the line in the input and why.
    pub rejected: Vec<(usize, Rejection)>,
}

impl Batch {
    fn took(&mut self, time_us: i64) {
        self.count += 1;
        self.last_time_us = self.last_time_us.max(Some(time_us));
    }
}

/// A parser for one input; keeps the year between calls.
#[derive(Debug)]
pub struct Parser {
    format: Format,
    source: String,
    host: Option<String>,
    clock: Clock,
    windows_clock: windows::FlatClock,
    auditd: auditd::Auditd,
    columns: fields::Columns,
}

impl Parser {
    /// For an input named `source`; `host` stands where a line names none.
    ///
    /// # Errors
    /// An unknown format, or a year or offset out of range.
    pub fn new(
        format: &str,
        source: &str,
        year: Option<i32>,
        offset_minutes: i32,
        host: Option<String>,
    ) -> Result<Self, LogError> {
        let Some((_, format)) = FORMATS.iter().find(|(name, _)| *name == format) else {
            return Err(LogError::UnknownFormat {
                format: format.to_owned(),
            });
        };
        if year.is_some_and(|year| !(1970..=9998).contains(&year)) {
            return Err(LogError::Parameter { name: "year" });
        }
        if !(-24 * 60..=24 * 60).contains(&offset_minutes) {
            return Err(LogError::Parameter {
                name: "utc_offset_minutes",
            });
        }
        Ok(Self {
            format: *format,
            source: source.to_owned(),
            host,
            clock: Clock::new(year, offset_minutes),
            windows_clock: windows::FlatClock::default(),
            auditd: auditd::Auditd::default(),
            columns: fields::Columns::default(),
        })
    }

    /// Parses newline-separated lines; a last one may lack its newline.
    pub fn parse(&mut self, lines: &[u8]) -> Batch {
        let mut batch = Batch {
            lines: String::with_capacity(lines.len() * 4),
            ..Batch::default()
        };
        let body = lines.strip_suffix(b"\n").unwrap_or(lines);
        if lines.is_empty() {
            return batch;
        }
        for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
            if let Err(rejection) =
                self.parse_line(line.strip_suffix(b"\r").unwrap_or(line), &mut batch)
            {
                batch.rejected.push((index, rejection));
            }
        }
        batch
    }

    /// What still waited for more lines (records of the audit log): the input is over, or quiet.
    pub fn finish(&mut self) -> Batch {
        let mut batch = Batch::default();
        self.auditd.finish(&self.source, &mut batch);
        batch
    }

    fn parse_line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Rejection> {
        if line.len() > MAX_LINE {
            return Err(Rejection::TooLarge);
        }
        let host = self.host.as_deref();
        let document = if self.format == Format::WindowsJson {
            windows::read(line, &mut self.windows_clock)?
        } else if self.format == Format::WindowsXml {
            windows::read_xml(line)?
        } else {
            let decoded = if self.format == Format::Mssql {
                service::database::decoded(line)
            } else {
                line.into()
            };
            let text = text::without_secrets(text::readable(&decoded));
            match self.format {
                Format::Auditd => {
                    return self.auditd.read(&text, host, &self.source, batch);
                }
                Format::Iis | Format::Exchange => {
                    match self.columns.read(&text, self.format == Format::Exchange)? {
                        Some(document) => document,
                        // A directive is no event.
                        None => return Ok(()),
                    }
                }
                Format::Squid
                | Format::Fortigate
                | Format::ApacheError
                | Format::Asterisk
                | Format::Bind
                | Format::Huawei
                | Format::Mssql
                | Format::Mysql
                | Format::PaloAlto
                | Format::Postgresql
                | Format::Vsftpd
                | Format::Zimbra => parse_document(self.format, &text, &mut self.clock)?,
                _ => match parse_event(self.format, &text, &mut self.clock)? {
                    Event::Draft(mut draft) => {
                        if draft.hostname.is_none() {
                            draft.hostname = host.map(std::borrow::Cow::Borrowed);
                        }
                        draft.write(&mut batch.lines, &self.source);
                        batch.took(draft.time_us);
                        return Ok(());
                    }
                    Event::Document(document) => *document,
                },
            }
        };
        let time_us = document
            .written_by(host)
            .write(&mut batch.lines, &self.source)?;
        batch.took(time_us);
        Ok(())
    }
}

/// A line of a format whose fields are many, or whose words choose the dataset.
fn parse_document(
    format: Format,
    text: &str,
    clock: &mut Clock,
) -> Result<document::Document, Rejection> {
    match format {
        Format::Squid => device::parse_squid(text),
        Format::Fortigate => device::parse_fortigate(text, clock.offset_minutes),
        Format::ApacheError => device::parse_apache_error(text, clock),
        Format::Asterisk => service::asterisk::parse(text, clock),
        Format::Bind => device::parse_bind(text, clock),
        Format::Huawei => device::parse_huawei(text, clock),
        Format::Mssql => service::database::parse_mssql(text, clock),
        Format::Mysql => service::database::parse_mysql(text, clock),
        Format::PaloAlto => device::parse_palo_alto(text, clock),
        Format::Postgresql => service::database::parse_postgresql(text, clock),
        Format::Vsftpd => service::parse_vsftpd(text, clock),
        Format::Zimbra => zimbra::parse(text, clock),
        _ => Err(Rejection::Format),
    }
}

/// A line of a format that states its fields in few places, or in many.
enum Event<'a> {
    Draft(Box<Draft<'a>>),
    Document(Box<document::Document>),
}

fn parse_event<'a>(
    format: Format,
    text: &'a str,
    clock: &mut Clock,
) -> Result<Event<'a>, Rejection> {
    let draft = match parse_text(format, text, clock) {
        // FortiGate and Huawei send their lines behind a bare priority.
        Err(Rejection::Format) if format == Format::Syslog => {
            let (_, rest) = syslog::take_priority(text);
            let document = device::parse_fortigate(rest, clock.offset_minutes)
                .or_else(|rejection| match rejection {
                    Rejection::Format => device::parse_huawei(rest, clock),
                    other => Err(other),
                })
                .or_else(|rejection| match rejection {
                    Rejection::Format => device::parse_palo_alto(rest, clock),
                    other => Err(other),
                })?;
            return Ok(Event::Document(Box::new(document)));
        }
        other => other?,
    };
    if draft.dataset == "host.syslog"
        && let Some(document) = device::read(&draft)
    {
        return Ok(Event::Document(Box::new(document)));
    }
    Ok(Event::Draft(Box::new(draft)))
}

fn parse_text<'a>(
    format: Format,
    text: &'a str,
    clock: &mut Clock,
) -> Result<Draft<'a>, Rejection> {
    match format {
        Format::NginxAccess => nginx::parse_access(text),
        Format::NginxError => nginx::parse_error(text, clock),
        Format::Syslog => {
            let mut draft = syslog::parse(text, clock)?;
            program::read(&mut draft);
            Ok(draft)
        }
        Format::Haproxy => haproxy::parse(text, clock),
        // Their readers are asked before.
        _ => Err(Rejection::Format),
    }
}
