//! Capture files and frames in, events out.
//!
//! A [`source`] gives frames, [`decode`] takes them apart, [`flow`] counts them, [`stream`] puts bytes in order,
//! [`proto`] reads them, [`emit`] writes lines. [`engine::Engine`] holds it together, [`reader::Reader`] runs a file.
#![expect(
    clippy::missing_errors_doc,
    reason = "all errors are CaptureError, whose variants say when they come"
)]

pub mod anomaly;
pub mod bytes;
pub mod clock;
pub mod decode;
pub mod defrag;
pub mod emit;
pub mod engine;
pub mod error;
pub mod file;
pub mod file_type;
pub mod flow;
pub mod ids;
pub mod ledger;
pub mod limits;
pub mod merge;
pub mod proto;
pub mod reader;
pub mod settings;
pub mod source;
pub mod stream;
pub mod survey;
pub mod workers;
