//! SSH 2 (RFC 4253): banners, algorithms, HASSH both ways, host key, log-in outcome by the lengths of what is encrypted.
//!
//! Caps: a banner line 255 bytes (64 lines before it), a packet in the open 64 KiB.

use md5::{Digest, Md5};
use memchr::memchr;
use sha2::Sha256;

use super::ssh_event;
use super::{Context, Direction, Parser, Probe, Role, Step};
use crate::anomaly::Anomaly;
use crate::bytes::{Bytes, count};
use crate::emit::text::append_hex;

/// Usual port.
pub const PORTS: &[u16] = &[22];
/// Longest banner line; the RFC says 255, devices say more.
const MAX_LINE: usize = 1_024;
/// Lines a server may send before its banner.
const MAX_LINES: u32 = 64;
/// Longest packet in the open.
const MAX_PACKET: usize = 64 << 10;
/// A refusal is at most this much longer than the acceptance of the service: longer answers are something else.
const REFUSAL_SLACK: u64 = 48;
/// The packet that says "logged in" is this much shorter than the acceptance, under every cipher in use.
const SUCCESS_BELOW_ACCEPT: u64 = 16;

const KEX_INIT: u8 = 20;
const NEW_KEYS: u8 = 21;
const KEX_REPLY: u8 = 31;
const GROUP_REPLY: u8 = 33;

/// Recognises a banner.
#[must_use]
pub fn probe(bytes: &[u8], _: bool) -> Probe {
    let start = b"SSH-";
    let known = bytes.get(..start.len()).unwrap_or(bytes);
    match (start.starts_with(known), known.len() == start.len()) {
        (true, true) => Probe::Yes(Role::Either),
        (true, false) => Probe::More,
        _ => Probe::No,
    }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Ssh::default())
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Banner,
    Packets,
    Encrypted,
}

/// What an end offers, in its order.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    lists: [Vec<u8>; 8],
}

impl Offer {
    /// The `place`-th list of names.
    #[must_use]
    pub fn list(&self, place: usize) -> &[u8] {
        self.lists.get(place).map_or(b"", |list| list)
    }

    fn read(mut body: Bytes<'_>) -> Option<Self> {
        body.skip(16)?;
        let mut offer = Self::default();
        for list in &mut offer.lists {
            *list = string(&mut body)?.to_vec();
        }
        Some(offer)
    }

    /// HASSH (Salesforce; BSD-3) of the lists for one way.
    #[must_use]
    pub fn hassh(&self, direction: Direction) -> (Vec<u8>, Vec<u8>) {
        let way = direction.index();
        let text = [
            self.list(0),
            self.list(2 + way),
            self.list(4 + way),
            self.list(6 + way),
        ]
        .join(&b';');
        (hex(&Md5::digest(&text)), text)
    }
}

/// One end.
#[derive(Default)]
pub struct End {
    place: Place,
    lines: u32,
    /// The line that begins with `SSH-`, without its end.
    pub banner: Vec<u8>,
    /// Its algorithms.
    pub offer: Option<Offer>,
}

/// Lengths of encrypted answers, and what they tell (the way of Zeek's authors, for what a passive reader sees).
#[derive(Debug, Default)]
struct Login {
    has_client_spoken: bool,
    answer: u64,
    accept: Option<u64>,
    refusal: Option<u64>,
    answers: u32,
    attempts: u64,
    has_succeeded: bool,
}

/// One connection.
#[derive(Default)]
pub struct Ssh {
    /// Client and server.
    pub ends: [End; 2],
    /// SHA-256 of the host key, in hexadecimal.
    pub host_key: Vec<u8>,
    login: Login,
    start_us: Option<u64>,
    is_told: bool,
}

impl Parser for Ssh {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.time_us);
        let mut consumed = 0;
        while let Some(rest) = bytes.get(consumed..).filter(|rest| !rest.is_empty()) {
            let used = match self.end_of(direction).place {
                Place::Banner => self.banner(direction, rest),
                Place::Packets => self.packet(direction, rest),
                Place::Encrypted => {
                    self.login.see(direction, count(rest.len()));
                    Used::Some(rest.len())
                }
            };
            match used {
                Used::Some(used) => consumed += used,
                Used::More => break,
                Used::Broken => {
                    context.anomaly(Anomaly::SshMalformed);
                    return Step::done(bytes.len());
                }
            }
        }
        if self.login.has_succeeded {
            return Step::done(bytes.len());
        }
        Step::more(consumed)
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        // In the open no boundary can be found again; encrypted bytes are only counted anyway.
        if self.end_of(direction).place == Place::Encrypted {
            self.login.see(direction, length);
            return true;
        }
        false
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.login.settle();
        if !self.is_told && self.ends.iter().any(|end| !end.banner.is_empty()) {
            self.is_told = true;
            ssh_event::write(context, self, self.start_us);
        }
    }

    fn held(&self) -> usize {
        let offers = self.ends.iter().filter_map(|end| end.offer.as_ref());
        offers
            .flat_map(|offer| &offer.lists)
            .fold(self.host_key.len(), |sum, list| sum + list.len())
    }
}

enum Used {
    Some(usize),
    More,
    Broken,
}

impl Ssh {
    /// Whether somebody logged in; `None` when it cannot be told.
    #[must_use]
    pub fn has_logged_in(&self) -> Option<bool> {
        match (self.login.has_succeeded, self.login.attempts) {
            (true, _) => Some(true),
            (false, 1..) => Some(false),
            (false, 0) => None,
        }
    }

    /// Refused log-ins, and the one that was not.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.login
            .attempts
            .saturating_add(u64::from(self.login.has_succeeded))
    }

    /// The algorithm of a kind that both ends know and the client prefers.
    #[must_use]
    pub fn agreed(&self, place: usize) -> &[u8] {
        let [client, server] = &self.ends;
        let (Some(client), Some(server)) = (&client.offer, &server.offer) else {
            return b"";
        };
        let mut names = client.list(place).split(|byte| *byte == b',');
        names
            .find(|name| {
                server
                    .list(place)
                    .split(|byte| *byte == b',')
                    .any(|other| other == *name)
            })
            .unwrap_or_default()
    }

    fn end_of(&mut self, direction: Direction) -> &mut End {
        let [source, destination] = &mut self.ends;
        if direction == Direction::FromSource {
            source
        } else {
            destination
        }
    }

    fn banner(&mut self, direction: Direction, bytes: &[u8]) -> Used {
        let end = self.end_of(direction);
        let Some(newline) = memchr(b'\n', bytes.get(..MAX_LINE).unwrap_or(bytes)) else {
            return if bytes.len() >= MAX_LINE {
                Used::Broken
            } else {
                Used::More
            };
        };
        let line = super::http_head::line(bytes.get(..newline).unwrap_or_default());
        end.lines += 1;
        if line.starts_with(b"SSH-") {
            end.banner = line.to_vec();
            // SSH 1 goes on otherwise; its banner is all that is told.
            let is_second = line.starts_with(b"SSH-2.") || line.starts_with(b"SSH-1.99");
            end.place = if is_second {
                Place::Packets
            } else {
                Place::Encrypted
            };
        } else if end.lines > MAX_LINES {
            return Used::Broken;
        }
        Used::Some(newline + 1)
    }

    fn packet(&mut self, direction: Direction, bytes: &[u8]) -> Used {
        let mut packet = Bytes::new(bytes);
        let (Some(length), Some(padding)) = (packet.u32(), packet.u8()) else {
            return Used::More;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let padding = usize::from(padding);
        if !(2..=MAX_PACKET).contains(&length) || padding + 1 >= length {
            return Used::Broken;
        }
        let Some(body) = packet.take(length - 1) else {
            return Used::More;
        };
        let payload = body.get(..length - 1 - padding).unwrap_or_default();
        if self.message(direction, payload).is_none() {
            Used::Broken
        } else {
            Used::Some(4 + length)
        }
    }

    fn message(&mut self, direction: Direction, payload: &[u8]) -> Option<()> {
        let mut body = Bytes::new(payload);
        match body.u8()? {
            KEX_INIT => self.end_of(direction).offer = Some(Offer::read(body)?),
            NEW_KEYS => self.end_of(direction).place = Place::Encrypted,
            KEX_REPLY | GROUP_REPLY if direction == Direction::FromDestination => {
                self.host_key(body);
            }
            _ => {}
        }
        Some(())
    }

    /// The host key stands first in the reply; a group's prime, in another message of the same number, has no name.
    fn host_key(&mut self, mut body: Bytes<'_>) {
        let Some(key) = string(&mut body) else { return };
        let name = string(&mut Bytes::new(key)).unwrap_or_default();
        if !name.is_empty()
            && name.len() < 64
            && name.iter().all(|byte| matches!(byte, 0x21..=0x7e))
        {
            self.host_key = hex(&Sha256::digest(key));
        }
    }
}

impl Login {
    /// Bytes of one end; what the server says between two words of the client is one answer.
    fn see(&mut self, direction: Direction, length: u64) {
        match direction {
            Direction::FromSource => {
                self.settle();
                self.has_client_spoken = true;
            }
            // Before the client asks for anything the server may announce extensions (RFC 8308).
            Direction::FromDestination if self.has_client_spoken && self.answer == 0 => {
                self.answer = length;
            }
            Direction::FromDestination => {}
        }
    }

    fn settle(&mut self) {
        let answer = std::mem::take(&mut self.answer);
        if answer == 0 || self.has_succeeded {
            return;
        }
        let Some(accept) = self.accept else {
            self.accept = Some(answer);
            return;
        };
        self.answers += 1;
        if answer + SUCCESS_BELOW_ACCEPT == accept {
            self.has_succeeded = true;
        } else if self.refusal == Some(answer) {
            self.attempts += 1;
        } else if self.refusal.is_none() && answer <= accept + REFUSAL_SLACK {
            self.refusal = Some(answer);
            // The first answer is to the question which methods there are.
            self.attempts += u64::from(self.answers > 1);
        }
    }
}

fn string<'a>(bytes: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = usize::try_from(bytes.u32()?).ok()?;
    bytes.take(length)
}

fn hex(digest: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    append_hex(&mut text, digest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(lengths: &[(Direction, u64)]) -> (bool, u64) {
        let mut login = Login::default();
        for (direction, length) in lengths {
            login.see(*direction, *length);
        }
        login.settle();
        (login.has_succeeded, login.attempts)
    }

    const CLIENT: Direction = Direction::FromSource;
    const SERVER: Direction = Direction::FromDestination;

    // Lengths under chacha20-poly1305: service accept 44, refusal 60, success 28.
    #[test]
    fn two_refusals_and_a_success_are_told_apart_by_length() {
        let talk = [
            (SERVER, 200),
            (CLIENT, 44),
            (SERVER, 44),
            (CLIENT, 60),
            (SERVER, 60),
            (CLIENT, 148),
            (SERVER, 60),
            (CLIENT, 148),
            (SERVER, 60),
            (CLIENT, 148),
            (SERVER, 28),
        ];
        assert_eq!(login(&talk), (true, 2));
        assert_eq!(login(&talk[..9]), (false, 2));
        assert_eq!(login(&talk[..5]), (false, 0));
    }

    #[test]
    fn hassh_joins_the_lists_of_its_way() {
        let offer = Offer {
            lists: ["kex", "key", "ec", "es", "mc", "ms", "cc", "cs"]
                .map(|text| text.as_bytes().to_vec()),
        };
        assert_eq!(offer.hassh(CLIENT).1, b"kex;ec;mc;cc");
        assert_eq!(offer.hassh(SERVER).1, b"kex;es;ms;cs");
    }
}
