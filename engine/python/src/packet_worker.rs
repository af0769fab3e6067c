//! A worker thread behind a Python iterator, which hears signals while it waits and never hangs with a thread that does.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use khien_packet::emit::output::Batch as Lines;
use khien_packet::error::CaptureError;
use khien_packet::reader::Status;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::engine_error;

/// How long a waiting reader is deaf to signals.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);
/// How long a worker that may wait for bytes (a pipe, standard input) is waited for at the end; it ends by itself once they come.
pub const PIPE_PATIENCE: Duration = Duration::from_millis(100);

/// The error as Python's `EngineError`.
pub fn raise(py: Python<'_>, error: &CaptureError) -> PyErr {
    engine_error(py, error.code(), &error.params(), error.location())
}

/// Newline-terminated lines, how many, and the clock when the batch closed.
#[pyclass(frozen, get_all, module = "khien_engine.packet")]
pub struct Batch {
    lines: Py<PyBytes>,
    count: u32,
    last_time_us: u64,
}

impl Batch {
    fn new(py: Python<'_>, batch: &Lines) -> Self {
        Self {
            lines: PyBytes::new(py, &batch.lines).unbind(),
            count: batch.count,
            last_time_us: batch.last_time_us,
        }
    }
}

/// A worker thread and the reader's end of its channel.
pub struct Worker {
    /// What the thread sends.
    pub batches: Mutex<Option<Receiver<Lines>>>,
    /// Its counters.
    pub status: Arc<Mutex<Status>>,
    /// Tells it to end.
    pub stop: Arc<AtomicBool>,
    /// Taken when it has ended.
    pub thread: Mutex<Option<JoinHandle<()>>>,
    /// None: the worker ends soon after it is told to.
    pub patience: Option<Duration>,
}

/// The lock, also after a panic: what it guards is whole at every step.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    /// The next batch; none at the end.
    pub fn next(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        loop {
            let received = py.detach(|| {
                locked(&self.batches)
                    .as_ref()
                    .map_or(Err(RecvTimeoutError::Disconnected), |batches| {
                        batches.recv_timeout(SIGNAL_INTERVAL)
                    })
            });
            match received {
                Ok(batch) => return Ok(Some(Batch::new(py, &batch))),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            }
        }
    }

    /// Stops the thread and waits for it, as long as that makes sense.
    pub fn close(&self, py: Python<'_>) {
        py.detach(|| self.shut());
    }

    fn shut(&self) {
        self.stop.store(true, Ordering::Relaxed);
        locked(&self.batches).take();
        if let Some(thread) = locked(&self.thread).take() {
            if let Some(patience) = self.patience
                && !ends_within(&thread, patience)
            {
                // It hangs in a read that nobody can break off; the handle's end lets it go.
                return;
            }
            // The worker catches its own panics; there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

fn ends_within(thread: &JoinHandle<()>, patience: Duration) -> bool {
    let begin = Instant::now();
    while !thread.is_finished() {
        if begin.elapsed() >= patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Whether reading may have to wait for another process: a pipe, a terminal, standard input whatever it is.
pub fn may_wait(path: &Path) -> bool {
    path.as_os_str() == "-" || std::fs::metadata(path).is_ok_and(|found| !found.is_file())
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Waits for the thread that opens the capture; raises what it could not, or what a signal handler raises.
pub fn wait_for_opening(
    py: Python<'_>,
    opened: &Mutex<Receiver<Result<(), CaptureError>>>,
    path: String,
) -> PyResult<()> {
    loop {
        match py.detach(|| locked(opened).recv_timeout(SIGNAL_INTERVAL)) {
            Ok(answer) => return answer.map_err(|error| raise(py, &error)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                let reason = "the reader ended before it began".to_owned();
                return Err(raise(py, &CaptureError::Unreadable { path, reason }));
            }
        }
    }
}
