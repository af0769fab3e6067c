//! The reading itself: one pass from the left, without recursion, the first fault ends it.

use super::{JsonError, Kind, MAX_DEPTH, Node, Tape, hash, unescape};

pub(super) struct Parser<'t, 'p> {
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) position: usize,
    pub(super) tape: &'p mut Tape,
}

/// So many names of one object are told apart one by one.
const FEW_NAMES: usize = 48;

/// An open value: whether it is an object, its node, and of an object the names so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    node: usize,
    is_object: bool,
    /// Where its names begin among those of all open objects.
    names: usize,
    /// A bit a name, by its hash: it tells most names apart.
    taken: u128,
    /// A name came twice; said when the object ends, as the first fault from the left may still be another.
    is_repeated: bool,
}

impl Open {
    fn new(node: usize, is_object: bool, names: usize) -> Self {
        Self {
            node,
            is_object,
            names,
            taken: 0,
            is_repeated: false,
        }
    }

    fn bracket(&self) -> u8 {
        if self.is_object { b'}' } else { b']' }
    }
}

impl Parser<'_, '_> {
    pub(super) fn document(mut self) -> Result<(), JsonError> {
        if self.bytes.len() > u32::MAX as usize / 2 {
            return Err(JsonError::Syntax);
        }
        let mut open = std::mem::take(&mut self.tape.open);
        open.clear();
        self.tape.names.clear();
        let read = self.values(&mut open);
        self.tape.open = open;
        read
    }

    fn values(&mut self, open: &mut Vec<Open>) -> Result<(), JsonError> {
        loop {
            // Here a value must begin.
            if let Some(is_object) = self.value()? {
                if open.len() == MAX_DEPTH {
                    return Err(JsonError::Depth);
                }
                let node = self.tape.nodes.len() - 1;
                let mut opened = Open::new(node, is_object, self.tape.names.len());
                self.skip_space();
                if self.bytes.get(self.position) == Some(&opened.bracket()) {
                    self.close(&opened)?;
                } else {
                    if is_object {
                        self.name(&mut opened)?;
                    }
                    open.push(opened);
                    continue;
                }
            }
            // A value has ended: close what ends here, or go on to the next member or element.
            loop {
                self.skip_space();
                let Some(inner) = open.last_mut() else {
                    return if self.position == self.bytes.len() {
                        Ok(())
                    } else {
                        Err(JsonError::Syntax)
                    };
                };
                match self.bytes.get(self.position) {
                    Some(b',') => {
                        self.position += 1;
                        if inner.is_object {
                            self.name(inner)?;
                        }
                        break;
                    }
                    Some(byte) if *byte == inner.bracket() => {
                        self.close(inner)?;
                        open.pop();
                    }
                    _ => return Err(JsonError::Syntax),
                }
            }
        }
    }

    /// Reads a scalar, or opens an object (`true`) or an array: its node is the last one.
    fn value(&mut self) -> Result<Option<bool>, JsonError> {
        self.skip_space();
        let start = self.position;
        match self.bytes.get(start) {
            Some(b'"') => self.string(false).map(|()| None),
            Some(byte @ (b'{' | b'[')) => {
                let is_object = *byte == b'{';
                self.position += 1;
                self.push(
                    if is_object { Kind::Object } else { Kind::Array },
                    start,
                    start,
                    0,
                );
                Ok(Some(is_object))
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| None),
            Some(b't') => self.word("true", Kind::Bool(true)),
            Some(b'f') => self.word("false", Kind::Bool(false)),
            Some(b'n') => self.word("null", Kind::Null),
            _ => Err(JsonError::Syntax),
        }
    }

    /// Closes the open value: its bracket comes next.
    fn close(&mut self, open: &Open) -> Result<(), JsonError> {
        self.position += 1;
        let link = self.tape.nodes.len();
        let end = self.position;
        if let Some(node) = self.tape.nodes.get_mut(open.node) {
            node.link = narrow(link);
            node.end = narrow(end);
        }
        if open.is_object {
            let is_repeated = open.is_repeated || self.repeats(open.names);
            self.tape.names.truncate(open.names);
            if is_repeated {
                return Err(JsonError::Duplicate);
            }
        }
        Ok(())
    }

    /// Takes the name that was just read into the account of its object: looked for among those before it when its bit is taken.
    fn note(&mut self, open: &mut Open, name: usize) {
        let entry = (self.tape.text_hash(name), narrow(name));
        let bit = 1 << (entry.0 % u128::BITS);
        if open.taken & bit != 0 {
            let before = self.tape.names.get(open.names..).unwrap_or_default();
            open.is_repeated |= before.len() < FEW_NAMES
                && before
                    .iter()
                    .any(|other| other.0 == entry.0 && self.same_name(other.1, entry.1));
        }
        open.taken |= bit;
        self.tape.names.push(entry);
    }

    /// Whether one of many names came twice. They are sorted: 64 KiB of names must not cost their square.
    fn repeats(&mut self, first: usize) -> bool {
        let mut names = std::mem::take(&mut self.tape.names);
        let own = names.get_mut(first..).unwrap_or_default();
        let found = own.len() > FEW_NAMES && {
            own.sort_unstable();
            own.chunk_by(|left, right| left.0 == right.0)
                .filter(|bucket| bucket.len() > 1)
                .any(|bucket| self.holds_repetition(bucket))
        };
        self.tape.names = names;
        found
    }

    fn holds_repetition(&self, bucket: &[(u32, u32)]) -> bool {
        let mut names: Vec<_> = bucket
            .iter()
            .filter_map(|(_, name)| self.tape.node(*name as usize))
            .map(|node| node.text(self.text))
            .collect();
        names.sort_unstable();
        names
            .windows(2)
            .any(|pair| matches!(pair, [left, right] if left == right))
    }

    fn same_name(&self, left: u32, right: u32) -> bool {
        match (
            self.tape.node(left as usize),
            self.tape.node(right as usize),
        ) {
            (Some(left), Some(right)) => left.text(self.text) == right.text(self.text),
            _ => false,
        }
    }

    fn name(&mut self, open: &mut Open) -> Result<(), JsonError> {
        self.skip_space();
        if self.bytes.get(self.position) != Some(&b'"') {
            return Err(JsonError::Syntax);
        }
        let name = self.tape.nodes.len();
        self.string(true)?;
        self.note(open, name);
        self.expect(b':')
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        self.skip_space();
        if self.bytes.get(self.position) == Some(&byte) {
            self.position += 1;
            Ok(())
        } else {
            Err(JsonError::Syntax)
        }
    }

    fn skip_space(&mut self) {
        while matches!(
            self.bytes.get(self.position),
            Some(b' ' | b'\t' | b'\n' | b'\r')
        ) {
            self.position += 1;
        }
    }

    /// Reads a text; only names are looked up by their hash.
    fn string(&mut self, is_name: bool) -> Result<(), JsonError> {
        let start = self.position + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = plain_end(self.bytes, at);
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at = self.escape_end(at)?;
                }
                _ => return Err(JsonError::Syntax),
            }
        }
        self.position = at + 1;
        let hash = match (is_name, escaped) {
            (false, _) => 0,
            (true, false) => hash(self.bytes.get(start..at).unwrap_or_default()),
            (true, true) => hash(unescape(self.text.get(start..at).unwrap_or_default()).as_bytes()),
        };
        self.push(Kind::Text(escaped), start, at, hash);
        Ok(())
    }

    /// Checks the escape at `at` and gives the place after it.
    fn escape_end(&self, at: usize) -> Result<usize, JsonError> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                let high = self.hex(at + 2)?;
                if (0xDC00..0xE000).contains(&high) {
                    return Err(JsonError::Syntax);
                }
                if !(0xD800..0xDC00).contains(&high) {
                    return Ok(at + 6);
                }
                let is_pair =
                    self.bytes.get(at + 6) == Some(&b'\\') && self.bytes.get(at + 7) == Some(&b'u');
                if is_pair && (0xDC00..0xE000).contains(&self.hex(at + 8)?) {
                    Ok(at + 12)
                } else {
                    Err(JsonError::Syntax)
                }
            }
            _ => Err(JsonError::Syntax),
        }
    }

    fn hex(&self, at: usize) -> Result<u32, JsonError> {
        let digits = self.bytes.get(at..at + 4).ok_or(JsonError::Syntax)?;
        let mut value = 0;
        for digit in digits {
            value = value * 16 + char::from(*digit).to_digit(16).ok_or(JsonError::Syntax)?;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.position;
        if self.bytes.get(self.position) == Some(&b'-') {
            self.position += 1;
        }
        let whole = self.digits();
        if whole == 0 || (whole > 1 && self.bytes.get(self.position - whole) == Some(&b'0')) {
            return Err(JsonError::Syntax);
        }
        if self.bytes.get(self.position) == Some(&b'.') {
            self.position += 1;
            if self.digits() == 0 {
                return Err(JsonError::Syntax);
            }
        }
        let has_exponent = matches!(self.bytes.get(self.position), Some(b'e' | b'E'));
        if has_exponent {
            self.position += 1;
            if matches!(self.bytes.get(self.position), Some(b'+' | b'-')) {
                self.position += 1;
            }
            if self.digits() == 0 {
                return Err(JsonError::Syntax);
            }
        }
        let token = self.text.get(start..self.position).unwrap_or_default();
        // Fewer than 300 digits without an exponent always fit a double.
        if (has_exponent || token.len() > 300) && !token.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(JsonError::Syntax);
        }
        self.push(Kind::Number, start, self.position, 0);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.position;
        while matches!(self.bytes.get(self.position), Some(b'0'..=b'9')) {
            self.position += 1;
        }
        self.position - start
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Option<bool>, JsonError> {
        let end = self.position + word.len();
        if self.bytes.get(self.position..end) != Some(word.as_bytes()) {
            return Err(JsonError::Syntax);
        }
        self.push(kind, self.position, end, 0);
        self.position = end;
        Ok(None)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, link: u32) {
        self.tape.nodes.push(Node {
            kind,
            start: narrow(start),
            end: narrow(end),
            link,
        });
    }
}

/// The parser refuses texts beyond 2 GiB before it makes the first offset.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// The first place at or after `at` that holds a quote, a backslash or a control character; eight bytes a step.
fn plain_end(bytes: &[u8], at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let rest = bytes.get(at..).unwrap_or_default();
    let (words, tail) = rest.as_chunks::<8>();
    let mut done = at;
    for word in words {
        let value = u64::from_le_bytes(*word);
        let quote = value ^ (ONES * u64::from(b'"'));
        let backslash = value ^ (ONES * u64::from(b'\\'));
        // The classic "has a zero byte" and "has a byte below n"; the lowest mark is exact, later ones may not be.
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (value.wrapping_sub(ONES * 0x20) & !value);
        let marks = marks & HIGHS;
        if marks != 0 {
            return done + (marks.trailing_zeros() / 8) as usize;
        }
        done += 8;
    }
    done + tail
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F))
        .unwrap_or(tail.len())
}
