"""`python -m tests.bench.detect.scan RULES LINES`: our side of the matching benchmark, as the correlator calls the engine.

RULES is what `sides.Ours` keeps: the compiled set and a head for each rule. Every match is a line of JSON on stdout: the rule's
title, id, level and tags, and the event's id.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import BinaryIO

from khien_engine.detect import Ruleset

#: A batch of a sensor (`khien.delivery.BATCH_BYTES`): what the correlator hands over at once.
_CHUNK = 1 << 20
_ID = b'"id":"'


def scan(ruleset: Ruleset, heads: list[bytes], source: BinaryIO, out: BinaryIO) -> None:
    """All lines of a file, a chunk at a time."""
    while chunk := source.read(_CHUNK):
        lines = chunk + source.readline()
        for start, _, numbers in ruleset.scan(lines):
            begin = lines.index(_ID, start) + len(_ID)
            event = lines[begin : lines.index(b'"', begin)]
            out.writelines(heads[number] + event + b'"}\n' for number in numbers)


def main() -> None:
    rules, lines = sys.argv[1:]
    compiled, heads = pickle.loads(Path(rules).read_bytes())
    with Path(lines).open("rb") as source:
        scan(Ruleset(compiled), heads, source, sys.stdout.buffer)


if __name__ == "__main__":
    main()
