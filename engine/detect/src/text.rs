//! Folded text: NFC, then simple Unicode case folding, one character to one, so that `?` keeps its meaning.

use std::sync::OnceLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

const TABLE: &str = include_str!("case_folding.txt");
const PAGE: usize = 256;

/// Pages of 256 characters; a page without any folding is empty.
fn pages() -> &'static [Vec<char>] {
    static PAGES: OnceLock<Vec<Vec<char>>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let mut pages: Vec<Vec<char>> = Vec::new();
        for (from, to) in case_folding() {
            let (page, offset) = (from as usize / PAGE, from as usize % PAGE);
            if pages.len() <= page {
                pages.resize(page + 1, Vec::new());
            }
            let Some(page_slots) = pages.get_mut(page) else {
                continue;
            };
            if page_slots.is_empty() {
                let first = u32::try_from(page * PAGE).unwrap_or(0);
                page_slots.extend(
                    (first..first + 256).map(|code| char::from_u32(code).unwrap_or('\u{FFFD}')),
                );
            }
            if let Some(slot) = page_slots.get_mut(offset) {
                *slot = to;
            }
        }
        pages
    })
}

/// Every pair of the table; all other characters fold to themselves.
pub fn case_folding() -> impl Iterator<Item = (char, char)> {
    let character = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    TABLE
        .lines()
        .filter_map(|line| line.split_once(';'))
        .filter_map(move |(from, to)| Some((character(from)?, character(to)?)))
}

fn fold_character(pages: &[Vec<char>], character: char) -> char {
    let code = character as usize;
    pages
        .get(code / PAGE)
        .and_then(|page| page.get(code % PAGE))
        .copied()
        .unwrap_or(character)
}

/// Folds case only.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let pages = pages();
    text.chars()
        .map(|character| fold_character(pages, character))
        .collect()
}

/// Appends NFC of the text.
pub fn push_nfc(out: &mut String, text: &str) {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        out.push_str(text);
    } else {
        out.extend(text.nfc());
    }
}

/// Appends NFC of the text, folded.
pub fn push_normal(out: &mut String, text: &str) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    let pages = pages();
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        out.extend(
            text.chars()
                .map(|character| fold_character(pages, character)),
        );
    } else {
        out.extend(text.nfc().map(|character| fold_character(pages, character)));
    }
}
