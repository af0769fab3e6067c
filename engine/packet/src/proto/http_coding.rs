//! Content codings (RFC 9110, section 8.4): up to three layers, each taken for what its bytes are rather than for what the header
//! calls it, since that is what lenient clients do.
//!
//! Caps: 3 layers, 2,000 times the packed size, 16 MiB; windows of brotli and LZMA together 32 MiB in the whole process.

use super::http_layer::{Coding, Layer};
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
        self.layers.iter().map(Layer::held).sum()
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
