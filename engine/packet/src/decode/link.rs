//! Link layers: from a frame to the IP packet inside it.

use super::{Packet, Reason, ip};
use crate::bytes::{Bytes, be16};
use crate::source::Frame;

/// VLAN tags of one frame that are kept; more make it undecoded.
const MAX_TAGS: u8 = 3;
/// Labels of an MPLS stack.
const MAX_LABELS: usize = 16;

/// What the link layer says of the packet inside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// Source and destination.
    pub mac: Option<[[u8; 6]; 2]>,
    /// VLAN ids, outermost first.
    pub vlan: [u16; 3],
    /// How many there are.
    pub vlan_count: u8,
}

/// Decodes down to the IP header and its extension headers.
pub fn decode<'a>(frame: &Frame<'a>) -> Result<Packet<'a>, Reason> {
    let data = frame.data;
    let cut = frame
        .wire_length
        .saturating_sub(u32::try_from(data.len()).unwrap_or(u32::MAX));
    let mut link = Link::default();
    if let Some(tag) = frame.vlan_tag {
        push_tag(&mut link, tag)?;
    }
    match frame.link_type {
        1 => ethernet(data, &mut link, cut),
        0 | 108 => loopback(data, link, cut),
        9 => ppp(data, link, cut),
        12 | 14 | 101 | 228 | 229 => by_version(data, link, cut),
        104 => cisco_hdlc(data, &mut link, cut),
        113 => linux_cooked(data, &mut link, cut),
        276 => linux_cooked_2(data, &mut link, cut),
        _ => Err("unknown_linktype"),
    }
}

fn ethernet<'a>(data: &'a [u8], link: &mut Link, cut: u32) -> Result<Packet<'a>, Reason> {
    let mut bytes = Bytes::new(data);
    let (Some(destination), Some(source), Some(kind)) = (bytes.array(), bytes.array(), bytes.u16())
    else {
        return Err("ethernet_header_cut");
    };
    link.mac = Some([source, destination]);
    by_ethertype(kind, bytes, link, cut)
}

fn by_ethertype<'a>(
    first: u16,
    mut bytes: Bytes<'a>,
    link: &mut Link,
    cut: u32,
) -> Result<Packet<'a>, Reason> {
    let mut kind = first;
    loop {
        match kind {
            0x0800 => return ip::decode_v4(bytes.rest(), *link, cut),
            0x86dd => return ip::decode_v6(bytes.rest(), *link, cut),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let (Some(tag), Some(next)) = (bytes.u16(), bytes.u16()) else {
                    return Err("vlan_tag_cut");
                };
                push_tag(link, tag & 0x0fff)?;
                kind = next;
            }
            0x8847 | 0x8848 => return mpls(bytes, *link, cut),
            0x8864 => return pppoe(bytes, *link, cut),
            0x0806 | 0x8035 => return Err("arp"),
            0..=1500 => return logical_link(bytes, link, cut),
            0x88cc => return Err("lldp"),
            0x888e => return Err("eapol"),
            _ => return Err("unknown_ethertype"),
        }
    }
}

/// A tag of id 0 only carries a priority.
fn push_tag(link: &mut Link, id: u16) -> Result<(), Reason> {
    if link.vlan_count >= MAX_TAGS {
        return Err("too_many_vlan_tags");
    }
    if let Some(place) = link.vlan.get_mut(usize::from(link.vlan_count)) {
        *place = id;
    }
    link.vlan_count += 1;
    Ok(())
}

/// IEEE 802.2: only SNAP carries IP.
fn logical_link<'a>(mut bytes: Bytes<'a>, link: &mut Link, cut: u32) -> Result<Packet<'a>, Reason> {
    let Some(header) = bytes.array::<6>() else {
        return Err("llc_header_cut");
    };
    let Some(kind) = bytes.u16() else {
        return Err("llc_header_cut");
    };
    match header {
        [0xaa, 0xaa, 3, 0, 0, 0] if kind > 1500 => by_ethertype(kind, bytes, link, cut),
        [0xaa, 0xaa, ..] => Err("snap_other"),
        [0x42, 0x42, ..] => Err("spanning_tree"),
        _ => Err("llc_other"),
    }
}

fn mpls(mut bytes: Bytes<'_>, link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    for _ in 0..MAX_LABELS {
        let Some(label) = bytes.u32() else {
            return Err("mpls_label_cut");
        };
        if label & 0x100 != 0 {
            return by_version(bytes.rest(), link, cut);
        }
    }
    Err("too_many_mpls_labels")
}

fn pppoe(mut bytes: Bytes<'_>, link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    if bytes.skip(6).is_none() {
        return Err("pppoe_header_cut");
    }
    ppp(bytes.rest(), link, cut)
}

fn ppp(data: &[u8], link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    let data = data.strip_prefix(&[0xff, 3]).unwrap_or(data);
    match data {
        [0x21, rest @ ..] | [0, 0x21, rest @ ..] => ip::decode_v4(rest, link, cut),
        [0x57, rest @ ..] | [0, 0x57, rest @ ..] => ip::decode_v6(rest, link, cut),
        [] | [_] => Err("ppp_header_cut"),
        _ => Err("ppp_other"),
    }
}

fn cisco_hdlc<'a>(data: &'a [u8], link: &mut Link, cut: u32) -> Result<Packet<'a>, Reason> {
    let mut bytes = Bytes::new(data);
    let (Some(_), Some(kind)) = (bytes.u16(), bytes.u16()) else {
        return Err("hdlc_header_cut");
    };
    if kind <= 1500 {
        Err("hdlc_other")
    } else {
        by_ethertype(kind, bytes, link, cut)
    }
}

/// Four bytes of address family in the byte order of the capturing machine; the IP version tells as much.
fn loopback(data: &[u8], link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    let rest = data.get(4..).ok_or("loopback_header_cut")?;
    let family = match data {
        [0, 0, 0, family, ..] | [family, 0, 0, 0, ..] => *family,
        _ => return Err("loopback_other"),
    };
    match family {
        2 => ip::decode_v4(rest, link, cut),
        10 | 24 | 28 | 30 => ip::decode_v6(rest, link, cut),
        _ => Err("loopback_other"),
    }
}

fn linux_cooked<'a>(data: &'a [u8], link: &mut Link, cut: u32) -> Result<Packet<'a>, Reason> {
    let kind = be16(data, 14).ok_or("cooked_header_cut")?;
    let rest = data.get(16..).ok_or("cooked_header_cut")?;
    if kind <= 1500 {
        Err("cooked_other")
    } else {
        by_ethertype(kind, Bytes::new(rest), link, cut)
    }
}

fn linux_cooked_2<'a>(data: &'a [u8], link: &mut Link, cut: u32) -> Result<Packet<'a>, Reason> {
    let kind = be16(data, 0).ok_or("cooked_header_cut")?;
    let rest = data.get(20..).ok_or("cooked_header_cut")?;
    if kind <= 1500 {
        Err("cooked_other")
    } else {
        by_ethertype(kind, Bytes::new(rest), link, cut)
    }
}

fn by_version(data: &[u8], link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    match data.first().map(|byte| byte >> 4) {
        Some(4) => ip::decode_v4(data, link, cut),
        Some(6) => ip::decode_v6(data, link, cut),
        Some(_) => Err("not_ip"),
        None => Err("ip_header_cut"),
    }
}
