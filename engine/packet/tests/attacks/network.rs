//! Attacks on flows, streams and reassembly.

use super::wire::{CLIENT, handshake, number, piece, segment, server};
use super::{Attack, Frames};

/// Distinct for distinct numbers, and spread over all addresses.
fn address(number: u32) -> [u8; 4] {
    number.wrapping_mul(2_654_435_761).to_be_bytes()
}

fn after_handshake(rest: impl Iterator<Item = Vec<u8>> + 'static) -> Frames {
    Box::new(handshake(80).into_iter().chain(rest))
}

const THERE: fn() -> [super::wire::End; 2] = || [CLIENT, server(80)];

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "syn_flood",
        size: 270_000,
        counted: "flow_table",
        frames: |size| {
            Box::new(
                (0..number(size))
                    .map(|at| segment([(address(at), 40_000), server(80)], [at, 0], 2, b"")),
            )
        },
    },
    Attack {
        name: "port_scan_that_is_refused",
        size: 30_000,
        counted: "",
        frames: |size| {
            Box::new((0..number(size)).flat_map(|at| {
                let scanned = ([10, 0, (at >> 16).to_le_bytes()[0], 9], at.to_le_bytes());
                let scanned = (scanned.0, u16::from_le_bytes([scanned.1[0], scanned.1[1]]));
                [
                    segment([CLIENT, scanned], [1, 0], 2, b""),
                    segment([scanned, CLIENT], [0, 2], 20, b""),
                ]
            }))
        },
    },
    Attack {
        name: "udp_scan",
        size: 30_000,
        counted: "",
        frames: |size| {
            Box::new((0..number(size)).map(|at| {
                let port = 1 + u16::from(at.to_le_bytes()[0]);
                super::wire::datagram([(address(at), port), server(9)], b"x")
            }))
        },
    },
    Attack {
        name: "resets_and_ends_of_one_flow",
        size: 20_000,
        counted: "",
        frames: |size| {
            after_handshake((0..number(size)).map(|at| {
                let flags = if at & 1 == 0 { 4 } else { 17 };
                segment(THERE(), [1 + at / 2, 1], flags, b"")
            }))
        },
    },
    Attack {
        name: "resets_and_ends_of_no_flow",
        size: 30_000,
        counted: "",
        frames: |size| {
            Box::new((0..number(size)).map(|at| {
                let flags = if at & 1 == 0 { 4 } else { 17 };
                segment([(address(at), 40_000), server(80)], [at, 1], flags, b"")
            }))
        },
    },
    Attack {
        name: "connections_that_begin_and_end_at_once",
        size: 20_000,
        counted: "",
        frames: |size| {
            Box::new((0..number(size / 4)).flat_map(|at| {
                let client = (
                    CLIENT.0,
                    1_024 + u16::try_from(at % 60_000).expect("a port"),
                );
                let (there, back) = ([client, server(80)], [server(80), client]);
                let next = at.wrapping_add(1);
                [
                    segment(there, [at, 0], 2, b""),
                    segment(back, [at, next], 18, b""),
                    segment(there, [next, next], 17, b""),
                    segment(back, [next, at.wrapping_add(2)], 20, b""),
                ]
            }))
        },
    },
    Attack {
        name: "numbers_that_jump_by_gibibytes",
        size: 20_000,
        counted: "",
        frames: |size| {
            after_handshake((0..number(size)).map(|at| {
                let jump = (at & 3) << 30;
                segment(THERE(), [jump.wrapping_add(at), 1], 16, b"abcdefgh")
            }))
        },
    },
    Attack {
        name: "one_byte_segments_that_come_backwards",
        size: 20_000,
        counted: "",
        frames: |size| {
            let rest = (2..number(size)).rev();
            after_handshake(rest.map(|at| segment(THERE(), [at, 1], 16, b"x")))
        },
    },
    Attack {
        name: "segments_that_overlap_all_that_waits",
        size: 2_000,
        counted: "",
        frames: |size| {
            let islands = (0..700_u32).map(|at| segment(THERE(), [3 + 2 * at, 1], 16, b"x"));
            let again = (0..size).map(|_| segment(THERE(), [2, 1], 16, &[b'y'; 1_400]));
            after_handshake(islands.chain(again))
        },
    },
    Attack {
        name: "holes_of_many_connections",
        size: 60_000,
        counted: "stream_bytes",
        frames: |size| {
            Box::new((0..number(size / 60)).flat_map(|at| {
                let ends = [(address(at), 40_000), server(9)];
                let back = [ends[1], ends[0]];
                let hello = [
                    segment(ends, [0, 0], 2, b""),
                    segment(back, [0, 1], 18, b""),
                    segment(ends, [1, 1], 16, b""),
                ];
                let late = (0..60)
                    .map(move |place| segment(ends, [2 + place * 1_400, 1], 16, &[b'x'; 1_400]));
                hello.into_iter().chain(late)
            }))
        },
    },
    Attack {
        name: "first_pieces_of_datagrams",
        size: 50_000,
        counted: "fragments",
        frames: |size| {
            Box::new((0..number(size)).map(|at| {
                let id = u16::from_le_bytes([at.to_le_bytes()[0], at.to_le_bytes()[1]]);
                piece(address(at >> 16), id, 0x2000, b"12345678")
            }))
        },
    },
    Attack {
        name: "many_pieces_of_one_datagram",
        size: 40_000,
        counted: "",
        frames: |size| {
            Box::new((0..size).map(|at| {
                let place = u16::try_from((at * 2) % 8_000).expect("a place");
                piece([10, 0, 0, 1], 7, 0x2000 | place, b"12345678")
            }))
        },
    },
];
