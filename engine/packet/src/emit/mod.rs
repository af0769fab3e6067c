//! Events out: lines of JSON appended to the batch, no tree in between.

pub mod event;
pub mod head;
pub mod line;
pub mod output;
pub mod portion;
pub mod text;
pub mod time;
