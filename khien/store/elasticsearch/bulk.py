"""Our own bulk sender: HTTP 200 proves nothing, so each item's answer decides for that item alone.

The table is the reliability design's, section 6. The client's helpers give up on items answered 429 and take 409 for a failure.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from khien.store.elasticsearch.gateway import FORBIDDEN, NOT_FOUND, OK, UNAUTHORIZED, Answer, Gateway, NoAnswer
from khien.store.result import Outcome, RejectReason

#: Waits between tries: 1 → 60 s, full jitter.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
#: Of one request; 2,000 × 700 B was the fastest measured, Elasticsearch itself refuses above 100 MB.
REQUEST_ITEMS, REQUEST_BYTES = 2_000, 5 << 20
_CREATED, _BAD_REQUEST, _CONFLICT, _TOO_LARGE = 201, 400, 409, 413


@dataclass(frozen=True, slots=True)
class BulkItem:
    """The action line and the document line, both without newline."""

    item_id: str
    index: str
    action: bytes
    document: bytes

    @property
    def size(self) -> int:
        """Bytes in the request."""
        return len(self.action) + len(self.document) + 2


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of an item; `reason` and `detail` only when rejected."""

    outcome: Outcome
    reason: RejectReason | None = None
    detail: str = ""


class Patience(Protocol):
    """Says how long a sender tries: `wait(seconds)` pauses and answers whether to go on."""

    def wait(self, seconds: float) -> bool:
        """Pause; False means give up."""


class Trouble(StrEnum):
    """Why a sender waits, for alarms."""

    SILENT = "silent"
    OVERLOADED = "overloaded"
    BLOCKED = "blocked"
    TEMPLATE_MISSING = "template_missing"


@dataclass(slots=True)
class SenderState:
    """What alarms and metrics read."""

    retries: int = 0
    restored: int = 0
    trouble: Trouble | None = None
    detail: str = ""


@dataclass(slots=True)
class _Round:
    """One request's items sorted by what is to be done with them."""

    decided: dict[int, ItemResult] = field(default_factory=dict)
    again: list[int] = field(default_factory=list)
    missing_indices: set[str] = field(default_factory=set)
    trouble: Trouble | None = None
    detail: str = ""
    must_halve: bool = False


class BulkSender:
    """Sends items until each one is decided, or patience ends (KhienError `store.unavailable`; sending again is safe)."""

    def __init__(
        self, gateway: Gateway, *, query: str, restore: Callable[[set[str]], None], jitter: random.Random | None = None
    ) -> None:
        self._gateway = gateway
        self._path = f"/_bulk?{query}&filter_path=errors,items.*.status,items.*.result,items.*.error,items.*.failure_store"
        self._restore = restore
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self.state = SenderState()

    def send(self, items: Sequence[BulkItem], *, patience: Patience) -> list[ItemResult]:
        """One result for each item, in order."""
        results: dict[int, ItemResult] = {}
        waiting = _chunks(items)
        attempt = 0
        while waiting:
            chunk = waiting.pop(0)
            tried = self._try(items, chunk)
            results |= tried.decided
            if tried.must_halve:
                middle = len(chunk) // 2
                waiting[:0] = [chunk[:middle], chunk[middle:]]
                continue
            self._note(tried)
            if not tried.again:
                attempt = 0
                continue
            waiting.insert(0, tried.again)
            self.state.retries += 1
            if not patience.wait(self._wait_seconds(attempt)):
                raise self._gateway.unavailable(tried.detail)
            attempt += 1
        return [results[index] for index in range(len(items))]

    def _try(self, items: Sequence[BulkItem], chunk: list[int]) -> _Round:
        body = b"".join(b"%b\n%b\n" % (items[index].action, items[index].document) for index in chunk)
        try:
            answer = self._gateway.request("POST", self._path, body=body, is_ndjson=True)
        except NoAnswer as error:
            return _Round(again=chunk, trouble=Trouble.SILENT, detail=str(error))
        tried = self._each(answer, items, chunk) if answer.status == OK else self._whole(answer, items, chunk)
        if tried.missing_indices:
            self._restore(tried.missing_indices)
            self.state.restored += 1
        return tried

    def _whole(self, answer: Answer, items: Sequence[BulkItem], chunk: list[int]) -> _Round:
        """The request as a whole was refused."""
        if answer.status in {_TOO_LARGE, _BAD_REQUEST}:
            if len(chunk) > 1:
                return _Round(must_halve=True)
            reason = RejectReason.TOO_LARGE if answer.status == _TOO_LARGE else RejectReason.MAPPING
            return _Round(decided={chunk[0]: ItemResult(Outcome.REJECTED, reason, answer.reason)})
        if answer.status == NOT_FOUND:
            indices = {items[index].index for index in chunk}
            return _Round(again=chunk, missing_indices=indices, trouble=Trouble.TEMPLATE_MISSING, detail=answer.reason)
        if answer.status in {UNAUTHORIZED, FORBIDDEN} and not answer.is_cluster_block:
            raise self._gateway.refused(answer)
        trouble = Trouble.BLOCKED if answer.is_cluster_block else Trouble.OVERLOADED
        return _Round(again=chunk, trouble=trouble, detail=answer.reason)

    def _each(self, answer: Answer, items: Sequence[BulkItem], chunk: list[int]) -> _Round:
        """The request was taken: every item has an answer of its own."""
        answers = _item_answers(answer.body, expected=len(chunk))
        if answers is None:
            return _Round(again=chunk, trouble=Trouble.SILENT, detail="a malformed answer to a bulk request")
        tried = _Round()
        for index, one in zip(chunk, answers, strict=True):
            self._item(tried, one, index=index, target=items[index].index)
        return tried

    def _item(self, tried: _Round, one: Answer, *, index: int, target: str) -> None:
        decided = _decide(one)
        if decided is not None:
            tried.decided[index] = decided
            return
        if one.status in {UNAUTHORIZED, FORBIDDEN} and not one.is_cluster_block:
            raise self._gateway.refused(one)
        tried.again.append(index)
        tried.detail = one.reason
        if one.status == NOT_FOUND:
            tried.missing_indices.add(target)
            tried.trouble = Trouble.TEMPLATE_MISSING
        else:
            tried.trouble = Trouble.BLOCKED if one.is_cluster_block else Trouble.OVERLOADED

    def _note(self, tried: _Round) -> None:
        self.state.trouble, self.state.detail = tried.trouble, tried.detail

    def _wait_seconds(self, attempt: int) -> float:
        longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempt, 10))
        return self._jitter.uniform(0.0, longest)


def _decide(one: Answer) -> ItemResult | None:
    """The final result of an item's answer, or None when it must be sent again (or stops everything)."""
    if one.status in {OK, _CREATED}:
        if one.body.get("failure_store") == "used":
            return ItemResult(Outcome.REJECTED, RejectReason.MAPPING, "it went to the failure store, not to the index")
        return ItemResult(Outcome.UPDATED if one.body.get("result") == "updated" else Outcome.STORED)
    if one.status == _CONFLICT:
        return ItemResult(Outcome.DUPLICATE)
    if one.status == _BAD_REQUEST:
        return ItemResult(Outcome.REJECTED, RejectReason.MAPPING, one.reason)
    if one.status == _TOO_LARGE:
        return ItemResult(Outcome.REJECTED, RejectReason.TOO_LARGE, one.reason)
    return None


def _item_answers(body: Mapping[str, Any], *, expected: int) -> list[Answer] | None:
    """The answers in order, or None when they are not what was asked for."""
    listed = body.get("items")
    if not isinstance(listed, list) or len(listed) != expected:
        return None
    found: list[Answer] = []
    for entry in listed:
        inner = next(iter(entry.values()), None) if isinstance(entry, dict) else None
        status = inner.get("status") if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or not isinstance(status, int):
            return None
        found.append(Answer(status, inner))
    return found


def _chunks(items: Sequence[BulkItem]) -> list[list[int]]:
    """Index numbers, cut so that no request is too large."""
    chunks: list[list[int]] = []
    size = 0
    for index, item in enumerate(items):
        if not chunks or len(chunks[-1]) >= REQUEST_ITEMS or size + item.size > REQUEST_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(index)
        size += item.size
    return chunks
