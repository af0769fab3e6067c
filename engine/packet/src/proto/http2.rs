//! HTTP/2 without encryption (RFC 9113): known beforehand or after an upgrade from HTTP/1. Streams are transactions with the
//! fields of HTTP/1.
//!
//! Caps: 256 streams, 64 KiB and 64 frames of fields a block, frames of 64 KiB besides DATA; resets are counted.

use super::hpack::Decoder;
use super::http_field::Fields;
use super::http_message::Request;
use super::http2_frame::{self as frame, Frame, HEADER, PREFACE};
use super::http2_stream::{Head, PSEUDO, Streams};
use super::{Context, Direction, Parser, Probe, Role, Step, Then};
use crate::anomaly::Anomaly;
use crate::bytes::{be32, count};

/// Usual ports.
pub const PORTS: &[u16] = &[80, 8080, 8443];
/// Largest block of fields as sent, and largest frame that is not DATA.
const MAX_BLOCK: usize = 64 << 10;
/// Frames that one block of fields may come in.
const MAX_CONTINUATIONS: u32 = 64;
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

struct Half {
    place: Place,
    /// `None` once it is out of step.
    fields: Option<Decoder>,
    block: Vec<u8>,
    /// The frame that began the block, its priority and what it promises.
    opened: Option<(Frame, Option<u8>, Option<u32>)>,
    continuations: u32,
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
    halves: [Half; 2],
    streams: Streams,
    opened: u32,
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
        let place = self.half(direction).place;
        let (left, next) = match place {
            Place::Data(data) if data.content >= length => {
                self.streams.gap(direction, data.stream, length);
                let content = data.content - length;
                (data.content, Place::Data(Data { content, ..data }))
            }
            Place::Skipped(left) => (left, Place::Skipped(left.saturating_sub(length))),
            _ => (0, place),
        };
        self.half(direction).place = next;
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

    fn half(&mut self, direction: Direction) -> &mut Half {
        let [source, destination] = &mut self.halves;
        if direction == Direction::FromSource {
            source
        } else {
            destination
        }
    }

    /// Takes something from the front; `None` asks for more bytes.
    fn step(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<usize> {
        match self.half(direction).place {
            Place::Start => {
                let known = bytes.get(..PREFACE.len()).unwrap_or(bytes);
                let is_preface = PREFACE.starts_with(known);
                if is_preface && known.len() < PREFACE.len() {
                    return None;
                }
                self.half(direction).place = Place::Frame;
                Some(if is_preface { PREFACE.len() } else { 0 })
            }
            Place::Frame => self.frame(context, direction, bytes),
            Place::Data(data) => Some(self.content(context, direction, data, bytes)),
            Place::Skipped(left) => {
                let used = within(bytes, left);
                let left = left - count(used);
                self.half(direction).place = if left == 0 {
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
        let half = self.half(direction);
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
            self.half(direction).place = Place::Skipped(count(length));
            return Some(HEADER);
        }
        let payload = bytes.get(HEADER..HEADER + length)?;
        self.payload(context, direction, &head, payload);
        Some(HEADER + length)
    }

    /// A frame of fields that is not read leaves the table out of step.
    fn lose_fields(&mut self, direction: Direction, head: &Frame) {
        if matches!(
            head.kind,
            frame::HEADERS | frame::PUSH | frame::CONTINUATION
        ) {
            let half = self.half(direction);
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
        self.half(direction).place = Place::Data(data);
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
        self.half(direction).place = Place::Data(data);
        self.end_data(context, direction, data);
        used + padding
    }

    fn end_data(&mut self, context: &mut Context<'_>, direction: Direction, data: Data) {
        if data.content == 0 && data.padding == 0 {
            self.half(direction).place = Place::Frame;
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
                    let other = match direction {
                        Direction::FromSource => Direction::FromDestination,
                        Direction::FromDestination => Direction::FromSource,
                    };
                    self.half(other).size = size.clamp(frame::DEFAULT_SIZE, 0x00ff_ffff);
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

    fn begin_block(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        head: &Frame,
        payload: &[u8],
    ) {
        if direction == Direction::FromSource {
            self.opened = self.opened.saturating_add(1);
        }
        let Some(block) = frame::block(head, payload) else {
            context.anomaly(Anomaly::Http2Malformed);
            self.lose_fields(direction, head);
            return;
        };
        let half = self.half(direction);
        half.opened = Some((*head, block.priority, block.promised));
        half.continuations = 0;
        half.block.clear();
        half.block.extend_from_slice(block.fragment);
        if head.has(frame::END_HEADERS) {
            self.end_block(context, direction);
        }
    }

    fn continue_block(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        head: &Frame,
        payload: &[u8],
    ) {
        let half = self.half(direction);
        if !matches!(half.opened, Some((opened, ..)) if opened.stream == head.stream) {
            context.anomaly(Anomaly::Http2Malformed);
            self.lose_fields(direction, head);
            return;
        }
        half.continuations += 1;
        if half.block.len() + payload.len() > MAX_BLOCK || half.continuations > MAX_CONTINUATIONS {
            context.anomaly(Anomaly::Http2HeaderFlood);
            context.limit("http2_header_bytes");
            self.lose_fields(direction, head);
            return;
        }
        half.block.extend_from_slice(payload);
        if head.has(frame::END_HEADERS) {
            self.end_block(context, direction);
        }
    }

    /// All of a block has come: what it says goes to its stream.
    fn end_block(&mut self, context: &mut Context<'_>, direction: Direction) {
        let half = self.half(direction);
        let Some((opened, priority, promised)) = half.opened.take() else {
            return;
        };
        let block = std::mem::take(&mut half.block);
        let mut head = Head {
            fields: Fields::default(),
            pseudo: Default::default(),
            priority,
            is_last: opened.kind == frame::HEADERS && opened.has(frame::END_STREAM),
        };
        let outcome = if let Some(decoder) = &mut half.fields {
            decoder.decode(&block, |name, value| head.take(name, value))
        } else {
            context.limit("http2_fields_lost");
            Ok(true)
        };
        match outcome {
            Ok(true) => {}
            Ok(false) => {
                context.anomaly(Anomaly::Http2HeaderFlood);
                context.limit("http2_header_bytes");
                head.fields.left_out += 1;
            }
            Err(_) => {
                context.anomaly(Anomaly::Http2Compression);
                self.half(direction).fields = None;
            }
        }
        // A promise is a request that the server makes in the client's name.
        let (sender, stream) = match promised {
            Some(promised) => (Direction::FromSource, promised),
            None => (direction, opened.stream),
        };
        if head.fields.left_out > 0 {
            context.limit("http_fields");
        }
        self.streams.head(context, sender, stream, head);
        if promised.is_some() {
            self.streams.end_of(context, sender, stream);
        }
    }
}

impl Head {
    fn take(&mut self, name: &[u8], value: &[u8]) {
        let pseudo = PSEUDO
            .iter()
            .zip(self.pseudo.iter_mut())
            .find(|(pseudo, _)| **pseudo == name);
        if let Some((_, slot)) = pseudo {
            *slot = value.to_vec();
        }
        self.fields.push(name, value);
    }
}

fn within(bytes: &[u8], left: u64) -> usize {
    bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))
}
