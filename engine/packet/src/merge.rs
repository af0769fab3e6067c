//! Lines of several engines put into the order in which one engine would have written them.

use std::collections::VecDeque;

use crate::anomaly::AnomalyRate;
use crate::emit::head::{DATASETS, Dataset};
use crate::emit::output::{Batch, LINE_SPACE, Sink};
use crate::emit::portion::{Account, Order, Portion, Stage};
use crate::settings::Settings;

/// What waits of one engine.
#[derive(Default)]
struct Queue {
    portion: Portion,
    /// Place of the next unit, where its lines begin, and the next anomaly.
    unit: usize,
    begin: usize,
    anomaly: usize,
    later: VecDeque<Portion>,
    is_over: bool,
}

impl Queue {
    fn head(&self) -> Option<Order> {
        self.portion.units.get(self.unit).map(|unit| unit.order)
    }

    /// Goes on to the next portion that holds lines.
    fn settle(&mut self) {
        while self.head().is_none()
            && let Some(next) = self.later.pop_front()
        {
            self.portion = next;
            self.unit = 0;
            self.begin = 0;
            self.anomaly = 0;
        }
    }

    /// Whether this engine can still write something that belongs before `order`.
    fn may_precede(&self, order: Order) -> bool {
        let done = self.portion.packet;
        self.head().is_none()
            && !self.is_over
            && (done < order.packet || (done == order.packet && order.stage >= Stage::End))
    }
}

/// The batch being filled.
struct Open {
    lines: Vec<u8>,
    count: u32,
    max_count: u32,
    max_bytes: usize,
}

impl Open {
    /// Adds a line; true when the batch is full.
    fn add(&mut self, line: &[u8]) -> bool {
        self.lines.extend_from_slice(line);
        self.count += 1;
        self.count >= self.max_count || self.lines.len() >= self.max_bytes
    }

    fn close(&mut self, last_time_us: u64) -> Batch {
        let next = Vec::with_capacity(self.max_bytes.saturating_add(LINE_SPACE));
        Batch {
            lines: std::mem::replace(&mut self.lines, next),
            count: std::mem::take(&mut self.count),
            last_time_us,
        }
    }
}

/// Merges portions into batches.
pub struct Merge {
    queues: Vec<Queue>,
    accounts: Vec<Account>,
    rate: AnomalyRate,
    /// Anomalies that were not written because there were too many.
    pub silenced: u64,
    batch: Open,
    last_us: u64,
    sink: Sink,
    /// Whether the receiver has gone.
    pub is_stopped: bool,
}

impl Merge {
    /// Merges the portions of `workers` engines.
    #[must_use]
    pub fn new(settings: &Settings, workers: usize, sink: Sink) -> Self {
        Self {
            queues: (0..workers).map(|_| Queue::default()).collect(),
            accounts: vec![Account::default(); workers],
            rate: AnomalyRate::default(),
            silenced: 0,
            batch: Open {
                lines: Vec::new(),
                count: 0,
                max_count: settings.batch_lines,
                max_bytes: settings.batch_bytes,
            },
            last_us: 0,
            sink,
            is_stopped: false,
        }
    }

    /// Takes the next portion of an engine.
    pub fn put(&mut self, worker: usize, portion: Portion) {
        if let Some(account) = self.accounts.get_mut(worker) {
            account.clone_from(&portion.account);
        }
        self.last_us = self.last_us.max(portion.clock_us);
        if let Some(queue) = self.queues.get_mut(worker) {
            queue.is_over |= portion.is_last;
            queue.later.push_back(portion);
            queue.settle();
        }
    }

    /// An engine has ended without a word.
    pub fn lose(&mut self, worker: usize) {
        if let Some(queue) = self.queues.get_mut(worker) {
            queue.is_over = true;
        }
    }

    /// Writes what can be written; the engine to wait for, or `None` at the end.
    pub fn advance(&mut self) -> Option<usize> {
        while !self.is_stopped {
            let heads = self.queues.iter().enumerate();
            let first = heads
                .filter_map(|(worker, queue)| queue.head().map(|order| (order, worker)))
                .min();
            let Some((order, worker)) = first else {
                return self.furthest_behind();
            };
            if let Some(late) = self
                .queues
                .iter()
                .position(|queue| queue.may_precede(order))
            {
                return Some(late);
            }
            self.write(worker);
        }
        None
    }

    /// The engine to wait for when nobody has a line. Another one would keep its portions, then its blocks, then the feeder
    /// waiting, and with the feeder the engine that is waited for.
    fn furthest_behind(&self) -> Option<usize> {
        let open = self.queues.iter().enumerate();
        open.filter(|(_, queue)| !queue.is_over)
            .min_by_key(|(_, queue)| queue.portion.packet)
            .map(|(worker, _)| worker)
    }

    /// Closes the last batch.
    pub fn flush(&mut self) {
        if self.batch.count == 0 || self.is_stopped {
            return;
        }
        let batch = self.batch.close(self.last_us);
        self.is_stopped = !(self.sink)(batch);
    }

    /// The accounts so far, by worker.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Events written by all engines.
    #[must_use]
    pub fn written(&self) -> [u64; DATASETS] {
        let mut written = [0_u64; DATASETS];
        for account in &self.accounts {
            for (sum, part) in written.iter_mut().zip(&account.written) {
                *sum = sum.saturating_add(*part);
            }
        }
        if let Some(anomalies) = written.get_mut(Dataset::Anomaly.index()) {
            *anomalies = anomalies.saturating_sub(self.silenced);
        }
        written
    }

    fn write(&mut self, worker: usize) {
        let Some(queue) = self.queues.get_mut(worker) else {
            return;
        };
        let Some(unit) = queue.portion.units.get(queue.unit).copied() else {
            return;
        };
        while queue.begin < unit.end && !self.is_stopped {
            let rest = queue
                .portion
                .lines
                .get(queue.begin..unit.end)
                .unwrap_or_default();
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or(rest);
            let anomaly = queue.portion.anomalies.get(queue.anomaly);
            let second = anomaly
                .filter(|(begin, _)| *begin == queue.begin)
                .map(|(_, second)| *second);
            queue.anomaly += usize::from(second.is_some());
            queue.begin += length.max(1);
            if second.is_some_and(|second| !self.rate.admit(second.saturating_mul(1_000_000))) {
                self.silenced += 1;
                continue;
            }
            if self.batch.add(line) {
                let batch = self.batch.close(unit.clock_us);
                self.is_stopped = !(self.sink)(batch);
            }
        }
        queue.unit += 1;
        queue.settle();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::emit::portion::Unit;

    fn portion(packet: u64, units: &[(u64, Stage, u64, &str)], is_last: bool) -> Portion {
        let mut portion = Portion {
            packet,
            is_last,
            ..Portion::default()
        };
        for (packet, stage, first, line) in units {
            portion.lines.extend(line.as_bytes());
            portion.lines.push(b'\n');
            portion.units.push(Unit {
                order: Order {
                    packet: *packet,
                    stage: *stage,
                    first: *first,
                    second: 0,
                },
                clock_us: 0,
                end: portion.lines.len(),
            });
        }
        portion
    }

    #[test]
    fn while_nobody_has_a_line_the_engine_that_is_behind_is_waited_for() {
        let mut merge = Merge::new(&Settings::default(), 2, Box::new(|_| true));
        for packet in (1..40).map(|block| block * 2_048) {
            for worker in [0, 1] {
                assert_eq!(merge.advance(), Some(worker));
                merge.put(worker, portion(packet, &[], false));
            }
        }
    }

    #[test]
    fn lines_come_by_packet_and_no_sooner_than_nothing_can_come_before_them() {
        let text = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&text);
        let sink = Box::new(move |batch: Batch| {
            taken.lock().unwrap().extend(batch.lines);
            true
        });
        let settings = Settings {
            batch_lines: 1,
            ..Settings::default()
        };
        let mut merge = Merge::new(&settings, 2, sink);
        merge.put(
            0,
            portion(
                9,
                &[(3, Stage::Packet, 0, "c"), (9, Stage::Packet, 1, "e")],
                false,
            ),
        );
        assert_eq!(merge.advance(), Some(1));
        merge.put(
            1,
            portion(
                3,
                &[(1, Stage::Packet, 0, "a"), (3, Stage::Expiry, 0, "b")],
                false,
            ),
        );
        assert_eq!(merge.advance(), Some(1));
        assert_eq!(*text.lock().unwrap(), b"a\nb\nc\n");
        merge.put(
            1,
            portion(
                9,
                &[(9, Stage::Packet, 0, "d"), (9, Stage::End, 0, "f")],
                true,
            ),
        );
        assert_eq!(merge.advance(), Some(0));
        merge.put(0, portion(9, &[], true));
        assert_eq!(merge.advance(), None);
        assert_eq!(*text.lock().unwrap(), b"a\nb\nc\nd\ne\nf\n");
    }
}
