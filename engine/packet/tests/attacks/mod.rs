//! Every attack on memory and time that the design names (section 10), as packets that are made while they are read.
//!
//! `memory.rs` measures what each needs at most, `work.rs` that twice the attack is no more than about twice the work, and
//! `examples/attack.rs` runs one for `tests/bench/packet/attacks.py`, which counts instructions.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests; not every user of this module needs everything"
)]

mod mail;
mod messages;
mod network;
mod web;
mod wire;

use khien_packet::engine::Engine;
use khien_packet::ledger::Ledger;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;

/// Packets of IP, one after the other.
pub type Frames = Box<dyn Iterator<Item = Vec<u8>>>;

/// One attack, of any size.
pub struct Attack {
    /// Its name.
    pub name: &'static str,
    /// A size that goes beyond every cap that shall stop it.
    pub size: usize,
    /// What the account must say of it: a limit, an anomaly or a reason. Empty where nothing is cut or given up.
    pub counted: &'static str,
    /// Makes it.
    pub frames: fn(usize) -> Frames,
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Attack> {
    [
        network::ATTACKS,
        web::ATTACKS,
        mail::ATTACKS,
        messages::ATTACKS,
    ]
    .into_iter()
    .flatten()
}

/// Runs an attack of a size through an engine; `around` is told before (false) and after (true) each call of it.
pub fn run(attack: &Attack, size: usize, around: impl FnMut(bool)) -> Ledger {
    run_with(Settings::default(), attack, size, around)
}

/// The same with other settings.
pub fn run_with(
    settings: Settings,
    attack: &Attack,
    size: usize,
    mut around: impl FnMut(bool),
) -> Ledger {
    around(false);
    let mut engine = Engine::new(settings, false, Box::new(|_| true));
    around(true);
    for (number, data) in (0_u64..).zip((attack.frames)(size)) {
        around(false);
        engine.frame(&Frame {
            time_us: 1_000_000 + number * 10,
            wire_length: u32::try_from(data.len()).expect("a short frame"),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data: &data,
        });
        around(true);
    }
    around(false);
    engine.finish();
    around(true);
    let ledger = engine.ledger().clone();
    assert!(ledger.adds_up(), "{}", attack.name);
    assert!(
        !ledger.undecoded.contains_key("engine_panic"),
        "{}",
        attack.name
    );
    ledger
}

/// What is wrong with the account: it must tell what was cut or given up.
pub fn uncounted(attack: &Attack, ledger: &Ledger) -> Option<String> {
    let is_counted = [&ledger.limits, &ledger.anomalies, &ledger.flow_ends]
        .iter()
        .any(|names| names.contains_key(attack.counted));
    (!attack.counted.is_empty() && !is_counted).then(|| {
        let (limits, anomalies) = (&ledger.limits, &ledger.anomalies);
        let ends = &ledger.flow_ends;
        format!(
            "{}: no {} in limits {limits:?}, anomalies {anomalies:?}, ends {ends:?}",
            attack.name, attack.counted
        )
    })
}
