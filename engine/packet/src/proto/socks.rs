//! SOCKS 4, 4A and 5 (RFC 1928, RFC 1929; "SOCKS: A protocol for TCP proxy across firewalls" and its extension 4A): who has
//! a proxy connect where, and what came of it. What the proxy then carries is recognised anew.
//!
//! Caps: of version 5 those of its format, 255 bytes a name; of version 4 512 bytes a user or a name of a host.

use super::socks_address::{Address, version4, version5};
use super::socks_event;
use super::{Context, Direction, Parser, Probe, Role, Step, Then};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Usual port.
pub const PORTS: &[u16] = &[1080];
/// A client offers no more ways to log in than this before anything else proves it to be one.
const MAX_METHODS: u8 = 8;

/// Commands (RFC 1928, section 4).
const BIND: u8 = 2;
const UDP_ASSOCIATE: u8 = 3;
/// Ways to log in (RFC 1928, section 3).
const GSSAPI: u8 = 1;
const PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;
/// Answers of version 4: granted, and three kinds of no.
const GRANTED: u8 = 0x5a;
const LAST_REFUSAL: u8 = 0x5d;

/// Recognises a greeting of version 5 or a request of version 4 with nothing behind it; and, on the usual port or from the
/// end that answers, the proxy's word.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    match bytes {
        [0] if is_usual => Probe::More,
        // The proxy's word: an answer of version 4; a method of version 5, alone or followed by the answer to a log-in or to a
        // request that did not wait.
        [0, GRANTED..=LAST_REFUSAL, ..]
        | [5, 0 | NONE_ACCEPTABLE]
        | [5, GSSAPI | PASSWORD, 1, ..]
        | [5, 0, 5, ..]
            if is_usual =>
        {
            Probe::Yes(Role::Server)
        }
        [] | [4 | 5] | [5, 1..=MAX_METHODS] => Probe::More,
        [5, count @ 1..=MAX_METHODS, methods @ ..] => {
            let is_known = |method: &u8| matches!(method, 0..=9 | 0x80..=0xfe);
            match methods.len().cmp(&usize::from(*count)) {
                _ if !methods.iter().all(is_known) => Probe::No,
                std::cmp::Ordering::Less => Probe::More,
                std::cmp::Ordering::Equal => Probe::Yes(Role::Client),
                std::cmp::Ordering::Greater => Probe::No,
            }
        }
        [4, 1..=BIND, rest @ ..] => request_of_4(rest),
        _ => Probe::No,
    }
}

/// Port, address, user, and for version 4A a host: printable, each ended by a zero, and nothing more.
fn request_of_4(rest: &[u8]) -> Probe {
    let text = rest.get(6..).unwrap_or_default();
    if matches!(rest, [0, 0, ..]) || text.iter().any(|byte| matches!(byte, 1..=0x1f | 0x7f..)) {
        return Probe::No;
    }
    let mut bytes = Bytes::new(rest);
    match version4(&mut bytes) {
        Some(Ok(_)) if bytes.is_empty() => Probe::Yes(Role::Client),
        Some(_) => Probe::No,
        None => Probe::More,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Socks::default())
}

/// One connection to a proxy, up to what it carries.
#[derive(Default)]
pub struct Socks {
    /// Version, by the client.
    pub version: u8,
    /// The way to log in that the proxy chose.
    pub method: Option<u8>,
    /// Who the client says it is.
    pub user: Vec<u8>,
    /// With what password, where secrets are kept; empty where they are not.
    pub password: Option<Vec<u8>>,
    /// What the client wants done.
    pub command: Option<u8>,
    /// Where.
    pub target: Option<Address>,
    /// What the proxy said to the log-in.
    pub login: Option<u8>,
    /// What it said to the request.
    pub reply: Option<u8>,
    /// The end that it opened for it.
    pub bound: Option<Address>,
    /// When the first byte came.
    pub start_us: Option<u64>,
    /// Who is the client; it need not be the flow's source.
    client: Option<Direction>,
    is_greeted: bool,
    is_told: bool,
}

/// What became of one message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It was read; the next follows.
    Read,
    /// It was the last.
    Last(Then),
    /// It waits until the other end has spoken.
    Early,
    /// It breaks the format.
    Broken,
}

impl Parser for Socks {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.received_us);
        let first = if matches!(bytes, [0, ..] | [5, 0 | NONE_ACCEPTABLE, ..]) {
            direction.other()
        } else {
            direction
        };
        let is_client = *self.client.get_or_insert(first) == direction;
        let shows_secrets = context.shared.settings.capture_secrets;
        let mut rest = Bytes::new(bytes);
        while !rest.is_empty() {
            let mut next = rest;
            let word = if is_client {
                self.ask(&mut next, shows_secrets)
            } else {
                self.answer(&mut next)
            };
            match word {
                Some(Word::Read) => rest = next,
                Some(Word::Last(then)) => {
                    self.tell(context);
                    let consumed = bytes.len() - next.len();
                    return Step { consumed, then };
                }
                Some(Word::Broken) => {
                    context.anomaly(Anomaly::SocksMalformed);
                    return Step::done(bytes.len());
                }
                Some(Word::Early) | None => break,
            }
        }
        Step::more(bytes.len() - rest.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.tell(context);
    }

    fn held(&self) -> usize {
        let password = self.password.as_ref().map_or(0, Vec::capacity);
        let ends = [&self.target, &self.bound];
        let names: usize = ends.into_iter().flatten().map(Address::held).sum();
        self.user.capacity() + password + names
    }
}

impl Socks {
    /// Tells of a proxy that has answered: a question alone proves nothing.
    fn tell(&mut self, context: &mut Context<'_>) {
        if !self.is_told && (self.method.is_some() || self.reply.is_some()) {
            self.is_told = true;
            socks_event::write(context, self);
        }
    }

    /// One message of the client; nothing wants more bytes.
    fn ask(&mut self, bytes: &mut Bytes<'_>, shows_secrets: bool) -> Option<Word> {
        if self.command.is_some() {
            return Some(Word::Early);
        }
        match bytes.u8()? {
            4 if !self.is_greeted => {
                let command = bytes.u8()?;
                let Ok(request) = version4(bytes)? else {
                    return Some(Word::Broken);
                };
                (self.version, self.command) = (4, Some(command));
                (self.target, self.user) = (Some(request.target), request.user);
            }
            5 if !self.is_greeted => {
                let _methods = bytes.vector8()?;
                (self.version, self.is_greeted) = (5, true);
            }
            5 => {
                let [command, _] = bytes.array()?;
                let Ok(target) = version5(bytes)? else {
                    return Some(Word::Broken);
                };
                (self.command, self.target) = (Some(command), Some(target));
            }
            1 if self.is_greeted && self.method == Some(GSSAPI) => {
                return Some(Word::Last(Then::Done));
            }
            1 if self.is_greeted => {
                let (user, password) = (bytes.vector8()?.rest(), bytes.vector8()?.rest());
                self.user = user.to_vec();
                let kept = if shows_secrets { password } else { b"" };
                self.password = Some(kept.to_vec());
            }
            _ => return Some(Word::Broken),
        }
        Some(Word::Read)
    }

    /// One message of the proxy.
    fn answer(&mut self, bytes: &mut Bytes<'_>) -> Option<Word> {
        match (bytes.u8()?, self.method) {
            (0, None) if self.version != 5 => {
                let (reply, port) = (bytes.u8()?, bytes.u16()?);
                let bound = Address::version4(bytes.array()?, port);
                self.version = 4;
                Some(self.replied(reply, Some(bound), reply == GRANTED))
            }
            (5, None) => {
                let method = bytes.u8()?;
                (self.version, self.method) = (5, Some(method));
                let is_over = matches!(method, GSSAPI | NONE_ACCEPTABLE);
                Some(if is_over {
                    Word::Last(Then::Done)
                } else {
                    Word::Read
                })
            }
            (1, Some(PASSWORD)) if self.login.is_none() => {
                let status = bytes.u8()?;
                self.login = Some(status);
                Some(if status == 0 {
                    Word::Read
                } else {
                    Word::Last(Then::Done)
                })
            }
            (5, Some(_)) => {
                let reply = bytes.u8()?;
                if reply != 0 {
                    return Some(self.replied(reply, None, false));
                }
                bytes.skip(1)?;
                match version5(bytes)? {
                    Ok(bound) => Some(self.replied(reply, Some(bound), true)),
                    Err(_) => Some(Word::Broken),
                }
            }
            _ => Some(Word::Broken),
        }
    }

    /// What follows an answer: of a port that waits for a connection there is a second one.
    fn replied(&mut self, reply: u8, bound: Option<Address>, is_granted: bool) -> Word {
        let is_first = self.reply.replace(reply).is_none();
        self.bound = bound.or(self.bound.take());
        match self.command {
            _ if !is_granted => Word::Last(Then::Done),
            Some(BIND) if is_first => Word::Read,
            Some(UDP_ASSOCIATE) if self.version == 5 => Word::Last(Then::Done),
            _ => Word::Last(Then::Recognise),
        }
    }

    /// How it ended, as far as it did.
    #[must_use]
    pub fn is_success(&self) -> Option<bool> {
        let is_refused =
            self.method == Some(NONE_ACCEPTABLE) || self.login.is_some_and(|one| one != 0);
        match (self.version, self.reply) {
            _ if is_refused => Some(false),
            (4, Some(reply)) => Some(reply == GRANTED),
            (_, reply) => reply.map(|reply| reply == 0),
        }
    }
}

#[cfg(test)]
#[path = "socks/tests.rs"]
mod tests;
