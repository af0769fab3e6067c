use super::*;
use crate::decode::Link;

fn piece(family: u8, payload: &[u8]) -> Packet<'_> {
    Packet {
        link: Link::default(),
        family,
        source: [1; 16],
        destination: [2; 16],
        protocol: 17,
        ip_length: u32::try_from(payload.len()).unwrap() + 20,
        fragment: None,
        payload,
        missing: 0,
        header_sum_good: true,
        oddities: Oddities::default(),
        broken: None,
    }
}

fn send(
    pieces: &mut Pieces,
    family: u8,
    offset: u32,
    more: bool,
    payload: &[u8],
    now_us: u64,
) -> Outcome {
    let fragment = Fragment {
        id: 7,
        offset,
        more,
    };
    pieces.insert(&piece(family, payload), fragment, 0, 100, now_us)
}

#[test]
fn pieces_in_any_order_are_joined_and_weighed() {
    let mut pieces = Pieces::default();
    assert!(send(&mut pieces, 4, 16, false, b"end", 0).joined.is_none());
    let first = send(&mut pieces, 4, 0, true, b"12345678", 0);
    assert!(first.joined.is_none());
    let joined = send(&mut pieces, 4, 8, true, b"abcdefgh", 0)
        .joined
        .expect("whole");
    let (behind, broken) = joined.behind_extensions();
    assert_eq!((behind.protocol, broken), (17, None));
    assert_eq!(behind.payload, b"12345678abcdefghend");
    assert_eq!((joined.weight.packets, joined.weight.bytes), (3, 300));
    assert_eq!((pieces.bytes, pieces.drop_all()), (0, Dropped::default()));
}

#[test]
fn in_ipv4_the_first_copy_stays_wherever_it_lies() {
    let mut pieces = Pieces::default();
    send(&mut pieces, 4, 8, true, b"abcdefgh", 0);
    let outcome = send(&mut pieces, 4, 8, true, b"ABCDEFGH", 0);
    assert_eq!(outcome.anomaly, Some(Anomaly::FragmentOverlapDiffers));
    let outcome = send(&mut pieces, 4, 8, true, b"abcdefgh", 0);
    assert_eq!(outcome.anomaly, None);
    send(&mut pieces, 4, 24, false, b"tail", 0);
    let outcome = send(
        &mut pieces,
        4,
        0,
        true,
        b"11111111222222223333333344444444",
        0,
    );
    assert_eq!(outcome.refused, Some("fragment_beyond_end"));
    let joined = send(&mut pieces, 4, 0, true, b"111111112222222233333333", 0)
        .joined
        .expect("whole");
    let (behind, _) = joined.behind_extensions();
    assert_eq!(behind.payload, b"11111111abcdefgh33333333tail");
    assert_eq!(joined.weight.packets, 5);
}

#[test]
fn in_ipv6_an_overlap_ends_the_datagram_with_all_its_pieces() {
    let mut pieces = Pieces::default();
    send(&mut pieces, 6, 8, true, b"abcdefgh", 0);
    let repeated = send(&mut pieces, 6, 8, true, b"abcdefgh", 0);
    assert_eq!((repeated.refused, repeated.anomaly), (None, None));
    let outcome = send(&mut pieces, 6, 0, true, b"12345678ABCDEFGH", 0);
    assert_eq!(
        (outcome.refused, outcome.dropped.outer, outcome.anomaly),
        (Some("fragment_overlap"), 2, Some(Anomaly::FragmentOverlap))
    );
    // Nothing that comes later can complete it.
    assert!(
        send(&mut pieces, 6, 0, true, b"12345678", 0)
            .joined
            .is_none()
    );
    let last = send(&mut pieces, 6, 16, false, b"end", 0);
    assert_eq!(
        (last.joined.is_some(), last.refused),
        (false, Some("fragment_overlap"))
    );
    assert_eq!(pieces.drop_all(), Dropped::default());
}

#[test]
fn the_first_last_piece_fixes_the_length() {
    let mut pieces = Pieces::default();
    send(&mut pieces, 4, 8, false, b"end", 0);
    let outcome = send(&mut pieces, 4, 16, false, b"beyond", 0);
    assert_eq!(outcome.anomaly, Some(Anomaly::FragmentBeyondEnd));
    let joined = send(&mut pieces, 4, 0, true, b"12345678", 0).joined;
    assert_eq!(joined.expect("whole").bytes, b"12345678end");
    // A last piece that would leave kept bytes behind the end is not believed.
    send(&mut pieces, 4, 8, true, b"abcdefgh", 0);
    let outcome = send(&mut pieces, 4, 0, false, b"short", 0);
    assert_eq!(outcome.refused, Some("fragment_beyond_end"));
}

#[test]
fn the_protocol_is_that_of_the_first_piece() {
    let mut pieces = Pieces::default();
    let mut liar = piece(6, b"end");
    liar.protocol = 6;
    let fragment = Fragment {
        id: 1,
        offset: 8,
        more: false,
    };
    pieces.insert(&liar, fragment, 0, 1, 0);
    let fragment = Fragment {
        id: 1,
        offset: 0,
        more: true,
    };
    let outcome = pieces.insert(&piece(6, b"12345678"), fragment, 0, 1, 0);
    let joined = outcome.joined.expect("whole");
    assert_eq!(joined.behind_extensions().0.protocol, 17);
}

#[test]
fn the_same_id_in_another_tunnel_is_another_datagram() {
    let mut pieces = Pieces::default();
    let fragment = |offset, more| Fragment {
        id: 1,
        offset,
        more,
    };
    pieces.insert(&piece(4, b"12345678"), fragment(0, true), 1, 1, 0);
    let other = pieces.insert(&piece(4, b"end"), fragment(8, false), 2, 1, 0);
    assert!(other.joined.is_none());
    let same = pieces.insert(&piece(4, b"end"), fragment(8, false), 1, 1, 0);
    assert!(same.joined.is_some());
}

#[test]
fn what_cannot_be_a_piece_is_refused_by_name() {
    let mut pieces = Pieces::default();
    let long = send(&mut pieces, 4, 65_528, false, b"too much", 0);
    assert_eq!(long.refused, Some("fragment_too_long"));
    let odd = send(&mut pieces, 6, 0, true, b"123456789", 0);
    assert_eq!(odd.refused, Some("fragment_length_wrong"));
    let empty = send(&mut pieces, 6, 8, false, b"", 0);
    assert_eq!(empty.refused, Some("fragment_empty"));
    assert_eq!(pieces.drop_all(), Dropped::default());
}

#[test]
fn what_stays_incomplete_is_given_up_and_counted() {
    let mut pieces = Pieces::default();
    send(&mut pieces, 4, 8, true, b"abcdefgh", 0);
    let outcome = send(&mut pieces, 6, 8, true, b"abcdefgh", TIMEOUT_US + 1);
    assert_eq!(outcome.dropped.outer, 1);
    assert_eq!(pieces.drop_all(), Dropped { outer: 1, inner: 0 });
}

#[test]
fn a_million_pieces_of_as_many_datagrams_stay_within_the_bounds() {
    let mut pieces = Pieces::default();
    let (mut dropped, mut limits) = (0, 0_u64);
    for id in 0..1_000_000_u32 {
        let fragment = Fragment {
            id,
            offset: 8,
            more: true,
        };
        let outcome = pieces.insert(&piece(6, b"abcdefgh"), fragment, 0, 70, 0);
        dropped += outcome.dropped.outer;
        limits += u64::from(outcome.has_hit_limit);
        assert!(pieces.bytes <= MAX_BYTES && pieces.datagrams.len() <= MAX_DATAGRAMS);
    }
    assert!(pieces.order.len() <= 2 * MAX_DATAGRAMS + 1);
    assert_eq!(dropped + pieces.drop_all().outer, 1_000_000);
    assert!(limits > 900_000);
}

#[test]
fn whole_datagrams_leave_nothing_behind() {
    let mut pieces = Pieces::default();
    for id in 0..200_000_u32 {
        for (offset, more) in [(0, true), (8, false)] {
            let fragment = Fragment { id, offset, more };
            pieces.insert(&piece(6, b"abcdefgh"), fragment, 0, 70, 0);
        }
    }
    assert_eq!((pieces.bytes, pieces.datagrams.len()), (0, 0));
    assert!(pieces.order.len() <= 2 * MAX_DATAGRAMS + 1);
}
