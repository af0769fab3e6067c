"""Starts the real incident API with a scene in it, for the page's tests and for looking at the page while building it.

`python -m tests.e2e.serve` prints one line of JSON (the environment that `npm run e2e` reads) and stays up until it is stopped;
`python -m tests.e2e.serve --empty` has the people and nothing else;
`python -m tests.e2e.serve --first-run` has no log-in and no system either;
`python -m tests.e2e.serve --arrive N` makes N new alerts arrive at the one that is named by that environment.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import httpx
import yaml

from khien.alert import Alert
from khien.clock import SystemClock
from khien.home import Home
from khien.store import open_store
from tests.e2e import case_scene, coordination_scene, incident_scene, people, rules_scene
from tests.e2e.late import held_back, late
from tests.e2e.scene import ACTS, ASSETS, LAB, SECOND_US, alert, events, source_of

PASSWORD = "bảy con chim sẻ trên dây"
_COORDINATION = Path(__file__).resolve().parents[2] / "coordination"
_START_SECONDS = 60.0
#: Alerts of one request, as the correlator sends at most.
_BATCH = 500
#: Groups of the scene: enough to scroll, few enough to read.
GROUPS = 60
LIVE_GROUPS = 6


def main() -> int:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrive", type=int, metavar="N")
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--first-run", action="store_true")
    given = parser.parse_args()
    if given.arrive is not None:
        return _arrive(given.arrive)
    with tempfile.TemporaryDirectory(prefix="khien-e2e-") as folder:
        if given.first_run:
            return _serve_first_run(Path(folder))
        return _serve(Path(folder), is_empty=given.empty)


def _serve(folder: Path, *, is_empty: bool) -> int:
    port, internal = _free_port(), _free_port()
    home = Home(folder / "home")
    khien = [sys.executable, "-m", "khien", "--home", str(home.root)]
    subprocess.run([*khien, "setup"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    people.write(home=home, password=PASSWORD)
    scene = [] if is_empty else list(_scene(home))
    server = subprocess.Popen([*khien, "incident-api", "--port", str(port), "--internal-port", str(internal)])
    stopped = _stopped()
    try:
        _wait_for(port, server)
        _wait_for(internal, server)
        if not is_empty:
            _fill(scene, folder, home=home, port=port, internal=internal)
        found = {
            "KHIEN_E2E_URL": f"https://localhost:{port}",
            "KHIEN_E2E_ACCOUNT": "irt.leader" if is_empty else _busiest_analyst(home),
            "KHIEN_E2E_PASSWORD": PASSWORD,
            "KHIEN_E2E_DATASET": LAB,
            "KHIEN_E2E_HOME": str(home.root),
            "KHIEN_E2E_INTERNAL": str(internal),
            "KHIEN_E2E_ARRIVE": f"{sys.executable} -m tests.e2e.serve --arrive",
        }
        _stay(found, server, stopped)
    finally:
        server.terminate()
        server.wait(20)
    return 0


def _serve_first_run(folder: Path) -> int:
    """As after the very first start, of a city that has named its units and people and no system yet."""
    port, internal = _free_port(), _free_port()
    home, coordination = folder / "home", folder / "coordination"
    for name in ("vn-2026", "example"):
        shutil.copytree(_COORDINATION / name, coordination / name)
    file = coordination / "example" / "organisation.yaml"
    city = yaml.safe_load(file.read_text(encoding="utf-8")) | {"assets": {}, "networks": [], "hosts": []}
    file.write_text(yaml.safe_dump(city, allow_unicode=True), encoding="utf-8")
    khien = [sys.executable, "-m", "khien", "--home", str(home)]
    subprocess.run([*khien, "setup"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ports = ["--port", str(port), "--internal-port", str(internal)]
    server = subprocess.Popen([*khien, "incident-api", *ports, "--organisation", str(coordination)])
    stopped = _stopped()
    try:
        _wait_for(port, server)
        add = [*khien, "user", "add", "sysadmin", "--password-stdin", "--organisation", str(coordination)]
        found = {
            "KHIEN_E2E_URL": f"https://localhost:{port}",
            "KHIEN_E2E_ACCOUNT": "sysadmin",
            "KHIEN_E2E_PASSWORD": PASSWORD,
            "KHIEN_E2E_ADMINISTRATOR": " ".join(add),
        }
        _stay(found, server, stopped)
    finally:
        server.terminate()
        server.wait(20)
    return 0


def _stopped() -> threading.Event:
    """Set when somebody asks this process to end."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _stay(found: dict[str, str], server: subprocess.Popen[bytes], stopped: threading.Event) -> None:
    """Say where it is, and stay up until it is stopped."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    while not stopped.wait(0.2) and server.poll() is None:
        pass


def _fill(scene: Sequence[Alert], folder: Path, *, home: Home, port: int, internal: int) -> None:
    _post(scene, home=home, port=internal)
    _post(late(scene), home=home, port=internal)
    _put(held_back(SystemClock().now_us()), "held-back", home=home, port=internal)
    compiled, catalogue = rules_scene.rules(folder)
    _put(catalogue, "rules", home=home, port=internal)
    _post(list(rules_scene.alerts(compiled, now_us=SystemClock().now_us())), home=home, port=internal)
    incident_scene.write(home=home, port=port, password=PASSWORD)
    case_scene.write(home=home, port=port, password=PASSWORD)
    coordination_scene.write(home=home, port=port, password=PASSWORD)


def _arrive(count: int) -> int:
    home = Home(Path(os.environ["KHIEN_E2E_HOME"]))
    now_us = SystemClock().now_us()
    first = 10_000 + now_us // SECOND_US % 1_000_000
    batch = [
        alert(
            number,
            act=ACTS[number % len(ACTS)],
            dataset=LAB,
            at_us=now_us,
            source=f"192.0.2.{number % 250 + 1}",
            asset=f"may-tram-{number}",
        )
        for number in range(first, first + count)
    ]
    _post(batch, home=home, port=int(os.environ["KHIEN_E2E_INTERNAL"]))
    return 0


def _scene(home: Home) -> Iterator[Alert]:
    """The alerts; their events go into the store, which has no other writer here."""
    now_us = SystemClock().now_us()
    store = open_store("sqlite:", home=home, clock=SystemClock())
    try:
        number = 0
        for group in range(GROUPS + LIVE_GROUPS):
            dataset = LAB if group < GROUPS else "live"
            act, asset = ACTS[group % len(ACTS)], ASSETS[group // len(ACTS) % len(ASSETS)]
            # Every fifth group holds several alerts, so that N and P have somewhere to go.
            for again in range(3 if group % 5 == 0 else 1):
                at_us = now_us - (40 + group * 97 + again * 600) * SECOND_US
                store.put_events(events(number, act=act, dataset=dataset, at_us=at_us, source=source_of(group)))
                yield alert(number, act=act, dataset=dataset, at_us=at_us, source=source_of(group), asset=asset)
                number += 1
    finally:
        store.close()


def _post(alerts: Sequence[Alert], *, home: Home, port: int) -> None:
    url = f"https://localhost:{port}/internal/v1/alerts"
    with httpx.Client(verify=_as_correlator(home), timeout=60) as correlator:
        for first in range(0, len(alerts), _BATCH):
            body = {"alerts": [each.model_dump(mode="json") for each in alerts[first : first + _BATCH]]}
            correlator.post(url, json=body).raise_for_status()


def _put(body: object, part: str, *, home: Home, port: int) -> None:
    url = f"https://localhost:{port}/internal/v1/{part}"
    httpx.put(url, json=body, verify=_as_correlator(home), timeout=60).raise_for_status()


def _as_correlator(home: Home) -> ssl.SSLContext:
    identity = home.certificates / "issued" / "component" / "correlator"
    context = ssl.create_default_context(cafile=str(identity / "authority.pem"))
    context.load_cert_chain(str(identity / "identity.pem"))
    return context


def _busiest_analyst(home: Home) -> str:
    """Who was given most of the scene's new groups."""
    with closing(sqlite3.connect(f"file:{home.incident_api / 'state.db'}?mode=ro", uri=True)) as connection:
        query = "select assignee from triage_groups where dataset = ? and assignee like 'irt.analyst.%'"
        rows = connection.execute(query, (LAB,)).fetchall()
    return Counter(str(row[0]) for row in rows).most_common(1)[0][0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > until:
                break
            time.sleep(0.1)
    raise SystemExit("error: the incident API did not start")


if __name__ == "__main__":
    raise SystemExit(main())
