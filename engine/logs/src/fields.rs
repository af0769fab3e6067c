//! Logs that name their columns in a `#Fields:` directive: IIS with spaces (W3C, "Extended Log File Format", WD-logfile-960323;
//! Microsoft, "W3C Logging"), dataset `web.access`; Exchange with commas (Microsoft, "Protocol logging", "Message tracking").

mod exchange;
mod iis;

use std::borrow::Cow;

use crate::Rejection;
use crate::csv;
use crate::document::Document;

/// Most columns that are kept.
const MAX_COLUMNS: usize = 128;

/// What the directives of a file said.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    names: Vec<String>,
}

impl Columns {
    /// A line: a directive (no event) or values.
    ///
    /// # Errors
    /// It is not of this form, or states no time that exists.
    pub(crate) fn read(
        &mut self,
        line: &str,
        has_commas: bool,
    ) -> Result<Option<Document>, Rejection> {
        let line = line.trim_start_matches('\u{feff}').trim_end();
        if let Some(directive) = line.strip_prefix('#') {
            let (name, value) = directive.split_once(':').ok_or(Rejection::Format)?;
            if name.eq_ignore_ascii_case("fields") {
                let is_comma = value.contains(',');
                if is_comma != has_commas {
                    return Err(Rejection::Format);
                }
                self.names = value
                    .split(if has_commas { ',' } else { ' ' })
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .take(MAX_COLUMNS)
                    .map(str::to_ascii_lowercase)
                    .collect();
            }
            return Ok(None);
        }
        let values: Vec<Cow<'_, str>> = if has_commas {
            csv::split(line)
        } else {
            line.split(' ')
                .take(MAX_COLUMNS + 1)
                .map(Cow::Borrowed)
                .collect()
        };
        let defaults: &[&str] = if has_commas {
            exchange::columns(&values)
        } else {
            &iis::COLUMNS
        };
        let row = Row {
            names: &self.names,
            defaults,
            values: &values,
        };
        if !row.is_whole() {
            return Err(Rejection::Format);
        }
        if has_commas {
            exchange::read(line, &row).map(Some)
        } else {
            iis::read(line, &row).map(Some)
        }
    }
}

/// The values of a line beside the names of their columns.
struct Row<'r> {
    names: &'r [String],
    /// Where no directive was seen: the columns that the product writes unless told otherwise.
    defaults: &'r [&'r str],
    values: &'r [Cow<'r, str>],
}

impl Row<'_> {
    fn is_whole(&self) -> bool {
        if self.names.is_empty() {
            !self.defaults.is_empty() && self.values.len() >= self.defaults.len()
        } else {
            // Exchange leaves out empty columns at the end.
            self.values.len() <= self.names.len() + 1 && self.values.len() * 2 >= self.names.len()
        }
    }

    /// The value of the first of these columns that is there and says something.
    fn get(&self, names: &[&str]) -> &str {
        let place = |name: &str| {
            if self.names.is_empty() {
                self.defaults.iter().position(|known| *known == name)
            } else {
                self.names.iter().position(|known| known == name)
            }
        };
        names
            .iter()
            .filter_map(|name| self.values.get(place(name)?))
            .map(Cow::as_ref)
            .find(|value| !value.is_empty() && *value != "-")
            .unwrap_or_default()
    }
}
