//! The line frame (docs/concepts/contracts.md, section 1): where a line may be spliced, and why another is refused.

use crate::json::{JsonError, Kind, Tape};

/// Longest line that a producer may write, newline included.
pub const MAX_LINE: usize = 65_536;

/// The lines of a batch, each with its newline; the last one may lack it.
pub fn lines(batch: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = batch;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest
            .split_at_checked(end)
            .filter(|(line, _)| !line.is_empty())?;
        rest = after;
        Some(line)
    })
}

/// Why one line is refused; each has a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Longer than `MAX_LINE`.
    Length,
    /// Not strict JSON or not UTF-8.
    Json,
    /// Nested too deep.
    Depth,
    /// A member named twice.
    Duplicate,
    /// Not the frame, or it claims what ingest alone may say.
    Frame,
    /// `@timestamp` is not an existing moment in UTC with six decimals.
    Time,
}

impl Rejection {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "line_length",
            Self::Json => "line_json",
            Self::Depth => "line_depth",
            Self::Duplicate => "line_duplicate",
            Self::Frame => "line_frame",
            Self::Time => "line_time",
        }
    }
}

impl From<JsonError> for Rejection {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax => Self::Json,
            JsonError::Depth => Self::Depth,
            JsonError::Duplicate => Self::Duplicate,
        }
    }
}

/// Where to splice, and the addresses and the host name that the inventory is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Right after `"event":{`.
    pub event: usize,
    /// Right before the closing `}}`.
    pub khien: usize,
    /// The node of `source.ip`, if there is one.
    pub source: Option<usize>,
    /// The node of `destination.ip`.
    pub destination: Option<usize>,
    /// The node of `host.hostname`.
    pub host: Option<usize>,
}

const OPENING: &str = "{\"@timestamp\":\"";
const EVENT: &str = "\",\"event\":{";
const TIME_LENGTH: usize = 27;

/// What only ingest writes into `event` and `khien`.
const STAMPED_EVENT: [&str; 2] = ["id", "ingested"];
const STAMPED_KHIEN: [&str; 6] = ["dataset", "sensor", "epoch", "seq", "asset", "unit"];

/// Checks one line without its newline; `tape` then holds it.
///
/// # Errors
/// Why the line is refused.
pub fn check(line: &[u8], tape: &mut Tape) -> Result<Frame, Rejection> {
    if line.len() >= MAX_LINE {
        return Err(Rejection::Length);
    }
    let text = simdutf8::basic::from_utf8(line).map_err(|_| Rejection::Json)?;
    tape.parse(text)?;
    let frame = locate(text, tape).ok_or(Rejection::Frame)?;
    let time = text
        .get(OPENING.len()..OPENING.len() + TIME_LENGTH)
        .ok_or(Rejection::Frame)?;
    if is_moment(time.as_bytes()) {
        Ok(frame)
    } else {
        Err(Rejection::Time)
    }
}

fn locate(text: &str, tape: &Tape) -> Option<Frame> {
    let after_time = text.strip_prefix(OPENING)?.get(TIME_LENGTH..)?;
    let is_empty = after_time
        .strip_prefix(EVENT)?
        .trim_start_matches([' ', '\t', '\r'])
        .starts_with('}');
    let mut last = None;
    let mut addresses = [None; 2];
    let mut host = None;
    for (position, (name, value)) in tape.members(0).enumerate() {
        let label = tape.node(name)?.text(text);
        match &*label {
            "event" if position == 1 => refuse(text, tape, value, &STAMPED_EVENT)?,
            "khien" => refuse(text, tape, value, &STAMPED_KHIEN)?,
            "source" => addresses[0] = member(text, tape, value, "ip"),
            "destination" => addresses[1] = member(text, tape, value, "ip"),
            "host" => host = member(text, tape, value, "hostname"),
            dotted if is_stamped_name(dotted) => return None,
            _ => {}
        }
        last = Some((name, value));
    }
    let (name, value) = last?;
    let khien = tape.node(value)?;
    let is_closed = khien.kind == Kind::Object && khien.end as usize + 1 == text.len();
    // A name spelled with escapes is not the frame, even if it means the same.
    let is_khien = tape.node(name)?.raw(text) == "khien" && tape.members(value).next().is_some();
    if is_empty || !is_closed || !is_khien {
        return None;
    }
    let [source, destination] = addresses;
    Some(Frame {
        event: OPENING.len() + TIME_LENGTH + EVENT.len(),
        khien: text.len().checked_sub(2)?,
        source,
        destination,
        host,
    })
}

/// A dotted name at the top means the same as the nested one to rules and stores, so it may not claim it either.
fn is_stamped_name(name: &str) -> bool {
    match name.split_once('.') {
        Some(("event", rest)) => STAMPED_EVENT.contains(&rest),
        Some(("khien", rest)) => STAMPED_KHIEN.contains(&rest),
        _ => false,
    }
}

fn refuse(text: &str, tape: &Tape, object: usize, names: &[&str]) -> Option<()> {
    for (name, _) in tape.members(object) {
        if names.contains(&&*tape.node(name)?.text(text)) {
            return None;
        }
    }
    Some(())
}

fn member(text: &str, tape: &Tape, object: usize, wanted: &str) -> Option<usize> {
    tape.members(object)
        .find(|(name, _)| {
            tape.node(*name)
                .is_some_and(|node| node.text(text) == wanted)
        })
        .map(|(_, value)| value)
}

/// Whether the bytes are `YYYY-MM-DDTHH:MM:SS.ffffffZ` and that moment exists (no leap seconds: nothing downstream has them).
#[must_use]
pub fn is_moment(time: &[u8]) -> bool {
    const FORM: &[u8; TIME_LENGTH] = b"0000-00-00T00:00:00.000000Z";
    let is_formed = time.len() == TIME_LENGTH
        && time.iter().zip(FORM).all(|(byte, form)| {
            if *form == b'0' {
                byte.is_ascii_digit()
            } else {
                byte == form
            }
        });
    if !is_formed {
        return false;
    }
    let number = |from: usize, to: usize| {
        time.get(from..to)
            .unwrap_or_default()
            .iter()
            .fold(0_u32, |value, digit| {
                value * 10 + u32::from(digit.wrapping_sub(b'0'))
            })
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0
        && (1..=days).contains(&day)
        && number(11, 13) < 24
        && number(14, 16) < 60
        && number(17, 19) < 60
}
