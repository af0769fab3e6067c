"""The events of the run: the lanes' own lines, told again with the time of now, and markers among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import cycle

import orjson

from khien.clock import format_utc

SOURCE = "bench"
#: In a marker's `user.name`, before its event time: what comes back in the alert's group.
SINGLE, THREE = "single", "three"
_TIME = re.compile(rb'^\{"@timestamp":"[^"]{27}"')
_MARKER = (
    b'{"@timestamp":"%s","event":{"kind":"event","category":["authentication"],"type":["start"],"dataset":"host.auth",'
    b'"action":"%s"},"ecs":{"version":"8.17.0"},"user":{"name":"%s-%d"},"khien":{"schema":1,"source":"bench","time":"log"}}\n'
)


class Stream:
    """Endless. Lines of the framing only: what the readers would hand to the spool."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._rests = cycle([_rest(line) for line in lines])

    def take(self, count: int, *, now_us: int) -> Iterator[bytes]:
        """So many events, a microsecond apart."""
        # Of one second: the seconds' text is made once, the microseconds are counted up.
        seconds, micros = divmod(now_us, 1_000_000)
        begin = b'{"@timestamp":"' + format_utc(seconds * 1_000_000)[:20].encode()
        for number in range(count):
            yield b'%s%06dZ"%s' % (begin, min(micros + number, 999_999), next(self._rests))


def marker(kind: str, *, now_us: int) -> bytes:
    """The lines of one marker: a single event, or three of one user."""
    time = format_utc(now_us).encode()
    action, times = (b"bench-marker", 1) if kind == SINGLE else (b"bench-part", 3)
    return _MARKER % (time, action, kind.encode(), now_us) * times


def _rest(line: bytes) -> bytes:
    """Everything behind the time, from one source: the promises name it."""
    event = orjson.loads(line)
    event["khien"]["source"] = SOURCE
    rest, times = _TIME.subn(b"", orjson.dumps(event), count=1)
    if times != 1:
        message = f"not a line of the frame: {line[:200]!r}"
        raise ValueError(message)
    return rest + b"\n"
