//! Compiled rules and events in, matches out; and the stamp that ingest puts on each line.
#![forbid(unsafe_code)]

pub mod error;
pub mod frame;
pub mod inventory;
pub mod json;
pub mod stamp;
