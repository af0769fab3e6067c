//! No attack of the design's table (section 10) needs more memory than the whole engine may have: the allocator counts.
//!
//! `cargo test --release -p khien-packet --test memory -- --nocapture` prints the peak of each.

use std::sync::{Mutex, PoisonError};

use attacks::{Attack, all, run, uncounted};
use peak_alloc::PeakAlloc;

mod attacks;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The counter is one for all threads: one attack at a time.
static ONE: Mutex<()> = Mutex::new(());

/// What the process may have (design, section 10).
const BUDGET: usize = 512 << 20;

/// Attacks whose only strength is their number.
const FLOODS: [&str; 5] = [
    "syn_flood",
    "port_scan_that_is_refused",
    "udp_scan",
    "resets_and_ends_of_no_flow",
    "first_pieces_of_datagrams",
];

/// Attacks on one flow whose strength is the number of what is left open (design, section 10: a million of each).
const LEFT_OPEN: [&str; 2] = ["smb_requests_without_answers", "streams_without_end"];

/// Runs an attack and tells the most that lived meanwhile; what is wrong with it goes to `wrong`.
fn peak(attack: &Attack, size: usize, wrong: &mut Vec<String>) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    // What makes the packets is small beside the budget; it is counted too.
    let ledger = run(attack, size, |_| ());
    let peak = MEMORY.peak_usage().saturating_sub(before);
    wrong.extend(uncounted(attack, &ledger));
    if peak > BUDGET {
        wrong.push(format!("{}: {peak} bytes at {size}", attack.name));
    }
    peak
}

#[test]
fn every_attack_fits_the_budget_at_its_size_and_at_twice_its_size() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = Vec::new();
    for attack in all() {
        let once = peak(attack, attack.size, &mut wrong);
        let twice = peak(attack, 2 * attack.size, &mut wrong);
        let name = attack.name;
        println!("{name:45} {:>8} KiB {:>8} KiB", once >> 10, twice >> 10);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "slow: a million and ten million packets; run with --release -- --ignored"]
fn floods_of_millions_of_packets_fit_the_budget() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = Vec::new();
    for attack in all().filter(|attack| FLOODS.contains(&attack.name)) {
        for size in [1_000_000, 10_000_000] {
            let bytes = peak(attack, size, &mut wrong);
            println!("{:45} {size:>8} {:>8} KiB", attack.name, bytes >> 10);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "slow: a million of each; run with --release -- --ignored"]
fn a_million_left_open_in_one_flow_fit_the_budget() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = Vec::new();
    for attack in all().filter(|attack| LEFT_OPEN.contains(&attack.name)) {
        for size in [1_000_000, 2_000_000] {
            let start = std::time::Instant::now();
            let bytes = peak(attack, size, &mut wrong);
            let (kib, time) = (bytes >> 10, start.elapsed());
            println!("{:45} {size:>8} {kib:>8} KiB {time:>10.1?}", attack.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
