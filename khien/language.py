"""Words for people: one catalogue, Vietnamese and English, for the command line and the servers.

`catalogue/<part>.yaml` maps a key to both languages; a key without one of them, unused or unknown fails a test. The page has its
own catalogue (web/), rule titles live in the rules.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def from_environment(environment: Mapping[str, str] | None = None) -> Language:
    """`KHIEN_LANGUAGE`, else the locale's language when it is one of ours, else Vietnamese (the first user's)."""
    variables = os.environ if environment is None else environment
    for name in ("KHIEN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = variables.get(name, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return "en" if variables.get("LANG", "").upper().startswith("C") else "vi"


@cache
def catalogue() -> Mapping[str, Mapping[Language, str]]:
    """Every sentence, by key."""
    found: dict[str, Mapping[Language, str]] = {}
    for resource in sorted(files("khien").joinpath("catalogue").iterdir(), key=lambda item: item.name):
        if resource.name.endswith(".yaml"):
            found.update(yaml.safe_load(resource.read_text(encoding="utf-8")))
    return found


def say(key: str, language: Language, **values: str | float) -> str:
    """The sentence of a key with its values; numbers are grouped as the language does."""
    template = catalogue()[key][language]
    return template.format_map({name: _written(value, language) for name, value in values.items()})


def _written(value: str | float, language: Language) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "vi" else grouped
