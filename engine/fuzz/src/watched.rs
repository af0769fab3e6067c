//! An engine under watch: every line must be whole JSON, the account must add up, no panic may have been caught.

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::ledger::Ledger;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use serde::de::IgnoredAny;

/// LINKTYPE_RAW: packets begin with the header of IP.
pub const RAW: u32 = 101;

/// No line may be longer (design, section 8).
const LONGEST_LINE: usize = 64 << 10;

/// Drives an engine frame by frame.
pub struct Watched {
    engine: Engine,
    time_us: u64,
}

impl Watched {
    /// An engine that believes checksums, as the packets of these targets have none.
    #[must_use]
    pub fn new() -> Self {
        let settings = Settings {
            capture_secrets: true,
            ..Settings::default()
        };
        Self::of(settings, false)
    }

    /// An engine with other settings.
    #[must_use]
    pub fn of(settings: Settings, is_live: bool) -> Self {
        Self {
            engine: Engine::new(settings, is_live, Box::new(check)),
            time_us: 1_000_000,
        }
    }

    /// Packet time passes.
    pub fn wait(&mut self, microseconds: u64) {
        self.time_us = self.time_us.saturating_add(microseconds);
    }

    /// Takes a packet of IP, a millisecond later.
    pub fn packet(&mut self, data: &[u8]) {
        self.wait(1_000);
        self.frame(RAW, data, 0);
    }

    /// Takes a frame of any link type, of which the capture left so many bytes away.
    pub fn frame(&mut self, link_type: u32, data: &[u8], cut: u32) {
        self.engine.frame(&Frame {
            time_us: self.time_us,
            wire_length: u32::try_from(data.len())
                .unwrap_or(u32::MAX)
                .saturating_add(cut),
            link_type,
            interface: 0,
            checksums_offloaded: true,
            vlan_tag: None,
            data,
        });
    }

    /// Ends every flow and checks the account.
    pub fn finish(mut self) {
        self.engine.finish();
        check_ledger(self.engine.ledger());
    }
}

impl Default for Watched {
    fn default() -> Self {
        Self::new()
    }
}

/// Fails unless every frame has a place and no panic was caught on the way.
pub fn check_ledger(ledger: &Ledger) {
    assert!(ledger.adds_up(), "the account does not add up: {ledger:?}");
    let panics = ledger
        .undecoded
        .get("engine_panic")
        .into_iter()
        .chain(ledger.anomalies.get("engine_panic"));
    assert_eq!(panics.sum::<u64>(), 0, "a panic was caught");
}

/// Fails unless every line of a batch is one JSON object; `KHIEN_FUZZ_SHOW` prints them.
pub fn check(batch: Batch) -> bool {
    let is_shown = std::env::var_os("KHIEN_FUZZ_SHOW").is_some();
    for line in batch.lines.split_inclusive(|byte| *byte == b'\n') {
        if is_shown {
            eprint!("{}", String::from_utf8_lossy(line));
        }
        assert!(
            line.starts_with(b"{\"@timestamp\"") && line.ends_with(b"}}\n"),
            "a line is broken"
        );
        assert!(line.len() <= LONGEST_LINE, "a line of {} bytes", line.len());
        assert!(
            serde_json::from_slice::<IgnoredAny>(line).is_ok(),
            "not JSON: {}",
            String::from_utf8_lossy(line)
        );
    }
    true
}
