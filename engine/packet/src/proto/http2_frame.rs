//! Frames of HTTP/2 (RFC 9113, sections 4 and 6).

use crate::bytes::{Bytes, be32};

/// Length of a frame's header.
pub const HEADER: usize = 9;
/// Largest frame before the receiver says otherwise.
pub const DEFAULT_SIZE: u32 = 16_384;
/// What a client sends first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH: u8 = 5;
pub const GO_AWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;
const LAST_KNOWN: u8 = 16;

pub const END_STREAM: u8 = 1;
pub const ACKNOWLEDGED: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const PADDED: u8 = 8;
pub const HAS_PRIORITY: u8 = 0x20;

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub length: u32,
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
}

impl Frame {
    /// Reads the header.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(bytes);
        Some(Self {
            length: bytes.u24()?,
            kind: bytes.u8()?,
            flags: bytes.u8()?,
            stream: bytes.u32()? & 0x7fff_ffff,
        })
    }

    /// Whether a flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// A block of fields with what stands before it in HEADERS or `PUSH_PROMISE`.
pub struct Block<'a> {
    pub fragment: &'a [u8],
    /// Weight less one.
    pub priority: Option<u8>,
    /// The stream that is promised.
    pub promised: Option<u32>,
}

/// Takes padding, priority and promise off a payload.
pub fn block<'a>(frame: &Frame, payload: &'a [u8]) -> Option<Block<'a>> {
    let mut bytes = Bytes::new(payload);
    let padding = if frame.has(PADDED) {
        usize::from(bytes.u8()?)
    } else {
        0
    };
    let promised = if frame.kind == PUSH {
        Some(bytes.u32()? & 0x7fff_ffff)
    } else {
        None
    };
    let priority = if frame.kind == HEADERS && frame.has(HAS_PRIORITY) {
        bytes.skip(4)?;
        Some(bytes.u8()?)
    } else {
        None
    };
    let length = bytes.len().checked_sub(padding)?;
    Some(Block {
        fragment: bytes.take(length)?,
        priority,
        promised,
    })
}

/// The value of a setting in a SETTINGS payload: the last one counts.
pub fn setting(payload: &[u8], wanted: u16) -> Option<u32> {
    payload
        .chunks_exact(6)
        .filter(|setting| setting.starts_with(&wanted.to_be_bytes()))
        .filter_map(|setting| be32(setting, 2))
        .next_back()
}

/// Whether bytes begin the frames of a server: SETTINGS come first. `None` for too few.
pub fn begins_with_settings(bytes: &[u8], is_usual: bool) -> Option<bool> {
    let known = [0, 0];
    if !bytes.iter().zip(known).all(|(byte, known)| *byte == known) {
        return Some(false);
    }
    if let Some([kind, flags, stream @ ..]) = bytes.get(3..)
        && (*kind != SETTINGS || *flags > 1 || stream.iter().take(4).any(|byte| *byte != 0))
    {
        return Some(false);
    }
    let frame = Frame::read(bytes)?;
    let length = usize::try_from(frame.length).unwrap_or(usize::MAX);
    if !length.is_multiple_of(6) || length > 240 || (length == 0 && !is_usual) {
        return Some(false);
    }
    let payload = bytes.get(HEADER..HEADER + length)?;
    Some(payload.chunks_exact(6).all(|setting| {
        setting.starts_with(&[0])
            && setting
                .get(1)
                .is_some_and(|id| (1..=LAST_KNOWN).contains(id))
    }))
}

/// An error code by its name in section 7.
pub fn error_name(code: u32) -> &'static str {
    match code {
        0 => "NO_ERROR",
        1 => "PROTOCOL_ERROR",
        2 => "INTERNAL_ERROR",
        3 => "FLOW_CONTROL_ERROR",
        4 => "SETTINGS_TIMEOUT",
        5 => "STREAM_CLOSED",
        6 => "FRAME_SIZE_ERROR",
        7 => "REFUSED_STREAM",
        8 => "CANCEL",
        9 => "COMPRESSION_ERROR",
        10 => "CONNECT_ERROR",
        11 => "ENHANCE_YOUR_CALM",
        12 => "INADEQUATE_SECURITY",
        13 => "HTTP_1_1_REQUIRED",
        _ => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_and_priority_are_taken_off() {
        let frame = Frame {
            length: 0,
            kind: HEADERS,
            flags: PADDED | HAS_PRIORITY,
            stream: 1,
        };
        let found = block(&frame, b"\x02\0\0\0\0\xffabcXX").expect("a block");
        assert_eq!((found.fragment, found.priority), (&b"abc"[..], Some(255)));
        assert!(block(&frame, b"\x09\0\0\0\0\xffabcXX").is_none());
    }

    #[test]
    fn servers_are_recognised_by_their_settings() {
        let settings = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64";
        assert_eq!(begins_with_settings(settings, false), Some(true));
        assert_eq!(begins_with_settings(&settings[..12], false), None);
        assert_eq!(
            begins_with_settings(b"\0\0\0\x04\0\0\0\0\0", false),
            Some(false)
        );
        assert_eq!(
            begins_with_settings(b"\0\0\0\x04\0\0\0\0\0", true),
            Some(true)
        );
        assert_eq!(
            begins_with_settings(b"\0\x1c\x12\x34\x01\0", false),
            Some(false)
        );
        assert_eq!(setting(&settings[9..], 3), Some(100));
    }
}
