//! Groups by watch and folded key, least recent first, and the slots in which they remember events.
//!
//! Everything is numbered places in chunks: an idle group is one record, one slot, its key and the facts of its event, and a full group
//! of a rising count is as many slots as its threshold needs, never more.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use crate::body::Body;
use crate::slab::{NONE, Slab};
use crate::texts::{Texts, narrow, widen};

/// Before every event.
pub const BEGINNING: i64 = i64::MIN;

/// An event that counts: when, which, and what it adds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Entry {
    /// Event time.
    pub time_us: i64,
    /// Number in its stream.
    pub seq: u64,
    /// Sensor and epoch; or `CHAINED`, then `seq` is the inner firing's number.
    pub stream: u32,
    /// A text of its facts.
    pub facts: u32,
}

/// A remembered event of a group, and what it counts for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slot {
    /// The event.
    pub entry: Entry,
    /// The counted value or member as a text; `NONE` where each event counts once.
    pub key: u32,
    pub(crate) group: u32,
    pub(crate) previous: u32,
    pub(crate) next: u32,
}

/// One group of one watch.
#[derive(Debug, Default)]
pub struct Group {
    /// The watch's number.
    pub watch: u32,
    /// The folded key as a text.
    pub key: u32,
    hash: u32,
    previous: u32,
    next: u32,
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) count: u32,
    /// The open episode.
    pub episode: u32,
    /// Changed since the last snapshot.
    pub is_dirty: bool,
    /// A snapshot holds it.
    pub is_kept: bool,
    /// At most so many counts that a sketch carries on from evicted groups of this key.
    pub carried: u32,
    /// The newest event's time.
    pub last_us: i64,
    /// When the condition last held.
    pub held_us: i64,
    /// Higher is more recent.
    pub rank: u64,
    /// What kinds other than a recent count keep.
    pub body: Option<Box<Body>>,
}

/// A kept group that is gone: watch and key.
pub type Dropped = (u32, Box<[u8]>);

/// The groups of one watch, least recent first.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// The least recent.
    pub head: u32,
    /// The most recent.
    pub tail: u32,
    /// How many.
    pub count: usize,
}

/// All groups of a lane.
#[derive(Debug)]
pub struct Store {
    /// Keys, values, facts.
    pub texts: Texts,
    pub(crate) groups: Slab<Group>,
    pub(crate) slots: Slab<Slot>,
    by_key: HashTable<u32>,
    pub(crate) by_value: HashTable<u32>,
    hasher: RandomState,
    lists: Vec<List>,
    rank: u64,
    dirty: Vec<u32>,
    dropped: Vec<Dropped>,
}

impl Store {
    /// For so many watches.
    #[must_use]
    pub fn new(watches: usize) -> Self {
        let empty = List {
            head: NONE,
            tail: NONE,
            count: 0,
        };
        Self {
            texts: Texts::default(),
            groups: Slab::default(),
            slots: Slab::default(),
            by_key: HashTable::new(),
            by_value: HashTable::new(),
            hasher: RandomState::new(),
            lists: vec![empty; watches],
            rank: 0,
            dirty: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// How many groups there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many events are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.slots.len()
    }

    /// Memory of groups, slots and texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.texts.bytes()
            + self.groups.len() * (size_of::<Group>() + size_of::<u64>())
            + self.slots.len() * (size_of::<Slot>() + size_of::<u64>())
    }

    /// The group of this number.
    #[must_use]
    pub fn group(&self, number: u32) -> Option<&Group> {
        self.groups.get(number)
    }

    /// The same, to change it.
    pub fn group_mut(&mut self, number: u32) -> Option<&mut Group> {
        self.groups.get_mut(number)
    }

    /// The groups of a watch.
    #[must_use]
    pub fn list(&self, watch: u32) -> List {
        self.lists.get(watch as usize).copied().unwrap_or(List {
            head: NONE,
            tail: NONE,
            count: 0,
        })
    }

    /// The next more recent group of the same watch.
    #[must_use]
    pub fn next(&self, group: u32) -> u32 {
        self.groups.get(group).map_or(NONE, |group| group.next)
    }

    /// The next less recent group of the same watch.
    #[must_use]
    pub fn before(&self, group: u32) -> u32 {
        self.groups.get(group).map_or(NONE, |group| group.previous)
    }

    fn hash(&self, watch: u32, key: &[u8]) -> u32 {
        narrow(self.hasher.hash_one((watch, key)))
    }

    /// The group of this watch and key.
    #[must_use]
    pub fn find(&self, watch: u32, key: &[u8]) -> Option<u32> {
        let hash = self.hash(watch, key);
        self.by_key
            .find(widen(hash), |number| {
                self.groups.get(*number).is_some_and(|group| {
                    group.hash == hash && group.watch == watch && self.texts.get(group.key) == key
                })
            })
            .copied()
    }

    /// A new group at the end of its watch's list.
    pub fn create(&mut self, watch: u32, key: &[u8], now_us: i64) -> u32 {
        let hash = self.hash(watch, key);
        let key = self.texts.intern(key);
        let number = self.groups.insert(Group {
            watch,
            key,
            hash,
            previous: NONE,
            next: NONE,
            head: NONE,
            tail: NONE,
            episode: NONE,
            last_us: now_us,
            held_us: BEGINNING,
            ..Group::default()
        });
        let groups = &self.groups;
        self.by_key.insert_unique(widen(hash), number, |other| {
            widen(groups.get(*other).map_or(0, |group| group.hash))
        });
        self.append(number);
        number
    }

    /// Forgets a group and all it remembers; what it kept beside slots is handed back.
    pub fn remove(&mut self, number: u32) -> Group {
        while self.pop_oldest(number) {}
        self.unlink(number);
        let group = self.groups.remove(number);
        if let Ok(found) = self
            .by_key
            .find_entry(widen(group.hash), |other| *other == number)
        {
            found.remove();
        }
        if group.is_kept {
            self.dropped
                .push((group.watch, self.texts.get(group.key).into()));
        }
        self.texts.release(group.key);
        group
    }

    /// Most recent now; and changed.
    pub fn touch(&mut self, number: u32) {
        self.unlink(number);
        self.append(number);
        self.mark(number);
    }

    /// Changed since the last snapshot.
    pub fn mark(&mut self, number: u32) {
        if let Some(group) = self.groups.get_mut(number)
            && !group.is_dirty
        {
            group.is_dirty = true;
            self.dirty.push(number);
        }
    }

    /// The groups that changed since the last time, each once, and the kept ones that are gone.
    pub fn take_changes(&mut self) -> (Vec<u32>, Vec<Dropped>) {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.retain(|number| {
            self.groups
                .get_mut(*number)
                .is_some_and(|group| std::mem::take(&mut group.is_dirty))
        });
        (dirty, std::mem::take(&mut self.dropped))
    }

    /// Whether anything changed since the last time.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.dirty.is_empty() || !self.dropped.is_empty()
    }

    /// After a restart: lists in the order of the ranks.
    pub fn relink(&mut self) {
        let mut all: Vec<(u32, u64, u32)> = Vec::with_capacity(self.groups.len());
        for (watch, list) in (0..).zip(&mut self.lists) {
            let mut at = list.head;
            while let Some(group) = self.groups.get(at) {
                all.push((watch, group.rank, at));
                at = group.next;
            }
            list.head = NONE;
            list.tail = NONE;
            list.count = 0;
        }
        all.sort_unstable_by_key(|(_, rank, _)| *rank);
        for (_, rank, number) in all {
            self.rank = rank.saturating_sub(1);
            self.append(number);
        }
    }

    /// Groups that came from elsewhere: most recent by the time of their last events, and changed.
    pub(crate) fn renew_ranks(&mut self, numbers: &[u32]) {
        let mut order: Vec<(i64, u64, u32)> = numbers
            .iter()
            .filter_map(|number| {
                let group = self.groups.get(*number)?;
                Some((group.last_us, group.rank, *number))
            })
            .collect();
        order.sort_unstable();
        for (_, _, number) in order {
            self.touch(number);
        }
    }

    fn append(&mut self, number: u32) {
        self.rank += 1;
        let rank = self.rank;
        let Some(group) = self.groups.get_mut(number) else {
            return;
        };
        let Some(list) = self.lists.get_mut(group.watch as usize) else {
            return;
        };
        group.rank = rank;
        group.previous = list.tail;
        group.next = NONE;
        let before = list.tail;
        list.tail = number;
        list.count += 1;
        if before == NONE {
            list.head = number;
        } else if let Some(before) = self.groups.get_mut(before) {
            before.next = number;
        }
    }

    fn unlink(&mut self, number: u32) {
        let Some(group) = self.groups.get(number) else {
            return;
        };
        let (watch, previous, next) = (group.watch, group.previous, group.next);
        let Some(list) = self.lists.get_mut(watch as usize) else {
            return;
        };
        list.count = list.count.saturating_sub(1);
        if previous == NONE {
            list.head = next;
        }
        if next == NONE {
            list.tail = previous;
        }
        if let Some(previous) = self.groups.get_mut(previous) {
            previous.next = next;
        }
        if let Some(next) = self.groups.get_mut(next) {
            next.previous = previous;
        }
    }
}
