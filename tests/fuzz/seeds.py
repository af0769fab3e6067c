"""Seeds of the fuzz targets, made from the specifications: `python -m tests.fuzz.seeds` writes engine/fuzz/seeds.

The same bytes on every run, so that the tree only changes when this program does. Nothing comes from the test data.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.packet import frames
from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.fuzz import binary, text
from tests.fuzz.words import words

SEEDS = Path(__file__).resolve().parents[2] / "engine" / "fuzz" / "seeds"


@dataclass(frozen=True, slots=True)
class Seed:
    """One input: its target and name, what stands before the words, the words."""

    target: str
    name: str
    turns: Sequence[Turn]
    prefix: bytes = b""

    def content(self) -> bytes:
        """The bytes of the file."""
        return self.prefix + words(self.turns)


def _conversations() -> Iterator[Seed]:
    query = frames.dns_query("may.example", 7)
    yield Seed("dns", "made-over-udp", ((True, query), (False, frames.dns_answer(query))), b"\0")
    framed = [struct.pack(">H", len(part)) + part for part in (query, frames.dns_answer(query))]
    yield Seed("dns", "made-over-tcp", ((True, framed[0]), (False, framed[1])), b"\x03")
    page = (True, frames.http_request("/tra-cuu")), (False, frames.http_response(b"<!doctype html>" + b"chao " * 20))
    yield Seed("conversation", "made-http", page)
    yield Seed("tls", "made-hello", ((True, frames.tls_client_hello("thu.example")), (False, binary.tls_answer())))
    packed = gzip.compress(b"chao " * 99, mtime=0)
    yield Seed("http", "made-gzip", ((False, packed),), b"\x03")
    yield Seed("http", "made-chunks", ((False, b"5\r\nabcde\r\n0\r\nX: y\r\n\r\n"),), b"\x02")
    part = b"--B\r\nContent-Range: bytes 0-3/9\r\n\r\nabcd\r\n--B--\r\n"
    yield Seed("http", "made-ranges", ((False, part),), b"\x06")
    for target, prefix, turns in text.DIALOGUES:
        yield Seed(target, f"made-{prefix[0] if prefix else 0}", turns, prefix)
    for target, prefix, turns in binary.DIALOGUES:
        yield Seed(target, f"made-{prefix[0] if prefix else 0}", turns, prefix)


def _others() -> Iterator[tuple[str, str, bytes]]:
    for name, mail in text.MAILS.items():
        yield "mime", name, b"\x40" + mail
    yield "x509", "made-self-signed", binary.certificate()
    yield "defragment", "made-in-order", bytes([0, 0, 64, 1, 8, 8, 40, 1])
    yield "defragment", "made-overlap", bytes([4, 0, 64, 1, 4, 4, 64, 1, 12, 8, 40, 9])
    talk = capture(Conversation(turns=((True, frames.http_request("/")), (False, frames.http_response(b"x")))))
    yield "capture", "made-http", talk
    yield (
        "frames",
        "made-udp",
        b"\0\0"
        + b"".join(
            struct.pack(">H", len(frame)) + frame for frame in frames.tcp(frames.ends(1, 80), [(False, b"GET / HTTP/1.1\r\n\r\n")])
        ),
    )


def seeds() -> Mapping[Path, bytes]:
    """Every seed by its place below `SEEDS`."""
    found = {Path(seed.target) / seed.name: seed.content() for seed in _conversations()}
    found.update({Path(target) / name: content for target, name, content in _others()})
    return found


def main() -> None:
    """Writes them."""
    made = seeds()
    for path, content in made.items():
        place = SEEDS / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    print(f"{len(made)} seeds in {SEEDS}")


if __name__ == "__main__":
    main()
