//! One event on its way into the groups of one watch: which group, what it counts for.

use crate::body::{Body, Closing};
use crate::core::{Core, Members, Occurrence, Scratch};
use crate::exact::Exact;
use crate::ordered::Chains;
use crate::plan::Kind;
use crate::series::Series;
use crate::store::Entry;
use crate::values::{Event, normal, push_part};
use crate::watch::{Plan, Watch};

/// One event on its way into the groups of one watch.
pub(crate) struct Feed<'c, 'e> {
    pub core: &'c mut Core,
    pub plan: &'c Plan,
    pub watch: &'c Watch,
    pub number: u32,
    pub event: &'c Event<'e>,
    pub occurrence: Occurrence<'c>,
    pub entry: Entry,
    pub scratch: &'c mut Scratch,
}

impl Feed<'_, '_> {
    /// Whether an alert grew; `None` when the event belongs to no group or has nothing that counts.
    pub(crate) fn run(&mut self, members: &[(u32, u32)]) -> Option<bool> {
        if !self.prepare() {
            return None;
        }
        let mut key = std::mem::take(&mut self.scratch.key);
        let mut grown = None;
        if self.watch.is_uniform || members.len() == 1 {
            key.clear();
            let first = members.first().map_or(0, |(_, member)| *member);
            if self.push_key(&mut key, first) {
                grown = Some(self.give(&key, members));
            }
        } else {
            // Rules that look at the same event through different aliases may put it into different groups.
            let mut by_key: Vec<(Vec<u8>, Members)> = Vec::new();
            for member in members {
                key.clear();
                if !self.push_key(&mut key, member.1) {
                    continue;
                }
                match by_key.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, known)) => known.push(*member),
                    None => by_key.push((key.clone(), vec![*member])),
                }
            }
            for (key, members) in by_key {
                grown = Some(self.give(&key, &members) | grown.unwrap_or(false));
            }
        }
        self.scratch.key = key;
        for text in self.scratch.texts.drain(..) {
            self.core.store.texts.release(text);
        }
        grown
    }

    /// Reads what is counted; whether there is anything.
    fn prepare(&mut self) -> bool {
        let (watch, scratch) = (self.watch, &mut *self.scratch);
        scratch.texts.clear();
        if watch.kind == Kind::ValueCount {
            self.event
                .counted_values(&watch.fields, &mut scratch.counted);
            let texts = &mut self.core.store.texts;
            scratch.texts.extend(
                scratch
                    .counted
                    .iter()
                    .map(|value| texts.intern(value.as_bytes())),
            );
            return !scratch.texts.is_empty();
        }
        if watch.is_numeric() {
            self.core.counts.values_not_numbers +=
                self.event.numbers(&watch.fields, &mut scratch.numbers);
            return !scratch.numbers.is_empty();
        }
        true
    }

    /// The folded key of the group, seen through one member; whether the event has it.
    fn push_key(&mut self, key: &mut Vec<u8>, member: u32) -> bool {
        let Some(member) = self.watch.members.get(member as usize) else {
            return false;
        };
        if self.watch.kind == Kind::Event {
            // Of the fields those that the event has, so that no hit is ever without an alert.
            for field in &member.group {
                let Some(value) = self.event.group_value(*field) else {
                    continue;
                };
                let name = self.plan.field_names.get(*field as usize);
                push_part(key, name.map_or(&[], |name| name.as_bytes()));
                push_part(key, normal(&value).as_bytes());
            }
            return true;
        }
        member.group.iter().all(|field| {
            self.event
                .push_group_value(key, &mut self.scratch.text, *field)
        })
    }

    /// The numbers of this event, for the kinds that compare them.
    pub(crate) fn numbers(&mut self) -> Vec<Exact> {
        self.scratch.numbers.clone()
    }

    /// The keys that this event counts for: values, members, or none where each event counts once.
    pub(crate) fn keys(&mut self, members: &[(u32, u32)]) -> Vec<u32> {
        match self.watch.kind {
            Kind::ValueCount => self.scratch.texts.clone(),
            Kind::Temporal => {
                let known = self.core.member_texts.get(self.number as usize);
                let mut named: Vec<(&str, u32)> = members
                    .iter()
                    .filter_map(|(_, member)| {
                        let id = &self.watch.members.get(*member as usize)?.id;
                        Some((id.as_str(), *known?.get(*member as usize)?))
                    })
                    .collect();
                named.sort_unstable();
                named.dedup();
                named.into_iter().map(|(_, text)| text).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Gives the event to the group of this key; whether it grew an alert that was there.
    pub(crate) fn give(&mut self, key: &[u8], members: &[(u32, u32)]) -> bool {
        if !self.core.takes(self.watch, self.number, self.entry.time_us) {
            return false;
        }
        if self.watch.expect.is_some() {
            if self.core.judges_absence {
                self.give_expected(key, members);
            }
            return false;
        }
        let known = self.core.store.find(self.number, key);
        if known.is_none() && !self.core.opens(self.watch, self.number, self.entry.time_us) {
            return false;
        }
        let group = known.unwrap_or_else(|| self.new_group(key, members));
        self.core.store.touch(group);
        if !self.watch.is_rising {
            self.give_closing(group, members);
            return false;
        }
        let holding = match self.watch.kind {
            Kind::Event | Kind::EventCount | Kind::ValueCount | Kind::Temporal => {
                self.recent(group, members)
            }
            Kind::TemporalOrdered => {
                let before = self.core.body_bytes(group);
                let holding = self.ordered(group, members);
                self.core.count_body(group, before);
                holding
            }
            _ => {
                let before = self.core.body_bytes(group);
                let holding = self.series(group);
                self.core.count_body(group, before);
                holding
            }
        };
        holding.is_some_and(|holding| self.holds(group, members, holding))
    }

    fn new_group(&mut self, key: &[u8], members: &[(u32, u32)]) -> u32 {
        let now_us = self.entry.time_us;
        let group = self.core.store.create(self.number, key, now_us);
        let body = if self.watch.is_rising {
            match self.watch.kind {
                Kind::TemporalOrdered => Some(Body::Chains(Chains::new(self.watch.members.len()))),
                _ if self.watch.is_numeric() => Some(Body::Series(Series::new(self.watch.kind))),
                _ => None,
            }
        } else {
            self.core.store.texts.retain(self.entry.facts);
            Some(Body::Closing(Box::new(Closing::new(
                self.watch,
                self.entry,
                self.occurrence.line,
                self.shown_values(members),
                members.iter().map(|(_, member)| *member).collect(),
            ))))
        };
        if let Some(group) = self.core.store.group_mut(group) {
            group.body = body.map(Box::new);
        }
        self.core.count_body(group, 0);
        self.core.arm(self.watch, self.number, group, now_us);
        let carried = self.core.carried(self.number, group, now_us);
        if let Some(group) = self.core.store.group_mut(group) {
            group.carried = carried;
        }
        let newcomer = (group, self.occurrence.event, now_us);
        self.core.hold_quota(self.watch, self.number, newcomer);
        group
    }

    /// The group's values as this event has them.
    pub(crate) fn shown_values(&self, members: &[(u32, u32)]) -> Vec<String> {
        members
            .first()
            .and_then(|(_, member)| self.watch.members.get(*member as usize))
            .map(|member| {
                member
                    .group
                    .iter()
                    .filter_map(|field| self.event.group_value(*field))
                    .map(std::borrow::Cow::into_owned)
                    .collect()
            })
            .unwrap_or_default()
    }
}
