//! What a parser may use while it looks at bytes, and what the parsers of all flows share.

use super::{dns, expected, http_body, rates};
use crate::anomaly::{self, Anomaly, AnomalyRate, Moment};
use crate::emit::head::{Event, Place};
use crate::emit::line::Line;
use crate::emit::output::Output;
use crate::flow::Flow;
use crate::ledger::Ledger;
use crate::settings::Settings;

/// What parsers of all flows share.
pub struct Shared {
    /// Settings of the reader.
    pub settings: Settings,
    /// The account.
    pub ledger: Box<Ledger>,
    /// Limit of anomaly events.
    pub rate: AnomalyRate,
    /// Bytes that all streams hold.
    pub stream_bytes: u64,
    /// Bytes that all parsers hold.
    pub parser_bytes: u64,
    /// Whether the datagram being read was cut by the capture: what is wrong with it then is not the sender's doing.
    pub is_cut: bool,
    /// Connections that others announced.
    pub expected: expected::Expected,
    /// Space for the DNS message being read.
    pub dns_message: dns::Message,
    /// Rates of ICMP events.
    pub icmp_rates: rates::Rates,
    /// Rates of ARP events.
    pub arp_rates: rates::Rates,
    /// What bodies of HTTP share.
    pub bodies: http_body::Bodies,
}

/// What a parser may use while it looks at bytes.
pub struct Context<'a> {
    /// The flow.
    pub flow: &'a mut Flow,
    /// Where events go.
    pub out: &'a mut Output,
    /// What is shared.
    pub shared: &'a mut Shared,
    /// Time and number of the packet that settled the bytes.
    pub moment: Moment,
}

impl Context<'_> {
    /// Writes an event of this flow.
    pub fn emit(
        &mut self,
        event: &Event<'_>,
        body: impl FnOnce(&mut Line<'_>),
        own: impl FnOnce(&mut Line<'_>),
    ) {
        self.out.event(event, &Place::Flow(self.flow), body, own);
    }

    /// Reports an anomaly of this flow.
    pub fn anomaly(&mut self, anomaly: Anomaly) {
        if self.is_forgiven(anomaly) {
            return;
        }
        let Shared { ledger, rate, .. } = &mut *self.shared;
        anomaly::report_in_flow(self.out, ledger, rate, self.flow, anomaly, self.moment);
    }

    /// Reports an anomaly of one transaction of this flow.
    pub fn anomaly_in(&mut self, anomaly: Anomaly, transaction: Option<u64>) {
        if self.is_forgiven(anomaly) {
            return;
        }
        let Shared { ledger, rate, .. } = &mut *self.shared;
        let what = (anomaly, transaction);
        anomaly::report_in_transaction(self.out, ledger, rate, self.flow, what, self.moment);
    }

    /// A message that the capture cut short breaks its format without its sender's doing: that is only counted.
    fn is_forgiven(&mut self, anomaly: Anomaly) -> bool {
        let is_forgiven = self.shared.is_cut && anomaly.layer() == "app";
        if is_forgiven {
            self.limit("datagram_cut");
        }
        is_forgiven
    }

    /// The number of a new transaction, from 0 as in EVE.
    pub fn begin_transaction(&mut self) -> u64 {
        let number = self.flow.transactions;
        self.flow.transactions = number.saturating_add(1);
        u64::from(number)
    }

    /// Counts a bound that cut off part of the flow's streams, and marks the flow.
    pub fn limit_flow(&mut self, limit: crate::flow::limit::Limit) {
        self.flow.limits |= limit.bit();
        self.shared.ledger.limit(limit.name());
    }

    /// Announces a connection; the number given is what the flow that opens it will be known by.
    pub fn expect(&mut self, expectation: &expected::Expectation) -> u64 {
        let expected = &mut self.shared.expected;
        let dropped = expected.dropped;
        let number = expected.announce(expectation, self.moment.time_us);
        if expected.dropped > dropped {
            self.limit("expected_flows");
        }
        number
    }

    /// Counts a bound that cut something off.
    pub fn limit(&mut self, name: &'static str) {
        self.shared.ledger.limit(name);
    }
}
