//! Redis (RESP, versions 2 and 3), recognised and named by how clients ask; what it says is not read yet.
//!
//! A command is an array of bulk strings: `*2\r\n$3\r\nGET\r\n…`. Answers alone (`+OK`, `:1`) could be of many protocols
//! and are never enough.

use super::{Context, Direction, Parser, Probe, Role, Step};

/// Port of Redis.
pub const PORTS: &[u16] = &[6_379];
/// A count in front of an array or a string has no more digits than this.
const MAX_DIGITS: usize = 7;

/// Whether bytes begin with a command: a count of words, the length of the first, and a word of letters.
#[must_use]
pub fn probe(data: &[u8], _: bool) -> Probe {
    let after_count = match count_behind(data, b'*') {
        Ok(rest) => rest,
        Err(probe) => return probe,
    };
    let word = match count_behind(after_count, b'$') {
        Ok(rest) => rest,
        Err(probe) => return probe,
    };
    match word.first() {
        None => Probe::More,
        Some(letter) if letter.is_ascii_alphabetic() => Probe::Yes(Role::Client),
        Some(_) => Probe::No,
    }
}

/// What follows a sign, a number that is not 0, and a line end.
fn count_behind(data: &[u8], sign: u8) -> Result<&[u8], Probe> {
    let Some((first, rest)) = data.split_first() else {
        return Err(Probe::More);
    };
    if *first != sign {
        return Err(Probe::No);
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_number =
        digits <= MAX_DIGITS && rest.first().is_none_or(|byte| matches!(byte, b'1'..=b'9'));
    match rest.get(digits..).unwrap_or_default() {
        _ if !is_number => Err(Probe::No),
        [] | [b'\r'] => Err(Probe::More),
        [b'\r', b'\n', after @ ..] => Ok(after),
        _ => Err(Probe::No),
    }
}

/// State of a flow: none.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Redis)
}

struct Redis;

impl Parser for Redis {
    fn data(&mut self, _: &mut Context<'_>, _: Direction, bytes: &[u8]) -> Step {
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        true
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_known_and_answers_prove_nothing() {
        for (bytes, expected) in [
            (&b"*1\r\n$4\r\nPING\r\n"[..], Probe::Yes(Role::Client)),
            (b"*2\r\n$3\r\nget\r\n$1\r\nk\r\n", Probe::Yes(Role::Client)),
            (b"*12\r\n$4\r", Probe::More),
            (b"*", Probe::More),
            (b"", Probe::More),
            (b"+OK\r\n", Probe::No),
            (b"*0\r\n$4\r\nPING\r\n", Probe::No),
            (b"*1\r\n$4\r\n\x01\r\n", Probe::No),
            (b"*1\n$4\nPING\n", Probe::No),
            (b"*12345678\r\n$4\r\nPING\r\n", Probe::No),
            (b"** Message", Probe::No),
            (b"$6\r\nfoobar\r\n", Probe::No),
        ] {
            assert_eq!(probe(bytes, true), expected, "{bytes:?}");
        }
    }
}
