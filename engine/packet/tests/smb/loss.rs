//! Cuts change nothing, losses cost what is lost, and any bytes end well.

use proptest::prelude::*;

use crate::message::{
    FILE, Turn, create_body, framed, message, message1, reading, write_body, written_body,
};
use crate::run::{Run, events, with};

#[test]
fn bytes_lost_inside_a_write_cost_the_hash_and_nothing_else() {
    let mut run = Run::new();
    let turns = reading(b"unused");
    run.send(true, &turns[0].1, false);
    run.send(false, &turns[1].1, false);
    run.send(true, &turns[2].1, false);
    run.send(false, &turns[3].1, false);
    let write = framed(&message(
        9,
        3,
        None,
        false,
        &write_body(FILE, 0, &[1; 9_000]),
    ));
    run.send(true, &write[..4_200], false);
    run.send(true, &write[4_200..5_600], true);
    run.send(true, &write[5_600..], false);
    run.send(
        false,
        &framed(&message(9, 3, Some(0), false, &written_body())),
        false,
    );
    run.send(true, &turns[6].1, false);
    run.send(false, &turns[7].1, false);
    let events = run.finish();
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"size\":9000"));
    assert!(files[0].contains("\"missing_bytes\":1400"));
    assert!(!files[0].contains("\"hash\""));
    assert_eq!(with(&events, "\"action\":\"smb-close\"").len(), 1);
}

#[test]
fn after_a_lost_header_the_next_message_is_found() {
    let mut run = Run::new();
    let create = framed(&message(5, 1, None, false, &create_body("first")));
    run.send(true, &create, false);
    // The end of one message and the beginning of the next are missing.
    let lost = framed(&message(5, 2, None, false, &create_body("second")));
    run.send(true, &lost[..50], false);
    let both = [lost.clone(), lost].concat();
    run.send(true, &both[50..both.len() - 30], true);
    run.send(true, &both[both.len() - 30..], false);
    run.send(
        true,
        &framed(&message(5, 3, None, false, &create_body("third"))),
        false,
    );
    let events = run.finish();
    let opens = with(&events, "\"action\":\"smb-open\"");
    assert_eq!(opens.len(), 2, "{events:#?}");
    assert!(opens[1].contains("third"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cuts_between_segments_change_nothing(size in 3_usize..700, content in 1_usize..6_000) {
        let turns = reading(&vec![b'a'; content]);
        let cut: Vec<Turn> = turns
            .iter()
            .flat_map(|(from, bytes)| bytes.chunks(size).map(|piece| (*from, piece.to_vec())))
            .collect();
        prop_assert_eq!(events(&cut), events(&turns));
    }

    #[test]
    fn any_bytes_in_any_message_end_well(command in 0_u16..20, status in any::<Option<u32>>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let bytes = framed(&message(command, 1, status, false, &body));
        let request = framed(&message(command, 1, None, false, &body));
        events(&[(true, request), (status.is_none(), bytes)]);
        if let Ok(command) = u8::try_from(command) {
            let words = &body[..body.len().min(60) / 2 * 2];
            for command in [command, command | 0x20, command | 0x70, command | 0xa0] {
                events(&[
                    (true, message1(command, false, words, &body)),
                    (false, message1(command, true, words, &body)),
                ]);
            }
        }
    }
}

#[test]
fn every_single_cut_of_a_conversation_gives_the_same_events() {
    let turns = reading(&[5; 600]);
    let expected = events(&turns);
    for (place, (from, bytes)) in turns.iter().enumerate() {
        for at in 1..bytes.len() {
            let mut cut = turns.clone();
            let (head, tail) = bytes.split_at(at);
            cut.splice(
                place..=place,
                [(*from, head.to_vec()), (*from, tail.to_vec())],
            );
            assert_eq!(events(&cut), expected, "cut of turn {place} at {at}");
        }
    }
}
