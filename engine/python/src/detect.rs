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
    module.add_class::<Ruleset>()?;
    module.add_class::<Stats>()?;
    module.add_function(wrap_pyfunction!(case_folding, module)?)?;
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

/// Every pair of code points of simple case folding; all others fold to themselves.
#[pyfunction]
fn case_folding() -> Vec<(u32, u32)> {
    khien_detect::text::case_folding()
        .map(|(from, to)| (u32::from(from), u32::from(to)))
        .collect()
}

/// What a rule set looked at since it was made.
#[pyclass(frozen, get_all, module = "khien_engine.detect")]
struct Stats {
    /// Lines read as events.
    events: u64,
    /// Lines that were not strict JSON objects; no rule saw them.
    unreadable: u64,
    /// Events without a dataset: every rule saw them.
    unrouted: u64,
    /// Rules verified, over all events.
    candidates: u64,
    /// Rules that hit, over all events.
    hits: u64,
}

/// A compiled rule set; may be used by several threads at once.
#[pyclass(frozen, module = "khien_engine.detect")]
struct Ruleset {
    inner: khien_detect::ruleset::Ruleset,
}

type Hits = Vec<(usize, usize, Vec<u32>)>;

#[pymethods]
impl Ruleset {
    #[new]
    fn new(py: Python<'_>, ir: &[u8]) -> PyResult<Self> {
        let inner = py
            .detach(|| khien_detect::ruleset::Ruleset::new(ir))
            .map_err(|error| raised(py, &error))?;
        Ok(Self { inner })
    }

    /// How many rules there are.
    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// The lines that any rule hits: (first byte, one past the newline, rule numbers ascending).
    fn scan(&self, py: Python<'_>, lines: &[u8]) -> PyResult<Hits> {
        hits(py, py.detach(|| self.inner.scan(lines)))
    }

    /// The same without the index: every routed rule is verified. For tests, and to find a wrong witness.
    fn scan_fully(&self, py: Python<'_>, lines: &[u8]) -> PyResult<Hits> {
        hits(py, py.detach(|| self.inner.scan_fully(lines)))
    }

    /// What was looked at so far.
    fn stats(&self) -> Stats {
        let khien_detect::ruleset::Stats {
            events,
            unreadable,
            unrouted,
            candidates,
            hits,
        } = self.inner.stats();
        Stats {
            events,
            unreadable,
            unrouted,
            candidates,
            hits,
        }
    }
}

fn hits(
    py: Python<'_>,
    found: Result<Vec<khien_detect::ruleset::Hit>, DetectError>,
) -> PyResult<Hits> {
    let found = found.map_err(|error| raised(py, &error))?;
    Ok(found
        .into_iter()
        .map(|hit| (hit.start, hit.end, hit.rules))
        .collect())
}
