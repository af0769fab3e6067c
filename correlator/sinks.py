"""Where alerts go: the event store, for search, and the incident API, for people. Both take the same alert twice without harm."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Protocol

import httpx

from khien.alert import Alert
from khien.certificates import Identity
from khien.errors import KhienError
from khien.store.event_store import EventStore
from khien.tls import client_context

#: What one call may carry (docs/concepts/contracts.md, section 5).
MOST_ALERTS = 500
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_OUTCOMES = frozenset({"created", "updated", "known"})
_REFUSED_CONTENT = frozenset({400, 413, 422})
#: An answer 500 may be the API's trouble or one alert's fault: after so many calls in a row it is looked for.
_PATIENT_CALLS = 3
#: While nothing is taken, a search may fail so often, times the calls that failed before: an API that is ill is not flooded.
_FAILURES_A_SEARCH = 20


class AlertSink(Protocol):
    """Takes alerts, at least once. `deliver` returns the ids it will never take, and raises KhienError to be asked again."""

    name: str

    def deliver(self, alerts: Sequence[Alert]) -> list[str]:
        """Durable there on return."""

    def close(self) -> None:
        """Give back connections."""


class _DefectError(KhienError):
    """The API answered 500."""


class StoreSink:
    """Alerts for search."""

    name = "store"

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def deliver(self, alerts: Sequence[Alert]) -> list[str]:
        """Into the event store."""
        result = self._store.put_alerts(alerts)
        return [alerts[rejection.index].id for rejection in result.rejections]

    def close(self) -> None:
        """The store belongs to whoever made it."""


class IncidentApiSink:
    """Alerts for people: `POST /internal/v1/alerts` with the correlator's own certificate."""

    name = "incident_api"

    def __init__(self, url: str, *, identity: Identity | None, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._failed_calls = 0
        context: ssl.SSLContext | bool = client_context(identity) if identity is not None else True
        # trust_env off: a proxy variable in the environment must not lead alerts somewhere else.
        self._client = httpx.Client(verify=context, timeout=_TIMEOUT, trust_env=False, follow_redirects=False, transport=transport)

    def deliver(self, alerts: Sequence[Alert]) -> list[str]:
        """All of them, halving a call that the API cannot read until the bad alert is alone."""
        refused: list[str] = []
        for start in range(0, len(alerts), MOST_ALERTS):
            refused += self._call(alerts[start : start + MOST_ALERTS])
        return refused

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _call(self, alerts: Sequence[Alert]) -> list[str]:
        try:
            refused = self._post(alerts)
        except _DefectError:
            self._failed_calls += 1
            if self._failed_calls <= _PATIENT_CALLS:
                raise
            refused = self._search(alerts)
        self._failed_calls = 0
        return refused

    def _search(self, alerts: Sequence[Alert]) -> list[str]:
        """Find the alerts on which the API fails: those that fail alone, twice, while others are taken. None taken: it is ill."""
        waiting, alone, refused = [alerts], list[Alert](), list[str]()
        is_any_taken, failures = False, 0
        while waiting:
            part = waiting.pop()
            try:
                refused += self._post(part)
                is_any_taken = True
            except _DefectError:
                failures += 1
                if not is_any_taken and failures >= _FAILURES_A_SEARCH * self._failed_calls:
                    raise
                middle = len(part) // 2
                if middle:
                    waiting += [part[middle:], part[:middle]]
                else:
                    alone += part
        for alert in alone:
            try:
                refused += self._post([alert])
                is_any_taken = True
            except _DefectError:
                if not is_any_taken:
                    raise
                refused.append(alert.id)
        return refused

    def _post(self, alerts: Sequence[Alert]) -> list[str]:
        body = b'{"alerts":[' + b",".join(alert.model_dump_json().encode() for alert in alerts) + b"]}"
        try:
            response = self._client.post(
                f"{self._url}/internal/v1/alerts", content=body, headers={"Content-Type": "application/json"}
            )
        except (httpx.HTTPError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise KhienError("correlation.sink_unreachable", sink=self._url, reason=reason) from error
        if response.status_code in _REFUSED_CONTENT:
            if len(alerts) == 1:
                return [alerts[0].id]
            middle = len(alerts) // 2
            return self._post(alerts[:middle]) + self._post(alerts[middle:])
        if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            raise _DefectError("correlation.sink_refused", sink=self._url, reason=f"HTTP status {response.status_code}")
        if response.status_code != httpx.codes.OK:
            raise KhienError("correlation.sink_refused", sink=self._url, reason=f"HTTP status {response.status_code}")
        self._check(response, alerts)
        return []

    def _check(self, response: httpx.Response, alerts: Sequence[Alert]) -> None:
        """200 alone proves nothing: each alert must have its outcome."""
        try:
            outcomes = {entry["id"]: entry["outcome"] for entry in response.json()["results"]}
        except (ValueError, KeyError, TypeError) as error:
            raise KhienError("correlation.sink_refused", sink=self._url, reason="an answer without results") from error
        missing = [alert.id for alert in alerts if outcomes.get(alert.id) not in _OUTCOMES]
        if missing:
            raise KhienError("correlation.sink_refused", sink=self._url, reason=f"no outcome for alert {missing[0]}")
