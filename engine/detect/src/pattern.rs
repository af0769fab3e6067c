//! Texts with wildcards, matched whole and without backtracking over the text.

use memchr::memmem::Finder;

use crate::ir::Part;

/// One compiled text; the haystack must be prepared (NFC, folded unless cased) like the literals.
#[derive(Debug)]
pub enum Pattern {
    /// Any text, also the empty one.
    Any,
    /// Exactly this.
    Exact(Box<str>),
    /// Begins with this.
    Prefix(Box<str>),
    /// Ends with this.
    Suffix(Box<str>),
    /// Holds this.
    Contains(Box<Finder<'static>>),
    /// Anything else: segments between `*`.
    Glob(Box<Glob>),
}

/// Segments between `*`; whether the first and last are tied to the ends.
#[derive(Debug)]
pub struct Glob {
    first: Segment,
    middle: Vec<Segment>,
    last: Option<Segment>,
}

/// Literals and `?` in a row.
#[derive(Debug)]
struct Segment {
    /// Each literal with the number of `?` before it; a last empty literal carries the `?` at the end.
    pieces: Vec<(usize, Box<str>)>,
    /// The longest literal: its bytes, and how many characters stand before it in the segment.
    anchor: Option<(Finder<'static>, usize)>,
}

impl Pattern {
    /// Compiles parts whose literals are prepared.
    #[must_use]
    pub fn new(parts: &[Part]) -> Self {
        let contains = |literal: &str| Self::Contains(Box::new(Finder::new(literal).into_owned()));
        match parts {
            [] => Self::Exact("".into()),
            [Part::Literal(literal)] => Self::Exact(literal.as_str().into()),
            [Part::AnyRun] => Self::Any,
            [Part::Literal(literal), Part::AnyRun] => Self::Prefix(literal.as_str().into()),
            [Part::AnyRun, Part::Literal(literal)] => Self::Suffix(literal.as_str().into()),
            [Part::AnyRun, Part::Literal(literal), Part::AnyRun] => contains(literal),
            _ => Self::Glob(Box::new(Glob::new(parts))),
        }
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(literal) => text == &**literal,
            Self::Prefix(literal) => text.starts_with(&**literal),
            Self::Suffix(literal) => text.ends_with(&**literal),
            Self::Contains(finder) => finder.find(text.as_bytes()).is_some(),
            Self::Glob(glob) => glob.is_match(text),
        }
    }
}

impl Glob {
    fn new(parts: &[Part]) -> Self {
        let mut segments: Vec<Segment> = parts
            .split(|part| matches!(part, Part::AnyRun))
            .map(Segment::new)
            .collect();
        let last = if segments.len() > 1 {
            segments.pop()
        } else {
            None
        };
        let mut segments = segments.into_iter();
        let first = segments.next().unwrap_or_else(|| Segment::new(&[]));
        Self {
            first,
            middle: segments
                .filter(|segment| !segment.pieces.is_empty())
                .collect(),
            last,
        }
    }

    fn is_match(&self, text: &str) -> bool {
        let Some(mut rest) = self.first.strip_front(text) else {
            return false;
        };
        let Some(last) = &self.last else {
            return rest.is_empty();
        };
        // The earliest place of each segment leaves the most for those after it, so nothing is tried twice.
        for segment in &self.middle {
            match segment.find_end(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        last.is_at_end(rest)
    }
}

impl Segment {
    fn new(parts: &[Part]) -> Self {
        let mut pieces: Vec<(usize, Box<str>)> = Vec::new();
        let mut skipped = 0;
        for part in parts {
            match part {
                Part::Literal(literal) => {
                    pieces.push((std::mem::take(&mut skipped), literal.as_str().into()));
                }
                Part::OneCharacter | Part::AnyRun => skipped += 1,
            }
        }
        if skipped > 0 {
            pieces.push((skipped, "".into()));
        }
        let mut before = 0;
        let mut anchor: Option<(&str, usize)> = None;
        for (gap, literal) in &pieces {
            before += gap;
            if anchor.is_none_or(|(best, _)| literal.len() > best.len()) && !literal.is_empty() {
                anchor = Some((literal, before));
            }
            before += literal.chars().count();
        }
        let anchor = anchor.map(|(literal, before)| (Finder::new(literal).into_owned(), before));
        Self { pieces, anchor }
    }

    /// What follows when the text begins with this segment.
    fn strip_front<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text;
        for (gap, literal) in &self.pieces {
            for _ in 0..*gap {
                let mut characters = rest.chars();
                characters.next()?;
                rest = characters.as_str();
            }
            rest = rest.strip_prefix(&**literal)?;
        }
        Some(rest)
    }

    /// What follows the first place where this segment stands.
    fn find_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        let Some((finder, before)) = &self.anchor else {
            return self.strip_front(text);
        };
        let mut from = 0;
        loop {
            let at = from + finder.find(text.as_bytes().get(from..)?)?;
            if let Some(rest) = characters_back(text, at, *before)
                .and_then(|start| self.strip_front(text.get(start..)?))
            {
                return Some(rest);
            }
            from = at + text.get(at..)?.chars().next()?.len_utf8();
        }
    }

    fn is_at_end(&self, text: &str) -> bool {
        let length: usize = self
            .pieces
            .iter()
            .map(|(gap, literal)| gap + literal.chars().count())
            .sum();
        characters_back(text, text.len(), length)
            .and_then(|start| self.strip_front(text.get(start..)?))
            .is_some_and(str::is_empty)
    }
}

/// The offset `count` characters before `at`.
fn characters_back(text: &str, at: usize, count: usize) -> Option<usize> {
    if count == 0 {
        return Some(at);
    }
    text.get(..at)?
        .char_indices()
        .rev()
        .nth(count - 1)
        .map(|(offset, _)| offset)
}
