"""Events and alerts as Elasticsearch documents, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from khien.alert import Alert, EntityKind
from khien.clock import format_utc
from khien.store.alert_revision import revision
from khien.store.elasticsearch.bulk import BulkItem
from khien.store.stamped_line import StampedLine
from khien.text import normalise

#: ECS lists the entity kinds under these names.
_RELATED = {
    EntityKind.IP: "ip",
    EntityKind.HOST: "hosts",
    EntityKind.DOMAIN: "hosts",
    EntityKind.USER: "user",
    EntityKind.MAIL: "user",
    EntityKind.FILE_HASH: "hash",
}


@dataclass(frozen=True, slots=True)
class PreparedEvent:
    """What a document is made of: the line (without newline) and what a store already knows about it."""

    event_id: str
    dataset_kind: str
    words: str
    line: bytes


def prepare(line: StampedLine) -> PreparedEvent:
    """The parts of a line that was just decoded."""
    return PreparedEvent(line.event_id, line.dataset.kind, line.searched_words(), line.line)


def event_item(event: PreparedEvent, *, prefix: str) -> BulkItem:
    """The line itself with its folded words spliced in before the end of `khien`, which is last."""
    index = f"{prefix}-events-{event.dataset_kind}"
    action = b'{"create":{"_index":"%b","_id":%b}}' % (index.encode(), orjson.dumps(event.event_id))
    document = event.line
    if event.words and document.endswith(b"}}"):
        document = b'%b,"search":%b}}' % (document[:-2], orjson.dumps(event.words))
    return BulkItem(event.event_id, index, action, document)


def event_line(source: Mapping[str, Any]) -> bytes:
    """The line of a document: the same members in the same order, without the words."""
    khien = source.get("khien")
    if isinstance(khien, dict):
        khien.pop("search", None)
    return orjson.dumps(source)


def alert_index(alert: Alert, *, prefix: str) -> str:
    """The alias of the month of its first event; `first` never changes, so an update meets the same index."""
    return f"{prefix}-alerts-{format_utc(alert.first_us)[:7].replace('-', '.')}"


def alert_item(alert: Alert, *, prefix: str) -> BulkItem:
    """The alert with ECS beside it; the external version makes an older statement a conflict."""
    index = alert_index(alert, prefix=prefix)
    action = {"index": {"_index": index, "_id": alert.id, "version": revision(alert), "version_type": "external"}}
    return BulkItem(alert.id, index, orjson.dumps(action), orjson.dumps(_alert_document(alert)))


def alert_of(source: Mapping[str, Any]) -> Alert:
    """The alert of a document."""
    return Alert.model_validate_json(orjson.dumps(source["khien"]["alert"]["document"]))


def _alert_document(alert: Alert) -> dict[str, object]:
    related: dict[str, list[str]] = {}
    for entity in alert.entities:
        name = _RELATED.get(entity.kind)
        if name is not None and entity.value not in related.setdefault(name, []):
            related[name].append(entity.value)
    tags = [tag.removeprefix("attack.") for tag in alert.rule.tags if tag.startswith("attack.")]
    return {
        "@timestamp": format_utc(alert.first_us),
        "event": {"kind": "alert", "module": "khien", "severity": alert.severity},
        "message": normalise(f"{alert.rule.title['en']} / {alert.rule.title['vi']}"),
        "rule": {"id": alert.rule.id, "name": alert.rule.name, "version": alert.rule.version},
        "threat": {
            "technique": {"id": [tag.upper() for tag in tags if tag[:1] == "t" and tag[1:2].isdigit()]},
            "tactic": {"name": [tag for tag in tags if not (tag[:1] == "t" and tag[1:2].isdigit())]},
        },
        "related": related,
        "khien": {
            "dataset": alert.dataset,
            "asset": alert.assets,
            "unit": alert.units,
            "sensor": alert.sensors,
            "alert": {
                "id": alert.id,
                "level": alert.rule.level.value,
                "first": format_utc(alert.first_us),
                "last": format_utc(alert.last_us),
                "hits": alert.hits,
                "event_count": alert.event_count,
                "event_ids": alert.event_ids,
                "entities": [entity.value for entity in alert.entities],
                "complete": alert.complete,
                "superseded_by": alert.superseded_by,
                "withdrawn": alert.withdrawn,
                "document": alert.model_dump(mode="json"),
            },
        },
    }
