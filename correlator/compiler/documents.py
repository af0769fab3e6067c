"""Rule files as hardened YAML: size, depth, nodes, aliases and doubled keys are judged before anything is built.

A file is hostile until it is read: `detection` design, section 3. Sigma's `action: global | reset | repeat` is resolved here.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from correlator.compiler.rejection import Reason, RejectedDocumentError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

LARGEST_BYTES = 2 << 20  # the largest file of SigmaHQ has 295 KB
DEEPEST = 32
#: Far above what an event can hold, far below what Python refuses to read.
_LONGEST_NUMBER = 400
#: SigmaHQ's largest file has about 9,000 nodes; a million keys stop here in well under 100 ms.
MOST_NODES = 50_000


_TAG = re.compile(r"could not determine a constructor for the tag '(.*)'", re.DOTALL)


class _Mark(Protocol):
    """Where something stands, of either of PyYAML's readers; both count from 0."""

    line: int
    column: int


Lines = Mapping[tuple[str | int, ...], int]


@dataclass(frozen=True, slots=True)
class Document:
    """One rule document: its content and where each of its keys stands."""

    path: str
    line: int
    content: dict[str, Any]
    lines: Lines = field(repr=False)
    #: The folder that it was handed in with: rules of one pack know of each other.
    pack: str = ""

    @property
    def location(self) -> str:
        """`file:line` of the document's beginning."""
        return f"{self.path}:{self.line}"

    @property
    def title(self) -> str:
        """The title, as far as there is one."""
        title = self.content.get("title")
        return title if isinstance(title, str) else "?"

    def at(self, *keys: str | int) -> str:
        """`file:line` of a key, or of the nearest key above it that is known."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.lines:
                return f"{self.path}:{self.lines[keys[:end]]}"
        return self.location


def read_documents(path: Path, *, shown_as: str | None = None) -> list[Document]:
    """All rule documents of a file. Raises `RejectedDocumentError` (`yaml`) when the file as a whole cannot be trusted."""
    name = shown_as or str(path)
    return decode_documents(read_bytes(path, shown_as=name), shown_as=name)


def read_bytes(path: Path, *, shown_as: str) -> bytes:
    """A rule file as it is. Raises `RejectedDocumentError` (`yaml`) when it is too large or cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise RejectedDocumentError(Reason.YAML, _one_line(error), location=shown_as) from error
    if len(data) > LARGEST_BYTES:
        raise RejectedDocumentError(Reason.YAML, f"more than {LARGEST_BYTES >> 20} MiB", location=shown_as)
    return data


def decode_documents(data: bytes, *, shown_as: str) -> list[Document]:
    """The documents of a file's bytes. Raises as `read_documents`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RejectedDocumentError(Reason.YAML, "not UTF-8", location=f"{shown_as}:{line}") from error
    return parse_documents(text, shown_as=shown_as)


def parse_documents(text: str, *, shown_as: str) -> list[Document]:
    """The same for text that is already in memory."""
    _check_events(text, shown_as)
    return list(_with_actions(_build(text, shown_as)))


def _check_events(text: str, name: str) -> None:
    depth = nodes = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                raise RejectedDocumentError(Reason.YAML, "aliases are not used in rules", location=_place(name, event.start_mark))
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            nodes += 1
            if depth > DEEPEST or nodes > MOST_NODES:
                limit = f"deeper than {DEEPEST}" if depth > DEEPEST else f"more than {MOST_NODES} nodes"
                raise RejectedDocumentError(Reason.YAML, limit, location=_place(name, event.start_mark))
    except yaml.reader.ReaderError as error:
        character = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise RejectedDocumentError(Reason.YAML, f"the control character U+{character:04X}", location=f"{name}:{line}") from error
    except yaml.YAMLError as error:
        raise _yaml_error(error, name) from error


def _build(text: str, name: str) -> Iterator[Document]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None or (isinstance(node, yaml.ScalarNode) and node.value == ""):
                continue  # an empty document after a trailing `---`
            lines: dict[tuple[str | int, ...], int] = {}
            _index(node, (), lines, name, loader)
            content = loader.construct_document(node)
            line = node.start_mark.line + 1
            if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
                raise RejectedDocumentError(Reason.YAML, "a rule document is a map with text keys", location=f"{name}:{line}")
            yield Document(path=name, line=line, content=content, lines=lines)
    except (yaml.YAMLError, ValueError, TypeError) as error:  # a bad timestamp or an unhashable key is a ValueError or TypeError
        if isinstance(error, RejectedDocumentError):
            raise
        raise _yaml_error(error, name) from error
    finally:
        loader.dispose()


def _index(node: yaml.Node, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], name: str, loader: Any) -> None:
    """Note where each key stands, and refuse a key given twice (YAML 1.2, section 3.2.1.3): the first would be lost silently."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            text = str(key.value)
            if text in seen:
                raise RejectedDocumentError(Reason.YAML, f"`{text}` is given twice", location=_place(name, key.start_mark))
            seen.add(text)
            lines[(*path, text)] = key.start_mark.line + 1
            _index(value, (*path, text), lines, name, loader)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*path, number)] = value.start_mark.line + 1
            _index(value, (*path, number), lines, name, loader)
    elif isinstance(node, yaml.ScalarNode):
        detail = _fault_of_scalar(node, loader)
        if detail is not None:
            raise RejectedDocumentError(Reason.YAML, detail, location=_place(name, node.start_mark))


def _fault_of_scalar(node: yaml.ScalarNode, loader: Any) -> str | None:
    """What YAML 1.1 makes of a value without quotes that nobody means, or cannot make at all."""
    kind = str(node.tag).rpartition(":")[2]
    if kind in {"int", "float"} and ":" in node.value:
        return f"`{node.value}` is a number to the base of 60 in YAML: put it in quotes"
    if kind == "int" and len(node.value) > _LONGEST_NUMBER:
        return f"a number of more than {_LONGEST_NUMBER} digits"
    if kind == "timestamp":
        try:
            loader.construct_yaml_timestamp(node)
        except (ValueError, OverflowError):
            return f"`{node.value}` looks like a date and is none: put it in quotes"
    return None


def _with_actions(documents: Iterator[Document]) -> Iterator[Document]:
    template: dict[str, Any] = {}
    previous: dict[str, Any] = {}
    for document in documents:
        content = document.content
        action = content.pop("action", None)
        if action == "global":
            template = content
        elif action == "reset":
            template = {}
        elif action is None or action == "repeat":
            # Global parts belong to detection rules only: a correlation and a filter stand for themselves.
            is_detection = "correlation" not in content and "filter" not in content
            base = previous if action == "repeat" else (template if is_detection else {})
            merged = _merge(copy.deepcopy(base), content)
            if is_detection:
                previous = merged
            yield Document(path=document.path, line=document.line, content=merged, lines=document.lines)
        else:
            raise RejectedDocumentError(Reason.SCHEMA, f"unknown action `{action}`", location=document.at("action"))


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in over.items():
        known = base.get(key)
        base[key] = _merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return base


def _yaml_error(error: Exception, name: str) -> RejectedDocumentError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    tag = _TAG.fullmatch(problem or "")
    if tag is not None:
        problem = f"the tag `{tag[1]}` is not used in rules"
    return RejectedDocumentError(Reason.YAML, problem or _one_line(error), location=_place(name, mark))


def _place(name: str, mark: _Mark | None) -> str:
    if mark is None:
        return name
    return f"{name}:{mark.line + 1}:{mark.column + 1}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
