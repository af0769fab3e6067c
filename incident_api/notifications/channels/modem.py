"""SMS by a GSM modem on this machine: the way out when there is no Internet, and the answers that come back.

PDU mode for parts and UCS-2; text mode for modems that know nothing else, where parts are numbered messages. A PIN that was refused
is not tried again: three times lock the card.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast

import serial
from pydantic import Field

from incident_api.notifications.channels import gsm
from incident_api.notifications.channels.at import Line, Port, Refused
from incident_api.notifications.channels.channel import Channel, ChannelSettings, Inbound, Message, NotTaken, Taken, read_secret
from incident_api.notifications.numbers import normal
from incident_api.organisation.parts import ChannelKind
from khien.clock import Clock

_READ_SECONDS = 0.1
_SHORT, _SEND = 5.0, 25.0
_LIST_SECONDS = 10.0
#: The network's answers that another attempt does not change (TS 24.011, annex E-2): unassigned number, barred, unknown subscriber.
_FINAL = frozenset({"1", "8", "10", "21", "28", "30", "96"})
_LISTED = re.compile(rb"^\+CMGL: ?(\d{1,5}),(.*)$")
_LOOK_SECONDS = 30.0


class ModemSettings(ChannelSettings):
    """A modem. `accents: keep` sends Vietnamese letters, 70 to a message instead of 160."""

    type: Literal["modem"]
    device: Annotated[str, Field(pattern=r"^/dev/[A-Za-z0-9._/-]+$", max_length=200)]
    baud: Annotated[int, Field(ge=1200, le=4_000_000)] = 115_200
    mode: Literal["pdu", "text"] = "pdu"
    accents: Literal["drop", "keep"] = "drop"
    parts: Annotated[int, Field(ge=1, le=4)] = 3
    pin_file: str | None = None
    #: Whether answers are read from the card; they are deleted from it once they are stored here.
    answers: bool = True

    @property
    def serves(self) -> tuple[ChannelKind, ...]:
        """Telephone numbers."""
        return ("sms",)

    def check(self, home: Path) -> None:
        """The PIN, when there is one."""
        if self.pin_file is not None:
            read_secret(home, self.pin_file)

    def open(self, *, home: Path, domain: str, clock: Clock) -> Channel:
        """The channel; the line is opened with the first message."""
        _unused = domain
        return Modem(self, home=home, clock=clock, opening=lambda: _serial(self))


@dataclass(slots=True)
class _Look:
    """When the card was looked at last."""

    at: float = -1e9


class Modem:
    """One line, opened again after anything went wrong on it."""

    def __init__(self, settings: ModemSettings, *, home: Path, clock: Clock, opening: Callable[[], Port]) -> None:
        self._settings = settings
        self._home = home
        self._clock = clock
        self._opening = opening
        self._port: Port | None = None
        self._line: Line | None = None
        self._refused_pin: str | None = None
        self._reference = 0
        self._look = _Look()

    def send(self, message: Message, *, address: str) -> Taken:
        """One message in as many parts as the settings allow."""
        number = normal(address)
        if number is None:
            raise NotTaken("not a telephone number", is_final=True)
        text = gsm.without_accents(message.short) if self._settings.accents == "drop" else message.short
        try:
            reference = self._send(number, text)
        except Refused as refused:
            raise NotTaken(refused.reason, is_final=refused.code in _FINAL) from refused
        except NotTaken:
            # Silence or half an answer: whatever comes later on this line belongs to nobody.
            self.close()
            raise
        return Taken(reference=reference)

    def received(self) -> list[Inbound]:
        """Answers on the card; at once when the modem rang for one, else each half minute."""
        if not self._settings.answers:
            return []
        try:
            line = self._ready()
            line.listen()
            has_rung = any(said.startswith(b"+CMTI:") for said in line.unasked)
            line.unasked.clear()
            if not has_rung and self._clock.monotonic() - self._look.at < _LOOK_SECONDS:
                return []
            found = self._listed(line)
        except NotTaken:
            self.close()
            raise
        self._look.at = self._clock.monotonic()
        return found

    def forget(self, inbound: Inbound) -> None:
        """Delete an answer that is stored here."""
        self._ready().ask(f"AT+CMGD={int(inbound.place)}", seconds=_SHORT)

    def close(self) -> None:
        """Let go of the line."""
        port, self._port, self._line = self._port, None, None
        if port is not None:
            port.close()

    def _send(self, number: str, text: str) -> str:
        line = self._ready()
        if self._settings.mode == "text":
            return self._send_text(line, number, text)
        cut = gsm.cut(text, most=self._settings.parts)
        count = len(cut.texts)
        self._reference = (self._reference + 1) & 0xFF
        said: list[bytes] = []
        for place, part in enumerate(cut.texts, 1):
            of = (self._reference, place, count) if count > 1 else None
            pdu, length = gsm.submit(number, part, gsm=cut.is_gsm, part=of)
            said = line.ask_with_text(f"AT+CMGS={length}", pdu.encode("ascii"), seconds=_SEND)
        return _reference_in(said)

    def _send_text(self, line: Line, number: str, text: str) -> str:
        """Text mode has no parts: each is a message that says which of how many it is."""
        cut = gsm.cut(text, most=self._settings.parts)
        texts = cut.texts
        if len(texts) > 1:
            room = (gsm.GSM_ALONE if cut.is_gsm else gsm.UCS2_ALONE) - 4
            texts = _numbered(text, room=room, is_gsm=cut.is_gsm, most=self._settings.parts)
        line.ask(f"AT+CSMP=17,167,0,{0 if cut.is_gsm else 8}", seconds=_SHORT)
        said: list[bytes] = []
        for part in texts:
            said = line.ask_with_text(f'AT+CMGS="{_hex(number)}"', _hex(part).encode("ascii"), seconds=_SEND)
        return _reference_in(said)

    def _ready(self) -> Line:
        if self._line is not None:
            return self._line
        try:
            self._port = self._opening()
        except (OSError, ValueError) as error:
            reason = f"the modem cannot be opened: {error}"
            raise NotTaken(reason) from error
        line = Line(self._port, clock=self._clock)
        try:
            line.drop()
            _twice(line, "AT")
            line.ask("ATE0", seconds=_SHORT)
            line.ask("AT+CMEE=1", seconds=_SHORT)
            self._unlock(line)
            line.ask(f"AT+CMGF={0 if self._settings.mode == 'pdu' else 1}", seconds=_SHORT)
            if self._settings.mode == "text":
                line.ask('AT+CSCS="UCS2"', seconds=_SHORT)
            if self._settings.answers:
                line.ask("AT+CNMI=2,1,0,0,0", seconds=_SHORT)
        except NotTaken:
            self.close()
            raise
        self._line = line
        return line

    def _unlock(self, line: Line) -> None:
        said = b" ".join(line.ask("AT+CPIN?", seconds=_SHORT))
        if b"READY" in said:
            return
        if b"SIM PIN" not in said or self._settings.pin_file is None:
            state = said.decode("ascii", "replace")
            reason = f"the card is locked: {state}"
            raise NotTaken(reason)
        pin = read_secret(self._home, self._settings.pin_file)
        if not pin.isascii() or not pin.isdigit() or pin == self._refused_pin:
            raise NotTaken("the PIN in the file was refused and is not tried again")
        try:
            line.ask(f'AT+CPIN="{pin}"', seconds=_SHORT)
        except Refused:
            self._refused_pin = pin
            raise

    def _listed(self, line: Line) -> list[Inbound]:
        command = "AT+CMGL=4" if self._settings.mode == "pdu" else 'AT+CMGL="ALL"'
        answer = line.ask(command, seconds=_LIST_SECONDS)
        found: list[Inbound] = []
        for head, body in zip(answer, [*answer[1:], b""], strict=True):
            listed = _LISTED.match(head)
            if listed is None:
                continue
            place = listed[1].decode("ascii")
            inbound = _pdu(place, body) if self._settings.mode == "pdu" else _text(place, listed[2], body)
            # What cannot be read is passed on as nothing, so that it is deleted and does not fill the card.
            found.append(inbound or Inbound(place=place, number="", text="", sent_at=body[:60].decode("ascii", "replace")))
        return found


def _pdu(place: str, body: bytes) -> Inbound | None:
    try:
        read = gsm.delivered(body.decode("ascii"))
    except ValueError:
        return None
    return Inbound(place=place, number=read.number, text=read.text, sent_at=read.sent_at)


def _text(place: str, head: bytes, body: bytes) -> Inbound | None:
    try:
        fields = next(csv.reader(io.StringIO(head.decode("ascii"))))
        return Inbound(place=place, number=_unhex(fields[1]), text=_unhex(body.decode("ascii")), sent_at=fields[-1])
    except (ValueError, IndexError, StopIteration, csv.Error):
        return None


def _numbered(text: str, *, room: int, is_gsm: bool, most: int) -> tuple[str, ...]:
    """`1/3 …`: characters of two units count as two, so that no part is too long."""
    size = [gsm.units(character, is_gsm=is_gsm) for character in text]
    parts: list[str] = []
    held, used = "", 0
    for character, units in zip(text, size, strict=True):
        if used + units > room:
            parts.append(held)
            held, used = "", 0
        held, used = held + character, used + units
    parts.append(held)
    shown = parts[:most]
    if len(parts) > most:
        shown[-1] = f"{shown[-1][:-3]}..."
    return tuple(f"{place}/{len(shown)} {part}" for place, part in enumerate(shown, 1))


def _twice(line: Line, command: str) -> None:
    """The first word wakes a modem that sleeps; the second must be answered."""
    try:
        line.ask(command, seconds=1.0)
    except NotTaken:
        line.drop()
        line.ask(command, seconds=_SHORT)


def _reference_in(said: list[bytes]) -> str:
    return next((each.partition(b":")[2].strip().decode("ascii", "replace") for each in said if each.startswith(b"+CMGS:")), "")


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


def _unhex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-16-be", "replace")
    except ValueError:
        return text


def _serial(settings: ModemSettings) -> Port:
    opened = serial.Serial(settings.device, settings.baud, timeout=_READ_SECONDS, write_timeout=_SHORT, exclusive=True)
    return cast("Port", opened)
