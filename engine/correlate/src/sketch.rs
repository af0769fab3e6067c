//! Counts of groups that had to go, by the hash of their key: a count-min sketch (Cormode and Muthukrishnan, 2005) with conservative
//! update, in two generations of one timespan each.
//!
//! It may say too much: where keys share all their cells, for what went up to two timespans ago, for a value counted both before and
//! after its group went. It never says too little, until so many groups went that strangers' counts could reach the threshold: then
//! it is not believed and says nothing. The hash is the same everywhere, so that the same events make the same alerts; who finds keys
//! that share cells gains no more than by a flood of any keys.

use crate::plan::Kind;
use crate::state::VERSION;
use crate::values::{push_varint, take_varint};
use crate::watch::Watch;

const ROWS: usize = 4;
const COLUMNS: usize = 4_096;
const CELLS: usize = ROWS * COLUMNS;
/// Believed while at most every sixteenth cell of a generation has half of what is needed: a new key then finds four such cells, one
/// in each row, once in 65,536 times.
const BELIEVED_PART: usize = 16;
/// A cell must be able to say "enough".
const MOST_NEEDED: usize = (u16::MAX / 2) as usize;

/// What went in one timespan.
#[derive(Debug, Clone)]
struct Generation {
    cells: Box<[u16]>,
    /// Cells that hold half of what is needed.
    heavy: usize,
}

impl Generation {
    fn new() -> Self {
        Self {
            cells: vec![0; CELLS].into_boxed_slice(),
            heavy: 0,
        }
    }

    fn least(&self, places: &[usize; ROWS]) -> u16 {
        let found = places.iter().filter_map(|place| self.cells.get(*place));
        found.copied().min().unwrap_or(0)
    }

    fn set(&mut self, place: usize, count: u16, needed: usize) {
        let Some(cell) = self.cells.get_mut(place) else {
            return;
        };
        let is_heavy = |count: u16| usize::from(count) * 2 >= needed;
        if !is_heavy(*cell) && is_heavy(count) {
            self.heavy += 1;
        }
        *cell = count;
    }
}

/// What the groups of one watch that had to go have counted. 64 KiB.
#[derive(Debug)]
pub struct Sketch {
    needed: usize,
    timespan_us: i64,
    /// The number of the timespan in which the newest of them went.
    period: i64,
    current: Generation,
    previous: Generation,
    is_dirty: bool,
    is_kept: bool,
}

impl Sketch {
    /// Whether counts of this watch can go on in a sketch: a rising count of more than one, and of no more than a cell can say.
    #[must_use]
    pub fn serves(watch: &Watch) -> bool {
        let is_count = matches!(
            watch.kind,
            Kind::EventCount | Kind::ValueCount | Kind::Temporal
        );
        is_count
            && watch.is_rising
            && watch.expression.is_none()
            && (2..=MOST_NEEDED).contains(&watch.needed)
    }

    /// Nothing has gone yet.
    #[must_use]
    pub fn new(watch: &Watch, now_us: i64) -> Self {
        Self::empty(watch.needed, watch.timespan_us, now_us)
    }

    fn empty(needed: usize, timespan_us: i64, now_us: i64) -> Self {
        Self {
            needed,
            timespan_us: timespan_us.max(1),
            period: now_us.div_euclid(timespan_us.max(1)),
            current: Generation::new(),
            previous: Generation::new(),
            is_dirty: true,
            is_kept: false,
        }
    }

    /// A group that had counted so much goes.
    pub fn add(&mut self, key: &[u8], count: usize, now_us: i64) {
        self.turn(now_us);
        self.is_dirty = true;
        let places = places(key);
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let now = self.current.least(&places).saturating_add(count);
        for place in places {
            if self
                .current
                .cells
                .get(place)
                .is_some_and(|cell| *cell < now)
            {
                self.current.set(place, now, self.needed);
            }
        }
    }

    /// At least what groups of this key that went inside the timespan had counted; 0 when nothing can be believed.
    pub fn estimate(&mut self, key: &[u8], now_us: i64) -> u32 {
        self.turn(now_us);
        if !self.is_believed() {
            return 0;
        }
        let places = places(key);
        u32::from(self.current.least(&places)) + u32::from(self.previous.least(&places))
    }

    /// Whether strangers' counts alone do not reach the threshold.
    #[must_use]
    pub fn is_believed(&self) -> bool {
        let most = CELLS / BELIEVED_PART;
        self.current.heavy <= most && self.previous.heavy <= most
    }

    /// Whether a snapshot holds it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// What went before the last timespan began is outside of every window. Time that goes back turns nothing.
    fn turn(&mut self, now_us: i64) {
        let period = now_us.div_euclid(self.timespan_us);
        if period <= self.period {
            return;
        }
        self.previous = if period == self.period.saturating_add(1) {
            std::mem::replace(&mut self.current, Generation::new())
        } else {
            self.current = Generation::new();
            Generation::new()
        };
        self.period = period;
        self.is_dirty = true;
    }

    /// The state, if it changed since the last time.
    pub fn take_state(&mut self) -> Option<Vec<u8>> {
        if !std::mem::take(&mut self.is_dirty) {
            return None;
        }
        self.is_kept = true;
        let mut out = vec![VERSION];
        out.extend(self.period.to_be_bytes());
        for generation in [&self.current, &self.previous] {
            let filled = || {
                generation
                    .cells
                    .iter()
                    .enumerate()
                    .filter(|(_, count)| **count > 0)
            };
            push_varint(&mut out, filled().count() as u64);
            let mut next = 0;
            for (place, count) in filled() {
                push_varint(&mut out, (place - next) as u64);
                push_varint(&mut out, u64::from(*count));
                next = place + 1;
            }
        }
        Some(out)
    }

    /// Takes a state back, its version read.
    #[must_use]
    pub fn restore(watch: &Watch, state: &[u8]) -> Option<Self> {
        if !Self::serves(watch) {
            return None;
        }
        Self::read(watch.needed, watch.timespan_us, state)
    }

    fn read(needed: usize, timespan_us: i64, state: &[u8]) -> Option<Self> {
        let (period, mut rest) = state.split_first_chunk::<8>()?;
        let mut sketch = Self::empty(needed, timespan_us, 0);
        sketch.period = i64::from_be_bytes(*period);
        for generation in [&mut sketch.current, &mut sketch.previous] {
            let filled = usize::try_from(take_varint(&mut rest)?).ok()?;
            if filled > CELLS {
                return None;
            }
            let mut next = 0_usize;
            for _ in 0..filled {
                let gap = usize::try_from(take_varint(&mut rest)?).ok()?;
                let place = next.checked_add(gap).filter(|place| *place < CELLS)?;
                let count = u16::try_from(take_varint(&mut rest)?).ok()?;
                if count == 0 {
                    return None;
                }
                generation.set(place, count, needed);
                next = place + 1;
            }
        }
        // What comes from another lane is not yet in this one's checkpoint: it is written once more.
        sketch.is_kept = true;
        rest.is_empty().then_some(sketch)
    }
}

/// A cell in each row.
fn places(key: &[u8]) -> [usize; ROWS] {
    // FNV-1a, then the finaliser of MurmurHash3: the rows are 12 bits each of what comes of it.
    let mut hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^= hash >> 33;
    std::array::from_fn(|row| {
        let column = usize::try_from((hash >> (12 * row)) & 0xfff).unwrap_or(0);
        row * COLUMNS + column
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: i64 = 1_000;

    /// Numbers without a pattern (Knuth's constants).
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, most: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % most
        }
    }

    #[test]
    fn an_estimate_is_never_less_than_what_went_inside_the_timespan() {
        let mut chance = Chance(7);
        let mut looked = 0;
        for round in 0..20 {
            let needed = 20 + round * 50;
            let mut sketch = Sketch::empty(needed, SPAN, 0);
            let mut gone: Vec<(i64, u64, usize)> = Vec::new();
            let mut now_us = 0;
            for _ in 0..1_500 {
                now_us += i64::try_from(chance.below(40)).unwrap_or(0);
                let key = chance.below(60);
                if chance.below(4) > 0 {
                    let count = usize::try_from(chance.below(5)).unwrap_or(0) + 1;
                    sketch.add(&key.to_le_bytes(), count, now_us);
                    gone.push((now_us, key, count));
                    continue;
                }
                let truth: usize = gone
                    .iter()
                    .filter(|(time_us, one, _)| *one == key && *time_us >= now_us - SPAN)
                    .map(|(_, _, count)| count)
                    .sum();
                let estimate = sketch.estimate(&key.to_le_bytes(), now_us);
                assert!(sketch.is_believed());
                assert!(estimate as usize >= truth, "{estimate} < {truth}");
                looked += usize::from(truth > 0);
            }
        }
        assert!(looked > 3_000);
    }

    #[test]
    fn after_two_timespans_nothing_is_left_of_what_went() {
        let mut sketch = Sketch::empty(8, SPAN, 0);
        sketch.add(b"a", 5, 900);
        assert_eq!(sketch.estimate(b"a", 1_900), 5);
        assert_eq!(sketch.estimate(b"a", 2_000), 0);
    }

    #[test]
    fn a_flood_makes_it_silent_before_strangers_reach_the_threshold() {
        let mut sketch = Sketch::empty(8, SPAN, 0);
        let (mut went, mut wrong) = (0_u64, 0);
        while sketch.is_believed() {
            sketch.add(&went.to_le_bytes(), 1, 0);
            went += 1;
            let stranger = (went | (1 << 40)).to_le_bytes();
            wrong += usize::from(sketch.estimate(&stranger, 0) >= 7);
        }
        assert!(went > 5_000, "silent after {went}");
        assert_eq!(wrong, 0);
        assert_eq!(sketch.estimate(&0_u64.to_le_bytes(), 0), 0);
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() -> Result<(), &'static str> {
        let mut sketch = Sketch::empty(8, SPAN, 0);
        sketch.add(b"a", 3, 500);
        sketch.add(b"b", 70_000, 1_500);
        let state = sketch.take_state().ok_or("nothing to keep")?;
        assert_eq!(sketch.take_state(), None);
        let (_, state) = state.split_first().ok_or("no version")?;
        let mut back = Sketch::read(8, SPAN, state).ok_or("not read")?;
        for key in [&b"a"[..], b"b", b"c"] {
            assert_eq!(back.estimate(key, 1_600), sketch.estimate(key, 1_600));
        }
        assert_eq!(back.current.heavy, sketch.current.heavy);
        for end in 0..state.len() {
            let cut = state.get(..end).ok_or("no such part")?;
            assert!(Sketch::read(8, SPAN, cut).is_none());
        }
        Ok(())
    }
}
