"""What a database can hold of an alert: attackers write the text in it, and one bad character must not hold up the rest.

PostgreSQL has no U+0000 in text or JSON, UTF-8 has no lone surrogates (RFC 3629, section 3), and a count has 64 bits there.
"""

from __future__ import annotations

from typing import Any

from incident_api.http.schemas import MOST, UNSTORABLE
from khien.alert import Alert
from khien.errors import KhienError

#: An event of ours has six; pydantic writes no JSON beyond 255.
_LEVELS = 100


def storable(alert: Alert) -> Alert:
    """The same alert, U+0000 and its like as visible JSON escapes; raises `request.invalid` for what has no such form."""
    for name in ("first_us", "last_us", "hits", "event_count"):
        if abs(getattr(alert, name)) > MOST:
            raise KhienError("request.invalid", place=f"{alert.id}/{name}", reason="> 2^53")
    try:
        document = alert.model_dump()
        escaped = _escaped(document, room=_LEVELS)
    except (ValueError, RecursionError) as error:
        # Only `explanation.sample` has a free shape.
        raise KhienError("request.invalid", place=f"{alert.id}/explanation/sample", reason=f"> {_LEVELS}") from error
    return alert if escaped == document else Alert.model_validate(escaped)


def _escaped(value: Any, *, room: int) -> Any:
    if room == 0:
        raise ValueError("too deep")
    if isinstance(value, str):
        return UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value) if UNSTORABLE.search(value) else value
    if isinstance(value, dict):
        return {_escaped(key, room=room): _escaped(each, room=room - 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_escaped(each, room=room - 1) for each in value)
    return value
