"""A retried request with the same key gets the first answer, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from incident_api.alerts.models import IdempotentAnswer
from incident_api.http.schemas import Answer
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

KEEP_US = 24 * 3600 * MICROSECONDS
_Answer = TypeVar("_Answer", bound=Answer)


def once(
    runtime: Runtime,
    session: Session,
    *,
    caller: Caller,
    key: str | None,
    fingerprint: str,
    model: type[_Answer],
    work: Callable[[], _Answer],
) -> _Answer:
    """The first answer of this key, or the work and its answer. Must run inside a writing transaction.

    Raises `request.key_reused` when the key was used for another request.
    """
    now = runtime.clock.now_us()
    known = None if key is None else session.get(IdempotentAnswer, (caller.person.id, key))
    if known is not None and known.at_us > now - KEEP_US:
        if known.request_sha256 != fingerprint:
            raise KhienError("request.key_reused")
        return model.model_validate_json(known.answer)
    answer = work()
    if key is not None:
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.at_us <= now - KEEP_US))
        session.add(
            IdempotentAnswer(
                person=caller.person.id, key=key, request_sha256=fingerprint, answer=answer.model_dump_json(), at_us=now
            )
        )
    return answer
