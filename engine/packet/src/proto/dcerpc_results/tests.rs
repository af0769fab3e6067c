use super::*;

/// A last response, little-endian, of `stub` bytes of results and a token of `token` bytes.
fn header(flags: u8, stub: usize, token: usize) -> Header {
    let trailer = if token == 0 { 0 } else { TRAILER };
    let length = u8::try_from(24 + stub + trailer + token).expect("short");
    let token = u8::try_from(token).expect("short");
    let bytes = [
        5, 0, 2, flags, 0x10, 0, 0, 0, length, 0, token, 0, 7, 0, 0, 0,
    ];
    Header::read(&bytes).expect("a header")
}

/// A response with this body, passed in pieces of `step` bytes.
fn passed(header: &Header, body: &[u8], step: usize) -> Passing {
    let mut passing = Passing::new(header);
    let mut left = body.len();
    for piece in body.chunks(step) {
        passing.take(piece, count(left));
        left -= piece.len();
    }
    passing
}

fn value(fragments: &[Passing]) -> Option<u32> {
    let mut results = Results::default();
    for fragment in fragments {
        results.add(fragment, 0);
    }
    results.value(true)
}

#[test]
fn the_last_four_bytes_are_found_however_the_packet_comes() {
    let mut body = vec![0xee; 100];
    body.extend(0xc000_0022_u32.to_le_bytes());
    let header = header(3, body.len(), 0);
    for step in 1..=body.len() {
        assert_eq!(value(&[passed(&header, &body, step)]), Some(0xc000_0022));
    }
}

// MS-RPCE, section 2.2.2.11: padding, type, level, length of the padding, a reserved byte, context, then the token.
#[test]
fn a_signature_behind_the_results_is_stepped_over_and_what_is_sealed_is_not_read() {
    let body = |level: u8, padding: u8| {
        let mut body = vec![0xee; 9];
        body.extend(5_u32.to_le_bytes());
        body.extend(vec![0xbb; usize::from(padding)]);
        body.extend([10, level, padding, 0, 1, 0, 0, 0]);
        body.extend([0xaa; 16]);
        body
    };
    for padding in 0..=16 {
        for step in [1, 3, 200] {
            let body = body(5, padding);
            let header = header(3, 13 + usize::from(padding), 16);
            assert_eq!(value(&[passed(&header, &body, step)]), Some(5));
        }
    }
    let sealed = body(PRIVACY, 3);
    assert_eq!(value(&[passed(&header(3, 16, 16), &sealed, 200)]), None);
    let padded = body(5, 17);
    assert_eq!(value(&[passed(&header(3, 30, 16), &padded, 200)]), None);
}

#[test]
fn a_number_that_is_split_over_fragments_is_joined_unless_something_is_missing_between() {
    let first = passed(&header(1, 6, 0), &[9, 9, 9, 9, 0x22, 0], 4);
    let last = passed(&header(2, 2, 0), &[0, 0xc0], 1);
    assert_eq!(value(&[first, last]), Some(0xc000_0022));
    assert_eq!(value(&[last]), None);
    let mut results = Results::default();
    results.add(&first, 0);
    results.add(&last, 1);
    assert_eq!(results.value(true), None);
    let mut cut = first;
    cut.is_cut = true;
    assert_eq!(value(&[cut, last]), None);
}

#[test]
fn a_sender_of_the_other_order_is_read_in_its_order() {
    let mut results = Results::default();
    results.add(&passed(&header(3, 4, 0), &[0, 0, 0, 5], 4), 0);
    assert_eq!(results.value(false), Some(5));
}
