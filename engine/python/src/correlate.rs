//! The Python face of `khien-correlate`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use khien_correlate::error::CorrelateError;
use khien_correlate::explain;
use khien_correlate::firing;
use khien_correlate::lane;
use khien_correlate::watch;

use crate::error::engine_error;

/// Adds this module's classes and functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Plan>()?;
    module.add_class::<Firing>()?;
    module.add_class::<Growth>()?;
    module.add_class::<OpenGroup>()?;
    module.add_class::<Eviction>()?;
    module.add_class::<LaneChanges>()?;
    module.add_class::<Lane>()
}

fn raised(py: Python<'_>, error: &CorrelateError) -> PyErr {
    engine_error(py, error.code(), &error.params(), None)
}

/// What is watched; may be used by many lanes.
#[pyclass(frozen, module = "khien_engine.correlate")]
struct Plan {
    inner: Arc<watch::Plan>,
}

#[pymethods]
impl Plan {
    #[new]
    fn new(py: Python<'_>, document: &[u8]) -> PyResult<Self> {
        let plan = watch::Plan::parse(document).map_err(|error| raised(py, &error))?;
        Ok(Self {
            inner: Arc::new(plan),
        })
    }

    /// How many watches there are.
    fn __len__(&self) -> usize {
        self.inner.watches.len()
    }
}

/// A condition became true.
#[pyclass(frozen, get_all, module = "khien_engine.correlate")]
struct Firing {
    watch: String,
    episode: Option<u64>,
    fields: Vec<String>,
    key: Vec<String>,
    values: Vec<String>,
    start_us: i64,
    end_us: i64,
    last_us: i64,
    first_event_id: String,
    event_ids: Vec<String>,
    event_count: u64,
    observed: String,
    entities: Vec<(String, String, String)>,
    assets: Vec<String>,
    units: Vec<String>,
    sensors: Vec<String>,
    left_out: u64,
    line: Py<PyBytes>,
    members: Vec<String>,
    is_complete: bool,
    is_estimated: bool,
}

impl Firing {
    fn of(py: Python<'_>, firing: firing::Firing) -> Self {
        Self {
            watch: firing.watch,
            episode: firing.episode,
            fields: firing.fields,
            key: firing.key,
            values: firing.values,
            start_us: firing.start_us,
            end_us: firing.end_us,
            last_us: firing.last_us,
            first_event_id: firing.first_event_id,
            event_ids: firing.event_ids,
            event_count: firing.event_count,
            observed: firing.observed,
            entities: firing.entities,
            assets: firing.assets,
            units: firing.units,
            sensors: firing.sensors,
            left_out: firing.left_out,
            line: PyBytes::new(py, &firing.line).unbind(),
            members: firing.members,
            is_complete: firing.is_complete,
            is_estimated: firing.is_estimated,
        }
    }
}

/// An open episode went on.
#[pyclass(frozen, get_all, module = "khien_engine.correlate")]
struct Growth {
    episode: u64,
    hits: u64,
    last_us: i64,
    event_ids: Vec<String>,
    event_count: u64,
}

/// Groups of a watch that had to go.
#[pyclass(frozen, get_all, module = "khien_engine.correlate")]
struct Eviction {
    watch: String,
    key: Vec<String>,
    event_id: String,
    count: u64,
    since_us: i64,
    last_us: i64,
    is_estimated: bool,
    is_for_memory: bool,
}

/// Everything since the last time.
#[pyclass(frozen, get_all, module = "khien_engine.correlate")]
struct LaneChanges {
    firings: Vec<Py<Firing>>,
    growths: Vec<Py<Growth>>,
    closed: Vec<u64>,
    evictions: Vec<Py<Eviction>>,
    counts: Vec<(&'static str, u64)>,
}

/// What a lane knows of one open group.
#[pyclass(frozen, get_all, module = "khien_engine.correlate")]
struct OpenGroup {
    key: Vec<String>,
    events: Vec<(i64, String, Option<String>)>,
    event_count: u64,
    observed: String,
    members: Vec<String>,
    start_us: i64,
    end_us: i64,
    hits: u64,
    carried: u32,
}

impl OpenGroup {
    fn of(group: explain::OpenGroup) -> Self {
        Self {
            key: group.key,
            events: group.events,
            event_count: group.event_count,
            observed: group.observed,
            members: group.members,
            start_us: group.start_us,
            end_us: group.end_us,
            hits: group.hits,
            carried: group.carried,
        }
    }
}

type Groups = (
    Vec<(String, Py<PyBytes>, Py<PyBytes>)>,
    Vec<(String, Py<PyBytes>)>,
);
type Late = Vec<(String, u64, Vec<usize>)>;
type Waiting = (Vec<(String, i64, Py<PyBytes>)>, Vec<String>);

/// Events, groups and timers of one dataset's main lane, or of one stream that is catching up.
#[pyclass(module = "khien_engine.correlate")]
struct Lane {
    inner: lane::Lane,
}

#[pymethods]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what Python hands over is made into lists of our own"
)]
impl Lane {
    #[new]
    #[pyo3(signature = (plan, *, is_main, most_bytes))]
    fn new(plan: &Bound<'_, Plan>, is_main: bool, most_bytes: usize) -> Self {
        let mut inner = lane::Lane::new(Arc::clone(&plan.get().inner));
        inner.core.judges_absence = is_main;
        inner.core.hold_bytes(most_bytes);
        Self { inner }
    }

    #[getter]
    fn watermark_us(&self) -> i64 {
        self.inner.watermark_us
    }

    #[setter]
    fn set_watermark_us(&mut self, watermark_us: i64) {
        self.inner.watermark_us = watermark_us;
    }

    #[getter]
    fn is_complete(&self) -> bool {
        self.inner.core.is_complete
    }

    #[setter]
    fn set_is_complete(&mut self, is_complete: bool) {
        self.inner.core.is_complete = is_complete;
    }

    /// Takes what a scan found; what lies behind the watermark is named by stream and left to a lane of its own.
    fn observe(
        &mut self,
        py: Python<'_>,
        lines: &[u8],
        hits: Vec<lane::Hit>,
        ingested_us: i64,
        latest_us: i64,
    ) -> Late {
        let late = py.detach(|| self.inner.observe(lines, &hits, ingested_us, latest_us));
        late.into_iter()
            .map(|late| (late.sensor, late.epoch, late.places))
            .collect()
    }

    /// Takes events behind the main watermark, one by one up to `target_us`.
    fn observe_late(
        &mut self,
        py: Python<'_>,
        lines: &[u8],
        hits: Vec<lane::Hit>,
        ingested_us: i64,
        latest_us: i64,
        target_us: i64,
    ) {
        py.detach(|| {
            self.inner
                .observe_late(lines, &hits, ingested_us, latest_us, target_us);
        });
    }

    /// Evaluates up to this event time; `False`: take the changes and call again.
    fn advance(&mut self, py: Python<'_>, watermark_us: i64, most_firings: usize) -> bool {
        py.detach(|| self.inner.advance(watermark_us, most_firings))
    }

    /// Firings, growths, ends, evictions and counts since the last time.
    fn take_changes(&mut self, py: Python<'_>) -> PyResult<LaneChanges> {
        let changes = self.inner.take_changes();
        Ok(LaneChanges {
            firings: changes
                .firings
                .into_iter()
                .map(|firing| Py::new(py, Firing::of(py, firing)))
                .collect::<PyResult<_>>()?,
            growths: changes
                .growths
                .into_iter()
                .map(|growth| {
                    Py::new(
                        py,
                        Growth {
                            episode: growth.episode,
                            hits: growth.hits,
                            last_us: growth.last_us,
                            event_ids: growth.event_ids,
                            event_count: growth.event_count,
                        },
                    )
                })
                .collect::<PyResult<_>>()?,
            closed: changes.closed,
            evictions: changes
                .evictions
                .into_iter()
                .map(|eviction| {
                    Py::new(
                        py,
                        Eviction {
                            watch: eviction.watch,
                            key: eviction.key,
                            event_id: eviction.event_id,
                            count: eviction.count,
                            since_us: eviction.since_us,
                            last_us: eviction.last_us,
                            is_estimated: eviction.is_estimated,
                            is_for_memory: eviction.is_for_memory,
                        },
                    )
                })
                .collect::<PyResult<_>>()?,
            counts: self.inner.core.counts.take(),
        })
    }

    /// The groups that changed since the last time, and the kept ones that are gone.
    fn snapshot(&mut self, py: Python<'_>) -> Groups {
        let (kept, dropped) = py.detach(|| self.inner.snapshot());
        let bytes = |bytes: Vec<u8>| PyBytes::new(py, &bytes).unbind();
        (
            kept.into_iter()
                .map(|(watch, key, state)| (watch, bytes(key), bytes(state)))
                .collect(),
            dropped
                .into_iter()
                .map(|(watch, key)| (watch, bytes(key)))
                .collect(),
        )
    }

    /// The events that began to wait, (id, time, line), and the ids of those that ceased to, since the last time.
    fn take_pending(&mut self, py: Python<'_>) -> Waiting {
        let (added, removed) = self.inner.take_pending();
        (
            added
                .into_iter()
                .map(|(id, time, line)| (id, time, PyBytes::new(py, &line).unbind()))
                .collect(),
            removed,
        )
    }

    /// Takes back groups, (watch, key, state); those whose watch is gone are named. `finish_restore` comes last.
    fn restore(
        &mut self,
        py: Python<'_>,
        groups: Vec<(String, Vec<u8>, Vec<u8>)>,
    ) -> PyResult<Vec<(String, Py<PyBytes>)>> {
        let gone = py
            .detach(|| {
                let mut gone = Vec::new();
                for (watch, key, state) in groups {
                    if !self.inner.restore(&watch, &key, &state)? {
                        gone.push((watch, key));
                    }
                }
                Ok(gone)
            })
            .map_err(|error: CorrelateError| raised(py, &error))?;
        Ok(gone
            .into_iter()
            .map(|(watch, key)| (watch, PyBytes::new(py, &key).unbind()))
            .collect())
    }

    /// The groups of these watches give way to these ones, except where the new group's episode is among `left`.
    fn replace(
        &mut self,
        py: Python<'_>,
        watches: Vec<String>,
        groups: Vec<(String, Vec<u8>, Vec<u8>)>,
        left: Vec<u64>,
    ) -> PyResult<()> {
        py.detach(|| self.inner.replace(&watches, &groups, &left))
            .map_err(|error: CorrelateError| raised(py, &error))
    }

    /// The number that the next episode gets.
    #[getter]
    fn next_episode(&self) -> u64 {
        self.inner.core.next_episode()
    }

    #[setter]
    fn set_next_episode(&mut self, number: u64) {
        self.inner.core.begin_episodes(number);
    }

    /// Puts the groups into the order in which they were used.
    fn finish_restore(&mut self) {
        self.inner.finish_restore();
    }

    /// Takes back events that waited, each with its time.
    fn restore_pending(&mut self, lines: &[u8], hits: Vec<lane::Hit>, times: Vec<i64>) {
        self.inner.restore_pending(lines, &hits, &times);
    }

    /// Another version of this watch's rule came into force when everything up to this event time had been seen.
    fn retire(&mut self, watch: &str, at_us: i64) {
        self.inner.retire(watch, at_us);
    }

    /// The names of the retired watches that are not over yet.
    fn retiring(&self) -> Vec<String> {
        self.inner.retiring()
    }

    /// The open groups of a watch, the most recent first: of this folded key, or so many of all.
    #[pyo3(signature = (watch, *, key, most))]
    fn explain(&self, watch: &str, key: Option<Vec<String>>, most: usize) -> Vec<OpenGroup> {
        let found = self.inner.explain(watch, key.as_deref(), most);
        found.into_iter().map(OpenGroup::of).collect()
    }

    /// What groups, texts and episodes take, in bytes.
    #[getter]
    fn bytes(&self) -> usize {
        self.inner.core.bytes()
    }

    /// What the waiting events take, in bytes.
    #[getter]
    fn pending_bytes(&self) -> usize {
        self.inner.pending_bytes()
    }

    /// Events that wait.
    #[getter]
    fn pending_count(&self) -> usize {
        self.inner.pending_count()
    }

    /// Matches (event and rule) that wait.
    #[getter]
    fn waiting(&self) -> usize {
        self.inner.waiting()
    }

    /// The time of the n-th waiting event.
    fn pending_time(&mut self, place: usize) -> Option<i64> {
        self.inner.pending_time(place)
    }

    /// How many groups there are.
    #[getter]
    fn group_count(&self) -> usize {
        self.inner.core.store.len()
    }

    /// Nothing waits and nothing is open.
    #[getter]
    fn is_idle(&self) -> bool {
        self.inner.is_idle()
    }

    /// Whether there is something to hand out or to keep.
    #[getter]
    fn has_changes(&self) -> bool {
        self.inner.has_changes()
    }
}
