//! A firing on its way out: to whoever takes the changes, and to the watches above.

use crate::core::Core;
use crate::event::EventRef;
use crate::firing::{Firing, facts_of};
use crate::inner::Inner;
use crate::plan::Kind;
use crate::watch::Watch;

impl Core {
    /// Hands a firing out, and to the watches that this one feeds.
    pub(crate) fn tell(
        &mut self,
        watch: &Watch,
        number: u32,
        (event, place): (EventRef, Option<EventRef>),
        mut firing: Firing,
        episode: u32,
    ) {
        let plan = std::sync::Arc::clone(&self.plan);
        if plan
            .by_watch
            .get(number as usize)
            .is_some_and(|fed| !fed.is_empty())
        {
            self.inner.push(Inner {
                depth: watch.depth,
                rank: watch.rank,
                key: firing.key.clone(),
                watch: number,
                time_us: firing.end_us,
                place,
                event,
                fields: inner_line(&firing),
                facts: facts_of(&firing),
                line: firing.line.clone(),
            });
        }
        if !self.says(watch, number, firing.start_us) {
            return;
        }
        firing.episode = self
            .episodes
            .get(episode)
            .map(|episode| episode.number)
            .filter(|number| *number != 0);
        self.changes.firings.push(firing);
    }
}

pub(crate) fn member_ids(watch: &Watch, members: impl Iterator<Item = u32>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for member in members {
        if let Some(member) = watch.members.get(member as usize)
            && !ids.contains(&member.id)
        {
            ids.push(member.id.clone());
        }
    }
    ids
}

/// Fields and folded values of the group; a rule on single events keeps both in its key.
pub(crate) fn name_group(watch: &Watch, key: Vec<String>, firing: &mut Firing) {
    if watch.kind == Kind::Event {
        let mut parts = key.into_iter();
        while let (Some(field), Some(value)) = (parts.next(), parts.next()) {
            firing.fields.push(field);
            firing.key.push(value);
        }
    } else {
        firing.fields.clone_from(&watch.group_by);
        firing.key = key;
    }
}

/// What an outer watch reads of an inner firing: its group under the group-by names, and its result as `value`.
fn inner_line(firing: &Firing) -> Vec<u8> {
    let mut object = serde_json::Map::new();
    for (field, value) in firing.fields.iter().zip(&firing.values) {
        object.insert(field.clone(), value.clone().into());
    }
    let result = firing.observed.clone();
    object.entry("value").or_insert_with(|| result.into());
    serde_json::to_vec(&object).unwrap_or_default()
}
