"""The `khien` block of a rule: what Sigma has no key for (docs/reference/rule.md). An unknown key in it is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.plan import EntityField, Fire
from khien.alert import EntityKind, EntityRole

_KEYS = frozenset(
    {
        "title_vi",
        "description_vi",
        "triage",
        "false_positives_vi",
        "group",
        "entities",
        "skills",
        "filter",
        "enabled",
        "expect",
        "fire",
    }
)
_MOST_ITEMS = 32
#: Groups that one absence rule may name.
_MOST_EXPECTED = 10_000
_LONGEST_EXPECTED = 500
#: Keys that only a correlation may have.
_OF_CORRELATIONS = ("expect", "fire")

Expected: TypeAlias = Mapping[str, str] | str


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
    expect: tuple[Expected, ...] | None = None
    fire: Fire | None = None


def read_block(document: Document) -> KhienBlock:
    """The block of a document; the defaults when it has none. Raises `RejectedDocumentError` (`attribute-unknown`)."""
    block = document.content.get("khien", {})
    if not isinstance(block, dict):
        raise _error(document, "the block is not a map")
    if "regex" in block:
        # Each of SigmaHQ's patterns runs in linear time. A worker with a time limit would answer the others late or never, and an
        # alert that depends on how busy the machine is would come and go with the load: such a rule is refused.
        detail = "`regex: worker` is not offered: no expression runs that is not linear-time"
        raise RejectedDocumentError(Reason.FEATURE_UNSUPPORTED, detail, location=document.at("khien", "regex"))
    for key in block:
        if key not in _KEYS:
            raise _error(document, f"unknown key `{key}`", key)
    misplaced = next((key for key in _OF_CORRELATIONS if key in block and "correlation" not in document.content), None)
    if misplaced is not None:
        raise _error(document, f"`{misplaced}` is for correlations", misplaced)
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
        expect=_expect(document, block),
        fire=_fire(document, block),
    )


def _fire(document: Document, block: dict[str, Any]) -> Fire | None:
    fire = block.get("fire")
    if fire is None or fire in set(Fire):
        return None if fire is None else Fire(fire)
    raise _error(document, f"`fire` is one of {', '.join(Fire)}", "fire")


def _expect(document: Document, block: dict[str, Any]) -> tuple[Expected, ...] | None:
    """A list of values, or of maps from group-by field to value; `true` stands for the one group of a rule without group-by."""
    entries = block.get("expect")
    if entries is None:
        return None
    if entries is True:
        return ({},)
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST_EXPECTED:
        raise _error(document, f"`expect` is `true`, or a list of at most {_MOST_EXPECTED} groups", "expect")
    found: list[Expected] = []
    for number, entry in enumerate(entries):
        values = entry.values() if isinstance(entry, dict) else [entry]
        if not all(_is_expected(value) for value in values):
            raise _error(document, "a group is a text or a number, or a map from group-by field to one", "expect", number)
        found.append({str(name): str(value) for name, value in entry.items()} if isinstance(entry, dict) else str(entry))
    return tuple(found)


def _is_expected(value: object) -> bool:
    is_scalar = isinstance(value, str | int) and not isinstance(value, bool)
    return is_scalar and 0 < len(str(value)) <= _LONGEST_EXPECTED


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
