"""Telephone numbers as E.164 writes them; a number of the country may begin with 0."""

from __future__ import annotations

import re

_COUNTRY = "84"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def normal(number: str) -> str | None:
    """`0912 345 678` and `84912345678` as `+84912345678`; None when it is no telephone number."""
    bare = re.sub(r"[ .()-]", "", number)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    elif bare.startswith("0"):
        bare = f"+{_COUNTRY}{bare[1:]}"
    elif not bare.startswith("+"):
        bare = f"+{bare}"
    return bare if _E164.fullmatch(bare) else None
