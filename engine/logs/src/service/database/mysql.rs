//! The error log of `MySQL` 5.7 to 9 and of `MariaDB`: `TIME THREAD [LEVEL] [MY-010926] [Server] Access denied for user 'u'@'host'
//! (using password: YES)` (`ER_ACCESS_DENIED_ERROR`, logged from `log_error_verbosity` 3).

use super::other;
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::Cursor;
use crate::{Clock, Rejection};

/// A line of the file.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let (written, rest) = split_time(line).ok_or(Rejection::Format)?;
    let (civil, zone) = written;
    // `THREAD [LEVEL]`, of MariaDB with spaces before the thread; before MariaDB 10.1 and MySQL 5.7 no thread.
    let rest = rest.trim_start();
    let rest = if rest.starts_with('[') {
        rest
    } else {
        let (thread, rest) = rest.split_once(' ').ok_or(Rejection::Format)?;
        let is_number = !thread.is_empty() && thread.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !rest.starts_with('[') {
            return Err(Rejection::Format);
        }
        rest
    };
    let time_us = civil
        .at_offset(zone.unwrap_or(clock.offset_minutes))
        .ok_or(Rejection::TimeInvalid)?;
    let source = if zone.is_some() {
        TimeSource::Log
    } else {
        TimeSource::ZoneConfigured
    };
    let mut draft = Draft::new(line, time_us, source);
    draft.message = Some(rest.into());
    Ok(read(&draft, rest).unwrap_or_else(|| other(&draft, "mysql", level(rest))))
}

fn level(text: &str) -> &str {
    text.strip_prefix('[')
        .and_then(|text| text.split_once(']'))
        .map_or("", |(level, _)| level)
}

/// `2020-04-16T05:13:40.861934Z `, or `2021-11-09  5:13:12 ` as `MariaDB` writes it.
fn split_time(line: &str) -> Option<((crate::time::Civil, Option<i32>), &str)> {
    let mut cursor = Cursor::new(line);
    let mut long = cursor;
    let (year, month, day) = if let Some(date) = long.date("-") {
        cursor = long;
        date
    } else {
        short_date(&mut cursor)?
    };
    cursor.take("T").or_else(|| cursor.take(" "))?;
    let second_of_day = if cursor.take(" ").is_some() {
        // One digit of hours.
        let hour = cursor.digits(1)?;
        cursor.take(":")?;
        let minute = cursor.digits(2)?;
        cursor.take(":")?;
        let second = cursor.digits(2)?;
        (minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)?
    } else {
        cursor.clock()?
    };
    let micros = cursor.fraction()?;
    let zone = cursor.zone();
    cursor.take(" ")?;
    let civil = crate::time::Civil {
        year,
        month,
        day,
        second_of_day,
        micros,
    };
    Some(((civil, zone), cursor.rest))
}

/// `221128`, as servers of the years from 2000 on wrote it.
fn short_date(cursor: &mut Cursor<'_>) -> Option<(i32, u32, u32)> {
    let year = i32::try_from(cursor.digits(2)?).ok()?;
    Some((2_000 + year, cursor.digits(2)?, cursor.digits(2)?))
}

/// The message behind whatever header.
pub(crate) fn read(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (_, rest) = message.split_once("Access denied for user '")?;
    // A name may hold a quote; host and remark are the server's own.
    let (account, remark) = rest.rsplit_once('\'')?;
    let (user, host) = account.rsplit_once("'@'")?;
    // Anything else behind it is a sentence about such a message.
    if !matches!(
        remark.trim(),
        "" | "(using password: YES)" | "(using password: NO)"
    ) {
        return None;
    }
    Some(login(
        draft,
        &Attempt {
            dataset: "db.audit",
            module: "mysql",
            protocol: "mysql",
            user,
            host,
            port: None,
            is_success: false,
            reason: remark.trim().trim_start_matches('(').trim_end_matches(')'),
        },
    ))
}
