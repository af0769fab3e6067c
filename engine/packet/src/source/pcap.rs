//! Classic pcap (draft-ietf-opsawg-pcap): micro- and nanoseconds, both byte orders.

use super::window::Window;
use super::{Damage, Frame, MAX_RECORD, Next};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// How the records of this file are to be read.
#[derive(Clone, Copy, Debug)]
struct Format {
    big_endian: bool,
    nanoseconds: bool,
    header: usize,
    link_type: u32,
}

/// Reads records one after another.
pub struct PcapReader {
    window: Window,
    format: Option<Format>,
    held: usize,
    /// Bytes of the record given last before its frame, and of the frame.
    place: (usize, usize),
    damage: Option<Damage>,
}

impl PcapReader {
    /// `window` stands at the file's magic.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self {
            window,
            format: None,
            held: 0,
            place: (0, 0),
            damage: None,
        }
    }

    /// The next record, or the end.
    pub fn next_frame(&mut self) -> Next<'_> {
        if let Some(damage) = &self.damage {
            return Next::Damaged(damage.clone());
        }
        match self.advance() {
            Ok(Some((format, time_us, captured, wire_length))) => {
                self.place = (format.header, captured);
                match self.window.peek_at(format.header, captured) {
                    Some(data) => Next::Frame(Frame {
                        time_us,
                        wire_length,
                        link_type: format.link_type,
                        interface: 0,
                        checksums_offloaded: false,
                        vlan_tag: None,
                        data,
                    }),
                    None => Next::End,
                }
            }
            Ok(None) => Next::End,
            Err(damage) => {
                self.damage = Some(damage.clone());
                Next::Damaged(damage)
            }
        }
    }

    /// The bytes under this reader, and where in them the frame given last is.
    pub fn place(&mut self) -> (&mut Window, (usize, usize)) {
        (&mut self.window, self.place)
    }

    /// Steps over the record given last and finds the next: its format, time, captured and wire length.
    fn advance(&mut self) -> Result<Option<(Format, u64, usize, u32)>, Damage> {
        let format = match self.format {
            Some(format) => format,
            None => self.read_header()?,
        };
        self.window.advance(std::mem::take(&mut self.held));
        let found = self.window.fill(format.header);
        if found == 0 && !self.window.has_failed() {
            return Ok(None);
        }
        let header = self
            .window
            .peek(RECORD_HEADER)
            .filter(|_| found >= format.header);
        let Some([seconds, fraction, captured, wire]) =
            header.and_then(|header| words(header, format))
        else {
            return Err(self.window.damage("record_header_cut"));
        };
        let captured = usize::try_from(captured).unwrap_or(usize::MAX);
        if captured > MAX_RECORD {
            return Err(self.window.damage("record_too_long"));
        }
        let total = format.header.saturating_add(captured);
        if self.window.fill(total) < total {
            return Err(self.window.damage("record_cut"));
        }
        self.held = total;
        let fraction = if format.nanoseconds {
            fraction / 1_000
        } else {
            fraction
        };
        let time_us = u64::from(seconds)
            .saturating_mul(1_000_000)
            .saturating_add(u64::from(fraction));
        Ok(Some((format, time_us, captured, wire)))
    }

    fn read_header(&mut self) -> Result<Format, Damage> {
        self.window.fill(FILE_HEADER);
        let Some(header) = self.window.peek(FILE_HEADER) else {
            return Err(self.window.damage("file_header_cut"));
        };
        let big_endian = header.first() == Some(&0xa1);
        let magic = read32(header, 0, big_endian).unwrap_or_default();
        let format = Format {
            big_endian,
            nanoseconds: magic == 0xa1b2_3c4d,
            header: if magic == 0xa1b2_cd34 {
                RECORD_HEADER + 8
            } else {
                RECORD_HEADER
            },
            // The upper bits may hold the length of a frame check sequence.
            link_type: read32(header, 20, big_endian).unwrap_or_default() & 0x03ff_ffff,
        };
        self.format = Some(format);
        self.held = FILE_HEADER;
        Ok(format)
    }
}

fn words(header: &[u8], format: Format) -> Option<[u32; 4]> {
    let read = |offset| read32(header, offset, format.big_endian);
    Some([read(0)?, read(4)?, read(8)?, read(12)?])
}

fn read32(data: &[u8], offset: usize, big_endian: bool) -> Option<u32> {
    let bytes = *data.get(offset..)?.first_chunk::<4>()?;
    Some(if big_endian {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    })
}
