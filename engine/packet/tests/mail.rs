//! SMTP, POP3, IMAP and FTP: wherever segments are cut the events are the same; floods of commands, parts and lines cost
//! what they weigh, and no more memory than the caps say.

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

/// Who speaks: the client, or the server.
type Turn = (bool, Vec<u8>);

const SMTP: &[(bool, &str)] = &[
    (false, "220-mail.a.vn ESMTP\r\n220 ready\r\n"),
    (true, "EHLO b.vn\r\n"),
    (false, "250-mail.a.vn\r\n250 AUTH LOGIN\r\n"),
    (true, "AUTH LOGIN\r\n"),
    (false, "334 VXNlcm5hbWU6\r\n"),
    (true, "bmFt\r\n"),
    (false, "334 UGFzc3dvcmQ6\r\n"),
    (true, "c2VjcmV0\r\n"),
    (false, "235 ok\r\n"),
    (true, "MAIL FROM:<a@b.vn>\r\nRCPT TO:<c@a.vn>\r\nDATA\r\n"),
    (false, "250 ok\r\n250 ok\r\n354 go\r\n"),
    (
        true,
        "Received: from x (x [192.0.2.1])\r\n\tby y\r\nFrom: =?utf-8?B?VGjDtG5n?=\r\n =?utf-8?B?IGLDoW8=?= <a@b.vn>\r\n\
         Subject: =?utf-8?Q?th=C6=B0?=\r\nContent-Type: multipart/mixed; boundary=\"x y\"\r\n\r\nold\r\n--x y\r\n\r\n\
         http://a.vn/1\r\n..dot\r\n--x y\r\nContent-Type: application/pdf; name=b.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\nAAEC\r\n--x y\r\nContent-Disposition: attachment;\r\n \
         filename*=utf-8''%C3%A1.txt\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nm=\r\n=E1=BB=99t  \r\n--x y--\r\nend\r\n.\r\n",
    ),
    (false, "250 queued as ABCDEF12\r\n"),
    (true, "MAIL FROM:<d@b.vn>\r\nRCPT TO:<e@a.vn>\r\n"),
    (false, "250 ok\r\n550 no\r\n"),
    (true, "BDAT 12\r\nSubject: z\r\nBDAT 4 LAST\r\n\r\nhi"),
    (false, "250 ok\r\n250 ok\r\n"),
    (true, "QUIT\r\n"),
    (false, "221 bye\r\n"),
];

const POP3: &[(bool, &str)] = &[
    (false, "+OK POP3 ready\r\n"),
    (true, "USER nam\r\nPASS se cret\r\n"),
    (false, "+OK\r\n+OK in\r\n"),
    (true, "UIDL\r\nRETR 1\r\n"),
    (
        false,
        "+OK\r\n1 a\r\n2 b\r\n.\r\n+OK 90 octets\r\nFrom: a@b.vn\r\n\
         Content-Type: application/zip; name=z.zip\r\n\r\nPK\x03\x04\r\n..\r\n.\r\n",
    ),
    (true, "DELE 9\r\nQUIT\r\n"),
    (false, "-ERR none\r\n+OK bye\r\n"),
];

const IMAP: &[(bool, &str)] = &[
    (false, "* OK IMAP4rev1 ready\r\n"),
    (true, "a1 LOGIN {3+}\r\nnam {6+}\r\nsecret\r\n"),
    (false, "a1 OK in\r\n"),
    (true, "a2 FETCH 1 (FLAGS BODY[])\r\na3 NOOP\r\n"),
    (
        false,
        "* 1 FETCH (FLAGS () BODY[] {31}\r\nFrom: a@b.vn\r\nSubject: x\r\n\r\nhi)\r\na3 OK\r\na2 OK done\r\n",
    ),
    (true, "a4 APPEND sent {14}\r\n"),
    (false, "+ go\r\n"),
    (true, "Subject: y\r\n\r\n\r\n"),
    (false, "a4 NO full\r\n"),
];

const FTP: &[(bool, &str)] = &[
    (false, "220-Welcome\r\n to FTP\r\n220 ready\r\n"),
    (true, "USER nam\r\n"),
    (false, "331 who\r\n"),
    (true, "PASS secret\r\nPWD\r\nCWD a/../b\r\n"),
    (false, "230 in\r\n257 \"/home\" is it\r\n250 ok\r\n"),
    (true, "PORT 10,0,0,9,4,1\r\nEPSV\r\nRETR x.bin\r\n"),
    (
        false,
        "200 ok\r\n229 (|||6000|)\r\n150 go (5 bytes)\r\n226 done\r\n",
    ),
];

fn turns(script: &[(bool, &str)]) -> Vec<Turn> {
    let turn = |(who, text): &(bool, &str)| (*who, text.as_bytes().to_vec());
    script.iter().map(turn).collect()
}

fn frame(is_client: bool, port: u16, numbers: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
    let (from, to) = if is_client { (1, 2) } else { (2, 1) };
    bytes.extend([10, 0, 0, from, 10, 0, 0, to]);
    let ports = if is_client {
        [40_000, port]
    } else {
        [port, 40_000]
    };
    bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// Plays a conversation, every turn acknowledged at once, and gives the lines and the engine's account.
fn play<'a>(port: u16, turns: impl Iterator<Item = (bool, &'a [u8])>) -> (Vec<String>, Engine) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let lines = Arc::clone(&lines);
        Box::new(move |batch: Batch| {
            lines.lock().unwrap().extend(batch.lines);
            true
        })
    };
    let mut engine = Engine::new(Settings::default(), false, sink);
    let mut time_us = 1_000_000;
    let mut send = |data: Vec<u8>| {
        time_us += 10;
        engine.frame(&Frame {
            time_us,
            wire_length: u32::try_from(data.len()).unwrap(),
            link_type: 101,
            interface: 0,
            checksums_offloaded: false,
            vlan_tag: None,
            data: &data,
        });
    };
    send(frame(true, port, [0, 0], 2, b""));
    send(frame(false, port, [0, 1], 18, b""));
    send(frame(true, port, [1, 1], 16, b""));
    let mut next = [1_u32; 2];
    for (is_client, words) in turns {
        let end = usize::from(!is_client);
        for piece in words.chunks(1_400) {
            send(frame(
                is_client,
                port,
                [next[end], next[1 - end]],
                16,
                piece,
            ));
            next[end] += u32::try_from(piece.len()).unwrap();
            send(frame(!is_client, port, [next[1 - end], next[end]], 16, b""));
        }
    }
    engine.finish();
    assert!(engine.ledger().adds_up());
    let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    (text.lines().map(str::to_owned).collect(), engine)
}

/// What a line says but for times, durations and packets.
fn essence(line: &str) -> String {
    let action = line.split("\"action\":").nth(1).unwrap_or_default();
    let action = action.split(",\"dataset\"").next().unwrap_or_default();
    let body = line.split("\"destination\":").nth(1).unwrap_or_default();
    let (body, own) = body.split_once("\"packet\":").unwrap_or((body, ""));
    let own = own.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let body = body.split("\"khien\":").next().unwrap_or_default();
    format!("{action} {body} {own}")
}

fn events(port: u16, turns: &[Turn]) -> Vec<String> {
    let (lines, _) = play(
        port,
        turns.iter().map(|(who, words)| (*who, words.as_slice())),
    );
    let told = lines
        .iter()
        .filter(|line| !line.contains("\"network.flow\""));
    told.map(|line| essence(line)).collect()
}

fn assert_same_wherever_cut(port: u16, script: &[(bool, &str)], expected: usize) {
    let whole = turns(script);
    let plain = events(port, &whole);
    assert_eq!(plain.len(), expected, "{plain:#?}");
    for (number, (who, words)) in whole.iter().enumerate() {
        for at in 1..words.len() {
            let mut cut = whole.clone();
            cut[number].1.truncate(at);
            cut.insert(number + 1, (*who, words[at..].to_vec()));
            assert_eq!(events(port, &cut), plain, "turn {number} cut at {at}");
        }
    }
    let single = whole
        .iter()
        .flat_map(|(who, words)| words.iter().map(|byte| (*who, vec![*byte])));
    assert_eq!(
        events(port, &single.collect::<Vec<_>>()),
        plain,
        "byte by byte"
    );
}

#[test]
fn smtp_tells_the_same_wherever_it_is_cut() {
    // A log-in, two mails, two files.
    assert_same_wherever_cut(2_525, SMTP, 5);
}

#[test]
fn pop3_tells_the_same_wherever_it_is_cut() {
    // The greeting, six commands, a file.
    assert_same_wherever_cut(110, POP3, 8);
}

#[test]
fn imap_tells_the_same_wherever_it_is_cut() {
    // The greeting, four commands, two mails.
    assert_same_wherever_cut(143, IMAP, 7);
}

#[test]
fn ftp_tells_the_same_wherever_it_is_cut() {
    // The greeting, seven commands, the bounce.
    assert_same_wherever_cut(21, FTP, 9);
}

/// The most that the parsers may hold, whatever comes, and what counts that they did not hold more.
fn limit_after(port: u16, opening: &[(bool, &str)], word: &[u8], times: usize) -> (usize, Engine) {
    let opening: Vec<Turn> = turns(opening);
    let block = word.repeat(1_400 / word.len());
    let flood = std::iter::repeat_n((true, block.as_slice()), times / (1_400 / word.len()));
    let begin = opening.iter().map(|(who, words)| (*who, words.as_slice()));
    let (lines, engine) = play(port, begin.chain(flood));
    assert!(lines.iter().all(|line| line.len() < 65_536));
    (lines.len(), engine)
}

#[test]
fn commands_that_nobody_answers_are_bounded_and_counted() {
    for (port, opening, word, limit) in [
        (25, &SMTP[..2], &b"NOOP\r\n"[..], "smtp_pending_commands"),
        (110, &POP3[..1], b"NOOP\r\n", "pop3_pending_commands"),
        (143, &IMAP[..1], b"a NOOP\r\n", "imap_pending_commands"),
        (21, &FTP[..2], b"NOOP\r\n", "ftp_pending_commands"),
        (21, &FTP[..2], b"PORT 10,0,0,1,4,1\r\n", "ftp_announced"),
    ] {
        let (_, engine) = limit_after(port, opening, word, 100_000);
        let limits = &engine.ledger().limits;
        assert!(
            limits.get(limit).is_some_and(|count| *count > 90_000),
            "{limit}: {limits:?}"
        );
        assert!(!limits.contains_key("parser_budget"), "{limit}");
    }
}

#[test]
fn a_mail_of_parts_inside_parts_or_without_end_is_bounded_and_told_once() {
    for word in [
        &b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"[..],
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Disposition: attachment; filename=a\r\n\r\nx\r\n--x y\r\n",
        b"--x yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
        b"Received: from a by b\r\n",
        b"http://a.vn/b\r\n",
        b"AAAA",
    ] {
        let mut opening: Vec<(bool, &str)> = SMTP[..11].to_vec();
        opening.push((
            true,
            "Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\n--x y\r\n",
        ));
        let (lines, engine) = limit_after(2_525, &opening, word, 50_000);
        assert!(!engine.ledger().limits.contains_key("parser_budget"));
        // A log-in, a mail, its files, a few anomalies, the flow.
        assert!(lines <= 1 + 1 + 64 + 8 + 1, "{lines}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_that_two_ends_say_breaks_the_engine(
        port in prop::sample::select(vec![21_u16, 25, 110, 143]),
        words in prop::collection::vec((any::<bool>(), 0..60_usize, prop::collection::vec(any::<u8>(), 0..12)), 0..60),
    ) {
        let scripts = [SMTP, POP3, IMAP, FTP];
        let all: Vec<&(bool, &str)> = scripts.into_iter().flatten().collect();
        let said: Vec<Turn> = words
            .into_iter()
            .map(|(who, place, bytes)| match all.get(place) {
                Some((speaker, text)) if bytes.len() > 2 => {
                    // A known turn, by either end, with a few bytes of it changed.
                    let mut text = text.as_bytes().to_vec();
                    for pair in bytes.chunks(3) {
                        let at = usize::from(pair[0]) * 3 % text.len().max(1);
                        if let Some(byte) = text.get_mut(at) {
                            *byte = *pair.last().unwrap();
                        }
                    }
                    (*speaker ^ (bytes[0] == 0), text)
                }
                _ => (who, bytes),
            })
            .collect();
        let (lines, _) = play(port, said.iter().map(|(who, words)| (*who, words.as_slice())));
        prop_assert!(lines.iter().all(|line| line.len() < 65_536 && line.ends_with("}}")));
    }
}
