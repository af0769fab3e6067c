//! The witnesses of one group of rules, inverted: from what an event has to the few rules that may hit it.

use std::collections::{BTreeMap, HashMap, HashSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::error::DetectError;
use crate::event::Event;
use crate::fields::FieldId;
use crate::number::Decimal;
use crate::quick::QuickMap;
use crate::witness::Witness;

/// A rule's number.
pub type RuleId = u32;

/// Many needles, each with the rules that want it.
#[derive(Debug)]
struct Needles {
    automaton: AhoCorasick,
    rules: Vec<Vec<RuleId>>,
}

/// What rules look for in one field.
#[derive(Debug, Default)]
struct FieldIndex {
    exact: QuickMap<Box<str>, Vec<RuleId>>,
    /// Longest text in `exact`: a longer value is not looked up.
    longest_exact: usize,
    numbers: QuickMap<Decimal, Vec<RuleId>>,
    needles: Option<Needles>,
    presence: Vec<RuleId>,
    /// Some rule also looks at the percent-decoded value.
    decoded: bool,
}

/// The index of one group.
#[derive(Debug, Default)]
pub struct Index {
    /// By the field's number; most have nothing.
    fields: Vec<Option<Box<FieldIndex>>>,
    keywords: Option<Needles>,
    any_keyword: Vec<RuleId>,
    always: Vec<RuleId>,
}

/// Collects the rules an event may hit, each once.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Rule numbers, unsorted.
    pub rules: Vec<RuleId>,
    seen: Vec<u32>,
    generation: u32,
}

impl Candidates {
    /// For so many rules.
    #[must_use]
    pub fn new(rules: usize) -> Self {
        Self {
            rules: Vec::new(),
            seen: vec![0; rules],
            generation: 0,
        }
    }

    /// Forgets the last event.
    pub fn reset(&mut self) {
        self.rules.clear();
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.seen.fill(0);
            self.generation = 1;
        }
    }

    fn add(&mut self, rules: &[RuleId]) {
        for rule in rules {
            if let Some(seen) = self.seen.get_mut(*rule as usize)
                && *seen != self.generation
            {
                *seen = self.generation;
                self.rules.push(*rule);
            }
        }
    }
}

impl Index {
    /// Builds the index for rules and their witnesses.
    ///
    /// # Errors
    /// An automaton becomes too large.
    pub fn build<'w>(
        rules: impl Iterator<Item = (RuleId, Option<&'w [Witness]>)>,
        decoded: &HashSet<FieldId>,
    ) -> Result<Self, DetectError> {
        let mut index = Self::default();
        let mut fields = BTreeMap::<FieldId, FieldIndex>::new();
        let mut literals: HashMap<FieldId, Vec<(String, RuleId)>> = HashMap::new();
        let mut keywords = Vec::new();
        for (rule, witnesses) in rules {
            let Some(witnesses) = witnesses else {
                index.always.push(rule);
                continue;
            };
            for witness in witnesses {
                match witness {
                    Witness::Exact(field, text) => {
                        let found = fields.entry(*field).or_default();
                        found.longest_exact = found.longest_exact.max(text.len());
                        push(found.exact.entry(text.as_str().into()).or_default(), rule);
                    }
                    Witness::Number(field, number) => {
                        let numbers = &mut fields.entry(*field).or_default().numbers;
                        push(numbers.entry(**number).or_default(), rule);
                    }
                    Witness::Presence(field) => {
                        push(&mut fields.entry(*field).or_default().presence, rule);
                    }
                    Witness::Literal(field, text) => {
                        literals
                            .entry(*field)
                            .or_default()
                            .push((text.clone(), rule));
                    }
                    Witness::Keyword(text) => keywords.push((text.clone(), rule)),
                    Witness::AnyKeyword => push(&mut index.any_keyword, rule),
                }
            }
        }
        for (field, literals) in literals {
            fields.entry(field).or_default().needles = Some(Needles::build(literals)?);
        }
        for (field, mut found) in fields {
            found.decoded = decoded.contains(&field);
            index.fields.resize_with(field as usize, || None);
            index.fields.push(Some(Box::new(found)));
        }
        if !keywords.is_empty() {
            index.keywords = Some(Needles::build(keywords)?);
        }
        Ok(index)
    }

    /// Adds every rule that may hit the event.
    pub fn find(&self, event: &mut Event<'_>, out: &mut Candidates) {
        out.add(&self.always);
        let (found, keywords) = (event.found, event.keywords);
        for field in &found.present {
            let Some(Some(index)) = self.fields.get(*field as usize) else {
                continue;
            };
            out.add(&index.presence);
            for node in found.values(*field) {
                index.find(event, node, out);
            }
        }
        if !keywords.is_empty() {
            out.add(&self.any_keyword);
        }
        if let Some(needles) = &self.keywords {
            for node in keywords {
                needles.find(event.normal(*node), out);
            }
        }
    }
}

impl FieldIndex {
    fn find(&self, event: &mut Event<'_>, node: usize, out: &mut Candidates) {
        if !self.numbers.is_empty()
            && let Some(rules) = event
                .number(node)
                .and_then(|number| self.numbers.get(&number))
        {
            out.add(rules);
        }
        if self.exact.is_empty() && self.needles.is_none() {
            return;
        }
        self.find_text(event.normal(node), out);
        if self.decoded
            && let Some(text) = event.decoded_normal(node)
        {
            self.find_text(text, out);
        }
    }

    fn find_text(&self, text: &str, out: &mut Candidates) {
        if text.len() <= self.longest_exact
            && let Some(rules) = self.exact.get(text)
        {
            out.add(rules);
        }
        if let Some(needles) = &self.needles {
            needles.find(text, out);
        }
    }
}

impl Needles {
    fn build(mut literals: Vec<(String, RuleId)>) -> Result<Self, DetectError> {
        literals.sort_unstable();
        let mut texts: Vec<String> = Vec::new();
        let mut rules: Vec<Vec<RuleId>> = Vec::new();
        for (text, rule) in literals {
            if texts.last() == Some(&text) {
                if let Some(last) = rules.last_mut() {
                    push(last, rule);
                }
            } else {
                texts.push(text);
                rules.push(vec![rule]);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(if texts.len() > MANY_NEEDLES {
                AhoCorasickKind::ContiguousNFA
            } else {
                AhoCorasickKind::DFA
            }))
            .build(&texts)
            .map_err(|error| DetectError::Index {
                reason: error.to_string(),
            })?;
        Ok(Self { automaton, rules })
    }

    fn find(&self, text: &str, out: &mut Candidates) {
        for found in self.automaton.find_overlapping_iter(text) {
            if let Some(rules) = self.rules.get(found.pattern().as_usize()) {
                out.add(rules);
            }
        }
    }
}

/// A full automaton costs about 1 KiB a state; beyond this the smaller form is used.
const MANY_NEEDLES: usize = 4_000;

fn push(rules: &mut Vec<RuleId>, rule: RuleId) {
    if rules.last() != Some(&rule) {
        rules.push(rule);
    }
}
