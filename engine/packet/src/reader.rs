//! A capture file from its first byte to its last event.

use std::hash::BuildHasher as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::emit::head::DATASETS;
use crate::emit::output::Sink;
use crate::engine::Engine;
use crate::error::CaptureError;
use crate::ledger::Ledger;
use crate::settings::{ChecksumMode, Settings};
use crate::source::live::{KernelCounters, LiveSource};
use crate::source::{CaptureFile, Next, unpack};
use crate::survey::Survey;
use crate::workers::Workers;

/// A live batch closes after this many milliseconds.
const BATCH_AGE_MS: i32 = 50;
/// A block of the ring may hold packets this old, µs: the clock stays behind them.
const LIVE_LATENESS_US: u64 = 100_000;

/// What a reader can tell at any time.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The account.
    pub ledger: Ledger,
    /// Flows alive.
    pub living: u64,
    /// Events written, by place in `Dataset::ALL`.
    pub written: [u64; DATASETS],
    /// Whether the source has come to its end.
    pub is_finished: bool,
    /// What the kernel counted, for a live source.
    pub kernel: Option<KernelCounters>,
}

/// A capture being read.
pub struct Reader {
    work: Work,
}

/// By one engine in this thread, or by several in threads of their own.
enum Work {
    One(Box<Single>),
    Many(Box<Workers>),
}

/// A capture and the engine that reads it.
struct Single {
    file: CaptureFile,
    engine: Engine,
    /// The first frames, while the setting `auto` waits for what they say.
    survey: Option<Survey>,
    is_finished: bool,
}

impl Reader {
    /// Opens `path`; batches will go to `sink`.
    pub fn open(path: &Path, settings: Settings, sink: Sink) -> Result<Self, CaptureError> {
        settings.validate()?;
        let file = CaptureFile::open(path, settings.read_size)?;
        Ok(Self::new(file, settings, sink))
    }

    /// Reads bytes from anywhere.
    pub fn from_input(
        name: &str,
        input: Box<dyn std::io::Read + Send>,
        settings: Settings,
        sink: Sink,
    ) -> Result<Self, CaptureError> {
        settings.validate()?;
        let opened = unpack::open_input(name, input, settings.read_size)?;
        Ok(Self::new(CaptureFile::new(opened), settings, sink))
    }

    fn new(file: CaptureFile, settings: Settings, sink: Sink) -> Self {
        if settings.workers > 1 {
            let workers = Workers::new(file, &settings, sink);
            return Self {
                work: Work::Many(Box::new(workers)),
            };
        }
        let survey = (settings.checksums == ChecksumMode::Auto).then(Survey::default);
        let checksums_on = settings.checksums == ChecksumMode::On;
        let single = Single {
            file,
            engine: Engine::new(settings, checksums_on, sink),
            survey,
            is_finished: false,
        };
        Self {
            work: Work::One(Box::new(single)),
        }
    }

    /// Reads about `frames` frames; false when the capture is at its end and everything has been told.
    pub fn step(&mut self, frames: u32) -> bool {
        match &mut self.work {
            Work::One(single) => single.step(frames),
            Work::Many(workers) => workers.step(),
        }
    }

    /// Reads to the end.
    pub fn run(&mut self) {
        while self.step(1_024) {}
    }

    /// Counters so far.
    #[must_use]
    pub fn status(&mut self) -> Status {
        match &mut self.work {
            Work::One(single) => single.status(),
            Work::Many(workers) => workers.status(),
        }
    }
}

impl Single {
    fn step(&mut self, frames: u32) -> bool {
        for _ in 0..frames {
            if self.is_finished {
                return false;
            }
            match self.file.next_frame() {
                Next::Frame(frame) => match &mut self.survey {
                    None => self.engine.frame(&frame),
                    Some(survey) => {
                        if survey.add(&frame) {
                            self.end_survey();
                        }
                    }
                },
                Next::End => self.finish(),
                Next::Damaged(damage) => {
                    self.end_survey();
                    self.engine.damaged(&damage);
                    self.finish();
                }
            }
            if self.engine.output().is_stopped() {
                self.is_finished = true;
            }
        }
        !self.is_finished
    }

    fn status(&mut self) -> Status {
        Status {
            ledger: self.engine.ledger().clone(),
            living: self.engine.living(),
            written: self.engine.output().written,
            is_finished: self.is_finished,
            kernel: None,
        }
    }

    fn end_survey(&mut self) {
        if let Some(survey) = self.survey.take() {
            self.engine.set_checksums(&survey.verdict());
            survey.replay(|frame| self.engine.frame(frame));
        }
    }

    fn finish(&mut self) {
        self.end_survey();
        self.engine.finish();
        self.is_finished = true;
    }
}

/// An interface being watched.
pub struct LiveReader {
    source: LiveSource,
    engine: Engine,
    flushed: Instant,
    is_finished: bool,
}

impl LiveReader {
    /// Begins to capture; batches will go to `sink`. The table's hash key is random: what is live can be attacked.
    pub fn open(interface: &str, settings: Settings, sink: Sink) -> Result<Self, CaptureError> {
        settings.validate()?;
        let source = LiveSource::open(interface)?;
        let mut settings = settings;
        let random = std::hash::RandomState::new();
        settings.hash_key = [random.hash_one(0_u8), random.hash_one(1_u8)];
        let checksums_on = settings.checksums != ChecksumMode::Off;
        let engine = Engine::new(settings, checksums_on, sink);
        Ok(Self {
            source,
            engine,
            flushed: Instant::now(),
            is_finished: false,
        })
    }

    /// Takes what came within a short while, moves the clock, and closes a batch that has waited long enough.
    pub fn step(&mut self) -> Result<(), CaptureError> {
        let engine = &mut self.engine;
        if self.source.wait(BATCH_AGE_MS)? {
            self.source.drain(|frame| engine.frame(frame));
        }
        engine.advance(wall_clock_us().saturating_sub(LIVE_LATENESS_US));
        if self.flushed.elapsed() >= Duration::from_millis(u64::from(BATCH_AGE_MS.unsigned_abs())) {
            engine.output().flush();
            self.flushed = Instant::now();
        }
        Ok(())
    }

    /// Whether nobody wants batches any more.
    #[must_use]
    pub fn is_stopped(&mut self) -> bool {
        self.engine.output().is_stopped()
    }

    /// Tells of every flow still alive.
    pub fn finish(&mut self) {
        self.engine.finish();
        self.is_finished = true;
    }

    /// Counters so far.
    #[must_use]
    pub fn status(&mut self) -> Status {
        Status {
            ledger: self.engine.ledger().clone(),
            living: self.engine.living(),
            written: self.engine.output().written,
            is_finished: self.is_finished,
            kernel: Some(self.source.counters()),
        }
    }
}

/// Wall time, µs: the only place of this crate that asks for it. A silent wire must still end flows.
fn wall_clock_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
