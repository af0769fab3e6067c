"""The event store of production: Elasticsearch behind the `EventStore` interface.

Events go to data streams by the kind of their dataset (op `create`; 409 is a duplicate), alerts to plain indices by event month
with an external version. Templates are made from the schema for what the node can do, and restored when they are gone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from khien.alert import Alert
from khien.clock import Clock, parse_utc
from khien.errors import KhienError
from khien.schema.elasticsearch_template import alert_template, event_template
from khien.store.elasticsearch.abilities import Abilities, probe
from khien.store.elasticsearch.bulk import BulkItem, BulkSender, ItemResult, Patience
from khien.store.elasticsearch.document import PreparedEvent, alert_item, alert_of, event_item, event_line, prepare
from khien.store.elasticsearch.gateway import NOT_FOUND, Gateway, NoAnswer
from khien.store.elasticsearch.search import SEARCH_SECONDS, alert_search, event_search, ids_search
from khien.store.health import HealthState, StoreHealth
from khien.store.query import AlertPage, AlertQuery, Cursor, EventPage, EventQuery, parse_dataset
from khien.store.result import Outcome, PutResult, Rejection, RejectReason
from khien.store.stamped_line import StampedLine, parse_stamped, split_lines

PREFIX = "khien"
#: How long a put made by hand waits for a node that does not answer; the feed has patience without end.
PUT_SECONDS = 60.0
_IDS_AT_ONCE = 1_000
_FLAGS = "ignore_unavailable=true&allow_no_indices=true"


class ClockPatience:
    """Waits on a stop signal, at most so many seconds in all."""

    def __init__(self, *, clock: Clock, seconds: float, stop: threading.Event | None = None) -> None:
        self._clock = clock
        self._stop = stop or threading.Event()
        self._end = clock.monotonic() + seconds

    def wait(self, seconds: float) -> bool:
        """Pause; False when the time is over or somebody said stop."""
        left = self._end - self._clock.monotonic()
        return not self._stop.wait(max(0.0, min(seconds, left))) and left > seconds


class ElasticsearchEventStore:
    """Events and alerts in one cluster. Any number of processes may write: ids and versions decide, not order."""

    def __init__(
        self, gateway: Gateway, *, clock: Clock, abilities: Abilities | None, prefix: str = PREFIX, is_read_only: bool = False
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._abilities = abilities
        self._prefix = prefix
        self._is_read_only = is_read_only
        self.events = BulkSender(gateway, query="require_data_stream=true", restore=self._restore)
        self.alerts = BulkSender(gateway, query="require_alias=true", restore=self._restore)
        if not is_read_only:
            self._put_templates()

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        clock: Clock,
        prefix: str = PREFIX,
        is_read_only: bool = False,
        api_key: str | None = None,
        ca_file: Path | None = None,
    ) -> Self:
        """Connect, ask what the node can do, and bring its templates up to date. KhienError `store.*` when it cannot be.

        A read-only store asks nothing yet: the incident API must start, and triage must go on, while Elasticsearch is down.
        """
        gateway = Gateway.connect(url, api_key=api_key, ca_file=ca_file)
        try:
            abilities = None if is_read_only else probe(gateway)
            return cls(gateway, clock=clock, abilities=abilities, prefix=prefix, is_read_only=is_read_only)
        except KhienError:
            gateway.close()
            raise

    @property
    def abilities(self) -> Abilities:
        """What the node can do, asked once; KhienError `store.*` while it does not answer or is not ours to use."""
        if self._abilities is None:
            self._abilities = probe(self._gateway)
        return self._abilities

    def put_events(self, lines: bytes, *, patience: Patience | None = None) -> PutResult:
        """Store stamped lines item by item; `store.unavailable` when patience ends before all are decided."""
        parsed = [parse_stamped(line, index=index) for index, line in enumerate(split_lines(lines))]
        good = [line for line in parsed if isinstance(line, StampedLine)]
        put = self.put_prepared([prepare(line) for line in good], patience=patience)
        places = [index for index, line in enumerate(parsed) if isinstance(line, StampedLine)]
        outcomes = [Outcome.REJECTED] * len(parsed)
        for place, outcome in zip(places, put.outcomes, strict=True):
            outcomes[place] = outcome
        rejections = [line for line in parsed if isinstance(line, Rejection)]
        rejections += [replace(one, index=places[one.index]) for one in put.rejections]
        return PutResult(tuple(outcomes), tuple(rejections))

    def put_prepared(self, events: Sequence[PreparedEvent], *, patience: Patience | None = None) -> PutResult:
        """Store events whose words are known: the feed's way, which decodes nothing."""
        items = [event_item(event, prefix=self._prefix) for event in events]
        return _put_result(self._send(self.events, items, patience), items)

    def put_alerts(self, alerts: Sequence[Alert], *, patience: Patience | None = None) -> PutResult:
        """Store or update alerts; an older statement of the same alert is a duplicate."""
        items = [alert_item(alert, prefix=self._prefix) for alert in alerts]
        return _put_result(self._send(self.alerts, items, patience), items)

    def get_events(self, ids: Sequence[str], *, dataset: str | None = None) -> dict[str, bytes]:
        """Lines by id."""
        found: dict[str, bytes] = {}
        for some in _batches(ids):
            conditions: list[dict[str, object]] = [{"terms": {"event.id": some}}]
            if dataset is not None:
                conditions.append({"term": {"khien.dataset": parse_dataset(dataset)}})
            body = {"size": len(some), "query": {"bool": {"filter": conditions}}, "_source": {"excludes": ["khien.search"]}}
            for hit in self._hits(f"{self._prefix}-events-*", body):
                found[hit["_source"]["event"]["id"]] = event_line(hit["_source"])
        return found

    def search_events(self, query: EventQuery) -> EventPage:
        """One page of events."""
        hits = self._hits(self._streams(query.datasets), event_search(query))
        lines = tuple(event_line(hit["_source"]) for hit in hits[: query.limit])
        return EventPage(lines, _cursor(hits, query.limit))

    def get_alerts(self, ids: Sequence[str]) -> dict[str, Alert]:
        """Alerts by id."""
        found: dict[str, Alert] = {}
        for some in _batches(ids):
            body = {"size": len(some), "query": {"terms": {"khien.alert.id": some}}, "_source": ["khien.alert.document"]}
            for hit in self._hits(f"{self._prefix}-alerts-*", body):
                alert = alert_of(hit["_source"])
                found[alert.id] = alert
        return found

    def search_alerts(self, query: AlertQuery) -> AlertPage:
        """One page of alerts."""
        hits = self._hits(f"{self._prefix}-alerts-*", alert_search(query))
        return AlertPage(tuple(alert_of(hit["_source"]) for hit in hits[: query.limit]), _cursor(hits, query.limit))

    def count(self, dataset: str) -> int:
        """Events of one dataset that search finds."""
        body = {"query": {"term": {"khien.dataset": parse_dataset(dataset)}}}
        return int(self._gateway.ask("POST", f"/{self._streams((dataset,))}/_count?{_FLAGS}", body=body)["count"])

    def event_ids(self, dataset: str) -> Iterator[str]:
        """All ids, ascending."""
        return self._ids(self._streams((dataset,)), parse_dataset(dataset), id_field="event.id")

    def alert_ids(self, dataset: str) -> Iterator[str]:
        """All alert ids, ascending."""
        return self._ids(f"{self._prefix}-alerts-*", parse_dataset(dataset), id_field="khien.alert.id")

    def flush(self) -> None:
        """Refresh our indices, so that search finds what was put."""
        self._gateway.ask("POST", f"/{self._prefix}-events-*,{self._prefix}-alerts-*/_refresh?{_FLAGS}")

    def health(self) -> StoreHealth:
        """The cluster's light, what the node lacks, why a sender waits, and indices whose lifecycle stands still."""
        try:
            status = self._gateway.ask("GET", "/_cluster/health", seconds=5.0)["status"]
            errors = self._lifecycle_errors()
            lacking = self.abilities.notes
        except (KhienError, NoAnswer) as error:
            return StoreHealth(HealthState.DOWN, "elasticsearch", notes=(str(error),))
        waiting = [
            f"writing waits ({sender.state.trouble}): {sender.state.detail}"
            for sender in (self.events, self.alerts)
            if sender.state.trouble
        ]
        notes = (*([] if status == "green" else [f"the cluster is {status}"]), *waiting, *errors)
        state = HealthState.DOWN if status == "red" else HealthState.DEGRADED if notes else HealthState.OK
        return StoreHealth(state, "elasticsearch", notes=(*notes, *lacking))

    def close(self) -> None:
        """Close the connections."""
        self._gateway.close()

    def _send(self, sender: BulkSender, items: Sequence[BulkItem], patience: Patience | None) -> list[ItemResult]:
        if self._is_read_only:
            raise KhienError("store.read_only")
        return sender.send(items, patience=patience or ClockPatience(clock=self._clock, seconds=PUT_SECONDS))

    def _streams(self, datasets: Sequence[str]) -> str:
        return ",".join(sorted({f"{self._prefix}-events-{parse_dataset(dataset).kind}" for dataset in datasets}))

    def _hits(self, target: str, body: Mapping[str, object]) -> list[dict[str, Any]]:
        answer = self._gateway.ask("POST", f"/{target}/_search?{_FLAGS}", body=body, seconds=SEARCH_SECONDS + 5.0)
        if answer.get("timed_out"):
            raise KhienError("store.search_too_long", seconds=SEARCH_SECONDS)
        if answer.get("_shards", {}).get("failed"):
            raise self._gateway.unavailable("some shards did not answer the search")
        return list(answer["hits"]["hits"])

    def _ids(self, target: str, dataset: str, *, id_field: str) -> Iterator[str]:
        after = ""
        while True:
            hits = self._hits(target, ids_search(dataset, id_field=id_field, after=after, size=_IDS_AT_ONCE))
            for hit in hits:
                after = str(hit["sort"][0])
                yield after
            if len(hits) < _IDS_AT_ONCE:
                return

    def _put_templates(self) -> None:
        replicas = self.abilities.replicas
        events = event_template(prefix=self._prefix, missing_types=self.abilities.missing_types, replicas=replicas)
        self._gateway.ask("PUT", f"/_index_template/{self._prefix}-events", body=events)
        self._gateway.ask(
            "PUT", f"/_index_template/{self._prefix}-alerts", body=alert_template(prefix=self._prefix, replicas=replicas)
        )

    def _restore(self, targets: set[str]) -> None:
        """Bring back templates, and alias and index of alert months that are not there. It may fail: it is tried again."""
        try:
            self._put_templates()
            for alias in sorted(targets):
                if alias.startswith(f"{self._prefix}-alerts-"):
                    self._gateway.ask("PUT", f"/{alias}-000001", body={"aliases": {alias: {"is_write_index": True}}})
        except KhienError as error:
            if error.code != "store.unavailable":
                raise

    def _lifecycle_errors(self) -> list[str]:
        if not self.abilities.has_lifecycle:
            return []
        answer = self._gateway.request("GET", f"/{self._prefix}-*/_ilm/explain?only_errors=true&expand_wildcards=all", seconds=5.0)
        if answer.status == NOT_FOUND:
            return []
        return [f"lifecycle of {name} stands still" for name in sorted(answer.body.get("indices", {}))]


def _put_result(results: Sequence[ItemResult], items: Sequence[BulkItem]) -> PutResult:
    rejections = [
        Rejection(index, item.item_id, result.reason or RejectReason.MAPPING, result.detail)
        for index, (result, item) in enumerate(zip(results, items, strict=True))
        if result.outcome is Outcome.REJECTED
    ]
    return PutResult(tuple(result.outcome for result in results), tuple(rejections))


def _cursor(hits: Sequence[Mapping[str, Any]], limit: int) -> Cursor | None:
    if len(hits) <= limit:
        return None
    time, item_id = hits[limit - 1]["sort"][:2]
    return Cursor(parse_utc(_six_decimals(str(time))), str(item_id))


def _six_decimals(time: str) -> str:
    """A sort value has as many decimals as it needs, up to nine; ours never mean more than six."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction[:6]:0<6}Z"


def _batches(ids: Sequence[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        yield wanted[start : start + _IDS_AT_ONCE]
