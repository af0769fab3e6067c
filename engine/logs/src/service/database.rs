//! Databases: what `PostgreSQL` (documentation, "Error Reporting and Logging"), `MySQL` and `MariaDB` ("The Error Log") and SQL Server
//! (`ERRORLOG`, error 18456) say about log-ins, dataset `db.audit`; their other messages are `db.audit` too, without an action.

mod mssql;
mod mysql;
mod postgresql;

pub(crate) use mssql::{decoded, parse as parse_mssql};
pub(crate) use mysql::{parse as parse_mysql, read as read_mysql};
pub(crate) use postgresql::{parse as parse_postgresql, read as read_postgresql};

use crate::device::start;
use crate::document::Document;
use crate::draft::Draft;

/// A message of a database that is no log-in.
fn other(draft: &Draft<'_>, module: &str, level: &str) -> Document {
    let mut document = start(draft, "db.audit", module);
    let is_error = matches!(
        level.to_ascii_uppercase().as_str(),
        "ERROR" | "FATAL" | "PANIC"
    );
    document.categorise(&["database"], &[if is_error { "error" } else { "info" }]);
    document.text("log.level", level);
    document
}
