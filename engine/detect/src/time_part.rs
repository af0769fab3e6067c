//! A part of a time: `hour|gte: 22` and the like (Sigma 2.1, time modifiers; detection design, section 2).

use crate::ir::{TimePart, TimeRelation};

const DAY: i64 = 86_400;

/// One comparison with a part of the time that a value writes, in the zone whose offsets came with the rule.
#[derive(Debug)]
pub struct PartOfTime {
    part: TimePart,
    relation: TimeRelation,
    value: i64,
    offsets: Vec<(i64, i64)>,
}

impl PartOfTime {
    /// `None` when the offsets are not ascending, or beyond a day.
    #[must_use]
    pub fn new(
        part: TimePart,
        relation: TimeRelation,
        value: i64,
        offsets: Vec<(i64, i64)>,
    ) -> Option<Self> {
        let is_ascending = offsets.is_sorted_by(|left, right| left.0 < right.0);
        let is_bounded = offsets
            .iter()
            .all(|(_, offset)| offset.unsigned_abs() < DAY.unsigned_abs());
        (!offsets.is_empty() && is_ascending && is_bounded).then_some(Self {
            part,
            relation,
            value,
            offsets,
        })
    }

    /// Whether the text is a time whose part stands in the relation.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        let Some(own) = self.part_of(text) else {
            return false;
        };
        match self.relation {
            TimeRelation::Eq => own == self.value,
            TimeRelation::Lt => own < self.value,
            TimeRelation::Lte => own <= self.value,
            TimeRelation::Gt => own > self.value,
            TimeRelation::Gte => own >= self.value,
        }
    }

    fn part_of(&self, text: &str) -> Option<i64> {
        let seconds = read(text)?;
        let after = self.offsets.partition_point(|(from, _)| *from <= seconds);
        let (_, offset) = self.offsets.get(after.saturating_sub(1))?;
        let local = seconds + offset;
        let (year, month, day) = civil(local.div_euclid(DAY));
        if !(1..=9_999).contains(&year) {
            return None;
        }
        Some(match self.part {
            TimePart::Minute => local.rem_euclid(DAY) / 60 % 60,
            TimePart::Hour => local.rem_euclid(DAY) / 3_600,
            TimePart::Day => day,
            TimePart::Week => week(local.div_euclid(DAY)),
            TimePart::Month => month,
            TimePart::Year => year,
        })
    }
}

/// Seconds since 1970 of `YYYY-MM-DD(T| )HH:MM[:SS[.f…]][Z|±HH[:]MM]`; without a zone it is UTC, as Sysmon writes it.
fn read(text: &str) -> Option<i64> {
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    literal(&mut rest, b"-")?;
    let month = digits(&mut rest, 2)?;
    literal(&mut rest, b"-")?;
    let day = digits(&mut rest, 2)?;
    literal(&mut rest, b"Tt ")?;
    let hour = digits(&mut rest, 2)?;
    literal(&mut rest, b":")?;
    let minute = digits(&mut rest, 2)?;
    let mut second = 0;
    if literal(&mut rest, b":").is_some() {
        second = digits(&mut rest, 2)?;
        if literal(&mut rest, b".,").is_some() {
            digits(&mut rest, 1)?;
            while digits(&mut rest, 1).is_some() {}
        }
    }
    let offset = zone(&mut rest)?;
    let is_valid = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && year >= 1
        && hour <= 23
        && minute <= 59
        && second <= 60;
    (rest.is_empty() && is_valid).then(|| {
        days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second.min(59) - offset
    })
}

fn zone(rest: &mut &[u8]) -> Option<i64> {
    let Some(sign) = literal(rest, b"Zz+-") else {
        return Some(0);
    };
    if matches!(sign, b'Z' | b'z') {
        return Some(0);
    }
    let hours = digits(rest, 2)?;
    literal(rest, b":");
    let minutes = digits(rest, 2)?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = hours * 3_600 + minutes * 60;
    Some(if sign == b'-' { -offset } else { offset })
}

fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(count)?;
    if !head.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *rest = tail;
    Some(
        head.iter()
            .fold(0, |number, digit| number * 10 + i64::from(digit - b'0')),
    )
}

/// One of these bytes, if it stands next.
fn literal(rest: &mut &[u8], any_of: &[u8]) -> Option<u8> {
    let (first, tail) = rest.split_first()?;
    if !any_of.contains(first) {
        return None;
    }
    *rest = tail;
    Some(*first)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March, so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// ISO 8601: the week that holds the year's first Thursday is week 1.
fn week(day: i64) -> i64 {
    // 1970-01-01 was a Thursday; Monday is 0.
    let weekday = (day + 3).rem_euclid(7);
    let thursday = day - weekday + 3;
    let (year, _, _) = civil(thursday);
    (thursday - days(year, 1, 1)) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(part: TimePart, text: &str, offset: i64) -> Option<i64> {
        PartOfTime::new(part, TimeRelation::Eq, 0, vec![(0, offset)])?.part_of(text)
    }

    #[test]
    fn parts_are_those_of_the_zone() {
        let written = "2026-12-31T20:30:59.999999Z";
        for (wanted, utc, hanoi) in [
            (TimePart::Minute, 30, 30),
            (TimePart::Hour, 20, 3),
            (TimePart::Day, 31, 1),
            (TimePart::Month, 12, 1),
            (TimePart::Year, 2026, 2027),
            (TimePart::Week, 53, 53),
        ] {
            assert_eq!(part(wanted, written, 0), Some(utc), "{wanted:?}");
            assert_eq!(part(wanted, written, 7 * 3_600), Some(hanoi), "{wanted:?}");
        }
    }

    #[test]
    fn iso_weeks_reach_over_the_new_year() {
        // ISO 8601, section 2.2.10 and the well-known edges.
        for (date, week) in [
            ("2005-01-01", 53),
            ("2005-12-31", 52),
            ("2007-01-01", 1),
            ("2008-12-29", 1),
            ("2010-01-03", 53),
            ("2020-12-31", 53),
            ("2021-01-04", 1),
        ] {
            assert_eq!(
                part(TimePart::Week, &format!("{date}T00:00:00Z"), 0),
                Some(week),
                "{date}"
            );
        }
    }

    #[test]
    fn what_is_no_time_never_matches() {
        for text in [
            "",
            "2026",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00.Z",
            "0000-01-01T00:00:00Z",
            "２０２６-01-01T00:00:00Z",
            "2026-01-01",
        ] {
            assert_eq!(part(TimePart::Year, text, 0), None, "{text}");
        }
        assert_eq!(part(TimePart::Hour, "2026-01-01 09:10", 0), Some(9));
        assert_eq!(part(TimePart::Hour, "2026-01-01T09:10:00+0700", 0), Some(2));
        assert_eq!(
            part(TimePart::Hour, "2024-02-29T09:10:00-07:30", 0),
            Some(16)
        );
        assert_eq!(part(TimePart::Year, "9999-12-31T23:00:00Z", 3_600), None);
    }

    #[test]
    fn an_offset_holds_from_its_moment_on() {
        // 2026-03-29T01:00:00Z: summer time begins in Berlin.
        let test = PartOfTime::new(
            TimePart::Hour,
            TimeRelation::Gte,
            3,
            vec![(0, 3_600), (1_774_746_000, 7_200)],
        );
        let test = test.unwrap();
        assert!(!test.holds("2026-03-29T00:59:59Z"));
        assert!(test.holds("2026-03-29T01:00:00Z"));
    }
}
