//! A flood that needs no answer makes the oldest flow go, one for one, and the account tells of each.

use attacks::{all, run_with};
use khien_packet::settings::Settings;

mod attacks;

/// Flows that this table has room for.
const MOST: u32 = 1_024;

#[test]
fn every_flow_beyond_the_table_evicts_one_that_is_counted() {
    for name in [
        "syn_flood",
        "port_scan_that_is_refused",
        "udp_scan",
        "resets_and_ends_of_no_flow",
    ] {
        let attack = all()
            .find(|attack| attack.name == name)
            .unwrap_or_else(|| panic!("no attack {name}"));
        let settings = Settings {
            max_flows: MOST,
            ..Settings::default()
        };
        let ledger = run_with(settings, attack, 20_000, |_| ());
        // Every packet (of the scan every second) begins a flow, and all come within the shortest timeout.
        assert_eq!(ledger.flows, 20_000, "{name}");
        let evicted = ledger.flow_ends.get("evicted").copied();
        assert_eq!(evicted, Some(20_000 - u64::from(MOST)), "{name}");
        assert_eq!(ledger.limits.get("flow_table").copied(), evicted, "{name}");
    }
}
