"""A small Elasticsearch that misbehaves on command: per-item statuses, refusals, resets, half and huge answers.

It keeps documents and answers the few queries that the store asks, so that the contract suite runs on it as well; the same suite
runs on real nodes, which is what keeps this one honest.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = dict[str, Any]
#: Status and error of an item, or None to treat it properly. Given its id and how often it was sent, from 1.
ItemFault = Callable[[str, int], tuple[int, Json] | None]
#: Given the number of the bulk request, from 1: None, (status, body) instead of an answer, or "reset" / "lost" / "half".
RequestFault = Callable[[int], tuple[int, Json] | str | None]

FULL = {"type": "es_rejected_execution_exception", "reason": "rejected execution of coordinating operation"}
CONFLICT = {"type": "version_conflict_engine_exception", "reason": "document already exists"}
BAD_TYPE = {"type": "document_parsing_exception", "reason": "failed to parse field"}
NO_INDEX = {"type": "index_not_found_exception", "reason": "no such index"}
_PREFIX = re.compile(r"(.+)-(events|alerts)-")


@dataclass(slots=True)
class Stored:
    """A document and its version."""

    source: Json
    version: int


@dataclass
class FakeElasticsearch:
    """Use as a context manager; `url` is its address."""

    version: str = "8.19.21"
    product: str | None = "Elasticsearch"
    item_fault: ItemFault = lambda _id, _times: None
    request_fault: RequestFault = lambda _number: None
    indices: dict[str, dict[str, Stored]] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    templates: dict[str, Json] = field(default_factory=dict)
    bulk_requests: int = 0
    largest_bulk: int = 0
    bulk_body: bytes = b""
    sent: dict[str, int] = field(default_factory=dict)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        self.port = int(self._server.server_address[1])  # kept: whoever enters again comes back at the same address
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="fake-elasticsearch"
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def bulk_bytes(self) -> int:
        """Size of the bulk request at hand."""
        return len(self.bulk_body)

    @property
    def events(self) -> dict[str, Json]:
        """All stored events by id."""
        return {key: doc.source for name, docs in self.indices.items() if "-events-" in name for key, doc in docs.items()}

    def bulk(self, body: bytes) -> Json:
        """Carry out a bulk request, item by item."""
        lines = body.split(b"\n")
        with self.lock:
            pairs = [(json.loads(lines[n]), lines[n + 1]) for n in range(0, len(lines) - 1, 2)]
            self.largest_bulk = max(self.largest_bulk, len(pairs))
            items = [self._item(action, document) for action, document in pairs]
        return {"errors": any(entry["status"] >= 300 for item in items for entry in item.values()), "items": items}

    def _item(self, action: Json, document: bytes) -> Json:
        ((verb, target),) = action.items()
        item_id, index = target["_id"], target["_index"]
        self.sent[item_id] = self.sent.get(item_id, 0) + 1
        fault = self.item_fault(item_id, self.sent[item_id])
        if fault is not None:
            return {verb: {"_id": item_id, "status": fault[0], "error": fault[1]}}
        if not self._has_template(index) or (verb == "index" and index not in self.aliases):
            return {verb: {"_id": item_id, "status": 404, "error": NO_INDEX}}
        documents = self.indices.setdefault(index, {})
        known, version = documents.get(item_id), int(target.get("version", 1))
        if known is not None and (verb == "create" or known.version >= version):
            return {verb: {"_id": item_id, "status": 409, "error": CONFLICT}}
        documents[item_id] = Stored(json.loads(document), version)
        return {verb: {"_id": item_id, "status": 200 if known else 201, "result": "updated" if known else "created"}}

    def _has_template(self, index: str) -> bool:
        found = _PREFIX.match(index)
        return found is not None and f"{found[1]}-{found[2]}" in self.templates

    def search(self, target: str, query: Json) -> Json:
        """The hits of a query."""
        with self.lock:
            sources = [doc.source for name in self._named(target) for doc in self.indices[name].values()]
        hits = [source for source in sources if _holds(query.get("query", {"match_all": {}}), source)]
        sort = [(name, way["order"]) for entry in query.get("sort", []) for name, way in entry.items()]
        keyed = [([str(_first(source, name)) for name, _ in sort], source) for source in hits]
        is_descending = bool(sort) and sort[0][1] == "desc"
        keyed.sort(key=lambda pair: pair[0], reverse=is_descending)
        after = query.get("search_after")
        if after is not None:
            keyed = [pair for pair in keyed if (pair[0] < after if is_descending else pair[0] > after)]
        shown = [{"_source": json.loads(json.dumps(source)), "sort": key} for key, source in keyed[: query.get("size", 10)]]
        return {"timed_out": False, "_shards": {"failed": 0}, "hits": {"hits": shown}}

    def count(self, target: str, query: Json) -> Json:
        """The number of documents of a query."""
        return {"count": len(self.search(target, {**query, "size": 10**9})["hits"]["hits"])}

    def _named(self, target: str) -> list[str]:
        patterns = [re.compile(re.escape(part).replace(r"\*", ".*")) for part in target.split(",")]
        return [name for name in self.indices if any(pattern.fullmatch(name) for pattern in patterns)]


class _Server(ThreadingHTTPServer):
    """Drops its connections when it goes down, as a killed node would."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that we cut ourselves is no error."""

    def server_close(self) -> None:
        """Cut what is open."""
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection's requests."""

    owner: FakeElasticsearch
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Health and abilities."""
        if self.path.startswith("/_nodes"):
            self._answer(200, {"nodes": {"one": {"version": self.owner.version, "modules": [{"name": "apm"}], "plugins": []}}})
        else:
            self._answer(200, {"status": "green", "number_of_data_nodes": 1})

    def do_PUT(self) -> None:
        """Templates, and an index with its alias."""
        body = self._body()
        path = self.path.partition("?")[0]
        if path.startswith("/_index_template/"):
            self.owner.templates[path.rpartition("/")[2]] = json.loads(body)
        else:
            self.owner.aliases.update(json.loads(body).get("aliases", {}))
        self._answer(200, {"acknowledged": True})

    def do_POST(self) -> None:
        """Bulk, search, count, refresh."""
        body = self._body()
        target, _, verb = self.path.partition("?")[0].strip("/").rpartition("/")
        match verb:
            case "_bulk":
                self._bulk(body)
            case "_search":
                self._answer(200, self.owner.search(target, json.loads(body)))
            case "_count":
                self._answer(200, self.owner.count(target, json.loads(body)))
            case _:
                self._answer(200, {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def _bulk(self, body: bytes) -> None:
        self.owner.bulk_requests += 1
        self.owner.bulk_body = body
        fault = self.owner.request_fault(self.owner.bulk_requests)
        if isinstance(fault, tuple):
            self._answer(*fault)
        elif fault == "reset":  # nothing was taken
            self.close_connection = True
        elif fault == "lost":  # everything was taken, and nobody hears of it
            self.owner.bulk(body)
            self.close_connection = True
        elif fault == "half":
            self._send(200, json.dumps(self.owner.bulk(body)).encode()[:-40], complete=False)
        else:
            self._answer(200, self.owner.bulk(body))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _answer(self, status: int, body: Json) -> None:
        self._send(status, json.dumps(body).encode())

    def _send(self, status: int, body: bytes, *, complete: bool = True) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if self.owner.product is not None:
            self.send_header("X-Elastic-Product", self.owner.product)
        self.send_header("content-length", str(len(body) if complete else len(body) + 40))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = not complete


def _holds(query: Json, source: Json) -> bool:
    ((kind, argument),) = query.items()
    if kind == "match_all":
        return True
    if kind == "bool":
        filters = all(_holds(one, source) for one in argument.get("filter", []))
        return filters and ("should" not in argument or any(_holds(one, source) for one in argument["should"]))
    ((name, wanted),) = argument.items()
    values = list(_values(source, name.split(".")))
    return any(_LEAVES[kind](value, wanted) for value in values)


def _values(value: object, path: Sequence[str]) -> Iterator[object]:
    if isinstance(value, list):
        for element in value:
            yield from _values(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _first(source: Json, name: str) -> object:
    return next(_values(source, name.split(".")), "")


def _term(value: object, wanted: Any) -> bool:
    expected = wanted["value"] if isinstance(wanted, dict) else wanted
    try:
        network = ipaddress.ip_network(str(expected), strict=False)
        return ipaddress.ip_address(str(value)) in network
    except ValueError:
        return value == expected or (isinstance(expected, str) and not isinstance(value, bool) and str(value) == expected)


def _range(value: object, wanted: Json) -> bool:
    relations: dict[str, Callable[[Any, Any], bool]] = {
        "gte": lambda a, b: a >= b,
        "gt": lambda a, b: a > b,
        "lt": lambda a, b: a < b,
    }
    return all(relations[relation](value, bound) for relation, bound in wanted.items())


def _phrase(value: object, wanted: Any) -> bool:
    text = wanted["query"] if isinstance(wanted, dict) else wanted
    tail = "" if isinstance(wanted, dict) else " "
    return f" {text}{tail}" in f" {value} "


_LEAVES: dict[str, Callable[[object, Any], bool]] = {
    "term": _term,
    "terms": lambda value, wanted: value in wanted,
    "range": _range,
    "match_phrase": _phrase,
    "match_phrase_prefix": _phrase,
    "prefix": lambda value, wanted: f" {wanted['value']}" in f" {value}",
}
