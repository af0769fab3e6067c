//! Memory stays within the design's budgets (section 10), whatever comes: counted by the allocator, not estimated.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use khien_packet::engine::Engine;
use khien_packet::flow::Flow;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The counter is one for all threads: one test at a time.
static ONE: Mutex<()> = Mutex::new(());

const MEBIBYTE: usize = 1 << 20;

fn alone() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an engine adds to the memory at most, after the frames and their end.
fn peak_of(settings: Settings, frames: impl Iterator<Item = Vec<u8>>) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let mut engine = Engine::new(settings, false, Box::new(|_| true));
    for (number, data) in (0_u64..).zip(frames) {
        engine.frame(&Frame {
            time_us: 1_000_000 + number,
            wire_length: u32::try_from(data.len()).expect("a short frame"),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data: &data,
        });
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
    MEMORY.peak_usage().saturating_sub(before)
}

/// A TCP segment of one of 2^32 clients to one server, or back.
fn segment(client: u32, is_client: bool, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).expect("a short payload");
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    let ends = [client.to_be_bytes(), [10, 0, 0, 2]];
    let ports = [40_000_u16, 9].map(u16::to_be_bytes);
    let [first, second] = if is_client { [0, 1] } else { [1, 0] };
    for end in [first, second] {
        bytes.extend(ends.get(end).expect("one of two"));
    }
    for port in [first, second] {
        bytes.extend(ports.get(port).expect("one of two"));
    }
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

fn client(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761) | 1
}

#[test]
fn a_full_table_of_flows_fits_its_budget() {
    let _one = alone();
    let settings = Settings::default();
    let flows = settings.max_flows;
    let peak = peak_of(
        settings,
        (0..flows).map(|number| segment(client(number), true, [1, 0], 2, b"")),
    );
    let bytes = std::mem::size_of::<Flow>();
    assert!(
        peak <= 128 * MEBIBYTE,
        "{peak} bytes for {flows} flows of {bytes}"
    );
}

/// `number` SYNs of as many clients, all different.
fn flood(number: u32) -> usize {
    peak_of(
        Settings::default(),
        (0..number).map(|number| segment(client(number), true, [1, 0], 2, b"")),
    )
}

#[test]
fn a_flood_beyond_the_table_needs_no_more_memory() {
    let _one = alone();
    let peak = flood(600_000);
    assert!(peak <= 128 * MEBIBYTE, "{peak} bytes");
}

#[test]
fn late_segments_of_many_flows_fit_their_budget() {
    let _one = alone();
    let payload = [b'x'; 1_400];
    let frames = (0..2_000_u32).flat_map(|number| {
        let client = client(number);
        let hello = [
            segment(client, true, [0, 0], 2, b""),
            segment(client, false, [0, 1], 18, b""),
            segment(client, true, [1, 1], 16, b""),
        ];
        // The first byte never comes: everything waits.
        let late =
            (0..60_u32).map(move |at| segment(client, true, [2 + at * 1_400, 1], 16, &payload));
        hello.into_iter().chain(late)
    });
    let flows = 2_000 * 2_048;
    let peak = peak_of(Settings::default(), frames);
    // 2,000 × 84,000 bytes are 160 MiB; 64 MiB may be held. A sixth more is what allocations and the tree need.
    assert!(peak <= 64 * MEBIBYTE * 7 / 6 + flows, "{peak} bytes");
}
