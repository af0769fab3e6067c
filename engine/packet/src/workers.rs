//! One capture read by several engines at once; their lines come out as one engine would have written them.
//!
//! A feeder reads the capture, once, into blocks of frames that all workers share. It tells of each frame whether one
//! worker alone takes it (see `engine::share`); the others then only move their clock. The caller's thread merges.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::emit::output::Sink;
use crate::emit::portion::{Account, Portion};
use crate::engine::Engine;
use crate::engine::owners::{Dealer, Gift};
use crate::engine::share::Share;
use crate::ledger::Ledger;
use crate::merge::Merge;
use crate::reader::Status;
use crate::settings::{ChecksumMode, Settings};
use crate::source::{CaptureFile, Damage, Frame, Next};
use crate::survey::{Sums, Survey};

/// Blocks that wait for a worker, and portions that wait for the others.
const WAITING: usize = 8;
/// Frames of a block.
const BLOCK_FRAMES: usize = 2_048;
/// Bytes of a block; the frame that passes them is its last.
const BLOCK_BYTES: usize = 1 << 20;

/// Frames that all workers share.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    frames: Vec<Entry>,
    /// Which pairs of hosts were given to whom; before the first frame.
    gifts: Vec<Gift>,
    /// Which sums mean anything, once that is known; before the first frame.
    sums: Sums,
    /// How the capture ends, behind the last frame.
    end: Option<End>,
}

/// A frame of a block.
struct Entry {
    /// All but the bytes.
    frame: Frame<'static>,
    /// Where its bytes are in those of the block.
    place: Range<usize>,
    /// The only worker that takes it.
    owner: Option<u32>,
}

enum End {
    Regular,
    Damaged(Damage),
}

/// Engines at work on one capture.
pub struct Workers {
    merge: Merge,
    receivers: Vec<Receiver<Portion>>,
    threads: Vec<JoinHandle<()>>,
    is_finished: bool,
}

impl Workers {
    /// Begins to read; batches will go to `sink`.
    #[must_use]
    pub fn new(file: CaptureFile, settings: &Settings, sink: Sink) -> Self {
        let count = settings.workers;
        let mut workers = Self {
            merge: Merge::new(settings, usize::try_from(count).unwrap_or(1), sink),
            receivers: Vec::new(),
            threads: Vec::new(),
            is_finished: false,
        };
        let mut feeds = Vec::new();
        for index in 0..count {
            let (feed, blocks) = sync_channel::<Arc<Block>>(WAITING);
            let (sender, receiver) = sync_channel(WAITING);
            let sink = Box::new(move |portion| sender.send(portion).is_ok());
            let engine = Engine::sharing(settings.clone(), Share { index, count }, sink);
            feeds.push(feed);
            workers.receivers.push(receiver);
            workers.spawn(format!("packets-{index}"), move || {
                work(index, engine, &blocks);
            });
        }
        let feeder = Feeder {
            feeds,
            block: Block {
                sums: Sums::all(settings.checksums == ChecksumMode::On),
                ..Block::default()
            },
            sent: VecDeque::new(),
            dealer: Dealer::new(count),
        };
        let survey = (settings.checksums == ChecksumMode::Auto).then(Survey::default);
        workers.spawn("packets-feed".to_owned(), move || feeder.read(file, survey));
        workers
    }

    /// Starts a thread with a name that shows in `top`. Without the thread its receiver ends, and so does the reader.
    fn spawn(&mut self, name: String, run: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().name(name).spawn(run);
        self.threads.extend(thread.ok());
    }

    /// Merges until a portion has to be waited for, and takes that; false at the end.
    pub fn step(&mut self) -> bool {
        if self.is_finished {
            return false;
        }
        let Some(late) = self.merge.advance() else {
            self.merge.flush();
            self.is_finished = true;
            self.join();
            return false;
        };
        match self.receivers.get(late).and_then(|from| from.recv().ok()) {
            Some(portion) => self.merge.put(late, portion),
            None => self.merge.lose(late),
        }
        true
    }

    /// Counters so far.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut ledger = joined(self.merge.accounts());
        let ended = ledger.flow_ends.values().sum();
        let living = ledger.flows.saturating_sub(ended);
        if self.merge.silenced > 0 {
            *ledger.limits.entry("anomaly_rate").or_default() += self.merge.silenced;
        }
        Status {
            ledger,
            living,
            written: self.merge.written(),
            is_finished: self.is_finished,
            kernel: None,
        }
    }

    fn join(&mut self) {
        // A worker that wants to hand on a portion finds nobody and ends, then the feeder does.
        self.receivers.clear();
        for thread in self.threads.drain(..) {
            // Engines catch their own panics; there is nothing to learn from the end of a thread.
            let _ = thread.join();
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.join();
    }
}

/// What all engines count alike is taken from the first, what each counts for its own flows is added up.
fn joined(accounts: &[Account]) -> Ledger {
    let first = accounts.first().map(|account| account.common.clone());
    let mut ledger = first.unwrap_or_default();
    for account in accounts {
        ledger.add(&account.own);
    }
    ledger
}

/// Reads the capture and hands its frames to all workers, in the buffers that they were read into.
struct Feeder {
    feeds: Vec<SyncSender<Arc<Block>>>,
    block: Block,
    /// Blocks handed on: when all workers are done with the oldest, its memory is used again.
    sent: VecDeque<Arc<Block>>,
    dealer: Dealer,
}

impl Feeder {
    fn read(mut self, mut file: CaptureFile, mut survey: Option<Survey>) {
        loop {
            let end = match file.next_frame() {
                Next::Frame(frame) => {
                    let is_open = match &mut survey {
                        None => {
                            let entry = self.entry(&frame);
                            self.add(entry, &mut file)
                        }
                        Some(waiting) => !waiting.add(&frame) || self.replay(survey.take()),
                    };
                    if is_open {
                        continue;
                    }
                    return;
                }
                Next::End => End::Regular,
                Next::Damaged(damage) => End::Damaged(damage),
            };
            if self.replay(survey.take()) {
                self.block.end = Some(end);
                self.hand_on(&mut file);
            }
            return;
        }
    }

    /// Gives the frames back that were kept until they told whether sums mean anything, in blocks of their own.
    fn replay(&mut self, survey: Option<Survey>) -> bool {
        let Some(survey) = survey else {
            return true;
        };
        self.block.sums = survey.verdict();
        survey.replay(|frame| {
            let start = self.block.bytes.len();
            self.block.bytes.extend_from_slice(frame.data);
            let mut entry = self.entry(frame);
            entry.place = start..self.block.bytes.len();
            self.block.frames.push(entry);
        });
        self.send(Vec::new())
    }

    fn entry(&mut self, frame: &Frame<'_>) -> Entry {
        Entry {
            frame: Frame {
                data: &[],
                ..*frame
            },
            place: 0..0,
            owner: self.dealer.owner_of(frame),
        }
    }

    /// Adds the frame that `file` gave last; false when nobody wants more.
    fn add(&mut self, mut entry: Entry, file: &mut CaptureFile) -> bool {
        entry.place = file.pin();
        let length = entry.place.end;
        self.block.frames.push(entry);
        if self.block.frames.len() < BLOCK_FRAMES && length < BLOCK_BYTES {
            return true;
        }
        self.hand_on(file)
    }

    fn hand_on(&mut self, file: &mut CaptureFile) -> bool {
        let oldest = self.sent.pop_front().map(Arc::try_unwrap);
        let (bytes, mut frames) = match oldest {
            Some(Ok(block)) => (block.bytes, block.frames),
            Some(Err(block)) => {
                self.sent.push_front(block);
                (Vec::new(), Vec::new())
            }
            None => (Vec::new(), Vec::new()),
        };
        frames.clear();
        self.block.bytes = file.take_pinned(bytes);
        self.send(frames)
    }

    /// Hands the block on and begins the next.
    fn send(&mut self, frames: Vec<Entry>) -> bool {
        let next = Block {
            bytes: Vec::new(),
            frames,
            gifts: Vec::new(),
            sums: self.block.sums.clone(),
            end: None,
        };
        self.block.gifts = self.dealer.take_gifts();
        let block = Arc::new(std::mem::replace(&mut self.block, next));
        let is_open = self
            .feeds
            .iter()
            .all(|feed| feed.send(Arc::clone(&block)).is_ok());
        self.sent.push_back(block);
        is_open
    }
}

fn work(index: u32, mut engine: Engine, blocks: &Receiver<Arc<Block>>) {
    while let Ok(block) = blocks.recv() {
        engine.set_checksums(&block.sums);
        engine.learn(&block.gifts);
        for entry in &block.frames {
            let frame = Frame {
                data: block.bytes.get(entry.place.clone()).unwrap_or_default(),
                ..entry.frame
            };
            match entry.owner {
                None => engine.frame(&frame),
                Some(owner) if owner == index => engine.own_frame(&frame),
                Some(_) => engine.pass(&frame),
            }
        }
        match &block.end {
            None => engine.hand_on(false),
            Some(end) => {
                if let End::Damaged(damage) = end {
                    engine.damaged(damage);
                }
                engine.finish();
            }
        }
        if block.end.is_some() || engine.output().is_stopped() {
            return;
        }
    }
}
