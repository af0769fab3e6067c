//! Which rules see which event: by `event.dataset` and `event.code` (docs/concepts/contracts.md, section 4).

use std::collections::HashMap;

use crate::index::RuleId;
use crate::quick::QuickMap;

/// One route as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Route<'a> {
    /// `network.dns`
    Dataset(&'a str),
    /// `windows.sysmon:1`
    Code(&'a str, &'a str),
    /// `windows.*`, without the star
    Module(&'a str),
}

impl<'a> Route<'a> {
    fn parse(written: &'a str) -> Option<Self> {
        let (dataset, code) = match written.split_once(':') {
            Some((dataset, code)) => (dataset, Some(code)),
            None => (written, None),
        };
        match (dataset.strip_suffix('*'), code) {
            _ if dataset.is_empty() => None,
            (Some(module), None) if module.len() > 1 && module.ends_with('.') => {
                Some(Self::Module(module))
            }
            (Some(_), _) | (None, Some("")) => None,
            (None, Some(code)) => Some(Self::Code(dataset, code)),
            (None, None) => Some(Self::Dataset(dataset)),
        }
    }
}

/// The rules of one dataset, by code; numbers are those of groups.
#[derive(Debug)]
struct Dataset {
    by_code: QuickMap<String, usize>,
    /// For events with another code.
    other: usize,
    /// For events without a code.
    uncoded: usize,
}

/// The way from an event to its group of rules.
#[derive(Debug)]
pub struct Routes {
    by_dataset: QuickMap<String, Dataset>,
    /// For datasets that no rule names, by the module in front with its dot.
    by_module: QuickMap<String, usize>,
    /// Rules that see every event.
    unnamed: usize,
    /// Every rule that has a source: for events without a dataset.
    all: usize,
}

impl Routes {
    /// The group of an event.
    #[must_use]
    pub fn group(&self, dataset: Option<&str>, code: Option<&str>) -> usize {
        let Some(dataset) = dataset else {
            return self.all;
        };
        if let Some(known) = self.by_dataset.get(dataset) {
            return code.map_or(known.uncoded, |code| {
                known.by_code.get(code).copied().unwrap_or(known.other)
            });
        }
        module_of(dataset)
            .and_then(|module| self.by_module.get(module))
            .copied()
            .unwrap_or(self.unnamed)
    }
}

/// `windows.` of `windows.sysmon`.
fn module_of(dataset: &str) -> Option<&str> {
    dataset.get(..=dataset.find('.')?)
}

/// The rules that name a dataset: with every code, and by code.
#[derive(Debug, Default)]
struct Named {
    always: Vec<RuleId>,
    codes: HashMap<String, Vec<RuleId>>,
}

/// Collects the routes of all rules.
#[derive(Debug, Default)]
pub struct Builder {
    datasets: HashMap<String, Named>,
    modules: HashMap<String, Vec<RuleId>>,
    unnamed: Vec<RuleId>,
    all: Vec<RuleId>,
}

impl Builder {
    /// Adds a rule; rules come in ascending order.
    ///
    /// # Errors
    /// A route that is not of the contract.
    pub fn add(&mut self, rule: RuleId, routes: Option<&[String]>) -> Result<(), String> {
        let Some(routes) = routes else {
            self.unnamed.push(rule);
            self.all.push(rule);
            return Ok(());
        };
        for written in routes {
            match Route::parse(written).ok_or_else(|| format!("`{written}` is not a route"))? {
                Route::Dataset(name) => self.dataset(name).always.push(rule),
                Route::Module(name) => self.modules.entry(name.to_owned()).or_default().push(rule),
                Route::Code(name, code) => {
                    let codes = &mut self.dataset(name).codes;
                    codes.entry(code.to_owned()).or_default().push(rule);
                }
            }
        }
        if !routes.is_empty() {
            self.all.push(rule);
        }
        Ok(())
    }

    fn dataset(&mut self, name: &str) -> &mut Named {
        self.datasets.entry(name.to_owned()).or_default()
    }

    /// The routes, and the rules of each group, ascending; ways to the same rules share a group.
    #[must_use]
    pub fn finish(self) -> (Routes, Vec<Vec<RuleId>>) {
        let mut groups = Groups::default();
        let Self {
            datasets,
            modules,
            unnamed,
            all,
        } = self;
        let of_module = |dataset: &str| {
            module_of(dataset)
                .and_then(|module| modules.get(module))
                .map_or(&[][..], Vec::as_slice)
        };
        let by_dataset = datasets
            .iter()
            .map(|(name, Named { always, codes })| {
                let base = [always, &unnamed[..], of_module(name)].concat();
                let coded: Vec<RuleId> = codes.values().flatten().copied().collect();
                let dataset = Dataset {
                    by_code: codes
                        .iter()
                        .map(|(code, rules)| (code.clone(), groups.of([&base[..], rules].concat())))
                        .collect(),
                    uncoded: groups.of([&base[..], &coded].concat()),
                    other: groups.of(base),
                };
                (name.clone(), dataset)
            })
            .collect();
        let by_module = modules
            .iter()
            .map(|(name, rules)| (name.clone(), groups.of([&rules[..], &unnamed].concat())))
            .collect();
        let routes = Routes {
            by_dataset,
            by_module,
            unnamed: groups.of(unnamed),
            all: groups.of(all),
        };
        (routes, groups.all)
    }
}

/// Groups of rules, each once.
#[derive(Debug, Default)]
struct Groups {
    all: Vec<Vec<RuleId>>,
    known: HashMap<Vec<RuleId>, usize>,
}

impl Groups {
    fn of(&mut self, mut rules: Vec<RuleId>) -> usize {
        rules.sort_unstable();
        rules.dedup();
        if let Some(known) = self.known.get(&rules) {
            return *known;
        }
        let number = self.all.len();
        self.all.push(rules.clone());
        self.known.insert(rules, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(routes: &[Option<&[&str]>], dataset: Option<&str>, code: Option<&str>) -> Vec<RuleId> {
        let mut builder = Builder::default();
        for (number, written) in routes.iter().enumerate() {
            let owned: Option<Vec<String>> =
                written.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            builder
                .add(u32::try_from(number).unwrap(), owned.as_deref())
                .unwrap();
        }
        let (routes, groups) = builder.finish();
        groups.get(routes.group(dataset, code)).unwrap().clone()
    }

    #[test]
    fn a_dimension_decides_only_when_both_sides_state_it() {
        let rules: &[Option<&[&str]>] = &[
            None,
            Some(&["windows.sysmon:1", "windows.security:4688"]),
            Some(&["windows.security"]),
            Some(&["windows.*"]),
            Some(&[]),
            Some(&["windows.sysmon:11"]),
        ];
        for (dataset, code, expected) in [
            (Some("windows.sysmon"), Some("1"), &[0, 1, 3][..]),
            (Some("windows.sysmon"), Some("3"), &[0, 3]),
            (Some("windows.sysmon"), None, &[0, 1, 3, 5]),
            (Some("windows.security"), Some("4688"), &[0, 1, 2, 3]),
            (Some("windows.security"), Some("4624"), &[0, 2, 3]),
            (Some("windows.dns-server"), Some("1"), &[0, 3]),
            (Some("network.dns"), Some("1"), &[0]),
            (Some("windows"), None, &[0]),
            (None, Some("1"), &[0, 1, 2, 3, 5]),
        ] {
            assert_eq!(seen(rules, dataset, code), expected, "{dataset:?} {code:?}");
        }
    }

    #[test]
    fn what_is_no_route_is_refused() {
        for written in ["", ":1", "a.b:", "*", ".*", "a.*:1", "a*"] {
            assert!(
                Builder::default()
                    .add(0, Some(&[written.to_owned()]))
                    .is_err(),
                "{written}"
            );
        }
    }
}
