//! A group as bytes and back: what a checkpoint keeps. The form belongs to `VERSION`; numbers of texts and streams never leave a lane,
//! so a state names its streams and texts itself, each once.

use crate::error::CorrelateError;
use crate::lane::Lane;

/// Raised with every change of the form.
pub const VERSION: u8 = 1;

/// The key under which a watch's sketch is kept: an unfinished number, so no group has it.
pub const SKETCH_KEY: &[u8] = &[0xff];

/// A changed group: watch, key, state.
pub type Kept = (String, Vec<u8>, Vec<u8>);

impl Lane {
    /// The groups that changed since the last time, and the kept ones that are gone: (watch, key).
    pub fn snapshot(&mut self) -> (Vec<Kept>, Vec<(String, Vec<u8>)>) {
        let plan = std::sync::Arc::clone(&self.core.plan);
        let name = |watch: u32| {
            plan.watches
                .get(watch as usize)
                .map_or_else(String::new, |watch| watch.name.clone())
        };
        let (dirty, dropped) = self.core.store.take_changes();
        let mut kept = Vec::with_capacity(dirty.len());
        for number in dirty {
            let Some(state) = self.core.encode(number) else {
                continue;
            };
            let texts = &self.core.store.texts;
            if let Some(group) = self.core.store.group(number) {
                kept.push((name(group.watch), texts.get(group.key).to_vec(), state));
            }
            if let Some(group) = self.core.store.group_mut(number) {
                group.is_kept = true;
            }
        }
        let mut dropped: Vec<(String, Vec<u8>)> = dropped
            .into_iter()
            .map(|(watch, key)| (name(watch), key.into_vec()))
            .collect();
        for (watch, sketch) in self.core.take_sketches() {
            let key = SKETCH_KEY.to_vec();
            match sketch {
                Some(state) => kept.push((name(watch), key, state)),
                None => dropped.push((name(watch), key)),
            }
        }
        (kept, dropped)
    }

    /// Takes back a group; call `finish_restore` after the last. `false`: no watch has this name any more.
    ///
    /// # Errors
    /// The bytes are no state of such a group.
    pub fn restore(
        &mut self,
        name: &str,
        key: &[u8],
        state: &[u8],
    ) -> Result<bool, CorrelateError> {
        let plan = std::sync::Arc::clone(&self.core.plan);
        let Some(number) = plan.by_name.get(name).copied() else {
            return Ok(false);
        };
        let wrong = |reason| CorrelateError::State {
            name: name.to_owned(),
            reason,
        };
        let Some(watch) = plan.watches.get(number as usize) else {
            return Ok(false);
        };
        let Some((version, rest)) = state.split_first() else {
            return Err(wrong("it is empty"));
        };
        if *version != VERSION {
            return Err(wrong("it is of another version"));
        }
        if key == SKETCH_KEY {
            return self
                .core
                .restore_sketch(watch, number, rest)
                .map(|()| true)
                .ok_or_else(|| wrong("its sketch is damaged"));
        }
        self.core
            .decode(watch, number, key, rest)
            .map(|()| true)
            .ok_or_else(|| wrong("it is damaged"))
    }

    /// Puts the groups into the order in which they were used.
    pub fn finish_restore(&mut self) {
        self.core.store.relink();
        let (dirty, _) = self.core.store.take_changes();
        debug_assert!(dirty.is_empty());
    }
}
