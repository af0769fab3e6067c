//! Attacks on mail and FTP.

use super::wire::{Turn, again, open, talk};
use super::{Attack, Frames};

/// A block of the same words, and how many blocks make `times` of them.
fn blocks(words: &[u8], times: usize) -> impl Iterator<Item = Turn> + use<> {
    let each = 1_400 / words.len();
    again(true, &words.repeat(each), times / each)
}

/// What follows the head of a mail of parts.
fn mail(rest: impl Iterator<Item = Turn> + 'static) -> Frames {
    let opening = open([
        (false, &b"220 mail.example ESMTP\r\n"[..]),
        (true, b"EHLO client.example\r\n"),
        (false, b"250 mail.example\r\n"),
        (
            true,
            b"MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mail.example>\r\nDATA\r\n",
        ),
        (false, b"250 ok\r\n250 ok\r\n354 go\r\n"),
        (
            true,
            b"Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\n--x y\r\n",
        ),
    ]);
    let end = open([(true, &b"\r\n.\r\n"[..]), (false, b"250 taken\r\n")]);
    talk(25, 1_400, opening.chain(rest).chain(end))
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "mail_of_parts_inside_parts",
        size: 5_000,
        counted: "mime_too_deep",
        frames: |size| {
            mail((0..size).map(|number| {
                let part = format!(
                    "Content-Type: multipart/mixed; boundary=a{number}\r\n\r\n--a{number}\r\n"
                );
                (true, part.into_bytes())
            }))
        },
    },
    Attack {
        name: "mail_of_mails_inside_mails",
        size: 5_000,
        counted: "mime_too_deep",
        frames: |size| mail(blocks(b"Content-Type: message/rfc822\r\n\r\n", size)),
    },
    Attack {
        name: "mail_with_a_boundary_without_end",
        size: 400_000,
        counted: "",
        frames: |size| {
            mail(
                open([(true, &b"Content-Type: multipart/mixed; boundary="[..])])
                    .chain(blocks(b"b", size)),
            )
        },
    },
    Attack {
        name: "mail_with_a_boundary_that_almost_comes",
        size: 20_000,
        counted: "",
        frames: |size| mail(blocks(b"\r\n--x x\r\n--x", size)),
    },
    Attack {
        name: "mail_of_attachments",
        size: 10_000,
        counted: "mail_items",
        frames: |size| {
            mail(blocks(
                b"Content-Disposition: attachment; filename=a\r\n\r\nx\r\n--x y\r\n",
                size,
            ))
        },
    },
    Attack {
        name: "mail_of_header_lines",
        size: 20_000,
        counted: "",
        frames: |size| mail(blocks(b"Received: from a by b\r\n", size)),
    },
    Attack {
        name: "mail_of_links",
        size: 10_000,
        counted: "",
        frames: |size| mail(open([(true, &b"\r\n"[..])]).chain(blocks(b"http://a.vn/b\r\n", size))),
    },
    Attack {
        name: "smtp_commands_without_replies",
        size: 20_000,
        counted: "smtp_pending_commands",
        frames: |size| {
            let opening = open([
                (false, &b"220 mail.example ESMTP\r\n"[..]),
                (true, b"EHLO b\r\n"),
            ]);
            talk(25, 1_400, opening.chain(blocks(b"NOOP\r\n", size)))
        },
    },
    Attack {
        name: "pop3_commands_without_replies",
        size: 20_000,
        counted: "pop3_pending_commands",
        frames: |size| {
            talk(
                110,
                1_400,
                open([(false, &b"+OK POP3 ready\r\n"[..])]).chain(blocks(b"NOOP\r\n", size)),
            )
        },
    },
    Attack {
        name: "imap_commands_without_replies",
        size: 20_000,
        counted: "imap_pending_commands",
        frames: |size| {
            let opening = open([(false, &b"* OK IMAP4rev1 ready\r\n"[..])]);
            talk(143, 1_400, opening.chain(blocks(b"a NOOP\r\n", size)))
        },
    },
    Attack {
        name: "ftp_ports_without_connections",
        size: 5_000,
        counted: "ftp_announced",
        frames: |size| {
            let opening = open([
                (false, &b"220 ready\r\n"[..]),
                (true, b"USER a\r\n"),
                (false, b"230 in\r\n"),
            ]);
            let ports = (0..size).flat_map(|number| {
                let [low, high, ..] = number.to_le_bytes();
                let port = format!("PORT 10,0,0,1,{},{low}\r\n", high | 4);
                [(true, port.into_bytes()), (false, b"200 ok\r\n".to_vec())]
            });
            talk(21, 1_400, opening.chain(ports))
        },
    },
];
