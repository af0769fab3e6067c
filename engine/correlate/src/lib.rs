//! Correlation on event time: lines and the rules that hit them in, firings out.
//!
//! What it computes depends on the set of events only: not on their order inside the lateness bound, on batches, duplicates or crashes
//! (detection design, sections 5 to 7). No file, no clock, no network.
#![forbid(unsafe_code)]

pub mod absence;
pub mod body;
mod closing;
mod condition;
pub mod core;
pub mod count;
pub mod episode;
pub mod error;
pub mod event;
pub mod exact;
mod expected;
pub mod explain;
pub mod expression;
mod feed;
pub mod firing;
mod inner;
pub mod lane;
mod memory;
pub mod ordered;
pub mod pending;
pub mod plan;
mod quota;
mod recent;
mod replace;
mod retired;
mod rising;
pub mod series;
pub mod sketch;
pub mod slab;
mod slots;
pub mod state;
mod state_reader;
mod state_writer;
pub mod store;
mod telling;
pub mod texts;
mod timers;
pub mod values;
pub mod watch;
