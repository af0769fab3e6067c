//! What the fuzz targets share: an engine that must not lie, and packets between two ends for it.
//!
//! A target of a protocol is a few lines: a flow on the usual port, opened with a valid beginning so that recognition
//! succeeds, then the fuzzer's bytes as *words* of both ends. A word is a byte for who speaks (lowest bit set: the
//! server) and whether bytes are lost before it (second bit), two bytes for its length, and as many bytes.

pub mod datagrams;
pub mod segments;
pub mod watched;

/// Splits the fuzzer's bytes into words; `high` masks the upper byte of their length.
pub fn words(bytes: &[u8], high: u8) -> impl Iterator<Item = Word<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&[flags, upper, lower], tail) = rest.split_first_chunk::<3>()?;
        let length = usize::from(u16::from_be_bytes([upper & high, lower])).min(tail.len());
        let (said, tail) = tail.split_at(length);
        rest = tail;
        Some(Word {
            is_client: flags & 1 == 0,
            is_after_loss: flags & 2 != 0,
            said,
        })
    })
}

/// What one end says at once.
pub struct Word<'a> {
    /// Who speaks.
    pub is_client: bool,
    /// Whether a few bytes before it never arrive.
    pub is_after_loss: bool,
    /// The bytes.
    pub said: &'a [u8],
}
