//! Zstandard (RFC 8878), unpacked block by block, so that what is broken takes nothing with it that is whole.
//!
//! The library decodes as much as it is given and, when any of that is wrong, keeps all of it for itself: with a small file that
//! is the whole capture. So it is given one part at a time (section 3.1.1): the frame's header, each block's header, each block,
//! the checksum. What came before a wrong or missing part is out by then. A block that is cut cannot be unpacked in part:
//! its bits are read from their end (section 4.1).

use std::io::{BufReader, Error, ErrorKind, Read, Result};

use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};

/// Bytes of one read.
const READ: usize = 1 << 16;
/// Magic numbers of a frame and, but for its last digit, of a frame to skip (section 3.1).
const FRAME: u32 = 0xfd2f_b528;
const SKIPPABLE: u32 = 0x184d_2a50;
/// The largest window, or content of a single segment, that is unpacked: the library's own bound.
const MAX_WINDOW: u64 = 1 << 27;
/// The longest head: magic, descriptor, window, dictionary, content size.
const MAX_HEAD: usize = 18;

/// Where in the stream of frames we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// At the beginning of a frame, or at the end of all.
    Frame,
    /// In a block, or in its header; the last is followed by the checksum or the next frame.
    Block { is_last: bool },
    /// At a block's header.
    Header,
    /// In the checksum.
    Checksum,
}

/// Unpacks what it reads.
pub struct Zstd {
    input: BufReader<Box<dyn Read + Send>>,
    decoder: Decoder<'static>,
    part: Part,
    /// Bytes of the part to be given to the decoder from `head`, then from the input.
    head: [u8; MAX_HEAD],
    given: usize,
    filled: usize,
    left: u64,
    has_checksum: bool,
    /// Whether the decoder may hold more than there was room for.
    is_full: bool,
}

impl Zstd {
    /// Begins at a frame.
    pub fn new(input: Box<dyn Read + Send>) -> Result<Self> {
        Ok(Self {
            input: BufReader::with_capacity(READ, input),
            decoder: Decoder::new()?,
            part: Part::Frame,
            head: [0; MAX_HEAD],
            given: 0,
            filled: 0,
            left: 0,
            has_checksum: false,
            is_full: false,
        })
    }

    /// Gives the decoder what is there of this part; how much came out, `None` when the part is over.
    fn step(&mut self, output: &mut [u8]) -> Result<Option<usize>> {
        let is_from_head = self.given < self.filled;
        let source = if is_from_head {
            self.head.get(self.given..self.filled).unwrap_or_default()
        } else if self.left > 0 {
            let there = std::io::BufRead::fill_buf(&mut self.input)?;
            if there.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let most = usize::try_from(self.left).unwrap_or(usize::MAX);
            there.get(..most).unwrap_or(there)
        } else if self.is_full {
            &[]
        } else {
            return Ok(None);
        };
        let is_flushing = source.is_empty();
        let mut source = InBuffer::around(source);
        let mut space = OutBuffer::around(output);
        self.decoder
            .run(&mut source, &mut space)
            .map_err(|_| Error::from(ErrorKind::InvalidData))?;
        let (taken, written) = (source.pos(), space.pos());
        if is_from_head {
            self.given = self.given.saturating_add(taken);
        } else {
            std::io::BufRead::consume(&mut self.input, taken);
            self.left = self.left.saturating_sub(crate::bytes::count(taken));
        }
        self.is_full = written == output.len();
        if taken == 0 && written == 0 && !is_flushing {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(Some(written))
    }

    /// Reads the head of the next part; false at the regular end.
    fn next_part(&mut self) -> Result<bool> {
        (self.given, self.filled, self.left) = (0, 0, 0);
        match self.part {
            Part::Frame => return self.frame(),
            Part::Header | Part::Block { is_last: false } => self.block()?,
            Part::Block { is_last: true } if self.has_checksum => {
                self.left = 4;
                self.part = Part::Checksum;
            }
            Part::Block { is_last: true } | Part::Checksum => self.part = Part::Frame,
        }
        Ok(true)
    }

    /// Section 3.1.1.1. Frames to be skipped are (section 3.1.2).
    fn frame(&mut self) -> Result<bool> {
        let magic = loop {
            self.filled = 0;
            if std::io::BufRead::fill_buf(&mut self.input)?.is_empty() {
                return Ok(false);
            }
            let magic = u32::from_le_bytes(self.take::<4>()?);
            if magic & !0xf != SKIPPABLE {
                break magic;
            }
            let length = u64::from(u32::from_le_bytes(self.take::<4>()?));
            let skipped = std::io::copy(&mut (&mut self.input).take(length), &mut std::io::sink())?;
            if skipped < length {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        };
        if magic != FRAME {
            return Err(ErrorKind::InvalidData.into());
        }
        let [descriptor] = self.take::<1>()?;
        let is_single = descriptor & 0x20 != 0;
        self.has_checksum = descriptor & 4 != 0;
        let mut window = 0;
        if !is_single {
            let [byte] = self.take::<1>()?;
            let base = 1_u64 << (10 + (byte >> 3));
            window = base + base / 8 * u64::from(byte & 7);
        }
        let dictionary = match descriptor & 3 {
            3 => 4,
            length => length,
        };
        let dictionary = self.number(dictionary)?;
        let size = match descriptor >> 6 {
            0 => u8::from(is_single),
            1 => 2,
            2 => 4,
            _ => 8,
        };
        let size = self.number(size)?;
        if is_single {
            window = size;
        }
        if dictionary != 0 || window > MAX_WINDOW {
            return Err(ErrorKind::Unsupported.into());
        }
        self.decoder.reinit()?;
        self.part = Part::Header;
        Ok(true)
    }

    /// Section 3.1.1.2.
    fn block(&mut self) -> Result<()> {
        let [low, middle, high] = self.take::<3>()?;
        let header = u32::from_le_bytes([low, middle, high, 0]);
        let size = u64::from(header >> 3);
        self.left = match header >> 1 & 3 {
            // One byte that is repeated.
            1 => 1,
            _ => size,
        };
        self.part = Part::Block {
            is_last: header & 1 != 0,
        };
        Ok(())
    }

    /// The next bytes of a head, kept for the decoder.
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        let end = self.filled.saturating_add(N);
        if let Some(space) = self.head.get_mut(self.filled..end) {
            space.copy_from_slice(&bytes);
            self.filled = end;
        }
        Ok(bytes)
    }

    fn number(&mut self, length: u8) -> Result<u64> {
        let mut value = 0;
        for place in 0..length {
            let [byte] = self.take::<1>()?;
            value |= u64::from(byte) << (8 * place);
        }
        Ok(value)
    }
}

impl Read for Zstd {
    fn read(&mut self, output: &mut [u8]) -> Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        loop {
            match self.step(output)? {
                Some(0) => {}
                Some(written) => return Ok(written),
                None => {
                    if !self.next_part()? {
                        return Ok(0);
                    }
                }
            }
        }
    }
}
