//! Twice an attack is about twice the work: allocations and their bytes, which are the same on every machine and under
//! every load. Instructions, which also see what is only read again, are counted by `tests/bench/packet/attacks.py`, and for one
//! attack of each layer by its slow test.

use std::alloc::System;

use attacks::{Attack, all, run, uncounted};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

mod attacks;

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Twice the input may cost this much more (design, section 10).
const MOST: f64 = 2.3;

/// Work of an engine: allocations, and their bytes. What the account does not tell goes to `wrong`.
fn work(attack: &Attack, size: usize, wrong: &mut Vec<String>) -> [usize; 2] {
    let now = || {
        let stats = MEMORY.stats();
        [
            stats.allocations + stats.reallocations,
            stats.bytes_allocated,
        ]
    };
    let (mut before, mut sum) = (now(), [0, 0]);
    let ledger = run(attack, size, |is_after| {
        let found = now();
        if is_after {
            for (sum, (found, before)) in sum.iter_mut().zip(found.iter().zip(before)) {
                *sum += found - before;
            }
        }
        before = found;
    });
    wrong.extend(uncounted(attack, &ledger));
    sum
}

// One test: the counter is one for all threads.
#[test]
fn twice_an_attack_is_no_more_than_twice_the_work() {
    let mut wrong = Vec::new();
    for attack in all() {
        let name = attack.name;
        let once = work(attack, attack.size, &mut wrong);
        let twice = work(attack, 2 * attack.size, &mut wrong);
        for (what, place) in [("allocations", 0), ("bytes", 1)] {
            let (once, twice) = (once[place], twice[place]);
            #[expect(clippy::cast_precision_loss, reason = "a ratio")]
            let ratio = twice as f64 / once.max(1) as f64;
            println!("{name:45} {what:12} {once:>12} {twice:>12} {ratio:.2}");
            if ratio > MOST {
                wrong.push(format!("{name}: {ratio:.2} times the {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
