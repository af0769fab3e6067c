"""YAML as the city writes it, read with suspicion: bounded size and depth, no aliases, no tags, no key twice, dates stay text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from khien.errors import KhienError

#: The example city's largest file has 12 kB; a megabyte is a mistake or an attack.
DOCUMENT_BYTES = 1 << 20
DOCUMENT_DEPTH = 12


class _Loader(yaml.CSafeLoader):
    """Safe YAML without timestamps, and without keys that stand twice; libyaml reads ten times as fast as Python does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as in the parent
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                msg = f"`{key.value}` stands twice, line {key.start_mark.line + 1}"
                raise yaml.YAMLError(msg)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_document(text: str) -> tuple[dict[str, Any], yaml.Node]:
    """The mapping in a text, and its tree with lines and columns. Raises `yaml.YAMLError` or `ValueError`."""
    _check_shape(text)
    loader = _Loader(text)
    node = loader.get_single_node()
    if not isinstance(node, yaml.MappingNode):
        raise yaml.YAMLError("not a mapping")
    found: dict[str, Any] = loader.construct_document(node)
    return found, node


def _check_shape(text: str) -> None:
    """Refuse aliases and depth before anything is built of the text: a tree is composed by recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth >= DOCUMENT_DEPTH:
                msg = f"nested deeper than {DOCUMENT_DEPTH}"
                raise yaml.YAMLError(msg)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_document(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises `policy.unreadable` that names the file and what is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(DOCUMENT_BYTES + 1)
    except OSError as error:
        raise KhienError("policy.unreadable", path=str(path), reason=error.strerror or "cannot be opened") from error
    return document_of(raw, name=str(path))


def document_of(raw: bytes, *, name: str) -> dict[str, Any]:
    """The mapping in these bytes. Raises `policy.unreadable` that says `name`."""
    if len(raw) > DOCUMENT_BYTES:
        raise KhienError("policy.unreadable", path=name, reason=f"larger than {DOCUMENT_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
        _check_shape(text)
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - our loader is a stricter SafeLoader
    except UnicodeDecodeError as error:
        raise KhienError("policy.unreadable", path=name, reason="not UTF-8") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise KhienError("policy.unreadable", path=name, reason=_one_line(error)) from error
    if not isinstance(found, dict):
        raise KhienError("policy.unreadable", path=name, reason="not a mapping")
    return found


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
