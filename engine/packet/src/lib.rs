//! Capture files and frames in, events out.
