"""Short messages as 3GPP TS 23.040 and 23.038 write them: the GSM alphabet, UCS-2, parts, and the PDUs that a modem exchanges."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass

#: TS 23.038, section 6.2.1; the place is the code. `\x1b` leads to the second table.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_CODES = {character: (code,) for code, character in enumerate(_BASIC) if character != "\x1b"} | {
    character: (0x1B, code) for code, character in _EXTENSION.items()
}
_PLAIN = {"đ": "d", "Đ": "D", "–": "-", "—": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "·": "-", "•": "-"}
#: Units in one message and in each part of several (TS 23.040, section 9.2.3.24.1).
GSM_ALONE, GSM_PART, UCS2_ALONE, UCS2_PART = 160, 153, 70, 67
_PARTS_MOST = 255
_ESCAPE = 0x1B
#: Type of an address (section 9.1.2.5) and alphabet of a text (TS 23.038, section 4).
_KIND, _INTERNATIONAL, _NAME = 0x70, 0x10, 0x50
_ALPHABET, _BINARY, _UCS2 = 0x0C, 0x04, 0x08
_QUESTION = _CODES["?"]


@dataclass(frozen=True, slots=True)
class Parts:
    """A text cut into messages. `units`: septets, or UTF-16 units."""

    is_gsm: bool
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came in: SMS-DELIVER."""

    number: str
    text: str
    sent_at: str


def without_accents(text: str) -> str:
    """Vietnamese as telephones without its letters show it: every character is in the GSM alphabet."""
    swapped = "".join(_PLAIN.get(character, character) for character in text)
    bare = "".join(each for each in unicodedata.normalize("NFD", swapped) if not unicodedata.combining(each))
    return "".join(each if each in _CODES else "?" for each in bare)


def is_gsm(text: str) -> bool:
    """Whether the GSM alphabet holds it."""
    return all(character in _CODES for character in text)


def cut(text: str, *, most: int) -> Parts:
    """A text in at most so many messages; what does not fit ends in `...`, and the page and the mail have the rest."""
    gsm = is_gsm(text)
    alone, part = (GSM_ALONE, GSM_PART) if gsm else (UCS2_ALONE, UCS2_PART)
    if sum(units(each, is_gsm=gsm) for each in text) <= alone:
        return Parts(gsm, (text,))
    parts: list[str] = []
    held, used = "", 0
    for character in text:
        size = units(character, is_gsm=gsm)
        if used + size > part:
            parts.append(held)
            held, used = "", 0
        held, used = held + character, used + size
    parts.append(held)
    most = min(most, _PARTS_MOST)
    if len(parts) > most:
        parts = parts[:most]
        last = parts[-1]
        while sum(units(each, is_gsm=gsm) for each in last) > part - 3:
            last = last[:-1]
        parts[-1] = f"{last}..."
    return Parts(gsm, tuple(parts))


def submit(number: str, text: str, *, gsm: bool, part: tuple[int, int, int] | None = None) -> tuple[str, int]:
    """SMS-SUBMIT as hexadecimal, and its length without the service centre (TS 27.005, section 4.3).

    `part`: reference, number and count of a message in several parts.
    """
    digits = number.removeprefix("+")
    address = bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + _swapped(digits)
    header = b"" if part is None else bytes([5, 0, 3, part[0] & 0xFF, part[2], part[1]])
    if gsm:
        codes = _septets(text)
        # The header fills whole septets; one bit of fill follows six octets (section 9.2.3.24).
        fill = (-len(header) * 8) % 7
        length = (len(header) * 8 + fill) // 7 + len(codes)
        data = header + _packed(codes, fill=fill)
    else:
        data = header + text.encode("utf-16-be")
        length = len(data)
    first = 0x11 | (0x40 if header else 0)
    # Reference given by the modem, protocol 0, alphabet, validity of one day (167).
    body = bytes([first, 0]) + address + bytes([0, 0 if gsm else 8, 167, length]) + data
    return (b"\x00" + body).hex().upper(), len(body)


def delivered(pdu: str) -> Delivered:
    """SMS-DELIVER from hexadecimal. Raises ValueError when it is none."""
    raw = _Octets(bytes.fromhex(pdu))
    raw.take(raw.one())
    first = raw.one()
    if first & 0x03 != 0:
        raise ValueError("not SMS-DELIVER")
    number = _address(raw)
    raw.take(1)
    coding = raw.one()
    sent_at = raw.take(7).hex()
    length = raw.one()
    return Delivered(number, _text(raw, length=length, coding=coding, has_header=bool(first & 0x40)), sent_at)


def report_pdu(number: str, text: str, *, at: dt.datetime) -> str:
    """SMS-DELIVER as a network would send it: for tests and for a look at what a modem said."""
    digits = number.removeprefix("+")
    gsm = is_gsm(text)
    codes = _septets(text) if gsm else []
    data = _packed(codes, fill=0) if gsm else text.encode("utf-16-be")
    stamp = _swapped(at.strftime("%y%m%d%H%M%S") + "82")
    address = bytes([len(digits), 0x91]) + _swapped(digits)
    body = bytes([4]) + address + bytes([0, 0 if gsm else 8]) + stamp + bytes([len(codes) if gsm else len(data)]) + data
    return (b"\x00" + body).hex().upper()


def _address(raw: _Octets) -> str:
    digits = raw.one()
    kind = raw.one()
    octets = raw.take((digits + 1) // 2)
    if kind & _KIND == _NAME:
        # A name instead of a number: never somebody who may answer.
        return "".join(_characters(_unpacked(octets, count=digits * 4 // 7, fill=0)))
    text = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in octets)[:digits]
    return f"+{text}" if kind & _KIND == _INTERNATIONAL else text


def _text(raw: _Octets, *, length: int, coding: int, has_header: bool) -> str:
    data = raw.rest()
    skipped = (data[0] + 1) if has_header and data else 0
    if coding & _ALPHABET == _UCS2:
        return data[skipped:length].decode("utf-16-be", "replace")
    if coding & _ALPHABET == _BINARY:
        return ""
    fill = (-skipped * 8) % 7
    count = length - (skipped * 8 + fill) // 7
    return "".join(_characters(_unpacked(data[skipped:], count=max(count, 0), fill=fill)))


def _septets(text: str) -> list[int]:
    return [code for character in text for code in _CODES.get(character, _QUESTION)]


def _packed(codes: list[int], *, fill: int) -> bytes:
    bits = 0
    for place, code in enumerate(codes):
        bits |= code << (place * 7 + fill)
    return bits.to_bytes((len(codes) * 7 + fill + 7) // 8, "little")


def _unpacked(data: bytes, *, count: int, fill: int) -> list[int]:
    bits = int.from_bytes(data, "little") >> fill
    return [(bits >> (place * 7)) & 0x7F for place in range(min(count, len(data) * 8 // 7))]


def _characters(codes: list[int]) -> list[str]:
    found: list[str] = []
    is_escaped = False
    for code in codes:
        if code == _ESCAPE:
            is_escaped = True
            continue
        found.append(_EXTENSION.get(code, " ") if is_escaped else _BASIC[code])
        is_escaped = False
    return found


def _swapped(digits: str) -> bytes:
    even = digits if len(digits) % 2 == 0 else f"{digits}f"
    return bytes(int(even[place + 1] + even[place], 16) for place in range(0, len(even), 2))


def units(character: str, *, is_gsm: bool) -> int:
    """How much room a character takes: septets, or UTF-16 units."""
    return len(_CODES[character]) if is_gsm else len(character.encode("utf-16-be")) // 2


class _Octets:
    """Octets taken from the front; what is missing is a ValueError."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._place = 0

    def take(self, count: int) -> bytes:
        found = self._raw[self._place : self._place + count]
        if len(found) != count:
            raise ValueError("the PDU ends too early")
        self._place += count
        return found

    def one(self) -> int:
        return self.take(1)[0]

    def rest(self) -> bytes:
        return self._raw[self._place :]
