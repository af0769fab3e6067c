//! The frames of Initial packets (RFC 9000, section 19) and the stream of handshake bytes that their CRYPTO pieces make.
//!
//! Caps: 64 KiB and 64 pieces out of order a direction; 4,096 frames a packet.

use std::collections::BTreeMap;

use crate::bytes::{Bytes, count};

/// Bytes of a direction's handshake that are kept.
const MAX_BYTES: u64 = 64 << 10;
/// Pieces that wait for those before them.
const MAX_PIECES: usize = 64;
/// Frames of a packet that are looked at; padding is not counted.
const MAX_FRAMES: usize = 4_096;

const PADDING: u64 = 0;
const PING: u64 = 1;
const CRYPTO: u64 = 6;
/// The same in the versions of Google that carry TLS.
const GOOGLE_CRYPTO: u64 = 8;
const CLOSE: u64 = 0x1c;

/// A number of one, two, four or eight bytes (RFC 9000, section 16).
pub fn number(bytes: &mut Bytes<'_>) -> Option<u64> {
    let first = bytes.u8()?;
    let more = (1_usize << (first >> 6)) - 1;
    let rest = bytes.take(more)?;
    Some(rest.iter().fold(u64::from(first & 0x3f), |sum, byte| {
        sum << 8 | u64::from(*byte)
    }))
}

/// What came of a packet's frames.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// Whether all could be read.
    pub is_whole: bool,
    /// Whether the connection is closed.
    pub has_close: bool,
    /// Whether a bound cut something off.
    pub is_over: bool,
}

/// The handshake bytes of one direction, in order.
#[derive(Debug, Default)]
pub struct Stream {
    /// How many bytes were taken off the front.
    taken: u64,
    ready: Vec<u8>,
    pieces: BTreeMap<u64, Vec<u8>>,
    waiting: usize,
}

impl Stream {
    /// What is there in order.
    #[must_use]
    pub fn ready(&self) -> &[u8] {
        &self.ready
    }

    /// Takes bytes off the front.
    pub fn consume(&mut self, length: usize) {
        let length = length.min(self.ready.len());
        self.ready.drain(..length);
        self.taken = self.taken.saturating_add(count(length));
    }

    /// Bytes that it keeps.
    #[must_use]
    pub fn held(&self) -> usize {
        self.ready.capacity() + self.waiting + 64 * self.pieces.len()
    }

    /// Reads the frames of an opened packet.
    pub fn read(&mut self, plain: &[u8]) -> Frames {
        let mut frames = Frames::default();
        let mut rest = Bytes::new(plain);
        for _ in 0..MAX_FRAMES {
            let zeros = rest.rest().iter().take_while(|byte| **byte == 0).count();
            let frame = rest
                .skip(zeros)
                .filter(|()| !rest.is_empty())
                .map(|()| self.frame(&mut rest, &mut frames));
            match frame {
                Some(Some(())) => {}
                Some(None) => return frames,
                None => {
                    frames.is_whole = true;
                    return frames;
                }
            }
        }
        frames.is_over = true;
        frames
    }

    fn frame(&mut self, rest: &mut Bytes<'_>, frames: &mut Frames) -> Option<()> {
        match number(rest)? {
            PADDING | PING => {}
            kind @ (2 | 3) => acknowledgement(rest, kind == 3)?,
            CRYPTO | GOOGLE_CRYPTO => {
                let (offset, length) = (number(rest)?, number(rest)?);
                let data = rest.take(usize::try_from(length).ok()?)?;
                if !self.add(offset, data) {
                    frames.is_over = true;
                }
            }
            CLOSE => {
                number(rest)?;
                number(rest)?;
                let reason = number(rest)?;
                rest.skip(usize::try_from(reason).ok()?)?;
                frames.has_close = true;
            }
            _ => return None,
        }
        Some(())
    }

    /// Adds a piece; the copy that came first stays. False when a bound cut it off.
    pub fn add(&mut self, offset: u64, data: &[u8]) -> bool {
        let end = self.taken.saturating_add(count(self.ready.len()));
        if offset.saturating_add(count(data.len())) > MAX_BYTES {
            return false;
        }
        if offset > end {
            return self.keep(offset, data);
        }
        self.append(offset, data);
        while let Some(entry) = self.pieces.first_entry() {
            let end = self.taken.saturating_add(count(self.ready.len()));
            if *entry.key() > end {
                break;
            }
            let (offset, piece) = entry.remove_entry();
            self.waiting -= piece.len();
            self.append(offset, &piece);
        }
        true
    }

    fn keep(&mut self, offset: u64, data: &[u8]) -> bool {
        let known = self.pieces.get(&offset).map_or(0, Vec::len);
        if data.len() <= known {
            return true;
        }
        if known == 0 && self.pieces.len() >= MAX_PIECES
            || count(self.waiting + data.len()) > MAX_BYTES
        {
            return false;
        }
        let tail = data.get(known..).unwrap_or_default();
        self.pieces
            .entry(offset)
            .or_default()
            .extend_from_slice(tail);
        self.waiting += tail.len();
        true
    }

    fn append(&mut self, offset: u64, data: &[u8]) {
        let end = self.taken.saturating_add(count(self.ready.len()));
        let known = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.ready
            .extend_from_slice(data.get(known..).unwrap_or_default());
    }
}

/// Steps over an acknowledgement: every range in it is two numbers.
fn acknowledgement(rest: &mut Bytes<'_>, has_counts: bool) -> Option<()> {
    number(rest)?;
    number(rest)?;
    let ranges = number(rest)?;
    number(rest)?;
    for _ in 0..ranges {
        number(rest)?;
        number(rest)?;
    }
    if has_counts {
        for _ in 0..3 {
            number(rest)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crypto(offset: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).unwrap();
        [&[6, offset, length], data].concat()
    }

    // RFC 9000, appendix A.1.
    #[test]
    fn numbers_are_those_of_the_standard() {
        for (bytes, expected) in [
            (
                &[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c][..],
                151_288_809_941_952_652,
            ),
            (&[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333),
            (&[0x7b, 0xbd], 15_293),
            (&[0x25], 37),
        ] {
            assert_eq!(number(&mut Bytes::new(bytes)), Some(expected));
        }
        assert_eq!(number(&mut Bytes::new(&[0xc0, 1])), None);
    }

    #[test]
    fn pieces_in_any_order_make_the_same_stream() {
        let pieces = [crypto(4, b"efgh"), crypto(2, b"cXXf"), crypto(0, b"abcd")];
        let mut stream = Stream::default();
        for piece in [0, 2, 1] {
            assert!(stream.read(&pieces[piece]).is_whole);
        }
        assert_eq!(stream.ready(), b"abcdefgh");
        stream.consume(3);
        stream.read(&crypto(6, b"ghi"));
        assert_eq!(stream.ready(), b"defghi");
    }

    #[test]
    fn a_frame_that_is_cut_short_is_told_and_what_was_before_it_kept() {
        let mut stream = Stream::default();
        let mut packet = vec![0, 0, 1];
        packet.extend(crypto(0, b"ab"));
        packet.extend([6, 2, 9, b'c']);
        let frames = stream.read(&packet);
        assert!(!frames.is_whole);
        assert_eq!(stream.ready(), b"ab");
        let close = [0x1c, 0, 0, 2, b'n', b'o', 0, 0];
        assert!(stream.read(&close).has_close);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut stream = Stream::default();
        let mut kept = 0_u16;
        for offset in 0..1_000_u16 {
            let mut frame = vec![6];
            frame.extend((0x4000 | (10 + 4 * offset)).to_be_bytes());
            frame.extend([1, 7]);
            kept += u16::from(!stream.read(&frame).is_over);
        }
        assert_eq!(usize::from(kept), MAX_PIECES);
        let far = [&[6, 0xc0, 0, 0, 0, 0, 2, 0, 0, 1, 9][..]].concat();
        assert!(stream.read(&far).is_over);
    }
}
