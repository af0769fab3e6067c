//! SMB conversations made by hand (MS-SMB2, MS-CIFS): what is told of them, however they are cut, and what floods cost.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod flood;
mod loss;
mod message;
mod run;

use message::{
    FILE, RELATED, authenticate, close_body, closed_body, compound, create_body, created_body,
    framed, long, message, message1, reading, setup_body, short, tree_connect, wide, write_body,
    written_body,
};
use run::{events, with};

#[test]
fn a_file_read_out_of_order_is_whole_and_hashed() {
    let content: Vec<u8> = [&b"MZ"[..], &[7; 9_000]].concat();
    let events = events(&reading(&content));
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"size\":9002"));
    assert!(files[0].contains("\"state\":\"closed\""));
    assert!(files[0].contains("\"sha256\""));
    assert!(files[0].contains("application/x-dosexec"));
    assert!(files[0].contains("\"share\":\"\\\\\\\\srv\\\\data\""));
    let actions: Vec<_> = ["smb-tree", "smb-open", "smb-read", "smb-close"]
        .into_iter()
        .map(|action| with(&events, &format!("\"action\":\"{action}\"")).len())
        .collect();
    assert_eq!(actions, [1, 1, 1, 1]);
}

#[test]
fn related_requests_are_about_the_file_that_the_first_opens() {
    let turns = vec![
        (
            true,
            compound(&[
                message(5, 1, None, false, &create_body("new.txt")),
                message(9, 2, None, true, &write_body(RELATED, 0, b"xin chao")),
                message(6, 3, None, true, &close_body(RELATED)),
            ]),
        ),
        (
            false,
            compound(&[
                message(5, 1, Some(0), false, &created_body(0)),
                message(9, 2, Some(0), true, &written_body()),
                message(6, 3, Some(0), true, &closed_body()),
            ]),
        ),
    ];
    let events = events(&turns);
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"name\":\"new.txt\",\"size\":8"));
    assert!(files[0].contains("\"state\":\"closed\""));
    let close = with(&events, "\"action\":\"smb-close\"");
    assert!(close[0].contains("\"path\":\"new.txt\""));
}

#[test]
fn a_refused_open_leaves_no_file_and_tells_its_status() {
    let turns = vec![
        (
            true,
            framed(&message(5, 1, None, false, &create_body("secret"))),
        ),
        (
            false,
            framed(&message(
                5,
                1,
                Some(0xc000_0022),
                false,
                &[9, 0, 0, 0, 0, 0, 0, 0],
            )),
        ),
    ];
    let events = events(&turns);
    assert_eq!(with(&events, "\"action\":\"smb-open\"").len(), 1);
    assert!(events[0].contains("STATUS_ACCESS_DENIED"));
    assert!(events[0].contains("\"outcome\":\"failure\""));
}

#[test]
fn an_answer_that_is_pending_is_waited_for() {
    let mut pending = message(15, 1, Some(0x103), false, &[9, 0, 0, 0, 0, 0, 0, 0]);
    pending[16] = 3;
    let mut done = message(15, 1, Some(0), false, &[9, 0, 0, 0, 0, 0, 0, 0]);
    done[16] = 3;
    let request = [&[32, 0, 0, 0, 0, 0, 0, 0][..], &FILE, &[0; 8]].concat();
    let turns = vec![
        (true, framed(&message(15, 1, None, false, &request))),
        (false, framed(&pending)),
        (false, framed(&done)),
    ];
    let events = events(&turns);
    assert_eq!(events.len(), 1, "{events:#?}");
    assert!(events[0].contains("STATUS_SUCCESS"));
}

#[test]
fn sealed_messages_are_counted_and_told_once() {
    let sealed = framed(&[&b"\xfdSMB"[..], &[3; 80]].concat());
    let turns = vec![
        (true, framed(&tree_connect("\\\\s\\t")[0])),
        (true, sealed.clone()),
        (false, sealed),
    ];
    let events = events(&turns);
    let told = with(&events, "\"action\":\"smb-sealed\"");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("\"encrypted_messages\":2"));
}

#[test]
fn version_1_opens_writes_and_closes() {
    let mut create = vec![0; 48];
    create[0] = 0xff;
    create[35] = 2;
    let mut name = vec![0];
    name.extend(wide("\\tmp\\x.sh"));
    let mut created = vec![0; 68];
    created[0] = 0xff;
    created[5] = 0x41;
    created[7] = 2;
    let data = b"#!/bin/sh\n";
    let mut write = vec![0; 28];
    write[0] = 0xff;
    write[4] = 0x41;
    write[20] = u8::try_from(data.len()).unwrap();
    write[22] = 64;
    let mut close = vec![0; 6];
    close[0] = 0x41;
    let turns = vec![
        (true, message1(0xa2, false, &create, &name)),
        (false, message1(0xa2, true, &created, b"")),
        (
            true,
            message1(0x2f, false, &write, &[&[0][..], data].concat()),
        ),
        (
            false,
            message1(0x2f, true, &[0xff, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0], b""),
        ),
        (true, message1(0x04, false, &close, b"")),
        (false, message1(0x04, true, b"", b"")),
    ];
    let events = events(&turns);
    let files = with(&events, "\"network.file\"");
    assert_eq!(files.len(), 1, "{events:#?}");
    assert!(files[0].contains("\"size\":10"));
    assert!(files[0].contains("text/x-shellscript"));
    let opens = with(&events, "\"action\":\"smb-open\"");
    assert!(opens[0].contains("\"path\":\"\\\\tmp\\\\x.sh\""));
    assert!(opens[0].contains("\"disposition\":\"FILE_CREATE\""));
}

fn login(status: u32) -> Vec<String> {
    let blob = authenticate("CITY", "nguyễn", "PC-7");
    let answer = [9, 0, 0, 0, 72, 0, 0, 0];
    let [connect, connected] = tree_connect("\\\\srv\\data");
    events(&[
        (
            true,
            framed(&message(1, 0, None, false, &setup_body(&blob))),
        ),
        (false, framed(&message(1, 0, Some(status), false, &answer))),
        (true, framed(&connect)),
        (false, framed(&connected)),
    ])
}

#[test]
fn a_refused_login_names_its_user_and_no_secret() {
    let events = login(0xc000_006d);
    for dataset in ["network.smb", "network.ntlm"] {
        let told = with(&events, &format!("\"{dataset}\""));
        assert!(told[0].contains("\"outcome\":\"failure\""), "{events:#?}");
        assert!(told[0].contains("\"domain\":\"CITY\",\"name\":\"nguyễn\""));
        assert!(told[0].contains("\"host\":\"PC-7\""));
    }
    assert!(with(&events, "STATUS_LOGON_FAILURE").len() == 1);
    assert!(with(&events, "SECRET").is_empty() && with(&events, "HIDDEN").is_empty());
    let tree = with(&events, "\"action\":\"smb-tree\"");
    assert!(!tree[0].contains("nguyễn"));
}

#[test]
fn what_a_session_does_is_told_with_its_user() {
    let events = login(0);
    let tree = with(&events, "\"action\":\"smb-tree\"");
    assert!(tree[0].contains("nguyễn"), "{events:#?}");
}

#[test]
fn a_renaming_and_a_deletion_name_both_files() {
    let mut turns = reading(b"x")[..4].to_vec();
    let information = |class: u8, data: &[u8]| {
        let mut body = vec![0; 32];
        body[0] = 33;
        body[2] = 1;
        body[3] = class;
        body[4..8].copy_from_slice(&long(data.len()));
        body[8..10].copy_from_slice(&short(96));
        body[16..32].copy_from_slice(&FILE);
        body.extend(data);
        body
    };
    let name = wide("dir\\a.exe.locked");
    let rename = [&[0; 16][..], &long(name.len()), &name].concat();
    for (id, body) in [(3, information(10, &rename)), (4, information(13, &[1]))] {
        turns.push((true, framed(&message(17, id, None, false, &body))));
        turns.push((false, framed(&message(17, id, Some(0), false, &[2, 0]))));
    }
    let events = events(&turns);
    let renamed = with(&events, "\"action\":\"smb-rename\"");
    assert!(
        renamed[0]
            .contains("\"rename\":{\"from\":\"dir\\\\a.exe\",\"to\":\"dir\\\\a.exe.locked\"}")
    );
    let deleted = with(&events, "\"action\":\"smb-delete\"");
    assert!(
        deleted[0].contains("\"path\":\"dir\\\\a.exe.locked\""),
        "{events:#?}"
    );
}

#[test]
fn a_chain_that_leads_back_ends() {
    let words = [0x74, 0, 32, 0];
    let events = events(&[(true, message1(0x74, false, &words, b""))]);
    assert_eq!(with(&events, "smb_chain_too_long").len(), 1, "{events:#?}");
}
