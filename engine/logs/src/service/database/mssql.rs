//! SQL Server's `ERRORLOG`: `2026-11-10 09:00:00.12 Logon       Login failed for user 'sa'. Reason: …. [CLIENT: 192.0.2.1]`
//! (Microsoft, `MSSQLSERVER_18456`). The file is UTF-16 by default; a line of it is read as that.

use std::borrow::Cow;

use super::other;
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::service::{Attempt, login};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

/// A line.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let mut cursor = Cursor::new(line);
    let (civil, rest) = time(&mut cursor).ok_or(Rejection::Format)?;
    let (process, message) = rest.split_once(' ').ok_or(Rejection::Format)?;
    // `spid12s`, `Logon`, `Server`, `Backup`; the message stands in the 13th column behind it.
    let is_process =
        matches!(process, "Logon" | "Server" | "Backup") || process.starts_with("spid");
    if !is_process || rest.len() < 12 {
        return Err(Rejection::Format);
    }
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let message = message.trim_start();
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    draft.message = Some(message.into());
    Ok(log_in(&draft, message).unwrap_or_else(|| {
        let level = if message.starts_with("Error:") {
            "Error"
        } else {
            ""
        };
        other(&draft, "mssql", level)
    }))
}

fn time<'a>(cursor: &mut Cursor<'a>) -> Option<(Civil, &'a str)> {
    let (year, month, day) = cursor.date("-")?;
    cursor.take(" ")?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day: cursor.clock()?,
        micros: cursor.fraction()?,
    };
    cursor.take(" ")?;
    Some((civil, cursor.rest))
}

fn log_in(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (is_success, rest) = match message.strip_prefix("Login failed for user '") {
        Some(rest) => (false, rest),
        None => (true, message.strip_prefix("Login succeeded for user '")?),
    };
    let (said, client) = rest.rsplit_once("[CLIENT: ")?;
    let (client, _) = client.split_once(']')?;
    let (user, reason) = said.split_once("'.").unwrap_or((said.trim_end(), ""));
    let reason = reason.trim().trim_start_matches("Reason: ");
    // `<local machine>`, `<named pipe>`.
    let host = if client.starts_with('<') { "" } else { client };
    Some(login(
        draft,
        &Attempt {
            dataset: "db.audit",
            module: "mssql",
            protocol: "tds",
            user,
            host,
            port: None,
            is_success,
            reason: if is_success { "" } else { reason },
        },
    ))
}

/// A line of a UTF-16 (little endian) file that was cut at its line feeds: the high byte of the line feed stands before it, its own
/// line feed's low byte is gone. Bytes that are no such line come back as they are.
pub(crate) fn decoded(line: &[u8]) -> Cow<'_, [u8]> {
    let body = line
        .strip_prefix(b"\xff\xfe")
        .or_else(|| line.strip_prefix(b"\0"))
        .unwrap_or(line);
    let zeros = memchr::memchr_iter(0, body).count();
    if zeros == 0 || zeros * 3 < body.len() {
        return Cow::Borrowed(line);
    }
    let units: Vec<u16> = body
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(u16::from_le_bytes)
        .collect();
    let text = String::from_utf16_lossy(&units);
    Cow::Owned(text.trim_end_matches('\r').as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_utf_16_is_read_line_by_line() {
        let text = "2026-11-10 09:00:00.12 Logon       Login failed for user 'đức'. [CLIENT: 192.0.2.1]\r\nnext\r\n";
        let bytes: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').map(decoded).collect();
        assert_eq!(
            lines[0],
            "2026-11-10 09:00:00.12 Logon       Login failed for user 'đức'. [CLIENT: 192.0.2.1]"
                .as_bytes()
        );
        assert_eq!(lines[1], b"next".as_slice());
        assert_eq!(decoded(b"plain"), b"plain".as_slice());
    }
}
