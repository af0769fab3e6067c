"""The correlator as a service: listener, pump and outbox, each in its thread, started and ended together.

`khien serve` runs it beside the incident API; SIGTERM is the caller's: it calls `stop`, which answers the requests under way,
commits and closes.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apsw

from correlator.catalogue import catalogue
from correlator.compiler.ruleset import RuleSet
from correlator.condition import condition
from correlator.ingest.listener import IngestListener
from correlator.inventory_feed import InventoryFeed
from correlator.ledger_feed import ConditionFeed, HeldBackFeed, LedgerFeed
from correlator.rule_reload import LOOK_SECONDS, RuleReload
from correlator.runtime import Correlator
from correlator.sinks import AlertSink, IncidentApiSink
from correlator.tuning.in_force import Tuning
from khien.alert import Alert
from khien.certificates import Identity
from khien.clock import Clock, format_utc
from khien.deny_list import DenyList
from khien.errors import KhienError
from khien.home import Home
from khien.listener import ThreadedServer, listener_config
from khien.store.event_store import EventStore
from khien.tls import server_context

#: How long an idle thread sleeps; short against the 5 s within which an alert must be on the page.
_IDLE_SECONDS = 0.05
_TROUBLE_SECONDS = 1.0
_INVENTORY_SECONDS = 30.0
#: An incident API that starts beside us answers within seconds; without one, events are stamped without assets after this.
_FIRST_INVENTORY_SECONDS = 20.0
_LEDGER_SECONDS = 1.0
#: Python's default is 700; one put of events makes several hundred thousand.
_YOUNG_OBJECTS = 50_000
#: Its counts are summed over all that was folded; an officer looks at them now and then.
_HELD_BACK_SECONDS = 10.0
#: The incident API calls a correlator dead that has been silent for a minute.
_CONDITION_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatorSettings:
    """What an operator decides. `datasets`: the exercises that a sensor may deliver into, by its name."""

    home: Home
    rules: Sequence[Path]
    identity: Identity
    deny_list: Path
    host: str = "127.0.0.1"
    port: int = 0
    datasets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    incident_api_url: str | None = None
    incident_api_identity: Identity | None = None


class CorrelatorService:
    """A running correlator; `with` starts and stops it. `failure` is what ended a thread, if anything did."""

    def __init__(self, settings: CorrelatorSettings, *, store: EventStore, clock: Clock, sinks: Sequence[AlertSink] = ()) -> None:
        self.failure: BaseException | None = None
        #: The last trouble that is being waited out (a full disk, a silent incident API); None when all is well.
        self.trouble: KhienError | None = None
        #: The same of the ledger's way to the incident API.
        self.api_trouble: KhienError | None = None
        #: Who does not speak, by dataset, as the pump last saw it.
        self.absent_sources: Mapping[str, list[tuple[str, int, str]]] = {}
        #: What of the time was seen without a source, by dataset, as the pump last saw it.
        self.gaps: Mapping[str, list[dict[str, Any]]] = {}
        #: The open state-pressure alerts, as the pump last saw them.
        self.pressures: Sequence[Alert] = ()
        #: Troubles of what others see beside this service (the way to Elasticsearch), by part.
        self.other_troubles: Mapping[str, KhienError] = {}
        self.stopped = threading.Event()
        self._settings = settings
        self.rules = RuleReload(settings.rules, cache=settings.home.rule_cache)
        self._feed = self._make_feed()
        self._has_inventory = threading.Event()
        self._ledgers = self._make_ledger_feed()
        self._held_backs = self._make_held_back_feed()
        self._conditions = self._make_condition_feed()
        self._told_rules: tuple[RuleSet, str] | None = None
        inventory = self._first_inventory()
        if self._feed is None or inventory is not None:
            self._has_inventory.set()
        self.correlator = Correlator(
            settings.home,
            rules=self.rules.current,
            store=store,
            clock=clock,
            inventory=inventory,
            sinks=[*sinks, *self._api_sink()],
            tuning=Tuning(settings.home.tuning, clock=clock),
        )
        self.listener = IngestListener(self.correlator.ingest, deny_list=DenyList(settings.deny_list), datasets=settings.datasets)
        context = server_context(settings.identity, clients="required")
        config = listener_config(self.listener.app(), context=context)
        self._server = ThreadedServer(config, host=settings.host, port=settings.port)
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name)
            for name, work in (
                ("pump", self._pump),
                ("outbox", self._outbox),
                ("inventory", self._inventory),
                ("ledger", self._publish_ledger),
                ("held-back", self._publish_held_back),
                ("condition", self._publish_condition),
                ("rules", self._look_after_rules),
            )
        ]

    @property
    def url(self) -> str:
        """Where sensors deliver."""
        return self._server.url

    def troubles(self) -> dict[str, KhienError]:
        """What is being waited out now, by the part that it is with."""
        found = dict(self.correlator.outbox.failures)
        if self.api_trouble is not None:
            found.setdefault("incident_api", self.api_trouble)
        if self.trouble is not None:
            found["state"] = self.trouble
        if self.pressures:
            found["groups"] = state_pressure(self.pressures)
        rules = self.rules.trouble()
        if rules is not None:
            found["rules"] = rules
        tuning = self.correlator.tuning
        if tuning is not None and tuning.fault is not None:
            found["tuning"] = KhienError("tuning.journal_broken", path=str(tuning.journal.path), reason=tuning.fault)
        return found

    def __enter__(self) -> Self:
        self._server.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Take nothing more, finish what is under way, commit, close. Raises what ended a thread before its time."""
        self._server.stop()
        self.stopped.set()
        self._has_inventory.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        for feed in (self._feed, self._ledgers, self._held_backs, self._conditions):
            if feed is not None:
                feed.close()
        self.correlator.close()
        if self.failure is not None:
            raise self.failure

    def _guarded(self, work: Callable[[], None]) -> None:
        """The boundary of a thread: whatever ends it ends the service, and is raised where the service is stopped."""
        try:
            work()
        except BaseException as error:
            self.failure = error
            self.stopped.set()
            if not isinstance(error, Exception):
                raise

    def _pump(self) -> None:
        # Stamping can wait, what it leaves out stays out: on the very first start the inventory comes before the first event.
        self._has_inventory.wait(_FIRST_INVENTORY_SECONDS)
        while not self.stopped.is_set():
            pause = _IDLE_SECONDS
            try:
                self.correlator.retune()
                fresh = self.rules.take()
                if fresh is not None:
                    self.correlator.reload(fresh)
                is_busy = self.correlator.step()
                self.pressures = self.correlator.pressures()
                if is_busy:
                    continue
                self.correlator.look()
                self.absent_sources = self.correlator.absent_sources()
                self.gaps = self.correlator.gaps()
                self.trouble = self.correlator.store_failure
            except apsw.Error as error:
                path = str(self._settings.home.correlator)
                self.trouble = KhienError("correlation.state_unreadable", path=path, reason=str(error))
                pause = _TROUBLE_SECONDS
            self.stopped.wait(pause if self.trouble is None else _TROUBLE_SECONDS)
        self.correlator.commit()

    def _look_after_rules(self) -> None:
        while not self.stopped.is_set():
            self.rules.look()
            self.stopped.wait(LOOK_SECONDS)

    def _outbox(self) -> None:
        while not self.stopped.is_set():
            if not self.correlator.outbox.deliver():
                self.stopped.wait(_IDLE_SECONDS)

    def _inventory(self) -> None:
        while self._feed is not None and not self.stopped.is_set():
            pause = _INVENTORY_SECONDS
            try:
                document = self._feed.fetch()
                if document is not None:
                    self.correlator.use_inventory(document)
                    self._feed.keep(document)
                self._has_inventory.set()
            except (KhienError, OSError):
                # The last inventory stays in force; the API's own health says that it is down.
                pause = _TROUBLE_SECONDS
            self.stopped.wait(pause)

    def _publish_ledger(self) -> None:
        while self._ledgers is not None and not self.stopped.is_set():
            pause = _LEDGER_SECONDS
            try:
                self._ledgers.publish(self.correlator.ledger().as_json())
                self.api_trouble = None
            except KhienError as error:
                # The page says how old its ledger is; the count itself is on disk.
                self.api_trouble = error
                pause = _TROUBLE_SECONDS
            except apsw.Error:
                # The pump meets the same file and says so.
                pause = _TROUBLE_SECONDS
            self.stopped.wait(pause)

    def _publish_held_back(self) -> None:
        while self._held_backs is not None and not self.stopped.is_set():
            pause = _HELD_BACK_SECONDS
            try:
                document = self.correlator.held_back()
                if document is not None:
                    self._held_backs.send(document)
            except (KhienError, apsw.Error):
                # The ledger's thread meets the same API, the pump the same file, and they say so.
                pause = _TROUBLE_SECONDS
            self.stopped.wait(pause)

    def _publish_condition(self) -> None:
        while self._conditions is not None and not self.stopped.is_set():
            pause = _CONDITION_SECONDS
            try:
                # That this API cannot be reached it would not hear from here.
                troubles = {part: error for part, error in self.troubles().items() if part != "incident_api"}
                found = condition(
                    troubles={**troubles, **self.other_troubles}, absent_sources=self.absent_sources, pressures=self.pressures
                )
                self._publish_rules(self._conditions, known=self._conditions.tell(found))
            except (KhienError, apsw.Error):
                # As of what is held back.
                pause = _TROUBLE_SECONDS
            self.stopped.wait(pause)

    def _publish_rules(self, feed: ConditionFeed, *, known: str | None) -> None:
        """Built again only when other rules run, or when the API lost them."""
        rules = self.rules.current
        told = self._told_rules
        if told is not None and told[0] is rules and told[1] == known:
            return
        document = catalogue(rules, self._settings.rules)
        if document["digest"] != known:
            feed.tell_rules(document)
        self._told_rules = (rules, document["digest"])

    def _first_inventory(self) -> bytes | None:
        """The API's, so that the first event already carries its asset; else the last one that was kept."""
        if self._feed is None:
            return None
        try:
            document = self._feed.fetch()
            if document is not None:
                self._feed.keep(document)
                return document
        except (KhienError, OSError):
            pass
        return self._feed.last()

    def _make_feed(self) -> InventoryFeed | None:
        settings = self._settings
        if settings.incident_api_url is None:
            return None
        kept = settings.home.correlator / "inventory.json"
        return InventoryFeed(settings.incident_api_url, identity=settings.incident_api_identity, kept=kept)

    def _make_ledger_feed(self) -> LedgerFeed | None:
        settings = self._settings
        if settings.incident_api_url is None:
            return None
        return LedgerFeed(settings.incident_api_url, identity=settings.incident_api_identity)

    def _make_held_back_feed(self) -> HeldBackFeed | None:
        settings = self._settings
        if settings.incident_api_url is None:
            return None
        return HeldBackFeed(settings.incident_api_url, identity=settings.incident_api_identity)

    def _make_condition_feed(self) -> ConditionFeed | None:
        settings = self._settings
        if settings.incident_api_url is None:
            return None
        return ConditionFeed(settings.incident_api_url, identity=settings.incident_api_identity)

    def _api_sink(self) -> list[AlertSink]:
        settings = self._settings
        if settings.incident_api_url is None:
            return []
        return [IncidentApiSink(settings.incident_api_url, identity=settings.incident_api_identity)]


def state_pressure(alerts: Sequence[Alert]) -> KhienError:
    """Which rules have more groups than may be kept, since when, and how many groups had to go."""
    names = sorted({value for alert in alerts for value in alert.group.values})
    since = format_utc(min(alert.first_us for alert in alerts))
    return KhienError("correlation.state_pressure", rules=", ".join(names), count=sum(alert.hits for alert in alerts), since=since)


def run_correlator(
    settings: CorrelatorSettings,
    *,
    store: EventStore,
    clock: Clock,
    stop: threading.Event,
    watch: Callable[[CorrelatorService], None] | None = None,
) -> None:
    """Run until `stop` is set (by a signal handler) or a thread fails; `watch` is shown the service again and again."""
    with CorrelatorService(settings, store=store, clock=clock) as service, _quiet_collector() as settle:
        rules = None
        while not stop.is_set() and not service.stopped.is_set():
            if service.correlator.rules is not rules:
                rules = service.correlator.rules
                settle()
            if watch is not None:
                watch(service)
            stop.wait(_IDLE_SECONDS)


@contextmanager
def _quiet_collector() -> Iterator[Callable[[], None]]:
    """Keep Python's collector of cycles from looking through the rules again and again: a fifth of all CPU time went there.

    Yields what to call when the rules have changed. Thousands of parsed events live at once and hold no cycles, so that the young
    are looked at seldom.
    """
    before = gc.get_threshold()

    def settle() -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    gc.set_threshold(_YOUNG_OBJECTS, *before[1:])
    try:
        yield settle
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
