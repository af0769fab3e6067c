//! Values with commas between (RFC 4180): a value in quotes may hold commas and doubled quotes.

use std::borrow::Cow;

/// Most values that are kept of a line.
const MAX_VALUES: usize = 256;

/// The values of a line; what is behind `MAX_VALUES` of them is left out.
pub(crate) fn split(line: &str) -> Vec<Cow<'_, str>> {
    let mut values = Vec::with_capacity(32);
    let mut rest = Some(line);
    while let Some(text) = rest
        && values.len() < MAX_VALUES
    {
        let (value, after) = match text.strip_prefix('"') {
            Some(inner) => quoted(inner),
            None => match text.split_once(',') {
                Some((value, after)) => (Cow::Borrowed(value), Some(after)),
                None => (Cow::Borrowed(text), None),
            },
        };
        values.push(value);
        rest = after;
    }
    values
}

/// The value up to its closing quote, and what follows the comma behind it. A quote that never closes takes the rest.
fn quoted(text: &str) -> (Cow<'_, str>, Option<&str>) {
    let mut at = 0;
    let mut has_doubled = false;
    let bytes = text.as_bytes();
    while let Some(found) = text
        .get(at..)
        .and_then(|rest| memchr::memchr(b'"', rest.as_bytes()))
    {
        let end = at + found;
        if bytes.get(end + 1) == Some(&b'"') {
            has_doubled = true;
            at = end + 2;
            continue;
        }
        let value = text.get(..end).unwrap_or_default();
        let after = text.get(end + 1..).unwrap_or_default();
        return (
            plain(value, has_doubled),
            after.split_once(',').map(|(_, rest)| rest),
        );
    }
    (plain(text, has_doubled), None)
}

fn plain(text: &str, has_doubled: bool) -> Cow<'_, str> {
    if has_doubled {
        Cow::Owned(text.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_doubled_quotes_stand_inside_quotes() {
        assert_eq!(split("a,,\"b,\"\"c\"\"\",d"), ["a", "", "b,\"c\"", "d"]);
        assert_eq!(split("\"open"), ["open"]);
        assert_eq!(split("\"a\"junk,b,"), ["a", "b", ""]);
        assert_eq!(split(&",".repeat(1_000)).len(), MAX_VALUES);
    }
}
