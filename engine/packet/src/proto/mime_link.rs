//! Links in the text of mail: what a reader could click on.

use memchr::{memchr_iter, memmem};

/// Links of one mail that are told.
const MAX_LINKS: usize = 64;
/// Longest link; the rest of a longer one is cut off.
const MAX_LINK: usize = 2_048;
/// What a link may begin with.
const SCHEMES: &[&[u8]] = &[b"https", b"http", b"ftps", b"ftp"];

/// Collects links from bytes that come in any pieces.
#[derive(Debug, Default)]
pub struct Links {
    word: Vec<u8>,
    is_word_cut: bool,
    /// Distinct links in the order of their first appearance.
    pub found: Vec<Vec<u8>>,
    /// Links left out because there were too many, or cut because they were too long.
    pub is_cut: bool,
}

impl Links {
    /// Goes on after the texts before.
    #[must_use]
    pub fn after(found: Vec<Vec<u8>>) -> Self {
        Self {
            found,
            ..Self::default()
        }
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn held(&self) -> usize {
        let found: usize = self.found.iter().map(Vec::capacity).sum();
        self.word.capacity().saturating_add(found)
    }

    /// Takes the next bytes of a text.
    pub fn data(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if ends_word(*byte) {
                self.end_word();
            } else if self.word.len() < MAX_LINK {
                self.word.push(*byte);
            } else {
                self.is_word_cut = true;
            }
        }
    }

    /// The text ends here.
    pub fn end_word(&mut self) {
        let is_cut = std::mem::take(&mut self.is_word_cut);
        if self.word.len() > 6
            && let Some(link) = link(&self.word)
        {
            self.is_cut |= is_cut;
            let link = without_entities(link);
            if self.found.contains(&link) {
                // Told already.
            } else if self.found.len() < MAX_LINKS {
                self.found.push(link);
            } else {
                self.is_cut = true;
            }
        }
        self.word.clear();
    }
}

fn ends_word(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | 0x7f)
}

fn link(word: &[u8]) -> Option<&[u8]> {
    let begin = match memmem::find(word, b"://") {
        Some(at) => {
            let before = word.get(..at)?;
            let scheme = SCHEMES.iter().find(|scheme| {
                before.len().checked_sub(scheme.len()).is_some_and(|start| {
                    before
                        .get(start..)
                        .is_some_and(|end| end.eq_ignore_ascii_case(scheme))
                })
            })?;
            at - scheme.len()
        }
        None => word
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"www."))
            .then_some(0)?,
    };
    let link = without_trailing_marks(word.get(begin..)?);
    let rest = link.rsplit(|byte| *byte == b':').next()?;
    (rest.len() > 3).then_some(link)
}

/// Marks that end a sentence rather than a link. A closing bracket stays when it was opened inside.
fn without_trailing_marks(mut link: &[u8]) -> &[u8] {
    let opened = memchr_iter(b'(', link).count();
    let mut closed = memchr_iter(b')', link).count();
    while let Some((last, rest)) = link.split_last() {
        match last {
            b')' if closed <= opened => break,
            b')' => closed -= 1,
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b']' | b'}' | b'*' => {}
            _ => break,
        }
        link = rest;
    }
    link
}

/// `&amp;` stands for `&` inside an attribute of HTML.
fn without_entities(link: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(link.len());
    let mut rest = link;
    while let Some(at) = memmem::find(rest, b"&amp;") {
        out.extend_from_slice(rest.get(..=at).unwrap_or_default());
        rest = rest.get(at + 5..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &[u8], piece: usize) -> Vec<String> {
        let mut links = Links::default();
        text.chunks(piece).for_each(|bytes| links.data(bytes));
        links.end_word();
        let texts = links.found.iter();
        texts
            .map(|link| String::from_utf8_lossy(link).into_owned())
            .collect()
    }

    #[test]
    fn links_are_found_in_text_and_in_attributes_however_they_are_cut() {
        let text = b"See (https://a.vn/x_(y)). <a href='HTTP://b.vn/?p=1&amp;q=2'>http://b.vn/?p=1&q=2</a>\r\n\
                     www.example.gov.vn, http:// ftp://c.vn/f mailto:x@y.vn nothttp:/x";
        let expected = [
            "https://a.vn/x_(y)",
            "HTTP://b.vn/?p=1&q=2",
            "http://b.vn/?p=1&q=2",
            "www.example.gov.vn",
            "ftp://c.vn/f",
        ];
        for piece in [1, 7, 1_000] {
            assert_eq!(links(text, piece), expected);
        }
    }

    #[test]
    fn a_flood_of_links_is_bounded_and_said_to_be() {
        let mut links = Links::default();
        for number in 0..10_000 {
            links.data(format!("http://host{number}.vn/ ").as_bytes());
        }
        assert_eq!(links.found.len(), MAX_LINKS);
        assert!(links.is_cut);
    }
}
