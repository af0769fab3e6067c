//! What negotiations and calls of DCERPC become: `dcerpc`, by EVE's names, with endpoint and operation by Zeek's.

use super::Context;
use super::dcerpc_names as names;
use super::dcerpc_pdu::{Answer, Offer, Syntax, Uuid, kind};
use super::dcerpc_results::Results;
use super::dcerpc_return::Returned;
use super::smb_pipe::Carrier;
use crate::emit::head::{Dataset, Event};
use crate::emit::line::Line;
use crate::emit::text::hex;

/// Longest pipe or port name written.
const MAX_NAME: usize = 256;

/// Fragments of one side of a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stub {
    fragments: u64,
    bytes: u64,
}

impl Stub {
    /// One more fragment with this many bytes of stub data.
    pub fn add(&mut self, bytes: u64) {
        self.fragments = self.fragments.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// A call, answered or not.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its number on the connection.
    pub id: u32,
    /// Minor version of the protocol.
    pub minor: u8,
    /// Of the flow's transactions.
    pub number: u64,
    /// Time of the request, µs.
    pub start_us: u64,
    /// Interface of its context, when that was negotiated here.
    pub interface: Option<Syntax>,
    /// Number of the operation.
    pub operation: u16,
    /// What was sent.
    pub request: Stub,
    /// What came back.
    pub response: Stub,
    /// Type of the answer.
    pub answer: Option<u8>,
    /// Status of a fault.
    pub fault: Option<u32>,
    /// The end of its results.
    pub results: Results,
    /// What it returned.
    pub returned: Option<Returned>,
    /// Activity and sequence number of version 4.
    pub activity: Option<(Uuid, u32)>,
}

impl Call {
    /// A call that begins with this packet.
    #[must_use]
    pub fn new(
        context: &mut Context<'_>,
        id: u32,
        interface: Option<Syntax>,
        operation: u16,
    ) -> Self {
        Self {
            id,
            minor: 0,
            number: context.begin_transaction(),
            start_us: context.moment.received_us,
            interface,
            operation,
            request: Stub::default(),
            response: Stub::default(),
            answer: None,
            fault: None,
            results: Results::default(),
            returned: None,
            activity: None,
        }
    }

    /// Reads what it returned from the end of its results, which are all there.
    pub fn set_returned(&mut self, is_little: bool) {
        self.set_value(self.results.value(is_little));
    }

    /// The same when the last four bytes of its results are known as a number.
    pub fn set_value(&mut self, value: Option<u32>) {
        self.returned = value.and_then(|code| {
            let interface = self.interface.as_ref()?;
            Returned::of(interface, self.operation, code)
        });
    }

    /// Whether it was carried out and did what it should, as far as that shows; `None` without an answer.
    fn is_success(&self) -> Option<bool> {
        let is_failure = self.returned.is_some_and(Returned::is_failure);
        self.answer
            .map(|answer| answer == kind::RESPONSE && !is_failure)
    }
}

/// A negotiation of contexts, answered or not.
pub struct Negotiation<'a> {
    /// Bind or alter.
    pub kind: u8,
    /// Its number on the connection.
    pub call: u32,
    /// Of the flow's transactions.
    pub number: u64,
    /// Time of the request, µs.
    pub start_us: u64,
    /// What was asked for.
    pub offers: &'a [Offer],
    /// Type and contents of the answer.
    pub answer: Option<(u8, &'a Answer)>,
}

/// Writes a negotiation.
pub fn write_bind(
    context: &mut Context<'_>,
    bind: &Negotiation<'_>,
    carrier: Option<&Carrier<'_>>,
) {
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Dcerpc,
        "dcerpc-bind",
        moment.time_us,
        moment.packet,
    );
    event.transaction = Some(bind.number);
    event.start_us = Some(bind.start_us);
    if let Some((_, answer)) = bind.answer {
        event.success = Some(answer.verdicts.iter().any(|verdict| verdict.result == 0));
        event.duration_us = Some(moment.received_us.saturating_sub(bind.start_us));
    }
    let address = bind.answer.map_or(&b""[..], |(_, answer)| &answer.address);
    context.emit(
        &event,
        |line| {
            let mark = line.open("dcerpc");
            line.word("request", type_name(bind.kind));
            if let Some((kind, _)) = bind.answer {
                line.word("response", type_name(kind));
            }
            line.number("call_id", u64::from(bind.call));
            line.word("rpc_version", "5.0");
            write_place(line, address, carrier);
            let list = line.open_list("interfaces");
            for (place, offer) in bind.offers.iter().enumerate() {
                if !line.has_room() {
                    break;
                }
                let item = line.open_item();
                write_interface(line, &offer.interface);
                let verdict = bind
                    .answer
                    .and_then(|(_, answer)| answer.verdicts.get(place));
                if let Some(verdict) = verdict {
                    line.number("ack_result", u64::from(verdict.result));
                    line.number("ack_reason", u64::from(verdict.reason));
                }
                line.close(item);
            }
            line.close_list(list);
            line.close(mark);
            if let Some(carrier) = carrier {
                carrier.describe(line);
            }
        },
        |_| {},
    );
}

/// Writes a call.
pub fn write_call(
    context: &mut Context<'_>,
    call: &Call,
    address: &[u8],
    carrier: Option<&Carrier<'_>>,
) {
    let moment = context.moment;
    let mut event = Event::new(
        Dataset::Dcerpc,
        "dcerpc-call",
        moment.time_us,
        moment.packet,
    );
    event.transaction = Some(call.number);
    event.start_us = Some(call.start_us);
    event.success = call.is_success();
    if call.answer.is_some() {
        event.duration_us = Some(moment.received_us.saturating_sub(call.start_us));
    }
    context.emit(
        &event,
        |line| {
            let mark = line.open("dcerpc");
            write_members(line, call);
            write_place(line, address, carrier);
            line.close(mark);
            if let Some(carrier) = carrier {
                carrier.describe(line);
            }
        },
        |_| {},
    );
}

fn write_members(line: &mut Line<'_>, call: &Call) {
    line.word("request", type_name(kind::REQUEST));
    let mark = line.open("req");
    line.number("opnum", u64::from(call.operation));
    write_stub(line, call.request);
    line.close(mark);
    if let Some(answer) = call.answer {
        line.word("response", type_name(answer));
        let mark = line.open("res");
        write_stub(line, call.response);
        line.close(mark);
    }
    if let Some(fault) = call.fault {
        line.number("fault_status", u64::from(fault));
    }
    if let Some(returned) = call.returned {
        line.word("return_code", &format!("{:#x}", returned.code));
        line.word("return_name", returned.name().unwrap_or_default());
    }
    if let Some((activity, sequence)) = call.activity {
        line.plain("activityuuid", &uuid_text(&activity));
        line.number("seqnum", u64::from(sequence));
        line.word("rpc_version", "4.0");
    } else {
        line.number("call_id", u64::from(call.id));
        line.word("rpc_version", if call.minor == 0 { "5.0" } else { "5.1" });
    }
    let Some(interface) = call.interface else {
        return;
    };
    let operation = names::operation(&interface.uuid, call.operation);
    line.word(
        "endpoint",
        names::service(&interface.uuid).unwrap_or_default(),
    );
    line.word("operation", operation.unwrap_or_default());
    let list = line.open_list("interfaces");
    let item = line.open_item();
    write_interface(line, &interface);
    line.word("procedure", operation.unwrap_or_default());
    line.close(item);
    line.close_list(list);
}

fn write_stub(line: &mut Line<'_>, stub: Stub) {
    line.number("frag_cnt", stub.fragments);
    line.number("stub_data_size", stub.bytes);
}

fn write_interface(line: &mut Line<'_>, interface: &Syntax) {
    line.plain("uuid", &uuid_text(&interface.uuid));
    let (major, minor) = interface.version;
    line.word("version", &format!("{major}.{minor}"));
    line.word(
        "service",
        names::service(&interface.uuid).unwrap_or_default(),
    );
}

/// The pipe that carries it, else the port or pipe that the server named.
fn write_place(line: &mut Line<'_>, address: &[u8], carrier: Option<&Carrier<'_>>) {
    match carrier {
        Some(carrier) if address.is_empty() => {
            line.text_within("named_pipe", carrier.pipe, MAX_NAME);
        }
        _ => line.text_within("named_pipe", address, MAX_NAME),
    }
}

/// EVE's names of the types.
fn type_name(number: u8) -> &'static str {
    match number {
        kind::REQUEST => "REQUEST",
        kind::RESPONSE => "RESPONSE",
        kind::FAULT => "FAULT",
        kind::REJECT => "REJECT",
        kind::BIND => "BIND",
        kind::BIND_ACK => "BINDACK",
        kind::BIND_NAK => "BINDNAK",
        kind::ALTER => "ALTER_CONTEXT",
        kind::ALTER_ACK => "ALTER_CONTEXT_RESP",
        _ => "UNKNOWN",
    }
}

fn uuid_text(uuid: &Uuid) -> Vec<u8> {
    let mut text = Vec::with_capacity(36);
    for (place, byte) in uuid.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        text.extend_from_slice(&hex(*byte));
    }
    text
}
