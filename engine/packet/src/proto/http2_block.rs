//! Blocks of fields of HTTP/2: HEADERS or `PUSH_PROMISE` and their CONTINUATIONs (RFC 9113, sections 4.3 and 6.10).

use super::http_field::Fields;
use super::http2::{Http2, MAX_BLOCK};
use super::http2_frame::{self as frame, Frame};
use super::http2_stream::{Head, PSEUDO};
use super::{Context, Direction};
use crate::anomaly::Anomaly;

/// Frames that one block of fields may come in.
const MAX_CONTINUATIONS: u32 = 64;

impl Http2 {
    pub(super) fn begin_block(
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
        let half = self.halves.of_mut(direction);
        half.opened = Some((*head, block.priority, block.promised));
        half.continuations = 0;
        half.block.clear();
        half.block.extend_from_slice(block.fragment);
        if head.has(frame::END_HEADERS) {
            self.end_block(context, direction);
        }
    }

    pub(super) fn continue_block(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        head: &Frame,
        payload: &[u8],
    ) {
        let half = self.halves.of_mut(direction);
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
        let half = self.halves.of_mut(direction);
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
                self.halves.of_mut(direction).fields = None;
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
