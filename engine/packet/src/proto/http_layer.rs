//! One layer of a content coding: told by its first bytes, then decoded step by step.

use super::http_inflate::{self, Inflate};
use super::http_window::{Brotli, Lzma};
use crate::limits::Budget;

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
pub enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Lzma,
}

impl Coding {
    /// The coding that servers mean by a name.
    pub fn named(name: &[u8]) -> Option<Self> {
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

pub enum Decoder {
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
pub struct Layer {
    named: Coding,
    head: Vec<u8>,
    fed: usize,
    decoder: Decoder,
    /// These bytes were not of its coding.
    pub is_broken: bool,
    /// Its end was not seen: some servers leave it out.
    pub is_unfinished: bool,
    /// It was something else than its name says.
    pub is_misnamed: bool,
    /// There was no memory for its window.
    pub is_refused: bool,
}

impl Layer {
    /// Bytes of memory, the windows of brotli and LZMA apart.
    #[must_use]
    pub fn held(&self) -> usize {
        match self.decoder {
            Decoder::Inflate(_) => http_inflate::STATE_BYTES,
            _ => SNIFFED,
        }
    }

    /// A layer that nothing came to yet.
    pub fn new(named: Coding) -> Self {
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

    /// Takes of `input`, or of what was held back to tell the coding, and writes to `space`.
    pub fn step(
        &mut self,
        input: &[u8],
        is_last: bool,
        windows: &Budget,
        space: &mut [u8],
    ) -> Stepped {
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

    /// Whether bytes are still held back.
    pub fn has_head_left(&self) -> bool {
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
    pub fn rest(&mut self) -> Vec<u8> {
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
