//! Regular expressions: compiled for linear time, and the literals that every match must hold.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::error::DetectError;
use crate::text::fold;

/// Largest compiled expression.
const SIZE_LIMIT: usize = 1 << 20;
/// Most alternatives that the index takes for one expression; more are searched by presence.
const MAX_LITERALS: usize = 64;

/// The expression, and folded texts of which one is in every value that matches.
///
/// # Errors
/// It cannot be run, or only in more than `SIZE_LIMIT` bytes.
pub fn compile(
    index: usize,
    pattern: &str,
    flags: &str,
) -> Result<(Regex, Option<Vec<String>>), DetectError> {
    let unsupported = |reason: String| DetectError::RegexUnsupported {
        index,
        pattern: pattern.to_owned(),
        reason,
    };
    if !flags.bytes().all(|flag| b"ims".contains(&flag)) {
        return Err(unsupported("the flags are not of `ims`".to_owned()));
    }
    let has = |flag| flags.contains(flag);
    let common = ascii_classes(pattern);
    let regex = RegexBuilder::new(&common)
        .case_insensitive(has('i'))
        .multi_line(has('m'))
        .dot_matches_new_line(has('s'))
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(limit) => DetectError::RegexSize {
                index,
                pattern: pattern.to_owned(),
                limit,
            },
            other => unsupported(last_line(&other.to_string())),
        })?;
    let literals = ParserBuilder::new()
        .case_insensitive(has('i'))
        .multi_line(has('m'))
        .dot_matches_new_line(has('s'))
        .utf8(false)
        .build()
        .parse(&common)
        .ok()
        .and_then(|hir| required(&hir));
    Ok((regex, literals))
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().to_owned()
}

/// RE2 and PCRE mean ASCII by `\d \w \s \b`, this engine means Unicode: the classes are written out.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    let mut depth = 0_u32;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match (characters.next(), depth > 0) {
                (Some('d'), _) => out.push_str("[0-9]"),
                (Some('D'), _) => out.push_str("[^0-9]"),
                (Some('w'), _) => out.push_str("[0-9A-Za-z_]"),
                (Some('W'), _) => out.push_str("[^0-9A-Za-z_]"),
                (Some('s'), _) => out.push_str("[\\t\\n\\x0c\\r ]"),
                (Some('S'), _) => out.push_str("[^\\t\\n\\x0c\\r ]"),
                (Some('b'), false) => out.push_str("(?-u:\\b)"),
                (Some('B'), false) => out.push_str("(?-u:\\B)"),
                (Some(other), _) => {
                    out.push('\\');
                    out.push(other);
                }
                (None, _) => out.push('\\'),
            },
            '[' => {
                depth += 1;
                out.push('[');
            }
            ']' => {
                depth = depth.saturating_sub(1);
                out.push(']');
            }
            other => out.push(other),
        }
    }
    out
}

/// Folded texts of which one must stand in the folded value, for the expression to match; `None` when there is no such set.
fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![fold(std::str::from_utf8(&literal.0).ok()?)]),
        HirKind::Class(class) => single(class).map(|text| vec![text]),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Concat(parts) => best_of(parts),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            all.sort_unstable();
            all.dedup();
            (all.len() <= MAX_LITERALS).then_some(all)
        }
        _ => None,
    }
    .filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()))
}

/// Neighbouring single texts are one text; of all sets the one with the longest shortest text wins.
fn best_of(parts: &[Hir]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut run = String::new();
    let mut consider = |set: Vec<String>| {
        let shortest = |texts: &[String]| texts.iter().map(String::len).min().unwrap_or(0);
        if shortest(&set) > best.as_deref().map_or(0, shortest) {
            best = Some(set);
        }
    };
    for part in parts {
        if let Some(text) = exact(part) {
            run.push_str(&text);
            continue;
        }
        consider(vec![std::mem::take(&mut run)]);
        if let Some(set) = required(part) {
            consider(set);
        }
    }
    consider(vec![run]);
    best
}

/// The one folded text that this part always matches.
fn exact(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(fold(std::str::from_utf8(&literal.0).ok()?)),
        HirKind::Class(class) => single(class),
        HirKind::Capture(capture) => exact(&capture.sub),
        _ => None,
    }
}

/// A class whose few characters all fold to the same one, as `[Kk]`.
fn single(class: &Class) -> Option<String> {
    const FEW: u32 = 8;
    let characters: Vec<char> = match class {
        Class::Unicode(class) => {
            let size: u32 = class
                .iter()
                .map(|range| range.end() as u32 - range.start() as u32 + 1)
                .sum();
            if size > FEW {
                return None;
            }
            class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .collect()
        }
        Class::Bytes(class) => {
            let size: u32 = class
                .iter()
                .map(|range| u32::from(range.end() - range.start()) + 1)
                .sum();
            if size > FEW || !class.is_ascii() {
                return None;
            }
            class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .map(char::from)
                .collect()
        }
    };
    let mut folded = characters
        .iter()
        .map(|character| fold(&character.to_string()));
    let first = folded.next()?;
    folded.all(|other| other == first).then_some(first)
}
