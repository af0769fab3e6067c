//! Compiled rules and events in, matches out; and the stamp that ingest puts on each line.
#![forbid(unsafe_code)]

pub mod error;
pub mod event;
mod expression;
pub mod fields;
pub mod frame;
pub mod index;
pub mod inventory;
pub mod ir;
pub mod json;
pub mod leaf;
mod merge;
mod names;
pub mod number;
pub mod pattern;
pub mod quick;
pub mod routes;
pub mod ruleset;
pub mod stamp;
pub mod text;
pub mod time_part;
pub mod url;
pub mod values;
pub mod witness;
