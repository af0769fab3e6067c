//! The `PyO3` binding: batches of lines in, batches of results out. No logic lives here.

use pyo3::prelude::*;

mod correlate;
mod detect;
mod error;
mod logs;
mod packet;
mod packet_worker;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    packet::register(module)?;
    logs::register(module)?;
    detect::register(module)?;
    correlate::register(module)
}
