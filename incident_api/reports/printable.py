"""What of a hostile text may stand in a document: what is read is what is there.

No control characters, which XML 1.0 (section 2.2) forbids, and nothing that turns the direction of writing around.
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
#: A line of a report; a fact is written by a person or is an identifier.
_LONGEST = 8_000


def printable(text: str) -> str:
    """The text with every such character shown as its number, and at most as long as anybody reads, with what was cut counted."""
    clean = _FORBIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]} … (+{len(clean) - _LONGEST})"
