//! What the contents of BER's elements stand for (X.690, section 8): numbers, object identifiers, times.

/// Arcs of an object identifier that are written; SNMP itself has no more (RFC 2578, section 3.5).
const MAX_ARCS: usize = 128;

/// A number in two's complement (section 8.3); `None` beyond 64 bits.
#[must_use]
pub fn integer(content: &[u8]) -> Option<i64> {
    let (first, _) = content.split_first()?;
    let is_negative = first & 0x80 != 0;
    let fill = if is_negative { 0xff } else { 0 };
    let start = content.iter().position(|byte| *byte != fill);
    let digits = start.map_or(&[][..], |start| content.get(start..).unwrap_or_default());
    if digits.len() > 8 {
        return None;
    }
    let start = if is_negative { -1_i64 } else { 0 };
    let value = digits
        .iter()
        .fold(start, |value, byte| (value << 8) | i64::from(*byte));
    (value.is_negative() == is_negative).then_some(value)
}

/// A number without sign, as SNMP's counters are (RFC 2578, section 7.1); `None` beyond 64 bits.
#[must_use]
pub fn unsigned(content: &[u8]) -> Option<u64> {
    let (first, rest) = content.split_first()?;
    let digits = if *first == 0 { rest } else { content };
    (digits.len() <= 8).then(|| {
        digits
            .iter()
            .fold(0, |value, byte| (value << 8) | u64::from(*byte))
    })
}

/// An object identifier as its arcs with dots (section 8.19); `None` when it is none, or longer than any in use.
#[must_use]
pub fn oid(content: &[u8]) -> Option<String> {
    if content.last().is_none_or(|byte| byte & 0x80 != 0) {
        return None;
    }
    let mut text = String::new();
    let mut arcs = 0_usize;
    let mut value = 0_u128;
    for byte in content {
        if value > u128::MAX >> 7 {
            return None;
        }
        value = (value << 7) | u128::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if arcs == 0 {
            let top = (value / 40).min(2);
            text = format!("{top}.{}", value - top * 40);
        } else {
            text.push('.');
            text.push_str(itoa::Buffer::new().format(value));
        }
        arcs += 1;
        value = 0;
        if arcs >= MAX_ARCS {
            return None;
        }
    }
    Some(text)
}

/// A `GeneralizedTime` (X.680, section 46; RFC 4120, section 5.2.3) as µs since 1970. Times of an unsaid zone and before
/// 1970 are none.
#[must_use]
pub fn time(content: &[u8]) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| -> Option<u64> {
        content.get(range)?.iter().try_fold(0_u64, |value, byte| {
            byte.is_ascii_digit()
                .then(|| value * 10 + u64::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(8..10)?, number(10..12)?, number(12..14)?);
    let is_valid = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let (fraction, zone) = fraction(content.get(14..)?);
    let offset = match zone {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let at = content.len() - zone.len() + 1;
            let seconds = number(at..at + 2)? * 3_600 + number(at + 2..at + 4).unwrap_or(0) * 60;
            let seconds = i64::try_from(seconds).ok()?;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    let seconds = seconds.checked_add_signed(-offset)?;
    is_valid.then_some(seconds * 1_000_000 + fraction)
}

/// µs after a point or comma, and what follows.
fn fraction(rest: &[u8]) -> (u64, &[u8]) {
    let [b'.' | b',', digits @ ..] = rest else {
        return (0, rest);
    };
    let size = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, zone) = digits.split_at(size);
    let micros = (0..6).fold(0, |value, place| {
        value * 10 + digits.get(place).map_or(0, |digit| u64::from(digit - b'0'))
    });
    (micros, zone)
}

/// Days since 1970 of a day in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X.690, section 8.3: the shortest form, and longer ones that BER lets through.
    #[test]
    fn integers_keep_their_sign() {
        for (content, value) in [
            (&b"\x00"[..], Some(0)),
            (b"\x80", Some(-128)),
            (b"\x00\x80", Some(128)),
            (b"\xff\x7f", Some(-129)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80", Some(-128)),
            (b"\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX)),
            (b"\x80\x00\x00\x00\x00\x00\x00\x00", Some(i64::MIN)),
            (b"\x00\x80\x00\x00\x00\x00\x00\x00\x00", None),
            (b"", None),
        ] {
            assert_eq!(integer(content), value, "{content:02x?}");
        }
        assert_eq!(
            unsigned(b"\0\xff\xff\xff\xff\xff\xff\xff\xff"),
            Some(u64::MAX)
        );
        assert_eq!(unsigned(b"\x01\0\0\0\0\0\0\0\0"), None);
    }

    /// X.690, section 8.19.5: {joint-iso-itu-t 100 3} has the contents 81 34 03.
    #[test]
    fn object_identifiers_are_text() {
        assert_eq!(oid(b"\x81\x34\x03").as_deref(), Some("2.100.3"));
        assert_eq!(
            oid(b"\x2b\x06\x01\x02\x01\x01\x01\x00").as_deref(),
            Some("1.3.6.1.2.1.1.1.0")
        );
        assert_eq!(oid(b"\x2b\x86"), None);
        assert_eq!(oid(b""), None);
        assert_eq!(oid(&[0x01; 4_096]), None);
        assert_eq!(oid(&[&[0xff; 20][..], &[0x7f]].concat()), None);
    }

    /// RFC 4120, section 5.2.3, and the end of time that Windows asks for.
    #[test]
    fn generalised_times_are_moments() {
        assert_eq!(time(b"19851106210627Z"), Some(500_159_187_000_000));
        assert_eq!(time(b"19851106210627.3Z"), Some(500_159_187_300_000));
        assert_eq!(time(b"19851106210627-0500"), Some(500_177_187_000_000));
        assert_eq!(time(b"20370913024805Z"), Some(2_136_422_885_000_000));
        assert_eq!(time(b"19700101000000Z"), Some(0));
        assert_eq!(time(b"19691231235959Z"), None);
        assert_eq!(time(b"20371313024805Z"), None);
        assert_eq!(time(b"20370913024805"), None);
        assert_eq!(time(b"2037091302480xZ"), None);
    }
}
