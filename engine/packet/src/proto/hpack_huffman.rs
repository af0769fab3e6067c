//! The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: the lengths tell the codes.

use std::sync::LazyLock;

/// Bits of the code of each byte, and of the end of a string last.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];
/// Bits of the longest code.
const LONGEST: usize = 30;
/// The end of a string: never sent, though its first bits fill the last byte.
const END: u16 = 256;

/// The codes of one length: the first of them, and where its symbols stand.
#[derive(Clone, Copy, Default)]
struct Run {
    first: u32,
    count: u32,
    offset: usize,
}

struct Table {
    runs: [Run; LONGEST],
    symbols: Vec<u16>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut symbols: Vec<u16> = (0..=END).collect();
    let length = |symbol: &u16| LENGTHS.get(usize::from(*symbol)).copied().unwrap_or(0);
    symbols.sort_by_key(length);
    let mut runs = [Run::default(); LONGEST];
    let (mut code, mut offset) = (0_u32, 0);
    for (bits, run) in (1_u8..).zip(runs.iter_mut()) {
        let count = symbols
            .iter()
            .filter(|symbol| length(symbol) == bits)
            .count();
        *run = Run {
            first: code,
            count: u32::try_from(count).unwrap_or(0),
            offset,
        };
        offset += count;
        code = (code + run.count) << 1;
    }
    Table { runs, symbols }
});

/// Appends what `coded` says; false when it is no text in this code.
pub fn decode(coded: &[u8], text: &mut Vec<u8>) -> bool {
    let table = &*TABLE;
    let (mut code, mut bits) = (0_u32, 0_usize);
    for byte in coded {
        for shift in (0..8).rev() {
            code = code << 1 | u32::from(byte >> shift & 1);
            bits += 1;
            let Some(run) = table.runs.get(bits - 1) else {
                return false;
            };
            let place = code.wrapping_sub(run.first);
            if place >= run.count {
                continue;
            }
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            let symbol = table
                .symbols
                .get(run.offset + place)
                .copied()
                .unwrap_or(END);
            let Ok(symbol) = u8::try_from(symbol) else {
                return false;
            };
            text.push(symbol);
            (code, bits) = (0, 0);
        }
    }
    // What fills the last byte is less than a byte of ones.
    bits < 8 && code == (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::decode;

    fn text(hex: &str) -> Option<String> {
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal"))
            .collect();
        let mut text = Vec::new();
        decode(&bytes, &mut text).then(|| String::from_utf8(text).expect("ASCII"))
    }

    // RFC 7541, appendix C.4 and C.6.
    #[test]
    fn the_strings_of_the_specification_are_read() {
        for (coded, expected) in [
            ("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"),
            ("a8eb10649cbf", "no-cache"),
            ("25a849e95ba97d7f", "custom-key"),
            (
                "d07abe941054d444a8200595040b8166e082a62d1bff",
                "Mon, 21 Oct 2013 20:13:21 GMT",
            ),
            (
                "9d29ad171863c78f0b97c8e9ae82ae43d3",
                "https://www.example.com",
            ),
        ] {
            assert_eq!(text(coded).as_deref(), Some(expected));
        }
    }

    // Section 5.2: padding longer than 7 bits, or of other bits than the end's, and the end itself are errors.
    #[test]
    fn wrong_padding_is_refused() {
        assert_eq!(text("1f"), Some("a".to_owned()));
        for coded in ["1fff", "18", "ffffffff"] {
            assert_eq!(text(coded), None, "{coded}");
        }
    }
}
