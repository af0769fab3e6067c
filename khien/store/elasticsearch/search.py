"""Queries as Elasticsearch's query language: values are values, never query text."""

from __future__ import annotations

import ipaddress

from khien.clock import format_utc
from khien.schema import FieldType
from khien.store.field_value import field_type, parse_value
from khien.store.query import AlertQuery, EventQuery, FieldFilter, TextTerm, text_terms

Json = dict[str, object]

#: A search ends here, whatever it has found (reliability design, section 8).
SEARCH_SECONDS = 10
#: Words that an open-ended phrase may become; the same order as a night's distinct words of one beginning.
_MOST_EXPANSIONS = 1_000


def event_search(query: EventQuery) -> Json:
    """The body of a search for one page and one row more."""
    conditions: list[Json] = [{"terms": {"khien.dataset": list(query.datasets)}}, _range(query.start_us, query.end_us)]
    conditions += [_filter(one) for one in query.filters]
    if query.text is not None:
        conditions += [_term(term) for term in text_terms(query.text)]
    order = "asc" if query.oldest_first else "desc"
    body = _body(conditions, id_field="event.id", order=order, size=query.limit + 1)
    if query.after is not None:
        body["search_after"] = [format_utc(query.after.time_us), query.after.item_id]
    body["_source"] = {"excludes": ["khien.search"]}
    return body


def alert_search(query: AlertQuery) -> Json:
    """The body of a search for one page of alerts and one more."""
    conditions: list[Json] = [
        {"terms": {"khien.dataset": list(query.datasets)}},
        _range(query.start_us, query.end_us),
        {"range": {"event.severity": {"gte": query.least_severity}}},
    ]
    if query.rule_ids:
        conditions.append({"terms": {"rule.id": list(query.rule_ids)}})
    if query.entity is not None:
        conditions.append({"term": {"khien.alert.entities": query.entity}})
    body = _body(conditions, id_field="khien.alert.id", order="desc", size=query.limit + 1)
    if query.after is not None:
        body["search_after"] = [format_utc(query.after.time_us), query.after.item_id]
    body["_source"] = ["khien.alert.document"]
    return body


def ids_search(dataset: str, *, id_field: str, after: str, size: int) -> Json:
    """The next ids of a dataset, ascending."""
    return {
        "size": size,
        "query": {"bool": {"filter": [{"term": {"khien.dataset": dataset}}, {"range": {id_field: {"gt": after}}}]}},
        "sort": [{id_field: {"order": "asc", "unmapped_type": "keyword"}}],
        "_source": False,
        "track_total_hits": False,
    }


def _body(conditions: list[Json], *, id_field: str, order: str, size: int) -> Json:
    return {
        "size": size,
        "timeout": f"{SEARCH_SECONDS}s",
        "track_total_hits": False,
        "query": {"bool": {"filter": conditions}},
        "sort": [
            {"@timestamp": {"order": order, "unmapped_type": "date_nanos", "format": "strict_date_optional_time_nanos"}},
            {id_field: {"order": order, "unmapped_type": "keyword"}},
        ],
    }


def _range(start_us: int, end_us: int) -> Json:
    return {"range": {"@timestamp": {"gte": format_utc(start_us), "lt": format_utc(end_us)}}}


def _filter(one: FieldFilter) -> Json:
    values = [parse_value(one.field, value) for value in one.values]
    if field_type(one.field) is FieldType.IP:
        values = [_address(value) for value in values]
    if len(values) == 1:
        return {"term": {one.field: {"value": values[0]}}}
    # `terms` on an ip field takes no networks in every version; a list of single terms always does.
    return {"bool": {"should": [{"term": {one.field: {"value": value}}} for value in values], "minimum_should_match": 1}}


def _address(value: object) -> str:
    """A single address without its `/32`, a network with its length."""
    assert isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network), "parse_value gives networks for ip fields"
    return str(value.network_address) if value.prefixlen == value.max_prefixlen else str(value)


def _term(term: TextTerm) -> Json:
    phrase = " ".join(term.words)
    if not term.is_prefix:
        return {"match_phrase": {"khien.search": phrase}}
    if len(term.words) == 1:
        return {"prefix": {"khien.search": {"value": phrase}}}
    return {"match_phrase_prefix": {"khien.search": {"query": phrase, "max_expansions": _MOST_EXPANSIONS}}}
