//! The way out for every native failure: `khien_engine.EngineError`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Builds a `khien_engine.EngineError` with a stable code, text parameters and the place to look at.
///
/// The class lives in Python (`khien_engine/error.py`): an exception type cannot be subclassed natively under the
/// stable ABI of Python 3.11. Should even the import fail, that failure is what is raised.
pub fn engine_error(
    py: Python<'_>,
    code: &str,
    params: &[(&str, String)],
    location: Option<&str>,
) -> PyErr {
    match build(py, code, params, location) {
        Ok(error) => error,
        Err(failure) => failure,
    }
}

fn build(
    py: Python<'_>,
    code: &str,
    params: &[(&str, String)],
    location: Option<&str>,
) -> PyResult<PyErr> {
    let values = PyDict::new(py);
    for (name, value) in params {
        values.set_item(name, value)?;
    }
    let class = py.import("khien_engine.error")?.getattr("EngineError")?;
    Ok(PyErr::from_value(class.call1((code, values, location))?))
}
