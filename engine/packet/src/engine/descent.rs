//! Down the layers of a frame: sums, fragments, and the packet that goes to its flow.

use super::{Engine, Seen};
use crate::anomaly::{self, Moment};
use crate::decode::checksum::{self, Verdict};
use crate::decode::{Fragment, Packet, Reason, transport};
use crate::defrag::{Joined, Weight};
use crate::emit::head::Place;
use crate::proto::Shared;
use crate::source::Frame;

impl Engine {
    pub(super) fn packet(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        moment: Moment,
    ) -> Result<(), Reason> {
        if let Some(fragment) = packet.fragment {
            return self.fragment(packet, fragment, frame.wire_length, moment);
        }
        let is_bad = self.shared.ledger.checksums_on
            && !frame.checksums_offloaded
            && self.is_sum_bad(packet);
        let weight = Weight {
            packets: 1,
            bytes: u64::from(frame.wire_length),
        };
        self.whole(packet, weight, moment, is_bad)
    }

    /// Takes a packet that is whole, or was joined from pieces.
    fn whole(
        &mut self,
        packet: &Packet<'_>,
        weight: Weight,
        moment: Moment,
        is_bad: bool,
    ) -> Result<(), Reason> {
        let segment = transport::decode(packet)?;
        let (key, side) = self.key(packet, &segment);
        self.segment(&Seen {
            key,
            side,
            packet,
            segment,
            weight,
            moment,
            is_bad,
        });
        Ok(())
    }

    /// Keeps a piece; the last one that was missing sets off the whole datagram.
    fn fragment(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        wire_length: u32,
        moment: Moment,
    ) -> Result<(), Reason> {
        let Shared { ledger, rate, .. } = &mut self.shared;
        if ledger.checksums_on && !packet.header_sum_good {
            ledger.bad_checksums += 1;
            return Err("fragment_header_sum");
        }
        let outcome = self
            .pieces
            .insert(packet, fragment, wire_length, self.clock.now_us());
        // Pieces count as decoded while there is hope.
        ledger.take_back("fragment_incomplete", outcome.dropped);
        if outcome.has_hit_limit {
            ledger.limit("fragments");
        }
        if let Some(anomaly) = outcome.anomaly {
            let Packet {
                family,
                source,
                destination,
                protocol,
                ..
            } = *packet;
            let place = Place::Packet(family, source, destination, protocol);
            anomaly::report(&mut self.out, ledger, rate, &place, (anomaly, b""), moment);
        }
        if let Some(reason) = outcome.refused {
            return Err(reason);
        }
        let Some(joined) = outcome.joined else {
            return Ok(());
        };
        let outcome = self.joined(packet, &joined, moment);
        if let Err(reason) = outcome {
            // All pieces but this one were counted as decoded.
            self.shared
                .ledger
                .take_back(reason, joined.weight.packets.saturating_sub(1));
        }
        outcome
    }

    fn joined(&mut self, last: &Packet<'_>, joined: &Joined, moment: Moment) -> Result<(), Reason> {
        let (protocol, payload) = joined.behind_extensions(last.family)?;
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let whole = Packet {
            protocol,
            payload,
            ip_length: length.saturating_add(joined.header_bytes),
            fragment: None,
            missing: 0,
            ..*last
        };
        let is_bad = self.shared.ledger.checksums_on && self.is_sum_bad(&whole);
        self.whole(&whole, joined.weight, moment, is_bad)
    }

    fn is_sum_bad(&mut self, packet: &Packet<'_>) -> bool {
        let verdict = if packet.header_sum_good {
            checksum::check(packet)
        } else {
            Verdict::Bad
        };
        match verdict {
            Verdict::Good | Verdict::Unknown => false,
            Verdict::Offloaded => {
                self.shared.ledger.offloaded_checksums += 1;
                false
            }
            Verdict::Bad => {
                self.shared.ledger.bad_checksums += 1;
                true
            }
        }
    }
}
