"""Whether each attribute of a document is of its kind (Sigma specification 2.1, Rules), and what readers of it may trust.

The compiler asks before it compiles; the lints are handed nothing that did not pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from correlator.compiler.attributes import KhienBlock, read_block
from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError

_TEXTS = ("title", "name", "status", "description", "author", "license", "level", "taxonomy")
_LISTS = ("references", "tags", "fields", "falsepositives", "scope")
#: The blocks that have selections.
_BLOCKS = ("detection", "filter")


@dataclass(frozen=True, slots=True)
class Written:
    """A document whose attributes are of their kinds. `selections`: the whole `detection` block, empty where there is none."""

    document: Document
    level: str
    false_positives: tuple[str, ...]
    selections: Mapping[str, object]
    conditions: tuple[str, ...]
    block: KhienBlock


def read_written(document: Document) -> Written:
    """The typed view. Raises `RejectedDocumentError` where the compiler does."""
    check_shape(document)
    content = document.content
    detection: dict[str, object] = content.get("detection") or {}
    return Written(
        document=document,
        level=(content.get("level") or "").lower(),
        false_positives=tuple(content.get("falsepositives") or ()),
        selections=detection,
        conditions=tuple(conditions_of(detection)),
        block=read_block(document),
    )


def check_shape(document: Document) -> None:
    """Raises `RejectedDocumentError` at the first attribute of the wrong kind; one without a value counts as not given."""
    for key in _TEXTS:
        value = document.content.get(key)
        if value is not None and not isinstance(value, str):
            detail = f"`{key}` is a text, not {type(value).__name__}"
            raise RejectedDocumentError(Reason.SCHEMA, detail, location=document.at(key))
    for key in _LISTS:
        value = document.content.get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise RejectedDocumentError(Reason.SCHEMA, f"`{key}` is a list of texts", location=document.at(key))
    for key in _BLOCKS:
        if key in document.content:
            _check_block(document, key, document.content[key])


def _check_block(document: Document, key: str, block: object) -> None:
    if not isinstance(block, dict):
        raise RejectedDocumentError(Reason.SCHEMA, f"`{key}` is not a map", location=document.at(key))
    for name in block:
        if not isinstance(name, str):
            shown = _as_written(document, key)
            detail = f"`{shown or name}` is {type(name).__name__} in YAML, not a text: put it in quotes"
            raise RejectedDocumentError(Reason.SCHEMA, detail, location=document.at(key, shown))
    for condition in conditions_of(block):
        if condition is None:
            detail = "the condition is empty"
        elif not isinstance(condition, str):
            detail = f"`{condition}` is {type(condition).__name__} in YAML, not a text: put it in quotes"
        else:
            continue
        raise RejectedDocumentError(Reason.CONDITION_INVALID, detail, location=document.at(key, "condition"))


def _as_written(document: Document, key: str) -> str:
    """The name that YAML made something else of: it stands in the file under this block, and the block does not know it."""
    block = document.content[key]
    names = (str(place[1]) for place in document.lines if len(place) == 2 and place[0] == key)  # noqa: PLR2004 - block and name
    return next((name for name in names if name not in block), "")


def conditions_of(block: Mapping[str, Any]) -> list[Any]:
    """Each condition of a block: texts, once `check_shape` has seen it."""
    written = block.get("condition", [])
    return written if isinstance(written, list) else [written]
