"""Copies of checkpoints where whoever rewrites the store cannot reach: a folder of another owner, and Elasticsearch.

A copy is written once and never replaced; a copy that says something else than the store is an alarm, not a thing to mend.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

from incident_api.audit.checkpoints import Checkpoint, parsed
from khien.errors import KhienError
from khien.store.elasticsearch.gateway import NOT_FOUND, OK, Answer, NoAnswer

INDEX = "khien-audit-checkpoints"
_LARGEST = 16 << 10
_CREATED, _CONFLICT = 201, 409
#: Numbers are padded so that a listing is in order.
_NAME = "checkpoint-{number:09}.json"


class Requests(Protocol):
    """What is needed of Elasticsearch (`khien.store.elasticsearch.gateway.Gateway`)."""

    def request(self, method: str, path: str, *, body: object = None) -> Answer:
        """Send one request."""


def copy_to_folder(folder: Path, checkpoints: Iterable[Checkpoint]) -> int:
    """Write what is not there yet; gives how many. Raises `audit.copy_differs`, `audit.copy_failed`."""
    written = 0
    for each in checkpoints:
        path = folder / _NAME.format(number=each.number)
        try:
            if not path.exists():
                _create(path, each.document)
                written += 1
            elif path.read_bytes() != each.document:
                raise KhienError("audit.copy_differs", number=each.number, place=str(path))
        except OSError as error:
            raise KhienError("audit.copy_failed", place=str(path), reason=error.strerror or str(error)) from error
    return written


def copy_to_elasticsearch(requests: Requests, checkpoints: Iterable[Checkpoint]) -> int:
    """Create what is not there yet (`_create` never replaces). Raises `audit.copy_differs`, `audit.copy_failed`."""
    written = 0
    for each in checkpoints:
        place = f"/{INDEX}/_create/{each.number}"
        try:
            answer = requests.request("PUT", place, body=each.model_dump())
            if answer.status == _CONFLICT:
                _compare(requests, each)
                continue
        except NoAnswer as error:
            raise KhienError("audit.copy_failed", place=INDEX, reason=str(error)) from error
        if answer.status not in {OK, _CREATED}:
            raise KhienError("audit.copy_failed", place=INDEX, reason=answer.reason)
        written += 1
    return written


def read_anchors(folder: Path) -> Sequence[Checkpoint]:
    """The copies in a folder. Raises `audit.unreadable` for a folder or a file that is none of ours."""
    if not folder.is_dir():
        raise KhienError("audit.unreadable", path=str(folder), reason="it does not exist")
    return [_read(path) for path in sorted(folder.glob("checkpoint-*.json"))]


def _read(path: Path) -> Checkpoint:
    with path.open("rb") as file:
        raw = file.read(_LARGEST)
    found = parsed(_document(raw))
    if found is None or found.document != raw or path.name != _NAME.format(number=found.number):
        raise KhienError("audit.unreadable", path=str(path), reason="no checkpoint as it was written")
    return found


def _document(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def _create(path: Path, content: bytes) -> None:
    """All of it or nothing, and never over what is there."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o444)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _compare(requests: Requests, checkpoint: Checkpoint) -> None:
    answer = requests.request("GET", f"/{INDEX}/_doc/{checkpoint.number}")
    if answer.status not in {OK, NOT_FOUND}:
        raise KhienError("audit.copy_failed", place=INDEX, reason=answer.reason)
    if parsed(answer.body.get("_source")) != checkpoint:
        raise KhienError("audit.copy_differs", number=checkpoint.number, place=INDEX)
