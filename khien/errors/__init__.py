"""The one family of errors: a stable code, plain parameters, a place to look and one thing to do next.

Texts live in `registry/<family>.yaml`; the command line, the HTTP body, the page's catalogue and the reference page are all
made from it, so an error is written once and speaks both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from khien.errors.reasons import VIETNAMESE

Language = Literal["vi", "en"]

#: Exit statuses by family, stable for scripts (documented in docs/reference/errors.md).
EXIT_STATUS_USAGE = 2


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One registered code.

    A refusal (an act that the rules do not allow now) reads "Not possible: <rule>" with the hint "Needed: <condition>", in the
    words of the coordination design; the registry holds rule and condition.
    `exit_status` is what the command line returns, `http_status` what the API answers; texts may name parameters in braces.
    """

    code: str
    exit_status: int
    http_status: int
    text: Mapping[str, str]
    hint: Mapping[str, str]
    refuses: bool = False


_REFUSAL = {"en": ("Not possible: ", "Needed: "), "vi": ("Không thực hiện được: ", "Cần: ")}


@cache
def registry() -> Mapping[str, ErrorText]:
    """Every registered code, read once from the YAML files beside this module."""
    found: dict[str, ErrorText] = {}
    for resource in sorted(files(__package__).joinpath("registry").iterdir(), key=lambda item: item.name):
        if not resource.name.endswith(".yaml"):
            continue
        family = yaml.safe_load(resource.read_text(encoding="utf-8")) or {}
        for code, entry in family.items():
            if code in found:
                message = f"error code `{code}` is registered twice"
                raise ValueError(message)
            found[code] = _read(code, entry)
    return found


def _read(code: str, entry: Mapping[str, str | int | bool]) -> ErrorText:
    refuses = bool(entry.get("refuses", False))
    text = {language: str(entry[language]) for language in ("en", "vi")}
    hint = {language: str(entry.get(f"hint_{language}", "")) for language in ("en", "vi")}
    if refuses:
        text = {language: _REFUSAL[language][0] + rule for language, rule in text.items()}
        hint = {language: _REFUSAL[language][1] + condition for language, condition in hint.items()}
    return ErrorText(
        code=code,
        exit_status=int(entry["exit"]),
        http_status=int(entry["http"]),
        text=text,
        hint=hint,
        refuses=refuses,
    )


class KhienError(Exception):
    """Root of every error that a person may see.

    `code` is registered; `params` are plain values, so that any language can build the sentence; `location` is where the
    person must look (`rule.yml:14:9`, `packet 1042`, `line 77`). The chained cause is for logs and is never shown.
    """

    def __init__(self, code: str, *, location: str | None = None, **params: str | float) -> None:
        if code not in registry():
            message = f"error code `{code}` is not registered"
            raise ValueError(message)
        self.code = code
        self.params: Mapping[str, str | int | float] = params
        self.location = location
        super().__init__(self.sentence())

    @property
    def entry(self) -> ErrorText:
        """The registered texts and statuses of this code."""
        return registry()[self.code]

    def sentence(self, language: Language = "en") -> str:
        """One clear sentence that names the thing, without a full stop; the place stands before it unless the sentence names it."""
        params = self.params if language == "en" else {key: VIETNAMESE.get(str(value), value) for key, value in self.params.items()}
        text = _fill(self.entry.text[language], params)
        place = _printable(self.location) if self.location else ""
        return f"{place}: {text}" if place and f"`{place}`" not in text else text

    def hint(self, language: Language = "en") -> str:
        """One thing to do next, or an empty text."""
        return _fill(self.entry.hint[language], self.params)

    def whole(self, language: Language = "en") -> str:
        """The sentence and, where there is one, what to do next, as a person reads them in one piece."""
        hint = self.hint(language)
        return f"{self.sentence(language)}. {hint}" if hint else self.sentence(language)


def _fill(template: str, params: Mapping[str, str | int | float]) -> str:
    """Fill braces with parameters; a parameter is data and is never read as a template again."""
    return template.format_map({key: _printable(value) for key, value in params.items()})


def visible(text: str) -> str:
    """Control and direction characters, and bytes of a file name that are no UTF-8, as escapes: nothing that a terminal obeys."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii") for character in text
    )


def _printable(value: str | float) -> str:
    """A parameter as text: what cannot be seen is escaped, long values are cut in the middle."""
    text = visible(str(value))
    longest = 300
    return text if len(text) <= longest else f"{text[:200]}…{text[-80:]}"
