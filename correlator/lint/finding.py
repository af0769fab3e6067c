"""One thing that a lint found. The sentence is in the catalogue under `lint.<code>`, so that it speaks both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A warning: where (`file:line`), which (`code`), in which rule, and the word that it is about."""

    location: str
    code: str
    title: str
    detail: str = ""
