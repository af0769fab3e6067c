//! One audit record: `[node=HOST ]type=TYPE msg=audit(SECONDS.MILLIS:SERIAL): key=value …`, values in quotes, as hexadecimal
//! digits of bytes that could not be quoted, or plain; behind a group separator auditd's own names for numbers.

use crate::text::readable;

/// Most pairs that are kept of a record.
const MAX_PAIRS: usize = 512;
/// Fields that the kernel writes as hexadecimal digits when they hold blanks, quotes or other bytes ("untrusted strings").
const ENCODED: [&str; 22] = [
    "acct",
    "cmd",
    "comm",
    "cwd",
    "data",
    "dir",
    "exe",
    "file",
    "grp",
    "key",
    "name",
    "new-chardev",
    "new-disk",
    "new-fs",
    "ocomm",
    "old-chardev",
    "old-disk",
    "old-fs",
    "path",
    "proctitle",
    "vm",
    "watch",
];

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub kind: String,
    pub id: String,
    pub time_us: i64,
    pub host: String,
    pairs: Vec<(String, String)>,
}

impl Record {
    /// `None` when the line is no record.
    pub(super) fn parse(line: &str, host: Option<&str>) -> Option<Self> {
        let line = line.trim();
        let (node, rest) = match line.strip_prefix("node=") {
            Some(rest) => rest.split_once(' ')?,
            None => ("", line),
        };
        let (kind, rest) = rest.strip_prefix("type=")?.split_once(' ')?;
        let (id, rest) = rest
            .trim_start()
            .strip_prefix("msg=audit(")?
            .split_once("):")?;
        let is_kind = !kind.is_empty()
            && kind.len() <= 64
            && kind
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'[' | b']'));
        let host = if node.is_empty() {
            host.unwrap_or_default()
        } else {
            node
        };
        let mut record = Self {
            kind: is_kind.then(|| kind.to_owned())?,
            id: id.to_owned(),
            time_us: time(id)?,
            host: host.to_owned(),
            pairs: Vec::new(),
        };
        record.read_pairs(rest);
        record.complete();
        Some(record)
    }

    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// What tells the records of one event.
    pub(super) fn joint_id(&self) -> String {
        format!("{}@{}", self.id, self.host)
    }

    /// Whether the record comes from a program by itself, not from the kernel with others.
    pub(super) fn is_alone(&self) -> bool {
        let kinds = [
            "USER_",
            "CRED_",
            "ADD_",
            "DEL_",
            "GRP_",
            "CHGRP_ID",
            "CHUSER_ID",
            "ACCT_",
            "SERVICE_",
            "DAEMON_",
            "ANOM_",
        ];
        kinds.iter().any(|kind| self.kind.starts_with(kind)) || self.kind == "LOGIN"
    }

    pub(super) fn result(&self) -> Option<bool> {
        match self.get("success").or_else(|| self.get("res"))? {
            "yes" | "success" | "1" => Some(true),
            "no" | "failed" | "0" => Some(false),
            _ => None,
        }
    }

    fn read_pairs(&mut self, text: &str) {
        let mut rest = text;
        while self.pairs.len() < MAX_PAIRS
            && let Some((pair, after)) = next_pair(rest)
        {
            rest = after;
            let (name, value, quote) = pair;
            // A program's message holds pairs of its own: `msg='op=login acct="an" res=failed'`.
            if name == "msg" && quote == Some('\'') {
                self.read_pairs_of_message(value);
            } else {
                self.push(name, value, quote);
            }
        }
    }

    fn read_pairs_of_message(&mut self, text: &str) {
        let mut rest = text;
        while self.pairs.len() < MAX_PAIRS
            && let Some(((name, value, quote), after)) = next_pair(rest)
        {
            rest = after;
            self.push(name, value, quote);
        }
    }

    fn push(&mut self, name: &str, value: &str, quote: Option<char>) {
        if quote.is_none() && matches!(value, "(null)" | "?" | "(none)" | "") {
            return;
        }
        // `a1[0]=… a1[1]=…`: a long argument in pieces.
        let (name, is_piece) = match name.split_once('[') {
            Some((whole, _)) => (whole, true),
            None => (name, false),
        };
        let decoded = if quote.is_none() && self.may_be_encoded(name) {
            decode(value, name)
        } else {
            None
        };
        let value = decoded.unwrap_or_else(|| value.to_owned());
        match self.pairs.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) if is_piece => known.push_str(&value),
            Some(_) => {}
            None => self.pairs.push((name.to_owned(), value)),
        }
    }

    fn may_be_encoded(&self, name: &str) -> bool {
        let is_argument = name.strip_prefix('a').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        ENCODED.binary_search(&name).is_ok() || (is_argument && self.kind == "EXECVE")
    }

    /// The name of the system call, where auditd did not write it itself (`log_format = RAW`).
    fn complete(&mut self) {
        if self.kind == "SYSCALL" && self.get("SYSCALL").is_none() {
            let name = self
                .get("syscall")
                .and_then(|number| super::syscall::name(self.get("arch")?, number));
            if let Some(name) = name {
                self.pairs.push(("SYSCALL".to_owned(), name.to_owned()));
            }
        }
    }
}

/// `1696431255.037:8272`
fn time(id: &str) -> Option<i64> {
    let (time, serial) = id.split_once(':')?;
    let (seconds, millis) = time.split_once('.')?;
    serial.parse::<u64>().ok()?;
    let millis = millis.get(..3).filter(|_| millis.len() == 3)?;
    let time_us = seconds
        .parse::<i64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(millis.parse::<i64>().ok()?.checked_mul(1_000)?)?;
    // Four digits of a year.
    (0..=253_402_300_799_999_999)
        .contains(&time_us)
        .then_some(time_us)
}

type Pair<'t> = (&'t str, &'t str, Option<char>);

/// The next `name=value` and what follows; a word without `=` is passed over.
fn next_pair(text: &str) -> Option<(Pair<'_>, &str)> {
    let is_gap = |character: char| matches!(character, ' ' | '\u{1d}' | ',' | '{' | '}');
    let mut rest = text.trim_start_matches(is_gap);
    loop {
        let end = rest.find(|character: char| character == '=' || is_gap(character))?;
        let (name, after) = rest.split_at(end);
        if let Some(value) = after.strip_prefix('=') {
            let quote = value
                .chars()
                .next()
                .filter(|first| matches!(first, '"' | '\''));
            if let Some(quote) = quote {
                let inner = value.get(1..)?;
                let close = inner.find(quote).unwrap_or(inner.len());
                let (value, after) = inner.split_at(close);
                return Some((
                    (name, value, Some(quote)),
                    after.get(1..).unwrap_or_default(),
                ));
            }
            let close = value.find([' ', '\u{1d}']).unwrap_or(value.len());
            let (value, after) = value.split_at(close);
            return Some(((name, value.trim_end_matches(','), None), after));
        }
        rest = after.trim_start_matches(is_gap);
    }
}

/// Bytes written as hexadecimal digits; the zero bytes between the arguments of a `proctitle` become blanks.
fn decode(value: &str, name: &str) -> Option<String> {
    let digits = value.as_bytes();
    if digits.len() < 2
        || !digits.len().is_multiple_of(2)
        || !digits.iter().all(u8::is_ascii_hexdigit)
    {
        return None;
    }
    let mut bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    if name == "proctitle" {
        for byte in &mut bytes {
            if *byte == 0 {
                *byte = b' ';
            }
        }
    }
    Some(readable(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_for_the_search() {
        assert!(ENCODED.is_sorted());
    }

    #[test]
    fn a_message_of_a_program_holds_pairs_of_its_own() {
        let line = "node=web1 type=USER_LOGIN msg=audit(1700000000.001:5): pid=1 uid=0 auid=4294967295 msg='op=login acct=\"an\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.1 terminal=ssh res=failed'\u{1d}UID=\"root\"";
        let record = Record::parse(line, None).expect("a record");
        assert_eq!(
            (record.kind.as_str(), record.host.as_str(), record.time_us),
            ("USER_LOGIN", "web1", 1_700_000_000_001_000)
        );
        assert_eq!(record.get("acct"), Some("an"));
        assert_eq!(record.get("hostname"), None);
        assert_eq!(record.get("UID"), Some("root"));
        assert_eq!(record.result(), Some(false));
    }

    #[test]
    fn a_long_argument_is_put_together() {
        let line = "type=EXECVE msg=audit(1700000000.001:5): argc=2 a0=\"x\" a1_len=8 a1[0]=6162 a1[1]=6364";
        let record = Record::parse(line, None).expect("a record");
        assert_eq!(record.get("a1"), Some("abcd"));
    }

    #[test]
    fn what_is_no_record_is_none() {
        for line in [
            "",
            "type=X",
            "type=X msg=audit(1.2:3): ",
            "type=X msg=audit(a.000:3): b=c",
            "type=a b msg=audit(1.000:1):",
        ] {
            assert!(Record::parse(line, None).is_none(), "{line}");
        }
    }
}
