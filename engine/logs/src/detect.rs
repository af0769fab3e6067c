//! The format of a log by its first lines.

use crate::{
    Batch, Clock, FORMATS, Format, MAX_LINE, Rejection, auditd, device, parse_text, text, windows,
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
        .map(text::readable)
        .collect();
    if lines.is_empty() {
        return None;
    }
    FORMATS.iter().find_map(|(name, format)| {
        let mut clock = Clock::new(Some(2000), 0);
        // A line of the format whose date is impossible in that year is still a line of the format.
        let known = lines
            .iter()
            .filter(|line| is_of(*format, line, &mut clock))
            .count();
        (known > 0 && known * 5 >= lines.len() * 4).then_some(*name)
    })
}

/// Whether the line has the form, whatever its time.
fn is_of(format: Format, line: &str, clock: &mut Clock) -> bool {
    let verdict = match format {
        Format::WindowsJson => {
            windows::read(line.as_bytes(), &mut windows::FlatClock::default()).map(|_| ())
        }
        Format::Auditd => auditd::Auditd::default().read(line, None, "", &mut Batch::default()),
        Format::Squid => device::parse_squid(line).map(|_| ()),
        Format::Fortigate => device::parse_fortigate(line, 0).map(|_| ()),
        lines => parse_text(lines, line, clock).map(|_| ()),
    };
    !matches!(verdict, Err(Rejection::Format))
}
