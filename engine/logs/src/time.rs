//! The times that logs write, as microseconds since 1970 in UTC.

use std::fmt::Write as _;

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// A time of day on a date, in whatever zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// 1 to 9999.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// Seconds after midnight.
    pub second_of_day: u32,
    /// Microseconds after that second.
    pub micros: u32,
}

impl Civil {
    /// The moment, when the clock is so many minutes ahead of UTC; `None` when the date does not exist.
    #[must_use]
    pub fn at_offset(self, offset_minutes: i32) -> Option<i64> {
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        if !(1..=days).contains(&self.day) || !(1..=9999).contains(&self.year) {
            return None;
        }
        let seconds = days_from_civil(self.year, self.month, self.day) * 86_400
            + i64::from(self.second_of_day)
            - i64::from(offset_minutes) * 60;
        let micros = seconds
            .checked_mul(SECOND)?
            .checked_add(i64::from(self.micros))?;
        // A zone may push the first or last day out of the years that four digits hold.
        (FIRST..=LAST).contains(&micros).then_some(micros)
    }
}

/// 0001-01-01 and the last microsecond of 9999.
const FIRST: i64 = -62_135_596_800 * SECOND;
const LAST: i64 = 253_402_300_800 * SECOND - 1;

/// Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let shifted = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Writes `2026-11-10T02:00:00.123456Z`.
pub fn write_utc(out: &mut String, micros: i64) {
    let seconds = micros.div_euclid(SECOND);
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days - era * 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z",
        micros.rem_euclid(SECOND)
    );
}

/// Reads a text from the left.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    /// What is left.
    pub rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the start of a text.
    #[must_use]
    pub fn new(rest: &'a str) -> Self {
        Self { rest }
    }

    /// Takes a fixed text.
    pub fn take(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Takes exactly `count` digits.
    pub fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    /// Takes a year of four digits, a month and a day of two, with a separator between.
    pub fn date(&mut self, separator: &str) -> Option<(i32, u32, u32)> {
        let year = i32::try_from(self.digits(4)?).ok()?;
        self.take(separator)?;
        let month = self.digits(2)?;
        self.take(separator)?;
        Some((year, month, self.digits(2)?))
    }

    /// Takes `HH:MM:SS`; a leap second is the second before it.
    pub fn clock(&mut self) -> Option<u32> {
        let hour = self.digits(2)?;
        self.take(":")?;
        let minute = self.digits(2)?;
        self.take(":")?;
        let second = self.digits(2)?;
        (hour < 24 && minute < 60 && second <= 60)
            .then_some(hour * 3600 + minute * 60 + second.min(59))
    }

    /// Takes a fraction of a second if there is one; digits beyond microseconds are dropped.
    pub fn fraction(&mut self) -> Option<u32> {
        let Some(rest) = self.rest.strip_prefix(['.', ',']) else {
            return Some(0);
        };
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = rest.split_at_checked(length)?;
        if length == 0 || length > 12 {
            return None;
        }
        self.rest = rest;
        Some(
            digits
                .bytes()
                .chain(std::iter::repeat(b'0'))
                .take(6)
                .fold(0, |value, digit| value * 10 + u32::from(digit - b'0')),
        )
    }

    /// Takes `Z`, `+07:00` or `+0700` as minutes ahead of UTC.
    pub fn zone(&mut self) -> Option<i32> {
        if self.take("Z").is_some() {
            return Some(0);
        }
        let is_behind = self.rest.starts_with('-');
        self.rest = self.rest.strip_prefix(['+', '-'])?;
        let hours = i32::try_from(self.digits(2)?).ok()?;
        let _ = self.take(":");
        let minutes = i32::try_from(self.digits(2)?).ok()?;
        let offset = hours * 60 + minutes;
        (hours < 24 && minutes < 60).then_some(if is_behind { -offset } else { offset })
    }

    /// Takes an English month's first three letters.
    pub fn month(&mut self) -> Option<u32> {
        const NAMES: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let (name, rest) = self.rest.split_at_checked(3)?;
        let position = NAMES.iter().position(|known| *known == name)?;
        self.rest = rest;
        u32::try_from(position + 1).ok()
    }
}

/// Reads `2026-11-10T02:00:00.1234567Z`, also with a space between, with a zone, or without one (then so many minutes ahead of
/// UTC); also whether the zone stood there. `None` when it is of another form or no such moment.
#[must_use]
pub fn parse_iso(text: &str, offset_minutes: i32) -> Option<(i64, bool)> {
    let mut cursor = Cursor::new(text.trim());
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take("-")?;
    let month = cursor.digits(2)?;
    cursor.take("-")?;
    let day = cursor.digits(2)?;
    cursor.take("T").or_else(|| cursor.take(" "))?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day: cursor.clock()?,
        micros: cursor.fraction()?,
    };
    let _ = cursor.take(" ");
    let zone = cursor.zone();
    if !cursor.rest.is_empty() {
        return None;
    }
    Some((
        civil.at_offset(zone.unwrap_or(offset_minutes))?,
        zone.is_some(),
    ))
}
