//! File servers: vsftpd (vsftpd.conf(5), `logging.c`'s two forms), `ProFTPD`, Pure-FTPd, and Samba's `auth_audit` class
//! (smb.conf(5), "log level"). Dataset `host.auth`.

use super::{Attempt, login};
use crate::document::Document;
use crate::draft::{Draft, TimeSource};
use crate::time::{Civil, Cursor};
use crate::{Clock, Rejection};

fn ftp<'a>(module: &'static str, user: &'a str, host: &'a str, is_success: bool) -> Attempt<'a> {
    Attempt {
        dataset: "host.auth",
        module,
        protocol: "ftp",
        user,
        host,
        port: None,
        is_success,
        reason: "",
    }
}

/// A line of vsftpd's own file: `Mon Jun  8 12:08:53 2020 [pid 27244] [user] FAIL LOGIN: Client "192.0.2.1"`.
///
/// # Errors
/// It is not of this form, or its time does not exist.
pub(crate) fn parse_vsftpd(line: &str, clock: &Clock) -> Result<Document, Rejection> {
    let (civil, rest) = time(line).ok_or(Rejection::Format)?;
    let time_us = civil
        .at_offset(clock.offset_minutes)
        .ok_or(Rejection::TimeInvalid)?;
    let (process, message) = rest
        .strip_prefix("[pid ")
        .and_then(|rest| rest.split_once("] "))
        .ok_or(Rejection::Format)?;
    let mut draft = Draft::new(line, time_us, TimeSource::ZoneConfigured);
    draft.process_name = Some("vsftpd".into());
    draft.process_pid = process.trim().parse().ok();
    draft.message = Some(message.into());
    Ok(read_vsftpd(&draft, message).unwrap_or_else(|| {
        let mut document = crate::device::start(&draft, "app.vsftpd", "vsftpd");
        document.categorise(&["file"], &["info"]);
        document
    }))
}

/// `Mon Jun  8 12:08:53 2020 `, as ctime(3) writes it.
fn time(line: &str) -> Option<(Civil, &str)> {
    let (day, rest) = line.split_once(' ')?;
    if !matches!(day, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun") {
        return None;
    }
    let mut cursor = Cursor::new(rest);
    let month = cursor.month()?;
    let (day, second_of_day) = crate::syslog::take_day(&mut cursor)?;
    cursor.take(" ")?;
    let year = i32::try_from(cursor.digits(4)?).ok()?;
    cursor.take(" ")?;
    let civil = Civil {
        year,
        month,
        day,
        second_of_day,
        micros: 0,
    };
    Some((civil, cursor.rest))
}

/// `[user] FAIL LOGIN: Client "192.0.2.1"`, `[user] OK LOGIN: Client "::ffff:192.0.2.1"`.
pub(super) fn read_vsftpd(draft: &Draft<'_>, message: &str) -> Option<Document> {
    // The user may hold anything; what vsftpd writes itself stands last.
    let (before, host) = message.trim_end().rsplit_once(" LOGIN: Client \"")?;
    let host = host.split('"').next()?;
    let (user, verdict) = before.rsplit_once("] ")?;
    let user = user
        .strip_prefix('[')
        .or_else(|| user.rsplit_once("] [").map(|(_, user)| user))?;
    let is_success = match verdict {
        "OK" => true,
        "FAIL" => false,
        _ => return None,
    };
    Some(login(draft, &ftp("vsftpd", user, host, is_success)))
}

/// `host (name[192.0.2.1]): USER seb (Login failed): Incorrect password`, `… USER seb: no such user found from …`,
/// `… USER seb: Login successful.`
pub(super) fn read_proftpd(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (client, said) = message
        .split_once("]): ")
        .or_else(|| message.split_once("])  - "))?;
    let (_, host) = client.rsplit_once('[')?;
    let said = said.trim_start_matches("- ");
    let rest = said.strip_prefix("USER ")?;
    let (user, is_success, reason) =
        if let Some((user, reason)) = rest.rsplit_once(" (Login failed)") {
            (user, false, reason.trim_start_matches([':', ' ']))
        } else if let Some((user, _)) = rest.rsplit_once(": no such user") {
            (user, false, "no such user")
        } else {
            (rest.strip_suffix(": Login successful.")?, true, "")
        };
    let mut attempt = ftp("proftpd", user, host, is_success);
    attempt.reason = reason;
    Some(login(draft, &attempt))
}

/// `(?@192.0.2.1) [WARNING] Authentication failed for user [root]`, `(?@192.0.2.1) [INFO] seb is now logged in`.
pub(super) fn read_pure_ftpd(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (client, said) = message.strip_prefix('(')?.split_once(") ")?;
    let (_, host) = client.rsplit_once('@')?;
    let (_, text) = said.split_once("] ")?;
    if let Some(user) = text
        .strip_prefix("Authentication failed for user [")
        .and_then(|rest| rest.trim_end().strip_suffix(']'))
    {
        return Some(login(draft, &ftp("pure-ftpd", user, host, false)));
    }
    let user = text.trim_end().strip_suffix(" is now logged in")?;
    Some(login(draft, &ftp("pure-ftpd", user, host, true)))
}

/// `Auth: [SMB2,(null)] user [DOMAIN]\[name] at […] with [NTLMv2] status [NT_STATUS_OK] workstation [PC] remote host
/// [ipv4:192.0.2.1:62419] …`
pub(super) fn read_samba(draft: &Draft<'_>, message: &str) -> Option<Document> {
    let (_, rest) = message.split_once("Auth: [")?;
    let (service, rest) = rest.split_once("] user [")?;
    // The names come from the client; what Samba states itself is looked for from the end.
    let (names, status) = rest.rsplit_once("] status [")?;
    let (status, _) = status.split_once(']')?;
    let (_, remote) = rest.rsplit_once("remote host [")?;
    let remote = remote.split_once(']')?.0;
    let address = remote
        .strip_prefix("ipv4:")
        .or_else(|| remote.strip_prefix("ipv6:"))?;
    let (host, port) = address.rsplit_once(':')?;
    let (account, _) = names.split_once("] at [").unwrap_or((names, ""));
    let (domain, user) = account.split_once("]\\[").unwrap_or(("", account));
    let method = names.rsplit_once("with [").map_or("", |(_, method)| method);
    let mut document = login(
        draft,
        &Attempt {
            dataset: "host.auth",
            module: "samba",
            protocol: "smb",
            user,
            host,
            port: Some(port),
            is_success: status == "NT_STATUS_OK",
            reason: if status == "NT_STATUS_OK" { "" } else { status },
        },
    );
    document.text("user.domain", domain);
    document.text("khien.auth.method", method);
    document.text("service.name", service.split(',').next().unwrap_or(service));
    Some(document)
}
