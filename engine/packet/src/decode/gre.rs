//! GRE: version 0 (RFC 2784, RFC 2890, routing of RFC 1701), version 1 (PPTP, RFC 2637), ERSPAN inside it.

use super::Reason;
use super::layer::Next;
use super::tunnel::Kind;
use crate::bytes::Bytes;

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
/// Routing entries of one header.
const MAX_ROUTES: usize = 16;

/// What a GRE header leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A header that we follow.
    Inner(Kind, Next),
    /// A keep-alive, or an acknowledgement without data.
    Nothing,
    /// A protocol that we do not know.
    Other(u16),
}

/// Takes a GRE header off, and that of ERSPAN behind it.
pub fn header(bytes: &mut Bytes<'_>) -> Result<Payload, Reason> {
    let (Some(flags), Some(protocol)) = (bytes.u16(), bytes.u16()) else {
        return Err("gre_header_cut");
    };
    match flags & 7 {
        0 => version_0(flags, protocol, bytes),
        1 => version_1(flags, protocol, bytes),
        _ => Err("gre_version_wrong"),
    }
}

fn version_0(flags: u16, protocol: u16, bytes: &mut Bytes<'_>) -> Result<Payload, Reason> {
    let words = usize::from(flags & (CHECKSUM | ROUTING) != 0)
        + usize::from(flags & KEY != 0)
        + usize::from(flags & SEQUENCE != 0);
    bytes.skip(words * 4).ok_or("gre_header_cut")?;
    if flags & ROUTING != 0 {
        skip_routes(bytes)?;
    }
    match protocol {
        0x0800 => Ok(Payload::Inner(Kind::Gre, Next::V4)),
        0x86dd => Ok(Payload::Inner(Kind::Gre, Next::V6)),
        0x0806 | 0x6558 | 0x8100 | 0x880b | 0x8847 | 0x8848 | 0x88a8 | 0x894f => {
            Ok(Payload::Inner(Kind::Gre, Next::EtherType(protocol)))
        }
        // ERSPAN type I has neither sequence number nor header of its own.
        0x88be if flags & SEQUENCE == 0 => Ok(Payload::Inner(Kind::Erspan, Next::Ethernet)),
        0x88be => {
            bytes.skip(8).ok_or("erspan_header_cut")?;
            Ok(Payload::Inner(Kind::Erspan, Next::Ethernet))
        }
        0x22eb => erspan_3(bytes),
        // Access points of Aruba send whole wireless frames; the low bits tell of tunnel and encryption.
        0x8200..=0x82ff => Ok(Payload::Inner(Kind::Gre, Next::Wlan)),
        0 => Ok(Payload::Nothing),
        _ => Ok(Payload::Other(protocol)),
    }
}

/// Source route entries: family, offset, length; one of family 0 and length 0 ends them.
fn skip_routes(bytes: &mut Bytes<'_>) -> Result<(), Reason> {
    for _ in 0..MAX_ROUTES {
        let (Some(family), Some(_offset), Some(length)) = (bytes.u16(), bytes.u8(), bytes.u8())
        else {
            return Err("gre_header_cut");
        };
        if family == 0 && length == 0 {
            return Ok(());
        }
        bytes.skip(usize::from(length)).ok_or("gre_header_cut")?;
    }
    Err("gre_header_wrong")
}

/// ERSPAN type III (draft-foschiano-erspan): twelve bytes, eight more when the last bit says so; frame type 0 is
/// Ethernet, 2 is IP.
fn erspan_3(bytes: &mut Bytes<'_>) -> Result<Payload, Reason> {
    let (Some(_), Some(last)) = (bytes.take(10), bytes.u16()) else {
        return Err("erspan_header_cut");
    };
    if last & 1 != 0 {
        bytes.skip(8).ok_or("erspan_header_cut")?;
    }
    match last >> 10 & 31 {
        0 => Ok(Payload::Inner(Kind::Erspan, Next::Ethernet)),
        2 => Ok(Payload::Inner(Kind::Erspan, Next::Version)),
        _ => Err("erspan_frame_type"),
    }
}

/// The key is the payload's length and the call id; without a sequence number there is no payload.
fn version_1(flags: u16, protocol: u16, bytes: &mut Bytes<'_>) -> Result<Payload, Reason> {
    if protocol != 0x880b || flags & KEY == 0 || flags & (CHECKSUM | ROUTING) != 0 {
        return Err("gre_header_wrong");
    }
    let (Some(length), Some(_call)) = (bytes.u16(), bytes.u16()) else {
        return Err("gre_header_cut");
    };
    let words = usize::from(flags & SEQUENCE != 0) + usize::from(flags & ACKNOWLEDGEMENT != 0);
    bytes.skip(words * 4).ok_or("gre_header_cut")?;
    if flags & SEQUENCE == 0 || length == 0 {
        return Ok(Payload::Nothing);
    }
    Ok(Payload::Inner(Kind::Gre, Next::PointToPoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(data: &[u8]) -> (Result<Payload, Reason>, usize) {
        let mut bytes = Bytes::new(data);
        let found = header(&mut bytes);
        (found, bytes.len())
    }

    #[test]
    fn optional_words_are_stepped_over() {
        let v4 = Ok(Payload::Inner(Kind::Gre, Next::V4));
        assert_eq!(taken(&[0, 0, 8, 0, 0x45]), (v4, 1));
        let all = [&[0xb0, 0, 8, 0][..], &[0; 12], &[0x45]].concat();
        assert_eq!(taken(&all), (v4, 1));
        let routed = [
            &[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 2, 9, 9][..],
            &[0; 4],
            &[0x45],
        ]
        .concat();
        assert_eq!(taken(&routed), (v4, 1));
        assert_eq!(taken(&[0xb0, 0, 8, 0, 0]).0, Err("gre_header_cut"));
        assert_eq!(taken(&[0, 5, 8, 0]).0, Err("gre_version_wrong"));
    }

    #[test]
    fn point_to_point_frames_come_only_with_a_sequence_number() {
        let data = [
            0x30, 0x81, 0x88, 0x0b, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0, 0x21,
        ];
        let inner = Ok(Payload::Inner(Kind::Gre, Next::PointToPoint));
        assert_eq!(taken(&data), (inner, 4));
        let only_acknowledged = [0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 1, 0, 0, 0, 1];
        assert_eq!(taken(&only_acknowledged), (Ok(Payload::Nothing), 0));
    }

    #[test]
    fn the_three_kinds_of_mirrored_frames_are_told_apart() {
        let frame = Ok(Payload::Inner(Kind::Erspan, Next::Ethernet));
        assert_eq!(taken(&[0, 0, 0x88, 0xbe, 1, 2]), (frame, 2));
        let second = [&[0x10, 0, 0x88, 0xbe][..], &[0; 12], &[1, 2]].concat();
        assert_eq!(taken(&second), (frame, 2));
        let third = [&[0x10, 0, 0x22, 0xeb][..], &[0; 16], &[1, 2]].concat();
        assert_eq!(taken(&third), (frame, 2));
        let longer = [&[0x10, 0, 0x22, 0xeb][..], &[0; 15], &[1], &[0; 8], &[1, 2]].concat();
        assert_eq!(taken(&longer), (frame, 2));
        let ip = [&[0x10, 0, 0x22, 0xeb][..], &[0; 14], &[8, 0], &[0x45]].concat();
        assert_eq!(
            taken(&ip),
            (Ok(Payload::Inner(Kind::Erspan, Next::Version)), 1)
        );
    }
}
