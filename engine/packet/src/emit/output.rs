//! The batch being filled, and where full ones go.

use std::net::Ipv6Addr;

use super::head::{self, Event, Place};
use super::line::Line;
use super::portion::{Account, Order, Portion, PortionSink, Unit};
use super::time::TimeText;
use crate::bytes::count;
use crate::settings::Settings;

/// Whole lines with what their reader needs to know of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Newline-terminated lines.
    pub lines: Vec<u8>,
    /// How many.
    pub count: u32,
    /// Clock of the engine when the batch closed, µs.
    pub last_time_us: u64,
}

/// A batch closes behind the line that makes it full: lines are shorter than this.
pub const LINE_SPACE: usize = 64 << 10;

/// Takes a full batch; false means that nobody wants more.
pub type Sink = Box<dyn FnMut(Batch) -> bool + Send>;

/// Lines of an engine that shares its capture with others.
struct Share {
    sink: PortionSink,
    units: Vec<Unit>,
    anomalies: Vec<(usize, u64)>,
}

/// Collects lines and hands them on in batches.
pub struct Output {
    lines: Vec<u8>,
    count: u32,
    max_count: u32,
    max_bytes: usize,
    sink: Sink,
    stopped: bool,
    truncated: Vec<String>,
    time_text: TimeText,
    extra_time: TimeText,
    source: Vec<u8>,
    share: Option<Box<Share>>,
    order: Order,
    /// Whether events are dropped: another engine writes them.
    pub is_muted: bool,
    /// Clock of the engine, µs.
    pub clock_us: u64,
    /// Events written, by [`head::Dataset`].
    pub written: [u64; head::DATASETS],
}

impl Output {
    /// An empty batch in front of `sink`.
    #[must_use]
    pub fn new(settings: &Settings, sink: Sink) -> Self {
        Self {
            lines: Vec::new(),
            count: 0,
            max_count: settings.batch_lines,
            max_bytes: settings.batch_bytes,
            sink,
            stopped: false,
            truncated: Vec::new(),
            time_text: TimeText::default(),
            extra_time: TimeText::default(),
            source: settings.source.clone().into_bytes(),
            share: None,
            order: Order::default(),
            is_muted: false,
            clock_us: 0,
            written: [0; head::DATASETS],
        }
    }

    /// The output of one of several engines that share a capture.
    #[must_use]
    pub fn shared(settings: &Settings, sink: PortionSink) -> Self {
        let share = Share {
            sink,
            units: Vec::new(),
            anomalies: Vec::new(),
        };
        Self {
            share: Some(Box::new(share)),
            ..Self::new(settings, Box::new(|_| false))
        }
    }

    /// Whether other engines write of the same capture.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.share.is_some()
    }

    /// Where the lines belong that come next.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// The next step down the layers of a frame.
    pub fn next_place(&mut self) {
        self.order.first = self.order.first.saturating_add(1);
    }

    /// How many steps down the layers of the frame it is.
    #[must_use]
    pub fn place(&self) -> u16 {
        u16::try_from(self.order.first).unwrap_or(u16::MAX)
    }

    /// Hands on what a shared engine has written until `packet`.
    pub fn hand_on(&mut self, packet: u64, account: Account, is_last: bool) {
        let Some(share) = self.share.as_mut().filter(|_| !self.stopped) else {
            return;
        };
        // The next portion is about as long.
        let next = Vec::with_capacity(self.lines.len());
        let portion = Portion {
            lines: std::mem::replace(&mut self.lines, next),
            units: std::mem::take(&mut share.units),
            anomalies: std::mem::take(&mut share.anomalies),
            packet,
            clock_us: self.clock_us,
            account,
            is_last,
        };
        self.stopped = !(share.sink)(portion);
    }

    /// Whether the receiver has gone.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether lines wait for the batch to fill.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        self.count > 0
    }

    /// Writes one event: `body` adds members between the ends and `related`, `own` adds to `khien`.
    pub fn event(
        &mut self,
        event: &Event<'_>,
        place: &Place<'_>,
        body: impl FnOnce(&mut Line<'_>),
        own: impl FnOnce(&mut Line<'_>),
    ) {
        if self.stopped || self.is_muted {
            return;
        }
        let begin = self.lines.len();
        if let Some(written) = self.written.get_mut(event.dataset.index()) {
            *written += 1;
        }
        let mut line = Line::new(&mut self.lines, &mut self.truncated);
        head::write_event(&mut line, event, &mut self.time_text, &mut self.extra_time);
        head::write_place(&mut line, place, event);
        body(&mut line);
        head::write_related(&mut line, place, &event.related);
        let mark = line.open("khien");
        line.number("schema", 1);
        line.text_within("source", &self.source, 256);
        line.word("time", "packet");
        head::write_khien(&mut line, place, event);
        own(&mut line);
        line.write_truncated();
        line.close(mark);
        line.finish();
        if let Some(share) = &mut self.share {
            let end = self.lines.len();
            if event.dataset == head::Dataset::Anomaly {
                share.anomalies.push((begin, event.time_us / 1_000_000));
            }
            match share
                .units
                .last_mut()
                .filter(|unit| unit.order == self.order)
            {
                Some(unit) => unit.end = end,
                None => share.units.push(Unit {
                    order: self.order,
                    clock_us: self.clock_us,
                    end,
                }),
            }
            return;
        }
        self.count += 1;
        if self.count >= self.max_count || self.lines.len() >= self.max_bytes {
            self.flush();
        }
    }

    /// Takes back a line that a panic broke off: no line has a newline inside.
    pub fn forget_unfinished(&mut self) {
        let end = self.lines.iter().rposition(|byte| *byte == b'\n');
        self.lines.truncate(end.map_or(0, |end| end + 1));
    }

    /// Closes the batch now, if it holds anything.
    pub fn flush(&mut self) {
        if self.count == 0 || self.stopped {
            return;
        }
        // Memory that is not written to costs nothing; growing costs a copy.
        let space = self.max_bytes.saturating_add(LINE_SPACE);
        let lines = std::mem::replace(&mut self.lines, Vec::with_capacity(space));
        let batch = Batch {
            lines,
            count: std::mem::take(&mut self.count),
            last_time_us: self.clock_us,
        };
        self.stopped = !(self.sink)(batch);
    }

    /// Events written so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.written
            .iter()
            .fold(0, |sum, written| sum.saturating_add(*written))
    }
}

/// Appends an address between quotes (RFC 5952).
pub fn append_address(out: &mut Vec<u8>, family: u8, address: &[u8; 16]) {
    out.push(b'"');
    append_bare_address(out, family, address);
    out.push(b'"');
}

/// Appends an address without quotes.
pub fn append_bare_address(out: &mut Vec<u8>, family: u8, address: &[u8; 16]) {
    use std::io::Write as _;
    if family == 4 {
        let (text, length) = dotted(address);
        out.extend_from_slice(text.get(..length).unwrap_or_default());
    } else {
        // Writing into memory does not fail.
        let _ = write!(out, "{}", Ipv6Addr::from(*address));
    }
}

/// The first four bytes in decimal with dots between them, and how long that is.
fn dotted(address: &[u8; 16]) -> ([u8; 16], usize) {
    let mut text = [b'.'; 16];
    let mut length = 0;
    for byte in address.iter().take(4) {
        let digits = [byte / 100, byte / 10 % 10, byte % 10].map(|digit| b'0' + digit);
        let skipped = usize::from(*byte < 10) + usize::from(*byte < 100);
        for digit in digits.iter().skip(skipped) {
            if let Some(place) = text.get_mut(length) {
                *place = *digit;
            }
            length += 1;
        }
        length += 1;
    }
    (text, length - 1)
}

/// Length of lines waiting, for tests of memory.
impl Output {
    /// Bytes that wait in the open batch.
    #[must_use]
    pub fn waiting_bytes(&self) -> u64 {
        count(self.lines.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn addresses_are_written_as_the_standard_library_would() {
        for last in 0..=255 {
            let mut address = [0; 16];
            address[..4].copy_from_slice(&[255, 10, last, 255 - last]);
            let mut out = Vec::new();
            append_bare_address(&mut out, 4, &address);
            let known = std::net::Ipv4Addr::new(255, 10, last, 255 - last).to_string();
            assert_eq!(String::from_utf8(out), Ok(known));
        }
    }

    #[test]
    fn a_line_that_a_panic_broke_off_is_taken_back() {
        let mut out = Output::new(&Settings::default(), Box::new(|_| true));
        let event = Event::new(head::Dataset::Ntp, "ntp-request", 0, 1);
        let mut write = |fails: bool| {
            out.event(
                &event,
                &Place::Capture,
                |_| assert!(!fails, "a defect"),
                |_| {},
            );
        };
        write(false);
        assert!(catch_unwind(AssertUnwindSafe(|| write(true))).is_err());
        out.forget_unfinished();
        assert_eq!(out.lines.split_inclusive(|byte| *byte == b'\n').count(), 1);
        assert_eq!(out.lines.last(), Some(&b'\n'));
    }
}
