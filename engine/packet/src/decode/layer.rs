//! Headers between the link and IP, one after another: Ethernet and 802.2, tags of IEEE 802.1 (Q, ad, ah, BR), VN-Tag,
//! MPLS (RFC 3032, RFC 4385), `PPPoE` (RFC 2516), PPP (RFC 1661) and NSH (RFC 8300).

use super::{Content, Link, Reason, ip, wlan};
use crate::bytes::Bytes;

/// Headers of one frame, those of tunnels and what they carry included.
pub const MAX_LAYERS: u8 = 16;
/// The largest value of an Ethernet type that is a length instead (IEEE 802.3).
pub const MAX_LENGTH_FIELD: u16 = 1_500;
/// VLAN tags of one frame that are kept; more make it undecoded.
const MAX_TAGS: u8 = 3;
/// Labels of an MPLS stack.
const MAX_LABELS: usize = 16;

/// The header that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An Ethernet frame.
    Ethernet,
    /// What an Ethernet type says.
    EtherType(u16),
    /// IEEE 802.2, perhaps with SNAP.
    LogicalLink,
    /// A stack of MPLS labels.
    Labels,
    /// PPP, with or without its address field.
    PointToPoint,
    /// A network service header.
    Service,
    /// An IEEE 802.11 frame.
    Wlan,
    /// An A-MSDU.
    Aggregate,
    /// IP of the version that it states.
    Version,
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// ARP or RARP.
    Arp,
}

/// Takes headers off until something is found that is no link layer.
pub fn walk(first: Next, bytes: Bytes<'_>, link: Link) -> Result<Content<'_>, Reason> {
    let (mut next, mut bytes, mut link) = (first, bytes, link);
    loop {
        link.layers = link.layers.saturating_add(1);
        if link.layers > MAX_LAYERS {
            return Err("too_many_layers");
        }
        next = match next {
            Next::V4 => return ip::decode_v4(bytes.rest(), link).map(Content::Ip),
            Next::V6 => return ip::decode_v6(bytes.rest(), link).map(Content::Ip),
            Next::Arp => return Ok(Content::Arp(link, bytes.rest())),
            Next::Aggregate => return Ok(Content::Aggregate(link, bytes.rest())),
            Next::Ethernet => ethernet(&mut bytes, &mut link)?,
            Next::EtherType(kind) => ether_type(kind, &mut bytes, &mut link)?,
            Next::LogicalLink => logical_link(&mut bytes)?,
            Next::Labels => labels(&mut bytes)?,
            Next::PointToPoint => point_to_point(&mut bytes)?,
            Next::Service => service(&mut bytes)?,
            Next::Wlan => wlan::data_frame(&mut bytes, &mut link)?,
            Next::Version => version(bytes)?,
        };
    }
}

/// Adds a VLAN id. A tag of id 0 only carries a priority.
pub fn push_tag(link: &mut Link, id: u16) -> Result<(), Reason> {
    if id == 0 {
        return Ok(());
    }
    if link.vlan_count >= MAX_TAGS {
        return Err("too_many_vlan_tags");
    }
    if let Some(place) = link.vlan.get_mut(usize::from(link.vlan_count)) {
        *place = id;
    }
    link.vlan_count += 1;
    Ok(())
}

fn ethernet(bytes: &mut Bytes<'_>, link: &mut Link) -> Result<Next, Reason> {
    let (Some(destination), Some(source), Some(kind)) = (bytes.array(), bytes.array(), bytes.u16())
    else {
        return Err("ethernet_header_cut");
    };
    link.mac = Some([source, destination]);
    Ok(of_type(kind))
}

/// The commonest types without another turn of the loop.
fn of_type(kind: u16) -> Next {
    match kind {
        0x0800 => Next::V4,
        0x86dd => Next::V6,
        0x0806 | 0x8035 => Next::Arp,
        0..=MAX_LENGTH_FIELD => Next::LogicalLink,
        _ => Next::EtherType(kind),
    }
}

fn ether_type(kind: u16, bytes: &mut Bytes<'_>, link: &mut Link) -> Result<Next, Reason> {
    match kind {
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
            let (Some(tag), Some(next)) = (bytes.u16(), bytes.u16()) else {
                return Err("vlan_tag_cut");
            };
            push_tag(link, tag & 0x0fff)?;
            Ok(of_type(next))
        }
        0x8847 | 0x8848 => Ok(Next::Labels),
        0x8864 => pppoe(bytes),
        0x6558 => Ok(Next::Ethernet),
        0x880b => Ok(Next::PointToPoint),
        0x894f => Ok(Next::Service),
        // 802.1ah: four bytes of priority and service id, then the customer's frame.
        0x88e7 => skip_to(bytes, 4, "backbone_tag_cut").map(|()| Next::Ethernet),
        // VN-Tag: four bytes; 802.1BR: six. The type of what follows stands behind them.
        0x8926 => tagged(bytes, 4, "vn_tag_cut"),
        0x893f => tagged(bytes, 6, "e_tag_cut"),
        // Cisco MetaData: version, length, one option with its security group tag.
        0x8909 => tagged(bytes, 6, "metadata_tag_cut"),
        0x0800 | 0x86dd | 0x0806 | 0x8035 | 0..=MAX_LENGTH_FIELD => Ok(of_type(kind)),
        0x8863 => Err("pppoe_discovery"),
        0x88cc => Err("lldp"),
        0x888e => Err("eapol"),
        0x8809 => Err("slow_protocol"),
        0x88e5 => Err("macsec_encrypted"),
        0x8137 => Err("ipx"),
        0x809b | 0x80f3 => Err("appletalk"),
        0x9000 => Err("loopback_test"),
        _ => Err("unknown_ethertype"),
    }
}

fn skip_to(bytes: &mut Bytes<'_>, length: usize, reason: Reason) -> Result<(), Reason> {
    bytes.skip(length).ok_or(reason)
}

fn tagged(bytes: &mut Bytes<'_>, length: usize, reason: Reason) -> Result<Next, Reason> {
    skip_to(bytes, length, reason)?;
    bytes.u16().map(of_type).ok_or(reason)
}

/// IEEE 802.2: SNAP carries an Ethernet type, of no maker or of a bridge (IEEE 802.1H).
fn logical_link(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let Some([destination, source, control]) = bytes.array::<3>() else {
        return Err("llc_header_cut");
    };
    match (destination, source) {
        (0xaa, 0xaa) if control == 3 => {
            let (Some(maker), Some(kind)) = (bytes.array::<3>(), bytes.u16()) else {
                return Err("llc_header_cut");
            };
            match maker {
                [0, 0, 0 | 0xf8] if kind > MAX_LENGTH_FIELD => Ok(of_type(kind)),
                [0, 0, 0x0c] if kind == 0x2000 => Err("cdp"),
                _ => Err("snap_other"),
            }
        }
        (6, 6) => Ok(Next::V4),
        (0x42, 0x42) => Err("spanning_tree"),
        (0xfe, 0xfe) => Err("llc_osi"),
        (0xe0, 0xe0) | (0xff, 0xff) => Err("ipx"),
        (0xf0, 0xf0 | 0xf1) => Err("llc_netbios"),
        _ => Err("llc_other"),
    }
}

/// The bottom label says nothing of what follows: an IP version tells itself, a control word begins with zeros.
fn labels(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    for _ in 0..MAX_LABELS {
        let label = bytes.u32().ok_or("mpls_label_cut")?;
        if label & 0x100 == 0 {
            continue;
        }
        return match bytes.rest().first().map(|byte| byte >> 4) {
            Some(4) => Ok(Next::V4),
            Some(6) => Ok(Next::V6),
            Some(0) => skip_to(bytes, 4, "mpls_label_cut").map(|()| Next::Ethernet),
            // An associated channel (RFC 5586) carries no traffic.
            Some(1) => Err("mpls_channel"),
            Some(_) => Err("mpls_other"),
            None => Err("mpls_label_cut"),
        };
    }
    Err("too_many_mpls_labels")
}

fn pppoe(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let (Some([version, code]), Some(_session), Some(length)) =
        (bytes.array::<2>(), bytes.u16(), bytes.u16())
    else {
        return Err("pppoe_header_cut");
    };
    if version != 0x11 || code != 0 {
        return Err("pppoe_header_wrong");
    }
    let length = usize::from(length).min(bytes.len());
    *bytes = Bytes::new(bytes.take(length).unwrap_or_default());
    Ok(Next::PointToPoint)
}

fn point_to_point(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let data = bytes.rest();
    let data = data.strip_prefix(&[0xff, 3]).unwrap_or(data);
    let (protocol, rest) = match data {
        // An odd byte is a protocol of one byte (RFC 1661, section 6.5).
        [low, rest @ ..] if low & 1 == 1 => (u16::from(*low), rest),
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        _ => return Err("ppp_header_cut"),
    };
    *bytes = Bytes::new(rest);
    match protocol {
        0x21 => Ok(Next::V4),
        0x57 => Ok(Next::V6),
        0x0281 | 0x0283 => Ok(Next::Labels),
        0x31 => Err("ppp_bridged"),
        0x2d | 0x2f | 0xfb | 0xfd | 0x53 | 0x55 => Err("ppp_compressed_or_encrypted"),
        // Control protocols: link (c021), authentication (c023, c223), quality and network control (80xx).
        0x8000.. => Err("ppp_control"),
        _ => Err("ppp_other"),
    }
}

/// Base header: version and flags, length in words, kind of metadata, next protocol.
fn service(bytes: &mut Bytes<'_>) -> Result<Next, Reason> {
    let &[first, second, _, protocol, ..] = bytes.rest() else {
        return Err("nsh_header_cut");
    };
    let length = usize::from(second & 0x3f) * 4;
    if first >> 6 != 0 || length < 8 {
        return Err("nsh_header_wrong");
    }
    skip_to(bytes, length, "nsh_header_cut")?;
    match protocol {
        1 => Ok(Next::V4),
        2 => Ok(Next::V6),
        3 => Ok(Next::Ethernet),
        4 => Ok(Next::Service),
        5 => Ok(Next::Labels),
        _ => Err("nsh_other"),
    }
}

fn version(bytes: Bytes<'_>) -> Result<Next, Reason> {
    match bytes.rest().first().map(|byte| byte >> 4) {
        Some(4) => Ok(Next::V4),
        Some(6) => Ok(Next::V6),
        Some(_) => Err("not_ip"),
        None => Err("ip_header_cut"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: [u8; 28] = [
        0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0x66, 0xce, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 8,
        0, 0,
    ];

    fn found(next: Next, header: &[u8]) -> Result<Link, Reason> {
        let mut data = header.to_vec();
        data.extend(V4);
        match walk(next, Bytes::new(&data), Link::default())? {
            Content::Ip(packet) => {
                assert_eq!((packet.source[0], packet.payload.len()), (10, 8));
                Ok(packet.link)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headers_are_taken_off_as_their_specifications_say() {
        let inner = [&[7; 12][..], &[8, 0]].concat();
        let with_frame = |header: &[u8]| [header, &inner].concat();
        let cases: Vec<(u16, Vec<u8>)> = vec![
            (0x8100, vec![0xe0, 6, 8, 0]),
            (0x8847, vec![0, 1, 0x00, 64, 0, 2, 0x01, 64]),
            (0x8847, with_frame(&[0, 1, 1, 64, 0, 0, 0, 0])),
            (0x8864, vec![0x11, 0, 0, 9, 0, 30, 0, 0x21]),
            (0x88e7, with_frame(&[0, 1, 2, 3])),
            (0x8926, vec![0x40, 1, 0, 2, 8, 0]),
            (0x893f, vec![0, 0, 0, 1, 0, 2, 8, 0]),
            (0x8909, vec![1, 1, 0, 1, 0, 100, 8, 0]),
            (
                0x894f,
                vec![
                    0, 6, 1, 1, 0, 0, 1, 255, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
                ],
            ),
            (0x894f, with_frame(&[0, 2, 2, 3, 0, 0, 1, 255])),
            (40, vec![0xaa, 0xaa, 3, 0, 0, 0, 8, 0]),
            (40, vec![0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0]),
            (40, vec![6, 6, 3]),
            (0x880b, vec![0xff, 3, 0, 0x21]),
            (0x6558, inner.clone()),
        ];
        for (kind, header) in cases {
            found(Next::EtherType(kind), &header)
                .unwrap_or_else(|reason| panic!("{kind:04x} {header:02x?}: {reason}"));
        }
    }

    #[test]
    fn three_tags_are_kept_in_order_and_a_fourth_is_one_too_many() {
        let tags = [0, 1, 0x81, 0, 0, 10, 0x81, 0, 0, 100, 8, 0];
        let link = found(Next::EtherType(0x88a8), &tags).unwrap();
        assert_eq!((link.vlan, link.vlan_count), ([1, 10, 100], 3));
        let four = [&[0, 9, 0x81, 0][..], &tags].concat();
        assert_eq!(
            found(Next::EtherType(0x8100), &four).unwrap_err(),
            "too_many_vlan_tags"
        );
        let link = found(Next::EtherType(0x8100), &[0xe0, 0, 8, 0]).unwrap();
        assert_eq!(link.vlan_count, 0);
    }

    #[test]
    fn frames_in_frames_end_at_the_bound() {
        // Ethernet, one label, a control word, and the same again.
        let level = [&[1; 12][..], &[0x88, 0x47, 0, 1, 1, 0, 0, 0, 0, 0]].concat();
        assert!(
            found(
                Next::Ethernet,
                &[level.repeat(4), [&[1; 12][..], &[8, 0]].concat()].concat()
            )
            .is_ok()
        );
        assert_eq!(
            found(Next::Ethernet, &level.repeat(40)).unwrap_err(),
            "too_many_layers"
        );
    }

    #[test]
    fn what_ends_inside_a_header_says_which() {
        for (kind, reason) in [
            (0x8100, "vlan_tag_cut"),
            (0x8847, "mpls_label_cut"),
            (0x8864, "pppoe_header_cut"),
            (0x8926, "vn_tag_cut"),
            (0x893f, "e_tag_cut"),
            (0x8909, "metadata_tag_cut"),
            (0x894f, "nsh_header_cut"),
            (100, "llc_header_cut"),
        ] {
            let found = walk(Next::EtherType(kind), Bytes::new(&[0]), Link::default());
            assert_eq!(found.err(), Some(reason), "{kind:04x}");
        }
    }
}
