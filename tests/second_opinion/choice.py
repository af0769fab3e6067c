"""A choice of captures that is the same every time and spread over folders and kinds of traffic."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

from khien_engine.packet import probe_capture

_FIRST_WORD = re.compile(r"[a-zA-Z]+")
_ANSWERS = frozenset({".out", ".test", ".yaml", ".yml", ".log", ".py", ".md", ".rules", ".txt", ".cut", ".sh", ".json", ".lua"})


def choose(root: Path, count: int) -> list[Path]:
    """`count` captures below `root`: the folders in turn, and within a folder the first words of the names in turn."""
    by_folder: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for path in root.rglob("*"):
        if path.suffix not in _ANSWERS and path.is_file():
            inside = path.relative_to(root).parts
            name = inside[1] if len(inside) > 1 else inside[0]
            word = _FIRST_WORD.search(name)
            by_folder[inside[0]][word.group().lower() if word else ""].append(path)
    turns = _in_turn(
        _in_turn(_shuffled(root, paths) for _, paths in sorted(words.items())) for _, words in sorted(by_folder.items())
    )
    chosen: list[Path] = []
    for path in turns:
        if len(chosen) == count:
            break
        if probe_capture(str(path)) is not None:
            chosen.append(path)
    return chosen


def _shuffled(root: Path, paths: Iterable[Path]) -> list[Path]:
    """An order that depends on the names alone."""
    return sorted(paths, key=lambda path: hashlib.sha256(path.relative_to(root).as_posix().encode()).digest())


def _in_turn(lists: Iterable[Iterable[Path]]) -> Iterator[Path]:
    return (path for path in chain.from_iterable(zip_longest(*lists)) if path is not None)
