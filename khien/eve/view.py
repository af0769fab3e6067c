"""One event in, its EVE records out: one for nearly all."""

from collections.abc import Iterator

import orjson

from khien.eve.head import app_proto, head
from khien.eve.registry import DEFAULT, Event, Members, Options, originator, records


def eve(event: Event, options: Options = DEFAULT) -> Members | None:
    """The first EVE record of an event; `None` where EVE has none (an interim flow record, a summary of evicted flows)."""
    return next(iter(eve_records(event, options)), None)


def eve_records(event: Event, options: Options = DEFAULT) -> list[Members]:
    """All EVE records of an event."""
    dataset: str = event["event"]["dataset"]
    known = records().get(dataset)
    if known is None:
        passed = _passed_through(event, dataset, options)
        return [] if passed is None else [passed]
    body = known.body(event, options)
    if body is None:
        return []
    event_type = known.event_type if isinstance(known.event_type, str) else known.event_type(event)
    first = head(event, event_type=event_type, sender=known.sender(event), options=options)
    return [first | members for members in (body if isinstance(body, list) else [body])]


def eve_lines(lines: bytes, options: Options = DEFAULT) -> Iterator[bytes]:
    """The EVE lines of a batch of event lines, each with its newline, in the same order."""
    for line in lines.splitlines():
        for record in eve_records(orjson.loads(line), options):
            yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _passed_through(event: Event, dataset: str, options: Options) -> Members | None:
    """A dataset without a mapping of its own: its object keeps EVE's names (events.md, "=")."""
    name = app_proto(dataset.rpartition(".")[2])
    body = event.get(name)
    if body is None:
        return None
    return {**head(event, event_type=name, sender=originator(event), options=options), name: body}
