"""Folded text: NFC, then simple Unicode case folding, one character to one, so that `?` keeps its meaning.

Python's `casefold` (ß → ss) and `lower` (final sigma) are both something else. The table is the engine's own
(engine/detect/src/case_folding.txt), so rules, correlation groups and reference cannot drift apart.
"""

from __future__ import annotations

import unicodedata

from khien_engine import detect

_TABLE = dict(detect.case_folding())


def fold(text: str) -> str:
    """Fold case only; lengths in characters stay."""
    return text.lower() if text.isascii() else text.translate(_TABLE)


def normal(text: str) -> str:
    """NFC and folded: what uncased comparison and group keys use."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).translate(_TABLE)
