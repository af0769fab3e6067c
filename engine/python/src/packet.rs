//! The Python face of `khien-packet`: readers as iterators of batches, one worker thread each.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use khien_packet::anomaly::Anomaly;
use khien_packet::emit::head::Dataset;
use khien_packet::emit::output::Batch as Lines;
use khien_packet::error::CaptureError;
use khien_packet::reader::{LiveReader as LiveSource, Reader, Status};
use khien_packet::settings::{ChecksumMode, Settings};
use khien_packet::source::live::privileges;
use khien_packet::source::unpack;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::packet_worker::{
    Batch, PIPE_PATIENCE, Worker, locked, may_wait, raise, wait_for_opening,
};

/// Batches that wait for a slow reader before the worker stops.
const CHANNEL: usize = 4;
/// Frames between two looks at whether anybody still listens.
const FRAMES_PER_STEP: u32 = 512;
/// What a reader is to do. Times are in seconds.
#[pyclass(frozen, module = "khien_engine.packet")]
pub struct PacketSettings {
    inner: Settings,
}

#[pymethods]
impl PacketSettings {
    #[new]
    #[pyo3(signature = (*, source = "", checksums = "auto", max_flows = 262_144, tcp_new_timeout = 60,
        tcp_established_timeout = 600, tcp_closed_timeout = 60, other_new_timeout = 30,
        other_established_timeout = 300, interim_interval = 60, midstream = true, async_oneside = true, stream_depth = 0,
        max_stream_bytes = 67_108_864, vlan_in_key = true,
        parse_protocols = true, community_id_seed = 0,
        max_parser_bytes = 100_663_296, http_body_limit = 0, http_request_text = 4_096, max_line = 4_096, ftp_max_transactions = 0, capture_secrets = false, batch_lines = 1_000,
        batch_bytes = 1_048_576, workers = 1, read_size = 262_144))]
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "keyword-only arguments with defaults"
    )]
    fn new(
        py: Python<'_>,
        source: &str,
        checksums: &str,
        max_flows: u32,
        tcp_new_timeout: u32,
        tcp_established_timeout: u32,
        tcp_closed_timeout: u32,
        other_new_timeout: u32,
        other_established_timeout: u32,
        interim_interval: u32,
        midstream: bool,
        async_oneside: bool,
        stream_depth: u64,
        max_stream_bytes: u64,
        vlan_in_key: bool,
        parse_protocols: bool,
        community_id_seed: u16,
        max_parser_bytes: u64,
        http_body_limit: u64,
        http_request_text: usize,
        max_line: usize,
        ftp_max_transactions: u32,
        capture_secrets: bool,
        batch_lines: u32,
        batch_bytes: usize,
        workers: u32,
        read_size: usize,
    ) -> PyResult<Self> {
        let inner = Settings {
            source: source.to_owned(),
            checksums: ChecksumMode::parse(checksums).map_err(|error| raise(py, &error))?,
            max_flows,
            tcp_new_timeout,
            tcp_established_timeout,
            tcp_closed_timeout,
            other_new_timeout,
            other_established_timeout,
            interim_interval,
            midstream,
            async_oneside,
            stream_depth,
            max_stream_bytes,
            vlan_in_key,
            parse_protocols,
            community_id_seed,
            max_parser_bytes,
            http_body_limit,
            http_request_text,
            max_line,
            ftp_max_transactions,
            capture_secrets,
            batch_lines,
            batch_bytes,
            workers,
            read_size,
            ..Settings::default()
        };
        inner.validate().map_err(|error| raise(py, &error))?;
        Ok(Self { inner })
    }
}

/// Reads a capture file in a thread of its own; iterates over batches.
#[pyclass(frozen, module = "khien_engine.packet")]
pub struct CaptureReader {
    worker: Worker,
}

#[pymethods]
impl CaptureReader {
    #[new]
    fn new(py: Python<'_>, path: PathBuf, settings: &PacketSettings) -> PyResult<Self> {
        let (sender, receiver) = sync_channel(CHANNEL);
        let (opened_to, opened_from) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let status = Arc::new(Mutex::new(Status::default()));
        let settings = settings.inner.clone();
        let patience = may_wait(&path).then_some(PIPE_PATIENCE);
        let name = path.to_string_lossy().into_owned();
        // Opening may wait for a writer and the first bytes, and so it is the thread's work too: this one hears signals.
        let thread = {
            let (stop, status) = (Arc::clone(&stop), Arc::clone(&status));
            std::thread::spawn(move || {
                match Reader::open(&path, settings, sink(sender)) {
                    Ok(reader) if opened_to.send(Ok(())).is_ok() => work(reader, &stop, &status),
                    Ok(_) => (),
                    // Nobody waits for the answer any more when this fails.
                    Err(error) => drop(opened_to.send(Err(error))),
                }
            })
        };
        wait_for_opening(py, &Mutex::new(opened_from), name)?;
        Ok(Self {
            worker: Worker {
                batches: Mutex::new(Some(receiver)),
                status,
                stop,
                thread: Mutex::new(Some(thread)),
                patience,
            },
        })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        self.worker.next(py)
    }

    /// Counters so far; whole when the iterator has ended.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let status = locked(&self.worker.status).clone();
        stats(py, &status)
    }

    /// Stops the worker and waits for it. What was not taken is gone.
    fn close(&self, py: Python<'_>) {
        self.worker.close(py);
    }
}

/// Watches an interface in a thread of its own; iterates over batches until it is stopped.
#[pyclass(frozen, module = "khien_engine.packet")]
pub struct LiveReader {
    worker: Worker,
    failure: Arc<Mutex<Option<CaptureError>>>,
}

#[pymethods]
impl LiveReader {
    #[new]
    #[pyo3(signature = (interface, settings, *, drop_to = None))]
    fn new(
        py: Python<'_>,
        interface: &str,
        settings: &PacketSettings,
        drop_to: Option<&str>,
    ) -> PyResult<Self> {
        let (sender, receiver) = sync_channel(CHANNEL);
        let settings = settings.inner.clone();
        let source = py
            .detach(|| {
                let source = LiveSource::open(interface, settings, sink(sender))?;
                // Before the thread begins: capabilities belong to threads.
                match drop_to {
                    Some(user) => privileges::drop_privileges(Some(user)).map(|()| source),
                    None => Ok(source),
                }
            })
            .map_err(|error| raise(py, &error))?;
        let stop = Arc::new(AtomicBool::new(false));
        let status = Arc::new(Mutex::new(Status::default()));
        let failure = Arc::new(Mutex::new(None));
        let thread = {
            let (stop, status, failure) =
                (Arc::clone(&stop), Arc::clone(&status), Arc::clone(&failure));
            std::thread::spawn(move || watch(source, &stop, &status, &failure))
        };
        let thread = Mutex::new(Some(thread));
        let batches = Mutex::new(Some(receiver));
        Ok(Self {
            worker: Worker {
                batches,
                status,
                stop,
                thread,
                patience: None,
            },
            failure,
        })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        let batch = self.worker.next(py)?;
        if batch.is_none()
            && let Some(error) = locked(&self.failure).take()
        {
            return Err(raise(py, &error));
        }
        Ok(batch)
    }

    /// Counters so far, those of the kernel among them.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let status = locked(&self.worker.status).clone();
        stats(py, &status)
    }

    /// Ends the capture. What is known of living flows still comes out of the iterator, then it ends.
    fn stop(&self) {
        self.worker.stop.store(true, Ordering::Relaxed);
    }

    /// Stops the worker and waits for it. What was not taken is gone.
    fn close(&self, py: Python<'_>) {
        self.worker.close(py);
    }
}

fn watch(
    mut source: LiveSource,
    stop: &AtomicBool,
    status: &Mutex<Status>,
    failure: &Mutex<Option<CaptureError>>,
) {
    while !stop.load(Ordering::Relaxed) && !source.is_stopped() {
        if let Err(error) = source.step() {
            *locked(failure) = Some(error);
            break;
        }
        *locked(status) = source.status();
    }
    source.finish();
    *locked(status) = source.status();
}

fn sink(sender: SyncSender<Lines>) -> khien_packet::emit::output::Sink {
    Box::new(move |batch| sender.send(batch).is_ok())
}

fn work(mut reader: Reader, stop: &AtomicBool, status: &Mutex<Status>) {
    while !stop.load(Ordering::Relaxed) && reader.step(FRAMES_PER_STEP) {
        *locked(status) = reader.status();
    }
    // Before the channel closes, so that who saw the end sees the whole account.
    *locked(status) = reader.status();
}

fn stats<'py>(py: Python<'py>, status: &Status) -> PyResult<Bound<'py, PyDict>> {
    let ledger = &status.ledger;
    let told = PyDict::new(py);
    told.set_item("read", ledger.read)?;
    told.set_item("decoded", ledger.decoded)?;
    told.set_item("undecoded", &ledger.undecoded)?;
    told.set_item("without_flow", ledger.without_flow)?;
    told.set_item("aggregated", ledger.aggregated)?;
    told.set_item("undecoded_inner", &ledger.undecoded_inner)?;
    let interfaces = PyList::empty(py);
    for interface in &ledger.interfaces {
        let one = PyDict::new(py);
        one.set_item("link_type", interface.link_type)?;
        one.set_item("read", interface.read)?;
        one.set_item("undecoded", interface.undecoded)?;
        one.set_item("bytes", interface.bytes)?;
        one.set_item("first_time_us", interface.times_us.map(|(first, _)| first))?;
        one.set_item("last_time_us", interface.times_us.map(|(_, last)| last))?;
        interfaces.append(one)?;
    }
    told.set_item("interfaces", interfaces)?;
    told.set_item("bytes", ledger.bytes)?;
    told.set_item("first_time_us", ledger.first_time_us)?;
    told.set_item("last_time_us", ledger.last_time_us)?;
    told.set_item("steps_back", ledger.steps_back)?;
    told.set_item("largest_step_back_us", ledger.largest_step_back_us)?;
    let damage = ledger
        .damage
        .as_ref()
        .map(|damage| (damage.reason, damage.offset));
    told.set_item("damage_reason", damage.map(|(reason, _)| reason))?;
    told.set_item("damage_offset", damage.map(|(_, offset)| offset))?;
    told.set_item("flows", ledger.flows)?;
    told.set_item("flows_living", status.living)?;
    told.set_item("flow_ends", &ledger.flow_ends)?;
    let events = PyDict::new(py);
    for (dataset, written) in Dataset::ALL.iter().zip(status.written) {
        events.set_item(dataset.name(), written)?;
    }
    told.set_item("events", events)?;
    told.set_item("anomalies", &ledger.anomalies)?;
    told.set_item("limits", &ledger.limits)?;
    told.set_item("checksums_on", ledger.checksums_on)?;
    told.set_item("checksum_hosts_left", ledger.checksum_hosts_left)?;
    told.set_item("checksums_bad", ledger.bad_checksums)?;
    told.set_item("checksums_offloaded", ledger.offloaded_checksums)?;
    told.set_item("missed_bytes", ledger.missed_bytes)?;
    told.set_item("is_finished", status.is_finished)?;
    told.set_item("kernel_packets", status.kernel.map(|kernel| kernel.packets))?;
    told.set_item("kernel_drops", status.kernel.map(|kernel| kernel.drops))?;
    told.set_item("kernel_freezes", status.kernel.map(|kernel| kernel.freezes))?;
    Ok(told)
}

/// Name and layer of every anomaly that the engine can report.
#[pyfunction]
fn anomalies() -> Vec<(&'static str, &'static str)> {
    Anomaly::ALL
        .iter()
        .map(|anomaly| (anomaly.name(), anomaly.layer()))
        .collect()
}

/// Every `event.dataset` that the engine can write.
#[pyfunction]
fn datasets() -> Vec<&'static str> {
    Dataset::ALL.iter().map(|dataset| dataset.name()).collect()
}

/// `pcap` or `pcapng` by magic, packed or not; `None` for anything else.
#[pyfunction]
fn probe_capture(py: Python<'_>, path: PathBuf) -> PyResult<Option<&'static str>> {
    let found = py
        .detach(move || unpack::probe(&path))
        .map_err(|error| raise(py, &error))?;
    Ok(found.map(unpack::Container::name))
}

/// Becomes `user` (when given), drops every capability and forbids new ones; raises unless nothing is left.
#[pyfunction]
#[pyo3(signature = (user = None))]
fn drop_privileges(py: Python<'_>, user: Option<&str>) -> PyResult<()> {
    privileges::drop_privileges(user).map_err(|error| raise(py, &error))
}

/// Adds this module's classes and functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PacketSettings>()?;
    module.add_class::<Batch>()?;
    module.add_class::<CaptureReader>()?;
    module.add_class::<LiveReader>()?;
    module.add_function(wrap_pyfunction!(anomalies, module)?)?;
    module.add_function(wrap_pyfunction!(datasets, module)?)?;
    module.add_function(wrap_pyfunction!(drop_privileges, module)?)?;
    module.add_function(wrap_pyfunction!(probe_capture, module)?)
}
