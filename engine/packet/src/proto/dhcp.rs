//! DHCP for IPv4 (RFC 2131, 2132; long options RFC 3396; relay agents RFC 3046).
//!
//! Emits `dhcp-discover`, `-offer`, `-request`, `-decline`, `-ack`, `-nak`, `-release`, `-inform` and the rarer ones, and
//! `bootp-request`, `bootp-reply` for messages without a type. Caps: 256 options a message, 8 open requests a flow, lists
//! of 32.

use super::dhcp_event;
use super::dhcp_message::Message;
use super::unanswered::{Asked, Unanswered};
use super::{Context, Direction, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::emit::head::{Dataset, Event, Related};

/// The ports of server and client.
pub const PORTS: &[u16] = &[67, 68];
/// Requests without an answer that one flow remembers.
const MAX_OPEN: usize = 8;

/// Whether a datagram is DHCP: its fixed header ends in a cookie that nothing else has there.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    match Message::read(data) {
        Some(message) if message.has_cookie || is_usual_port && message.is_plain() => {
            Probe::Yes(if message.is_reply() {
                Role::Server
            } else {
                Role::Client
            })
        }
        _ => Probe::No,
    }
}

/// State for datagrams.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Dhcp::default())
}

/// One flow's requests.
#[derive(Default)]
struct Dhcp {
    open: Unanswered<Asked<u32>, MAX_OPEN>,
}

impl Parser for Dhcp {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        match Message::read(bytes) {
            Some(message) => self.report(context, direction, &message),
            None => context.anomaly(Anomaly::DhcpMalformed),
        }
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, _: &mut Context<'_>) {}

    fn held(&self) -> usize {
        self.open.held()
    }
}

impl Dhcp {
    fn report(&mut self, context: &mut Context<'_>, direction: Direction, message: &Message<'_>) {
        let is_reply = message.is_reply();
        let is_reversed = is_reply == (direction == Direction::FromSource);
        let mut event = Event::new(
            Dataset::Dhcp,
            message.action(),
            context.moment.time_us,
            context.moment.packet,
        );
        // The client is the originator, unless what was seen first says otherwise.
        event.macs = if is_reversed {
            [None, message.mac()]
        } else {
            [message.mac(), None]
        };
        if is_reply {
            event.success = Some(message.kind() != Some(6));
            if let Some(asked) = self.open.take(|asked| asked.key == message.id) {
                asked.answered(&mut event, context.moment.received_us);
            }
        } else {
            event.transaction = Some(self.ask(context, message.id));
        }
        let name = message.options.get(12);
        let hosts = [dhcp_event::text(&name)];
        let addresses = dhcp_event::addresses(message);
        event.related = Related {
            addresses: &addresses,
            hosts: &hosts,
            ..Related::default()
        };
        context.emit(
            &event,
            |line| dhcp_event::write(line, message),
            |line| {
                if is_reversed {
                    let mark = line.open("dhcp");
                    line.flag("reversed", true);
                    line.close(mark);
                }
            },
        );
        if !message.has_cookie {
            context.anomaly(Anomaly::DhcpCookieMissing);
        }
        if message.options.is_broken {
            context.anomaly(Anomaly::DhcpOptionInvalid);
        }
        if message.options.is_cut {
            context.limit("dhcp_options");
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, id: u32) -> u64 {
        let asked = Asked::now(context, id);
        if self.open.push(asked).is_some() {
            context.limit("dhcp_open_requests");
        }
        asked.transaction
    }
}
