//! The format of a log by its first lines.

use std::borrow::Cow;

use crate::format::{FORMATS, Format};
use crate::{
    Batch, Clock, MAX_LINE, Rejection, auditd, fields, parse_document, parse_text, service, text,
    windows,
};

/// Lines that `detect_format` looks at.
const MAX_SAMPLE_LINES: usize = 50;

/// The format that most of the first lines of a file have; `None` when fewer than four in five have any one.
#[must_use]
pub fn detect_format(sample: &[u8]) -> Option<&'static str> {
    let sample = sample.get(..MAX_LINE).unwrap_or(sample);
    let whole = sample
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(sample, |at| sample.get(..at).unwrap_or(sample));
    let lines: Vec<_> = whole
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(MAX_SAMPLE_LINES)
        .map(|line| match service::database::decoded(line) {
            Cow::Borrowed(line) => text::readable(line),
            Cow::Owned(line) => Cow::Owned(text::readable(&line[..]).into_owned()),
        })
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        return None;
    }
    FORMATS.iter().find_map(|(name, format)| {
        let mut clock = Clock::new(Some(2000), 0);
        let mut columns = fields::Columns::default();
        // A line of the format whose date is impossible in that year is still a line of the format.
        let known = lines
            .iter()
            .filter(|line| is_of(*format, line, &mut clock, &mut columns))
            .count();
        (known > 0 && known * 5 >= lines.len() * 4).then_some(*name)
    })
}

/// Whether the line has the form, whatever its time.
fn is_of(format: Format, line: &str, clock: &mut Clock, columns: &mut fields::Columns) -> bool {
    let verdict = match format {
        Format::WindowsJson => {
            windows::read(line.as_bytes(), &mut windows::FlatClock::default()).map(|_| ())
        }
        Format::Auditd => auditd::Auditd::default().read(line, None, "", &mut Batch::default()),
        Format::WindowsXml => windows::read_xml(line.as_bytes()).map(|_| ()),
        Format::Iis | Format::Exchange => {
            columns.read(line, format == Format::Exchange).map(|_| ())
        }
        Format::NginxAccess | Format::NginxError | Format::Syslog | Format::Haproxy => {
            parse_text(format, line, clock).map(|_| ())
        }
        lines => parse_document(lines, line, clock).map(|_| ()),
    };
    !matches!(verdict, Err(Rejection::Format))
}
