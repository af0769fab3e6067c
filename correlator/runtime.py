"""The correlator: from the ingest log to the store, the rules and the alerts.

Two cursors walk the log. The store cursor puts stamped events into the event store; the detection cursor scans them, lets the
domains correlate, and commits what changed in one transaction. Either may fail and wait while the other goes on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
from khien_engine import EngineError, detect

from correlator.checkpoint import DETECTION, STORE, Checkpoint, StoredRange
from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.correlation.domain import MAIN, Domain
from correlator.correlation.watch import Watches
from correlator.held_back import report
from correlator.ingest.accept import Ingest, promises_of, unpack
from correlator.ingest.direct import DirectTransport
from correlator.ingest.log import LogEntry
from correlator.ledger import Ledger, read_ledger
from correlator.outbox import Outbox
from correlator.quarantine import Quarantine
from correlator.repairs import Repairs
from correlator.retired import retired_set
from correlator.sinks import AlertSink, StoreSink
from correlator.stamping import Reject, StampedEntry, stamp_entry, stamp_reject
from correlator.tuning.counts import EXCEPTED
from correlator.tuning.fold import Folder, FoldingSink
from correlator.tuning.in_force import Tuning
from correlator.tuning.tuned import Tuned
from khien.alert import Alert
from khien.clock import Clock
from khien.delivery import BatchKind
from khien.errors import KhienError
from khien.home import Home
from khien.store.event_store import EventStore
from khien.store.result import PutResult

#: A detection checkpoint comes after this many events or this long (reliability design, section 5).
CHECKPOINT_EVENTS = 5_000
CHECKPOINT_SECONDS = 1.0
#: Compressed, some 5,000 events: detection comes again after at most so many, also while the store catches up.
_STORE_BYTES = 1 << 19
#: Stamped lines kept for the cursor that comes second.
_KEPT_BYTES = 64 << 20


class Correlator:
    """One process's correlator on one folder of data. `step` is called by one thread; transports by any."""

    def __init__(
        self,
        home: Home,
        *,
        rules: RuleSet | Sequence[Path],
        store: EventStore,
        clock: Clock,
        inventory: bytes | None = None,
        sinks: Sequence[AlertSink] = (),
        tuning: Tuning | None = None,
    ) -> None:
        self._written = rules if isinstance(rules, RuleSet) else compile_folders(rules)
        self.tuning = tuning
        self._home = home
        self.store_failure: KhienError | None = None
        self._clock = clock
        self._store = store
        self._inventory = _inventory(inventory)
        self.ingest = Ingest(home.correlator / "ingest.db", clock=clock)
        self.quarantine = Quarantine(home.correlator / "quarantine.db")
        self._checkpoint = Checkpoint(home.correlator / "checkpoint.db")
        self._folder = tuning.folder() if tuning is not None else None
        # The store comes last: it may be busy with events, and people wait for the others.
        self.outbox = Outbox(self._checkpoint, _folding([*sinks, StoreSink(store)], self._folder), clock=clock)
        self._stamped: OrderedDict[int, StampedEntry] = OrderedDict()
        self._kept_bytes = 0
        self._use()

    def transport(self, sensor: str) -> DirectTransport:
        """The way in for a source of this process; in a replay the sensor is the import's id."""
        return DirectTransport(self.ingest, sensor=sensor)

    def step(self) -> bool:
        """Do what there is to do, a bounded piece of it; whether there was anything."""
        # What people wait for comes first: an alert may be a moment ahead of its events in the store.
        detected = self._detect_step()
        stored = self._store_step()
        repaired = self._repairs.step(self._domains, commit=self._commit)
        if stored or detected or repaired:
            self._cut()
        self._end_retired()
        return stored or detected or repaired

    def run_until_idle(self) -> None:
        """Store and evaluate all that was delivered, and hand over the alerts. Raises what the store or a sink raises."""
        while self.step():
            pass
        if self.store_failure is not None:
            raise self.store_failure
        self.outbox.deliver(patient=False)

    def look(self) -> None:
        """Tell the domains what time it is: only live ones care, to find who is absent."""
        if self._checkpointed == self.ingest.log.last_position():
            for domain in self._domains.values():
                domain.look(now_us=self._clock.now_us())
            if any(lane.has_changes for domain in self._domains.values() for lane in domain.lanes.values()):
                self._commit()
            self._end_retired()

    def retune(self) -> bool:
        """Run with what of the tuning is in force now; whether that changed. Groups stay: they belong to rule and version."""
        if self.tuning is None or not self.tuning.refresh():
            return False
        self.commit()
        self._use()
        return True

    def reload(self, rules: RuleSet) -> bool:
        """Run these rules from the next entry on; whether anything changed.

        Groups belong to rule and version: those of unchanged rules go on; open windows of changed correlations end under the old
        version, beside the new one.
        """
        is_same = rules.ir == self._written.ir and rules.plan == self._written.plan
        self._written = rules
        if is_same:
            return False
        self.commit()
        self._use()
        return True

    def _use(self) -> None:
        self._tuned = _tuned(self._written, self.tuning)
        self.rules = self._tuned.rules
        kept = self._checkpoint.change_rules(self.rules.plan)
        retired = retired_set(kept, self.rules.plan, self.rules.ir)
        self._watches = Watches(self.rules.plan, ir=self.rules.ir, retired=retired)
        self._ruleset = detect.Ruleset(retired.ir)
        self._load()

    def _end_retired(self) -> None:
        """Older versions of rules go when all their windows have ended."""
        if not self._watches.retired.rules:
            return
        if not any(lane.native.retiring() for domain in self._domains.values() for lane in domain.lanes.values()):
            self.commit()
            self._checkpoint.end_retired()
            self._use()

    def commit(self) -> None:
        """Put down what the detection cursor did since the last checkpoint."""
        if self._uncommitted:
            self._commit()

    def alerts(self, dataset: str) -> Iterator[Alert]:
        """The alerts of a dataset as the event store has them, by id."""
        ids = list(self._store.alert_ids(dataset))
        for start in range(0, len(ids), 500):
            found = self._store.get_alerts(ids[start : start + 500])
            yield from (found[alert_id] for alert_id in ids[start : start + 500] if alert_id in found)

    def ledger(self, dataset: str | None = None) -> Ledger:
        """What became of everything that was read."""
        return read_ledger(self.ingest.log, self._checkpoint, dataset=dataset)

    def held_back(self) -> dict[str, Any] | None:
        """Exceptions, suppressions and refused alerts, for `PUT /internal/v1/held-back`; None without tuning."""
        if self.tuning is None:
            return None
        return report(self.tuning, self._tuned, self._written.plan, self._checkpoint, home=self._home, now_us=self._clock.now_us())

    def absent_sources(self) -> dict[str, list[tuple[str, int, str]]]:
        """Who does not speak, by dataset."""
        return {name: domain.sources.absent for name, domain in sorted(self._domains.items()) if domain.sources.absent}

    def gaps(self) -> dict[str, list[dict[str, Any]]]:
        """Of which time each source was missing or seen only alone, by dataset; and what waits to be evaluated again."""
        return {name: domain.shown_gaps() for name, domain in sorted(self._domains.items()) if domain.is_repaired}

    def pressures(self) -> list[Alert]:
        """The open state-pressure alerts of what is watched live, the oldest first. For the thread that steps."""
        live = self._domains.get("live")
        found = [alert for lane in live.lanes.values() for alert in lane.pressures.open.values()] if live is not None else []
        return sorted(found, key=lambda alert: (alert.first_us, alert.id))

    def use_inventory(self, document: bytes) -> None:
        """Stamp with this inventory from the next entry on. Raises the engine's error as KhienError; then the old one stays."""
        self._inventory = _inventory(document)

    def replay_quarantine(self, *, limit: int = 1_000) -> int:
        """Offer rejected lines again, after the cause was mended; how many are stored now. The others stay where they are.

        Only while nothing else steps this correlator. The rules see the lines as late events.
        """
        accepted: list[Reject] = []
        for reject in self.quarantine.rejects(limit=limit):
            line = stamp_reject(reject, self._inventory)
            if line and not self._store.put_events(line).rejections:
                accepted.append(reject)
                self._scan(line, self._domain(reject.dataset), ingested_us=reject.ingested_us)
        if accepted:
            self._uncommitted += len(accepted)
            # In this order a crash in between leaves a line in quarantine that is stored already: offered again, it is a duplicate.
            self._commit()
            self._checkpoint.accept_rejects(accepted)
            self.quarantine.remove(accepted)
        return len(accepted)

    def close(self) -> None:
        """Close the files; what was committed is all that counts."""
        self.outbox.close()
        if self._folder is not None:
            self._folder.close()
        self._checkpoint.close()
        self.quarantine.close()
        self.ingest.log.close()

    def _load(self) -> None:
        """State as of the last checkpoint; also after a failed one."""
        self._detected = self._checkpointed = self._checkpoint.cursor(DETECTION)
        self._stored = self._checkpoint.cursor(STORE)
        self._domains = self._checkpoint.load_domains(self._watches, scan=self._ruleset.scan, make=self._make_domain)
        for domain in self._domains.values():
            domain.sources.hear_all(now_us=self._clock.now_us())
            self._begin_rules(domain)
        self._repairs = Repairs(self._watches, self._ruleset.scan, self._checkpoint, clock=self._clock)
        self._uncommitted = 0
        self._committed_at = self._clock.monotonic()

    def _store_step(self) -> bool:
        try:
            entries = self.ingest.log.read(after=self._stored, limit_bytes=_STORE_BYTES)
            if not entries:
                return False
            confirmed = StoredRange()
            for part in self._parts(entries):
                self._put(part, confirmed)
            self._checkpoint.commit_store(entries[-1].position, confirmed)
        except (KhienError, apsw.Error) as error:
            self.store_failure = _as_khien(error, "checkpoint.db")
            return False
        self._stored = entries[-1].position
        self.store_failure = None
        return True

    def _parts(self, entries: list[LogEntry]) -> Iterator[list[StampedEntry]]:
        """Stamped events, some thousand lines at a time: one durable write of the store for many small batches."""
        part: list[StampedEntry] = []
        for entry in entries:
            if entry.kind is BatchKind.EVENTS:
                part.append(self._stamp(entry))
                if sum(len(stamped.seqs) for stamped in part) >= CHECKPOINT_EVENTS:
                    yield part
                    part = []
        if part:
            yield part

    def _put(self, part: list[StampedEntry], confirmed: StoredRange) -> None:
        """A line that the store already has was put before a crash: it is stored, and counted once, here."""
        rejects = [reject for stamped in part for reject in stamped.rejects]
        lines = b"".join(stamped.lines for stamped in part)
        result = self._store.put_events(lines) if lines else PutResult(())
        if result.rejections:
            places = [(stamped.entry, seq) for stamped in part for seq in stamped.seqs]
            raw = lines.split(b"\n")
            for rejection in result.rejections:
                entry, seq = places[rejection.index]
                rejects.append(
                    Reject(
                        sensor=entry.sensor,
                        epoch=entry.epoch,
                        seq=seq,
                        dataset=entry.dataset,
                        reason=rejection.reason.value,
                        ingested_us=entry.ingested_us,
                        line=raw[rejection.index] + b"\n",
                        is_stamped=True,
                    )
                )
        self.quarantine.add(rejects)
        for stamped in part:
            confirmed.stored[stamped.entry.sensor, stamped.entry.epoch, stamped.entry.dataset] += stamped.entry.count
        for reject in rejects:
            confirmed.stored[reject.sensor, reject.epoch, reject.dataset] -= 1
            confirmed.rejected[reject.sensor, reject.epoch, reject.dataset, reject.reason] += 1

    def _detect_step(self) -> bool:
        entries = self.ingest.log.read(after=self._detected)
        for entry in entries:
            self._detect(entry)
            self._detected = entry.position
            self._uncommitted += entry.count + 1
            is_due = self._clock.monotonic() - self._committed_at >= CHECKPOINT_SECONDS
            if self._uncommitted >= CHECKPOINT_EVENTS or is_due:
                self._commit()
        if not entries and self._uncommitted:
            self._commit()
            return True
        return bool(entries)

    def _detect(self, entry: LogEntry) -> None:
        domain = self._domain(entry.dataset)
        if entry.kind is BatchKind.PROMISE:
            now_us = self._clock.now_us()
            try:
                promises = promises_of(unpack(entry.body))
            except KhienError:
                # Damaged on the disk: the source's next promise says as much and more.
                domain.counts["promises_unreadable"] += 1
                return
            for source, promise_us in sorted(promises.items()):
                key = (entry.sensor, entry.epoch, source)
                domain.promise(key, promise_us=promise_us, now_us=now_us, ingested_us=entry.ingested_us)
        elif entry.kind is BatchKind.EVENTS:
            self._scan(self._stamp(entry).lines, domain, ingested_us=entry.ingested_us)

    def _scan(self, lines: bytes, domain: Domain, *, ingested_us: int) -> None:
        hits = self._ruleset.scan(lines)
        if self._tuned.counters:
            for _, _, numbers in hits:
                for entry in {self._tuned.counters[number] for number in numbers if number in self._tuned.counters}:
                    domain.counts[f"{EXCEPTED}{entry}"] += 1
        if hits:
            domain.observe(lines, hits, ingested_us=ingested_us)

    def _commit(self) -> None:
        try:
            self._checkpoint.commit_detection(self._detected, self._domains.values())
        except apsw.Error:
            # What is in memory is ahead of the file and partly handed over: back to the last checkpoint, then again.
            self._load()
            raise
        for dataset in [name for name, domain in self._domains.items() if domain.is_finished]:
            del self._domains[dataset]
        self._checkpointed = self._detected
        self._uncommitted = 0
        self._committed_at = self._clock.monotonic()

    def _cut(self) -> None:
        through = min(self._stored, self._checkpointed)
        self.ingest.log.cut(through=through)
        while self._stamped and next(iter(self._stamped)) <= through:
            self._kept_bytes -= len(self._stamped.popitem(last=False)[1].lines)

    def _stamp(self, entry: LogEntry) -> StampedEntry:
        known = self._stamped.get(entry.position)
        if known is None:
            known = self._stamped[entry.position] = stamp_entry(entry, self._inventory)
            self._kept_bytes += len(known.lines)
            while self._kept_bytes > _KEPT_BYTES:
                self._kept_bytes -= len(self._stamped.popitem(last=False)[1].lines)
        return known

    def _domain(self, dataset: str) -> Domain:
        domain = self._domains.get(dataset)
        if domain is None:
            domain = self._domains[dataset] = self._make_domain(dataset)
            domain.counts.update(self._checkpoint.counts(dataset))
            self._begin_rules(domain)
        return domain

    def _begin_rules(self, domain: Domain) -> None:
        if domain.is_repaired:
            self._checkpoint.begin_rules(domain.dataset, self._watches.rules, watermark_us=domain.lane(MAIN).watermark_us)

    def _make_domain(self, dataset: str) -> Domain:
        return Domain(dataset, self._watches)


def _tuned(rules: RuleSet, tuning: Tuning | None) -> Tuned:
    return Tuned(rules, {}, ()) if tuning is None else tuning.tune(rules)


def _folding(sinks: Sequence[AlertSink], folder: Folder | None) -> Sequence[AlertSink]:
    return sinks if folder is None else [FoldingSink(sink, folder) for sink in sinks]


def _inventory(document: bytes | None) -> detect.Inventory | None:
    if document is None:
        return None
    try:
        return detect.Inventory(document)
    except EngineError as error:
        raise KhienError(error.code, location=error.location, **error.params) from error


def _as_khien(error: Exception, path: str) -> KhienError:
    return error if isinstance(error, KhienError) else KhienError("correlation.state_unreadable", path=path, reason=str(error))
