//! The watches of a plan, ready to be fed: which rule feeds which, what they read of an event, and when their condition holds.

use std::cmp::Ordering;
use std::collections::HashMap;

use khien_detect::fields::{FieldId, Fields};

use crate::condition::{Condition, percentile};
use crate::error::CorrelateError;
use crate::exact::{Exact, Ratio};
use crate::expression::Program;
use crate::ordered::MOST_MEMBERS;
use crate::plan::{Document, Fire, Kind, Relation, RetiredDocument, WatchDocument};

/// Rule numbers end below.
const MOST_RULES: usize = 10_000_000;
/// Longest chain of correlations.
const MAX_CHAIN: usize = 10;

/// A member of a watch.
#[derive(Debug)]
pub struct Member {
    /// The rule's id, or the inner watch's.
    pub id: String,
    /// The rule's number; `None` for an inner watch.
    pub rule: Option<u32>,
    /// Fields that group its events, in the order of the group-by names.
    pub group: Vec<FieldId>,
}

/// Which percentile, as a quotient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentile {
    /// Above the line.
    pub numerator: u64,
    /// Below it: 100 or a power of ten more.
    pub denominator: u64,
}

/// What an alert names.
#[derive(Debug, PartialEq, Eq)]
pub struct EntityField {
    /// Where its value stands.
    pub field: FieldId,
    /// What it is.
    pub kind: String,
    /// What it did.
    pub role: String,
}

/// A rule on single events, or a correlation.
#[derive(Debug)]
pub struct Watch {
    /// Unique for rule and version.
    pub name: String,
    /// What it counts.
    pub kind: Kind,
    /// Two events share a window when their times differ by no more.
    pub timespan_us: i64,
    /// How alerts come of it.
    pub fire: Fire,
    /// All must hold.
    pub bounds: Vec<(Relation, Exact)>,
    /// Over members, instead of bounds.
    pub expression: Option<Program>,
    /// Whether the condition, once true, can be told at the event that makes it true.
    pub is_rising: bool,
    /// From how many on a rising count holds.
    pub needed: usize,
    /// Which percentile is compared.
    pub percentile: Percentile,
    /// What feeds it.
    pub members: Vec<Member>,
    /// Whether all members name the group's fields alike.
    pub is_uniform: bool,
    /// Names of the group's fields.
    pub group_by: Vec<String>,
    /// Fields whose values count.
    pub fields: Vec<FieldId>,
    /// The most groups of one lane.
    pub most_groups: usize,
    /// Groups that each window must see.
    pub expect: Option<Vec<Vec<String>>>,
    /// What an alert names.
    pub entities: Vec<EntityField>,
    /// The number of its list of entities: watches that name the same share the work.
    pub entity_set: usize,
    /// It feeds others and makes no alert.
    pub is_silent: bool,
    /// Of a version that is no longer in force: how long it goes on.
    pub retired: Option<RetiredDocument>,
    /// How long the longest chain that feeds it is; what is deeper is judged later.
    pub depth: u32,
    /// The place of its name among all names.
    pub rank: u32,
}

/// All watches, by what feeds them.
#[derive(Debug)]
pub struct Plan {
    /// In the order of the document.
    pub watches: Vec<Watch>,
    /// Every field that is looked at.
    pub fields: Fields,
    /// By number.
    pub field_names: Vec<String>,
    /// By rule number: (watch, member).
    pub by_rule: Vec<Vec<(u32, u32)>>,
    /// By inner watch: (outer watch, member).
    pub by_watch: Vec<Vec<(u32, u32)>>,
    /// By name.
    pub by_name: HashMap<String, u32>,
    /// Different lists of entities.
    pub entity_sets: Vec<u32>,
    /// `khien.asset`, `khien.unit`, `khien.sensor`.
    pub facts: [FieldId; 3],
}

impl Plan {
    /// Reads the plan document.
    ///
    /// # Errors
    /// The first thing in it that is not in the contract.
    pub fn parse(bytes: &[u8]) -> Result<Self, CorrelateError> {
        let document = Document::parse(bytes)?;
        let mut plan = Self {
            watches: Vec::with_capacity(document.watches.len()),
            fields: Fields::new(),
            field_names: Vec::new(),
            by_rule: Vec::new(),
            by_watch: vec![Vec::new(); document.watches.len()],
            by_name: HashMap::new(),
            entity_sets: Vec::new(),
            facts: [0; 3],
        };
        plan.facts = ["khien.asset", "khien.unit", "khien.sensor"].map(|name| plan.field(name));
        for (number, watch) in document.watches.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            if plan.by_name.insert(watch.name.clone(), number).is_some() {
                return Err(wrong(watch, "its name is given twice"));
            }
        }
        for (number, watch) in document.watches.into_iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            plan.link(number, &watch)?;
            let watch = plan.compile(watch)?;
            plan.watches.push(watch);
        }
        plan.set_depths()?;
        Ok(plan)
    }

    fn field(&mut self, name: &str) -> FieldId {
        let field = self.fields.intern(name);
        if field as usize == self.field_names.len() {
            self.field_names.push(name.to_owned());
        }
        field
    }

    fn link(&mut self, number: u32, watch: &WatchDocument) -> Result<(), CorrelateError> {
        for (place, member) in watch.members.iter().enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            match (member.rule, &member.watch) {
                (Some(rule), None) => {
                    let rule = rule as usize;
                    if rule >= MOST_RULES {
                        return Err(wrong(watch, "a rule number is too large"));
                    }
                    if self.by_rule.len() <= rule {
                        self.by_rule.resize(rule + 1, Vec::new());
                    }
                    if let Some(fed) = self.by_rule.get_mut(rule) {
                        fed.push((number, place));
                    }
                }
                (None, Some(name)) => {
                    let inner = self.by_name.get(name).copied();
                    let Some(fed) = inner.and_then(|inner| self.by_watch.get_mut(inner as usize))
                    else {
                        return Err(wrong(watch, "an inner watch is not in the plan"));
                    };
                    fed.push((number, place));
                }
                _ => return Err(wrong(watch, "a member is a rule or a watch")),
            }
        }
        Ok(())
    }

    fn compile(&mut self, document: WatchDocument) -> Result<Watch, CorrelateError> {
        if document.timespan_us <= 0 || document.timespan_us > i64::MAX / 4 {
            return Err(wrong(&document, "the timespan is not positive"));
        }
        if document.members.is_empty() {
            return Err(wrong(&document, "it has no members"));
        }
        let mut bounds = Vec::with_capacity(document.bounds.len());
        for (relation, text) in &document.bounds {
            let Some(bound) = Exact::parse(text) else {
                return Err(wrong(&document, "a bound is not a number"));
            };
            bounds.push((*relation, bound));
        }
        let expression = document
            .expression
            .as_ref()
            .map(|expression| Program::new(expression, document.members.len()))
            .transpose()
            .map_err(|reason| wrong(&document, reason))?;
        let counts_values = !matches!(
            document.kind,
            Kind::Event | Kind::EventCount | Kind::Temporal | Kind::TemporalOrdered
        );
        if counts_values && document.fields.is_empty() {
            return Err(wrong(&document, "it counts the values of no field"));
        }
        if let Some(retired) = document.retired
            && [retired.opens_us, retired.speaks_us, retired.ends_us]
                .iter()
                .any(|span| !(0..=i64::MAX / 4).contains(span))
        {
            return Err(wrong(&document, "it is retired for no time"));
        }
        if document.kind == Kind::TemporalOrdered && document.members.len() > MOST_MEMBERS {
            return Err(wrong(&document, "too many members in a row"));
        }
        let condition = Condition::of(&document, &bounds, expression.as_ref())
            .map_err(|reason| wrong(&document, reason))?;
        let percentile = match &document.percentile {
            None => Percentile {
                numerator: 50,
                denominator: 100,
            },
            Some(text) => {
                percentile(text).ok_or_else(|| wrong(&document, "a percentile is 0 to 100"))?
            }
        };
        let members: Vec<Member> = document
            .members
            .into_iter()
            .map(|member| Member {
                id: member.id,
                rule: member.rule,
                group: member.group.iter().map(|name| self.field(name)).collect(),
            })
            .collect();
        let is_uniform = members
            .windows(2)
            .all(|pair| matches!(pair, [left, right] if left.group == right.group));
        let entities: Vec<EntityField> = document
            .entities
            .into_iter()
            .map(|(field, kind, role)| EntityField {
                field: self.field(&field),
                kind,
                role,
            })
            .collect();
        let entity_set = self.entity_set(&entities);
        Ok(Watch {
            kind: document.kind,
            timespan_us: document.timespan_us,
            fire: document.fire,
            bounds,
            expression,
            is_rising: condition.is_rising && document.expect.is_none(),
            needed: condition.needed,
            percentile,
            is_uniform,
            members,
            group_by: document.group_by,
            fields: document
                .fields
                .iter()
                .map(|name| self.field(name))
                .collect(),
            most_groups: document.most_groups.max(1),
            expect: document.expect,
            entities,
            entity_set,
            is_silent: document.silent,
            retired: document.retired,
            depth: 0,
            rank: 0,
            name: document.name,
        })
    }

    fn entity_set(&mut self, entities: &[EntityField]) -> usize {
        let same = self.entity_sets.iter().position(|watch| {
            self.watches
                .get(*watch as usize)
                .is_some_and(|watch| watch.entities == entities)
        });
        same.unwrap_or_else(|| {
            self.entity_sets
                .push(u32::try_from(self.watches.len()).unwrap_or(u32::MAX));
            self.entity_sets.len() - 1
        })
    }

    /// No watch feeds itself, and no chain is too long: the longest way to each watch, step by step.
    fn set_depths(&mut self) -> Result<(), CorrelateError> {
        let mut depth = vec![0_usize; self.watches.len()];
        for round in 0..=self.watches.len() {
            let mut has_changed = false;
            for (inner, fed) in self.by_watch.iter().enumerate() {
                let above = depth.get(inner).copied().unwrap_or(0) + 1;
                for (outer, _) in fed {
                    let Some(known) = depth.get_mut(*outer as usize) else {
                        continue;
                    };
                    if *known < above {
                        *known = above;
                        has_changed = true;
                    }
                    if above > MAX_CHAIN || round == self.watches.len() {
                        let name = self.watches.get(*outer as usize).map(|watch| &watch.name);
                        return Err(CorrelateError::PlanWatch {
                            name: name.cloned().unwrap_or_default(),
                            reason: "a chain of correlations is a circle or too long".to_owned(),
                        });
                    }
                }
            }
            if !has_changed {
                break;
            }
        }
        for (watch, depth) in self.watches.iter_mut().zip(depth) {
            watch.depth = u32::try_from(depth).unwrap_or(u32::MAX);
        }
        let mut names: Vec<&String> = self.by_name.keys().collect();
        names.sort_unstable();
        let ranks: HashMap<String, u32> = names.into_iter().cloned().zip(0..).collect();
        for watch in &mut self.watches {
            watch.rank = ranks.get(&watch.name).copied().unwrap_or(0);
        }
        Ok(())
    }
}

impl Watch {
    /// Whether a value satisfies every bound.
    #[must_use]
    pub fn holds(&self, value: &Ratio) -> bool {
        self.bounds.iter().all(|(relation, bound)| {
            let order = value.compare(bound);
            match relation {
                Relation::Gt => order == Ordering::Greater,
                Relation::Gte => order != Ordering::Less,
                Relation::Lt => order == Ordering::Less,
                Relation::Lte => order != Ordering::Greater,
                Relation::Eq => order == Ordering::Equal,
                Relation::Neq => order != Ordering::Equal,
            }
        })
    }

    /// Whether it counts numbers.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        matches!(
            self.kind,
            Kind::ValueSum | Kind::ValueAvg | Kind::ValueMedian | Kind::ValuePercentile
        )
    }
}

fn wrong(watch: &WatchDocument, reason: &str) -> CorrelateError {
    CorrelateError::PlanWatch {
        name: watch.name.clone(),
        reason: reason.to_owned(),
    }
}
