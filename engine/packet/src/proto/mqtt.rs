//! MQTT 3.1, 3.1.1 and 5.0 over TCP: control packets joined into transactions.
//!
//! Emits `mqtt-connect`, `mqtt-publish`, `mqtt-subscribe`, `mqtt-unsubscribe`, `mqtt-ping`, `mqtt-disconnect`, `mqtt-auth`; a
//! message with a quality above 0 is told with all its acknowledgements. Caps: 128 open transactions a flow, 64 KiB a
//! control packet (longer application messages are stepped over, their first 1,024 bytes are told).

use super::mqtt_event;
use super::mqtt_message::{Body, Header, Message};
use super::mqtt_property::variable;
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, Parser, Step};
use crate::anomaly::Anomaly;
use crate::bytes::{Bytes, count};

/// The port of MQTT without TLS.
pub const PORTS: &[u16] = &[1883];
/// Transactions of one flow that wait for an answer.
const MAX_OPEN: usize = 128;
/// Control packets are read whole up to this length; of a longer PUBLISH this much.
const MAX_PACKET: usize = 64 << 10;
/// Bytes of a PUBLISH that are waited for: a topic of any length, its properties, and what is told of the message.
const PUBLISH_HEAD: usize = 8 << 10;
/// 3.1.1, for a connection whose beginning was not seen.
const DEFAULT_VERSION: u8 = 4;

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Mqtt::default())
}

/// A request with what answered it so far.
#[derive(Debug)]
pub struct Transaction {
    /// Number in the flow.
    pub number: u64,
    /// When its first packet came, µs.
    pub start_us: u64,
    /// Who began it.
    pub sender: Direction,
    /// Its packets in order: at most four.
    pub messages: Vec<Message>,
}

impl Transaction {
    fn held(&self) -> usize {
        self.messages
            .iter()
            .fold(size_of::<Self>(), |sum, message| sum + message.held())
    }
}

/// One connection.
#[derive(Default)]
struct Mqtt {
    version: Option<u8>,
    open: Unanswered<Transaction, MAX_OPEN>,
    halves: Pair<Half>,
}

/// Where one direction is.
#[derive(Clone, Copy, Default)]
struct Half {
    /// Bytes of an application message still to be stepped over.
    skip: u64,
    /// Nothing more can be read: the beginning of the next packet is not known.
    is_lost: bool,
}

impl Parser for Mqtt {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        let mut consumed = self.skip(direction, bytes);
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            match self.packet(context, direction, rest) {
                Used::Some(used) => consumed += used,
                Used::More => return Step::more(consumed),
                Used::Broken => {
                    context.anomaly(Anomaly::MqttMalformed);
                    return Step::done(consumed);
                }
            }
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        // Only inside a message whose length is known can the next packet be found again.
        let half = self.halves.of_mut(direction);
        half.is_lost |= half.skip < length;
        half.skip = half.skip.saturating_sub(length);
        self.halves.iter().any(|half| !half.is_lost)
    }

    fn end(&mut self, context: &mut Context<'_>) {
        while let Some(transaction) = self.open.pop() {
            mqtt_event::write(context, &transaction);
        }
    }

    fn held(&self) -> usize {
        self.open
            .iter()
            .fold(0, |sum, transaction| sum + transaction.held())
    }
}

enum Used {
    Some(usize),
    More,
    Broken,
}

impl Mqtt {
    /// Steps over what nobody reads; how much that is.
    fn skip(&mut self, direction: Direction, bytes: &[u8]) -> usize {
        let half = self.halves.of_mut(direction);
        if half.is_lost {
            return bytes.len();
        }
        let step = count(bytes.len()).min(half.skip);
        half.skip -= step;
        usize::try_from(step).unwrap_or(0)
    }

    fn packet(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Used {
        let mut rest = Bytes::new(bytes);
        let Some(first) = rest.u8() else {
            return Used::More;
        };
        let length = match variable(&mut rest) {
            Ok(Some(length)) => usize::try_from(length).unwrap_or(usize::MAX),
            Ok(None) => return Used::More,
            Err(()) => return Used::Broken,
        };
        let head = bytes.len() - rest.len();
        let header = Header::read(first);
        let wanted = if header.kind == 3 {
            length.min(PUBLISH_HEAD)
        } else {
            length.min(MAX_PACKET)
        };
        let Some(body) = rest.take(wanted) else {
            return Used::More;
        };
        let body = if header.kind == 3 {
            bytes.get(head..).unwrap_or(body)
        } else {
            body
        };
        let body = body.get(..length).unwrap_or(body);
        self.take(context, direction, header, body, length);
        let available = bytes.len() - head;
        if length > available {
            self.halves.of_mut(direction).skip = count(length - available);
            return Used::Some(bytes.len());
        }
        Used::Some(head + length)
    }

    fn take(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        header: Header,
        body: &[u8],
        length: usize,
    ) {
        if header.kind == 0 {
            return context.anomaly(Anomaly::MqttUnassignedType);
        }
        if header.kind == 3 && header.quality == 3 {
            return context.anomaly(Anomaly::MqttInvalidQuality);
        }
        if header.kind != 3 && length > MAX_PACKET {
            return context.limit("mqtt_packet");
        }
        let version = self.version.unwrap_or(DEFAULT_VERSION);
        let Some(message) = Message::read(header, body, count(length), version) else {
            return context.anomaly(Anomaly::MqttMalformed);
        };
        if message.is_cut {
            context.limit("mqtt_items");
        }
        self.place(context, direction, message);
    }

    fn place(&mut self, context: &mut Context<'_>, direction: Direction, message: Message) {
        match &message.body {
            Body::Connect(connect) => {
                if self.version.replace(connect.version).is_some() {
                    context.anomaly(Anomaly::MqttDoubleConnect);
                }
                self.begin(context, direction, message);
            }
            Body::ConnectAnswer { .. } => {
                if !self.answer(context, (direction, direction.other()), message, |asked| {
                    asked.header.kind == 1
                }) {
                    context.anomaly(Anomaly::MqttMissingRequest);
                }
            }
            _ if self.version.is_none() => {
                context.anomaly(Anomaly::MqttUnintroduced);
                self.place_known(context, direction, message);
            }
            _ => self.place_known(context, direction, message),
        }
    }

    fn place_known(&mut self, context: &mut Context<'_>, direction: Direction, message: Message) {
        let id = message.id();
        let asked_by = match message.header.kind {
            3 if message.header.quality == 0 => return alone(context, direction, message),
            3 | 8 | 10 => return self.begin(context, direction, message),
            // PUBREL comes from who published.
            6 => direction,
            4 | 5 | 7 | 9 | 11 => direction.other(),
            _ => return alone(context, direction, message),
        };
        let asked_with = match message.header.kind {
            9 => 8,
            11 => 10,
            _ => 3,
        };
        let is_known = self.answer(context, (direction, asked_by), message, |asked| {
            asked.header.kind == asked_with && asked.id() == id
        });
        if !is_known {
            context.anomaly(Anomaly::MqttMissingRequest);
        }
    }

    fn begin(&mut self, context: &mut Context<'_>, sender: Direction, message: Message) {
        let transaction = new(context, sender, message);
        if let Some(oldest) = self.open.push(transaction) {
            context.limit("mqtt_open");
            mqtt_event::write(context, &oldest);
        }
    }

    /// Adds a packet to the oldest request of `sender` that fits; false when there is none, and it is told alone.
    fn answer(
        &mut self,
        context: &mut Context<'_>,
        (direction, sender): (Direction, Direction),
        message: Message,
        fits: impl Fn(&Message) -> bool,
    ) -> bool {
        let fits =
            |open: &Transaction| open.sender == sender && open.messages.first().is_some_and(&fits);
        let Some(open) = self.open.find(fits) else {
            alone(context, direction, message);
            return false;
        };
        let is_last = !matches!(message.header.kind, 5 | 6);
        // A packet that is sent again changes nothing.
        if open
            .messages
            .iter()
            .all(|known| known.header.kind != message.header.kind)
        {
            open.messages.push(message);
        }
        if is_last && let Some(whole) = self.open.take(fits) {
            mqtt_event::write(context, &whole);
        }
        true
    }
}

fn alone(context: &mut Context<'_>, sender: Direction, message: Message) {
    let transaction = new(context, sender, message);
    mqtt_event::write(context, &transaction);
}

fn new(context: &mut Context<'_>, sender: Direction, message: Message) -> Transaction {
    Transaction {
        number: context.begin_transaction(),
        start_us: context.moment.received_us,
        sender,
        messages: vec![message],
    }
}
