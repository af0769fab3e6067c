//! Gzip (RFC 1952), zlib (RFC 1950) and bare deflate (RFC 1951) as clients take them: wrappers are stepped over, their sums and
//! reserved flags are not judged, and members of a gzip file that follow each other are one.

use flate2::{Decompress, FlushDecompress, Status};

use super::http_layer::{Progress, Stepped};

const HAS_HEADER_SUM: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;
/// Bytes that one inflating state keeps, its window included.
pub const STATE_BYTES: usize = 48 << 10;
/// Members of one gzip file.
const MAX_MEMBERS: u16 = 64;

/// Where a gzip file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// So many bytes of the fixed header were seen.
    Header(u8),
    /// Length of the extra field; the first byte once it is known.
    ExtraLength(Option<u8>),
    /// Inside the extra field.
    Extra(u16),
    /// Inside the file's name.
    Name,
    /// Inside the comment.
    Comment,
    /// So many bytes of the header's sum are left.
    HeaderSum(u8),
    /// Compressed data.
    Data,
    /// So many bytes of sum and length are left.
    Trailer(u8),
}

/// Inflates one body.
pub struct Inflate {
    inner: Decompress,
    wrapper: Wrapper,
    is_over: bool,
}

enum Wrapper {
    None,
    /// Bytes of the zlib header that are left.
    Zlib(u8),
    Gzip {
        place: Place,
        flags: u8,
        members: u16,
    },
}

impl Inflate {
    /// A gzip file.
    pub fn gzip() -> Self {
        Self::new(Wrapper::Gzip {
            place: Place::Header(0),
            flags: 0,
            members: 1,
        })
    }

    /// A zlib stream.
    pub fn zlib() -> Self {
        Self::new(Wrapper::Zlib(2))
    }

    /// A deflate stream without a wrapper.
    pub fn bare() -> Self {
        Self::new(Wrapper::None)
    }

    fn new(wrapper: Wrapper) -> Self {
        Self {
            inner: Decompress::new(false),
            wrapper,
            is_over: false,
        }
    }

    /// Whether the end of the compressed data was seen.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Reads from `input`, writes to `space`.
    pub fn step(&mut self, input: &[u8], space: &mut [u8]) -> Stepped {
        match &mut self.wrapper {
            Wrapper::None
            | Wrapper::Zlib(0)
            | Wrapper::Gzip {
                place: Place::Data, ..
            } => {}
            Wrapper::Zlib(left) => {
                let used = input.len().min(usize::from(*left));
                *left = left.saturating_sub(u8::try_from(used).unwrap_or(u8::MAX));
                return Stepped::used(used);
            }
            Wrapper::Gzip {
                place,
                flags,
                members,
            } => {
                let mut used = 0;
                while used < input.len() && *place != Place::Data {
                    if *place == Place::Trailer(0) {
                        // Only another member goes on; what else follows is no part of the file.
                        if input.get(used) != Some(&0x1f) || *members >= MAX_MEMBERS {
                            return Stepped {
                                used,
                                made: 0,
                                progress: Progress::Over,
                            };
                        }
                        *members += 1;
                        *place = Place::Header(0);
                        self.inner.reset(false);
                        self.is_over = false;
                    }
                    used += header_step(place, flags, input.get(used..).unwrap_or_default());
                }
                return Stepped::used(used);
            }
        }
        self.inflate(input, space)
    }

    fn inflate(&mut self, input: &[u8], space: &mut [u8]) -> Stepped {
        if self.is_over {
            return Stepped {
                used: input.len(),
                made: 0,
                progress: Progress::Over,
            };
        }
        let (before_in, before_out) = (self.inner.total_in(), self.inner.total_out());
        let outcome = self.inner.decompress(input, space, FlushDecompress::None);
        let used = usize::try_from(self.inner.total_in() - before_in).unwrap_or(0);
        let made = usize::try_from(self.inner.total_out() - before_out).unwrap_or(0);
        let progress = match outcome {
            Ok(Status::StreamEnd) => {
                self.is_over = true;
                match &mut self.wrapper {
                    Wrapper::Gzip { place, .. } => {
                        *place = Place::Trailer(8);
                        Progress::More
                    }
                    _ => Progress::Over,
                }
            }
            Ok(_) => Progress::More,
            Err(_) => Progress::Broken,
        };
        Stepped {
            used,
            made,
            progress,
        }
    }
}

/// Whether `head` begins compressed data of this kind: it inflates without an error as far as it goes.
pub fn fits(mut inflate: Inflate, head: &[u8]) -> bool {
    let mut space = [0; 4_096];
    let mut rest = head;
    while !rest.is_empty() {
        let stepped = inflate.step(rest, &mut space);
        match stepped.progress {
            Progress::Broken => return false,
            Progress::Over => return true,
            Progress::More if stepped.used == 0 => return true,
            Progress::More => rest = rest.get(stepped.used..).unwrap_or_default(),
        }
    }
    true
}

/// Takes at least one byte of what stands around the data of a member.
fn header_step(place: &mut Place, flags: &mut u8, input: &[u8]) -> usize {
    let Some(&first) = input.first() else {
        return 0;
    };
    let (next, used) = match *place {
        Place::Header(seen) => {
            if seen == 3 {
                *flags = first;
            }
            (
                if seen == 9 {
                    after(*flags, 0)
                } else {
                    Place::Header(seen + 1)
                },
                1,
            )
        }
        Place::ExtraLength(None) => (Place::ExtraLength(Some(first)), 1),
        Place::ExtraLength(Some(low)) => match u16::from_le_bytes([low, first]) {
            0 => (after(*flags, HAS_EXTRA), 1),
            length => (Place::Extra(length), 1),
        },
        Place::Extra(left) => {
            let used = input.len().min(usize::from(left));
            let left = left.saturating_sub(u16::try_from(used).unwrap_or(u16::MAX));
            let next = if left == 0 {
                after(*flags, HAS_EXTRA)
            } else {
                Place::Extra(left)
            };
            (next, used)
        }
        Place::Name => text_step(Place::Name, *flags, HAS_NAME, input),
        Place::Comment => text_step(Place::Comment, *flags, HAS_COMMENT, input),
        Place::HeaderSum(left) if left > 1 => (Place::HeaderSum(left - 1), 1),
        Place::HeaderSum(_) => (Place::Data, 1),
        Place::Trailer(left) => (Place::Trailer(left.saturating_sub(1)), 1),
        Place::Data => (Place::Data, 0),
    };
    *place = next;
    used
}

fn text_step(place: Place, flags: u8, own: u8, input: &[u8]) -> (Place, usize) {
    match memchr::memchr(0, input) {
        Some(end) => (after(flags, own), end + 1),
        None => (place, input.len()),
    }
}

/// What follows the part of the header that `done` marks; 0 stands for the fixed part.
fn after(flags: u8, done: u8) -> Place {
    if done < HAS_EXTRA && flags & HAS_EXTRA != 0 {
        Place::ExtraLength(None)
    } else if done < HAS_NAME && flags & HAS_NAME != 0 {
        Place::Name
    } else if done < HAS_COMMENT && flags & HAS_COMMENT != 0 {
        Place::Comment
    } else if flags & HAS_HEADER_SUM != 0 {
        Place::HeaderSum(2)
    } else {
        Place::Data
    }
}
