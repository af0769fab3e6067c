//! The flow table: a slab with a hash index and the order in which half-open flows began.

use hashbrown::HashTable;

use super::Flow;
use super::wheel::NONE;
use crate::ids::FlowKey;

/// Where a flow is linked in.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    /// Next in the slot of the wheel.
    pub wheel_next: u32,
    /// The one before in the slot of the wheel.
    pub wheel_previous: u32,
    /// The slot.
    pub wheel_slot: u16,
    /// Younger half-open flow.
    pub open_next: u32,
    /// Older half-open flow.
    pub open_previous: u32,
    /// Whether it is in that list.
    pub is_half_open: bool,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            wheel_next: NONE,
            wheel_previous: NONE,
            wheel_slot: 0,
            open_next: NONE,
            open_previous: NONE,
            is_half_open: false,
        }
    }
}

/// Flows of one chunk.
const CHUNK: usize = 1_024;

/// Flows by number; numbers of ended flows are used again. Chunks never move and are made as they are needed.
#[derive(Default)]
pub struct Slab {
    chunks: Vec<Vec<Option<Flow>>>,
    free: Vec<u32>,
}

impl Slab {
    /// A living flow.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Flow> {
        let index = usize::try_from(index).ok()?;
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)?.as_ref()
    }

    /// A living flow, to change.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut Flow> {
        self.place(index)?.as_mut()
    }

    fn place(&mut self, index: u32) -> Option<&mut Option<Flow>> {
        let index = usize::try_from(index).ok()?;
        self.chunks.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }

    fn insert(&mut self, flow: Flow) -> u32 {
        if let Some(index) = self.free.pop() {
            if let Some(place) = self.place(index) {
                *place = Some(flow);
            }
            return index;
        }
        let is_full = self.chunks.last().is_none_or(|last| last.len() >= CHUNK);
        if is_full {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let before = self.chunks.len().saturating_sub(1) * CHUNK;
        let Some(last) = self.chunks.last_mut() else {
            return NONE;
        };
        let index = u32::try_from(before + last.len()).unwrap_or(NONE);
        last.push(Some(flow));
        index
    }

    fn take(&mut self, index: u32) -> Option<Flow> {
        let flow = self.place(index)?.take()?;
        self.free.push(index);
        Some(flow)
    }
}

/// All living flows.
pub struct Table {
    /// The flows.
    pub slab: Slab,
    /// Numbers of flows by the hash of their key; the flow itself has the hash.
    index: HashTable<u32>,
    /// The flow found or added last: packets come in trains.
    recent: u32,
    oldest_open: u32,
    youngest_open: u32,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            slab: Slab::default(),
            index: HashTable::new(),
            recent: NONE,
            oldest_open: NONE,
            youngest_open: NONE,
        }
    }
}

impl Table {
    /// How many live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether none lives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The flow that the packet before belonged to, if it has this key.
    #[must_use]
    pub fn find_again(&self, key: &FlowKey) -> Option<u32> {
        let flow = self.slab.get(self.recent)?;
        (flow.key == *key).then_some(self.recent)
    }

    /// The next packet may well belong to this flow.
    pub fn expect(&mut self, index: u32) {
        self.recent = index;
    }

    /// The flow of a key.
    #[must_use]
    pub fn find(&self, hash: u64, key: &FlowKey) -> Option<u32> {
        let slab = &self.slab;
        self.index
            .find(hash, |index| {
                slab.get(*index).is_some_and(|flow| flow.key == *key)
            })
            .copied()
    }

    /// Adds a flow as half open.
    pub fn insert(&mut self, flow: Flow) -> u32 {
        let hash = flow.hash;
        let index = self.slab.insert(flow);
        let slab = &self.slab;
        self.index.insert_unique(hash, index, |index| {
            slab.get(*index).map_or(0, |flow| flow.hash)
        });
        let older = self.youngest_open;
        if let Some(flow) = self.slab.get_mut(index) {
            flow.links.is_half_open = true;
            flow.links.open_previous = older;
            flow.links.open_next = NONE;
        }
        match self.slab.get_mut(older) {
            Some(older) => older.links.open_next = index,
            None => self.oldest_open = index,
        }
        self.youngest_open = index;
        index
    }

    /// The flow is no longer half open.
    pub fn settle(&mut self, index: u32) {
        let Some(links) = self
            .slab
            .get(index)
            .map(|flow| flow.links)
            .filter(|links| links.is_half_open)
        else {
            return;
        };
        match self.slab.get_mut(links.open_previous) {
            Some(older) => older.links.open_next = links.open_next,
            None => self.oldest_open = links.open_next,
        }
        match self.slab.get_mut(links.open_next) {
            Some(younger) => younger.links.open_previous = links.open_previous,
            None => self.youngest_open = links.open_previous,
        }
        if let Some(flow) = self.slab.get_mut(index) {
            flow.links.is_half_open = false;
        }
    }

    /// The half-open flow that began first.
    #[must_use]
    pub fn oldest_half_open(&self) -> Option<u32> {
        self.slab.get(self.oldest_open).map(|_| self.oldest_open)
    }

    /// Takes a flow out; its number may be used again at once.
    pub fn remove(&mut self, index: u32) -> Option<Flow> {
        self.settle(index);
        let hash = self.slab.get(index)?.hash;
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == index) {
            entry.remove();
        }
        self.slab.take(index)
    }

    /// Numbers of all living flows, in the order in which they began.
    #[must_use]
    pub fn by_age(&self) -> Vec<u32> {
        // Looked up while sorting: keys of a full table would be megabytes more.
        let mut all: Vec<u32> = self.index.iter().copied().collect();
        all.sort_unstable_by_key(|index| {
            let flow = self.slab.get(*index);
            flow.map(|flow| (flow.first_packet, flow.first_place))
        });
        all
    }
}
