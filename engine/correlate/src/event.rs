//! When an event was and where it stands in its stream, read from the frame (docs/concepts/contracts.md, section 1).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;

const OPENING: usize = "{\"@timestamp\":\"".len();
const TIME: usize = 27;
const ID: usize = OPENING + TIME + "\",\"event\":{\"id\":\"".len();
/// Longest id: 63 characters of a sensor, 10 and 19 digits, two hyphens.
const MAX_ID: usize = 94;

/// An event's place in its stream; `stream` is a number of `Streams`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventRef {
    /// Sensor and epoch.
    pub stream: u32,
    /// Number in the stream.
    pub seq: u64,
}

/// Sensors with their epochs, by number; as many as ever spoke, which is few.
#[derive(Debug, Default)]
pub struct Streams {
    known: Vec<(String, u64)>,
    numbers: HashMap<String, Vec<(u64, u32)>>,
    last: Option<u32>,
}

impl EventRef {
    /// No event: an absence has none that fired it.
    pub const NOBODY: Self = Self {
        stream: u32::MAX,
        seq: 0,
    };
}

impl Streams {
    /// The number of a stream, new or known.
    pub fn number(&mut self, sensor: &str, epoch: u64) -> u32 {
        if let Some(last) = self.last
            && self
                .get(last)
                .is_some_and(|(known, of)| *known == *sensor && of == epoch)
        {
            return last;
        }
        let known = self.numbers.get(sensor).and_then(|epochs| {
            let found = epochs.binary_search_by_key(&epoch, |(epoch, _)| *epoch);
            epochs.get(found.ok()?).map(|(_, number)| *number)
        });
        let number = known.unwrap_or_else(|| {
            let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
            self.known.push((sensor.to_owned(), epoch));
            let epochs = self.numbers.entry(sensor.to_owned()).or_default();
            let at = epochs.partition_point(|(known, _)| *known < epoch);
            epochs.insert(at, (epoch, number));
            number
        });
        self.last = Some(number);
        number
    }

    /// Sensor and epoch.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<(&str, u64)> {
        self.known
            .get(number as usize)
            .map(|(sensor, epoch)| (sensor.as_str(), *epoch))
    }

    /// The order of ids: sensor, epoch, number.
    #[must_use]
    pub fn compare(&self, left: EventRef, right: EventRef) -> Ordering {
        if left.stream == right.stream {
            return left.seq.cmp(&right.seq);
        }
        self.get(left.stream)
            .cmp(&self.get(right.stream))
            .then(left.seq.cmp(&right.seq))
    }

    /// The id as it is written.
    #[must_use]
    pub fn id(&self, event: EventRef) -> String {
        let (sensor, epoch) = self.get(event.stream).unwrap_or_default();
        if sensor.is_empty() {
            return String::new();
        }
        let mut id = String::with_capacity(sensor.len() + 24);
        let _ = write!(id, "{sensor}-{epoch}-{}", event.seq);
        id
    }

    /// Reads an id.
    pub fn parse(&mut self, id: &str) -> Option<EventRef> {
        let (stream, seq) = id.rsplit_once('-')?;
        let (sensor, epoch) = stream.rsplit_once('-')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if sensor.is_empty() || !is_number(epoch) || !is_number(seq) {
            return None;
        }
        Some(EventRef {
            stream: self.number(sensor, epoch.parse().ok()?),
            seq: seq.parse().ok()?,
        })
    }
}

/// Microseconds since 1970 and the id of a stamped line.
#[must_use]
pub fn head(line: &[u8]) -> Option<(i64, &str)> {
    let time = micros(line.get(OPENING..OPENING + TIME)?)?;
    let rest = line.get(ID..)?;
    let end = rest
        .iter()
        .take(MAX_ID + 1)
        .position(|byte| *byte == b'"')?;
    Some((time, std::str::from_utf8(rest.get(..end)?).ok()?))
}

/// `YYYY-MM-DDTHH:MM:SS.ffffffZ`, which ingest has checked; anything else is `None`.
fn micros(time: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| {
        time.get(from..to)?.iter().try_fold(0_i64, |value, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| value * 10 + i64::from(digit))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !(1..=12).contains(&month) {
        return None;
    }
    // Days since 1970, by the count of a year that begins in March.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = days * 86_400 + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    Some(seconds * 1_000_000 + number(20, 26)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_and_which() {
        let line = br#"{"@timestamp":"2026-11-23T04:40:14.000001Z","event":{"id":"gate-7-42","kind":"event"},"khien":{}}"#;
        assert_eq!(head(line), Some((1_795_408_814_000_001, "gate-7-42")));
        let old = br#"{"@timestamp":"1969-12-31T23:59:59.999999Z","event":{"id":"a-1-1"}}"#;
        assert_eq!(head(old), Some((-1, "a-1-1")));
        let leap = br#"{"@timestamp":"2000-02-29T00:00:00.000000Z","event":{"id":"a-1-1"}}"#;
        assert_eq!(head(leap), Some((951_782_400_000_000, "a-1-1")));
        assert_eq!(head(b"{}"), None);
    }

    #[test]
    fn ids_are_ordered_by_sensor_then_epoch_then_number() {
        let mut streams = Streams::default();
        let ids = ["b-1-1", "a-2-1", "a-10-1", "a-2-10", "a-2-9"];
        let mut refs: Vec<EventRef> = ids.iter().map(|id| streams.parse(id).unwrap()).collect();
        refs.sort_by(|left, right| streams.compare(*left, *right));
        let sorted: Vec<String> = refs.iter().map(|one| streams.id(*one)).collect();
        assert_eq!(sorted, ["a-2-1", "a-2-9", "a-2-10", "a-10-1", "b-1-1"]);
        assert_eq!(streams.parse("a-x-1"), None);
        assert_eq!(streams.parse("a-1"), None);
    }
}
