//! Commands of SMTP (RFC 5321, section 4.1; RFC 3030; RFC 4954) taken apart.

use super::command_line::verb;

/// Longest path or name that is kept.
const MAX_VALUE: usize = 1_024;
/// A chunk longer than this is not meant seriously.
const MAX_CHUNK: u64 = 1 << 31;

/// Verbs by which a client is recognised; the first ones of any session.
pub const FIRST_VERBS: &[&[u8]] = &[b"EHLO", b"HELO", b"LHLO"];
/// All verbs that a client may begin with.
pub const VERBS: &[&[u8]] = &[
    b"EHLO",
    b"HELO",
    b"LHLO",
    b"MAIL",
    b"RCPT",
    b"DATA",
    b"BDAT",
    b"RSET",
    b"QUIT",
    b"NOOP",
    b"AUTH",
    b"HELP",
    b"VRFY",
    b"EXPN",
    b"STARTTLS",
    b"ETRN",
    b"XCLIENT",
    b"XFORWARD",
];

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// HELO, EHLO, LHLO: the client's name.
    Hello(&'a [u8]),
    /// MAIL: the sender.
    Mail(&'a [u8]),
    /// RCPT: a recipient.
    Recipient(&'a [u8]),
    /// DATA.
    Data,
    /// BDAT: length, and whether it is the last chunk. `None` when it cannot be read.
    Chunk(Option<(u64, bool)>),
    /// RSET.
    Reset,
    /// STARTTLS.
    StartTls,
    /// AUTH: mechanism and initial response.
    Authenticate(&'a [u8], &'a [u8]),
    /// QUIT.
    Quit,
    /// Any other that the RFCs know.
    Other,
    /// No command.
    Unknown,
}

impl<'a> Command<'a> {
    /// Reads a line.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Self {
        let (word, rest) = verb(line);
        let is = |known: &[u8]| word.eq_ignore_ascii_case(known);
        match word.len() {
            4 if is(b"EHLO") || is(b"HELO") || is(b"LHLO") => Self::Hello(cut(rest.trim_ascii())),
            4 if is(b"MAIL") => Self::Mail(path(rest, b"FROM")),
            4 if is(b"RCPT") => Self::Recipient(path(rest, b"TO")),
            4 if is(b"DATA") => Self::Data,
            4 if is(b"BDAT") => Self::Chunk(chunk(rest)),
            4 if is(b"RSET") => Self::Reset,
            4 if is(b"QUIT") => Self::Quit,
            4 if is(b"AUTH") => {
                let (mechanism, initial) = verb(rest);
                Self::Authenticate(mechanism, initial.trim_ascii())
            }
            8 if is(b"STARTTLS") => Self::StartTls,
            _ if VERBS.iter().any(|known| is(known)) => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// What follows `FROM:` or `TO:`, without parameters. Some clients leave the angle brackets away.
fn path<'a>(rest: &'a [u8], key: &[u8]) -> &'a [u8] {
    let Some(after) = rest
        .get(..key.len())
        .filter(|word| word.eq_ignore_ascii_case(key))
        .and_then(|_| rest.get(key.len()..))
    else {
        return cut(rest.trim_ascii());
    };
    let after = after.trim_ascii_start();
    let after = after.strip_prefix(b":").unwrap_or(after).trim_ascii_start();
    let end = if after.starts_with(b"<") {
        memchr::memchr(b'>', after).map(|at| at + 1)
    } else {
        after.iter().position(|byte| matches!(byte, b' ' | b'\t'))
    };
    cut(after.get(..end.unwrap_or(after.len())).unwrap_or_default())
}

/// A path without its angle brackets.
#[must_use]
pub fn bare(path: &[u8]) -> &[u8] {
    let inside = path.strip_prefix(b"<").unwrap_or(path);
    inside.strip_suffix(b">").unwrap_or(inside)
}

fn cut(value: &[u8]) -> &[u8] {
    value.get(..MAX_VALUE).unwrap_or(value)
}

fn chunk(rest: &[u8]) -> Option<(u64, bool)> {
    let (digits, rest) = verb(rest);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let length: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let rest = rest.trim_ascii();
    let is_last = rest.eq_ignore_ascii_case(b"LAST");
    (is_number && length <= MAX_CHUNK && (is_last || rest.is_empty())).then_some((length, is_last))
}

/// The id under which the server queued a mail, as Postfix, Exim and Sendmail say it.
#[must_use]
pub fn queue_id(reply: &[u8]) -> &[u8] {
    for key in [&b"queued as "[..], b"id="] {
        if let Some(at) = memchr::memmem::find(reply, key) {
            let rest = reply.get(at + key.len()..).unwrap_or_default();
            let end = rest
                .iter()
                .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
            let id = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if (6..=32).contains(&id.len()) {
                return id;
            }
        }
    }
    b""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_rfc_5321_appendix_d_are_read() {
        for (line, expected) in [
            (&b"EHLO bar.com"[..], Command::Hello(b"bar.com")),
            (
                b"MAIL FROM:<Smith@bar.com>",
                Command::Mail(b"<Smith@bar.com>"),
            ),
            (b"mail from: <a@b.vn> SIZE=1", Command::Mail(b"<a@b.vn>")),
            (b"MAIL FROM:a@b.vn BODY=8BITMIME", Command::Mail(b"a@b.vn")),
            (
                b"RCPT TO:<Jones@foo.com>",
                Command::Recipient(b"<Jones@foo.com>"),
            ),
            (b"DATA", Command::Data),
            (b"bdat 1000 last", Command::Chunk(Some((1_000, true)))),
            (b"BDAT 86", Command::Chunk(Some((86, false)))),
            (b"BDAT 5 X", Command::Chunk(None)),
            (b"BDAT -1", Command::Chunk(None)),
            (b"BDAT 99999999999999999999", Command::Chunk(None)),
            (
                b"AUTH PLAIN AHRlc3Q=",
                Command::Authenticate(b"PLAIN", b"AHRlc3Q="),
            ),
            (b"VRFY jones", Command::Other),
            (b"Hello, Alice (2)", Command::Unknown),
        ] {
            assert_eq!(
                Command::parse(line),
                expected,
                "{}",
                String::from_utf8_lossy(line)
            );
        }
    }

    #[test]
    fn queue_ids_are_read_from_replies() {
        assert_eq!(queue_id(b"2.0.0 Ok: queued as E4F471CA025"), b"E4F471CA025");
        assert_eq!(queue_id(b"OK id=1Mugho-0003Dg-Un"), b"1Mugho-0003Dg-Un");
        assert_eq!(queue_id(b"Message accepted."), b"");
    }
}
