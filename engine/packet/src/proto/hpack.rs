//! Header compression of HTTP/2 (RFC 7541).
//!
//! Caps: a table of 64 KiB, 64 KiB of output a block. Names are shared between entries, so that a short reference to a long name
//! costs no copy of it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::hpack_huffman;

/// Largest table that a peer is allowed.
const MAX_TABLE: usize = 64 << 10;
/// The table before anybody says otherwise.
const DEFAULT_TABLE: usize = 4_096;
/// What an entry counts besides its text (section 4.1).
const ENTRY: usize = 32;
/// Names and values of one block that are told.
pub const MAX_OUTPUT: usize = 64 << 10;

/// Appendix A.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// A block that breaks the rules: nothing after it can be read either, for the table is out of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

#[derive(Clone)]
enum Text {
    Static(&'static str),
    Shared(Arc<[u8]>),
}

impl Text {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Static(text) => text.as_bytes(),
            Self::Shared(text) => text,
        }
    }
}

struct Entry {
    name: Text,
    value: Text,
}

impl Entry {
    fn size(&self) -> usize {
        self.name.bytes().len() + self.value.bytes().len() + ENTRY
    }
}

/// One direction's table.
pub struct Decoder {
    entries: VecDeque<Entry>,
    size: usize,
    most: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            size: 0,
            most: DEFAULT_TABLE,
        }
    }
}

impl Decoder {
    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.size
    }

    /// Reads a block; each field goes to `sink` until the bound is reached. True when all did.
    pub fn decode(
        &mut self,
        block: &[u8],
        mut sink: impl FnMut(&[u8], &[u8]),
    ) -> Result<bool, Broken> {
        let mut rest = block;
        let mut left = MAX_OUTPUT;
        let mut is_all = true;
        while let Some(&first) = rest.first() {
            let entry = match first {
                0x80.. => {
                    let index = integer(&mut rest, 7)?;
                    self.indexed(index)?
                }
                0x40..=0x7f => {
                    let entry = self.literal(&mut rest, 6)?;
                    self.insert(&entry);
                    entry
                }
                0x20..=0x3f => {
                    let most = integer(&mut rest, 5)?;
                    if most > MAX_TABLE {
                        return Err(Broken);
                    }
                    self.most = most;
                    self.evict();
                    continue;
                }
                _ => self.literal(&mut rest, 4)?,
            };
            let size = entry.size();
            if size <= left {
                left -= size;
                sink(entry.name.bytes(), entry.value.bytes());
            } else {
                left = 0;
                is_all = false;
            }
        }
        Ok(is_all)
    }

    fn indexed(&self, index: usize) -> Result<Entry, Broken> {
        let place = index.checked_sub(1).ok_or(Broken)?;
        if let Some((name, value)) = STATIC.get(place) {
            return Ok(Entry {
                name: Text::Static(name),
                value: Text::Static(value),
            });
        }
        let entry = self.entries.get(place - STATIC.len()).ok_or(Broken)?;
        Ok(Entry {
            name: entry.name.clone(),
            value: entry.value.clone(),
        })
    }

    fn literal(&self, rest: &mut &[u8], prefix: u32) -> Result<Entry, Broken> {
        let index = integer(rest, prefix)?;
        let name = if index == 0 {
            string(rest)?
        } else {
            self.indexed(index)?.name
        };
        Ok(Entry {
            name,
            value: string(rest)?,
        })
    }

    fn insert(&mut self, entry: &Entry) {
        self.size += entry.size();
        self.entries.push_front(Entry {
            name: entry.name.clone(),
            value: entry.value.clone(),
        });
        // An entry larger than the table empties it (section 4.4).
        self.evict();
    }

    fn evict(&mut self) {
        while self.size > self.most {
            let Some(entry) = self.entries.pop_back() else {
                self.size = 0;
                return;
            };
            self.size = self.size.saturating_sub(entry.size());
        }
    }
}

/// Section 5.1.
fn integer(rest: &mut &[u8], prefix: u32) -> Result<usize, Broken> {
    let (&first, mut after) = rest.split_first().ok_or(Broken)?;
    let mask = (1_usize << prefix) - 1;
    let mut value = usize::from(first) & mask;
    if value == mask {
        let mut shift = 0;
        loop {
            let (&byte, next) = after.split_first().ok_or(Broken)?;
            after = next;
            // No length or index that we take needs more than 21 bits.
            if shift > 14 {
                return Err(Broken);
            }
            value += usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    *rest = after;
    Ok(value)
}

/// Section 5.2.
fn string(rest: &mut &[u8]) -> Result<Text, Broken> {
    let is_coded = rest.first().ok_or(Broken)? & 0x80 != 0;
    let length = integer(rest, 7)?;
    let (text, after) = rest.split_at_checked(length).ok_or(Broken)?;
    *rest = after;
    if !is_coded {
        return Ok(Text::Shared(text.into()));
    }
    let mut decoded = Vec::with_capacity(text.len() * 8 / 5);
    if hpack_huffman::decode(text, &mut decoded) {
        Ok(Text::Shared(decoded.into()))
    } else {
        Err(Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn fields(decoder: &mut Decoder, hex: &str) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("ASCII");
        let outcome = decoder.decode(&bytes(hex), |name, value| {
            fields.push((text(name), text(value)));
        });
        assert_eq!(outcome, Ok(true));
        fields
    }

    // RFC 7541, appendix C.6: responses in Huffman code with a table of 256 bytes, which evicts.
    #[test]
    fn the_responses_of_the_specification_are_read() {
        let mut decoder = Decoder {
            most: 256,
            ..Decoder::default()
        };
        let first = fields(
            &mut decoder,
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        );
        assert_eq!(first[0], (":status".to_owned(), "302".to_owned()));
        assert_eq!(
            first[3],
            ("location".to_owned(), "https://www.example.com".to_owned())
        );
        assert_eq!(decoder.size, 222);
        let second = fields(&mut decoder, "4883640effc1c0bf");
        assert_eq!(second[0], (":status".to_owned(), "307".to_owned()));
        assert_eq!(second[3], first[3]);
        let third = fields(
            &mut decoder,
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        );
        assert_eq!(third.len(), 6);
        assert_eq!(
            third[5],
            (
                "set-cookie".to_owned(),
                "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1".to_owned()
            )
        );
        assert_eq!(decoder.size, 215);
    }

    #[test]
    fn what_breaks_the_table_is_refused() {
        // Index 0, an index beyond the table, a table beyond the bound, an integer without end, a string that is cut.
        for hex in ["80", "be", "3fe1ff07", "ffffffffffff", "400a61"] {
            let outcome = Decoder::default().decode(&bytes(hex), |_, _| {});
            assert_eq!(outcome, Err(Broken), "{hex}");
        }
    }

    #[test]
    fn a_bomb_of_references_gives_no_more_than_the_bound() {
        let mut decoder = Decoder::default();
        let mut block = vec![0x40, 1, b'a', 0x7f, 0xa1, 0x1e];
        block.extend(vec![b'x'; 0x7f + 0x21 + (0x1e << 7)]);
        block.extend(vec![0xbe; 60_000]);
        let mut told = 0;
        let outcome = decoder.decode(&block, |name, value| told += name.len() + value.len());
        assert_eq!(outcome, Ok(false));
        assert!(told <= MAX_OUTPUT && told > MAX_OUTPUT / 2, "{told}");
    }
}
