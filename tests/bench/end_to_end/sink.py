"""The incident API's place at the end of the run: takes alerts as it does, and notes when each marker's alert came.

`python -m tests.bench.end_to_end.sink FILE` prints its port and appends `<arrival µs> <kind> <event µs>` lines to the file.
"""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

import orjson

from tests.bench.end_to_end.stream import SINGLE, THREE

_INVENTORY = b'{"version":"1","networks":[],"hosts":[],"assets":{}}'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    arrivals: TextIO

    def do_GET(self) -> None:
        self._answer(304 if self.headers.get("If-None-Match") else 200, _INVENTORY)

    def do_PUT(self) -> None:
        self._body()
        self._answer(204, b"")

    def do_POST(self) -> None:
        body = self._body()
        now_us = time.time_ns() // 1_000
        alerts: list[dict[str, Any]] = orjson.loads(body)["alerts"]
        for alert in alerts:
            self._note(alert, now_us)
        self._answer(200, orjson.dumps({"results": [{"id": alert["id"], "outcome": "created"} for alert in alerts]}))

    def _note(self, alert: dict[str, Any], now_us: int) -> None:
        for value in alert["group"]["values"]:
            kind, _, event_us = str(value).partition("-")
            if kind in {SINGLE, THREE} and event_us.isdecimal():
                self.arrivals.write(f"{now_us} {kind} {event_us}\n")
                return
        self.arrivals.write(f"{now_us} other 0\n")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(0 if status in {204, 304} else len(body)))
        self.end_headers()
        if status == 200:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Quiet."""


def main() -> None:
    with Path(sys.argv[1]).open("a", buffering=1, encoding="ascii") as arrivals:
        _Handler.arrivals = arrivals
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
