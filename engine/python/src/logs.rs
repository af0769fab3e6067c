//! The Python face of `khien-logs`.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use khien_logs::LogError;

use crate::error::engine_error;

/// Adds this module's classes and functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<EventFile>()?;
    module.add_class::<EventFilePart>()?;
    module.add_class::<LogBatch>()?;
    module.add_class::<LogParser>()?;
    module.add_function(wrap_pyfunction!(detect_format, module)?)?;
    module.add_function(wrap_pyfunction!(file_formats, module)?)?;
    module.add_function(wrap_pyfunction!(probe_event_file, module)?)?;
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
        LogBatch::new(py, py.detach(|| self.locked().parse(lines)))
    }

    /// What still waited for more lines (records of the audit log): the input is over, or quiet.
    fn finish(&self, py: Python<'_>) -> LogBatch {
        LogBatch::new(py, py.detach(|| self.locked().finish()))
    }
}

impl LogParser {
    fn locked(&self) -> MutexGuard<'_, khien_logs::Parser> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl LogBatch {
    fn new(py: Python<'_>, batch: khien_logs::Batch) -> Self {
        Self {
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

/// Events of a part of a file, and what was refused.
#[pyclass(frozen, get_all, module = "khien_engine.logs")]
struct EventFilePart {
    /// Newline-terminated events.
    lines: Py<PyBytes>,
    /// How many.
    count: usize,
    /// Event time of the newest, microseconds since 1970; None without events.
    last_time_us: Option<i64>,
    /// (place in the file, reason).
    rejected: Vec<(String, &'static str)>,
}

/// A file of events that are not lines (`evtx`, JSON objects over several lines); iterates over its parts.
#[pyclass(frozen, module = "khien_engine.logs")]
struct EventFile {
    inner: Mutex<khien_logs::event_file::EventFile>,
}

#[pymethods]
impl EventFile {
    #[new]
    #[pyo3(signature = (path, *, source))]
    #[expect(clippy::needless_pass_by_value, reason = "Python gives it away")]
    fn new(py: Python<'_>, path: PathBuf, source: &str) -> PyResult<Self> {
        let opened = py.detach(|| khien_logs::event_file::EventFile::open(&path, source))?;
        let Some(inner) = opened else {
            let unknown = LogError::UnknownFormat {
                format: path.display().to_string(),
            };
            return Err(raised(py, &unknown));
        };
        Ok(Self {
            inner: Mutex::new(inner),
        })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<EventFilePart>> {
        let part = py.detach(|| {
            self.inner
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .next_part()
        })?;
        Ok(part.map(|part| EventFilePart {
            lines: PyBytes::new(py, part.lines.as_bytes()).unbind(),
            count: part.count,
            last_time_us: part.last_time_us,
            rejected: part
                .rejected
                .into_iter()
                .map(|(place, why)| (place, why.code()))
                .collect(),
        }))
    }
}

/// The formats of files of events that are not lines.
#[pyfunction]
fn file_formats() -> Vec<&'static str> {
    khien_logs::event_file::FORMATS.to_vec()
}

/// The format of such a file by its first bytes, or None.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "Python gives it away")]
fn probe_event_file(path: PathBuf) -> PyResult<Option<&'static str>> {
    Ok(khien_logs::event_file::probe(&path)?)
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
