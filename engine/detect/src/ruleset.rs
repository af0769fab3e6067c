//! Compiled rules, routed by dataset, indexed by witness, verified whole.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use crate::error::DetectError;
use crate::event::Event;
use crate::fields::{FieldId, Fields, Found};
use crate::frame;
use crate::index::{Candidates, Index, RuleId};
use crate::ir::{Document, Node};
use crate::json::{Kind, Tape};
use crate::leaf::Leaf;
use crate::merge::merge;
use crate::routes::{Builder, Routes};
use crate::values::{Texts, collect_keyword_values};
use crate::witness::{self, Witness};

/// One line that a rule hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// First byte of the line.
    pub start: usize,
    /// One past its newline.
    pub end: usize,
    /// Rule numbers, ascending.
    pub rules: Vec<RuleId>,
}

/// What was looked at since the rule set was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Lines that were read as events.
    pub events: u64,
    /// Lines that were not strict JSON objects; no rule saw them.
    pub unreadable: u64,
    /// Events without a dataset: every rule saw them.
    pub unrouted: u64,
    /// Rules verified, over all events.
    pub candidates: u64,
    /// Rules that hit, over all events.
    pub hits: u64,
}

/// Rules that look at the same datasets; its index is built when the first such event comes.
#[derive(Debug)]
struct Group {
    rules: Vec<RuleId>,
    has_keywords: bool,
    index: OnceLock<Result<Index, DetectError>>,
}

#[derive(Debug)]
struct Rule {
    program: Node,
    witnesses: Option<Vec<Witness>>,
    has_keywords: bool,
}

/// A compiled rule set; may be used by several threads at once.
#[derive(Debug)]
pub struct Ruleset {
    fields: Fields,
    leaves: Vec<Leaf>,
    rules: Vec<Rule>,
    dataset: FieldId,
    code: FieldId,
    original: FieldId,
    groups: Vec<Group>,
    routes: Routes,
    /// Fields that some rule also looks at percent-decoded.
    decoded: HashSet<FieldId>,
    scratches: Mutex<Vec<Scratch>>,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    events: AtomicU64,
    unreadable: AtomicU64,
    unrouted: AtomicU64,
    candidates: AtomicU64,
    hits: AtomicU64,
}

/// What one scan needs; kept between scans so that nothing is allocated per event.
#[derive(Debug)]
struct Scratch {
    tape: Tape,
    found: Found,
    texts: Texts,
    keywords: Vec<usize>,
    candidates: Candidates,
    truths: Vec<u32>,
    generation: u32,
}

impl Ruleset {
    /// Compiles a document of the intermediate representation.
    ///
    /// # Errors
    /// The first thing in it that is not in the contract or cannot be run.
    pub fn new(ir: &[u8]) -> Result<Self, DetectError> {
        let document = Document::parse(ir)?;
        let mut fields = Fields::new();
        let [dataset, code, original] =
            ["event.dataset", "event.code", "event.original"].map(|name| fields.intern(name));
        let mut leaves = document
            .leaves
            .into_iter()
            .enumerate()
            .map(|(index, leaf)| Leaf::compile(index, leaf, &mut fields))
            .collect::<Result<Vec<_>, _>>()?;
        let mut routes = Builder::default();
        let mut rules = Vec::with_capacity(document.rules.len());
        for (number, mut rule) in document.rules.into_iter().enumerate() {
            routes
                .add(
                    u32::try_from(number).unwrap_or(u32::MAX),
                    rule.datasets.as_deref(),
                )
                .map_err(|reason| DetectError::RulesProgram {
                    index: number,
                    reason,
                })?;
            let witnesses = witness::of(&rule.program, &leaves);
            let has_keywords = has_keywords(&rule.program, &leaves);
            merge(&mut rule.program, &mut leaves)?;
            rules.push(Rule {
                program: rule.program,
                witnesses,
                has_keywords,
            });
        }
        let (routes, groups) = routes.finish();
        let groups = groups
            .into_iter()
            .map(|numbers| Group::new(numbers, &rules))
            .collect();
        let decoded = leaves
            .iter()
            .filter(|leaf| leaf.is_decoded())
            .filter_map(|leaf| leaf.field)
            .collect();
        Ok(Self {
            fields,
            leaves,
            rules,
            dataset,
            code,
            original,
            groups,
            routes,
            decoded,
            scratches: Mutex::default(),
            counters: Counters::default(),
        })
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What was looked at so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            events: read(&self.counters.events),
            unreadable: read(&self.counters.unreadable),
            unrouted: read(&self.counters.unrouted),
            candidates: read(&self.counters.candidates),
            hits: read(&self.counters.hits),
        }
    }

    /// The lines that any rule hits, in order.
    ///
    /// # Errors
    /// An index could not be built.
    pub fn scan(&self, lines: &[u8]) -> Result<Vec<Hit>, DetectError> {
        self.run(lines, true)
    }

    /// The same without the index: every routed rule is verified. For tests and for finding a wrong witness.
    ///
    /// # Errors
    /// None; the type is that of `scan`.
    pub fn scan_fully(&self, lines: &[u8]) -> Result<Vec<Hit>, DetectError> {
        self.run(lines, false)
    }

    fn run(&self, lines: &[u8], indexed: bool) -> Result<Vec<Hit>, DetectError> {
        let mut scratch = self.take_scratch();
        let mut hits = Vec::new();
        let mut stats = Stats::default();
        let mut start = 0;
        let mut result = Ok(());
        for line in frame::lines(lines) {
            let end = start + line.len();
            let mut rules = Vec::new();
            result = self.scan_line(line, indexed, &mut scratch, &mut stats, &mut rules);
            if result.is_err() {
                break;
            }
            if !rules.is_empty() {
                hits.push(Hit { start, end, rules });
            }
            start = end;
        }
        self.count(&stats);
        if let Ok(mut kept) = self.scratches.lock() {
            kept.push(scratch);
        }
        result.map(|()| hits)
    }

    fn scan_line(
        &self,
        line: &[u8],
        indexed: bool,
        scratch: &mut Scratch,
        stats: &mut Stats,
        hits: &mut Vec<RuleId>,
    ) -> Result<(), DetectError> {
        let Scratch {
            tape,
            found,
            texts,
            keywords,
            candidates,
            truths,
            generation,
        } = scratch;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let text = simdutf8::basic::from_utf8(line).unwrap_or_default();
        let is_object =
            tape.parse(text).is_ok() && tape.node(0).is_some_and(|node| node.kind == Kind::Object);
        if !is_object {
            stats.unreadable += 1;
            return Ok(());
        }
        stats.events += 1;
        found.collect(&self.fields, text, tape);
        texts.reset(tape.len());
        let Some(group) = self.route(text, tape, found, stats) else {
            return Ok(());
        };
        keywords.clear();
        if group.has_keywords {
            collect_keyword_values(keywords, text, tape);
            keywords.extend(found.values(self.original));
        }
        let mut event = Event {
            text,
            tape,
            found,
            keywords,
            texts,
        };
        candidates.reset();
        if indexed {
            group
                .index(&self.rules, &self.decoded)?
                .find(&mut event, candidates);
            candidates.rules.sort_unstable();
        } else {
            candidates.rules.extend(&group.rules);
        }
        stats.candidates += candidates.rules.len() as u64;
        *generation = generation.wrapping_add(2);
        if *generation < 2 {
            truths.fill(0);
            *generation = 2;
        }
        for rule in &candidates.rules {
            let Some(compiled) = self.rules.get(*rule as usize) else {
                continue;
            };
            if self.holds(&compiled.program, &mut event, truths, *generation) {
                hits.push(*rule);
            }
        }
        stats.hits += hits.len() as u64;
        Ok(())
    }

    /// The rules that see an event of this dataset.
    fn route(&self, text: &str, tape: &Tape, found: &Found, stats: &mut Stats) -> Option<&Group> {
        let mut nodes = found
            .values(self.dataset)
            .filter_map(|node| tape.node(node));
        let dataset = nodes
            .find(|node| matches!(node.kind, Kind::Text(_)))
            .map(|node| node.text(text));
        if dataset.is_none() {
            stats.unrouted += 1;
        }
        let mut nodes = found.values(self.code).filter_map(|node| tape.node(node));
        let code = nodes
            .find(|node| matches!(node.kind, Kind::Text(_) | Kind::Number))
            .map(|node| node.text(text));
        self.groups
            .get(self.routes.group(dataset.as_deref(), code.as_deref()))
    }

    /// Truths are kept for the event, so a comparison that many rules share is made once: generation = false, + 1 = true.
    fn holds(
        &self,
        node: &Node,
        event: &mut Event<'_>,
        truths: &mut [u32],
        generation: u32,
    ) -> bool {
        match node {
            Node::And(nodes) => nodes
                .iter()
                .all(|inner| self.holds(inner, event, truths, generation)),
            Node::Or(nodes) => nodes
                .iter()
                .any(|inner| self.holds(inner, event, truths, generation)),
            Node::Not(inner) => !self.holds(inner, event, truths, generation),
            Node::Leaf(number) => {
                let (Some(leaf), Some(known)) = (self.leaves.get(*number), truths.get_mut(*number))
                else {
                    return false;
                };
                if *known & !1 != generation {
                    *known = generation | u32::from(leaf.holds(event));
                }
                *known & 1 == 1
            }
        }
    }

    fn take_scratch(&self) -> Scratch {
        let kept = self.scratches.lock().ok().and_then(|mut kept| kept.pop());
        kept.unwrap_or_else(|| Scratch {
            tape: Tape::new(),
            found: Found::new(&self.fields),
            texts: Texts::default(),
            keywords: Vec::new(),
            candidates: Candidates::new(self.rules.len()),
            truths: vec![0; self.leaves.len()],
            generation: 0,
        })
    }

    fn count(&self, stats: &Stats) {
        let add = |counter: &AtomicU64, number| counter.fetch_add(number, Ordering::Relaxed);
        add(&self.counters.events, stats.events);
        add(&self.counters.unreadable, stats.unreadable);
        add(&self.counters.unrouted, stats.unrouted);
        add(&self.counters.candidates, stats.candidates);
        add(&self.counters.hits, stats.hits);
    }
}

impl Group {
    fn new(numbers: Vec<RuleId>, rules: &[Rule]) -> Self {
        let has_keywords = numbers
            .iter()
            .filter_map(|number| rules.get(*number as usize))
            .any(|rule| rule.has_keywords);
        Self {
            rules: numbers,
            has_keywords,
            index: OnceLock::new(),
        }
    }

    fn index(&self, rules: &[Rule], decoded: &HashSet<FieldId>) -> Result<&Index, DetectError> {
        self.index
            .get_or_init(|| {
                let witnesses = self.rules.iter().filter_map(|number| {
                    let rule = rules.get(*number as usize)?;
                    Some((*number, rule.witnesses.as_deref()))
                });
                Index::build(witnesses, decoded)
            })
            .as_ref()
            .map_err(Clone::clone)
    }
}

fn has_keywords(node: &Node, leaves: &[Leaf]) -> bool {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(|inner| has_keywords(inner, leaves)),
        Node::Not(inner) => has_keywords(inner, leaves),
        Node::Leaf(number) => leaves.get(*number).is_some_and(|leaf| leaf.field.is_none()),
    }
}
