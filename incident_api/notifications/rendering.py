"""A notice as text: the template filled with values that do nothing in the medium they land in.

Values come from alerts, and so from attackers. Control, direction and other invisible characters become visible escapes, a value is
one line and bounded, and an address in it is no link. Values are never read as a template.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from jinja2 import Template, TemplateError

from incident_api.notifications import templates
from khien.errors import KhienError, visible

_LONGEST = 500


@cache
def _template(name: str, language: str) -> Template:
    templates.needed(name)
    return templates.sandbox().from_string((templates.FOLDER / f"{name}.{language}.txt").read_text(encoding="utf-8"))


def clean(text: str) -> str:
    """One line of visible characters, at most 500."""
    flat = " ".join("".join(" " if each.isspace() else each for each in unicodedata.normalize("NFC", text)).split())
    return _bounded(visible(flat))


def harmless(text: str) -> str:
    """The same for people's mail programs and telephones: nothing in it becomes a link."""
    return clean(text).replace("://", "[:]//")


def block(name: str, language: str, part: str, values: Mapping[str, str], *, city: str) -> str:
    """One part of a template. Raises `notice.bad_template` when it cannot be filled."""
    template = _template(name, language)
    ready = {key: harmless(value) for key, value in templates.in_language(values, language).items()}
    try:
        context = template.new_context({**ready, "city": harmless(city)})
        text = "".join(template.blocks[part](context))
    except (TemplateError, KeyError) as error:
        raise KhienError("notice.bad_template", template=name, reason=str(error)) from error
    return text.strip() if part == "text" else " ".join(text.split())


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
