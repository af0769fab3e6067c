//! Log lines in, events out.
