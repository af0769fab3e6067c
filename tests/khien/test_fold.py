"""The folding table: Unicode's simple case folding, derived again from Python's own tables."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from khien_engine import detect

from khien.fold import fold, normal

#: The table's Unicode version; Python 3.11 has the same.
UNICODE = "14.0.0"


def derive() -> dict[int, int]:
    """Statuses C and S: the full folding where it is one character, else the one-character lower case (ẞ → ß)."""
    table: dict[int, int] = {}
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        folded = character.casefold()
        simple = folded if len(folded) == 1 else character.lower()
        if len(simple) == 1 and simple != character:
            table[code] = ord(simple)
    return table


@pytest.mark.skipif(unicodedata.unidata_version != UNICODE, reason=f"this Python has not Unicode {UNICODE}, so it cannot judge")
def test_the_table_is_simple_case_folding() -> None:
    assert dict(detect.case_folding()) == derive()


@pytest.mark.parametrize(
    ("text", "folded"),
    # From CaseFolding.txt: 1E9E S 00DF; 03C2 C 03C3; 0130 has no C or S; 1F88 S 1F80; 0110 C 0111; 13A0 stays; AB70 C 13A0.
    [("ẞ", "ß"), ("ß", "ß"), ("Σς", "σσ"), ("İ", "İ"), ("ᾈ", "ᾀ"), ("Đường", "đường"), ("Ꭰꭰ", "ᎠᎠ"), ("ﬁ", "ﬁ")],
)
def test_one_character_stays_one(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_composed_and_decomposed_vietnamese_are_the_same_text() -> None:
    assert normal(unicodedata.normalize("NFD", "TIẾNG VIỆT")) == "tiếng việt"
