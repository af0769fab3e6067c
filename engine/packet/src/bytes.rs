//! A reader over borrowed bytes that cannot read past their end.

/// Takes numbers and slices from the front; every verb answers `None` when too little is left.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// Reads from the start of `data`.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// What has not been taken yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes have not been taken yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether everything has been taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(count)?;
        self.rest = tail;
        Some(head)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk::<N>()?;
        self.rest = tail;
        Some(*head)
    }

    /// Steps over `count` bytes.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes, network order.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three bytes, network order.
    pub fn u24(&mut self) -> Option<u32> {
        let [high, middle, low] = self.array()?;
        Some(u32::from_be_bytes([0, high, middle, low]))
    }

    /// Four bytes, network order.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A slice whose length stands before it in one byte.
    pub fn vector8(&mut self) -> Option<Bytes<'a>> {
        let length = usize::from(self.u8()?);
        self.take(length).map(Bytes::new)
    }

    /// A slice whose length stands before it in two bytes.
    pub fn vector16(&mut self) -> Option<Bytes<'a>> {
        let length = usize::from(self.u16()?);
        self.take(length).map(Bytes::new)
    }

    /// A slice whose length stands before it in three bytes.
    pub fn vector24(&mut self) -> Option<Bytes<'a>> {
        let length = usize::try_from(self.u24()?).ok()?;
        self.take(length).map(Bytes::new)
    }
}

/// The number that two bytes at `offset` make in network order.
#[must_use]
pub fn be16(data: &[u8], offset: usize) -> Option<u16> {
    let bytes = data.get(offset..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

/// The number that four bytes at `offset` make in network order.
#[must_use]
pub fn be32(data: &[u8], offset: usize) -> Option<u32> {
    let bytes = data.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

/// The number that two bytes at `offset` make, lowest first.
#[must_use]
pub fn le16(data: &[u8], offset: usize) -> Option<u16> {
    let bytes = data.get(offset..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*bytes))
}

/// The number that four bytes at `offset` make, lowest first.
#[must_use]
pub fn le32(data: &[u8], offset: usize) -> Option<u32> {
    let bytes = data.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

/// The number that eight bytes at `offset` make, lowest first.
#[must_use]
pub fn le64(data: &[u8], offset: usize) -> Option<u64> {
    let bytes = data.get(offset..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}

/// Text of UTF-16 units, lowest byte first, as UTF-8; an odd last byte is left out, a lone surrogate becomes U+FFFD.
#[must_use]
pub fn utf16le(data: &[u8]) -> Vec<u8> {
    let units = data
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into_bytes()
}

/// A length as a counter; the widest machine we run on has 64 bits.
#[must_use]
pub fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_past_the_end() {
        let mut bytes = Bytes::new(&[1, 2, 3]);
        assert_eq!(bytes.u16(), Some(0x0102));
        assert_eq!(bytes.u16(), None);
        assert_eq!(bytes.rest(), &[3]);
        assert_eq!(bytes.u24(), None);
        assert_eq!(bytes.u8(), Some(3));
        assert_eq!(bytes.take(1), None);
    }

    #[test]
    fn numbers_with_the_lowest_byte_first() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(le16(&data, 1), Some(0x0302));
        assert_eq!(le32(&data, 4), Some(0x0807_0605));
        assert_eq!(le64(&data, 0), Some(0x0807_0605_0403_0201));
        assert_eq!(le64(&data, 1), None);
        assert_eq!(utf16le(b"a\0\xea\0\x00\xd8x"), "aê\u{fffd}".as_bytes());
    }

    #[test]
    fn a_vector_longer_than_the_rest_is_refused() {
        assert!(Bytes::new(&[0, 5, 1, 2]).vector16().is_none());
        assert_eq!(
            Bytes::new(&[0, 2, 1, 2, 9]).vector16().map(|v| v.rest()),
            Some(&[1u8, 2][..])
        );
    }
}
