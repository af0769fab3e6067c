"""A line as a store sees it: stamped by ingest, decoded once, so that it can be indexed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeGuard

import orjson

from khien.clock import parse_utc
from khien.delivery import LINE_BYTES
from khien.ids import Dataset
from khien.schema import load_schema
from khien.store.result import Rejection, RejectReason
from khien.text import words

#: Stands between the words of two fields, so that no phrase spans them. A private-use character: no text folds to it.
FIELD_BREAK = " \ue000 "


@dataclass(frozen=True, slots=True)
class StampedLine:
    """The parts of a line that every store needs. `line` has no newline; `ingested_us` is None where ingest wrote none."""

    line: bytes
    event_id: str
    time_us: int
    ingested_us: int | None
    dataset: Dataset
    event: Mapping[str, object]

    def text(self, *path: str) -> str | None:
        """The text at a path, if there is one."""
        value: object = self.event
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) else None

    def searched_words(self) -> str:
        """The folded words of all searched fields in the line's order; a field whose words stand in an earlier one adds nothing."""
        parts: list[str] = []
        for text in _texts(self.event, _searched_tree()):
            part = " ".join(words(text))
            if part and not any(f" {part} " in f" {known} " for known in parts):
                parts.append(part)
        return FIELD_BREAK.join(parts)


def split_lines(lines: bytes) -> list[bytes]:
    """The lines of a body; a missing last newline is forgiven, an empty line stays an item (and is rejected)."""
    items = lines.split(b"\n")
    if not items[-1]:
        items.pop()
    return items


def parse_stamped(line: bytes, *, index: int) -> StampedLine | Rejection:
    """The line, or why no store takes it."""
    if len(line) + 1 > LINE_BYTES:
        return Rejection(index, None, RejectReason.TOO_LARGE, f"{len(line) + 1} bytes; at most {LINE_BYTES}")
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Rejection(index, None, RejectReason.PARSE_LINE, str(error))
    if not isinstance(event, dict):
        return Rejection(index, None, RejectReason.PARSE_LINE, "not an object")
    own, khien = event.get("event"), event.get("khien")
    event_id = own.get("id") if isinstance(own, dict) else None
    if not isinstance(own, dict) or not isinstance(khien, dict) or not _is_text(event_id):
        return Rejection(index, None, RejectReason.LINE_FRAME, "`event.id` or `khien` is missing")
    try:
        return StampedLine(
            line=line,
            event_id=event_id,
            time_us=parse_utc(str(event.get("@timestamp"))),
            ingested_us=_ingested(str(own["ingested"])) if "ingested" in own else None,
            dataset=Dataset.parse(str(khien.get("dataset"))),
            event=event,
        )
    except ValueError as error:
        return Rejection(index, event_id, RejectReason.LINE_FRAME, str(error))


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= 512  # noqa: PLR2004 - Elasticsearch's longest `_id`


#: Names to follow, None where the texts are.
_Tree = dict[str, "_Tree | None"]


@cache
def _searched_tree() -> _Tree:
    root: _Tree = {}
    for field in load_schema().searched:
        node = root
        for name in field.path[:-1]:
            below = node.setdefault(name, {})
            if below is None:
                message = f"{field.name} lies inside another searched field"
                raise ValueError(message)
            node = below
        node[field.path[-1]] = None
    return root


def _texts(value: object, tree: _Tree | None) -> Iterator[str]:
    """Texts of a value that the tree names. The event's few members are walked, not the tree's many."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if tree is not None and name in tree:
                yield from _texts(inner, tree[name])
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element, tree)
    elif tree is None and isinstance(value, str):
        yield value


@lru_cache(maxsize=16)
def _ingested(text: str) -> int:
    """The lines of one batch were taken in at the same moment, or nearly."""
    return parse_utc(text)
