//! Transport headers: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792, RFC 4443).

use super::{Oddities, Packet, Reason};
use crate::bytes::{be16, be32, count};

/// TCP flags as on the wire.
pub mod flag {
    /// No more data from the sender.
    pub const FIN: u8 = 1;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 2;
    /// Reset.
    pub const RST: u8 = 4;
    /// Push.
    pub const PSH: u8 = 8;
    /// The acknowledgement is valid.
    pub const ACK: u8 = 16;
    /// The urgent pointer is valid.
    pub const URG: u8 = 32;
}

/// A TCP header.
#[derive(Clone, Copy, Debug)]
pub struct Tcp {
    /// First byte's number.
    pub sequence: u32,
    /// Next byte expected by the sender.
    pub acknowledged: u32,
    /// See [`flag`].
    pub flags: u8,
    /// Window as it stands, unscaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Time stamp and its echo, if the option is there (RFC 7323).
    pub timestamp: Option<[u32; 2]>,
}

impl Tcp {
    /// Whether it opens a connection and ends it at once: no system takes it for either, and its numbers mean nothing
    /// (RFC 9293, section 3.10.7.2: a reset is looked at first; systems drop a SYN with FIN).
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        self.flags & flag::SYN != 0 && self.flags & (flag::FIN | flag::RST) != 0
    }
}

/// What stands behind the IP header.
#[derive(Clone, Copy, Debug)]
pub enum Header {
    /// TCP.
    Tcp(Tcp),
    /// UDP.
    Udp,
    /// ICMP of either family.
    Icmp {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// Another protocol: only flows.
    Other,
}

/// A transport header with the bytes behind it.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The header.
    pub header: Header,
    /// Port of the sender, or what stands for it.
    pub source_port: u16,
    /// Port of the receiver, or what stands for it.
    pub destination_port: u16,
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes that were promised and not captured.
    pub missing: u32,
    /// What is wrong with the header though it could be read.
    pub oddities: Oddities,
}

/// Decodes the transport header of a whole packet or a reassembled datagram.
pub fn decode<'a>(packet: &Packet<'a>) -> Result<Segment<'a>, Reason> {
    let data = packet.payload;
    match packet.protocol {
        6 => tcp(data, packet),
        17 | 136 => udp(data, packet.missing),
        1 if packet.family == 4 => icmp(data, packet.missing),
        58 if packet.family == 6 => icmp(data, packet.missing),
        132 => Ok(Segment {
            header: Header::Other,
            source_port: be16(data, 0).ok_or("sctp_header_cut")?,
            destination_port: be16(data, 2).ok_or("sctp_header_cut")?,
            payload: data,
            missing: packet.missing,
            oddities: Oddities::default(),
        }),
        // ESP and AH are told apart by their security parameters index.
        50 => Ok(by_index(be32(data, 0).ok_or("esp_header_cut")?, packet)),
        51 => Ok(by_index(be32(data, 4).ok_or("ah_header_cut")?, packet)),
        _ => Ok(by_index(0, packet)),
    }
}

fn by_index<'a>(index: u32, packet: &Packet<'a>) -> Segment<'a> {
    Segment {
        header: Header::Other,
        source_port: u16::try_from(index >> 16).unwrap_or(0),
        destination_port: u16::try_from(index & 0xffff).unwrap_or(0),
        payload: packet.payload,
        missing: packet.missing,
        oddities: Oddities::default(),
    }
}

fn tcp<'a>(data: &'a [u8], packet: &Packet<'_>) -> Result<Segment<'a>, Reason> {
    let header = data.first_chunk::<20>().ok_or("tcp_header_cut")?;
    let length = usize::from(header[12] >> 4) * 4;
    if length < 20 {
        return Err("tcp_header_length_wrong");
    }
    let options = data.get(20..length).ok_or("tcp_header_cut")?;
    let payload = data.get(length..).ok_or("tcp_header_cut")?;
    let word = |at| be32(header, at).unwrap_or(0);
    let half = |at| be16(header, at).unwrap_or(0);
    let (source_port, destination_port, flags) = (half(0), half(2), header[13]);
    let mut oddities = Oddities::default();
    let timestamp = timestamp(options, &mut oddities);
    if is_impossible(flags) {
        oddities.note(Oddities::TCP_FLAGS);
    }
    if flags & flag::SYN != 0
        && source_port == destination_port
        && packet.source == packet.destination
        && !is_loopback(packet)
    {
        oddities.note(Oddities::SAME_ADDRESS);
    }
    Ok(Segment {
        header: Header::Tcp(Tcp {
            sequence: word(4),
            acknowledged: word(8),
            flags,
            window: half(14),
            urgent: half(18),
            timestamp,
        }),
        source_port,
        destination_port,
        payload,
        missing: packet.missing,
        oddities,
    })
}

/// Flags that no honest host sends: none at all, or SYN with FIN or RST, or FIN, PSH and URG without an ACK.
fn is_impossible(flags: u8) -> bool {
    if flags & (flag::SYN | flag::FIN | flag::RST | flag::ACK) == flag::ACK {
        return false;
    }
    let known = flags & 0x3f;
    let is_christmas = known & !flag::SYN & !flag::RST == flag::FIN | flag::PSH | flag::URG;
    known == 0 || is_christmas || flags & flag::SYN != 0 && flags & (flag::FIN | flag::RST) != 0
}

fn is_loopback(packet: &Packet<'_>) -> bool {
    if packet.family == 4 {
        packet.source.first() == Some(&127)
    } else {
        u128::from_be_bytes(packet.source) == 1
    }
}

fn timestamp(options: &[u8], oddities: &mut Oddities) -> Option<[u32; 2]> {
    let mut rest = options;
    loop {
        rest = match rest {
            [8, 10, values @ ..] => return Some([be32(values, 0)?, be32(values, 4)?]),
            [1, rest @ ..] => rest,
            [] | [0, ..] => return None,
            [_, length, ..] if *length > 1 && usize::from(*length) <= rest.len() => {
                rest.get(usize::from(*length)..)?
            }
            _ => {
                oddities.note(Oddities::TCP_OPTION_LENGTH);
                return None;
            }
        };
    }
}

fn udp(data: &[u8], missing: u32) -> Result<Segment<'_>, Reason> {
    let header = data.first_chunk::<8>().ok_or("udp_header_cut")?;
    let stated = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let behind = data.get(8..).unwrap_or_default();
    let mut oddities = Oddities::default();
    let there = count(data.len()).saturating_add(u64::from(missing));
    if count(stated) > there {
        oddities.note(Oddities::UDP_LENGTH);
    }
    let payload = match stated.checked_sub(8) {
        Some(length) => behind.get(..length).unwrap_or(behind),
        // 0 is a jumbogram (RFC 2675) or segmentation left to the card.
        None if stated == 0 => behind,
        None => return Err("udp_length_wrong"),
    };
    Ok(Segment {
        header: Header::Udp,
        source_port: u16::from_be_bytes([header[0], header[1]]),
        destination_port: u16::from_be_bytes([header[2], header[3]]),
        payload,
        missing,
        oddities,
    })
}

fn icmp(data: &[u8], missing: u32) -> Result<Segment<'_>, Reason> {
    let &[kind, code, ..] = data else {
        return Err("icmp_header_cut");
    };
    Ok(Segment {
        header: Header::Icmp { kind, code },
        source_port: u16::from(kind),
        destination_port: u16::from(code),
        payload: data.get(8..).unwrap_or_default(),
        missing,
        oddities: Oddities::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_scanners_are_told_from_those_of_hosts() {
        for flags in [
            0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0x19, 0x39, 0xc2, 0x38,
        ] {
            assert!(!is_impossible(flags), "{flags:02x}");
        }
        for flags in [0, 0xc0, 0x03, 0x06, 0x29, 0x0f | 0x20] {
            assert!(is_impossible(flags), "{flags:02x}");
        }
    }

    #[test]
    fn a_time_stamp_is_found_behind_other_options_and_a_length_that_lies_is_odd() {
        let find = |options: &[u8]| {
            let mut oddities = Oddities::default();
            (timestamp(options, &mut oddities), oddities.is_empty())
        };
        let stamp = [2, 4, 5, 0xb4, 1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0];
        assert_eq!(find(&stamp), (Some([256, 0]), true));
        assert_eq!(find(&[2, 4, 5, 0xb4, 0, 9, 9, 9]), (None, true));
        assert_eq!(find(&[1, 1, 3, 9]), (None, false));
        assert_eq!(find(&[3, 0, 0, 0]), (None, false));
    }
}
