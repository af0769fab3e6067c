//! Content codings (RFC 9110, section 8.4): up to three layers, each taken for what its bytes are rather than for what the header
//! calls it, since that is what lenient clients do.
//!
//! Caps: 3 layers, 2,000 times the packed size, 16 MiB; windows of brotli and LZMA together 32 MiB in the whole process.

use super::http_inflate::{self, Inflate};
use super::http_window::{Brotli, Lzma};
use crate::bytes::count;
use crate::limits::Budget;

/// Layers that are unwrapped.
const MAX_LAYERS: usize = 3;
/// What one body may unpack to.
const MAX_UNPACKED: u64 = 16 << 20;
/// How many times longer than its packed form.
const MAX_RATIO: u64 = 2_000;
/// Output of one step of one layer.
pub const BLOCK: usize = 32 << 10;
/// First bytes by which a coding is told.
const SNIFFED: usize = 64;

/// How a step of a decoder went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It wants more input or more space.
    More,
    /// What was compressed is over.
    Over,
    /// These bytes are not of this coding.
    Broken,
}

/// One step of a decoder.
#[derive(Clone, Copy, Debug)]
pub struct Stepped {
    /// Bytes of input that it took.
    pub used: usize,
    /// Bytes of output that it made.
    pub made: usize,
    /// How to go on.
    pub progress: Progress,
}

impl Stepped {
    /// Took bytes and made none.
    pub fn used(used: usize) -> Self {
        Self {
            used,
            made: 0,
            progress: Progress::More,
        }
    }
}

/// A coding by its name in `Content-Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Lzma,
}

impl Coding {
    fn named(name: &[u8]) -> Option<Self> {
        // Servers write `gzip,` and ` gzip;q=1` and mean the same.
        match name.to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => Some(Self::Gzip),
            b"deflate" | b"x-deflate" => Some(Self::Deflate),
            b"br" => Some(Self::Brotli),
            b"lzma" | b"x-lzma" => Some(Self::Lzma),
            _ => None,
        }
    }
}

enum Decoder {
    /// Too few bytes to tell.
    Unknown,
    /// Not packed at all.
    Plain,
    Inflate(Box<Inflate>),
    Brotli(Box<Brotli>),
    Lzma(Box<Lzma>),
    /// Nothing more comes out of it.
    Over,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one layer"
)]
struct Layer {
    named: Coding,
    head: Vec<u8>,
    fed: usize,
    decoder: Decoder,
    is_broken: bool,
    /// Its end was not seen: some servers leave it out.
    is_unfinished: bool,
    /// It was something else than its name says.
    is_misnamed: bool,
    /// There was no memory for its window.
    is_refused: bool,
}

impl Layer {
    fn new(named: Coding) -> Self {
        Self {
            named,
            head: Vec::new(),
            fed: 0,
            decoder: Decoder::Unknown,
            is_broken: false,
            is_unfinished: false,
            is_misnamed: false,
            is_refused: false,
        }
    }

    fn step(&mut self, input: &[u8], is_last: bool, windows: &Budget, space: &mut [u8]) -> Stepped {
        if matches!(self.decoder, Decoder::Unknown) {
            let used = input.len().min(SNIFFED.saturating_sub(self.head.len()));
            self.head
                .extend_from_slice(input.get(..used).unwrap_or_default());
            if self.head.len() >= SNIFFED || (is_last && !self.head.is_empty()) {
                self.choose(windows);
            }
            return Stepped::used(used);
        }
        let from_head = self.head.get(self.fed..).unwrap_or_default();
        if from_head.is_empty() {
            let stepped = decode(&mut self.decoder, input, space);
            return self.note(stepped);
        }
        let stepped = decode(&mut self.decoder, from_head, space);
        self.fed += stepped.used;
        if stepped.used == 0 && stepped.made == 0 {
            // It cannot go on with them, nor without.
            self.fed = self.head.len();
        }
        let stepped = self.note(stepped);
        Stepped { used: 0, ..stepped }
    }

    fn has_head_left(&self) -> bool {
        !matches!(self.decoder, Decoder::Unknown | Decoder::Over) && self.fed < self.head.len()
    }

    fn note(&mut self, stepped: Stepped) -> Stepped {
        if stepped.progress != Progress::More {
            self.is_broken |= stepped.progress == Progress::Broken;
            self.decoder = Decoder::Over;
        }
        stepped
    }

    fn choose(&mut self, windows: &Budget) {
        let head = self.head.as_slice();
        let is_gzip = head.starts_with(b"\x1f\x8b");
        self.decoder = match self.named {
            _ if is_gzip => {
                self.is_misnamed = self.named != Coding::Gzip;
                Decoder::Inflate(Box::new(Inflate::gzip()))
            }
            Coding::Brotli => match Brotli::new(head, windows) {
                Some(brotli) => Decoder::Brotli(Box::new(brotli)),
                None => self.refuse(),
            },
            Coding::Lzma => match Lzma::new(head, windows) {
                Some(lzma) => Decoder::Lzma(Box::new(lzma)),
                None => self.refuse(),
            },
            Coding::Gzip | Coding::Deflate => {
                let decoder = deflated(head);
                self.is_misnamed = self.named == Coding::Gzip || matches!(decoder, Decoder::Plain);
                decoder
            }
        };
    }

    fn refuse(&mut self) -> Decoder {
        self.is_refused = true;
        Decoder::Over
    }

    /// What is left when nothing more comes in; only LZMA keeps output back.
    fn rest(&mut self) -> Vec<u8> {
        match std::mem::replace(&mut self.decoder, Decoder::Over) {
            Decoder::Lzma(lzma) => lzma.finish(),
            Decoder::Inflate(inflate) => {
                self.is_unfinished = !inflate.is_over();
                Vec::new()
            }
            Decoder::Brotli(_) => {
                self.is_unfinished = true;
                Vec::new()
            }
            Decoder::Unknown | Decoder::Plain | Decoder::Over => Vec::new(),
        }
    }
}

fn deflated(head: &[u8]) -> Decoder {
    let is_zlib = match head {
        [first, second, ..] => {
            first & 15 == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
        }
        _ => false,
    };
    if is_zlib && http_inflate::fits(Inflate::zlib(), head) {
        Decoder::Inflate(Box::new(Inflate::zlib()))
    } else if http_inflate::fits(Inflate::bare(), head) {
        Decoder::Inflate(Box::new(Inflate::bare()))
    } else {
        Decoder::Plain
    }
}

fn decode(decoder: &mut Decoder, input: &[u8], space: &mut [u8]) -> Stepped {
    match decoder {
        Decoder::Inflate(inflate) => inflate.step(input, space),
        Decoder::Brotli(brotli) => brotli.step(input, space),
        Decoder::Lzma(lzma) => lzma.step(input, space),
        Decoder::Plain => {
            let used = input.len().min(space.len());
            if let (Some(to), Some(from)) = (space.get_mut(..used), input.get(..used)) {
                to.copy_from_slice(from);
            }
            Stepped {
                used,
                made: used,
                progress: Progress::More,
            }
        }
        Decoder::Unknown | Decoder::Over => Stepped {
            used: input.len(),
            made: 0,
            progress: Progress::Over,
        },
    }
}

/// The layers of one body.
pub struct Unpack {
    layers: Vec<Layer>,
    packed: u64,
    unpacked: u64,
    /// The bounds stopped it.
    pub is_too_big: bool,
    /// More layers were named than are unwrapped.
    pub is_too_deep: bool,
    windows: Budget,
}

impl Unpack {
    /// The layers that all `Content-Encoding` fields name together, outermost last; `None` when they name none.
    pub fn new<'a>(values: impl Iterator<Item = &'a [u8]>, windows: &Budget) -> Option<Box<Self>> {
        let mut layers = Vec::new();
        let mut is_too_deep = false;
        for name in values.flat_map(|value| value.split(|byte| matches!(byte, b',' | b';'))) {
            let Some(coding) = Coding::named(name.trim_ascii()) else {
                continue;
            };
            is_too_deep |= layers.len() >= MAX_LAYERS;
            if layers.len() < MAX_LAYERS {
                layers.push(Layer::new(coding));
            }
        }
        layers.reverse();
        if layers.is_empty() {
            return None;
        }
        Some(Box::new(Self {
            layers,
            packed: 0,
            unpacked: 0,
            is_too_big: false,
            is_too_deep,
            windows: windows.clone(),
        }))
    }

    /// Unpacks the next bytes.
    pub fn data(&mut self, input: &[u8], space: &mut Vec<u8>, sink: &mut dyn FnMut(&[u8])) {
        self.packed = self.packed.saturating_add(count(input.len()));
        space.resize(BLOCK * MAX_LAYERS, 0);
        let (layers, mut flow) = self.flow(sink);
        push(layers, input, space, &mut flow);
    }

    /// Unpacks what was held back; no more bytes come.
    pub fn finish(&mut self, space: &mut Vec<u8>, sink: &mut dyn FnMut(&[u8])) {
        space.resize(BLOCK * MAX_LAYERS, 0);
        let (mut rest, mut flow) = self.flow(sink);
        // Outermost first: what it gives goes into the next one, which is ended after it.
        while let Some((layer, inner)) = rest.split_first_mut() {
            push_layer(layer, inner, (b"", true), space, &mut flow);
            let kept = layer.rest();
            push(inner, &kept, space, &mut flow);
            rest = inner;
        }
    }

    fn flow<'a>(&'a mut self, sink: &'a mut dyn FnMut(&[u8])) -> (&'a mut [Layer], Flow<'a>) {
        let most = self
            .packed
            .saturating_add(1_024)
            .saturating_mul(MAX_RATIO)
            .min(MAX_UNPACKED);
        let flow = Flow {
            windows: &self.windows,
            most,
            unpacked: &mut self.unpacked,
            is_too_big: &mut self.is_too_big,
            sink,
        };
        (&mut self.layers, flow)
    }

    /// Whether the content that came out is less than what went in.
    pub fn is_incomplete(&self) -> bool {
        self.is_too_big
            || self.is_too_deep
            || self
                .layers
                .iter()
                .any(|layer| layer.is_broken || layer.is_unfinished || layer.is_refused)
    }

    /// Whether a layer is not what the header calls it, or broke.
    pub fn is_wrong(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.is_misnamed || layer.is_broken)
    }

    /// Whether there was no memory for a window.
    pub fn is_refused(&self) -> bool {
        self.layers.iter().any(|layer| layer.is_refused)
    }

    /// Bytes of memory, windows of brotli and LZMA apart.
    pub fn held(&self) -> usize {
        self.layers
            .iter()
            .map(|layer| match layer.decoder {
                Decoder::Inflate(_) => http_inflate::STATE_BYTES,
                _ => SNIFFED,
            })
            .sum()
    }
}

/// What goes through the layers, and its bounds.
struct Flow<'a> {
    windows: &'a Budget,
    most: u64,
    unpacked: &'a mut u64,
    is_too_big: &'a mut bool,
    sink: &'a mut dyn FnMut(&[u8]),
}

impl Flow<'_> {
    fn give(&mut self, bytes: &[u8]) {
        *self.unpacked = self.unpacked.saturating_add(count(bytes.len()));
        *self.is_too_big |= *self.unpacked > self.most;
        if !*self.is_too_big && !bytes.is_empty() {
            (self.sink)(bytes);
        }
    }
}

/// Hands bytes to the first of the layers; there are three at most.
fn push(layers: &mut [Layer], input: &[u8], space: &mut [u8], flow: &mut Flow<'_>) {
    match layers.split_first_mut() {
        Some((layer, inner)) => push_layer(layer, inner, (input, false), space, flow),
        None => flow.give(input),
    }
}

fn push_layer(
    layer: &mut Layer,
    inner: &mut [Layer],
    (input, is_last): (&[u8], bool),
    space: &mut [u8],
    flow: &mut Flow<'_>,
) {
    let mut rest = input;
    while !*flow.is_too_big {
        let Some((own, others)) = space.split_at_mut_checked(BLOCK) else {
            return;
        };
        let is_replaying = layer.has_head_left();
        let stepped = layer.step(rest, is_last, flow.windows, own);
        rest = rest.get(stepped.used..).unwrap_or_default();
        push(
            inner,
            own.get(..stepped.made).unwrap_or_default(),
            others,
            flow,
        );
        let is_idle = stepped.used == 0 && stepped.made == 0;
        if is_idle && !is_replaying && !layer.has_head_left() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] =
        b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$ and some more text, so that it is not too short to be told";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn bare(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn unpacked(names: &[&[u8]], packed: &[u8], step: usize) -> (Vec<u8>, Unpack) {
        let mut unpack = Unpack::new(names.iter().copied(), &Budget::new(32 << 20)).expect("named");
        let (mut out, mut space) = (Vec::new(), Vec::new());
        for piece in packed.chunks(step) {
            unpack.data(piece, &mut space, &mut |bytes| out.extend_from_slice(bytes));
        }
        unpack.finish(&mut space, &mut |bytes| out.extend_from_slice(bytes));
        (out, *unpack)
    }

    #[test]
    fn a_body_is_taken_for_what_it_is_however_it_is_cut() {
        let twice = [gzip(&TEXT[..20]), gzip(&TEXT[20..])].concat();
        for (name, packed, is_wrong) in [
            (&b"gzip"[..], gzip(TEXT), false),
            (b"x-gzip", twice, false),
            (b"deflate", zlib(TEXT), false),
            (b"deflate", bare(TEXT), false),
            (b"deflate", gzip(TEXT), true),
            (b"gzip", bare(TEXT), true),
            (b"gzip", TEXT.to_vec(), true),
        ] {
            for step in [1, 7, 1_000] {
                let (out, unpack) = unpacked(&[name], &packed, step);
                assert_eq!(out, TEXT, "{name:?} {step}");
                assert_eq!(unpack.is_wrong(), is_wrong, "{name:?}");
                assert!(!unpack.is_incomplete());
            }
        }
    }

    #[test]
    fn reserved_flags_and_header_sums_of_gzip_are_stepped_over() {
        let mut packed = gzip(TEXT);
        packed[3] = 0x42;
        packed.splice(10..10, [0, 0]);
        assert_eq!(unpacked(&[b"gzip"], &packed, 3).0, TEXT);
        let mut packed = gzip(TEXT);
        packed[3] = 4 | 8 | 16;
        packed.splice(10..10, *b"\x02\x00exname\0comment\0");
        assert_eq!(unpacked(&[b"gzip"], &packed, 1).0, TEXT);
    }

    #[test]
    fn layers_are_unwrapped_from_the_outside_three_deep() {
        let packed = gzip(&zlib(&gzip(TEXT)));
        assert_eq!(unpacked(&[b"gzip, deflate", b"gzip"], &packed, 5).0, TEXT);
        let (out, unpack) = unpacked(&[b"gzip, gzip, gzip, gzip"], &gzip(&packed), 50);
        assert_ne!(out, TEXT);
        assert!(unpack.is_incomplete());
    }

    #[test]
    fn a_cut_stream_gives_what_came_and_is_incomplete() {
        let packed = gzip(&TEXT.repeat(100));
        let (out, unpack) = unpacked(&[b"gzip"], &packed[..packed.len() - 20], 10);
        assert!(unpack.is_incomplete());
        assert!(TEXT.repeat(100).starts_with(&out) && !out.is_empty());
    }

    #[test]
    fn a_bomb_stops_at_its_bound() {
        let zeros = vec![0; 18 << 20];
        let (out, unpack) = unpacked(&[b"gzip"], &gzip(&zeros), 1_000);
        assert!(unpack.is_too_big);
        assert!(out.len() <= 16 << 20);
        // Packed twice it is small enough for the ratio to stop it first.
        let (out, unpack) = unpacked(&[b"gzip, gzip"], &gzip(&gzip(&zeros)), 1_000);
        assert!(unpack.is_too_big && out.len() < 16 << 20, "{}", out.len());
    }

    // The example of RFC 7932 has no test vector; these are made by the reference encoder (`brotli -q 5`) and by `xz --format=lzma`.
    #[test]
    fn brotli_and_lzma_need_a_window_from_the_common_budget() {
        let packed = b"\x0b\x05\x80hello world\x03";
        for step in [1, 4, 100] {
            let (out, unpack) = unpacked(&[b"br"], packed, step);
            assert_eq!(out, b"hello world");
            assert!(!unpack.is_incomplete());
        }
        let mut unpack = Unpack::new([&b"br"[..]].into_iter(), &Budget::new(1_024)).expect("named");
        let mut space = Vec::new();
        unpack.data(packed, &mut space, &mut |_| {});
        unpack.finish(&mut space, &mut |_| panic!("no memory, no output"));
        assert!(unpack.is_refused() && unpack.is_incomplete());
    }
}
