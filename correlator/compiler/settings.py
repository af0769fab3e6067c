"""What a site adds to its rules: values of placeholders, the time zone of each pack, pipelines of its own.

`site.yml` in a folder of rules: `placeholders: {name: [values]}` for all rules, `time_zone: Asia/Ho_Chi_Minh` for the rules of that
folder, `pipelines: [file]` in pySigma's format, applied before our names are put in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import yaml
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline

from correlator.compiler.documents import parse_documents, read_documents
from correlator.compiler.rejection import RejectedDocumentError
from khien.errors import KhienError

FILE = "site.yml"
#: Summer time is known this far; before and after, the first and the last offset hold.
_FROM, _UNTIL = datetime(1990, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
_MOST_VALUES = 10_000
#: The parts of a pySigma pipeline that change rules.
_OF_PIPELINES = frozenset({"name", "priority", "vars", "transformations"})

Offsets = tuple[tuple[int, int], ...]
_UTC: Offsets = ((0, 0),)


@dataclass(frozen=True, slots=True)
class Settings:
    """What rules mean besides what they say."""

    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: By pack: the folder as it was handed in.
    offsets: Mapping[str, Offsets] = field(default_factory=dict)
    #: pySigma pipelines as JSON, by name.
    pipelines: Mapping[str, str] = field(default_factory=dict)

    def of_pack(self, pack: str) -> Offsets:
        """The offsets of a pack's time zone; UTC unless it says otherwise."""
        return self.offsets.get(pack, _UTC)

    def digest(self, pack: str) -> bytes:
        """What a compiled rule of this pack depends on."""
        tree = [sorted((name, list(values)) for name, values in self.placeholders.items()), self.of_pack(pack)]
        return hashlib.sha256(orjson.dumps([*tree, sorted(self.pipelines.items())])).digest()


def read_settings(folders: Sequence[Path]) -> Settings:
    """The `site.yml` of each folder, together. Raises `rule.site_invalid`."""
    placeholders: dict[str, tuple[str, ...]] = {}
    offsets: dict[str, Offsets] = {}
    pipelines: dict[str, str] = {}
    for folder in folders:
        path = folder / FILE
        if not path.is_file():
            continue
        content = _content(path)
        for name, values in _table(path, content, "placeholders").items():
            placeholders[str(name)] = placeholders.get(str(name), ()) + _values(path, str(name), values)
        zone = content.get("time_zone")
        if zone is not None:
            offsets[str(folder)] = _offsets(path, str(zone))
        for name in content.get("pipelines") or ():
            pipelines[str(name)] = _pipeline(path, str(name))
    return Settings(placeholders=placeholders, offsets=offsets, pipelines=pipelines)


@lru_cache(maxsize=64)
def offsets_of(zone: str) -> Offsets:
    """When which offset begins, from 1990 to 2060. Raises `ZoneInfoNotFoundError` and `ValueError`."""
    info = ZoneInfo(zone)
    found: list[tuple[int, int]] = []
    moment = _FROM
    while moment < _UNTIL:
        east = _east(info, moment)
        if not found:
            found.append((0, east))
        elif found[-1][1] != east:
            found.append((int(_change(info, moment - timedelta(days=1), moment).timestamp()), east))
        moment += timedelta(days=1)
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changed, between two moments."""
    was = _east(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _east(zone, middle) == was else (before, middle)
    return after


def _east(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _offsets(path: Path, zone: str) -> Offsets:
    try:
        return offsets_of(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise KhienError("rule.site_invalid", location=str(path), detail=f"`{zone}` is no time zone") from error


def _content(path: Path) -> dict[str, Any]:
    try:
        documents = parse_documents(path.read_text(encoding="utf-8"), shown_as=str(path))
    except (RejectedDocumentError, OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KhienError("rule.site_invalid", location=str(path), detail=" ".join(str(error).split())) from error
    content = documents[0].content if documents else {}
    unknown = set(content) - {"placeholders", "time_zone", "pipelines"}
    if unknown or len(documents) > 1:
        detail = f"unknown key `{min(unknown)}`" if unknown else "more than one document"
        raise KhienError("rule.site_invalid", location=str(path), detail=detail)
    return content


def _table(path: Path, content: Mapping[str, Any], key: str) -> Mapping[Any, Any]:
    table = content.get(key) or {}
    if not isinstance(table, dict):
        raise KhienError("rule.site_invalid", location=str(path), detail=f"`{key}` is not a map")
    return table


def _values(path: Path, name: str, values: object) -> tuple[str, ...]:
    listed = values if isinstance(values, list) else [values]
    if not listed or len(listed) > _MOST_VALUES or not all(isinstance(one, str | int) and one != "" for one in listed):
        raise KhienError("rule.site_invalid", location=str(path), detail=f"`{name}` is a list of at most {_MOST_VALUES} texts")
    return tuple(str(one) for one in listed)


def _pipeline(path: Path, name: str) -> str:
    """Its text, in one form. What pySigma would do to queries, and what loads Python code for it, has no place here."""
    try:
        documents = read_documents(path.parent / name)
        content = documents[0].content if len(documents) == 1 else {}
        unknown = set(content) - _OF_PIPELINES
        ProcessingPipeline.from_dict({key: value for key, value in content.items() if key in _OF_PIPELINES})
    except (RejectedDocumentError, SigmaError, ValueError, TypeError, AttributeError, KeyError) as error:
        detail = f"the pipeline `{name}`: {' '.join(str(error).split())}"
        raise KhienError("rule.site_invalid", location=str(path), detail=detail) from error
    if not content or unknown:
        detail = f"`{min(unknown)}` has no meaning for rules" if unknown else "not one document"
        raise KhienError("rule.site_invalid", location=str(path), detail=f"the pipeline `{name}`: {detail}")
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
