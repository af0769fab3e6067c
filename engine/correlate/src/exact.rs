//! Exact decimal numbers: sums do not drift, thresholds are not rounded.
//!
//! Values of events are rounded to 12 decimals when they are read and are below 10¹⁸, so each is one `i128`, and so is every sum of a
//! window. Bounds are kept as they are written (at most 64 characters, exponents to ±400); one that does not fit is a large integer at
//! a scale of 470 decimals, and so is what a product outgrows. Everything after reading is exact; only the speed differs.

use std::cmp::Ordering;

use khien_detect::number::Decimal;
use num_bigint::{BigInt, Sign};

const SMALL_DECIMALS: usize = 12;
const SMALL_DIGITS: usize = 18;
/// 62 decimals and an exponent of −400 need 462.
const LARGE_DECIMALS: usize = 470;
const SMALL_ONE: i128 = 1_000_000_000_000;
/// Values end below.
const LARGEST_VALUE: u128 = 1_000_000_000_000_000_000 * SMALL_ONE.unsigned_abs();

/// A decimal number.
#[derive(Debug, Clone)]
pub enum Exact {
    /// Times 10¹².
    Small(i128),
    /// Times 10⁴⁷⁰.
    Large(Box<BigInt>),
}

impl Exact {
    /// Zero.
    pub const ZERO: Self = Self::Small(0);

    /// Reads a number as the matcher does; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Decimal::parse(text)?;
        Self::parse_long(text)
    }

    /// The same for a text that is a decimal number of any length, as `Ratio::text` writes it.
    #[must_use]
    pub fn parse_long(text: &str) -> Option<Self> {
        let (is_negative, rest) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        let digits = digits.trim_start_matches('0');
        // The value is the digits times ten to the power of `power`.
        let power = exponent - i32::try_from(fraction.len()).ok()?;
        let kept = digits.trim_end_matches('0');
        let power = power + i32::try_from(digits.len() - kept.len()).ok()?;
        if kept.is_empty() {
            return Some(Self::ZERO);
        }
        let shift = usize::try_from(power + i32::try_from(SMALL_DECIMALS).ok()?);
        if let Ok(shift) = shift
            && kept.len() + shift <= SMALL_DIGITS + SMALL_DECIMALS
        {
            let value: i128 = kept.parse().ok()?;
            let value = value.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?;
            return Some(Self::Small(if is_negative { -value } else { value }));
        }
        let shift = usize::try_from(power + i32::try_from(LARGE_DECIMALS).ok()?).ok()?;
        let value = BigInt::parse_bytes(kept.as_bytes(), 10)? * ten_to(shift);
        Some(Self::Large(Box::new(if is_negative {
            -value
        } else {
            value
        })))
    }

    /// Reads a value of an event: rounded to 12 decimals, half to even; `None` for what is no number, or 10¹⁸ and beyond.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let value = match Self::parse(text)? {
            Self::Small(value) => value,
            Self::Large(value) => {
                let unit = ten_to(LARGE_DECIMALS - SMALL_DECIMALS);
                i128::try_from(half_even(&value, &unit)).ok()?
            }
        };
        // Rounding never leads from below 10¹⁸ to it: what is that near has no 13th decimal in 64 characters but nines.
        (value.unsigned_abs() < LARGEST_VALUE).then_some(Self::Small(value))
    }

    /// A whole number.
    #[must_use]
    pub fn whole(value: u64) -> Self {
        Self::Small(i128::from(value) * SMALL_ONE)
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        if let (Self::Small(left), Self::Small(right)) = (self, other)
            && let Some(sum) = left.checked_add(*right)
        {
            return Self::Small(sum);
        }
        Self::Large(Box::new(self.large() + other.large()))
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        if let (Self::Small(left), Self::Small(right)) = (self, other)
            && let Some(difference) = left.checked_sub(*right)
        {
            return Self::Small(difference);
        }
        Self::Large(Box::new(self.large() - other.large()))
    }

    /// So many times.
    #[must_use]
    pub fn times(&self, factor: u64) -> Self {
        if let Self::Small(value) = self
            && let Some(product) = value.checked_mul(i128::from(factor))
        {
            return Self::Small(product);
        }
        Self::Large(Box::new(self.large() * factor))
    }

    fn large(&self) -> BigInt {
        match self {
            Self::Small(value) => BigInt::from(*value) * ten_to(LARGE_DECIMALS - SMALL_DECIMALS),
            Self::Large(value) => BigInt::clone(value),
        }
    }

    /// The least whole number that is not below it, if that is a count.
    #[must_use]
    pub fn ceiling(&self) -> Option<u64> {
        self.rounded(true)
    }

    /// The largest whole number that is not above it, if that is a count.
    #[must_use]
    pub fn floor(&self) -> Option<u64> {
        self.rounded(false)
    }

    fn rounded(&self, up: bool) -> Option<u64> {
        match self {
            Self::Small(value) => {
                let floor = value.div_euclid(SMALL_ONE);
                let is_whole = value.rem_euclid(SMALL_ONE) == 0;
                u64::try_from(floor + i128::from(up && !is_whole)).ok()
            }
            Self::Large(value) => {
                let one = ten_to(LARGE_DECIMALS);
                let floor = u64::try_from(&**value / &one).ok()?;
                let is_whole = (&**value % &one).sign() == Sign::NoSign;
                floor.checked_add(u64::from(up && !is_whole))
            }
        }
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(left), Self::Small(right)) => left.cmp(right),
            _ => self.large().cmp(&other.large()),
        }
    }
}

/// An exact quotient: an average, or a place between two numbers.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// Above the line.
    pub numerator: Exact,
    /// Below it; never 0.
    pub denominator: u64,
}

impl Ratio {
    /// A number as it is.
    #[must_use]
    pub fn whole(value: u64) -> Self {
        Self::of(Exact::whole(value))
    }

    /// A decimal number as it is.
    #[must_use]
    pub fn of(numerator: Exact) -> Self {
        Self {
            numerator,
            denominator: 1,
        }
    }

    /// Compared without dividing.
    #[must_use]
    pub fn compare(&self, bound: &Exact) -> Ordering {
        self.numerator.cmp(&bound.times(self.denominator))
    }

    /// A decimal number, rounded to 12 decimals, half to even, without trailing zeros.
    #[must_use]
    pub fn text(&self) -> String {
        let unit = ten_to(LARGE_DECIMALS - SMALL_DECIMALS) * self.denominator.max(1);
        let scaled = half_even(&self.numerator.large(), &unit);
        let sign = if scaled.sign() == Sign::Minus {
            "-"
        } else {
            ""
        };
        let digits = format!(
            "{:0>width$}",
            scaled.magnitude().to_string(),
            width = SMALL_DECIMALS + 1
        );
        let (whole, fraction) = digits
            .split_at_checked(digits.len().saturating_sub(SMALL_DECIMALS))
            .unwrap_or((&digits, ""));
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// The quotient as a whole number, half to even.
fn half_even(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let is_negative = numerator.sign() == Sign::Minus;
    let magnitude = BigInt::from(numerator.magnitude().clone());
    let mut quotient: BigInt = &magnitude / denominator;
    let twice: BigInt = (&magnitude % denominator) * 2;
    let is_odd = (&quotient % 2_u32).sign() != Sign::NoSign;
    if twice > *denominator || (twice == *denominator && is_odd) {
        quotient += 1;
    }
    if is_negative { -quotient } else { quotient }
}

fn ten_to(power: usize) -> BigInt {
    BigInt::from(10).pow(u32::try_from(power).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    #[test]
    fn the_same_number_is_the_same_however_it_is_written_and_kept() {
        assert_eq!(number("4624"), number("4624.0"));
        assert_eq!(number("1e400"), number("10e399"));
        assert_eq!(number("0.1e1"), number("1"));
        assert!(number("18446744073709551617") > number("18446744073709551616"));
        assert!(number("-1e-400") < Exact::ZERO);
        assert!(number("0.00000000010") > number("0.0000000000999"));
        assert_eq!(Exact::parse("1e401").map(|_| ()), None);
        assert_eq!(Exact::parse("five").map(|_| ()), None);
    }

    #[test]
    fn a_million_tenths_are_a_hundred_thousand() {
        let tenth = number("0.1");
        let sum = (0..1_000_000).fold(Exact::ZERO, |sum, _| sum.plus(&tenth));
        assert_eq!(sum, number("100000"));
        let large = number("1e300");
        assert_eq!(large.plus(&tenth).minus(&large), tenth);
    }

    #[test]
    fn a_value_is_rounded_half_to_even_when_it_is_read_and_ends_below_a_bound() {
        let read = |text: &str| Exact::read(text).map(|value| Ratio::of(value).text());
        assert_eq!(read("0.0000000000015").as_deref(), Some("0.000000000002"));
        assert_eq!(read("0.0000000000025").as_deref(), Some("0.000000000002"));
        assert_eq!(read("-1e-300").as_deref(), Some("0"));
        assert_eq!(
            read("999999999999999999").as_deref(),
            Some("999999999999999999")
        );
        assert_eq!(read("1e18"), None);
        assert_eq!(read("1e300"), None);
    }

    #[test]
    fn counts_round_to_the_side_that_is_asked() {
        assert_eq!(number("0.5").ceiling(), Some(1));
        assert_eq!(number("0.5").floor(), Some(0));
        assert_eq!(number("1e-30").ceiling(), Some(1));
        assert_eq!(number("-1").floor(), None);
        assert_eq!(number("7").ceiling(), Some(7));
    }

    #[test]
    fn a_quotient_is_written_with_twelve_decimals_and_compared_with_all() {
        let ratio = |numerator: &str, denominator| Ratio {
            numerator: number(numerator),
            denominator,
        };
        assert_eq!(ratio("10", 4).text(), "2.5");
        assert_eq!(ratio("10", 3).text(), "3.333333333333");
        assert_eq!(ratio("-20", 3).text(), "-6.666666666667");
        assert_eq!(ratio("0.000000000005", 2).text(), "0.000000000002");
        assert_eq!(ratio("0.000000000003", 2).text(), "0.000000000002");
        assert_eq!(ratio("-0.3", 6).text(), "-0.05");
        assert_eq!(ratio("1e40", 1).text(), format!("1{}", "0".repeat(40)));
        assert_eq!(ratio("0", 3).text(), "0");
        assert_eq!(
            ratio("10", 3).compare(&number("3.3333333333")),
            Ordering::Greater
        );
        assert_eq!(ratio("9", 3).compare(&number("3")), Ordering::Equal);
    }
}
