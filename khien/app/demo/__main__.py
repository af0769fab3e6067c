"""`python -m khien.app.demo [--check]`: run the lab day, show what was found, and either stay up or compare and end."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from khien.alert import Alert
from khien.app.alert_table import print_table
from khien.app.answer_key import Comparison, compare
from khien.app.command import end_on_sigterm, error_line, hint_line
from khien.app.demo.client import ApiClient
from khien.app.demo.day import LabDay
from khien.app.demo.elasticsearch import node
from khien.app.demo.stores import StoreComparison, compare_stores
from khien.app.ports import free_ports
from khien.clock import Clock, SystemClock
from khien.errors import KhienError
from khien.home import Home
from khien.language import Language, from_environment, say
from khien.store import EventStore
from khien.store.opening import open_store

DATASET = "exercise:lab"
SENSOR = "lab"
#: Who can log in to the demo's page, all with the same password of this run.
ACCOUNTS = (
    *(f"irt.analyst.{number}" for number in range(1, 7)),
    *(f"irt.shift_lead.{number}" for number in range(1, 4)),
    "irt.leader",
    "irt.deputy",
    "police.duty",
    "auditor",
)
_UP_SECONDS = 90.0
_SETTLE_SECONDS = 120.0
_PAUSE_SECONDS = 0.25


@dataclass(slots=True)
class Demo:
    """One run: a scratch home, the product's own commands, and what they gave."""

    home: Home
    build: Path
    language: Language
    clock: Clock = field(default_factory=SystemClock)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    ports: tuple[int, int, int] = (8443, 8444, 8445)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The page."""
        return f"https://localhost:{self.ports[0]}"

    @property
    def authority(self) -> Path:
        """The CA's certificate."""
        return self.home.certificates / "root" / "root.pem"

    def prepare(self) -> None:
        """A fresh home, certificates and accounts."""
        shutil.rmtree(self.home.root, ignore_errors=True)
        self.home.root.mkdir(parents=True)
        self.tell("demo.prepare")
        self.khien("setup", "--sensor", SENSOR)
        for account in ACCOUNTS:
            self.khien("user", "add", account, "--password-stdin", text=f"{self.password}\n")

    def start(self, elasticsearch: str | None) -> None:
        """The server, until its page answers; once more on other ports when somebody took one in between."""
        self.tell("demo.serve")
        try:
            self._start(elasticsearch)
        except KhienError:
            if self.server is None or self.server.poll() is None:
                raise
            self._start(elasticsearch)

    def stop(self) -> None:
        """End the server in order."""
        if self.server is not None and self.server.poll() is None:
            self.server.terminate()
            self.server.wait(30)

    def run_sensor(self, day: LabDay) -> float:
        """The recorded files through a sensor; returns its seconds."""
        started = self.clock.monotonic()
        options = ["--name", SENSOR, "--server", f"https://localhost:{self.ports[1]}", "--dataset", DATASET, "--once"]
        options += ["--year", str(day.year), "--utc-offset", str(day.utc_offset_minutes)]
        options += [word for given in day.inputs for word in ("--read", given)]
        log_path = self.build / "demo-sensor.log"
        with log_path.open("wb") as log:
            sensor = subprocess.Popen(self._command("sensor", "run", *options), stdout=log, stderr=log)
            self._show_sensor(sensor)
        if sensor.returncode:
            raise KhienError("demo.sensor", status=sensor.returncode, path=str(log_path))
        return self.clock.monotonic() - started

    def settle(self, client: ApiClient) -> dict[str, Any]:
        """Wait until everything delivered is stored, evaluated and with the incident API; returns the ledger."""
        until = self.clock.monotonic() + _SETTLE_SECONDS
        before: dict[str, Any] | None = None
        while self.clock.monotonic() < until:
            ledger = client.ledger()
            components = [entry["ledger"] for entry in ledger["components"]]
            is_settled = components and all(entry["balanced"] and not entry["spooled"] for entry in components)
            if is_settled and before is not None and _numbers(before) == _numbers(ledger):
                return ledger
            before = ledger if is_settled else None
            self.show("demo.settle", alerts=int(ledger["alerts"]["stored"]))
            threading.Event().wait(1.5)
        raise KhienError("demo.not_settled", seconds=round(_SETTLE_SECONDS))

    def khien(self, *words: str, text: str | None = None) -> None:
        """One public command; its own error is the demo's."""
        ran = subprocess.run(self._command(*words), input=text, capture_output=True, text=True, check=False)
        if ran.returncode:
            sys.stderr.write(ran.stderr)
            raise KhienError("demo.command", command=" ".join(words[:3]), status=ran.returncode)

    def tell(self, key: str, **values: str | float) -> None:
        """A line for the person."""
        print(say(key, self.language, **values), file=sys.stderr, flush=True)  # noqa: T201

    def show(self, key: str, **values: str | float) -> None:
        """A line that the next one replaces; in a log nothing."""
        if sys.stderr.isatty():
            print(f"\r\033[K{say(key, self.language, **values)}", end="", file=sys.stderr, flush=True)  # noqa: T201

    def _start(self, elasticsearch: str | None) -> None:
        self.ports = free_ports(self.ports)
        page, ingest, internal = (str(port) for port in self.ports)
        options = ["--port", page, "--ingest-port", ingest, "--internal-port", internal]
        options += ["--exercise-sensor", f"{SENSOR}={DATASET}"]
        options += ["--elasticsearch", elasticsearch] if elasticsearch else []
        with (self.build / "demo-server.log").open("wb") as log:
            self.server = subprocess.Popen(self._command("serve", *options), stdout=log, stderr=log)
        self._wait_until_up()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "khien", "--home", str(self.home.root), "--language", self.language, *words]

    def _wait_until_up(self) -> None:
        until = self.clock.monotonic() + _UP_SECONDS
        with httpx.Client(verify=False, trust_env=False, timeout=2.0) as client:  # noqa: S501 - asked only whether it is up
            while self.clock.monotonic() < until and self.server is not None and self.server.poll() is None:
                try:
                    if client.get(f"{self.url}/api/v1/health").is_success and self._takes_sensors():
                        return
                except httpx.HTTPError:
                    pass
                threading.Event().wait(_PAUSE_SECONDS)
        raise KhienError("demo.server", path=str(self.build / "demo-server.log"))

    def _takes_sensors(self) -> bool:
        return b"https://" in (self.build / "demo-server.log").read_bytes()

    def _show_sensor(self, sensor: subprocess.Popen[bytes]) -> None:
        """How far the sensor is, from the status that it writes."""
        status = self.home.sensor(SENSOR) / "status.json"
        while sensor.poll() is None:
            try:
                found = orjson.loads(status.read_bytes())
                self.show("demo.sensor_status", acknowledged=int(found.get("acked_seq", 0)))
            except (OSError, ValueError):
                self.show("demo.sensor_status", acknowledged=0)
            threading.Event().wait(_PAUSE_SECONDS)


def _numbers(ledger: dict[str, Any]) -> Any:
    """What must stand still before the day is over: counts, not times."""
    return [entry["ledger"] for entry in ledger["components"]], ledger["alerts"]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the answer key and end")
    parser.add_argument("--sqlite-only", action="store_true", help="do not start Elasticsearch")
    arguments = parser.parse_args()
    language = from_environment()
    end_on_sigterm()
    try:
        return run(is_check=arguments.check, is_sqlite_only=arguments.sqlite_only, language=language)
    except KhienError as error:
        print(f"\n{error_line(error, language)}\n\n{hint_line(error, language)}".rstrip(), file=sys.stderr)  # noqa: T201
        return error.entry.exit_status


def run(*, is_check: bool, is_sqlite_only: bool, language: Language) -> int:
    """The whole demo."""
    build = Path("build")
    build.mkdir(exist_ok=True)
    demo = Demo(home=Home((build / "demo").absolute()), build=build, language=language)
    started = demo.clock.monotonic()
    day = LabDay.load()
    with ExitStack() as stack:
        demo.prepare()
        elasticsearch, why_not = (None, "--sqlite-only") if is_sqlite_only else stack.enter_context(node())
        if elasticsearch is None:
            if not is_sqlite_only and "elasticsearch" in os.environ.get("KHIEN_REQUIRE", "").split(","):
                raise KhienError("demo.promised", reason=why_not)
            demo.tell("demo.one_store", reason=why_not)
        stack.callback(demo.stop)
        demo.start(elasticsearch)
        demo.tell("demo.day")
        sensor_seconds = demo.run_sensor(day)
        client = ApiClient(demo.url, authority=demo.authority, account="irt.leader", password=demo.password)
        stack.callback(client.close)
        ledger = demo.settle(client)
        store = open_store("sqlite:", home=demo.home, clock=demo.clock, is_read_only=True)
        stack.callback(store.close)
        alerts = _alerts(store)
        comparison = compare(day.key, alerts)
        stores = _both(demo, store, elasticsearch) if elasticsearch else None
        groups = client.groups(DATASET)
        seconds = demo.clock.monotonic() - started
        report = _report(comparison, ledger, groups, stores, seconds=seconds, sensor_seconds=sensor_seconds)
        (build / "demo.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        _print(demo, alerts, comparison, report, stores)
        is_good = bool(report["passed"])
        if not is_check:
            _stay(demo, groups)
    if is_check:
        demo.tell("demo.good" if is_good else "demo.bad", seconds=round(seconds))
        return 0 if is_good else 1
    return 0


def _alerts(store: EventStore) -> list[Alert]:
    ids = list(store.alert_ids(DATASET))
    found = store.get_alerts(ids)
    return sorted(found.values(), key=lambda alert: (alert.first_us, alert.id))


def _both(demo: Demo, store: EventStore, url: str) -> StoreComparison:
    """Compare when the feed has caught up; a difference that stays is the result."""
    other = open_store(url, home=demo.home, clock=demo.clock, is_read_only=True)
    try:
        until = demo.clock.monotonic() + _SETTLE_SECONDS
        while True:
            other.flush()
            compared = compare_stores(store, other, DATASET)
            if compared.is_equal or demo.clock.monotonic() > until:
                return compared
            demo.show("demo.elasticsearch", stored=compared.events[1], total=compared.events[0])
            threading.Event().wait(1.0)
    finally:
        other.close()


def _report(
    comparison: Comparison,
    ledger: dict[str, Any],
    groups: list[dict[str, Any]],
    stores: StoreComparison | None,
    *,
    seconds: float,
    sensor_seconds: float,
) -> dict[str, Any]:
    unassigned = [row["id"] for row in groups if row["assignee"] is None]
    balanced = all(entry["ledger"]["balanced"] for entry in ledger["components"]) and bool(ledger["balances"])
    return {
        "passed": comparison.is_as_expected and balanced and not unassigned and (stores is None or stores.is_equal),
        "acts": {
            found.act.id: {
                "found": found.is_found,
                "missing": list(found.missing),
                "alerts": [{"id": alert.id, "rule": alert.rule.name, "severity": alert.severity} for alert in found.alerts],
            }
            for found in comparison.acts
        },
        "ordinary_alerts_above_low": [
            {"id": alert.id, "rule": alert.rule.name, "severity": alert.severity} for alert in comparison.ordinary_above_low
        ],
        "groups": len(groups),
        "unassigned_groups": unassigned,
        "ledger": ledger,
        "ledger_balanced": balanced,
        "seconds": round(seconds, 1),
        "sensor_seconds": round(sensor_seconds, 1),
        "stores_compared": None
        if stores is None
        else {
            "equal": stores.is_equal,
            "events": list(stores.events),
            "alerts": list(stores.alerts),
            "only_in_one": list(stores.only_in_one),
        },
    }


def _print(demo: Demo, alerts: list[Alert], comparison: Comparison, report: dict[str, Any], stores: StoreComparison | None) -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)  # noqa: T201
    print_table(alerts, language=demo.language)
    for found in comparison.acts:
        title = found.act.title[demo.language]
        rules = ", ".join(sorted({alert.rule.name for alert in found.alerts})) or "–"
        demo.tell("demo.act_found" if found.is_found else "demo.act_missed", title=title, rules=rules)
    demo.tell("demo.ordinary", count=len(comparison.ordinary_above_low))
    for entry in report["ledger"]["components"]:
        numbers = entry["ledger"]
        rejected = sum(numbers["rejected"].values())
        columns = {name: int(numbers[name]) for name in ("read", "stored", "duplicates", "spooled")}
        demo.tell("replay.ledger", **columns, rejected=rejected)
    if stores is not None:
        key = "demo.stores_equal" if stores.is_equal else "demo.stores_differ"
        demo.tell(
            key, events=stores.events[0], alerts=stores.alerts[0], other_events=stores.events[1], other_alerts=stores.alerts[1]
        )


def _stay(demo: Demo, groups: list[dict[str, Any]]) -> None:
    """Up until Ctrl-C; the log-in is of whoever has most to do."""
    busiest = Counter(row["assignee"]["id"] for row in groups if row["assignee"]).most_common(1)
    account = busiest[0][0] if busiest and busiest[0][0] in ACCOUNTS else "irt.leader"
    demo.tell("demo.up", url=f"{demo.url}/queue?dataset={DATASET}", account=account, password=demo.password, ca=str(demo.authority))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    while not stop.wait(1.0):
        if demo.server is not None and demo.server.poll() is not None:
            raise KhienError("demo.server", path=str(demo.build / "demo-server.log"))


if __name__ == "__main__":
    sys.exit(main())
