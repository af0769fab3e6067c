//! One DCERPC connection, whatever carries it: contexts, calls under way, who logged in.

use super::dcerpc_event::{self, Call};
use super::dcerpc_pdu::{self, Answer, HEADER, Header, Offer, Syntax, kind};
use super::dcerpc_results::Passing;
use super::ntlm::Exchange;
use super::smb_pipe::Carrier;
use super::spnego::{self, Token};
use super::unanswered::Unanswered;
use super::{Context, Direction, Pair, ntlm_event};
use crate::anomaly::Anomaly;
use crate::bytes::count;

/// Contexts that one connection remembers.
const MAX_CONTEXTS: usize = 64;
/// Calls that wait for their answer.
const MAX_CALLS: usize = 256;
/// Authentication types whose tokens are read (MS-RPCE, section 2.2.1.1.7): negotiate and NTLM.
const AUTHENTICATIONS: [u8; 2] = [9, 10];

/// A negotiation that waits for its answer.
struct Bind {
    kind: u8,
    call: u32,
    number: u64,
    start_us: u64,
    offers: Vec<Offer>,
}

#[derive(Default)]
struct Half {
    /// Bytes of stub data still to be stepped over.
    skip: u64,
    /// The response that they belong to.
    passing: Option<Passing>,
    /// How often something was lost.
    losses: u32,
    /// Something was lost: the next packet has to be found.
    is_lost: bool,
}

/// State of a connection.
#[derive(Default)]
pub struct Association {
    halves: Pair<Half>,
    contexts: Vec<(u16, Syntax)>,
    address: Vec<u8>,
    bind: Option<Bind>,
    calls: Unanswered<Call, MAX_CALLS>,
    exchange: Exchange,
}

impl Association {
    /// Takes bytes in order; how many of them are used.
    pub fn data(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        direction: Direction,
        bytes: &[u8],
    ) -> usize {
        let mut consumed = 0;
        loop {
            let rest = bytes.get(consumed..).unwrap_or_default();
            consumed += self.pass(context, carrier, direction, rest);
            let rest = bytes.get(consumed..).unwrap_or_default();
            if rest.len() < HEADER {
                return consumed;
            }
            let Some(header) = Header::read(rest) else {
                if !self.halves.of_mut(direction).is_lost {
                    context.anomaly(Anomaly::DcerpcMalformed);
                    self.halves.of_mut(direction).is_lost = true;
                }
                return bytes.len();
            };
            let Some(packet) = rest.get(..header.wanted()) else {
                return consumed;
            };
            self.halves.of_mut(direction).is_lost = false;
            let left = count(header.length.saturating_sub(packet.len()));
            self.halves.of_mut(direction).skip = left;
            consumed += packet.len();
            self.packet(context, carrier, direction, &header, packet);
        }
    }

    /// `length` bytes of one direction are lost.
    pub fn gap(&mut self, direction: Direction, length: u64) {
        let half = self.halves.of_mut(direction);
        half.is_lost |= half.skip < length;
        half.skip = half.skip.saturating_sub(length);
        half.losses = half.losses.wrapping_add(1);
        if let Some(passing) = &mut half.passing {
            passing.is_cut = true;
        }
    }

    /// Tells of what has no answer yet.
    pub fn end(&mut self, context: &mut Context<'_>) {
        if let Some(bind) = self.bind.take() {
            tell_bind(context, &bind, None, None);
        }
        for direction in [Direction::FromSource, Direction::FromDestination] {
            if let Some(mut passing) = self.halves.of_mut(direction).passing.take() {
                passing.is_cut = true;
                self.passed(context, None, direction, &passing);
            }
        }
        while let Some(call) = self.calls.pop() {
            dcerpc_event::write_call(context, &call, &self.address, None);
        }
        ntlm_event::write(context, &std::mem::take(&mut self.exchange), None);
    }

    /// Bytes on the heap, roughly.
    #[must_use]
    pub fn held(&self) -> usize {
        self.calls.held()
            + self.contexts.capacity() * size_of::<(u16, Syntax)>()
            + self.exchange.held()
            + self.address.capacity()
    }

    /// Steps over stub data; how many of the bytes are.
    fn pass(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        direction: Direction,
        bytes: &[u8],
    ) -> usize {
        let half = self.halves.of_mut(direction);
        let step = usize::try_from(half.skip).map_or(bytes.len(), |skip| skip.min(bytes.len()));
        if let Some(passing) = &mut half.passing {
            passing.take(bytes.get(..step).unwrap_or_default(), half.skip);
        }
        half.skip = half.skip.saturating_sub(count(step));
        if half.skip == 0
            && let Some(passing) = half.passing.take()
        {
            self.passed(context, carrier, direction, &passing);
        }
        step
    }

    fn packet(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        direction: Direction,
        header: &Header,
        bytes: &[u8],
    ) {
        let is_read = match header.kind {
            kind::REQUEST => self.request(context, carrier, header, bytes),
            kind::RESPONSE | kind::FAULT => {
                self.response(context, carrier, direction, header, bytes);
                Some(())
            }
            kind::BIND | kind::ALTER => self.offered(context, header, bytes),
            kind::BIND_ACK | kind::ALTER_ACK => self.answered(context, carrier, header, bytes),
            kind::BIND_NAK => {
                if let Some(bind) = self.bind.take() {
                    tell_bind(
                        context,
                        &bind,
                        Some((header.kind, &Answer::default())),
                        carrier,
                    );
                }
                Some(())
            }
            _ => Some(()),
        };
        if is_read.is_none() {
            context.anomaly(Anomaly::DcerpcMalformed);
        }
        if let Some((kind, token)) = dcerpc_pdu::authentication(header, bytes) {
            self.authenticate(context, header, kind, token);
        }
    }

    fn authenticate(&mut self, context: &mut Context<'_>, header: &Header, kind: u8, token: &[u8]) {
        if !AUTHENTICATIONS.contains(&kind) {
            return;
        }
        if let Token::Ntlm(message) = spnego::read(token).token
            && !self.exchange.see(message, context.moment.received_us)
        {
            context.anomaly(Anomaly::NtlmMalformed);
        }
        // The third leg has no answer: what the server thinks of it shows with the first call.
        if header.kind == kind::BIND_NAK {
            ntlm_event::write(context, &std::mem::take(&mut self.exchange), Some(false));
        }
    }

    fn offered(&mut self, context: &mut Context<'_>, header: &Header, bytes: &[u8]) -> Option<()> {
        let (offers, is_cut) = dcerpc_pdu::offers(header, bytes)?;
        if is_cut {
            context.limit("dcerpc_contexts");
        }
        for offer in &offers {
            let known = self.contexts.iter_mut().find(|(id, _)| *id == offer.id);
            if let Some((_, interface)) = known {
                *interface = offer.interface;
            } else if self.contexts.len() < MAX_CONTEXTS {
                self.contexts.push((offer.id, offer.interface));
            } else {
                context.limit("dcerpc_contexts");
            }
        }
        if let Some(bind) = self.bind.take() {
            tell_bind(context, &bind, None, None);
        }
        self.bind = Some(Bind {
            kind: header.kind,
            call: header.call,
            number: context.begin_transaction(),
            start_us: context.moment.received_us,
            offers,
        });
        Some(())
    }

    fn answered(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        header: &Header,
        bytes: &[u8],
    ) -> Option<()> {
        let answer = dcerpc_pdu::answer(header, bytes)?;
        if !answer.address.is_empty() {
            self.address.clone_from(&answer.address);
        }
        if let Some(bind) = self.bind.take() {
            tell_bind(context, &bind, Some((header.kind, &answer)), carrier);
        }
        Some(())
    }

    fn request(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        header: &Header,
        bytes: &[u8],
    ) -> Option<()> {
        let request = dcerpc_pdu::request(header, bytes)?;
        if !header.is_first()
            && let Some(call) = self.calls.find_last(|call| call.id == header.call)
        {
            call.request.add(header.stub_length());
            return Some(());
        }
        let interface = self
            .contexts
            .iter()
            .find(|(id, _)| *id == request.context)
            .map(|(_, interface)| *interface);
        let mut call = Call::new(context, header.call, interface, request.operation);
        call.minor = header.minor;
        call.request.add(header.stub_length());
        if let Some(oldest) = self.calls.push(call) {
            context.limit("dcerpc_calls");
            dcerpc_event::write_call(context, &oldest, &self.address, carrier);
        }
        Some(())
    }

    fn response(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        direction: Direction,
        header: &Header,
        bytes: &[u8],
    ) {
        let Some(call) = self.calls.find(|call| call.id == header.call) else {
            return;
        };
        call.response.add(header.stub_length());
        call.answer = Some(header.kind);
        if header.kind == kind::FAULT {
            call.fault = dcerpc_pdu::fault(header, bytes);
            self.settle(context, carrier, header.call);
        } else {
            // Its results are still to come.
            self.halves.of_mut(direction).passing = Some(Passing::new(header));
        }
    }

    /// A response has passed, whole or not.
    fn passed(
        &mut self,
        context: &mut Context<'_>,
        carrier: Option<&Carrier<'_>>,
        direction: Direction,
        passing: &Passing,
    ) {
        let losses = self.halves.of_mut(direction).losses;
        let Some(call) = self.calls.find(|call| call.id == passing.call) else {
            return;
        };
        call.results.add(passing, losses);
        if passing.is_last {
            call.set_returned(passing.is_little);
            self.settle(context, carrier, passing.call);
        }
    }

    /// Tells of a call that is answered.
    fn settle(&mut self, context: &mut Context<'_>, carrier: Option<&Carrier<'_>>, id: u32) {
        if let Some(call) = self.calls.take(|call| call.id == id) {
            if !self.exchange.is_empty() {
                let exchange = std::mem::take(&mut self.exchange);
                // A call that is carried out was let in; access denied says otherwise (C706, appendix E).
                ntlm_event::write(context, &exchange, Some(call.fault != Some(5)));
            }
            dcerpc_event::write_call(context, &call, &self.address, carrier);
        }
    }
}

fn tell_bind(
    context: &mut Context<'_>,
    bind: &Bind,
    answer: Option<(u8, &Answer)>,
    carrier: Option<&Carrier<'_>>,
) {
    let negotiation = dcerpc_event::Negotiation {
        kind: bind.kind,
        call: bind.call,
        number: bind.number,
        start_us: bind.start_us,
        offers: &bind.offers,
        answer,
    };
    dcerpc_event::write_bind(context, &negotiation, carrier);
}
