//! The Python face of `khien-detect`.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use khien_detect::error::DetectError;
use khien_detect::stamp::Stream;

use crate::error::engine_error;

/// Adds this module's classes and functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Inventory>()?;
    module.add_class::<Stamped>()?;
    module.add_function(wrap_pyfunction!(stamp, module)?)
}

fn raised(py: Python<'_>, error: &DetectError) -> PyErr {
    engine_error(
        py,
        error.code(),
        &error.params(),
        error.location().as_deref(),
    )
}

/// A versioned list of networks with their asset and agency.
#[pyclass(frozen, module = "khien_engine.detect")]
struct Inventory {
    inner: khien_detect::inventory::Inventory,
}

#[pymethods]
impl Inventory {
    #[new]
    fn new(py: Python<'_>, document: &[u8]) -> PyResult<Self> {
        let inner = khien_detect::inventory::Inventory::parse(document)
            .map_err(|error| raised(py, &error))?;
        Ok(Self { inner })
    }

    /// As the document says.
    #[getter]
    fn version(&self) -> &str {
        self.inner.version()
    }

    /// Networks in the document.
    fn __len__(&self) -> usize {
        self.inner.network_count()
    }
}

/// Stamped lines, and what was refused.
#[pyclass(frozen, get_all, module = "khien_engine.detect")]
struct Stamped {
    /// Newline-terminated lines.
    lines: Py<PyBytes>,
    /// How many lines that is.
    count: usize,
    /// (index of the line in the batch, code); its sequence number stays unused.
    rejected: Vec<(usize, &'static str)>,
}

/// Stamps a batch of newline-terminated lines; line n has the sequence number `first_seq + n`, refused or not.
#[pyfunction]
#[pyo3(signature = (lines, *, sensor, epoch, first_seq, dataset, ingested, inventory))]
#[expect(
    clippy::too_many_arguments,
    reason = "the signature is the contract with Python"
)]
fn stamp(
    py: Python<'_>,
    lines: &[u8],
    sensor: &str,
    epoch: u64,
    first_seq: u64,
    dataset: &str,
    ingested: &str,
    inventory: Option<&Bound<'_, Inventory>>,
) -> PyResult<Stamped> {
    let stream = Stream {
        sensor,
        epoch,
        first_seq,
        dataset,
        ingested,
    };
    let inventory = inventory.map(|inventory| &inventory.get().inner);
    let stamped = py
        .detach(|| khien_detect::stamp::stamp(lines, &stream, inventory))
        .map_err(|error| raised(py, &error))?;
    Ok(Stamped {
        lines: PyBytes::new(py, &stamped.lines).unbind(),
        count: stamped.count,
        rejected: stamped
            .rejected
            .into_iter()
            .map(|(index, why)| (index, why.code()))
            .collect(),
    })
}
