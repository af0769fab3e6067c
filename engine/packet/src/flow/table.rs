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

/// Flows by number; numbers of ended flows are used again.
#[derive(Default)]
pub struct Slab {
    flows: Vec<Option<Flow>>,
    free: Vec<u32>,
}

impl Slab {
    /// A living flow.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Flow> {
        self.flows.get(usize::try_from(index).ok()?)?.as_ref()
    }

    /// A living flow, to change.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut Flow> {
        self.flows.get_mut(usize::try_from(index).ok()?)?.as_mut()
    }

    fn insert(&mut self, flow: Flow) -> u32 {
        if let Some(index) = self.free.pop() {
            if let Some(place) = usize::try_from(index)
                .ok()
                .and_then(|index| self.flows.get_mut(index))
            {
                *place = Some(flow);
            }
            return index;
        }
        let index = u32::try_from(self.flows.len()).unwrap_or(NONE);
        self.flows.push(Some(flow));
        index
    }

    fn take(&mut self, index: u32) -> Option<Flow> {
        let flow = self.flows.get_mut(usize::try_from(index).ok()?)?.take()?;
        self.free.push(index);
        Some(flow)
    }
}

/// All living flows.
pub struct Table {
    /// The flows.
    pub slab: Slab,
    index: HashTable<(u64, u32)>,
    oldest_open: u32,
    youngest_open: u32,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            slab: Slab::default(),
            index: HashTable::new(),
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

    /// The flow of a key.
    #[must_use]
    pub fn find(&self, hash: u64, key: &FlowKey) -> Option<u32> {
        let slab = &self.slab;
        self.index
            .find(hash, |(_, index)| {
                slab.get(*index).is_some_and(|flow| flow.key == *key)
            })
            .map(|(_, index)| *index)
    }

    /// Adds a flow as half open.
    pub fn insert(&mut self, flow: Flow) -> u32 {
        let hash = flow.hash;
        let index = self.slab.insert(flow);
        self.index
            .insert_unique(hash, (hash, index), |(hash, _)| *hash);
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
        if let Ok(entry) = self.index.find_entry(hash, |(_, other)| *other == index) {
            entry.remove();
        }
        self.slab.take(index)
    }

    /// Numbers of all living flows, in the order in which they began.
    #[must_use]
    pub fn by_age(&self) -> Vec<u32> {
        let mut all: Vec<(u64, u32, u32)> = self
            .index
            .iter()
            .filter_map(|(_, index)| {
                self.slab
                    .get(*index)
                    .map(|flow| (flow.first_packet, flow.first_place, *index))
            })
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, _, index)| index).collect()
    }
}
