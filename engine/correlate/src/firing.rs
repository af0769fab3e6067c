//! What a lane hands out: firings, growths, ends of episodes, and groups that had to go.

use std::collections::HashSet;

use crate::body::EVENT_IDS_KEPT;
use crate::event::{EventRef, Streams};
use crate::store::Entry;
use crate::texts::Texts;
use crate::values::{take_part, take_varint};
use crate::watch::Watch;

/// An alert names at most this many entities; and as many assets, units and sensors.
pub const MOST_NAMED: usize = 100;

/// What a text of facts holds, by tag.
pub mod tag {
    /// An asset.
    pub const ASSET: u64 = 0;
    /// An organisational unit.
    pub const UNIT: u64 = 1;
    /// A sensor.
    pub const SENSOR: u64 = 2;
    /// Id of an event behind an inner firing.
    pub const ORIGIN: u64 = 3;
    /// How many events are behind it.
    pub const COUNT: u64 = 4;
    /// Kind, role and value of an entity.
    pub const NAMED: u64 = 5;
    /// The watch and the time of an inner firing: two that say the same are two.
    pub const INNER: u64 = 6;
    /// And above: the watch's entity fields in their order.
    pub const ENTITY: u64 = 7;
}

/// A condition became true.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Firing {
    /// The watch's name.
    pub watch: String,
    /// The number under which it grows; `None` when it never does.
    pub episode: Option<u64>,
    /// The group's fields.
    pub fields: Vec<String>,
    /// Its values, folded.
    pub key: Vec<String>,
    /// Its values, as an event had them.
    pub values: Vec<String>,
    /// Window, both ends inside.
    pub start_us: i64,
    /// Its end.
    pub end_us: i64,
    /// The newest event's time.
    pub last_us: i64,
    /// The event at which the condition became true; of a whole window its first.
    pub first_event_id: String,
    /// The first events, at most 100.
    pub event_ids: Vec<String>,
    /// All of them.
    pub event_count: u64,
    /// What was compared, exactly.
    pub observed: String,
    /// (kind, role, value), in the order of the events.
    pub entities: Vec<(String, String, String)>,
    /// Sorted.
    pub assets: Vec<String>,
    /// Sorted.
    pub units: Vec<String>,
    /// Sorted.
    pub sensors: Vec<String>,
    /// Entities, assets, units and sensors beyond what is named.
    pub left_out: u64,
    /// The line of the sample event; empty when there is none.
    pub line: Vec<u8>,
    /// Ids of the members that hit the sample event.
    pub members: Vec<String>,
    /// Whether all sources had spoken.
    pub is_complete: bool,
    /// Whether a sketch helped to count.
    pub is_estimated: bool,
}

/// An open episode went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// Its number.
    pub episode: u64,
    /// Events at which the condition held.
    pub hits: u64,
    /// The newest one's time.
    pub last_us: i64,
    /// The first events, at most 100.
    pub event_ids: Vec<String>,
    /// All of them.
    pub event_count: u64,
}

/// Groups of a watch that had to go since the last time, with no quiet time longer than `quota::QUIET_US` between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eviction {
    /// The watch's name.
    pub watch: String,
    /// The beginning of the first one's key.
    pub key: Vec<String>,
    /// The event that opened the group for which the first one went.
    pub event_id: String,
    /// How many went.
    pub count: u64,
    /// Event time when the first one went.
    pub since_us: i64,
    /// And the last one.
    pub last_us: i64,
    /// Whether the counts of all of them go on in a sketch.
    pub is_estimated: bool,
    /// Whether they went for the lane's memory, not for their watch's quota.
    pub is_for_memory: bool,
}

/// Everything since the last time.
#[derive(Debug, Default)]
pub struct Changes {
    /// Conditions that became true, in order.
    pub firings: Vec<Firing>,
    /// Episodes that went on, each once.
    pub growths: Vec<Growth>,
    /// Episodes that are over.
    pub closed: Vec<u64>,
    /// Groups that had to go.
    pub evictions: Vec<Eviction>,
}

/// Facts of several events, each value once.
#[derive(Debug, Default)]
pub struct Gathered {
    seen: HashSet<u32>,
    named: HashSet<(String, String, String)>,
    ids: Vec<String>,
    known: HashSet<EventRef>,
    /// Events.
    pub event_count: u64,
    /// In order.
    pub entities: Vec<(String, String, String)>,
    own: [Vec<String>; 3],
    /// Beyond what is named.
    pub left_out: u64,
}

impl Gathered {
    /// One event more.
    pub fn add(&mut self, watch: &Watch, streams: &Streams, texts: &Texts, entry: &Entry) {
        let event = EventRef {
            stream: entry.stream,
            seq: entry.seq,
        };
        let is_new = self.known.insert(event);
        let facts = texts.get(entry.facts);
        let is_first = self.seen.insert(entry.facts);
        let is_chained = is_first && self.add_facts(watch, facts);
        if is_first && is_chained {
            return;
        }
        if is_new && !has_origins(facts) {
            self.event_count = self.event_count.saturating_add(1);
            self.add_id(streams.id(event));
        }
    }

    /// Adds facts; whether they are those of an inner firing, which brings its own ids and count.
    pub fn add_facts(&mut self, watch: &Watch, mut facts: &[u8]) -> bool {
        let mut is_chained = false;
        while let Some(kind) = take_varint(&mut facts) {
            if kind == tag::COUNT {
                let count = take_varint(&mut facts).unwrap_or(0);
                self.event_count = self.event_count.saturating_add(count);
                is_chained = true;
                continue;
            }
            let mut text =
                || take_part(&mut facts).map(|part| String::from_utf8_lossy(part).into_owned());
            let Some(first) = text() else { break };
            match kind {
                tag::INNER => {}
                tag::ASSET | tag::UNIT | tag::SENSOR => self.add_own(kind, first),
                tag::ORIGIN => {
                    self.add_id(first);
                }
                tag::NAMED => {
                    let (Some(role), Some(value)) = (text(), text()) else {
                        break;
                    };
                    self.add_entity((first, role, value));
                }
                _ => {
                    let place = usize::try_from(kind - tag::ENTITY).unwrap_or(usize::MAX);
                    if let Some(entity) = watch.entities.get(place) {
                        self.add_entity((entity.kind.clone(), entity.role.clone(), first));
                    }
                }
            }
        }
        is_chained
    }

    fn add_id(&mut self, id: String) {
        if self.ids.len() < EVENT_IDS_KEPT && !self.ids.contains(&id) {
            self.ids.push(id);
        }
    }

    fn add_own(&mut self, kind: u64, value: String) {
        let place = usize::try_from(kind).unwrap_or(usize::MAX);
        if let Some(known) = self.own.get_mut(place)
            && let Err(at) = known.binary_search(&value)
        {
            if known.len() < MOST_NAMED {
                known.insert(at, value);
            } else {
                self.left_out += 1;
            }
        }
    }

    /// One entity more, each once.
    pub fn add_entity(&mut self, entity: (String, String, String)) {
        if self.named.contains(&entity) {
            return;
        }
        if self.entities.len() < MOST_NAMED {
            self.named.insert(entity.clone());
            self.entities.push(entity);
        } else {
            self.left_out += 1;
        }
    }

    /// Puts what was gathered into a firing.
    pub fn into_firing(self, firing: &mut Firing) {
        let [assets, units, sensors] = self.own;
        firing.event_ids = self.ids;
        firing.event_count = self.event_count;
        firing.entities = self.entities;
        firing.assets = assets;
        firing.units = units;
        firing.sensors = sensors;
        firing.left_out = self.left_out;
    }
}

/// Whether facts are those of an inner firing: they begin with its count.
#[must_use]
pub fn has_origins(facts: &[u8]) -> bool {
    take_varint(&mut &*facts) == Some(tag::COUNT)
}

/// The count and the ids behind an inner firing.
#[must_use]
pub fn origins(mut facts: &[u8]) -> (u64, Vec<String>) {
    let mut found = (0, Vec::new());
    while let Some(kind) = take_varint(&mut facts) {
        match kind {
            tag::COUNT => found.0 = take_varint(&mut facts).unwrap_or(0),
            tag::ORIGIN => match take_part(&mut facts) {
                Some(id) => found.1.push(String::from_utf8_lossy(id).into_owned()),
                None => break,
            },
            _ => break,
        }
    }
    found
}

/// Facts of an inner firing, for the outer watch.
#[must_use]
pub fn facts_of(firing: &Firing) -> Vec<u8> {
    use crate::values::{push_part, push_varint};
    let mut out = Vec::new();
    push_varint(&mut out, tag::COUNT);
    push_varint(&mut out, firing.event_count);
    let name = format!(
        "{} {} {}",
        firing.watch,
        firing.end_us,
        firing.key.join("\u{1f}")
    );
    for id in &firing.event_ids {
        push_varint(&mut out, tag::ORIGIN);
        push_part(&mut out, id.as_bytes());
    }
    push_varint(&mut out, tag::INNER);
    push_part(&mut out, name.as_bytes());
    for (kind, values) in (0_u64..).zip([&firing.assets, &firing.units, &firing.sensors]) {
        for value in values {
            push_varint(&mut out, kind);
            push_part(&mut out, value.as_bytes());
        }
    }
    for (kind, role, value) in &firing.entities {
        push_varint(&mut out, tag::NAMED);
        for part in [kind, role, value] {
            push_part(&mut out, part.as_bytes());
        }
    }
    out
}
