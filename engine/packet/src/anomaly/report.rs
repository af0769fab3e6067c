//! How an anomaly is told: one event a flow and name, outside flows one a minute between the same ends, never too many.

use super::Anomaly;
use crate::bytes::count;
use crate::emit::head::{Dataset, Event, Place};
use crate::emit::output::Output;
use crate::flow::Flow;
use crate::ids::sip;
use crate::ledger::Ledger;

/// More events than this in one second of packet time are only counted.
const MAX_PER_SECOND: u32 = 1_000;

/// Places in the memory of anomalies outside flows; two that fall into one push each other out.
const PLACES: usize = 4_096;
/// Outside flows, the same anomaly between the same ends makes an event this often, s.
const AGAIN_AFTER: u64 = 60;

/// Counts, and decides which occurrence becomes an event.
#[derive(Debug, Default)]
pub struct AnomalyRate {
    /// Whether everything is admitted: somebody else counts.
    pub is_open: bool,
    second: u64,
    in_second: u32,
    /// What was told outside flows, and in which minute.
    recent: Vec<(u64, u64)>,
}

impl AnomalyRate {
    /// Whether one more may be told.
    pub fn admit(&mut self, time_us: u64) -> bool {
        if self.is_open {
            return true;
        }
        let second = time_us / 1_000_000;
        if second != self.second {
            self.second = second;
            self.in_second = 0;
        }
        self.in_second = self.in_second.saturating_add(1);
        self.in_second <= MAX_PER_SECOND
    }

    /// Whether this is the first between these ends for a while.
    fn is_first(&mut self, anomaly: Anomaly, place: &Place<'_>, time_us: u64) -> bool {
        if self.recent.is_empty() {
            self.recent.resize(PLACES, (0, 0));
        }
        let [a, b, c, d] = place.words();
        let number = count(anomaly as usize).saturating_add(1);
        let hash = sip::<1, 3>([0, 0], &[number, a, b, c, d]);
        let minute = time_us / 1_000_000 / AGAIN_AFTER + 1;
        let index = usize::try_from(hash).unwrap_or(0) % PLACES;
        let Some(known) = self.recent.get_mut(index) else {
            return true;
        };
        if *known == (hash, minute) {
            return false;
        }
        *known = (hash, minute);
        true
    }
}

/// When and in which packet.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Packet time, µs.
    pub time_us: u64,
    /// Packet number, from 1.
    pub packet: u64,
    /// When the bytes came that this packet settles, µs: before it, where it only acknowledges them. What took how long
    /// is told by this.
    pub received_us: u64,
}

impl Moment {
    /// A moment of which nothing came earlier.
    #[must_use]
    pub fn new(time_us: u64, packet: u64) -> Self {
        Self {
            time_us,
            packet,
            received_us: time_us,
        }
    }
}

/// Reports an anomaly of a flow: an event the first time, a count always.
pub fn report_in_flow(
    out: &mut Output,
    ledger: &mut Ledger,
    rate: &mut AnomalyRate,
    flow: &mut Flow,
    anomaly: Anomaly,
    moment: Moment,
) {
    report_in_transaction(out, ledger, rate, flow, (anomaly, None), moment);
}

/// The same, of a transaction of the flow.
pub fn report_in_transaction(
    out: &mut Output,
    ledger: &mut Ledger,
    rate: &mut AnomalyRate,
    flow: &mut Flow,
    (anomaly, transaction): (Anomaly, Option<u64>),
    moment: Moment,
) {
    *ledger.anomalies.entry(anomaly.name()).or_default() += 1;
    if !flow.anomalies.insert(anomaly) {
        return;
    }
    if rate.admit(moment.time_us) {
        let place = Place::Flow(flow);
        write(out, &place, (anomaly, transaction), moment, &[]);
    } else {
        ledger.limit("anomaly_rate");
    }
}

/// Reports an anomaly outside any flow: an event the first time in a minute between the same ends, a count always.
/// `note` says more about it.
pub fn report(
    out: &mut Output,
    ledger: &mut Ledger,
    rate: &mut AnomalyRate,
    place: &Place<'_>,
    (anomaly, note): (Anomaly, &[u8]),
    moment: Moment,
) {
    *ledger.anomalies.entry(anomaly.name()).or_default() += 1;
    if !rate.is_first(anomaly, place, moment.time_us) {
        return;
    }
    if rate.admit(moment.time_us) {
        write(out, place, (anomaly, None), moment, note);
    } else {
        ledger.limit("anomaly_rate");
    }
}

fn write(
    out: &mut Output,
    place: &Place<'_>,
    (anomaly, transaction): (Anomaly, Option<u64>),
    moment: Moment,
    note: &[u8],
) {
    let mut event = Event::new(
        Dataset::Anomaly,
        anomaly.name(),
        moment.time_us,
        moment.packet,
    );
    event.types = &["info"];
    event.transaction = transaction;
    out.event(
        &event,
        place,
        |_| {},
        |line| {
            let mark = line.open("anomaly");
            line.word("name", anomaly.name());
            line.word("layer", anomaly.layer());
            if let Place::Flow(flow) = place
                && anomaly.layer() == "app"
            {
                line.word("protocol", flow.protocol_name().unwrap_or_default());
            }
            line.text_within("note", note, 256);
            line.close(mark);
        },
    );
}
