//! Where frames come from: capture files and live interfaces.

pub mod live;
pub mod pcap;
pub mod pcapng;
pub mod unpack;
pub mod window;
mod zstd;

use std::ops::Range;
use std::path::Path;

/// The longest record that is believed (the largest snap length of libpcap).
pub const MAX_RECORD: usize = 262_144;

/// One frame as captured; the bytes stay in the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Microseconds since 1970 UTC.
    pub time_us: u64,
    /// Length on the wire; the captured bytes may be fewer.
    pub wire_length: u32,
    /// Link type (low 26 bits of the container's field).
    pub link_type: u32,
    /// Which interface of the capture, from 0 in the order of the file.
    pub interface: u32,
    /// Whether the kernel says that the sums are left to the network card.
    pub checksums_offloaded: bool,
    /// VLAN id that the network card took off the frame.
    pub vlan_tag: Option<u16>,
    /// The captured bytes.
    pub data: &'a [u8],
}

/// Where and how a capture breaks off; everything before it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset in the (unpacked) capture.
    pub offset: u64,
    /// Stable name of what is wrong there.
    pub reason: &'static str,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} at byte {}", self.reason, self.offset)
    }
}

/// What a capture file gives next.
#[derive(Debug)]
pub enum Next<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// The regular end.
    End,
    /// The end by damage; asking again gives the same.
    Damaged(Damage),
}

/// A capture file of either container.
pub enum CaptureFile {
    /// Classic.
    Pcap(pcap::PcapReader),
    /// Next generation.
    Pcapng(pcapng::PcapngReader),
}

impl CaptureFile {
    /// Opens a file by its magic, packed or not. `read_size` changes the number of reads and nothing else.
    pub fn open(path: &Path, read_size: usize) -> Result<Self, crate::error::CaptureError> {
        Ok(Self::new(unpack::open(path, read_size)?))
    }

    /// A capture that is open already.
    #[must_use]
    pub fn new(opened: unpack::Opened) -> Self {
        match opened.container {
            unpack::Container::Pcap => Self::Pcap(pcap::PcapReader::new(opened.window)),
            unpack::Container::Pcapng => Self::Pcapng(pcapng::PcapngReader::new(opened.window)),
        }
    }

    /// The next frame, in file order.
    pub fn next_frame(&mut self) -> Next<'_> {
        match self {
            Self::Pcap(reader) => reader.next_frame(),
            Self::Pcapng(reader) => reader.next_frame(),
        }
    }

    /// Keeps the frame given last where it is until [`Self::take_pinned`], and tells where that is.
    pub fn pin(&mut self) -> Range<usize> {
        let (window, (skipped, captured)) = self.place();
        window.pin(skipped, captured)
    }

    /// Takes the buffer with all frames that were pinned in it; reading goes on in `next`.
    pub fn take_pinned(&mut self, next: Vec<u8>) -> Vec<u8> {
        self.place().0.take_pinned(next)
    }

    fn place(&mut self) -> (&mut window::Window, (usize, usize)) {
        match self {
            Self::Pcap(reader) => reader.place(),
            Self::Pcapng(reader) => reader.place(),
        }
    }
}
