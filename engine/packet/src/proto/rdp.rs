//! Remote Desktop (MS-RDPBCGR, sections 2.2.1.1 to 2.2.1.4): the negotiation, the client's data, the server's certificate;
//! then TLS, or an end of what can be read.
//!
//! Caps: a PDU 64 KiB by its format; those of `rdp_data`.

use super::rdp_data::{Client, Server, client_blocks, server_blocks};
use super::rdp_event;
use super::{Context, Direction, Parser, Probe, Protocol, Role, Step, Then};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Usual port.
pub const PORTS: &[u16] = &[3389];
/// `mstshash` of a cookie; the standard says nine characters, others send more.
const MAX_COOKIE: usize = 512;

const CONNECTION_REQUEST: u8 = 0xe0;
const CONNECTION_CONFIRM: u8 = 0xd0;
const DATA: u8 = 0xf0;
const NEGOTIATION_REQUEST: u8 = 1;
const NEGOTIATION_RESPONSE: u8 = 2;
const NEGOTIATION_FAILURE: u8 = 3;

/// Recognises an X.224 connection request or confirm with what only Remote Desktop puts into it.
#[must_use]
pub fn probe(bytes: &[u8], is_usual: bool) -> Probe {
    let role = match bytes {
        [] | [3] | [3, 0] | [3, 0, _] | [3, 0, _, _] | [3, 0, 0, _, _] => return Probe::More,
        [3, 0, 0, 11..=255, _, CONNECTION_REQUEST, ..] => Role::Client,
        [3, 0, 0, 11..=255, _, CONNECTION_CONFIRM, ..] => Role::Server,
        _ => return Probe::No,
    };
    let length = usize::from(bytes.get(3).copied().unwrap_or(0));
    if bytes.get(4).map(|indicator| usize::from(*indicator) + 5) != Some(length) {
        return Probe::No;
    }
    let Some(rest) = bytes.get(11..length) else {
        return Probe::More;
    };
    let is_own = match rest {
        [] => is_usual,
        [
            NEGOTIATION_REQUEST | NEGOTIATION_RESPONSE | NEGOTIATION_FAILURE,
            _,
            8,
            0,
            ..,
        ] => true,
        rest => rest.starts_with(b"Cookie: "),
    };
    if is_own { Probe::Yes(role) } else { Probe::No }
}

/// A new state.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Rdp::default())
}

/// One connection.
#[derive(Default)]
pub struct Rdp {
    /// Who the client says it is.
    pub cookie: Vec<u8>,
    /// Whether there was a cookie at all, if only an empty one.
    pub has_request: bool,
    /// Protocols that the client can do, as bits.
    pub requested: Option<u32>,
    /// What the server chose.
    pub selected: Option<u32>,
    /// Why the server refused.
    pub failure: Option<u32>,
    /// What the client tells of itself.
    pub client: Option<Client>,
    /// What the server tells of the encryption.
    pub server: Option<Server>,
    /// Result of the connection.
    pub result: Option<u8>,
    start_us: Option<u64>,
    is_told: bool,
}

impl Parser for Rdp {
    fn data(&mut self, context: &mut Context<'_>, direction: Direction, bytes: &[u8]) -> Step {
        self.start_us.get_or_insert(context.moment.received_us);
        let mut rest = Bytes::new(bytes);
        loop {
            let mut next = rest;
            let Some([3, 0]) = next.array::<2>() else {
                // Input and output take a shorter form when all is set up.
                return if rest.len() < 2 {
                    Step::more(bytes.len() - rest.len())
                } else {
                    Step::done(bytes.len())
                };
            };
            let Some(length) = next.u16() else {
                return Step::more(bytes.len() - rest.len());
            };
            let Some(body_length) = usize::from(length).checked_sub(4) else {
                context.anomaly(Anomaly::RdpMalformed);
                return Step::done(bytes.len());
            };
            let Some(body) = next.take(body_length) else {
                return Step::more(bytes.len() - rest.len());
            };
            rest = next;
            let then = self.pdu(direction, Bytes::new(body));
            let Some(then) = then else {
                context.anomaly(Anomaly::RdpMalformed);
                return Step::done(bytes.len());
            };
            if then != Then::More {
                let consumed = bytes.len() - rest.len();
                return Step { consumed, then };
            }
        }
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, context: &mut Context<'_>) {
        if !self.is_told && (self.has_request || self.selected.is_some() || self.client.is_some()) {
            self.is_told = true;
            rdp_event::write(context, self, self.start_us);
        }
    }

    fn held(&self) -> usize {
        let client = self.client.as_ref().map_or(0, Client::held);
        let server = self.server.as_ref().map_or(0, Server::held);
        self.cookie.capacity() + client + server
    }
}

impl Rdp {
    /// One PDU of X.224; how to go on after it.
    fn pdu(&mut self, direction: Direction, mut body: Bytes<'_>) -> Option<Then> {
        let indicator = usize::from(body.u8()?);
        match (body.u8()?, direction) {
            (CONNECTION_REQUEST, Direction::FromSource) => {
                body.skip(5)?;
                self.request(body);
                Some(Then::More)
            }
            (CONNECTION_CONFIRM, Direction::FromDestination) => {
                body.skip(5)?;
                Some(self.confirm(body))
            }
            (DATA, _) => {
                body.skip(indicator.checked_sub(1)?)?;
                Some(self.connect(direction, body))
            }
            _ => Some(Then::Done),
        }
    }

    fn request(&mut self, body: Bytes<'_>) {
        self.has_request = true;
        let mut rest = body.rest();
        if rest.starts_with(b"Cookie: ") {
            let end = memchr::memmem::find(rest, b"\r\n").unwrap_or(rest.len());
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, b""));
            if let Some(name) = line.strip_prefix(b"Cookie: mstshash=") {
                self.cookie = name.get(..MAX_COOKIE).unwrap_or(name).to_vec();
            }
            rest = after.get(2..).unwrap_or_default();
        }
        if let &[NEGOTIATION_REQUEST, _, 8, 0, a, b, c, d, ..] = rest {
            self.requested = Some(u32::from_le_bytes([a, b, c, d]));
        }
    }

    fn confirm(&mut self, body: Bytes<'_>) -> Then {
        match *body.rest() {
            [NEGOTIATION_RESPONSE, _, 8, 0, a, b, c, d, ..] => {
                let selected = u32::from_le_bytes([a, b, c, d]);
                self.selected = Some(selected);
                // Everything but the old protection runs under TLS from here on.
                if selected == 0 {
                    Then::More
                } else {
                    Then::Switch(Protocol::Tls)
                }
            }
            [NEGOTIATION_FAILURE, _, 8, 0, a, b, c, d, ..] => {
                self.failure = Some(u32::from_le_bytes([a, b, c, d]));
                Then::Done
            }
            _ => {
                self.selected = Some(0);
                Then::More
            }
        }
    }

    /// The connection requests of T.125, in BER: the client's data, and the server's.
    fn connect(&mut self, direction: Direction, body: Bytes<'_>) -> Then {
        let bytes = body.rest();
        match (direction, bytes) {
            (Direction::FromSource, [0x7f, 0x65, ..]) => {
                self.client = client_blocks(bytes);
                Then::More
            }
            (Direction::FromDestination, [0x7f, 0x66, ..]) => {
                let found = server_blocks(bytes);
                self.result = found.as_ref().map(|(result, _)| *result);
                self.server = found.map(|(_, server)| server);
                Then::Done
            }
            // Without a request that was seen, nothing is to be waited for.
            _ if self.client.is_none() => Then::Done,
            _ => Then::More,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(parameters: &[u8]) -> Vec<u8> {
        let length = u8::try_from(11 + parameters.len()).unwrap();
        let mut bytes = vec![3, 0, 0, length, length - 5, 0xe0, 0, 0, 0, 0, 0];
        bytes.extend(parameters);
        bytes
    }

    #[test]
    fn only_the_parameters_of_remote_desktop_are_recognised() {
        let own = request(b"Cookie: mstshash=me\r\n\x01\0\x08\0\x03\0\0\0");
        assert_eq!(probe(&own, false), Probe::Yes(Role::Client));
        assert_eq!(probe(&own[..20], false), Probe::More);
        assert_eq!(probe(&request(b""), false), Probe::No);
        assert_eq!(probe(&request(b""), true), Probe::Yes(Role::Client));
        // S7 asks for the same service with other parameters.
        assert_eq!(probe(&request(&[0xc1, 2, 1, 0]), true), Probe::No);
    }

    #[test]
    fn a_request_tells_who_and_which_protocols_and_tls_follows() {
        let mut rdp = Rdp::default();
        let bytes = request(b"Cookie: mstshash=me\r\n\x01\0\x08\0\x0b\0\0\0");
        let then = rdp.pdu(Direction::FromSource, Bytes::new(&bytes[4..]));
        assert_eq!(then, Some(Then::More));
        assert_eq!((&rdp.cookie[..], rdp.requested), (&b"me"[..], Some(11)));
        let confirm = [14, 0xd0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 8, 0, 0, 0];
        let then = rdp.pdu(Direction::FromDestination, Bytes::new(&confirm));
        assert_eq!(then, Some(Then::Switch(Protocol::Tls)));
        let refusal = [14, 0xd0, 0, 0, 0, 0, 0, 3, 0, 8, 0, 5, 0, 0, 0];
        let then = rdp.pdu(Direction::FromDestination, Bytes::new(&refusal));
        assert_eq!((then, rdp.failure), (Some(Then::Done), Some(5)));
        assert_eq!(rdp.pdu(Direction::FromSource, Bytes::new(&[0, 0xf0])), None);
    }
}
