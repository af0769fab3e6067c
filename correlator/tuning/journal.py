"""The journal of tuning: every change a line, each holding the hash of the one before (RFC 8785 JSON, SHA-256).

It is data and audit in one file, so that nothing is in force that the audit does not show. What was changed by hand breaks the
chain: from there on nothing counts, and rules alert as if it were not there. Trouble makes more alerts, never fewer.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import orjson
import rfc8785

from correlator.tuning.entry import Entry
from khien.clock import Clock, format_utc
from khien.errors import KhienError

_FIRST = "0" * 64


class Action(StrEnum):
    """What can be done to an entry."""

    ADD = "add"
    RENEW = "renew"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One line: who did what to which entry, and when."""

    seq: int
    at: str
    actor: str
    action: Action
    entry: Entry
    hash: str


@dataclass(frozen=True, slots=True)
class State:
    """What the journal says. `fault`: the line that cannot be trusted, and why; `head`: the hash of the last good line."""

    entries: dict[str, Entry]
    changes: tuple[Change, ...]
    head: str
    fault: str | None = None

    def active(self, now_us: int) -> list[Entry]:
        """The entries in force, by id."""
        return [entry for _, entry in sorted(self.entries.items()) if entry.is_active(now_us)]


class Journal:
    """The file; reading never changes it, writing holds a lock."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self.path = path
        self._clock = clock

    def read(self) -> State:
        """The state, as far as the chain holds."""
        try:
            return _state(self.path.read_bytes())
        except FileNotFoundError:
            return State({}, (), _FIRST)

    def append(self, action: Action, entry: Entry, *, actor: str) -> Entry:
        """Write one change durably; an entry without an id gets the next one. Raises `tuning.journal_broken`."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked() as file:
            state = _state(file.read())
            if state.fault is not None:
                raise KhienError("tuning.journal_broken", path=str(self.path), reason=state.fault)
            if not entry.id:
                number = sum(change.action is Action.ADD for change in state.changes) + 1
                entry = replace(entry, id=f"T{number:04d}")
            body = {
                "seq": len(state.changes) + 1,
                "at": format_utc(self._clock.now_us()),
                "actor": actor,
                "action": action.value,
                "entry": entry.as_json(),
                "previous": state.head,
            }
            file.write(orjson.dumps({**body, "hash": _hash(body)}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return entry

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _state(raw: bytes) -> State:
    entries: dict[str, Entry] = {}
    changes: list[Change] = []
    head = _FIRST
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line and number == len(lines):
            break
        change, following = _change(line, head=head, seq=len(changes) + 1)
        if change is None:
            return State(entries={}, changes=tuple(changes), head=head, fault=f"line {number}: {following}")
        head = following
        changes.append(change)
        if change.action is Action.REMOVE:
            entries.pop(change.entry.id, None)
        else:
            entries[change.entry.id] = change.entry
    return State(entries, tuple(changes), head)


def _change(line: bytes, *, head: str, seq: int) -> tuple[Change | None, str]:
    """The change and its hash, or None and what is wrong."""
    try:
        document: dict[str, Any] = orjson.loads(line)
        stated = document.pop("hash")
        entry = Entry.from_json(document["entry"])
        change = Change(document["seq"], document["at"], document["actor"], Action(document["action"]), entry, stated)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, "is not a line of the journal"
    if document.get("previous") != head or document["seq"] != seq:
        return None, "does not follow the line before"
    if stated != _hash(document):
        return None, "was changed after it was written"
    return change, stated


def _hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()
