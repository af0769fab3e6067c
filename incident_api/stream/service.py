"""The live stream: a bounded log in the store, followed by every open page.

`seq` is given in the transaction of the change, under the same lock as the audit chain, so the order of numbers is the order of
commits and a reader that saw n has seen everything up to n.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from incident_api.database import ChainHead, chain_head, put_off
from incident_api.runtime import Runtime
from incident_api.stream.models import StreamRow
from incident_api.stream.schemas import StreamEvent

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

HEAD = "stream"
HEARTBEAT_SECONDS = 15.0
#: Rows read at once; a page that was away longer reads on in the next round.
_ROWS = 500


def first_head() -> ChainHead:
    """The head of an empty log."""
    return ChainHead(name=HEAD, seq=0, hash="")


def append(
    session: Session,
    *,
    kind: str,
    object_id: str,
    version: int,
    at_us: int,
    units: Iterable[str] = (),
    person: str | None = None,
    keep: int,
) -> int:
    """Say that something changed; the oldest rows beyond `keep` go."""
    head = chain_head(session, HEAD)
    head.seq += 1
    row = {"kind": kind, "object_id": object_id, "version": version, "units": sorted(units), "person": person, "at_us": at_us}
    put_off(session, StreamRow, seq=head.seq, **row)
    if head.seq % 100 == 0:
        # Of rows long written: what this transaction has put off need not be there.
        session.connection().execute(delete(StreamRow).where(StreamRow.seq <= head.seq - keep))
    return head.seq


def last_seq(session: Session) -> int:
    """The newest number."""
    return session.get_one(ChainHead, HEAD).seq


async def follow(runtime: Runtime, *, caller: Caller, is_over: Callable[[], bool], last: str | None) -> AsyncIterator[bytes]:
    """Server-sent events until the client goes or the session ends; `is_over` is asked again and again, busy or not."""
    wake = runtime.bus.join()
    try:
        seq, gap = await anyio.to_thread.run_sync(_start, runtime, last)
        if gap:
            yield _frame(StreamEvent(seq=seq, kind="resync", id="", version=0))
        else:
            yield b": ready\n\n"
        asked = anyio.current_time()
        while not runtime.bus.is_closed:
            wake.clear()
            # A session that ended, or a person who was disabled, must not keep listening.
            if anyio.current_time() - asked >= HEARTBEAT_SECONDS:
                if await anyio.to_thread.run_sync(is_over):
                    return
                asked = anyio.current_time()
            rows = await anyio.to_thread.run_sync(_after, runtime, seq)
            for row in rows:
                seq = row.seq
                if _is_visible(row, caller):
                    yield _frame(_event(row))
            if len(rows) == _ROWS:
                continue
            try:
                await asyncio.wait_for(wake.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                if await anyio.to_thread.run_sync(is_over):
                    return
                asked = anyio.current_time()
                yield _frame(StreamEvent(seq=seq, kind="heartbeat", id="", version=0))
    finally:
        runtime.bus.leave(wake)


def _start(runtime: Runtime, last: str | None) -> tuple[int, bool]:
    """Where to begin, and whether the log no longer reaches back to what the page saw."""
    with runtime.database.read() as session:
        newest = last_seq(session)
        oldest = session.scalar(select(func.min(StreamRow.seq)))
    if last is None or not last.isascii() or not last.isdigit():
        return newest, False
    seen = int(last)
    if seen > newest or (oldest is not None and seen < oldest - 1):
        return newest, True
    return seen, False


def _after(runtime: Runtime, seq: int) -> Sequence[StreamRow]:
    with runtime.database.read() as session:
        return session.scalars(select(StreamRow).where(StreamRow.seq > seq).order_by(StreamRow.seq).limit(_ROWS)).all()


def _is_visible(row: StreamRow, caller: Caller) -> bool:
    if row.person is not None and row.person != caller.person.id:
        return False
    units = caller.visible_units
    return units is None or bool(set(units) & set(row.units))


def _event(row: StreamRow) -> StreamEvent:
    return StreamEvent.model_validate({"seq": row.seq, "kind": row.kind, "id": row.object_id, "version": row.version})


def _frame(event: StreamEvent) -> bytes:
    """One event as WHATWG HTML, section 9.2.6, writes it; a heartbeat moves no `Last-Event-ID` beyond what was sent."""
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n".encode()
