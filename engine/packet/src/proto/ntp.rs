//! NTP (RFC 5905; extension fields RFC 7822), its control messages (RFC 9327) and the private mode 7 of ntpd.
//!
//! Emits `ntp-request`, `ntp-response`, `ntp-broadcast`, `ntp-control`, `ntp-private`. Caps: 8 open requests a flow,
//! 1,024 bytes of control data, 64 extension fields.

use super::ntp_event;
use super::ntp_message::{Body, Message};
use super::unanswered::{Asked, Unanswered};
use super::{Context, Direction, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::emit::head::{Dataset, Event};

/// The port of NTP.
pub const PORTS: &[u16] = &[123];
/// Requests without an answer that one flow remembers.
const MAX_OPEN: usize = 8;
/// Seconds from 1900 to 2000: no server is older.
const YEAR_2000: u64 = 3_155_673_600;

/// Whether a datagram is NTP. Away from its port only plain client and server messages are believed.
#[must_use]
pub fn probe(data: &[u8], is_usual_port: bool) -> Probe {
    let Some(message) = Message::read(data) else {
        return Probe::No;
    };
    if !is_usual_port && !is_plain(&message, data.len()) {
        return Probe::No;
    }
    Probe::Yes(match message.body {
        Body::Time(_) if message.mode == 5 => Role::Either,
        _ if message.is_response() => Role::Server,
        _ => Role::Client,
    })
}

/// Header values that other protocols do not have by chance.
fn is_plain(message: &Message<'_>, length: usize) -> bool {
    let Body::Time(time) = &message.body else {
        return false;
    };
    matches!(message.version, 3 | 4)
        && matches!(message.mode, 3 | 4)
        && matches!(length, 48 | 68 | 72)
        && time.stratum <= 16
        && (0..=17).contains(&time.poll)
        && (-32..=0).contains(&time.precision)
        && (time.root_delay | time.root_dispersion) >> 16 <= 16
        && time.transmit >> 32 >= YEAR_2000
}

/// State for datagrams.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Ntp::default())
}

/// One flow's requests.
#[derive(Default)]
struct Ntp {
    /// What answers repeat: the transmit time, or the number of a control message.
    open: Unanswered<Asked<u64>, MAX_OPEN>,
}

impl Parser for Ntp {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        match Message::read(bytes) {
            Some(message) => self.report(context, direction, &message),
            None => context.anomaly(Anomaly::NtpMalformed),
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

impl Ntp {
    fn report(&mut self, context: &mut Context<'_>, direction: Direction, message: &Message<'_>) {
        let is_response = message.is_response();
        let mut event = Event::new(
            Dataset::Ntp,
            message.action(),
            context.moment.time_us,
            context.moment.packet,
        );
        if is_response {
            event.success = Some(!message.is_refusal());
            if let Some(asked) = self.open.take(|asked| asked.key == message.key()) {
                asked.answered(&mut event, context.moment.received_us);
            }
        } else {
            event.transaction = Some(self.ask(context, message));
        }
        let is_reversed = is_response == (direction == Direction::FromSource);
        context.emit(
            &event,
            |line| ntp_event::write(line, message),
            |line| {
                if is_reversed {
                    let mark = line.open("ntp");
                    line.flag("reversed", true);
                    line.close(mark);
                }
            },
        );
        if message.is_cut() {
            context.limit("ntp_data");
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, message: &Message<'_>) -> u64 {
        let asked = Asked::now(context, message.key());
        // A broadcast has no answer.
        if message.mode != 5 && self.open.push(asked).is_some() {
            context.limit("ntp_open_requests");
        }
        asked.transaction
    }
}
