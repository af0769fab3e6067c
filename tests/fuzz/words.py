"""The words that fuzz targets read: who speaks, how long, what (engine/fuzz/src/lib.rs)."""

import struct
from collections.abc import Iterable

from tests.engine.packet.conversation import Turn

#: Longest word of a stream; datagrams may be longer.
LONGEST = 2_047


def words(turns: Iterable[Turn], *, longest: int = LONGEST) -> bytes:
    """Turns as words, long ones in several."""
    return b"".join(
        struct.pack(">BH", 0 if is_client else 1, len(said[start : start + longest])) + said[start : start + longest]
        for is_client, said in turns
        for start in range(0, max(len(said), 1), longest)
    )
