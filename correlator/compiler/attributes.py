"""The `khien` block of a rule: what Sigma has no key for (docs/reference/rule.md). An unknown key in it is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.plan import EntityField
from khien.alert import EntityKind, EntityRole

_KEYS = frozenset(
    {"title_vi", "description_vi", "triage", "false_positives_vi", "group", "entities", "skills", "filter", "enabled"}
)
_MOST_ITEMS = 32


@dataclass(frozen=True, slots=True)
class KhienBlock:
    """The block, read and checked."""

    title_vi: str | None = None
    description_vi: str | None = None
    triage_en: tuple[str, ...] = ()
    triage_vi: tuple[str, ...] = ()
    false_positives_vi: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    entities: tuple[EntityField, ...] = ()
    skills: tuple[str, ...] = ()
    is_narrowing_filter: bool = False
    is_enabled: bool = True


def read_block(document: Document) -> KhienBlock:
    """The block of a document; the defaults when it has none. Raises `RejectedDocumentError` (`attribute-unknown`)."""
    block = document.content.get("khien", {})
    if not isinstance(block, dict):
        raise _error(document, "the block is not a map")
    for key in block:
        if key not in _KEYS:
            raise _error(document, f"unknown key `{key}`", key)
    triage = block.get("triage", {})
    if not isinstance(triage, dict) or set(triage) - {"en", "vi"}:
        raise _error(document, "`triage` has the lists `en` and `vi`", "triage")
    narrowing = block.get("filter")
    if narrowing not in {None, "narrow"}:
        raise _error(document, "`filter` can only be `narrow`", "filter")
    enabled = block.get("enabled", True)
    if not isinstance(enabled, bool):
        raise _error(document, "`enabled` is true or false", "enabled")
    return KhienBlock(
        title_vi=_text(document, block, "title_vi"),
        description_vi=_text(document, block, "description_vi"),
        triage_en=_texts(document, triage, "en", "triage"),
        triage_vi=_texts(document, triage, "vi", "triage"),
        false_positives_vi=_texts(document, block, "false_positives_vi"),
        group=_texts(document, block, "group"),
        entities=_entities(document, block.get("entities", [])),
        skills=_texts(document, block, "skills"),
        is_narrowing_filter=narrowing == "narrow",
        is_enabled=enabled,
    )


def _text(document: Document, block: dict[str, Any], key: str) -> str | None:
    value = block.get(key)
    if value is None or (isinstance(value, str) and value.strip()):
        return value.strip() if value else None
    raise _error(document, f"`{key}` is a text", key)


def _texts(document: Document, block: dict[str, Any], key: str, *above: str) -> tuple[str, ...]:
    values = block.get(key, [])
    if (
        isinstance(values, list)
        and len(values) <= _MOST_ITEMS
        and all(isinstance(value, str) and value.strip() for value in values)
    ):
        return tuple(value.strip() for value in values)
    raise _error(document, f"`{key}` is a list of at most {_MOST_ITEMS} texts", *above, key)


def _entities(document: Document, entries: object) -> tuple[EntityField, ...]:
    if not isinstance(entries, list) or len(entries) > _MOST_ITEMS:
        raise _error(document, "`entities` is a list of {field, kind, role}", "entities")
    found = []
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict) or set(entry) != {"field", "kind", "role"} or not isinstance(entry["field"], str):
            raise _error(document, "an entity has a field, a kind and a role", "entities", number)
        try:
            found.append(EntityField(entry["field"], EntityKind(entry["kind"]), EntityRole(entry["role"])))
        except ValueError as error:
            raise _error(document, str(error), "entities", number) from error
    return tuple(found)


def _error(document: Document, detail: str, *keys: str | int) -> RejectedDocumentError:
    return RejectedDocumentError(Reason.ATTRIBUTE_UNKNOWN, detail, location=document.at("khien", *keys))
