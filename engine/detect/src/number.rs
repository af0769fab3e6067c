//! Exact decimal numbers: JSON's grammar, no floating point, equal when the values are equal (`4624` = `4624.0`).

use std::cmp::Ordering;

/// Longest text that is read as a number; beyond it a value is text only.
const MAX_LENGTH: usize = 64;
/// Largest exponent written, in absolute value.
const MAX_EXPONENT: i32 = 400;

/// A decimal number in one form: digits without zeros at either end, times a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    is_negative: bool,
    /// Value = 0.d₁d₂… × 10^exponent; zero has no digits and exponent 0.
    exponent: i32,
    length: u8,
    digits: [u8; MAX_LENGTH],
}

impl Decimal {
    /// Reads a number; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        // Almost every text that is asked is not a number: decide on its first byte.
        if bytes.len() > MAX_LENGTH || !matches!(bytes.first(), Some(b'-' | b'0'..=b'9')) {
            return None;
        }
        let (is_negative, rest) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        if !is_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        let mut number = Self {
            is_negative,
            exponent: 0,
            length: 0,
            digits: [0; MAX_LENGTH],
        };
        let all = whole.bytes().chain(fraction.bytes());
        let leading = all.clone().take_while(|digit| *digit == b'0').count();
        let mut used = 0;
        for (slot, digit) in number.digits.iter_mut().zip(all.skip(leading)) {
            *slot = digit;
            used += 1;
        }
        let trailing = number
            .digits
            .get(..used)?
            .iter()
            .rev()
            .take_while(|digit| **digit == b'0')
            .count();
        for slot in number.digits.iter_mut().take(used).skip(used - trailing) {
            *slot = 0;
        }
        number.length = u8::try_from(used - trailing).ok()?;
        if number.length == 0 {
            number.is_negative = false;
        } else {
            number.exponent =
                i32::try_from(whole.len()).ok()? - i32::try_from(leading).ok()? + exponent;
        }
        Some(number)
    }

    /// A negative number orders the other way round.
    fn magnitude(&self, other: &Self) -> Ordering {
        // Unused digits are 0, below every digit's code, so whole arrays compare like the numbers.
        match (self.length, other.length) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Less,
            (_, 0) => Ordering::Greater,
            _ => self
                .exponent
                .cmp(&other.exponent)
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !is_digits(digits) || text.len() > 5 {
        return None;
    }
    text.parse()
        .ok()
        .filter(|exponent: &i32| exponent.abs() <= MAX_EXPONENT)
}
