"""Talking to a modem by lines (3GPP TS 27.005, TS 27.007): a command, its answer, and what the modem says unasked in between."""

from __future__ import annotations

import re
from collections import deque
from typing import Protocol

from incident_api.notifications.channels.channel import NotTaken
from khien.clock import Clock

_ERROR = re.compile(rb"^(?:ERROR|\+CM[SE] ERROR: ?(.{1,80}))$")
#: What a modem says without being asked; never part of an answer.
_UNASKED = (b"+CMTI:", b"+CMT:", b"+CDS:", b"+CDSI:", b"+CREG:", b"+CGREG:", b"+CUSD:", b"RING", b"NO CARRIER", b"^", b"+CRING:")
_LINE_BYTES = 4096
_ANSWER_LINES = 2000
_UNASKED_KEPT = 100
_LISTEN_SECONDS = 1.0


class Port(Protocol):
    """A serial line whose reads end after a short time."""

    def read(self, size: int) -> bytes:
        """What is there, or nothing."""

    def write(self, data: bytes) -> int | None:
        """All of it."""

    def close(self) -> None:
        """Let go."""


class Refused(NotTaken):
    """The modem said ERROR."""

    def __init__(self, command: str, code: str) -> None:
        super().__init__(f"{command}: {code}")
        self.code = code


class Line:
    """One modem on one line."""

    def __init__(self, port: Port, *, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._held = bytearray()
        self.unasked: deque[bytes] = deque(maxlen=_UNASKED_KEPT)

    def ask(self, command: str, *, seconds: float) -> list[bytes]:
        """The lines of an answer, without the last OK. Raises `NotTaken` for an error or silence."""
        self._write(command.encode("ascii") + b"\r")
        return self._answer(command, until=self._clock.monotonic() + seconds)

    def ask_with_text(self, command: str, text: bytes, *, seconds: float) -> list[bytes]:
        """A command that waits for a text after its prompt (TS 27.005, section 3.5.1). Ctrl-Z sends, ESC takes back."""
        until = self._clock.monotonic() + seconds
        self._write(command.encode("ascii") + b"\r")
        try:
            self._prompt(command, until=until)
        except NotTaken:
            self._write(b"\x1b")
            raise
        self._write(text + b"\x1a")
        return self._answer(command, until=until)

    def listen(self) -> None:
        """Take in what the modem said meanwhile."""
        until = self._clock.monotonic() + _LISTEN_SECONDS
        while (line := self._line(until=self._clock.monotonic())) is not None:
            self.unasked.append(line)
            if self._clock.monotonic() >= until:
                return

    def drop(self) -> None:
        """What is half said is no answer to what comes next."""
        self._held.clear()
        until = self._clock.monotonic() + _LISTEN_SECONDS
        while self._read() and self._clock.monotonic() < until:
            self._held.clear()
        self._held.clear()

    def _answer(self, command: str, *, until: float) -> list[bytes]:
        found: list[bytes] = []
        while True:
            line = self._line(until=until)
            if line is None or self._clock.monotonic() > until:
                name = command.partition("=")[0]
                reason = f"{name}: the modem does not answer"
                raise NotTaken(reason)
            if line == b"OK":
                return found
            if (error := _ERROR.match(line)) is not None:
                raise Refused(command.partition("=")[0], (error[1] or b"ERROR").decode("ascii", "replace"))
            if line.startswith(_UNASKED) and not line.startswith(_own(command)):
                self.unasked.append(line)
            elif line != command.encode("ascii") and len(found) < _ANSWER_LINES:
                # The echo of a modem that was just reset is no answer.
                found.append(line)

    def _prompt(self, command: str, *, until: float) -> None:
        while True:
            start = bytes(self._held).lstrip(b"\r\n")
            if start.startswith(b">"):
                self._held.clear()
                return
            line = self._line(until=until, is_prompt=True)
            if line is None and bytes(self._held).lstrip(b"\r\n").startswith(b">"):
                continue
            if line is None or self._clock.monotonic() > until:
                raise NotTaken("the modem gives no prompt")
            if (error := _ERROR.match(line)) is not None:
                raise Refused(command.partition("=")[0], (error[1] or b"ERROR").decode("ascii", "replace"))
            if line.startswith(_UNASKED):
                self.unasked.append(line)

    def _line(self, *, until: float, is_prompt: bool = False) -> bytes | None:
        """One line without its end; None when time is up, or when what stands there is a prompt."""
        while True:
            end = self._held.find(b"\n")
            if end >= 0:
                line = bytes(self._held[:end]).strip(b"\r\n \0")
                del self._held[: end + 1]
                if line:
                    return line
                continue
            if is_prompt and bytes(self._held).lstrip(b"\r\n").startswith(b">"):
                return None
            if len(self._held) > _LINE_BYTES:
                del self._held[:-_LINE_BYTES]
            self._read()
            if self._clock.monotonic() >= until and b"\n" not in self._held:
                return None

    def _read(self) -> bool:
        try:
            found = self._port.read(512)
        except OSError as error:
            reason = f"the modem is gone: {error.strerror or type(error).__name__}"
            raise NotTaken(reason) from error
        self._held += found
        return bool(found)

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:
            reason = f"the modem is gone: {error.strerror or type(error).__name__}"
            raise NotTaken(reason) from error


def _own(command: str) -> bytes:
    """`+CREG:` is the answer of `AT+CREG?`."""
    return command.removeprefix("AT").rstrip("?").partition("=")[0].encode("ascii") + b":"
