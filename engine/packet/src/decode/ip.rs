//! IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers.

use super::link::Link;
use super::{Fragment, Packet, Reason, checksum};
use crate::bytes::{be16, be32};

/// More extension headers than any honest packet has.
const MAX_EXTENSIONS: usize = 16;

/// Decodes an IPv4 header; `cut` bytes of the frame were not captured.
pub fn decode_v4(data: &[u8], link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    let Some((first, [total_high, total_low])) = data.first().zip(slice::<2>(data, 2)) else {
        return Err("ip_header_cut");
    };
    if first >> 4 != 4 {
        return Err("ip_version_wrong");
    }
    let header_length = usize::from(first & 15) * 4;
    if header_length < 20 {
        return Err("ip_header_length_wrong");
    }
    let header = data.get(..header_length).ok_or("ip_header_cut")?;
    let behind = data.get(header_length..).ok_or("ip_header_cut")?;
    let stated = usize::from(u16::from_be_bytes([total_high, total_low]));
    // Segmentation left to the network card shows as a total of 0: then the frame's length counts.
    let total = if stated == 0 {
        data.len().saturating_add(wide(cut))
    } else {
        stated
    };
    let promised = total.checked_sub(header_length).ok_or("ip_length_wrong")?;
    let payload = behind.get(..promised).unwrap_or(behind);
    let (Some(id), Some(flags), Some(protocol)) = (be16(header, 4), be16(header, 6), header.get(9))
    else {
        return Err("ip_header_cut");
    };
    let (Some(source), Some(destination)) = (slice::<4>(header, 12), slice::<4>(header, 16)) else {
        return Err("ip_header_cut");
    };
    let offset = u32::from(flags & 0x1fff) * 8;
    let more = flags & 0x2000 != 0;
    Ok(Packet {
        mac: link.mac,
        vlan: link.vlan,
        vlan_count: link.vlan_count,
        family: 4,
        source: widen(source),
        destination: widen(destination),
        protocol: *protocol,
        ip_length: narrow(total),
        fragment: (more || offset > 0).then_some(Fragment {
            id: u32::from(id),
            offset,
            more,
        }),
        payload,
        missing: narrow(promised.saturating_sub(payload.len())),
        header_sum_good: checksum::sum(header, 0) == 0xffff,
    })
}

/// Decodes an IPv6 header and steps over extension headers; `cut` bytes of the frame were not captured.
pub fn decode_v6(data: &[u8], link: Link, cut: u32) -> Result<Packet<'_>, Reason> {
    let header = data.first_chunk::<40>().ok_or("ip_header_cut")?;
    if header[0] >> 4 != 6 {
        return Err("ip_version_wrong");
    }
    let behind = data.get(40..).unwrap_or_default();
    let stated = usize::from(u16::from_be_bytes([header[4], header[5]]));
    // A jumbogram, or segmentation left to the card: the frame's length counts.
    let promised = if stated == 0 {
        behind.len().saturating_add(wide(cut))
    } else {
        stated
    };
    let payload = behind.get(..promised).unwrap_or(behind);
    let missing = promised.saturating_sub(payload.len());
    let extensions = step_over(header[6], payload)?;
    Ok(Packet {
        mac: link.mac,
        vlan: link.vlan,
        vlan_count: link.vlan_count,
        family: 6,
        source: slice::<16>(header, 8).unwrap_or_default(),
        destination: slice::<16>(header, 24).unwrap_or_default(),
        protocol: extensions.protocol,
        ip_length: narrow(promised.saturating_add(40)),
        fragment: extensions.fragment,
        payload: extensions.payload,
        missing: narrow(missing),
        header_sum_good: true,
    })
}

/// The protocol and payload behind the extension headers of a joined datagram.
pub fn behind_extensions(first: u8, data: &[u8]) -> Result<(u8, &[u8]), Reason> {
    let found = step_over(first, data)?;
    if found.fragment.is_some() {
        Err("fragment_in_fragment")
    } else {
        Ok((found.protocol, found.payload))
    }
}

struct Extensions<'a> {
    protocol: u8,
    payload: &'a [u8],
    fragment: Option<Fragment>,
}

fn step_over(first: u8, data: &[u8]) -> Result<Extensions<'_>, Reason> {
    let mut found = Extensions {
        protocol: first,
        payload: data,
        fragment: None,
    };
    for _ in 0..MAX_EXTENSIONS {
        match found.protocol {
            // Hop-by-hop, routing, destination, mobility, HIP, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => skip(&mut found, 8)?,
            44 => {
                let word = be16(found.payload, 2).ok_or("ip_extension_cut")?;
                let id = be32(found.payload, 4).ok_or("ip_extension_cut")?;
                found.protocol = *found.payload.first().ok_or("ip_extension_cut")?;
                found.payload = found.payload.get(8..).ok_or("ip_extension_cut")?;
                let (offset, more) = (u32::from(word & 0xfff8), word & 1 != 0);
                // An atomic fragment (RFC 6946) is a whole packet. Of a true one the rest is known when it is joined.
                if offset > 0 || more {
                    found.fragment = Some(Fragment { id, offset, more });
                    return Ok(found);
                }
            }
            _ => return Ok(found),
        }
    }
    Err("too_many_ip_extensions")
}

fn skip(found: &mut Extensions<'_>, unit: usize) -> Result<(), Reason> {
    let &[next, length, ..] = found.payload else {
        return Err("ip_extension_cut");
    };
    let length = (usize::from(length) + 1) * unit;
    found.protocol = next;
    found.payload = found.payload.get(length..).ok_or("ip_extension_cut")?;
    Ok(())
}

fn widen(address: [u8; 4]) -> [u8; 16] {
    let [a, b, c, d] = address;
    [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

fn slice<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
    data.get(offset..)?.first_chunk::<N>().copied()
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn wide(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
