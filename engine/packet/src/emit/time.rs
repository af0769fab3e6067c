//! Times as RFC 3339 text, the part down to the second kept from one event to the next.

/// Length of `2026-11-10T02:00:00.123456Z`.
pub const LENGTH: usize = 27;
/// The last second that has four digits for its year.
const LAST_SECOND: u64 = 253_402_300_799;

/// Writes times; events of the same second share the work.
#[derive(Debug)]
pub struct TimeText {
    second: u64,
    text: [u8; LENGTH],
}

impl Default for TimeText {
    fn default() -> Self {
        Self {
            second: 0,
            text: *b"1970-01-01T00:00:00.000000Z",
        }
    }
}

impl TimeText {
    /// The time as 27 bytes of text. Times after the year 9999 are written as its last second.
    pub fn write(&mut self, time_us: u64) -> &[u8; LENGTH] {
        let second = (time_us / 1_000_000).min(LAST_SECOND);
        if second != self.second {
            self.second = second;
            self.text = date(second);
        }
        let fraction = time_us % 1_000_000;
        digits(&mut self.text, 20, 6, fraction);
        &self.text
    }
}

fn date(second: u64) -> [u8; LENGTH] {
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let (year, month, day) = civil(second / 86_400);
    let clock = second % 86_400;
    digits(&mut text, 0, 4, year);
    digits(&mut text, 5, 2, month);
    digits(&mut text, 8, 2, day);
    digits(&mut text, 11, 2, clock / 3_600);
    digits(&mut text, 14, 2, clock / 60 % 60);
    digits(&mut text, 17, 2, clock % 60);
    text
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`, for days from 1970).
#[must_use]
pub fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn digits(text: &mut [u8; LENGTH], at: usize, width: usize, value: u64) {
    let mut left = value;
    for place in text.iter_mut().skip(at).take(width).rev() {
        *place = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::TimeText;

    #[test]
    fn times_are_written_as_date_would() {
        let mut text = TimeText::default();
        for (time_us, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (1_794_276_000_123_456, "2026-11-10T02:00:00.123456Z"),
            (1_794_276_000_999_999, "2026-11-10T02:00:00.999999Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(std::str::from_utf8(text.write(time_us)), Ok(expected));
        }
    }

    #[test]
    fn a_time_beyond_four_digits_keeps_its_length() {
        assert!(
            TimeText::default()
                .write(u64::MAX)
                .starts_with(b"9999-12-31T23:59:59.")
        );
    }
}
