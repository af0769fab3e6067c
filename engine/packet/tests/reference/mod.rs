//! A stream in the simplest way that can be right, to compare the real one with: a table of bytes, first copy first.

use khien_packet::stream::{Half, Sequence};

/// Numbers that a script of operations can reach.
const SPACE: usize = 1 << 12;

/// What a place of the stream holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Byte(u8),
    /// A number without a byte.
    Outside,
}

/// What the model knows of one direction. Places count from the first byte.
struct Model {
    bytes: Vec<Known>,
    next: usize,
    acknowledged: usize,
    ready: Vec<u8>,
    unsettled: Vec<(usize, u8)>,
}

impl Model {
    fn insert(&mut self, at: usize, data: &[u8]) {
        for (place, byte) in (at..).zip(data) {
            self.set(place, Known::Byte(*byte));
        }
        self.join();
    }

    /// A place that carries no byte: urgent data.
    fn skip(&mut self, at: usize) {
        self.set(at, Known::Outside);
        self.join();
    }

    fn set(&mut self, place: usize, value: Known) {
        if place >= self.next
            && let Some(known) = self.bytes.get_mut(place)
            && *known == Known::Nothing
        {
            *known = value;
        }
    }

    fn is_known(&self, place: usize) -> bool {
        self.bytes
            .get(place)
            .is_some_and(|known| *known != Known::Nothing)
    }

    fn join(&mut self) {
        while let Some(known) = self.bytes.get(self.next)
            && *known != Known::Nothing
        {
            if let Known::Byte(byte) = known {
                self.unsettled.push((self.next, *byte));
            }
            self.next += 1;
        }
        self.settle(false);
    }

    fn settle(&mut self, all: bool) {
        let until = if all { usize::MAX } else { self.acknowledged };
        let settled = self
            .unsettled
            .iter()
            .take_while(|(place, _)| *place < until);
        let count = settled.count();
        let ready = self.unsettled.drain(..count);
        self.ready.extend(ready.map(|(_, byte)| byte));
    }

    /// Bytes that were acknowledged and never seen: how many, up to the next that were.
    fn gap(&mut self) -> Option<u64> {
        let until = (self.next..self.acknowledged)
            .find(|place| self.is_known(*place))
            .unwrap_or(self.acknowledged);
        // One number behind the last byte may be the end's.
        let is_end = self.acknowledged == self.next + 1
            && (self.next..self.bytes.len()).all(|place| !self.is_known(place));
        if until <= self.next || is_end {
            return None;
        }
        let length = until - self.next;
        self.unsettled.clear();
        self.next = until;
        self.join();
        u64::try_from(length).ok()
    }
}

/// Runs a script on the stream and on the model. Each operation has four bytes: which, where (two), how long.
///
/// Panics when they disagree.
pub fn compare(script: &[u8], start: u32) {
    let mut half = Half::default();
    let mut state = Sequence {
        is_synchronised: true,
        ..Sequence::default()
    };
    state.begin(start);
    let mut model = Model {
        bytes: vec![Known::Nothing; SPACE + 256],
        next: 0,
        acknowledged: 0,
        ready: Vec::new(),
        unsettled: Vec::new(),
    };
    // Nothing is settled before the first acknowledgement; the model's first is that of nothing.
    state.acknowledged = start;
    state.is_acknowledged = true;
    let mut delivered = Vec::new();
    for (turn, operation) in (0_u8..=255).cycle().zip(script.chunks_exact(4)) {
        let [which, high, low, length] =
            [0, 1, 2, 3].map(|at| operation.get(at).copied().unwrap_or(0));
        let at = usize::from(u16::from_be_bytes([high, low])) % SPACE;
        let number = start.wrapping_add(u32::try_from(at).unwrap_or(0));
        match which % 4 {
            0 | 1 => {
                let data: Vec<u8> = (0..usize::from(length))
                    .map(|step| {
                        turn.wrapping_mul(31)
                            .wrapping_add(u8::try_from(step).unwrap_or(0))
                    })
                    .collect();
                if data.is_empty() {
                    continue;
                }
                half.insert(&mut state, number, &data, data.len());
                model.insert(at, &data);
            }
            2 => {
                half.insert_outside(&mut state, number);
                model.skip(at);
            }
            _ => {
                if at > model.acknowledged {
                    model.acknowledged = at;
                    state.acknowledged = number;
                }
                model.settle(false);
            }
        }
        take(&mut half, &state, &mut delivered, false);
        loop {
            let (told, expected) = (half.take_gap(&mut state), model.gap());
            assert_eq!(told, expected, "gap after turn {turn}");
            take(&mut half, &state, &mut delivered, false);
            if told.is_none() {
                break;
            }
        }
        assert_eq!(delivered, model.ready, "bytes after turn {turn}");
        assert_eq!(
            state.next.wrapping_sub(start),
            u32::try_from(model.next).unwrap_or(0)
        );
    }
    take(&mut half, &state, &mut delivered, true);
    model.settle(true);
    assert_eq!(delivered, model.ready, "bytes at the end");
}

fn take(half: &mut Half, state: &Sequence, delivered: &mut Vec<u8>, all: bool) {
    while let Some((bytes, _)) = half.ready(state, all) {
        let length = bytes.len();
        delivered.extend_from_slice(bytes);
        half.consume(length, length);
    }
}
