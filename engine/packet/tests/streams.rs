//! Whatever happens to segments on the way, the events are those of the plain conversation, or a gap is told.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::sync::{Arc, Mutex};

use khien_packet::emit::output::Batch;
use khien_packet::engine::Engine;
use khien_packet::settings::Settings;
use khien_packet::source::Frame;
use proptest::prelude::*;

const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 40_000);
const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 8_080);
const ACK: u8 = 16;
const SYN: u8 = 2;
const FIN: u8 = 1;

const REQUEST: &[u8] = b"POST /upload/a.php?x=1 HTTP/1.1\r\nHost: portal.vn\r\nUser-Agent: test\r\n\
    Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 114\r\n\r\n\
    --XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"shell.php\"\r\n\r\n<?php system($_GET['c']); ?>\r\n--XX--\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

#[derive(Clone, Debug)]
struct Segment {
    from_client: bool,
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    payload: Vec<u8>,
}

fn frame(segment: &Segment) -> Vec<u8> {
    let (from, to) = if segment.from_client {
        (CLIENT, SERVER)
    } else {
        (SERVER, CLIENT)
    };
    let length = u16::try_from(40 + segment.payload.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    bytes.extend(from.0);
    bytes.extend(to.0);
    bytes.extend(from.1.to_be_bytes());
    bytes.extend(to.1.to_be_bytes());
    bytes.extend(segment.sequence.to_be_bytes());
    bytes.extend(segment.acknowledged.to_be_bytes());
    bytes.extend([0x50, segment.flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(&segment.payload);
    bytes
}

/// Events without what tells of time, packets and the flow's own numbers.
fn events(segments: &[Segment]) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let lines = Arc::clone(&lines);
        Box::new(move |batch: Batch| {
            lines.lock().unwrap().extend(batch.lines);
            true
        })
    };
    let mut engine = Engine::new(Settings::default(), false, sink);
    for (number, segment) in segments.iter().enumerate() {
        let data = frame(segment);
        engine.frame(&Frame {
            time_us: 1_000_000 + u64::try_from(number).unwrap(),
            wire_length: u32::try_from(data.len()).unwrap(),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data: &data,
        });
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
    let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    text.lines()
        .filter(|line| !line.contains("\"network.flow\""))
        .map(essence)
        .collect()
}

/// What a line says between its addresses and `khien`.
fn essence(line: &str) -> String {
    let action = line
        .split("\"action\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    let body = line.split("\"destination\":").nth(1).unwrap_or_default();
    let body = body.split(",\"khien\":").next().unwrap_or_default();
    format!("{action} {body}")
}

fn segment(
    from_client: bool,
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    payload: &[u8],
) -> Segment {
    Segment {
        from_client,
        sequence,
        acknowledged,
        flags,
        payload: payload.to_vec(),
    }
}

fn digest(event: &str) -> Option<String> {
    let rest = event.split("\"sha256\":\"").nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

const CLIENT_START: u32 = u32::MAX - 20;
const SERVER_START: u32 = 5_000;

fn after(start: u32, bytes: usize) -> u32 {
    start
        .wrapping_add(1)
        .wrapping_add(u32::try_from(bytes).unwrap())
}

/// A whole conversation; payloads are cut where `cuts` say. The middle groups may be mixed, each in itself.
fn conversation(cuts: &[usize]) -> [Vec<Segment>; 5] {
    let hello = vec![
        segment(true, CLIENT_START, 0, SYN, b""),
        segment(false, SERVER_START, after(CLIENT_START, 0), SYN | ACK, b""),
        segment(
            true,
            after(CLIENT_START, 0),
            after(SERVER_START, 0),
            ACK,
            b"",
        ),
    ];
    let request = pieces(true, REQUEST, CLIENT_START, after(SERVER_START, 0), cuts);
    let confirmed = vec![segment(
        false,
        after(SERVER_START, 0),
        after(CLIENT_START, REQUEST.len()),
        ACK,
        b"",
    )];
    let response = pieces(
        false,
        RESPONSE,
        SERVER_START,
        after(CLIENT_START, REQUEST.len()),
        cuts,
    );
    let (client, server) = (
        after(CLIENT_START, REQUEST.len()),
        after(SERVER_START, RESPONSE.len()),
    );
    let end = vec![
        segment(true, client, server, ACK, b""),
        segment(true, client, server, FIN | ACK, b""),
        segment(false, server, client.wrapping_add(1), FIN | ACK, b""),
        segment(
            true,
            client.wrapping_add(1),
            server.wrapping_add(1),
            ACK,
            b"",
        ),
    ];
    [hello, request, confirmed, response, end]
}

fn pieces(
    from_client: bool,
    data: &[u8],
    start: u32,
    acknowledged: u32,
    cuts: &[usize],
) -> Vec<Segment> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|cut| cut % data.len())
        .chain([0, data.len()])
        .collect();
    places.sort_unstable();
    places.dedup();
    places
        .windows(2)
        .map(|pair| {
            segment(
                from_client,
                after(start, pair[0]),
                acknowledged,
                ACK,
                &data[pair[0]..pair[1]],
            )
        })
        .collect()
}

fn plain() -> Vec<String> {
    events(&conversation(&[]).concat())
}

#[test]
fn the_plain_conversation_is_one_request_and_two_files() {
    let found = plain();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].contains("\"name\":\"shell.php\"") && found[0].contains("\"size\":28"),
        "{}",
        found[0]
    );
    assert!(
        found[1].contains("\"path\":\"/upload/a.php\"") && found[1].contains("\"status_code\":200")
    );
    assert!(found[2].contains("\"size\":11"));
}

#[test]
fn a_cut_at_every_byte_changes_nothing() {
    let expected = plain();
    for cut in 1..REQUEST.len() {
        assert_eq!(
            events(&conversation(&[cut]).concat()),
            expected,
            "cut at {cut}"
        );
    }
    let every: Vec<usize> = (0..REQUEST.len()).collect();
    assert_eq!(events(&conversation(&every).concat()), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn segments_cut_mixed_and_repeated_give_the_same_events(
        cuts in proptest::collection::vec(0_usize..400, 0..20),
        keys in proptest::collection::vec(any::<u32>(), 40),
        repeated in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut groups = conversation(&cuts);
        for group in [1, 3] {
            let copies: Vec<Segment> = repeated.iter().map(|index| index.get(&groups[group]).clone()).collect();
            groups[group].extend(copies);
            let mut keyed: Vec<_> = groups[group].drain(..).enumerate().collect();
            keyed.sort_by_key(|(place, _)| keys[place % keys.len()].rotate_left(u32::try_from(place / keys.len()).unwrap()));
            groups[group] = keyed.into_iter().map(|(_, segment)| segment).collect();
        }
        prop_assert_eq!(events(&groups.concat()), plain());
    }

    #[test]
    fn a_lost_segment_is_told_as_a_gap_and_nothing_is_made_up(
        cuts in proptest::collection::vec(1_usize..400, 1..10),
        lost in any::<prop::sample::Index>(),
        group in prop::sample::select(vec![1_usize, 3]),
    ) {
        let mut groups = conversation(&cuts);
        let place = lost.index(groups[group].len());
        groups[group].remove(place);
        let found = events(&groups.concat());
        prop_assert!(found.iter().any(|event| event.starts_with("stream_gap")), "{:?}", found);
        // Every digest that is told is that of a file which was really sent.
        let sent: Vec<String> = plain().iter().filter_map(|event| digest(event)).collect();
        for told in found.iter().filter_map(|event| digest(event)) {
            prop_assert!(sent.contains(&told), "{:?}", found);
        }
    }
}
