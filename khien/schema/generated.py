"""The committed files that events.yaml is the source of."""

from __future__ import annotations

import json
from collections.abc import Mapping

from khien.schema import reference
from khien.schema.elasticsearch_template import alert_template, event_template
from khien.schema.json_schema import event_json_schema


def generated() -> Mapping[str, str]:
    """Path in the tree → text. The templates are those of a node that has every field type, with one replica."""
    return {
        "docs/reference/events.md": reference.page(),
        "docs/reference/event.schema.json": _json(event_json_schema()),
        "deploy/elasticsearch/khien-events.json": _json(event_template(prefix="khien", missing_types=frozenset(), replicas=1)),
        "deploy/elasticsearch/khien-alerts.json": _json(alert_template(prefix="khien", replicas=1)),
    }


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
