//! IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers.

use super::{Fragment, Link, Oddities, Packet, Reason, checksum};
use crate::bytes::{be16, be32};

/// More extension headers than any honest packet has.
const MAX_EXTENSIONS: usize = 16;
/// Nothing follows (RFC 8200, section 4.7).
pub const NO_NEXT_HEADER: u8 = 59;

/// Decodes an IPv4 header.
pub fn decode_v4(data: &[u8], link: Link) -> Result<Packet<'_>, Reason> {
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
    let on_wire = data.len().saturating_add(wide(link.cut));
    // Segmentation left to the network card shows as a total of 0: then the frame's length counts.
    let total = if stated == 0 { on_wire } else { stated };
    let promised = total.saturating_sub(header_length);
    let payload = behind.get(..promised).unwrap_or(behind);
    let Some(fixed) = header.first_chunk::<20>() else {
        return Err("ip_header_cut");
    };
    let (id, flags) = (
        u16::from_be_bytes([fixed[4], fixed[5]]),
        u16::from_be_bytes([fixed[6], fixed[7]]),
    );
    let source = [fixed[12], fixed[13], fixed[14], fixed[15]];
    let destination = [fixed[16], fixed[17], fixed[18], fixed[19]];
    let mut oddities = Oddities::default();
    if total > on_wire {
        oddities.note(Oddities::BEYOND_FRAME);
    }
    if fixed[8] == 0 {
        oddities.note(Oddities::NO_TIME_TO_LIVE);
    }
    if header_length > 20 {
        check_options(header.get(20..).unwrap_or_default(), &mut oddities);
    }
    let offset = u32::from(flags & 0x1fff) * 8;
    let more = flags & 0x2000 != 0;
    Ok(Packet {
        link,
        family: 4,
        source: widen(source),
        destination: widen(destination),
        protocol: fixed[9],
        ip_length: narrow(total),
        fragment: (more || offset > 0).then_some(Fragment {
            id: u32::from(id),
            offset,
            more,
        }),
        payload,
        missing: narrow(promised.saturating_sub(payload.len())),
        header_sum_good: checksum::sum(header, 0) == 0xffff,
        oddities,
        broken: (total < header_length).then_some("ip_length_wrong"),
    })
}

/// Options are one byte (0 ends, 1 fills) or state their length (RFC 791, section 3.1).
fn check_options(options: &[u8], oddities: &mut Oddities) {
    let mut rest = options;
    loop {
        rest = match rest {
            // Options that end with the header need no end of the list; those that do not must state it.
            [] | [0, ..] => return,
            [1, rest @ ..] => rest,
            [_] => {
                oddities.note(Oddities::OPTION_PADDING);
                return;
            }
            [_, length, ..] => match rest.get(usize::from(*length)..) {
                Some(rest) if *length >= 2 => rest,
                _ => {
                    oddities.note(Oddities::OPTION_LENGTH);
                    return;
                }
            },
        };
    }
}

/// Decodes an IPv6 header and steps over extension headers.
pub fn decode_v6(data: &[u8], link: Link) -> Result<Packet<'_>, Reason> {
    let header = data.first_chunk::<40>().ok_or("ip_header_cut")?;
    if header[0] >> 4 != 6 {
        return Err("ip_version_wrong");
    }
    let behind = data.get(40..).unwrap_or_default();
    let stated = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let on_wire = behind.len().saturating_add(wide(link.cut));
    // A jumbogram, or segmentation left to the card: the frame's length counts, but for a packet that says it is empty.
    let promised = if stated == 0 && header[6] != NO_NEXT_HEADER {
        on_wire
    } else {
        stated
    };
    let payload = behind.get(..promised).unwrap_or(behind);
    let missing = promised.saturating_sub(payload.len());
    let (extensions, broken) = step_over(header[6], payload);
    let mut oddities = extensions.oddities;
    if promised > on_wire {
        oddities.note(Oddities::BEYOND_FRAME);
    }
    if header[7] == 0 {
        oddities.note(Oddities::NO_TIME_TO_LIVE);
    }
    Ok(Packet {
        link,
        family: 6,
        source: slice::<16>(header, 8).unwrap_or_default(),
        destination: slice::<16>(header, 24).unwrap_or_default(),
        protocol: extensions.protocol,
        ip_length: narrow(promised.saturating_add(40)),
        fragment: extensions.fragment,
        payload: extensions.payload,
        missing: narrow(missing),
        header_sum_good: true,
        oddities,
        broken,
    })
}

/// What stands behind the extension headers of a joined datagram.
pub struct Behind<'a> {
    /// The protocol.
    pub protocol: u8,
    /// Its bytes.
    pub payload: &'a [u8],
    /// What is odd about the headers.
    pub oddities: Oddities,
}

/// The protocol and payload behind the extension headers of a joined datagram.
#[must_use]
pub fn behind_extensions(first: u8, data: &[u8]) -> (Behind<'_>, Option<Reason>) {
    let (mut found, broken) = step_over(first, data);
    let broken = broken.or(found.fragment.map(|_| "fragment_in_fragment"));
    // The datagram had a fragment header already.
    if found.has_fragment_header {
        found.oddities.note(Oddities::REPEATED_FRAGMENT);
    }
    let behind = Behind {
        protocol: found.protocol,
        payload: found.payload,
        oddities: found.oddities,
    };
    (behind, broken)
}

struct Extensions<'a> {
    protocol: u8,
    payload: &'a [u8],
    fragment: Option<Fragment>,
    has_fragment_header: bool,
    oddities: Oddities,
}

/// As far as the headers can be read, and why no further.
fn step_over(first: u8, data: &[u8]) -> (Extensions<'_>, Option<Reason>) {
    let mut found = Extensions {
        protocol: first,
        payload: data,
        fragment: None,
        has_fragment_header: false,
        oddities: Oddities::default(),
    };
    for _ in 0..MAX_EXTENSIONS {
        let stepped = match found.protocol {
            // Hop-by-hop, routing, destination, mobility, HIP, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => skip(&mut found),
            44 => skip_fragment(&mut found),
            _ => return (found, None),
        };
        if stepped.is_none() {
            return (found, Some("ip_extension_cut"));
        }
        if found.fragment.is_some() {
            return (found, None);
        }
    }
    let is_done = !matches!(found.protocol, 0 | 43 | 44 | 60 | 135 | 139 | 140);
    (found, (!is_done).then_some("too_many_ip_extensions"))
}

fn skip(found: &mut Extensions<'_>) -> Option<()> {
    let &[next, length, ..] = found.payload else {
        return None;
    };
    let length = (usize::from(length) + 1) * 8;
    found.payload = found.payload.get(length..)?;
    found.protocol = next;
    Some(())
}

fn skip_fragment(found: &mut Extensions<'_>) -> Option<()> {
    let (word, id) = (be16(found.payload, 2)?, be32(found.payload, 4)?);
    let next = *found.payload.first()?;
    found.payload = found.payload.get(8..)?;
    found.protocol = next;
    let (offset, more) = (u32::from(word & 0xfff8), word & 1 != 0);
    if found.has_fragment_header {
        found.oddities.note(Oddities::REPEATED_FRAGMENT);
    }
    found.has_fragment_header = true;
    // An atomic fragment (RFC 6946) is a whole packet. Of a true one the rest is known when it is joined.
    if offset > 0 || more {
        found.fragment = Some(Fragment { id, offset, more });
    } else {
        found.oddities.note(Oddities::USELESS_FRAGMENT);
    }
    Some(())
}

/// An IPv4 address in the space of both families.
#[must_use]
pub fn widen(address: [u8; 4]) -> [u8; 16] {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Anomaly;

    fn v4(header: &[u8]) -> Packet<'_> {
        decode_v4(header, Link::default()).unwrap()
    }

    fn anomalies(packet: &Packet<'_>) -> Vec<&'static str> {
        packet.oddities.anomalies().map(Anomaly::name).collect()
    }

    #[test]
    fn options_are_checked_against_the_header() {
        let with_options = |options: [u8; 4]| {
            let mut data = vec![0x46, 0, 0, 24, 0, 1, 0, 0, 64, 17, 0, 0];
            data.extend([10, 0, 0, 1, 10, 0, 0, 2]);
            data.extend(options);
            anomalies(&v4(&data))
        };
        assert!(with_options([1, 1, 1, 0]).is_empty());
        assert!(with_options([0x94, 4, 0, 0]).is_empty());
        assert_eq!(with_options([7, 9, 4, 0]), ["ip_option_length"]);
        assert_eq!(with_options([7, 1, 4, 0]), ["ip_option_length"]);
        assert_eq!(with_options([1, 1, 1, 7]), ["ip_option_padding"]);
    }

    #[test]
    fn a_length_beyond_the_frame_is_odd_and_one_cut_by_the_snap_length_is_not() {
        let mut data = [0_u8; 28];
        data[0] = 0x45;
        data[3] = 60;
        data[8] = 64;
        assert_eq!(anomalies(&v4(&data)), ["ip_length_beyond_frame"]);
        let link = Link {
            cut: 32,
            ..Link::default()
        };
        let packet = decode_v4(&data, link).unwrap();
        assert_eq!((anomalies(&packet), packet.missing), (vec![], 32));
        data[8] = 0;
        data[3] = 28;
        assert_eq!(anomalies(&v4(&data)), ["ip_ttl_zero"]);
    }

    fn v6(next: u8, extensions: &[u8]) -> Vec<u8> {
        let length = u8::try_from(extensions.len()).unwrap();
        let mut data = vec![0x60, 0, 0, 0, 0, length, next, 64];
        data.extend([0xfd; 32]);
        data.extend(extensions);
        data
    }

    #[test]
    fn fragment_headers_on_whole_packets_are_told() {
        let atomic = [17, 0, 0, 0, 0, 0, 0, 9];
        let data = v6(44, &[&atomic[..], &[0; 8]].concat());
        let packet = decode_v6(&data, Link::default()).unwrap();
        assert_eq!((packet.protocol, packet.fragment), (17, None));
        assert_eq!(anomalies(&packet), ["frag_header_useless"]);
        let data = v6(
            44,
            &[&[44, 0, 0, 0, 0, 0, 0, 9][..], &atomic, &[0; 8]].concat(),
        );
        let packet = decode_v6(&data, Link::default()).unwrap();
        assert_eq!(
            anomalies(&packet),
            ["frag_header_useless", "frag_header_repeated"]
        );
    }

    #[test]
    fn sixteen_extension_headers_are_read_and_one_more_is_not() {
        let padding = [60, 0, 1, 4, 0, 0, 0, 0];
        let headers = |count: usize| {
            let mut extensions = padding.repeat(count);
            let last = extensions.len() - 8;
            extensions[last] = 17;
            extensions.extend([0; 8]);
            v6(60, &extensions)
        };
        let sixteen = headers(16);
        assert_eq!(decode_v6(&sixteen, Link::default()).unwrap().protocol, 17);
        assert_eq!(
            decode_v6(&headers(17), Link::default()).unwrap().broken,
            Some("too_many_ip_extensions")
        );
        let cut = v6(60, &[17, 9, 0, 0]);
        let packet = decode_v6(&cut, Link::default()).unwrap();
        assert_eq!(
            (packet.broken, packet.source[0]),
            (Some("ip_extension_cut"), 0xfd)
        );
    }
}
