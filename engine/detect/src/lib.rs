//! Compiled rules and events in, matches out.
