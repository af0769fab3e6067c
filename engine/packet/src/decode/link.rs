//! Link types of capture files (<https://www.tcpdump.org/linktypes.html>): from a frame to what it holds.

use super::layer::{self, Next};
use super::{Content, Link, Packet, Reason, ip, wlan};
use crate::bytes::{Bytes, be16};
use crate::source::Frame;

/// The payload attribute of a netfilter log message.
const NFLOG_PAYLOAD: u16 = 9;

/// Decodes down to the IP header and its extension headers, or to what else the frame holds.
pub fn decode<'a>(frame: &Frame<'a>) -> Result<Content<'a>, Reason> {
    let data = frame.data;
    let mut link = Link {
        cut: frame
            .wire_length
            .saturating_sub(u32::try_from(data.len()).unwrap_or(u32::MAX)),
        ..Link::default()
    };
    if let Some(tag) = frame.vlan_tag {
        layer::push_tag(&mut link, tag)?;
    }
    let mut bytes = Bytes::new(data);
    let next = match frame.link_type {
        1 => Next::Ethernet,
        0 | 108 => loopback(&mut bytes)?,
        9 => Next::PointToPoint,
        12 | 14 | 101 | 228 | 229 => Next::Version,
        104 => cisco_hdlc(&mut bytes)?,
        105 => Next::Wlan,
        113 => linux_cooked(&mut bytes)?,
        127 => wlan::radiotap(&mut bytes)?,
        239 => netfilter_log(&mut bytes)?,
        276 => linux_cooked_2(&mut bytes)?,
        _ => return Err("unknown_linktype"),
    };
    layer::walk(next, bytes, link)
}

/// The packet of an Ethernet frame without tags that holds IPv4: what [`decode`] would find, sooner.
#[must_use]
pub fn decode_plain<'a>(frame: &Frame<'a>) -> Option<Packet<'a>> {
    let (header, inside) = frame.data.split_first_chunk::<14>()?;
    if frame.link_type != 1 || frame.vlan_tag.is_some() || header[12..] != [8, 0] {
        return None;
    }
    let (destination, rest) = header.split_first_chunk::<6>()?;
    let captured = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
    let link = Link {
        mac: Some([*rest.first_chunk::<6>()?, *destination]),
        layers: 2,
        cut: frame.wire_length.saturating_sub(captured),
        ..Link::default()
    };
    ip::decode_v4(inside, link).ok()
}

fn cisco_hdlc(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    match (bytes.u16(), bytes.u16()) {
        // ISO packets come with a byte of padding instead of an Ethernet type (RFC 1547 lets vendors choose).
        (Some(_), Some(0xfefe)) => Err("llc_osi"),
        (Some(_), Some(0x8035)) => Err("cisco_slarp"),
        (Some(_), Some(kind)) if kind > layer::MAX_LENGTH_FIELD => Ok(Next::EtherType(kind)),
        (Some(_), Some(_)) => Err("hdlc_other"),
        _ => Err("hdlc_header_cut"),
    }
}

/// Four bytes of address family in the byte order of the capturing machine.
fn loopback(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let ([0, 0, 0, family] | [family, 0, 0, 0]) =
        bytes.array::<4>().ok_or("loopback_header_cut")?
    else {
        return Err("loopback_other");
    };
    match family {
        2 => Ok(Next::V4),
        // As NetBSD and Windows, FreeBSD, and Darwin number IPv6.
        10 | 24 | 28 | 30 => Ok(Next::V6),
        7 => Err("llc_osi"),
        _ => Err("loopback_other"),
    }
}

/// `LINKTYPE_LINUX_SLL`: packet type, hardware type, address, protocol.
fn linux_cooked(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let header = bytes.array::<16>().ok_or("cooked_header_cut")?;
    cooked_protocol(be16(&header, 14).unwrap_or(0))
}

/// `LINKTYPE_LINUX_SLL2`: the protocol stands first.
fn linux_cooked_2(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let header = bytes.array::<20>().ok_or("cooked_header_cut")?;
    cooked_protocol(be16(&header, 0).unwrap_or(0))
}

fn cooked_protocol(kind: u16) -> Result<Next, Reason> {
    match kind {
        4 => Ok(Next::LogicalLink),
        0..=layer::MAX_LENGTH_FIELD => Err("cooked_other"),
        _ => Ok(Next::EtherType(kind)),
    }
}

/// `LINKTYPE_NFLOG`: attributes of type and length in the byte order of the capturing machine; one is the packet.
fn netfilter_log(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let Some([family, 0, _, _]) = bytes.array::<4>() else {
        return Err("nflog_header_cut");
    };
    loop {
        let rest = bytes.rest();
        let &[a, b, c, d, ..] = rest else {
            return Err("nflog_without_packet");
        };
        let little = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        let big = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        // Types are below 256, so that only one order makes sense.
        let (length, kind) = if little.1 & 0x7fff < 256 { little } else { big };
        let length = usize::from(length);
        if length < 4 {
            return Err("nflog_length_wrong");
        }
        if kind & 0x7fff == NFLOG_PAYLOAD {
            let end = length.min(rest.len());
            *bytes = Bytes::new(rest.get(4..end).unwrap_or_default());
            return match family {
                2 => Ok(Next::V4),
                10 => Ok(Next::V6),
                _ => Err("nflog_other"),
            };
        }
        if bytes.skip(length.next_multiple_of(4)).is_none() {
            return Err("nflog_without_packet");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A UDP datagram of no payload from 10.0.0.1:1 to 10.0.0.2:2.
    const V4: [u8; 28] = [
        0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0x66, 0xce, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 8,
        0, 0,
    ];

    fn frame(link_type: u32, data: &[u8]) -> Frame<'_> {
        Frame {
            time_us: 0,
            wire_length: u32::try_from(data.len()).unwrap(),
            link_type,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data,
        }
    }

    fn packet(link_type: u32, header: &[u8]) -> Result<Packet<'static>, Reason> {
        let mut data = header.to_vec();
        data.extend(V4);
        match decode(&frame(link_type, data.leak()))? {
            Content::Ip(packet) => Ok(packet),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_link_type_leads_to_the_same_packet() {
        let ethernet = [&[2; 6][..], &[4; 6], &[8, 0]].concat();
        let cooked = [&[0; 14][..], &[8, 0]].concat();
        let cooked_2 = [&[8, 0][..], &[0; 18]].concat();
        let nflog = [2, 0, 0, 1, 8, 0, 1, 0, 1, 2, 3, 4, 32, 0, 9, 0];
        let nflog_big = [2, 0, 0, 1, 0, 7, 0, 1, 1, 2, 3, 0, 0, 32, 0, 9];
        let wlan = [
            &[8, 2, 0, 0][..],
            &[1; 6],
            &[2; 6],
            &[3; 6],
            &[0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0],
        ]
        .concat();
        let radiotap = [&[0, 0, 8, 0, 0, 0, 0, 0][..], &wlan].concat();
        let cases: [(u32, &[u8]); 16] = [
            (0, &[2, 0, 0, 0]),
            (108, &[0, 0, 0, 2]),
            (1, &ethernet),
            (9, &[0xff, 3, 0, 0x21]),
            (9, &[0x21]),
            (12, &[]),
            (14, &[]),
            (101, &[]),
            (228, &[]),
            (104, &[15, 0, 8, 0]),
            (113, &cooked),
            (276, &cooked_2),
            (239, &nflog),
            (239, &nflog_big),
            (105, &wlan),
            (127, &radiotap),
        ];
        for (link_type, header) in cases {
            let packet = packet(link_type, header).unwrap_or_else(|reason| {
                panic!("{link_type}: {reason}");
            });
            assert_eq!((packet.source[3], packet.protocol), (1, 17), "{link_type}");
            assert!(packet.header_sum_good && packet.oddities.is_empty());
        }
        assert_eq!(packet(147, &[]).unwrap_err(), "unknown_linktype");
    }

    #[test]
    fn the_short_way_finds_what_the_long_one_does() {
        let plain = [&[2; 6][..], &[4; 6], &[8, 0], &V4, &[0; 18]].concat();
        let frame = frame(1, &plain);
        let Ok(Content::Ip(packet)) = decode(&frame) else {
            panic!("a packet");
        };
        assert_eq!(
            format!("{:?}", decode_plain(&frame)),
            format!("{:?}", Some(packet))
        );
        for (place, value) in [(12, 0x81), (13, 0xdd), (14, 0x65), (14, 0x41)] {
            let mut other = plain.clone();
            other[place] = value;
            assert!(
                decode_plain(&Frame {
                    data: &other,
                    ..frame
                })
                .is_none()
            );
        }
        let tagged = Frame {
            vlan_tag: Some(5),
            ..frame
        };
        assert!(decode_plain(&tagged).is_none());
    }

    #[test]
    fn addresses_of_a_wireless_frame_are_those_of_the_stations() {
        let mut header = [
            &[8, 2, 0, 0][..],
            &[1; 6],
            &[2; 6],
            &[3; 6],
            &[0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0],
        ]
        .concat();
        assert_eq!(
            packet(105, &header).unwrap().link.mac,
            Some([[3; 6], [1; 6]])
        );
        header[1] = 1;
        assert_eq!(
            packet(105, &header).unwrap().link.mac,
            Some([[2; 6], [3; 6]])
        );
        header[1] = 0x41;
        assert_eq!(packet(105, &header).unwrap_err(), "wlan_encrypted");
    }
}
