"""Index templates made from the schema, for the field types that a node really has.

`dynamic: false` and flattened objects for what has no field: no input can grow a mapping.
"""

from __future__ import annotations

from collections.abc import Mapping

from khien.schema.field import Field, FieldType, load_schema

Json = dict[str, object]

#: What stands in where a node lacks the module of a type (servers design: the node of the tests has none).
STAND_INS: Mapping[str, str] = {"match_only_text": "text", "wildcard": "keyword", "constant_keyword": "keyword"}
#: Lucene's bound of 32,766 bytes for a term, at four bytes a character; a longer value is kept and not indexed.
_IGNORE_ABOVE = 8_191
#: Folded words separated by blanks: the store splits and folds, the node must not do it again.
_SEARCH_FIELD: Json = {"type": "text", "analyzer": "whitespace", "norms": False}


def event_template(*, prefix: str, missing_types: frozenset[str], replicas: int) -> Json:
    """The template of the data streams `<prefix>-events-*`."""
    properties = _nested({name: _mapping(field, missing_types) for name, field in load_schema().fields.items()})
    khien = properties["khien"]
    assert isinstance(khien, dict), "khien.* are fields of the schema"
    khien["properties"]["search"] = _SEARCH_FIELD
    return _template(f"{prefix}-events-*", properties, replicas=replicas) | {"data_stream": {}}


def alert_template(*, prefix: str, replicas: int) -> Json:
    """The template of the plain indices `<prefix>-alerts-<month>-*`."""
    keyword: Json = {"type": "keyword", "ignore_above": _IGNORE_ABOVE}
    names = (
        "event.kind", "event.module", "rule.id", "rule.name", "rule.version", "threat.technique.id", "threat.tactic.name",
        "related.ip", "related.user", "related.hosts", "related.hash", "khien.dataset", "khien.asset", "khien.unit", "khien.sensor",
        "khien.alert.id", "khien.alert.level", "khien.alert.entities", "khien.alert.event_ids", "khien.alert.superseded_by",
    )  # fmt: skip
    flat: dict[str, Json] = {name: dict(keyword) for name in names}
    flat |= {name: {"type": "long"} for name in ("event.severity", "khien.alert.hits", "khien.alert.event_count")}
    flat |= {name: {"type": "date_nanos"} for name in ("@timestamp", "khien.alert.first", "khien.alert.last")}
    flat |= {name: {"type": "boolean"} for name in ("khien.alert.complete", "khien.alert.withdrawn")}
    flat["khien.alert.document"] = {"type": "object", "enabled": False}
    flat["message"] = {"type": "text"}
    return _template(f"{prefix}-alerts-*", _nested(flat), replicas=replicas)


def _template(pattern: str, properties: Json, *, replicas: int) -> Json:
    settings: Json = {
        "number_of_shards": 1,
        "number_of_replicas": replicas,
        "mapping": {"total_fields": {"limit": 1_500}, "ignore_malformed": False},
    }
    return {
        "index_patterns": [pattern],
        "priority": 300,
        "template": {
            "settings": {"index": settings},
            "mappings": {"dynamic": False, "date_detection": False, "properties": properties},
        },
        "_meta": {"managed_by": "khien", "schema": load_schema().version},
    }


def _mapping(field: Field, missing_types: frozenset[str]) -> Json:
    special: Mapping[FieldType, Json] = {
        FieldType.KEYWORD: {"type": "keyword", "ignore_above": _IGNORE_ABOVE},
        FieldType.WILDCARD: {"type": _available("wildcard", missing_types), "ignore_above": _IGNORE_ABOVE},
        FieldType.TEXT: {"type": _available("match_only_text", missing_types)},
        FieldType.DATE: {"type": "date_nanos"},
        FieldType.FLATTENED: {"type": "flattened", "ignore_above": _IGNORE_ABOVE, "depth_limit": 20},
        FieldType.OBJECTS: {"properties": {}},
    }
    return dict(special.get(field.type, {"type": field.type.value}))


def _available(name: str, missing_types: frozenset[str]) -> str:
    return STAND_INS[name] if name in missing_types else name


def _nested(flat: Mapping[str, Json]) -> Json:
    """Dotted names as nested `properties`."""
    root: Json = {}
    for name, mapping in flat.items():
        *above, last = name.split(".")
        level = root
        for part in above:
            node = level.setdefault(part, {"properties": {}})
            assert isinstance(node, dict), "a name on the way is an object"
            level = node["properties"]
        level[last] = mapping
    return root
