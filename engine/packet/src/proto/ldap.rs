//! LDAP (RFC 4511, 4513) over TCP and, connectionless, over UDP (MS-ADTS, section 6.3.3): requests with all their answers.
//!
//! Emits `ldap-bind`, `-search`, `-modify`, … one event a request, `ldap-unrequested` for answers without one, and
//! `ldap-sealed` for what SASL hides; log-ins by NTLM and Kerberos have their own event besides. Caps: 256 open requests and
//! 512 KiB a flow, 64 KiB a message, 8 KiB of a request, 32 answers and 16 KiB of them a request; entries are all counted.

use std::collections::VecDeque;

use super::kerberos_event;
use super::ldap_event;
use super::ldap_message::{self, Bind, Credentials, Message, operation};
use super::ldap_result::{IN_PROGRESS, Outcome};
use super::ldap_stream::Stream;
use super::ldap_transaction::{MAX_REQUEST, Stored, Transaction};
use super::spnego::{self, Token};
use super::{Context, Direction, Parser, Probe, Role, Step, ntlm, ntlm_event};
use crate::anomaly::Anomaly;
use crate::bytes::count;

/// The ports of LDAP and of the global catalogue of Active Directory.
pub const PORTS: &[u16] = &[389, 3268];
/// Requests of one flow that wait for an answer.
const MAX_OPEN: usize = 256;
/// Bytes that all open requests of a flow keep.
const MAX_HELD: usize = 512 << 10;
/// The way to TLS (RFC 4511, section 4.14).
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// Whether an end of a stream speaks LDAP: the frame, a message number and an operation that fit each other.
#[must_use]
pub fn probe(data: &[u8], _is_usual_port: bool) -> Probe {
    match ldap_message::recognise(data) {
        Ok(Some((operation, _))) => Probe::Yes(role(operation)),
        Ok(None) => Probe::More,
        Err(_) => Probe::No,
    }
}

/// Whether a datagram is LDAP: a whole message.
#[must_use]
pub fn probe_datagram(data: &[u8], _is_usual_port: bool) -> Probe {
    match ldap_message::recognise(data) {
        Ok(Some((operation, length))) if length <= count(data.len()) => Probe::Yes(role(operation)),
        _ => Probe::No,
    }
}

fn role(operation: u8) -> Role {
    if ldap_message::is_request(operation) {
        Role::Client
    } else {
        Role::Server
    }
}

/// State for a stream.
#[must_use]
pub fn make() -> Box<dyn Parser> {
    Box::new(Stream::default())
}

/// State for datagrams.
#[must_use]
pub fn make_datagram() -> Box<dyn Parser> {
    Box::new(Datagrams::default())
}

/// What both transports share.
#[derive(Default)]
pub struct Conversation {
    open: VecDeque<Transaction>,
    held: usize,
    ntlm: ntlm::Exchange,
    kerberos: kerberos_event::Exchange,
    /// Messages and bytes under a seal.
    pub sealed: (u64, u64),
}

impl Conversation {
    /// Takes one message, whole or cut; true when TLS begins behind it.
    pub fn message(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> bool {
        let Some(message) = Message::read(bytes) else {
            context.anomaly(Anomaly::LdapMalformed);
            return false;
        };
        if ldap_message::is_request(message.operation) {
            self.ask(context, &message);
            return false;
        }
        self.answer(context, &message)
    }

    fn ask(&mut self, context: &mut Context<'_>, message: &Message<'_>) {
        let mut transaction = Transaction::new(context, message.id);
        transaction.request = Some(Stored::of(message, MAX_REQUEST));
        match message.operation {
            operation::UNBIND => self.tell(context, &transaction),
            operation::ABANDON => {
                let place = ldap_message::abandoned(message.content).and_then(|id| self.find(id));
                if let Some(abandoned) = place.and_then(|place| self.take(place)) {
                    self.tell(context, &abandoned);
                }
                self.tell(context, &transaction);
            }
            _ => {
                if message.operation == operation::BIND {
                    self.see_request(context, message);
                }
                self.begin(context, transaction);
            }
        }
    }

    fn begin(&mut self, context: &mut Context<'_>, transaction: Transaction) {
        self.held += transaction.total();
        self.open.push_back(transaction);
        self.bound(context);
    }

    /// Tells the oldest without the rest of their answers while there are too many.
    fn bound(&mut self, context: &mut Context<'_>) {
        while self.open.len() > MAX_OPEN || self.held > MAX_HELD {
            let Some(oldest) = self.take(0) else {
                break;
            };
            context.limit("ldap_open_requests");
            context.anomaly(Anomaly::LdapTooManyOpen);
            self.tell(context, &oldest);
        }
    }

    fn find(&self, id: u32) -> Option<usize> {
        self.open.iter().position(|open| open.id == id)
    }

    fn take(&mut self, place: usize) -> Option<Transaction> {
        let transaction = self.open.remove(place)?;
        self.held = self.held.saturating_sub(transaction.total());
        Some(transaction)
    }

    fn answer(&mut self, context: &mut Context<'_>, message: &Message<'_>) -> bool {
        let is_last = !ldap_message::is_partial(message.operation);
        let known = if message.id == 0 {
            None
        } else {
            self.find(message.id)
        };
        let Some(place) = known else {
            let mut transaction = Transaction::new(context, message.id);
            transaction.entries = u64::from(message.operation == operation::ENTRY);
            transaction.add(message, is_last);
            if is_last || message.id == 0 {
                check(context, message);
                self.tell(context, &transaction);
            } else {
                self.begin(context, transaction);
            }
            return false;
        };
        if is_last {
            return self.finish(context, message, place);
        }
        if let Some(open) = self.open.get_mut(place) {
            let before = open.held;
            open.entries += u64::from(message.operation == operation::ENTRY);
            if !open.add(message, false) && !open.is_cut {
                open.is_cut = true;
                context.limit("ldap_responses");
            }
            self.held += open.held - before;
        }
        self.bound(context);
        false
    }

    fn finish(&mut self, context: &mut Context<'_>, message: &Message<'_>, place: usize) -> bool {
        let Some(mut transaction) = self.take(place) else {
            return false;
        };
        transaction.add(message, true);
        check(context, message);
        let is_bind = message.operation == operation::BIND_RESPONSE;
        if is_bind {
            self.see_answer(context, message);
        }
        self.tell(context, &transaction);
        let code = transaction.result();
        // Sicily calls a challenge a success.
        let is_challenge = Outcome::read(message.content)
            .is_some_and(|outcome| outcome.matched.starts_with(b"NTLMSSP\0"));
        if is_bind && code != Some(IN_PROGRESS) && !is_challenge {
            self.tell_login(context, code.map(|code| code == 0));
        }
        code == Some(0) && transaction.request.as_ref().is_some_and(is_start_tls)
    }

    fn tell(&self, context: &mut Context<'_>, transaction: &Transaction) {
        ldap_event::write(context, transaction, &self.ntlm);
    }

    /// The client's part of a log-in.
    fn see_request(&mut self, context: &mut Context<'_>, message: &Message<'_>) {
        match Bind::read(message.content).map(|bind| bind.credentials) {
            Some(Credentials::Sasl(_, token) | Credentials::Sicily(token)) => {
                self.see(context, token);
            }
            Some(Credentials::Simple(_)) => {}
            None if message.is_cut => {}
            None => context.anomaly(Anomaly::LdapMalformed),
        }
    }

    /// The server's: `serverSaslCreds`, or where Sicily puts them.
    fn see_answer(&mut self, context: &mut Context<'_>, message: &Message<'_>) {
        let Some(outcome) = Outcome::read(message.content) else {
            return;
        };
        let mut rest = super::ber::Reader::new(outcome.rest);
        while let Some(member) = rest.element() {
            if member.tag == 0x87 {
                self.see(context, member.content);
            }
        }
        if outcome.matched.starts_with(b"NTLMSSP\0") {
            self.see(context, outcome.matched);
        }
    }

    fn see(&mut self, context: &mut Context<'_>, token: &[u8]) {
        let time_us = context.moment.received_us;
        match spnego::read(token).token {
            Token::Ntlm(message) => {
                if !self.ntlm.see(message, time_us) {
                    context.anomaly(Anomaly::NtlmMalformed);
                }
            }
            Token::Kerberos(message) => {
                if !self.kerberos.see(message, time_us) {
                    context.anomaly(Anomaly::KerberosMalformed);
                }
            }
            Token::Other => {}
        }
    }

    fn tell_login(&mut self, context: &mut Context<'_>, is_success: Option<bool>) {
        ntlm_event::write(context, &std::mem::take(&mut self.ntlm), is_success);
        kerberos_event::write(context, &std::mem::take(&mut self.kerberos), is_success);
    }

    /// Nothing more will come: tells what is half known.
    pub fn end(&mut self, context: &mut Context<'_>) {
        while let Some(transaction) = self.take(0) {
            self.tell(context, &transaction);
        }
        self.tell_login(context, None);
        let (messages, bytes) = std::mem::take(&mut self.sealed);
        if messages > 0 {
            ldap_event::write_sealed(context, messages, bytes);
        }
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held + self.ntlm.held() + self.kerberos.held()
    }
}

/// An answer without a result is none.
fn check(context: &mut Context<'_>, message: &Message<'_>) {
    let is_final = !ldap_message::is_partial(message.operation);
    if is_final && !message.is_cut && Outcome::read(message.content).is_none() {
        context.anomaly(Anomaly::LdapMalformed);
    }
}

fn is_start_tls(request: &Stored) -> bool {
    let name = super::ber::Reader::new(&request.content).optional(0x80);
    request.operation == operation::EXTENDED && name == Some(START_TLS)
}

#[derive(Default)]
struct Datagrams {
    conversation: Conversation,
}

impl Parser for Datagrams {
    fn data(&mut self, context: &mut Context<'_>, _: Direction, bytes: &[u8]) -> Step {
        let mut rest = bytes;
        while !rest.is_empty() {
            let whole = super::ber::Head::read(rest).ok().flatten();
            let size = whole
                .and_then(|head| usize::try_from(head.whole()?).ok())
                .filter(|size| *size <= rest.len());
            let Some((message, tail)) = size.and_then(|size| rest.split_at_checked(size)) else {
                context.anomaly(Anomaly::LdapMalformed);
                break;
            };
            self.conversation.message(context, message);
            rest = tail;
        }
        Step::more(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, _: Direction, _: u64) -> bool {
        false
    }

    fn end(&mut self, context: &mut Context<'_>) {
        self.conversation.end(context);
    }

    fn held(&self) -> usize {
        self.conversation.held()
    }
}
