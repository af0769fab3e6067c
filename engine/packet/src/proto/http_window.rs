//! Brotli (RFC 7932) and LZMA (the `.lzma` file of the LZMA SDK): codings with a window of megabytes, paid from a common budget.

use std::io::{Error, Write};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use lzma_rs::decompress::{Options, Stream, UnpackedSize};

use super::http_layer::{Progress, Stepped};
use crate::limits::{Budget, Share};

/// What a brotli decoder keeps besides its window: Huffman tables, mostly.
const BROTLI_TABLES: u64 = 256 << 10;
/// The part of LZMA's dictionary that is kept; a file whose matches reach further is broken off.
const LZMA_WINDOW: usize = 1 << 20;
/// Bytes that LZMA takes at once, so that they cannot make more than its sink holds.
const LZMA_STEP: usize = 256;
/// Output of one such step: the longest match is 273 bytes and takes a small part of a bit at best.
const LZMA_SINK: usize = 2 << 20;

/// A brotli stream.
pub struct Brotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    _share: Share,
}

impl Brotli {
    /// A decoder, if its window fits into the budget.
    pub fn new(head: &[u8], windows: &Budget) -> Option<Self> {
        let share = windows.take((1 << window_bits(*head.first()?)?) + BROTLI_TABLES)?;
        let allocator = StandardAlloc::default();
        Some(Self {
            state: Box::new(BrotliState::new(allocator, allocator, allocator)),
            _share: share,
        })
    }

    /// Reads from `input`, writes to `space`.
    pub fn step(&mut self, input: &[u8], space: &mut [u8]) -> Stepped {
        let (mut used, mut made, mut total) = (0, 0, 0);
        let (mut input_left, mut space_left) = (input.len(), space.len());
        let result = BrotliDecompressStream(
            &mut input_left,
            &mut used,
            input,
            &mut space_left,
            &mut made,
            space,
            &mut total,
            &mut self.state,
        );
        Stepped {
            used,
            made,
            progress: match result {
                BrotliResult::ResultSuccess => Progress::Over,
                BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Progress::More,
                BrotliResult::ResultFailure => Progress::Broken,
            },
        }
    }
}

/// The size of the window, by the first byte (section 9.1); `None` for the large windows, which HTTP does not have.
fn window_bits(first: u8) -> Option<u32> {
    if first & 1 == 0 {
        return Some(16);
    }
    match (first >> 1 & 7, first >> 4 & 7) {
        (0, 0) => Some(17),
        (0, 1) => None,
        (0, small) => Some(8 + u32::from(small)),
        (large, _) => Some(17 + u32::from(large)),
    }
}

/// An LZMA file.
pub struct Lzma {
    stream: Stream<Sink>,
    _share: Share,
}

impl Lzma {
    /// A decoder, if its window fits into the budget.
    pub fn new(head: &[u8], windows: &Budget) -> Option<Self> {
        // The dictionary's size stands in the second to fifth byte, little endian.
        let [_, size @ .., _] = head.first_chunk::<6>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(LZMA_WINDOW);
        let window = size.clamp(4_096, LZMA_WINDOW);
        let share = windows.take(crate::bytes::count(window))?;
        let options = Options {
            unpacked_size: UnpackedSize::ReadFromHeader,
            memlimit: Some(LZMA_WINDOW),
            allow_incomplete: true,
        };
        Some(Self {
            stream: Stream::new_with_options(&options, Sink::default()),
            _share: share,
        })
    }

    /// Reads from `input`, writes to `space`.
    pub fn step(&mut self, input: &[u8], space: &mut [u8]) -> Stepped {
        let made = self
            .stream
            .get_output_mut()
            .map_or(0, |sink| sink.take(space));
        if made > 0 || input.is_empty() {
            return Stepped {
                used: 0,
                made,
                progress: Progress::More,
            };
        }
        let piece = input.get(..LZMA_STEP).unwrap_or(input);
        match self.stream.write(piece) {
            Ok(used) => Stepped::used(used),
            Err(_) => Stepped {
                used: input.len(),
                made: 0,
                progress: Progress::Broken,
            },
        }
    }

    /// What it still holds: most of a file that is smaller than its dictionary.
    pub fn finish(self) -> Vec<u8> {
        self.stream
            .finish()
            .map_or_else(|_| Vec::new(), |sink| sink.bytes)
    }
}

/// Takes what a decoder gives, within a bound.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    given: usize,
}

impl Sink {
    fn take(&mut self, space: &mut [u8]) -> usize {
        let rest = self.bytes.get(self.given..).unwrap_or_default();
        let made = rest.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..made), rest.get(..made)) {
            to.copy_from_slice(from);
        }
        self.given += made;
        if self.given >= self.bytes.len() {
            self.bytes.clear();
            self.given = 0;
        }
        made
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if self.bytes.len().saturating_add(bytes.len()) > LZMA_SINK {
            return Err(Error::other("more than one step may make"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_from_the_first_byte() {
        // RFC 7932, section 9.1: 0 is 16; 0000001 is 17; 0100001 is 10; 1011 is 22; 0010001 is invalid.
        for (first, bits) in [
            (0, Some(16)),
            (1, Some(17)),
            (0x21, Some(10)),
            (0xb, Some(22)),
            (0x11, None),
        ] {
            assert_eq!(window_bits(first), bits, "{first:#x}");
        }
    }

    #[test]
    fn an_lzma_file_comes_out_whole() {
        let mut packed = Vec::new();
        lzma_rs::lzma_compress(&mut &b"xin chao ".repeat(1_000)[..], &mut packed).expect("memory");
        let mut lzma = Lzma::new(&packed, &Budget::new(32 << 20)).expect("there is memory");
        let (mut out, mut space) = (Vec::new(), vec![0; 1_000]);
        let mut rest = &packed[..];
        while !rest.is_empty() {
            let stepped = lzma.step(&rest[..rest.len().min(5)], &mut space);
            assert_ne!(stepped.progress, Progress::Broken);
            out.extend_from_slice(&space[..stepped.made]);
            rest = &rest[stepped.used..];
        }
        out.extend(lzma.finish());
        assert_eq!(out, b"xin chao ".repeat(1_000));
    }
}
