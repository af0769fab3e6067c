//! HTTP/2 without encryption (RFC 9113): known beforehand or after an upgrade from HTTP/1. Streams are transactions with the
//! fields of HTTP/1.
//!
//! Caps: 256 streams, 64 KiB and 64 frames of fields a block, frames of 64 KiB besides DATA; resets are counted.

use super::hpack::Decoder;
use super::http_message::Request;
use super::http2_frame::{self as frame, Frame, HEADER, PREFACE};
use super::http2_stream::Streams;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step, Then};
use crate::anomaly::Anomaly;
use crate::bytes::{be32, count};

/// Usual ports.
pub const PORTS: &[u16] = &[80, 8080, 8443];
/// Largest block of fields as sent, and largest frame that is not DATA.
pub(super) const MAX_BLOCK: usize = 64 << 10;
/// Resets by a client that are nothing special.
const MAX_RESETS: u32 = 128;

/// Recognises the preface of a client or the settings of a server.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    let known = bytes.get(..PREFACE.len()).unwrap_or(bytes);
    if PREFACE.starts_with(known) {
        return if known.len() == PREFACE.len() {
            Probe::Yes(Role::Client)
        } else {
            Probe::More
        };
    }
    match frame::begins_with_settings(bytes, is_usual) {
        Some(true) => Probe::Yes(Role::Server),
        Some(false) => Probe::No,
        None => Probe::More,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Http2::default())
}

/// Where one direction is.
#[derive(Clone, Copy, Default)]
enum Place {
    /// Before a frame; a client's preface may come first.
    #[default]
    Start,
    /// Before a frame.
    Frame,
    /// Inside DATA.
    Data(Data),
    /// Inside a frame that is stepped over.
    Skipped(u64),
}

#[derive(Clone, Copy)]
struct Data {
    stream: u32,
    content: u64,
    padding: u64,
    is_last: bool,
}

/// One direction.
pub(super) struct Half {
    place: Place,
    /// `None` once it is out of step.
    pub(super) fields: Option<Decoder>,
    pub(super) block: Vec<u8>,
    /// The frame that began the block, its priority and what it promises.
    pub(super) opened: Option<(Frame, Option<u8>, Option<u32>)>,
    pub(super) continuations: u32,
    /// Largest frame that this end may send.
    size: u32,
}

impl Default for Half {
    fn default() -> Self {
        Self {
            place: Place::default(),
            fields: Some(Decoder::default()),
            block: Vec::new(),
            opened: None,
            continuations: 0,
            size: frame::DEFAULT_SIZE,
        }
    }
}

/// One connection.
#[derive(Default)]
pub struct Http2 {
    pub(super) halves: Pair<Half>,
    pub(super) streams: Streams,
    pub(super) opened: u32,
    resets: u32,
    is_done: bool,
}

impl Parser for Http2 {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = 0;
        while !self.is_done && consumed < bytes.len() {
            let rest = bytes.get(consumed..).unwrap_or_default();
            let Some(used) = self.step(context, direction, rest) else {
                break;
            };
            consumed += used;
        }
        Step {
            consumed,
            then: if self.is_done { Then::Done } else { Then::More },
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        let place = self.halves.of_mut(direction).place;
        let (left, next) = match place {
            Place::Data(data) if data.content >= length => {
                self.streams.gap(direction, data.stream, length);
                let content = data.content - length;
                (data.content, Place::Data(Data { content, ..data }))
            }
            Place::Skipped(left) => (left, Place::Skipped(left.saturating_sub(length))),
            _ => (0, place),
        };
        self.halves.of_mut(direction).place = next;
        // Where the next frame begins is known no more.
        length <= left
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.streams.tell_all(context);
    }

    fn held(&self) -> usize {
        let halves: usize = self
            .halves
            .iter()
            .map(|half| half.block.capacity() + half.fields.as_ref().map_or(0, Decoder::held))
            .sum();
        halves + self.streams.held()
    }
}

impl Http2 {
    /// A connection that was HTTP/1 up to this request, which is stream 1 now (RFC 7540, section 3.2).
    #[must_use]
    pub fn upgraded(context: &mut Context<'_>, request: Request) -> Self {
        let mut connection = Self::default();
        connection.streams.adopt(context, request);
        connection
    }

    /// Takes something from the front; `None` asks for more bytes.
    fn step(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        match self.halves.of_mut(direction).place {
            Place::Start => {
                let known = bytes.get(..PREFACE.len()).unwrap_or(bytes);
                let is_preface = PREFACE.starts_with(known);
                if is_preface && known.len() < PREFACE.len() {
                    return None;
                }
                self.halves.of_mut(direction).place = Place::Frame;
                Some(if is_preface { PREFACE.len() } else { 0 })
            }
            Place::Frame => self.frame(context, direction, bytes),
            Place::Data(data) => Some(self.content(context, direction, data, bytes)),
            Place::Skipped(left) => {
                let used = within(bytes, left);
                let left = left - count(used);
                self.halves.of_mut(direction).place = if left == 0 {
                    Place::Frame
                } else {
                    Place::Skipped(left)
                };
                Some(used)
            }
        }
    }

    fn frame(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        let head = Frame::read(bytes)?;
        let half = self.halves.of_mut(direction);
        if head.length > half.size {
            context.anomaly(if head.kind == frame::DATA {
                Anomaly::Http2LongData
            } else {
                Anomaly::Http2LongFrame
            });
        }
        // Between the frames of a block nothing else may come (section 6.10).
        if half.opened.is_some() && head.kind != frame::CONTINUATION {
            context.anomaly(Anomaly::Http2Malformed);
            half.opened = None;
            half.fields = None;
        }
        let length = usize::try_from(head.length).unwrap_or(usize::MAX);
        if head.kind == frame::DATA {
            return self.begin_data(context, direction, &head, bytes);
        }
        if length > MAX_BLOCK {
            context.limit("http2_frame_bytes");
            self.lose_fields(direction, &head);
            self.halves.of_mut(direction).place = Place::Skipped(count(length));
            return Some(HEADER);
        }
        let payload = bytes.get(HEADER..HEADER + length)?;
        self.payload(context, direction, &head, payload);
        Some(HEADER + length)
    }

    /// A frame of fields that is not read leaves the table out of step.
    pub(super) fn lose_fields(&mut self, direction: Direction, head: &Frame) {
        if matches!(
            head.kind,
            frame::HEADERS | frame::PUSH | frame::CONTINUATION
        ) {
            let half = self.halves.of_mut(direction);
            half.fields = None;
            half.opened = None;
            half.block = Vec::new();
        }
    }

    fn begin_data(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        head: &Frame,
        bytes: &[u8],
    ) -> Option<usize> {
        let (padding, used) = if head.has(frame::PADDED) && head.length > 0 {
            (u64::from(*bytes.get(HEADER)?), 1)
        } else {
            (0, 0)
        };
        let length = u64::from(head.length) - used;
        let data = Data {
            stream: head.stream,
            content: length.saturating_sub(padding),
            padding: padding.min(length),
            is_last: head.has(frame::END_STREAM),
        };
        if padding > length || head.stream == 0 {
            context.anomaly(Anomaly::Http2Malformed);
        }
        self.halves.of_mut(direction).place = Place::Data(data);
        self.end_data(context, direction, data);
        Some(HEADER + usize::from(used > 0))
    }

    fn content(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        data: Data,
        bytes: &[u8],
    ) -> usize {
        let mut data = data;
        let used = within(bytes, data.content);
        if used > 0 {
            let taken = bytes.get(..used).unwrap_or_default();
            self.streams.data(context, direction, data.stream, taken);
            data.content -= count(used);
        }
        let padding = within(bytes.get(used..).unwrap_or_default(), data.padding);
        data.padding -= count(padding);
        self.halves.of_mut(direction).place = Place::Data(data);
        self.end_data(context, direction, data);
        used + padding
    }

    fn end_data(&mut self, context: &mut Context<'_>, direction: Direction, data: Data) {
        if data.content == 0 && data.padding == 0 {
            self.halves.of_mut(direction).place = Place::Frame;
            if data.is_last {
                self.streams.end_of(context, direction, data.stream);
            }
        }
    }

    fn payload(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        head: &Frame,
        payload: &[u8],
    ) {
        match head.kind {
            frame::HEADERS | frame::PUSH => self.begin_block(context, direction, head, payload),
            frame::CONTINUATION => self.continue_block(context, direction, head, payload),
            frame::RESET => {
                let code = be32(payload, 0).unwrap_or(0);
                self.note_reset(context, direction);
                self.streams.reset(context, direction, head.stream, code);
            }
            frame::PRIORITY => {
                if let Some(weight) = payload.get(4) {
                    self.streams.set_priority(head.stream, *weight);
                }
            }
            frame::SETTINGS if !head.has(frame::ACKNOWLEDGED) => {
                // What one end says binds the other.
                if let Some(size) = frame::setting(payload, 5) {
                    self.halves.of_mut(direction.other()).size =
                        size.clamp(frame::DEFAULT_SIZE, 0x00ff_ffff);
                }
            }
            frame::GO_AWAY if be32(payload, 4).is_some_and(|code| code != 0) => {
                context.anomaly(Anomaly::Http2Error);
            }
            _ => {}
        }
    }

    /// A client that opens and resets streams in a rush makes its server work for nothing (CVE-2023-44487).
    fn note_reset(&mut self, context: &mut Context<'_>, direction: Direction) {
        if direction == Direction::FromSource {
            self.resets = self.resets.saturating_add(1);
            if self.resets > MAX_RESETS && self.resets > self.opened / 2 {
                context.anomaly(Anomaly::Http2RapidReset);
            }
        }
    }
}

fn within(bytes: &[u8], left: u64) -> usize {
    bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))
}
