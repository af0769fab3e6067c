//! Down the layers of a frame: sums, fragments, tunnels, and each packet to its flow.

use super::share::Role;
use super::{Carrier, Engine, Seen};
use crate::anomaly::{self, Anomaly, Moment};
use crate::decode::checksum::{self, Verdict};
use crate::decode::layer::{self, Next};
use crate::decode::wlan::Subframes;
use crate::decode::{Content, Fragment, Link, Oddities, Packet, Reason, transport, tunnel};
use crate::defrag::{Joined, Weight};
use crate::emit::head::{LinkEnds, Place};
use crate::flow::Tunnel;
use crate::proto::{Shared, arp};

/// Tunnels inside each other that are looked into. It bounds the depth of calls, too.
const MAX_TUNNELS: u8 = 4;

impl Engine {
    /// Takes what a frame or a tunnel holds.
    pub(super) fn content(
        &mut self,
        content: &Content<'_>,
        carrier: &Carrier,
    ) -> Result<(), Reason> {
        match content {
            Content::Ip(packet) => self.packet(packet, carrier),
            Content::Arp(link, message) => self.arp(*link, message, carrier),
            Content::Aggregate(link, frames) => self.aggregate(*link, frames, carrier),
        }
    }

    fn arp(&mut self, link: Link, message: &[u8], carrier: &Carrier) -> Result<(), Reason> {
        let outcome = arp::observe(
            &mut self.out,
            &mut self.shared,
            link,
            message,
            carrier.moment,
        );
        match outcome {
            Ok(()) if carrier.tunnel.is_none() => self.shared.ledger.without_flow += 1,
            Ok(()) => {}
            Err(reason) => {
                let ends = LinkEnds {
                    link,
                    addresses: [None; 2],
                };
                self.report_reason(reason, link.cut > 0, &Place::Link(&ends), carrier.moment);
            }
        }
        outcome
    }

    /// Takes every frame of an aggregate. The whole is understood when one of them is.
    fn aggregate(&mut self, link: Link, frames: &[u8], carrier: &Carrier) -> Result<(), Reason> {
        let mut understood = 0_u64;
        let mut outcome = Err("wlan_aggregate_empty");
        for (link, inside, length) in Subframes::new(link, frames) {
            let carrier = Carrier {
                bytes: crate::bytes::count(length),
                ..*carrier
            };
            let one = layer::walk(Next::LogicalLink, inside, link)
                .and_then(|content| self.content(&content, &carrier));
            if one.is_ok() {
                understood += 1;
            }
            if understood == 0 || one.is_ok() {
                outcome = one;
            }
        }
        if carrier.tunnel.is_none() {
            self.shared.ledger.aggregated += understood.saturating_sub(1);
        }
        outcome
    }

    /// Takes a packet, unless another engine does.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, carrier: &Carrier) -> Result<(), Reason> {
        self.out.next_place();
        let outcome = match self.role(packet, carrier.tunnel.is_some()) {
            Role::Foreign => Ok(()),
            role => {
                self.enter(role);
                let outcome = self.take(packet, carrier);
                self.leave(role);
                outcome
            }
        };
        self.out.next_place();
        outcome
    }

    fn take(&mut self, packet: &Packet<'_>, carrier: &Carrier) -> Result<(), Reason> {
        if let Some(reason) = packet.broken {
            self.report_broken(packet, reason, packet.oddities, carrier.moment);
            return Err(reason);
        }
        if let Some(fragment) = packet.fragment {
            return self.fragment(packet, fragment, carrier);
        }
        let is_bad =
            self.shared.ledger.checksums_on && !carrier.is_offloaded && self.is_sum_bad(packet);
        let weight = Weight {
            packets: 1,
            bytes: carrier.bytes,
        };
        self.whole(packet, weight, carrier, is_bad)
    }

    /// Takes a packet that is whole, or was joined from pieces.
    fn whole(
        &mut self,
        packet: &Packet<'_>,
        weight: Weight,
        carrier: &Carrier,
        is_bad: bool,
    ) -> Result<(), Reason> {
        let segment = match transport::decode(packet) {
            Ok(segment) => segment,
            Err(reason) => {
                self.report_broken(packet, reason, packet.oddities, carrier.moment);
                if packet.family == 6 && packet.oddities.has(Oddities::USELESS_FRAGMENT) {
                    self.report_chain_cut(packet, carrier.moment);
                }
                return Err(reason);
            }
        };
        let inner = if !is_bad && tunnel::is_candidate(packet, &segment) {
            tunnel::open(packet, &segment)
        } else {
            None
        };
        let (key, side) = self.key(packet, &segment, domain(carrier.tunnel.as_ref()));
        let flow = self.segment(&Seen {
            key,
            side,
            packet,
            segment,
            weight,
            moment: carrier.moment,
            is_bad,
            tunnel: carrier.tunnel,
            carries: inner.as_ref().map(|inner| inner.kind),
        });
        if let Some(inner) = inner {
            self.inner(&inner, packet, flow, weight, carrier);
        }
        Ok(())
    }

    /// Takes what a packet carries; the frame counts as decoded whatever becomes of it.
    fn inner(
        &mut self,
        inner: &tunnel::Inner<'_>,
        outer: &Packet<'_>,
        parent: u64,
        weight: Weight,
        carrier: &Carrier,
    ) {
        let depth = carrier.tunnel.map_or(0, |tunnel| tunnel.depth) + 1;
        let carrier = Carrier {
            bytes: weight.bytes,
            tunnel: Some(Tunnel {
                kind: inner.kind,
                depth,
                parent,
                network: inner.network,
            }),
            ..*carrier
        };
        let outcome = match &inner.content {
            _ if depth > MAX_TUNNELS => Err("too_many_layers"),
            Ok(content) => self.content(content, &carrier),
            Err(reason) => Err(*reason),
        };
        let Err(reason) = outcome else {
            return;
        };
        *self
            .shared
            .ledger
            .undecoded_inner
            .entry(reason)
            .or_default() += 1;
        // What broke inside of it has told so itself.
        if inner.content.is_err() || depth > MAX_TUNNELS {
            let is_cut = outer.missing > 0;
            self.report_reason(reason, is_cut, &place(outer), carrier.moment);
        }
    }

    /// Keeps a piece; the last one that was missing sets off the whole datagram.
    fn fragment(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        carrier: &Carrier,
    ) -> Result<(), Reason> {
        let ledger = &mut self.shared.ledger;
        if ledger.checksums_on && !packet.header_sum_good && !self.sums.is_left(packet) {
            ledger.bad_checksums += 1;
            return Err("fragment_header_sum");
        }
        let domain = domain(carrier.tunnel.as_ref());
        let now_us = self.clock.now_us();
        let outcome = self
            .pieces
            .insert(packet, fragment, domain, carrier.bytes, now_us);
        // Pieces count as decoded while there is hope; those inside tunnels never counted as frames.
        ledger.take_back("fragment_incomplete", outcome.dropped.outer);
        ledger.inner_lost("fragment_incomplete", outcome.dropped.inner);
        if outcome.has_hit_limit {
            ledger.limit("fragments");
        }
        let moment = carrier.moment;
        self.report_oddities(packet, packet.oddities, moment);
        if let Some(anomaly) = outcome.anomaly {
            self.report(anomaly, &place(packet), moment);
        }
        // RFC 3128: a second piece that overwrites the flags of a header that a filter has let through.
        if packet.protocol == 6 && fragment.offset == 8 {
            self.report(Anomaly::FragmentOffsetOne, &place(packet), moment);
        }
        if packet.family == 6 && fragment.offset == 0 && transport::decode(packet).is_err() {
            self.report_chain_cut(packet, moment);
        }
        if let Some(reason) = outcome.refused {
            return Err(reason);
        }
        let Some(joined) = outcome.joined else {
            return Ok(());
        };
        let outcome = self.joined(packet, &joined, carrier);
        if let Err(reason) = outcome
            && carrier.tunnel.is_none()
        {
            // All pieces but this one were counted as decoded.
            self.shared
                .ledger
                .take_back(reason, joined.weight.packets.saturating_sub(1));
        }
        outcome
    }

    fn joined(
        &mut self,
        last: &Packet<'_>,
        joined: &Joined,
        carrier: &Carrier,
    ) -> Result<(), Reason> {
        let (behind, broken) = joined.behind_extensions();
        let length = u32::try_from(behind.payload.len()).unwrap_or(u32::MAX);
        let whole = Packet {
            protocol: behind.protocol,
            payload: behind.payload,
            ip_length: length.saturating_add(joined.header_bytes),
            fragment: None,
            missing: 0,
            oddities: behind.oddities,
            broken,
            ..*last
        };
        if let Some(reason) = broken {
            self.report_broken(&whole, reason, whole.oddities, carrier.moment);
            return Err(reason);
        }
        let role = self.role(&whole, carrier.tunnel.is_some());
        if role == Role::Foreign {
            return Ok(());
        }
        self.enter(role);
        let is_bad = self.shared.ledger.checksums_on && self.is_sum_bad(&whole);
        // Inside a tunnel a datagram is as many packets as it has pieces, too.
        let outcome = self.whole(&whole, joined.weight, carrier, is_bad);
        self.leave(role);
        outcome
    }

    fn is_sum_bad(&mut self, packet: &Packet<'_>) -> bool {
        let verdict = if packet.header_sum_good {
            checksum::check(packet)
        } else {
            Verdict::Bad
        };
        match verdict {
            Verdict::Good | Verdict::Unknown => false,
            Verdict::Bad if !self.sums.is_left(packet) => {
                self.shared.ledger.bad_checksums += 1;
                true
            }
            Verdict::Offloaded | Verdict::Bad => {
                self.shared.ledger.offloaded_checksums += 1;
                false
            }
        }
    }

    /// Reports why a frame stays undecoded, unless only the capture cut it short.
    pub(super) fn report_reason(
        &mut self,
        reason: Reason,
        is_cut: bool,
        place: &Place<'_>,
        moment: Moment,
    ) {
        if let Some(anomaly) = Anomaly::named(reason)
            && !is_cut
        {
            self.report(anomaly, place, moment);
        }
    }

    /// RFC 7112: what a filter must see may not be in a later piece.
    fn report_chain_cut(&mut self, packet: &Packet<'_>, moment: Moment) {
        if packet.link.cut == 0 {
            self.report(Anomaly::FragmentHeaderChainCut, &place(packet), moment);
        }
    }

    fn report_broken(
        &mut self,
        packet: &Packet<'_>,
        reason: Reason,
        oddities: Oddities,
        moment: Moment,
    ) {
        self.report_reason(reason, packet.link.cut > 0, &place(packet), moment);
        self.report_oddities(packet, oddities, moment);
    }

    fn report_oddities(&mut self, packet: &Packet<'_>, oddities: Oddities, moment: Moment) {
        for anomaly in oddities.anomalies() {
            self.report(anomaly, &place(packet), moment);
        }
    }

    fn report(&mut self, anomaly: Anomaly, place: &Place<'_>, moment: Moment) {
        let Shared { ledger, rate, .. } = &mut self.shared;
        anomaly::report(&mut self.out, ledger, rate, place, (anomaly, b""), moment);
    }
}

fn place(packet: &Packet<'_>) -> Place<'static> {
    Place::Packet(
        packet.family,
        packet.source,
        packet.destination,
        packet.protocol,
    )
}

/// Depth of the tunnel above its network id: ids may be used again at another depth.
fn domain(tunnel: Option<&Tunnel>) -> u32 {
    tunnel.map_or(0, |tunnel| {
        u32::from(tunnel.depth) << 24 | tunnel.network & 0x00ff_ffff
    })
}
