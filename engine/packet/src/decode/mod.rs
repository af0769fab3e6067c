//! Frames to packets: link layers, IP, transport headers and their sums.

pub mod checksum;
pub mod ip;
pub mod link;
pub mod transport;

/// Why a frame, or the rest of it, was not decoded. The ledger counts by these names.
pub type Reason = &'static str;

/// One IP packet, still in its frame.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Source and destination on the link, where the link has them.
    pub mac: Option<[[u8; 6]; 2]>,
    /// VLAN ids, outermost first.
    pub vlan: [u16; 3],
    /// How many of them there are.
    pub vlan_count: u8,
    /// 4 or 6.
    pub family: u8,
    /// Sender; IPv4 in the first four bytes.
    pub source: [u8; 16],
    /// Receiver.
    pub destination: [u8; 16],
    /// Protocol after all extension headers.
    pub protocol: u8,
    /// Length of the IP packet, headers included, as it states.
    pub ip_length: u32,
    /// Set when this is one piece of a datagram.
    pub fragment: Option<Fragment>,
    /// What was captured behind the IP headers, without link padding.
    pub payload: &'a [u8],
    /// How many bytes more the headers promise than were captured.
    pub missing: u32,
    /// Whether the header's own sum is right (always so in IPv6).
    pub header_sum_good: bool,
}

/// Which piece of which datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification.
    pub id: u32,
    /// Offset in bytes.
    pub offset: u32,
    /// Whether more follows.
    pub more: bool,
}
