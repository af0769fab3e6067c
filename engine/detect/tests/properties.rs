//! Properties against naive or foreign implementations of the same thing.

#![expect(
    clippy::indexing_slicing,
    reason = "the naive matcher is meant to be obvious, and a panic fails the test"
)]

use khien_detect::ir::Part;
use khien_detect::json::{JsonError, Tape};
use khien_detect::number::Decimal;
use khien_detect::pattern::Pattern;
use proptest::prelude::*;

/// The textbook matcher: exponential, but plainly right.
fn naive(parts: &[Part], text: &[char]) -> bool {
    match parts {
        [] => text.is_empty(),
        [Part::AnyRun, rest @ ..] => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
        [Part::OneCharacter, rest @ ..] => !text.is_empty() && naive(rest, &text[1..]),
        [Part::Literal(literal), rest @ ..] => {
            let literal: Vec<char> = literal.chars().collect();
            text.starts_with(&literal) && naive(rest, &text[literal.len()..])
        }
    }
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        "[abé]{0,3}".prop_map(Part::Literal),
        Just(Part::AnyRun),
        Just(Part::OneCharacter)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn wildcards_match_as_the_textbook_says(parts in prop::collection::vec(part(), 0..7), text in "[abé]{0,9}") {
        let characters: Vec<char> = text.chars().collect();
        prop_assert_eq!(Pattern::new(&parts).is_match(&text), naive(&parts, &characters));
    }

    #[test]
    fn numbers_order_as_integers_do(left in any::<i64>(), right in any::<i64>(), scale in 0_u32..5) {
        // The same value with a point and zeros behind it.
        let written = |value: i64| {
            let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale as usize + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
            let point = if scale == 0 { String::new() } else { format!(".{fraction}00") };
            format!("{}{whole}{point}", if value < 0 { "-" } else { "" })
        };
        let (first, second) = (Decimal::parse(&written(left)).unwrap(), Decimal::parse(&written(right)).unwrap());
        prop_assert_eq!(first.cmp(&second), left.cmp(&right));
        prop_assert_eq!(first == second, left == right);
        let shifted = Decimal::parse(&format!("{left}e-{scale}")).unwrap();
        prop_assert_eq!(shifted, first);
    }

    #[test]
    fn json_is_accepted_as_a_foreign_reader_does(text in r#"[\[\]{}:,"0-9eE+.\\untrfalsd \t-]{0,24}"#) {
        let accepted = Tape::new().parse(&text);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) => prop_assert!(matches!(accepted, Ok(()) | Err(JsonError::Duplicate)), "{text}"),
            Err(_) => prop_assert!(accepted.is_err(), "{text}"),
        }
    }

    #[test]
    fn json_from_values_is_read_back(keys in prop::collection::vec("[a-c\\\\\"\u{0}é]{0,2}", 0..40), number in any::<f64>()) {
        prop_assume!(number.is_finite());
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let members: Vec<String> = keys.iter().map(|key| format!("{}:[{number:e},null]", serde_json::to_string(key).unwrap())).collect();
        let text = format!("{{{}}}", members.join(","));
        let mut tape = Tape::new();
        let expected = if sorted.len() == keys.len() { Ok(()) } else { Err(JsonError::Duplicate) };
        prop_assert_eq!(tape.parse(&text), expected);
        if expected.is_ok() {
            let read: Vec<String> = tape.members(0).map(|(name, _)| tape.node(name).unwrap().text(&text).into_owned()).collect();
            prop_assert_eq!(read, keys);
        }
    }
    #[test]
    fn many_names_are_told_apart_and_one_that_comes_again_is_found(
        names in prop::collection::btree_set("[a-c]{1,6}", 1..120),
        again in any::<prop::sample::Index>(),
        is_repeated in any::<bool>(),
    ) {
        let mut names: Vec<String> = names.into_iter().collect();
        if is_repeated {
            names.push(again.get(&names).clone());
        }
        let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":{{\"{name}\":1}}")).collect();
        let expected = if is_repeated { Err(JsonError::Duplicate) } else { Ok(()) };
        prop_assert_eq!(Tape::new().parse(&format!("{{{}}}", members.join(","))), expected);
    }
}
