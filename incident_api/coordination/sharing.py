"""What may leave, and to whom: one function, default deny, that lists what it withheld and masked and why.

TLP 2.0 (FIRST, 2022) for who may read it. Masked values become pseudonyms, HMAC-SHA-256 under a key per recipient, so that one
recipient can follow a person through a report and two recipients cannot compare theirs. Design: coordination, section 8.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import model_validator

from incident_api.coordination.organisation import Identifier, Part, Text, Tlp
from khien.errors import KhienError

#: From open to closed.
TLP_ORDER: tuple[str, ...] = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
Mask = Literal["citizen_id", "phone", "mailbox", "internal_name"]

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
#: Linear patterns over text of ours. A citizen id has 12 digits, the older card 9;
#: a telephone number in Vietnam begins with 0 or +84.
_PATTERNS: dict[str, re.Pattern[str]] = {
    "citizen_id": re.compile(r"(?<![\w.])(?:\d{12}|[1-9]\d{8})(?![\w.]*\d)"),
    "phone": re.compile(r"(?<![\w.])(?:\+84|0)[ .]?\d{2,3}[ .]?\d{3}[ .]?\d{3,4}(?!\d)"),
    "mailbox": re.compile(r"[\w.+-]{1,64}(?=@[\w-]+(?:\.[\w-]+)+)"),
}


class Recipient(Part):
    """What a kind of recipient may see."""

    tlp: Tlp
    masks: tuple[Mask, ...]
    text: Text


class SharingRules(Part):
    """The file `sharing.yaml`."""

    basis: str
    recipients: dict[Identifier, Recipient]
    crime_pap: Literal["RED", "AMBER", "GREEN", "CLEAR"]
    masked: str

    @model_validator(mode="after")
    def _a_mask_says_what_it_hides(self) -> Self:
        if "{pseudonym}" not in self.masked or "{kind}" not in self.masked:
            raise ValueError("`masked` needs {kind} and {pseudonym}")
        return self


@dataclass(frozen=True, slots=True)
class Item:
    """A note, a fact or a file name with its marking."""

    id: str
    tlp: str
    text: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """An item that did not leave."""

    id: str
    tlp: str
    ceiling: str


@dataclass(frozen=True, slots=True)
class Masked:
    """Values of one kind that were replaced in an item."""

    id: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What leaves, and the whole list of what does not."""

    items: tuple[Item, ...]
    withheld: tuple[Withheld, ...]
    masked: tuple[Masked, ...]


def share(
    rules: SharingRules, items: Iterable[Item], *, recipient: str, key: bytes, internal_names: tuple[str, ...] = ()
) -> Shared:
    """Items for a kind of recipient. Raises `sharing.unknown_recipient`: who is not named gets nothing."""
    known = rules.recipients.get(recipient)
    if known is None:
        raise KhienError("sharing.unknown_recipient", recipient=recipient)
    leaving: list[Item] = []
    withheld: list[Withheld] = []
    masked: list[Masked] = []
    for item in items:
        # A marking that is not one of TLP's is not below any ceiling.
        if item.tlp not in TLP_ORDER or TLP_ORDER.index(item.tlp) > TLP_ORDER.index(known.tlp):
            withheld.append(Withheld(item.id, item.tlp, known.tlp))
            continue
        text = item.text
        for kind in known.masks:
            text, count = _mask(rules, kind, text, key=key, internal_names=internal_names)
            if count:
                masked.append(Masked(item.id, kind, count))
        leaving.append(Item(item.id, item.tlp, text))
    return Shared(tuple(leaving), tuple(withheld), tuple(masked))


def pseudonym(kind: str, value: str, *, key: bytes) -> str:
    """The same ten letters for the same value and recipient; no digits, which the next mask could take for a telephone number."""
    return hmac.new(key, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()[:10].translate(_LETTERS)


def _mask(rules: SharingRules, kind: str, text: str, *, key: bytes, internal_names: tuple[str, ...]) -> tuple[str, int]:
    def hide(found: re.Match[str]) -> str:
        return rules.masked.format(kind=kind, pseudonym=pseudonym(kind, found.group(), key=key))

    if kind != "internal_name":
        return _PATTERNS[kind].subn(hide, text)
    if not internal_names:
        return text, 0
    # Longest first, so that `web-01` does not eat the start of `web-01.internal`.
    names = "|".join(re.escape(name) for name in sorted(internal_names, key=len, reverse=True))
    return re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])", re.IGNORECASE).subn(hide, text)
