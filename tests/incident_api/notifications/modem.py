"""A GSM modem behind a pty that answers like one: echo, prompts, errors, slow answers, and lines that nobody asked for."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager


class FakeModem:
    """What it is told to do stands in attributes; what it was told stands in `commands` and `sent`."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        tty.setraw(self.master)
        self.device = os.ttyname(self._slave)
        self.commands: list[str] = []
        self.sent: list[tuple[str, str]] = []
        self.on_send: list[bytes] = []
        self.noise = b""
        self.pin: str | None = None
        self.pins_tried: list[str] = []
        self.card: dict[int, tuple[str, ...]] = {}
        self.is_silent = False
        self._echo = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def say(self, line: bytes) -> None:
        os.write(self.master, b"\r\n" + line + b"\r\n")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self.master)
        os.close(self._slave)

    def _serve(self) -> None:
        held = bytearray()
        waiting: str | None = None
        while not self._stop.is_set():
            if not select.select([self.master], [], [], 0.02)[0]:
                continue
            held += os.read(self.master, 4096)
            while True:
                end = next((place for place, byte in enumerate(held) if byte in (b"\r\x1a\x1b" if waiting else b"\r")), -1)
                if end < 0:
                    break
                word, mark = bytes(held[:end]), held[end]
                del held[: end + 1]
                if self.is_silent:
                    continue
                if waiting is not None:
                    self._text(waiting, word, mark)
                    waiting = None
                    continue
                waiting = self._command(word.decode("ascii").strip("\x1a\x1b"))

    def _command(self, command: str) -> str | None:
        if not command:
            return None
        self.commands.append(command)
        if self._echo:
            os.write(self.master, command.encode() + b"\r")
        if self.noise:
            os.write(self.master, self.noise)
        if command.startswith("AT+CMGS="):
            os.write(self.master, b"\r\n> ")
            return command
        if command == "ATE0":
            self._echo = False
        if command.startswith("AT+CPIN") and not self._is_pin_fine(command):
            self.say(b"+CME ERROR: 16")
            return None
        if command.startswith("AT+CMGL="):
            for place, lines in sorted(self.card.items()):
                self.say(f"+CMGL: {place},{lines[0]}".encode())
                os.write(self.master, lines[1].encode() + b"\r\n")
        if command.startswith("AT+CMGD="):
            self.card.pop(int(command.partition("=")[2]), None)
        self.say(b"OK")
        return None

    def _is_pin_fine(self, command: str) -> bool:
        if command == "AT+CPIN?":
            self.say(b"+CPIN: READY" if self.pin is None else b"+CPIN: SIM PIN")
            return True
        tried = command.partition('"')[2].rstrip('"')
        self.pins_tried.append(tried)
        if tried != self.pin:
            return False
        self.pin = None
        return True

    def _text(self, command: str, text: bytes, mark: int) -> None:
        if mark != 0x1A:
            self.say(b"OK")
            return
        answer = self.on_send.pop(0) if self.on_send else b""
        if answer == b"silence":
            return
        if answer:
            self.say(answer)
            return
        self.sent.append((command.partition("=")[2], text.decode("ascii")))
        if self.noise:
            os.write(self.master, self.noise)
        self.say(b"+CMGS: %d" % len(self.sent))
        self.say(b"OK")


@contextmanager
def fake_modem() -> Iterator[FakeModem]:
    modem = FakeModem()
    modem.start()
    try:
        yield modem
    finally:
        modem.stop()
