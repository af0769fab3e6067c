"""`make lab LIVE=1`: a sensor watches the lab day while it happens; its alerts must be those of the recording of the same day.

The sensor runs in the gateway's namespace, the correlator outside of the namespaces; the lab records the day beside it, and that
very recording is then replayed. Alerts are compared by rule, severity, and group: dataset and time differ by nature.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import orjson
import yaml

from khien.alert import Alert
from khien.app.command import end_on_sigterm, error_line
from khien.app.ports import free_ports
from khien.app.replay import ReplayOptions, replay
from khien.app.resources import folder
from khien.clock import SystemClock
from khien.errors import KhienError
from khien.home import Home
from khien.language import from_environment
from khien.store.opening import open_store

_CORRELATOR = "10.10.100.1"
_SENSOR = "lab"
_BUILD = Path("build/lab-live")
_LOGS = {
    "portal-access": "nginx_access@cong-tt",
    "portal-error": "nginx_error@cong-tt",
    "portal-auth": "syslog@cong-tt",
    "mail-mail": "syslog@mail",
    "mail-auth": "syslog@mail",
    "admin-auth": "syslog@quan-tri",
    "resolver-daemon": "syslog@phan-giai",
}
_SETTLE_SECONDS = 60.0
_START_SECONDS = 60.0

#: What makes two alerts the same but for dataset and time.
Identity = tuple[str, int, tuple[str, ...]]


def main() -> int:
    """Run the day live, replay its recording, compare. Exit 0 when the alerts are the same, 1 when not."""
    language = from_environment()
    end_on_sigterm()
    try:
        live, recorded = _run()
    except KhienError as error:
        print(error_line(error, language), file=sys.stderr)  # noqa: T201
        return error.entry.exit_status
    only_live, only_recorded = live - recorded, recorded - live
    report = {
        "passed": not only_live and not only_recorded and bool(live),
        "alerts": len(live),
        "only_live": sorted(map(list, only_live)),
        "only_recorded": sorted(map(list, only_recorded)),
    }
    (_BUILD / "live.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    for name, _, values in sorted(live | recorded):
        side = "=" if (name, _, values) in live & recorded else "live" if (name, _, values) in live else "recorded"
        print(f"{side:9} {name} {', '.join(values)}")  # noqa: T201
    return 0 if report["passed"] else 1


def _run() -> tuple[set[Identity], set[Identity]]:
    shutil.rmtree(_BUILD, ignore_errors=True)
    _BUILD.mkdir(parents=True)
    home = Home((_BUILD / "home").absolute())
    # The rules of this moment, for both runs: somebody may edit them while the day lasts.
    rules = shutil.copytree(folder("rules"), _BUILD / "rules")
    khien = [sys.executable, "-m", "khien", "--home", str(home.root)]
    _must([*khien, "setup", "--name", _CORRELATOR, "--sensor", _SENSOR])
    page, ingest, internal = free_ports((8443, 8444, 8445))
    with (_BUILD / "server.log").open("wb") as log:
        # The lab's link to the sensor exists only once the lab is up, so its address cannot be bound before.
        ports = ["--port", str(page), "--ingest-port", str(ingest), "--internal-port", str(internal)]
        options = [*ports, "--host", "0.0.0.0", "--name", _CORRELATOR, "--rules", str(rules)]  # noqa: S104
        server = subprocess.Popen([*khien, "serve", *options], stdout=log, stderr=log)
        try:
            _wait_until_up(server)
            # A home of its own, as on a machine of its own: the sensor becomes `nobody`, who must not reach the server's files.
            sensor = [sys.executable, "-m", "khien", "--home", str((_BUILD / "sensor").absolute()), "sensor", "run"]
            sensor += [
                "--name",
                _SENSOR,
                "--server",
                "https://{correlator}:" + str(ingest),
                "--certificates",
                str(home.certificates),
            ]
            sensor += ["--interface", "{interface}", "--utc-offset", "420", "--user", "nobody"]
            sensor += [word for name, form in _LOGS.items() for word in ("--log", f"{{log:{name}}}:{form}")]
            _must([sys.executable, "-m", "lab.record", "--live", "--output", str(_BUILD / "recording"), "--", *sensor])
            live = _settled(home)
        finally:
            server.terminate()
            server.wait(30)
    return live, _identities(replay(_recorded_files(), options=ReplayOptions(rules=[rules])).alerts)


def _must(command: list[str]) -> None:
    if (status := subprocess.run(command, check=False).returncode) != 0:
        raise KhienError("demo.command", command=" ".join(command[2:6]), status=status)


def _wait_until_up(server: subprocess.Popen[bytes]) -> None:
    log, pause = _BUILD / "server.log", threading.Event()
    until = SystemClock().monotonic() + _START_SECONDS
    while b"https://" not in log.read_bytes():
        if server.poll() is not None or SystemClock().monotonic() > until:
            raise KhienError("demo.server", path=str(log))
        pause.wait(0.2)


def _settled(home: Home) -> set[Identity]:
    """The live alerts, when no more come."""
    store = open_store("sqlite:", home=home, clock=SystemClock(), is_read_only=True)
    pause = threading.Event()
    try:
        until, before = SystemClock().monotonic() + _SETTLE_SECONDS, -1
        while True:
            # Sources that ended are absent after 10 s, and only then are the last windows judged.
            pause.wait(20.0)
            ids = list(store.alert_ids("live"))
            if len(ids) == before or SystemClock().monotonic() > until:
                return _identities(store.get_alerts(ids).values())
            before = len(ids)
    finally:
        store.close()


def _recorded_files() -> list[str]:
    recording = _BUILD / "recording"
    manifest = yaml.safe_load((recording / "manifest.yaml").read_text(encoding="utf-8"))
    return [
        str(recording / entry["path"])
        if entry["format"] == "pcapng"
        else f"{recording / entry['path']}:{entry['format']}@{entry['host']}"
        for entry in manifest["files"]
    ]


def _identities(alerts: Iterable[Alert]) -> set[Identity]:
    return {(alert.rule.name, alert.severity, alert.group.values) for alert in alerts}


if __name__ == "__main__":
    sys.exit(main())
