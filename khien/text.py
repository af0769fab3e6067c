"""How text is compared by people: without case, without marks, without `đ`; and how names of files become text.

One function for every index and every query, so that `su co` finds `sự cố` and `da nang` finds `Đà Nẵng` in each store.
"""

from __future__ import annotations

import re
import unicodedata

#: Longest word that is indexed; both stores cut here, so a long token is found the same way (Lucene's own bound is 255).
LONGEST_WORD = 128

_WORD = re.compile(r"[^\W_]+")
#: Marks are dropped by category; these letters carry their stroke inside and have no decomposition.
_STROKES = str.maketrans({"đ": "d", "Đ": "d"})


def fold(text: str) -> str:
    """Lower case, NFD without nonspacing marks, `đ` as `d`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if unicodedata.category(character) != "Mn").translate(_STROKES)


def words(text: str) -> list[str]:
    """The folded words of a text in order: runs of letters and digits, each cut at `LONGEST_WORD`."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def shown_path(path: str) -> str:
    """A path as text that every output can hold: bytes of its name that are no UTF-8 are written as hexadecimal escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def normalise(text: str) -> str:
    """NFC, the form in which text is stored."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
