//! SSH 2 (RFC 4253): banners, algorithms, HASSH both ways, host key, log-in outcome by the lengths of what is encrypted.
//!
//! Caps: a banner line 255 bytes (64 lines before it), a packet in the open 64 KiB.

use std::collections::BTreeSet;

use md5::{Digest, Md5};
use memchr::memchr;
use sha2::Sha256;

use super::ssh_event;
use super::ssh_login::Login;
use super::{Context, Direction, Pair, Parser, Probe, Role, Step};
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

/// One connection.
#[derive(Default)]
pub struct Ssh {
    /// Client and server.
    pub ends: Pair<End>,
    /// SHA-256 of the host key as `ssh-keygen` prints it.
    pub host_key: Vec<u8>,
    login: Login,
    start_us: Option<u64>,
    is_told: bool,
}

impl Parser for Ssh {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.received_us);
        let mut consumed = 0;
        while let Some(rest) = bytes.get(consumed..).filter(|rest| !rest.is_empty()) {
            let used = match self.ends.of_mut(direction).place {
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
        if self.login.outcome() == Some(true) {
            return Step::done(bytes.len());
        }
        Step::more(consumed)
    }

    fn gap(&mut self, _: &mut Context<'_>, direction: Direction, length: u64) -> bool {
        // In the open no boundary can be found again; encrypted bytes are only counted anyway.
        if self.ends.of_mut(direction).place == Place::Encrypted {
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
        self.login.outcome()
    }

    /// Refused log-ins, and the one that was not.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.login.attempts()
    }

    /// The algorithm of a kind that both ends know and the client prefers.
    #[must_use]
    pub fn agreed(&self, place: usize) -> &[u8] {
        let Pair {
            source: client,
            destination: server,
        } = &self.ends;
        let (Some(client), Some(server)) = (&client.offer, &server.offer) else {
            return b"";
        };
        // Both lists may hold thousands of names: no pairwise search.
        let known: BTreeSet<&[u8]> = server.list(place).split(|byte| *byte == b',').collect();
        client
            .list(place)
            .split(|byte| *byte == b',')
            .find(|name| known.contains(name))
            .unwrap_or_default()
    }

    fn banner(&mut self, direction: Direction, bytes: &[u8]) -> Used {
        let end = self.ends.of_mut(direction);
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
            // Some devices fill their line with zeros.
            let length = memchr(0, line).unwrap_or(line.len());
            end.banner = line.get(..length).unwrap_or(line).trim_ascii_end().to_vec();
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
            KEX_INIT => {
                let offer = Offer::read(body)?;
                // A second one in the open would be an end that forgot its first.
                self.ends.of_mut(direction).offer.get_or_insert(offer);
            }
            NEW_KEYS => self.ends.of_mut(direction).place = Place::Encrypted,
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
            self.host_key = fingerprint(&Sha256::digest(key));
        }
    }
}

fn string<'a>(bytes: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = usize::try_from(bytes.u32()?).ok()?;
    bytes.take(length)
}

/// `SHA256:` and the digest in base64 (RFC 4648) without padding.
fn fingerprint(digest: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = b"SHA256:".to_vec();
    for group in digest.chunks(3) {
        let bits = group
            .iter()
            .chain([0; 3].iter())
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for place in 0..=group.len() {
            let letter = LETTERS.get((bits >> (18 - 6 * place)) & 63);
            text.push(letter.copied().unwrap_or(b'='));
        }
    }
    text
}

fn hex(digest: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    append_hex(&mut text, digest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4648, section 10, and what `ssh-keygen -lf` makes of no key at all.
    #[test]
    fn fingerprints_are_those_of_ssh_keygen() {
        assert_eq!(fingerprint(b"foobar"), b"SHA256:Zm9vYmFy");
        assert_eq!(fingerprint(b"fooba"), b"SHA256:Zm9vYmE");
        assert_eq!(fingerprint(b"foob"), b"SHA256:Zm9vYg");
    }

    #[test]
    fn hassh_joins_the_lists_of_its_way() {
        let offer = Offer {
            lists: ["kex", "key", "ec", "es", "mc", "ms", "cc", "cs"]
                .map(|text| text.as_bytes().to_vec()),
        };
        assert_eq!(offer.hassh(Direction::FromSource).1, b"kex;ec;mc;cc");
        assert_eq!(offer.hassh(Direction::FromDestination).1, b"kex;es;ms;cs");
    }
}
