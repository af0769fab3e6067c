//! Reassembly does what a table of bytes does, whatever the order of segments, copies, urgent bytes and acknowledgements.

use proptest::prelude::*;

mod reference;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_is_what_the_model_says(
        operations in proptest::collection::vec((any::<u8>(), 0_u16..600, any::<u8>()), 0..60),
        start in prop::sample::select(vec![0_u32, 1, u32::MAX - 300, 1 << 31]),
    ) {
        let script: Vec<u8> = operations
            .iter()
            .flat_map(|(which, at, length)| {
                let [high, low] = at.to_be_bytes();
                [*which, high, low, length % 64]
            })
            .collect();
        reference::compare(&script, start);
    }
}

// Found by the fuzz target `stream`: the model itself forgot what lay behind its last place.
#[test]
fn bytes_behind_the_last_place_of_a_script_are_compared_too() {
    let script = [
        6, 0, 168, 7, 43, 0, 0, 0, 4, 255, 255, 255, 255, 255, 255, 0, 4, 20,
    ];
    reference::compare(&script, 100);
}
