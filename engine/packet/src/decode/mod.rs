//! Frames to packets: link layers, tags, tunnels, IP, transport headers and their sums.

pub mod checksum;
pub mod gre;
pub mod ip;
pub mod layer;
pub mod link;
pub mod transport;
pub mod tunnel;
pub mod wlan;

use crate::anomaly::Anomaly;

/// Why a frame, or the rest of it, was not decoded. The ledger counts by these names.
pub type Reason = &'static str;

/// What a frame turned out to hold.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// An IP packet.
    Ip(Packet<'a>),
    /// An ARP message, from its first byte on.
    Arp(Link, &'a [u8]),
    /// Several frames in one of IEEE 802.11 (A-MSDU), from the first sub-frame on.
    Aggregate(Link, &'a [u8]),
}

/// What the layers below IP say of the packet inside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// Source and destination.
    pub mac: Option<[[u8; 6]; 2]>,
    /// VLAN ids, outermost first.
    pub vlan: [u16; 3],
    /// How many there are.
    pub vlan_count: u8,
    /// Headers taken off so far.
    pub layers: u8,
    /// Bytes of the frame that were on the wire and not captured.
    pub cut: u32,
}

/// One IP packet, still in its frame.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// What lies below.
    pub link: Link,
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
    /// What is wrong with a header that could be read all the same.
    pub oddities: Oddities,
    /// Why what follows the addresses cannot be read.
    pub broken: Option<Reason>,
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

/// Oddities of the headers of one packet, as bits: looking at an ordinary packet costs one comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities(u16);

impl Oddities {
    /// Bits and what they stand for.
    const TABLE: [(u16, Anomaly); 10] = [
        (Self::BEYOND_FRAME, Anomaly::IpLengthBeyondFrame),
        (Self::OPTION_LENGTH, Anomaly::IpOptionLength),
        (Self::OPTION_PADDING, Anomaly::IpOptionPadding),
        (Self::USELESS_FRAGMENT, Anomaly::FragmentHeaderUseless),
        (Self::REPEATED_FRAGMENT, Anomaly::FragmentHeaderRepeated),
        (Self::TCP_OPTION_LENGTH, Anomaly::TcpOptionLength),
        (Self::UDP_LENGTH, Anomaly::UdpLengthBeyondPacket),
        (Self::NO_TIME_TO_LIVE, Anomaly::IpTimeToLiveZero),
        (Self::SAME_ADDRESS, Anomaly::IpLandAttack),
        (Self::TCP_FLAGS, Anomaly::TcpFlagsImpossible),
    ];
    /// More bytes promised than the frame had on the wire.
    pub const BEYOND_FRAME: u16 = 1;
    /// An IPv4 option longer than the header.
    pub const OPTION_LENGTH: u16 = 1 << 1;
    /// IPv4 options that do not fill the header and do not say that they end.
    pub const OPTION_PADDING: u16 = 1 << 2;
    /// A fragment header on a packet that is whole.
    pub const USELESS_FRAGMENT: u16 = 1 << 3;
    /// A second fragment header.
    pub const REPEATED_FRAGMENT: u16 = 1 << 4;
    /// A TCP option longer than the header.
    pub const TCP_OPTION_LENGTH: u16 = 1 << 5;
    /// A UDP header that promises more than the packet has.
    pub const UDP_LENGTH: u16 = 1 << 6;
    /// A packet that no router would have passed on.
    pub const NO_TIME_TO_LIVE: u16 = 1 << 7;
    /// Sender and receiver are one, ports too, and it is no loopback address.
    pub const SAME_ADDRESS: u16 = 1 << 8;
    /// SYN together with FIN or RST, or no flag at all.
    pub const TCP_FLAGS: u16 = 1 << 9;

    /// Notes one.
    pub fn note(&mut self, bit: u16) {
        self.0 |= bit;
    }

    /// Whether this one was noted.
    #[must_use]
    pub fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All that were noted, in the order of the table.
    pub fn anomalies(self) -> impl Iterator<Item = Anomaly> {
        Self::TABLE
            .into_iter()
            .filter(move |(bit, _)| self.0 & bit != 0)
            .map(|(_, anomaly)| anomaly)
    }
}
