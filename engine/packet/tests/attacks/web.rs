//! Attacks on HTTP.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Attack;
use super::wire::{Turn, again, open, talk};

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
const HEAD: &[u8] = b"GET /a HTTP/1.1\r\nHost: b\r\n";

fn answer(head: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").into_bytes()
}

/// A get, the head of its answer, and then one piece of a body again and again.
fn body(head: &str, piece: &[u8], times: usize) -> impl Iterator<Item = Turn> + use<> {
    open([(true, GET), (false, &answer(head))]).chain(again(false, piece, times))
}

/// So many MiB of nothing, packed.
fn packed(mebibytes: usize) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..mebibytes {
        writer
            .write_all(&vec![0; 1 << 20])
            .expect("memory takes all");
    }
    writer.finish().expect("memory takes all")
}

fn packed_again(inner: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(inner).expect("memory takes all");
    writer.finish().expect("memory takes all")
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64";

fn frame(kind: u8, flags: u8, stream: usize, payload: &[u8]) -> Vec<u8> {
    let length = super::wire::number(payload.len()).to_be_bytes();
    let stream = super::wire::number(stream).to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

fn http2(sent: impl Iterator<Item = Vec<u8>> + 'static) -> super::Frames {
    let opening = open([(true, PREFACE), (false, SETTINGS)]);
    talk(80, 1_400, opening.chain(sent.map(|frame| (true, frame))))
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "header_line_byte_by_byte",
        size: 70_000,
        counted: "http_head_bytes",
        frames: |size| {
            talk(
                80,
                1,
                open([(true, HEAD), (true, b"X: ")]).chain(again(true, b"a", size)),
            )
        },
    },
    Attack {
        name: "headers_without_end",
        size: 5_000,
        counted: "http_fields",
        frames: |size| {
            talk(
                80,
                1_400,
                open([(true, HEAD)])
                    .chain(again(true, b"X: a\r\n", size))
                    .chain(open([(true, b"\r\n")])),
            )
        },
    },
    Attack {
        name: "folded_lines_byte_by_byte",
        size: 10_000,
        counted: "",
        frames: |size| {
            talk(
                80,
                1,
                open([(true, HEAD), (true, b"X: a\r\n")]).chain(again(true, b" b\r\n", size)),
            )
        },
    },
    Attack {
        name: "no_status_line_byte_by_byte",
        size: 8_000,
        counted: "",
        frames: |size| {
            talk(
                80,
                1,
                open([(true, GET)]).chain(again(false, b"\r\n \t", size)),
            )
        },
    },
    Attack {
        name: "requests_without_answers",
        size: 3_000,
        counted: "http_open_transactions",
        frames: |size| talk(80, 1_400, again(true, GET, size)),
    },
    Attack {
        name: "chunks_of_one_byte",
        size: 20_000,
        counted: "",
        frames: |size| {
            talk(
                80,
                1_400,
                body("Transfer-Encoding: chunked", b"1\r\nx\r\n", size),
            )
        },
    },
    Attack {
        name: "parts_of_nothing",
        size: 4_000,
        counted: "http_parts",
        frames: |size| {
            let head = "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 99999999";
            talk(
                80,
                1_400,
                body(
                    head,
                    b"--B\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n",
                    size,
                ),
            )
        },
    },
    Attack {
        name: "boundary_that_almost_comes",
        size: 4_000,
        counted: "",
        frames: |size| {
            let head = "Content-Type: multipart/form-data; boundary=BBBBBBBBBBBBBBBBBBBBBB\r\nContent-Length: 99999999";
            talk(80, 7, body(head, b"\r\n--BBBBBBBBBBBBBBBBBBBB", size))
        },
    },
    Attack {
        name: "ranges_that_leave_holes",
        size: 4_000,
        counted: "http_range_pieces",
        frames: |size| {
            let turns = (0..size).flat_map(move |number| {
                let start = 2 * (size - number);
                let head = format!("HTTP/1.1 206 OK\r\nContent-Range: bytes {start}-{start}/9999999\r\nContent-Length: 1\r\n\r\nx");
                [(true, GET.to_vec()), (false, head.into_bytes())]
            });
            talk(80, 1_400, turns)
        },
    },
    Attack {
        name: "zeros_that_were_packed",
        size: 20,
        counted: "http_unpacked_bytes",
        frames: |size| {
            let head = "Content-Encoding: gzip\r\nContent-Length: 99999999";
            talk(80, 1_400, body(head, &packed(size), 1))
        },
    },
    Attack {
        name: "zeros_that_were_packed_twice",
        size: 16,
        counted: "http_unpacked_bytes",
        frames: |size| {
            let head = "Content-Encoding: gzip, gzip\r\nContent-Length: 99999999";
            talk(80, 1_400, body(head, &packed_again(&packed(size)), 1))
        },
    },
    Attack {
        name: "references_to_one_long_field",
        size: 100,
        counted: "http2_header_bytes",
        // RFC 7541: one literal with indexing of 4,000 bytes, then a reference to it in every byte.
        frames: |size| {
            let literal = [&[0x40, 1, b'a', 0x7f, 0xa1, 0x1e][..], &[b'x'; 4_000]].concat();
            let blocks = (0..size).map(|number| frame(1, 5, 3 + 2 * number, &[0xbe; 1_000]));
            http2(std::iter::once(frame(1, 5, 1, &literal)).chain(blocks))
        },
    },
    Attack {
        name: "table_that_is_refilled_with_long_names",
        size: 100,
        counted: "http2_header_bytes",
        frames: |size| {
            let literal = [&[0x40, 0x7f, 0xa1, 0x1d][..], &[b'n'; 3_872], &[0]].concat();
            let block = [&literal[..], &[0x7e, 0][..].repeat(400)].concat();
            http2((0..size).map(move |number| frame(1, 5, 1 + 2 * number, &block)))
        },
    },
    Attack {
        name: "table_that_is_resized",
        size: 4_000,
        counted: "",
        // RFC 7541, section 6.3: to nothing and back, and an entry each time.
        frames: |size| {
            let block = [
                &[0x20, 0x3f, 0xe1, 0x1f, 0x40, 1, b'a', 100][..],
                &[b'x'; 100],
            ]
            .concat();
            http2((0..size).map(move |number| frame(1, 5, 1 + 2 * number, &block)))
        },
    },
    Attack {
        name: "streams_without_end",
        size: 50_000,
        counted: "http2_streams",
        frames: |size| {
            http2((0..size).map(|number| frame(1, 4, 1 + 2 * number, &[0x82, 0x84, 0x86])))
        },
    },
    Attack {
        name: "continuations_without_end",
        size: 20_000,
        counted: "http2_header_bytes",
        frames: |size| {
            let rest = (0..size).map(|_| frame(9, 0, 1, b""));
            http2(std::iter::once(frame(1, 0, 1, &[0x82])).chain(rest))
        },
    },
];
