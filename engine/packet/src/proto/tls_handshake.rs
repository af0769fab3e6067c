//! What the open part of a handshake tells, whatever carries it: TLS, DTLS or QUIC (RFC 8446, section 4).
//!
//! Caps: 16 certificates a chain, 64 letters of history.

use super::tls_fingerprint::Carrier;
use super::tls_hello::{ClientHello, NameFault, ServerHello};
use super::x509::Certificate;
use super::{Context, Direction};
use crate::anomaly::Anomaly;
use crate::bytes::Bytes;

/// Certificates of a chain that are told.
const MAX_CHAIN: usize = 16;
/// Letters of history that are kept.
const MAX_HISTORY: usize = 64;
/// `close_notify` (RFC 8446, section 6.1): an end, not a failure.
const CLOSE_NOTIFY: u8 = 0;

/// Handshake types (IANA, TLS `HandshakeType`).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HELLO_RETRY: u8 = 6;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;

/// Certificates of one end, its own first.
#[derive(Debug, Default)]
pub struct Chain {
    /// As many as are told.
    pub certificates: Vec<Certificate>,
    /// Whether there were more.
    pub has_more: bool,
}

/// A handshake so far.
#[derive(Debug, Default)]
pub struct Handshake {
    /// What carries it.
    pub carrier: Carrier,
    /// The client's first hello.
    pub client: Option<ClientHello>,
    /// The server's hello.
    pub server: Option<ServerHello>,
    /// Group of the server's key exchange (TLS 1.2 and before).
    pub group: Option<u16>,
    /// The last alert in the open that is not a plain end.
    pub alert: Option<u8>,
    /// One letter a message, as in Zeek's logs: upper case from the client.
    pub history: Vec<u8>,
    /// Certificates of client and server.
    pub chains: [Chain; 2],
    /// Whether both ends went on to encrypted data; `None` when it could not be seen.
    pub is_established: Option<bool>,
    /// Whether the flow's destination is the client of the handshake.
    is_reversed: bool,
}

impl Handshake {
    /// A handshake carried so.
    #[must_use]
    pub fn over(carrier: Carrier) -> Self {
        Self {
            carrier,
            is_established: Some(false),
            ..Self::default()
        }
    }

    /// Whether this end is the client of the handshake.
    #[must_use]
    pub fn is_client(&self, direction: Direction) -> bool {
        (direction == Direction::FromSource) != self.is_reversed
    }

    /// The chain of an end: the client's, or the server's.
    #[must_use]
    pub fn chain(&self, is_client: bool) -> &Chain {
        let [client, server] = &self.chains;
        if is_client { client } else { server }
    }

    /// Whether TLS 1.3 was agreed on: from the server's hello on all is encrypted.
    #[must_use]
    pub fn is_version_13(&self) -> bool {
        self.server.as_ref().is_some_and(ServerHello::is_version_13)
    }

    /// Whether something is known that is worth an event.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.client.is_some() || self.server.is_some()
    }

    /// Whether the session was taken up again.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        let Some(server) = &self.server else {
            return false;
        };
        if server.is_version_13() {
            return server.has_pre_shared_key;
        }
        // A server that takes up a session says nothing between its hello and the change of cipher.
        let is_short = self.chain(false).certificates.is_empty() && self.group.is_none();
        let is_whole = matches!(
            self.history
                .iter()
                .skip_while(|letter| **letter != b's')
                .nth(1),
            Some(b'i' | b't')
        );
        is_short && is_whole
    }

    /// Bytes that it keeps, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        let chains = self.chains.iter().flat_map(|chain| &chain.certificates);
        let client = self.client.as_ref().map_or(0, ClientHello::held);
        let server = self.server.as_ref().map_or(0, ServerHello::held);
        chains.map(Certificate::held).sum::<usize>() + client + server + self.history.capacity()
    }

    /// Notes a message or record in the history.
    pub fn note(&mut self, direction: Direction, letter: u8) {
        if self.history.len() < MAX_HISTORY {
            self.history.push(if self.is_client(direction) {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
        }
    }

    /// An alert in the open; true when it ends the handshake.
    pub fn alert(&mut self, direction: Direction, level: u8, description: u8) -> bool {
        self.note(direction, b'l');
        if description != CLOSE_NOTIFY {
            self.alert = Some(description);
        }
        level == 2
    }

    /// Takes one message of the handshake.
    pub fn message(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        kind: u8,
        body: Bytes<'_>,
    ) {
        if kind == CLIENT_HELLO && self.client.is_none() && self.server.is_none() {
            // FTP's data connections among others are opened by the server of the handshake.
            self.is_reversed = direction == Direction::FromDestination;
        }
        if self.read(context, direction, kind, body).is_none() {
            context.anomaly(Anomaly::TlsHandshakeMalformed);
        }
    }

    /// A message that is longer than any that is kept: only that it came is known.
    pub fn step_over(&mut self, context: &mut Context<'_>, direction: Direction, kind: u8) {
        context.limit("tls_handshake_bytes");
        let place = usize::from(!self.is_client(direction));
        if let Some(chain) = self.chains.get_mut(place)
            && kind == CERTIFICATE
        {
            chain.has_more = true;
        }
        self.note(direction, letter(kind));
    }

    /// Takes what SSL 2's format said: a hello of either side.
    pub fn ssl2_message(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        kind: u8,
        body: Bytes<'_>,
    ) -> Option<()> {
        match kind {
            1 => {
                self.client = Some(ClientHello::read_ssl2(body)?);
                self.is_reversed = direction == Direction::FromDestination;
                self.note(direction, b'c');
            }
            4 => {
                let (hello, certificate) = ServerHello::read_ssl2(body)?;
                self.server = Some(hello);
                self.note(direction, b's');
                if !certificate.is_empty() {
                    self.certificate(context, direction, certificate);
                }
            }
            _ => self.note(direction, b'z'),
        }
        Some(())
    }

    fn read(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        kind: u8,
        body: Bytes<'_>,
    ) -> Option<()> {
        let is_client = self.is_client(direction);
        let mut letter = letter(kind);
        match (kind, is_client) {
            (CLIENT_HELLO, true) => {
                let hello = ClientHello::read(body, self.carrier == Carrier::Datagram)?;
                match hello.name_fault {
                    Some(NameFault::Repeated) => context.anomaly(Anomaly::TlsNameRepeated),
                    Some(NameFault::Malformed) => context.anomaly(Anomaly::TlsNameMalformed),
                    None => {}
                }
                // After a retry request comes another; the first tells what the client is.
                self.client.get_or_insert(hello);
            }
            (SERVER_HELLO | HELLO_RETRY, false) => {
                let hello = ServerHello::read(body)?;
                if kind == HELLO_RETRY || hello.is_retry() {
                    letter = b'j';
                } else {
                    self.server = Some(hello);
                }
            }
            (CERTIFICATE, _) => self.certificates(context, direction, body)?,
            (SERVER_KEY_EXCHANGE, false) => {
                if let &[3, high, low, ..] = body.rest() {
                    self.group = Some(u16::from_be_bytes([high, low]));
                }
            }
            _ => {}
        }
        self.note(direction, letter);
        Some(())
    }

    fn certificates(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        mut body: Bytes<'_>,
    ) -> Option<()> {
        let mut list = body.vector24()?;
        while !list.is_empty() {
            let certificate = list.vector24()?;
            self.certificate(context, direction, certificate.rest());
        }
        Some(())
    }

    fn certificate(&mut self, context: &mut Context<'_>, direction: Direction, der: &[u8]) {
        let place = usize::from(!self.is_client(direction));
        let Some(chain) = self.chains.get_mut(place) else {
            return;
        };
        if chain.certificates.len() >= MAX_CHAIN {
            if !chain.has_more {
                context.limit("tls_chain");
            }
            chain.has_more = true;
            return;
        }
        let certificate = Certificate::read(der);
        if certificate.is_broken {
            context.anomaly(Anomaly::TlsCertificateInvalid);
        }
        chain.certificates.push(certificate);
    }
}

/// The letter of a handshake type.
fn letter(kind: u8) -> u8 {
    match kind {
        0 => b'h',
        CLIENT_HELLO => b'c',
        SERVER_HELLO => b's',
        3 => b'v',
        4 => b't',
        5 => b'e',
        HELLO_RETRY => b'j',
        8 => b'o',
        CERTIFICATE => b'x',
        SERVER_KEY_EXCHANGE => b'k',
        13 => b'r',
        14 => b'n',
        15 => b'y',
        16 => b'g',
        20 => b'f',
        21 => b'w',
        22 => b'u',
        23 => b'a',
        24 => b'p',
        254 => b'm',
        _ => b'z',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_history(history: &[u8]) -> Handshake {
        Handshake {
            server: Some(ServerHello::default()),
            history: history.to_vec(),
            ..Handshake::default()
        }
    }

    #[test]
    fn a_server_that_changes_cipher_right_after_its_hello_resumes() {
        assert!(with_history(b"Csi").is_resumed());
        assert!(with_history(b"CsiI").is_resumed());
        assert!(!with_history(b"Cs").is_resumed());
        assert!(!with_history(b"CsxnGI").is_resumed());
    }

    #[test]
    fn letters_of_the_client_are_upper_case_and_bounded() {
        let mut handshake = Handshake::over(Carrier::Stream);
        handshake.alert(Direction::FromSource, 1, 0);
        assert_eq!(handshake.alert, None);
        assert!(handshake.alert(Direction::FromDestination, 2, 40));
        assert_eq!(handshake.history, b"Ll");
        assert_eq!(handshake.alert, Some(40));
        for _ in 0..1_000 {
            handshake.note(Direction::FromSource, b'b');
        }
        assert_eq!(handshake.history.len(), MAX_HISTORY);
    }
}
