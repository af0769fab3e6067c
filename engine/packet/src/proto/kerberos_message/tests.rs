use super::*;

/// An element of DER.
pub(in super::super) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("short");
    let mut bytes = vec![tag];
    match length {
        0..=127 => bytes.push(u8::try_from(length).expect("short")),
        _ => bytes.extend([&[0x82][..], &length.to_be_bytes()].concat()),
    }
    [bytes, content].concat()
}

fn number(tag: u8, value: u8) -> Vec<u8> {
    der(tag, &[&[2, 1, value]])
}

fn names(tag: u8, parts: &[&str]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| der(0x1b, &[part.as_bytes()]))
        .collect();
    let list = der(0xa1, &[&der(0x30, &[&parts.concat()])]);
    der(tag, &[&der(0x30, &[&number(0xa0, 1), &list])])
}

fn text(tag: u8, value: &str) -> Vec<u8> {
    der(tag, &[&der(0x1b, &[value.as_bytes()])])
}

/// An AS-REQ of RFC 4120, section 5.4.1.
pub(in super::super) fn as_request() -> Vec<u8> {
    let stamp = der(0x30, &[&number(0xa1, 2), &der(0xa2, &[&der(4, &[b"?"])])]);
    let body = der(
        0x30,
        &[
            &der(0xa0, &[b"\x03\x05\x00\x40\x80\x00\x10"]),
            &names(0xa1, &["an"]),
            &text(0xa2, "TP.EXAMPLE"),
            &names(0xa3, &["krbtgt", "TP.EXAMPLE"]),
            &der(0xa5, &[&der(0x18, &[b"20370913024805Z"])]),
            &number(0xa7, 9),
            &der(
                0xa8,
                &[&der(0x30, &[b"\x02\x01\x12\x02\x01\x17\x02\x02\xff\x79"])],
            ),
        ],
    );
    let members = [
        number(0xa1, 5),
        number(0xa2, 10),
        der(0xa3, &[&der(0x30, &[&stamp])]),
        der(0xa4, &[&body]),
    ];
    der(0x6a, &[&der(0x30, &[&members.concat()])])
}

fn sealed(tag: u8, kind: u8) -> Vec<u8> {
    let cipher = der(0xa2, &[&der(4, &[&[0; 40]])]);
    der(tag, &[&der(0x30, &[&number(0xa0, kind), &cipher])])
}

fn a_ticket(tag: u8, kind: u8) -> Vec<u8> {
    let members = [
        number(0xa0, 5),
        text(0xa1, "TP.EXAMPLE"),
        names(0xa2, &["cifs", "kho.tp.example"]),
        sealed(0xa3, kind),
    ];
    der(tag, &[&der(0x61, &[&der(0x30, &[&members.concat()])])])
}

/// A TGS-REP of section 5.4.2 with a weak ticket.
pub(in super::super) fn tgs_reply() -> Vec<u8> {
    let members = [
        number(0xa0, 5),
        number(0xa1, 13),
        text(0xa3, "TP.EXAMPLE"),
        names(0xa4, &["an"]),
        a_ticket(0xa5, 23),
        sealed(0xa6, 18),
    ];
    der(0x6d, &[&der(0x30, &[&members.concat()])])
}

/// An AP-REQ of section 5.5.1.
pub(in super::super) fn ap_request() -> Vec<u8> {
    let members = [
        number(0xa0, 5),
        number(0xa1, 14),
        der(0xa2, &[b"\x03\x05\x00\x20\x00\x00\x00"]),
        a_ticket(0xa3, 18),
        sealed(0xa4, 17),
    ];
    der(0x6e, &[&der(0x30, &[&members.concat()])])
}

/// A KRB-ERROR of section 5.9.1.
pub(in super::super) fn refusal(code: u8) -> Vec<u8> {
    let members = [
        number(0xa0, 5),
        number(0xa1, 30),
        der(0xa4, &[&der(0x18, &[b"20260101000000Z"])]),
        number(0xa5, 1),
        number(0xa6, code),
        text(0xa9, "TP.EXAMPLE"),
        names(0xaa, &["krbtgt", "TP.EXAMPLE"]),
    ];
    der(0x7e, &[&der(0x30, &[&members.concat()])])
}

#[test]
fn a_request_is_read() {
    let message = Message::read(&as_request()).expect("a message");
    let wanted = message.wanted.expect("a request");
    assert_eq!(message.names.client, b"an");
    assert_eq!(message.names.realm, b"TP.EXAMPLE");
    assert_eq!(message.names.service, b"krbtgt/TP.EXAMPLE");
    assert!(wanted.is_forwardable() && wanted.is_renewable());
    assert_eq!(wanted.till, Some(2_136_422_885_000_000));
    assert_eq!(wanted.encryption, [18, 23, -135]);
    assert_eq!(wanted.preauthentication, [2]);
}

#[test]
fn a_reply_tells_both_encryptions() {
    let message = Message::read(&tgs_reply()).expect("a message");
    assert_eq!(message.kind, Kind::TgsReply);
    assert_eq!(message.names.service, b"cifs/kho.tp.example");
    assert_eq!(
        (message.encryption, message.ticket_encryption),
        (Some(18), Some(23))
    );
}

#[test]
fn a_shown_ticket_names_the_service_and_an_error_its_code() {
    let message = Message::read(&ap_request()).expect("a message");
    assert_eq!(message.names.service, b"cifs/kho.tp.example");
    assert_eq!(
        (message.encryption, message.ticket_encryption),
        (Some(17), Some(18))
    );
    let message = Message::read(&refusal(25)).expect("a message");
    assert_eq!((message.kind, message.error), (Kind::Error, Some(25)));
}

#[test]
fn no_cut_of_a_message_is_taken_for_one() {
    for bytes in [as_request(), tgs_reply(), ap_request(), refusal(6)] {
        assert!(recognise(&bytes).is_ok_and(|found| found.is_some()));
        for end in 0..bytes.len() {
            assert!(Message::read(&bytes[..end]).is_none());
            assert!(recognise(&bytes[..end]).is_ok());
        }
    }
    assert!(recognise(b"GET / HTTP/1.1").is_err());
}

#[test]
fn a_name_of_many_parts_is_cut() {
    let part = "x".repeat(40);
    let parts = vec![part.as_str(); 300];
    let bytes = names(0xa1, &parts);
    let content = Reader::new(&bytes).expect(0xa1).expect("an element");
    assert_eq!(
        principal(Reader::new(content)).map(|name| name.len()),
        Some(MAX_NAME)
    );
}
