//! A capture file from its first byte to its last event.

use crate::decode::checksum::{self, Verdict};
use crate::decode::link;
use crate::emit::head::DATASETS;
use crate::emit::output::Sink;
use crate::engine::Engine;
use crate::error::CaptureError;
use crate::ledger::Ledger;
use crate::settings::{ChecksumMode, Settings};
use crate::source::{CaptureFile, Next};

/// Packets that decide whether checksums mean anything in this capture.
const SURVEYED: u32 = 1_000;

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
}

/// A capture file being read.
pub struct Reader {
    file: CaptureFile,
    engine: Engine,
    is_finished: bool,
}

impl Reader {
    /// Opens `path`; batches will go to `sink`.
    pub fn open(path: &str, settings: Settings, sink: Sink) -> Result<Self, CaptureError> {
        settings.validate()?;
        let checksums_on = match settings.checksums {
            ChecksumMode::On => true,
            ChecksumMode::Off => false,
            ChecksumMode::Auto => survey(path, settings.read_size)?,
        };
        let file = CaptureFile::open(path, settings.read_size)?;
        Ok(Self {
            file,
            engine: Engine::new(settings, checksums_on, sink),
            is_finished: false,
        })
    }

    /// Reads up to `frames` frames; false when the capture is at its end and everything has been told.
    pub fn step(&mut self, frames: u32) -> bool {
        for _ in 0..frames {
            if self.is_finished {
                return false;
            }
            match self.file.next_frame() {
                Next::Frame(frame) => self.engine.frame(&frame),
                Next::End => self.finish(),
                Next::Damaged(damage) => {
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

    /// Reads to the end.
    pub fn run(&mut self) {
        while self.step(1_024) {}
    }

    /// Counters so far.
    #[must_use]
    pub fn status(&mut self) -> Status {
        Status {
            ledger: self.engine.ledger().clone(),
            living: self.engine.living(),
            written: self.engine.output().written,
            is_finished: self.is_finished,
        }
    }

    fn finish(&mut self) {
        self.engine.finish();
        self.is_finished = true;
    }
}

/// Whether to check sums: not when over half of the first packets that have one fail. Standard input cannot be read
/// twice, so that there sums are not checked.
fn survey(path: &str, read_size: usize) -> Result<bool, CaptureError> {
    if path == "-" {
        return Ok(false);
    }
    let mut file = CaptureFile::open(path, read_size)?;
    let (mut checked, mut bad) = (0_u32, 0_u32);
    for _ in 0..SURVEYED {
        let Next::Frame(frame) = file.next_frame() else {
            break;
        };
        let Ok(packet) = link::decode(&frame) else {
            continue;
        };
        let verdict = if packet.header_sum_good {
            checksum::check(&packet)
        } else {
            Verdict::Bad
        };
        if verdict != Verdict::Unknown {
            checked += 1;
            bad += u32::from(verdict == Verdict::Bad);
        }
    }
    Ok(bad.saturating_mul(2) <= checked)
}
