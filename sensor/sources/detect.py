"""The format of a log that is followed, told from its first lines: the file may be empty, or not be there yet, at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from khien.errors import KhienError
from sensor.recovery import Notice
from sensor.sources.parser import LineParser, ParsedLines

#: `format → parser`.
ParserOfFormat = Callable[[str], LineParser]
#: `head of a log → format`, None for one that is not known.
DetectFormat = Callable[[bytes], str | None]
#: What the engine is shown to tell a format.
_SAMPLE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class UnknownLines:
    """Lines of no known format: all rejected."""

    rejected: list[tuple[int, str]]
    lines: bytes = b""
    count: int = 0
    last_time_us: int | None = None


class DetectedParser:
    """A parser that is chosen when lines arrive; until a known format shows, they are rejected with their reason, said once."""

    def __init__(self, make_parser: ParserOfFormat, *, detect: DetectFormat, path: str, source: str, notice: Notice) -> None:
        self._make_parser = make_parser
        self._detect = detect
        self._path = path
        self._source = source
        self._notice = notice
        self._parser: LineParser | None = None
        self._is_told = False

    def parse(self, lines: bytes) -> ParsedLines:
        """Parse; the first lines that show a format settle it."""
        if self._parser is None:
            found = self._detect(lines[:_SAMPLE_BYTES])
            if found is None:
                self._tell()
                return UnknownLines([(index, "unknown_format") for index in range(lines.count(b"\n"))])
            self._parser = self._make_parser(found)
            self._notice("log_format", {"source": self._source, "format": found})
        return self._parser.parse(lines)

    def finish(self) -> ParsedLines:
        """What the chosen parser still held back."""
        return UnknownLines([]) if self._parser is None else self._parser.finish()

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            error = KhienError("sensor.unknown_log", path=self._path)
            self._notice("log_unknown", {"code": error.code, "error": str(error), "hint": error.hint()})
