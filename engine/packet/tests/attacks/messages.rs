//! Attacks on protocols of messages: DNS, SMB, SSH, TLS and those of BER.

use super::Attack;
use super::wire::{Turn, again, datagrams, number, open, talk};

fn dns_header(counts: [u16; 4]) -> Vec<u8> {
    [
        &[0, 7, 0x81, 0x80],
        counts.map(u16::to_be_bytes).as_flattened(),
    ]
    .concat()
}

/// A chain of pointers, each to the one before it, and records whose names begin at its end.
fn pointer_chain() -> Vec<u8> {
    let mut message = dns_header([0, 4_096, 0, 0]);
    // A record of unknown type whose data is the chain.
    message.extend(b"\x00\xff\xfa\x00\x01\x00\x00\x00\x00\x02\x00\x00");
    for place in (20_u16..276).step_by(2) {
        message.extend((0xc000 | place).to_be_bytes());
    }
    message.resize(24 + 512, 0);
    let end = (0xc000_u16 | 0x114).to_be_bytes();
    for _ in 0..4_095 {
        message.extend(end);
        message.extend(b"\x00\x05\x00\x01\x00\x00\x00\x05\x00\x02");
        message.extend(end);
    }
    message
}

fn addresses() -> Vec<u8> {
    let record = b"\x00\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x0a\x00\x00\x01";
    [dns_header([0, 4_096, 0, 0]), record.repeat(4_096)].concat()
}

/// Strings of 255 bytes, as many as a datagram holds.
fn huge_texts() -> Vec<u8> {
    let mut message = dns_header([0, 1, 0, 0]);
    message.extend(b"\x00\x00\x10\x00\x01\x00\x00\x00\x05");
    message.extend((250_u16 * 256).to_be_bytes());
    for _ in 0..250 {
        message.push(255);
        message.extend([b'x'; 255]);
    }
    message
}

/// A message of SMB 2 in its frame: command, message id, body.
fn smb(command: u8, id: usize, body: &[u8]) -> Vec<u8> {
    let mut bytes = number(64 + body.len()).to_be_bytes().to_vec();
    bytes.extend(b"\xfeSMB\x40\0\0\0\0\0\0\0");
    bytes.extend([command, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(u64::from(number(id)).to_le_bytes());
    bytes.extend([0; 32]);
    bytes.extend(body);
    bytes
}

/// Its answer.
fn smb_answer(command: u8, id: usize, tree: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = smb(command, id, body);
    bytes[20] = 1;
    bytes[40..44].copy_from_slice(&tree.to_le_bytes());
    bytes
}

fn create() -> Vec<u8> {
    let mut body = vec![0; 60];
    body[0] = 57;
    body[44] = 120;
    body[46] = 4;
    body[56..].copy_from_slice(b"a\0b\0");
    body
}

/// Files that are opened and never closed (MS-SMB2, sections 2.2.13 and 2.2.14).
fn opened(id: usize) -> [Turn; 2] {
    let mut body = vec![0; 88];
    body[0] = 89;
    body[64..72].copy_from_slice(&u64::from(number(id)).to_le_bytes());
    [
        (true, smb(5, id, &create())),
        (false, smb_answer(5, id, 1, &body)),
    ]
}

/// Shares that are connected and never left (sections 2.2.9 and 2.2.10).
fn connected(id: usize) -> [Turn; 2] {
    let request = [&[9, 0, 0, 0, 72, 0, 8, 0][..], b"\\\0\\\0a\0\\\0"].concat();
    let answer = [16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [
        (true, smb(3, id, &request)),
        (false, smb_answer(3, id, number(id), &answer)),
    ]
}

fn write_of_one_byte(offset: usize) -> Vec<u8> {
    let mut write = vec![0; 49];
    write[2] = 112;
    write[4] = 1;
    write[8..16].copy_from_slice(&u64::from(number(offset)).to_le_bytes());
    write
}

/// RFC 4253, section 7.1: a KEXINIT with lists of so many names, none of which the other end has.
fn kexinit(prefix: &str, names: usize) -> Vec<u8> {
    let mut payload = vec![20];
    payload.extend([7; 16]);
    for list in 0..10 {
        let names: Vec<String> = (0..names)
            .map(|name| format!("{prefix}{list}{name}"))
            .collect();
        let names = names.join(",");
        payload.extend(number(names.len()).to_be_bytes());
        payload.extend(names.bytes());
    }
    payload.extend([0; 13]);
    let padding = 8 + (8 - (payload.len() + 5) % 8) % 8;
    let mut packet = number(payload.len() + 1 + padding).to_be_bytes().to_vec();
    packet.push(padding.to_le_bytes()[0]);
    packet.extend(payload);
    packet.resize(packet.len() + padding, 0);
    packet
}

/// Values inside values (X.690, section 8): `depth` of this tag, each with a length of four bytes.
fn nested(tag: u8, depth: usize) -> Vec<u8> {
    let heads = (0..depth).rev().flat_map(|inside| {
        let length = number(inside * 6 + 2).to_be_bytes();
        [tag, 0x84, length[0], length[1], length[2], length[3]]
    });
    heads.chain([0x87, 0]).collect()
}

/// A value (X.690, section 8) with a length of four bytes.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    [
        &[tag, 0x84][..],
        &number(content.len()).to_be_bytes(),
        content,
    ]
    .concat()
}

/// RFC 4511, section 4.1.1: a message with the id 1 around an operation.
fn ldap(operation: u8, body: &[u8]) -> Vec<u8> {
    value(
        0x30,
        &[&b"\x02\x01\x01"[..], &value(operation, body)].concat(),
    )
}

/// Section 4.5.1: a search whose filter is a denial of a denial and so on.
fn deep_search(depth: usize) -> Vec<u8> {
    let filter = nested(0xa2, depth);
    let fixed = b"\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0";
    ldap(0x63, &[&fixed[..], &filter, b"\x30\0"].concat())
}

/// Section 4.5.2: an entry with one attribute of so many values.
fn entry(values: usize) -> Vec<u8> {
    let set = value(0x31, &value(4, b"top").repeat(values));
    let attribute = value(0x30, &[value(4, b"objectClass"), set].concat());
    ldap(
        0x64,
        &[value(4, b"dc=vn"), value(0x30, &attribute)].concat(),
    )
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "dns_pointer_chains",
        size: 20,
        counted: "dns_records",
        frames: |size| datagrams(53, again(false, &pointer_chain(), size)),
    },
    Attack {
        name: "dns_records_without_end",
        size: 20,
        counted: "dns_records",
        frames: |size| datagrams(53, again(false, &addresses(), size)),
    },
    Attack {
        name: "dns_huge_texts",
        size: 20,
        counted: "",
        frames: |size| datagrams(53, again(false, &huge_texts(), size)),
    },
    Attack {
        name: "dns_queries_without_answers",
        size: 20_000,
        counted: "dns_open_queries",
        frames: |size| {
            datagrams(
                53,
                (0..number(size)).map(|at| {
                    let [low, high, ..] = at.to_le_bytes();
                    (
                        true,
                        [
                            &[high, low][..],
                            b"\x01\0\0\x01\0\0\0\0\0\0\x02vn\0\0\x01\0\x01",
                        ]
                        .concat(),
                    )
                }),
            )
        },
    },
    Attack {
        name: "smb_requests_without_answers",
        size: 20_000,
        counted: "smb_open_requests",
        frames: |size| {
            talk(
                445,
                1_400,
                (0..size).map(|id| (true, smb(5, id, &create()))),
            )
        },
    },
    Attack {
        name: "smb_files_without_close",
        size: 5_000,
        counted: "smb_open_files",
        frames: |size| talk(445, 1_400, (0..size).flat_map(opened)),
    },
    Attack {
        name: "smb_trees_without_end",
        size: 5_000,
        counted: "smb_trees",
        frames: |size| talk(445, 1_400, (0..size).flat_map(connected)),
    },
    Attack {
        name: "smb_writes_of_one_byte_behind_a_hole",
        size: 10_000,
        counted: "",
        frames: |size| {
            talk(
                445,
                1_400,
                (0..size).map(move |id| (true, smb(9, id, &write_of_one_byte(2 * (size - id))))),
            )
        },
    },
    Attack {
        name: "smb_message_with_a_long_tail",
        size: 20_000,
        counted: "",
        frames: |size| {
            let mut start = smb(13, 1, &[4, 0, 0, 0]);
            start[1..4].copy_from_slice(&[1, 0, 0]);
            talk(
                445,
                4,
                open([(true, &start[..])]).chain(again(true, b"\xffSMB", size)),
            )
        },
    },
    Attack {
        name: "smb_stream_that_lost_its_boundary",
        size: 20_000,
        counted: "",
        frames: |size| {
            let start = [smb(13, 1, &[4, 0, 0, 0]), vec![0x99; 8]].concat();
            talk(
                445,
                8,
                open([(true, &start[..])]).chain(again(true, b"\0\0SMBSMB", size)),
            )
        },
    },
    Attack {
        name: "ssh_names_that_never_match",
        size: 500,
        counted: "",
        frames: |size| {
            let (client, server) = (kexinit("a", size), kexinit("b", size));
            let banner = &b"SSH-2.0-x\r\n"[..];
            talk(
                22,
                1_400,
                open([
                    (true, banner),
                    (false, banner),
                    (true, &client),
                    (false, &server),
                ]),
            )
        },
    },
    Attack {
        name: "tls_message_in_records_of_one_byte",
        size: 20_000,
        counted: "",
        frames: |size| {
            let start = &[22, 3, 1, 0, 4, 1, 3, 0xff, 0xff][..];
            talk(
                443,
                6,
                open([(true, start)]).chain(again(true, &[22, 3, 1, 0, 1, 0], size)),
            )
        },
    },
    Attack {
        name: "ldap_filters_inside_filters",
        size: 500,
        counted: "",
        frames: |size| talk(389, 1_400, again(true, &deep_search(1_000), size / 10)),
    },
    Attack {
        name: "ldap_filter_of_any_depth",
        size: 5_000,
        counted: "",
        frames: |size| talk(389, 1_400, again(true, &deep_search(size), 4)),
    },
    Attack {
        name: "ldap_messages_of_nothing",
        size: 12_000,
        counted: "",
        frames: |size| {
            talk(
                389,
                1_400,
                open([(true, &ldap(0x50, &[1]).repeat(size)[..])]),
            )
        },
    },
    Attack {
        name: "ldap_entry_in_single_bytes",
        size: 1_000,
        counted: "",
        frames: |size| talk(389, 1, open([(false, &entry(size)[..])])),
    },
];
