"""`khien serve`: correlator, incident API and page as one process group; a part that dies is started again.

`khien correlator` and `khien incident-api` are the same parts alone, for containers and larger installations.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from khien.app.command import Context, error_line
from khien.app.resources import folder
from khien.app.setup import prepare
from khien.clock import Clock, SystemClock
from khien.errors import KhienError

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_LONGEST_BACKOFF_SECONDS = 60.0
#: A part that lived this long was well; its next failure starts a new row of waits.
_WELL_AFTER_SECONDS = 60.0
_LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Part:
    """One child process."""

    name: str
    command: Sequence[str]
    ports: Sequence[int]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = None

    def start(self, clock: Clock) -> None:
        """Start it; its messages go where ours go."""
        self.process = subprocess.Popen(self.command)
        self.started_at, self.restart_at = clock.monotonic(), None


@dataclass(slots=True)
class Group:
    """The parts and their end: SIGTERM or Ctrl-C stops them all in order."""

    parts: list[Part]
    context: Context
    clock: Clock = field(default_factory=SystemClock)
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start one part after the other, each when the one before answers; raises `serve.not_started`."""
        for part in self.parts:
            part.start(self.clock)
            until = self.clock.monotonic() + _START_SECONDS
            for port in part.ports:
                self._wait_for(part, port, until)

    def watch(self) -> None:
        """Until told to stop: start again what died, after 1, 2, 4 … 60 s."""
        while not self.stop.wait(_LOOK_SECONDS):
            for part in self.parts:
                self._look(part)

    def end(self) -> None:
        """Last started, first stopped."""
        for part in reversed(self.parts):
            if part.process is not None and part.process.poll() is None:
                part.process.terminate()
        for part in reversed(self.parts):
            if part.process is None:
                continue
            try:
                part.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait()

    def _look(self, part: Part) -> None:
        now = self.clock.monotonic()
        if part.restart_at is not None:
            if now >= part.restart_at:
                part.start(self.clock)
            return
        status = part.process.poll() if part.process is not None else None
        if status is None:
            return
        part.failures = 0 if now - part.started_at > _WELL_AFTER_SECONDS else part.failures + 1
        seconds = min(_LONGEST_BACKOFF_SECONDS, 2.0 ** max(part.failures - 1, 0))
        part.restart_at = now + seconds
        self.context.tell(self.context.say("serve.restarted", part=part.name, status=status, seconds=round(seconds)))

    def _wait_for(self, part: Part, port: int, until: float) -> None:
        while not self.stop.is_set():
            if part.process is not None and (status := part.process.poll()) is not None:
                raise KhienError("serve.not_started", part=part.name, status=status)
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                    return
            except OSError:
                if self.clock.monotonic() > until:
                    raise KhienError("serve.not_started", part=part.name, status=0) from None
            self.stop.wait(_LOOK_SECONDS)


def serve(context: Context) -> int:
    """Run everything on this machine until told to stop."""
    given = context.arguments
    _refuse_taken(given.host, (given.port, given.ingest_port, given.internal_port))
    identities = prepare(context.home, names=given.name)
    group = Group([incident_api_part(context), correlator_part(context)], context)
    with _signals(group.stop):
        try:
            group.start()
            if not group.stop.is_set():
                name = given.name[0] if given.name else "localhost"
                context.tell(
                    context.say(
                        "serve.up",
                        page=f"https://{name}:{given.port}/",
                        ingest=f"https://{name}:{given.ingest_port}",
                        ca=str(identities.authority.authority),
                    )
                )
            group.watch()
        finally:
            group.end()
    return 0


def incident_api_part(context: Context) -> Part:
    """The incident API as a child, with the options that `serve` shares with it."""
    given = context.arguments
    command = [*_khien(context), "incident-api", "--host", given.host, "--port", str(given.port)]
    command += ["--internal-port", str(given.internal_port)]
    for option in ("database", "organisation", "elasticsearch"):
        value = getattr(given, option)
        command += [f"--{option}", value] if value else []
    command += [word for name in given.name for word in ("--name", name)]
    return Part("incident-api", command, (given.port, given.internal_port))


def correlator_part(context: Context) -> Part:
    """The correlator as a child."""
    given = context.arguments
    command = [*_khien(context), "correlator", "--host", given.host, "--ingest-port", str(given.ingest_port)]
    command += ["--incident-api", f"https://localhost:{given.internal_port}"]
    command += ["--elasticsearch", given.elasticsearch] if given.elasticsearch else []
    for option, values in (("rules", given.rules or ()), ("name", given.name), ("exercise-sensor", given.exercise_sensor)):
        command += [word for value in values for word in (f"--{option}", value)]
    return Part("correlator", command, (given.ingest_port,))


def correlator(context: Context) -> int:
    """Run the correlator alone."""
    from correlator.service import CorrelatorSettings, run_correlator  # noqa: PLC0415 - a part imports its room only
    from khien.app.correlator_watch import CorrelatorWatch  # noqa: PLC0415
    from khien.app.feeding import feeding  # noqa: PLC0415
    from khien.store.opening import open_store  # noqa: PLC0415

    given = context.arguments
    identities = prepare(context.home, names=given.name)
    clock = SystemClock()
    settings = CorrelatorSettings(
        home=context.home,
        rules=[Path(path) for path in given.rules] if given.rules else [folder("rules"), *_packs(context)],
        identity=identities.correlator_server,
        deny_list=context.home.certificates / "revoked.txt",
        host=given.host,
        port=given.ingest_port,
        datasets=_exercises(given.exercise_sensor),
        incident_api_url=given.incident_api,
        incident_api_identity=identities.correlator_client,
    )
    stop = threading.Event()
    store = open_store("sqlite:", home=context.home, clock=clock)
    try:
        with _signals(stop), feeding(context.home, url=given.elasticsearch, clock=clock) as feed:
            watch = CorrelatorWatch(context, feed=feed, clock=clock)
            run_correlator(settings, store=store, clock=clock, stop=stop, watch=watch)
    finally:
        store.close()
    return 0


def _packs(context: Context) -> list[Path]:
    """The active packs, each compared with its import; one that was changed is named and left out, the others run."""
    from correlator.packs.store import PackStore  # noqa: PLC0415 - a part imports its room only

    folders, errors = PackStore(context.home.packs, clock=SystemClock()).active_folders()
    for error in errors:
        context.tell(error_line(error, context.language))
    return folders


def incident_api(context: Context) -> int:
    """Run the incident API and the page alone."""
    from incident_api.service import run_incident_api  # noqa: PLC0415 - a part imports its room only
    from khien.app.incident_api_settings import settings_of  # noqa: PLC0415

    prepare(context.home, names=context.arguments.name)
    run_incident_api(settings_of(context), SystemClock())
    return 0


def _khien(context: Context) -> list[str]:
    return [sys.executable, "-m", "khien", "--home", str(context.home.root), "--language", context.language]


def _exercises(given: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pair in given:
        name, equals, dataset = pair.partition("=")
        if not equals or not dataset.startswith("exercise:"):
            raise KhienError("usage.invalid", message=f"--exercise-sensor `{pair}`: NAME=exercise:ID", program="khien serve")
        found[name] = found.get(name, frozenset()) | {dataset}
    return found


def _refuse_taken(host: str, ports: Sequence[int]) -> None:
    if len(set(ports)) != len(ports):
        raise KhienError("serve.ports_equal", ports=", ".join(map(str, ports)))
    for port in ports:
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            raise KhienError("serve.port_taken", port=port, reason=error.strerror or str(error)) from error


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask for an orderly end."""
    before = {number: signal.signal(number, lambda _number, _frame: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
