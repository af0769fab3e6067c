"""The texts of notices: one file a template and language, each with a subject, a text and a short form for SMS.

Jinja2 in its sandbox; values are plain text that `rendering` makes harmless for the medium.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from khien.errors import KhienError

FOLDER = Path(__file__).with_name("templates")
LANGUAGES = ("vi", "en")
BLOCKS = ("subject", "text", "short")
#: What the renderer itself gives every template.
GIVEN = frozenset({"city", "link", "tlp", "code"})


@cache
def names() -> tuple[str, ...]:
    """Every template, by name."""
    return tuple(sorted(path.name.removesuffix(".vi.txt") for path in FOLDER.glob("*.vi.txt")))


@cache
def needed(name: str) -> frozenset[str]:
    """The values that a template asks for in either language."""
    if name not in names():
        raise KhienError("notice.unknown_template", template=name, known=" ".join(names()))
    environment = sandbox()
    found: set[str] = set()
    for language in LANGUAGES:
        source = (FOLDER / f"{name}.{language}.txt").read_text(encoding="utf-8")
        try:
            found |= meta.find_undeclared_variables(environment.parse(source))
        except TemplateError as error:
            raise KhienError("notice.bad_template", template=name, reason=str(error)) from error
    return frozenset(found - GIVEN)


def check(name: str, values: Mapping[str, str]) -> None:
    """Raise `notice.unknown_template` or `notice.values_missing`: found when a notice is put, not when it is due."""
    missing = [each for each in sorted(needed(name)) if each not in values and not _is_given_twice(each, values)]
    if missing:
        raise KhienError("notice.values_missing", template=name, missing=" ".join(missing))


def in_language(values: Mapping[str, str], language: str) -> dict[str, str]:
    """The values as one language has them."""
    suffix = f"_{language}"
    plain = {name: value for name, value in values.items() if not name.endswith(tuple(f"_{each}" for each in LANGUAGES))}
    return plain | {name.removesuffix(suffix): value for name, value in values.items() if name.endswith(suffix)}


def sandbox() -> ImmutableSandboxedEnvironment:
    """Jinja2 that reaches nothing: no attributes of ours, no loops without end, no value that is not there."""
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False, trim_blocks=True)


def _is_given_twice(name: str, values: Mapping[str, str]) -> bool:
    return all(f"{name}_{language}" in values for language in LANGUAGES)
