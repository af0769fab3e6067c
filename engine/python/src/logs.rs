//! The Python face of `khien-logs`.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use khien_logs::LogError;

use crate::error::engine_error;

/// Adds this module's classes and functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<LogBatch>()?;
    module.add_class::<LogParser>()?;
    module.add_function(wrap_pyfunction!(detect_format, module)?)?;
    module.add_function(wrap_pyfunction!(windows_dataset, module)?)?;
    module.add_function(wrap_pyfunction!(formats, module)?)
}

fn raised(py: Python<'_>, error: &LogError) -> PyErr {
    engine_error(py, error.code(), &error.params(), None)
}

/// Events of some lines, and what was refused.
#[pyclass(frozen, get_all, module = "khien_engine.logs")]
struct LogBatch {
    /// Newline-terminated events.
    lines: Py<PyBytes>,
    /// How many.
    count: usize,
    /// Event time of the newest, microseconds since 1970; None without events.
    last_time_us: Option<i64>,
    /// (index of the line in the input, reason).
    rejected: Vec<(usize, &'static str)>,
}

/// A parser for one input; keeps the year of lines without one between calls.
#[pyclass(frozen, module = "khien_engine.logs")]
struct LogParser {
    inner: Mutex<khien_logs::Parser>,
}

#[pymethods]
impl LogParser {
    #[new]
    #[pyo3(signature = (format, *, source, year=None, utc_offset_minutes=420, host=None))]
    fn new(
        py: Python<'_>,
        format: &str,
        source: &str,
        year: Option<i32>,
        utc_offset_minutes: i32,
        host: Option<String>,
    ) -> PyResult<Self> {
        let parser = khien_logs::Parser::new(format, source, year, utc_offset_minutes, host)
            .map_err(|error| raised(py, &error))?;
        Ok(Self {
            inner: Mutex::new(parser),
        })
    }

    /// Parses newline-separated lines; a last one may lack its newline.
    fn parse(&self, py: Python<'_>, lines: &[u8]) -> LogBatch {
        let batch = py.detach(|| {
            let mut parser = self
                .inner
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            parser.parse(lines)
        });
        LogBatch {
            lines: PyBytes::new(py, batch.lines.as_bytes()).unbind(),
            count: batch.count,
            last_time_us: batch.last_time_us,
            rejected: batch
                .rejected
                .into_iter()
                .map(|(index, why)| (index, why.code()))
                .collect(),
        }
    }
}

/// The names of all formats.
#[pyfunction]
fn formats() -> Vec<&'static str> {
    khien_logs::names()
}

/// The format of a file by its first lines, or None.
#[pyfunction]
fn detect_format(sample: &[u8]) -> Option<&'static str> {
    khien_logs::detect_format(sample)
}

/// The `event.dataset` of a Windows channel's events.
#[pyfunction]
fn windows_dataset(channel: &str) -> String {
    khien_logs::channel::dataset_of(channel)
}
