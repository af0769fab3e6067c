"""One event in, one EVE record out."""

from collections.abc import Iterator

import orjson

from khien.eve.head import app_proto, head
from khien.eve.registry import DEFAULT, Event, Members, Options, originator, records


def eve(event: Event, options: Options = DEFAULT) -> Members | None:
    """The EVE record of an event; `None` where EVE has none (an interim flow record, a summary of evicted flows)."""
    dataset: str = event["event"]["dataset"]
    known = records().get(dataset)
    if known is None:
        return _passed_through(event, dataset, options)
    body = known.body(event, options)
    if body is None:
        return None
    event_type = known.event_type if isinstance(known.event_type, str) else known.event_type(event)
    return head(event, event_type=event_type, sender=known.sender(event), options=options) | body


def eve_lines(lines: bytes, options: Options = DEFAULT) -> Iterator[bytes]:
    """The EVE lines of a batch of event lines, each with its newline, in the same order."""
    for line in lines.splitlines():
        record = eve(orjson.loads(line), options)
        if record is not None:
            yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _passed_through(event: Event, dataset: str, options: Options) -> Members | None:
    """A dataset without a mapping of its own: its object keeps EVE's names (events.md, "=")."""
    name = app_proto(dataset.rpartition(".")[2])
    body = event.get(name)
    if body is None:
        return None
    return {**head(event, event_type=name, sender=originator(event), options=options), name: body}
