use super::*;

/// A bind of svcctl 2.0 with NDR, little-endian.
const BIND: &[u8] =
    b"\x05\x00\x0b\x03\x10\0\0\0\x48\0\0\0\x07\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\x00\0\x01\0\
        \x81\xbb\x7a\x36\x44\x98\xf1\x35\xad\x32\x98\xf0\x38\x00\x10\x03\x02\0\0\0\
        \x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\0\0\0";

#[test]
fn a_conversation_begins_with_a_first_fragment_that_has_room_for_what_it_says() {
    let is_beginning = |change: &dyn Fn(&mut [u8])| {
        let mut bytes = BIND.to_vec();
        change(&mut bytes);
        Header::read(&bytes).is_some_and(|header| header.is_beginning(&bytes) == Some(true))
    };
    assert!(is_beginning(&|_| {}));
    assert!(!is_beginning(&|bytes| bytes[3] = 2), "not the first");
    assert!(!is_beginning(&|bytes| bytes[3] = 0x0b), "reserved flag");
    assert!(!is_beginning(&|bytes| bytes[2] = 4), "version 4's type");
    assert!(!is_beginning(&|bytes| bytes[8] = 27), "no room for a bind");
    assert!(
        !is_beginning(&|bytes| bytes[10] = 40),
        "no room for the token"
    );
}

// STARTUP of Cassandra's protocol, version 5: version, flags, stream (two bytes), operation, length (four), a map.
#[test]
fn a_request_of_cassandra_begins_no_conversation() {
    let startup = b"\x05\0\0\x01\x01\0\0\0\x53\0\x03\0\x0bDRIVER_NAME\0\x16DataStax Python Driver";
    let header = Header::read(startup).expect("it looks like one so far");
    assert_eq!(header.is_beginning(&startup[..16]), None);
    assert_eq!(header.is_beginning(startup), Some(false));
}

#[test]
fn a_bind_names_its_interface() {
    let header = Header::read(BIND).expect("a header");
    assert_eq!(
        (header.kind, header.length, header.call),
        (kind::BIND, 72, 7)
    );
    let (offers, is_cut) = offers(&header, BIND).expect("contexts");
    assert!(!is_cut);
    let [offer] = offers.as_slice() else {
        panic!("one context");
    };
    assert_eq!(offer.interface.version, (2, 0));
    assert_eq!(
        offer.interface.uuid,
        [
            0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00,
            0x10, 0x03
        ]
    );
}

#[test]
fn what_is_cut_short_or_of_another_version_is_refused() {
    for length in 0..HEADER {
        assert_eq!(Header::read(&BIND[..length]), None);
    }
    let mut other = BIND.to_vec();
    other[0] = 4;
    assert_eq!(Header::read(&other), None);
    let header = Header::read(BIND).expect("a header");
    assert_eq!(offers(&header, &BIND[..60]), None);
}
