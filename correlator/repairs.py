"""Late events, evaluated again with all that is kept, piece by piece between batches (docs/concepts/late-repair.md)."""

from __future__ import annotations

from collections.abc import Callable

from correlator.checkpoint import Checkpoint
from correlator.correlation.domain import MAIN, SKEW_US, Backlog, Domain, Stream
from correlator.correlation.lane import BEGINNING, Hit, Lane
from correlator.correlation.repair import reach, spans_of
from correlator.correlation.settling import settle
from correlator.correlation.watch import Watches
from correlator.kept import Block
from khien.alert import Alert
from khien.clock import Clock
from khien.delivery import END

#: Lines of one piece: some ten milliseconds.
_PIECE_LINES = 5_000
#: A repair rests four times as long as the last one took: live detection keeps most of the core.
_REST = 4
#: Alerts and open groups of one repair in memory; beyond it nothing is settled, and that is counted.
MOST_ALERTS = 50_000
#: Numbers of episodes that the main lane may use up while a repair runs.
_EPISODES_APART = 1 << 32
_AT_ONCE = 1_000

Scan = Callable[[bytes], list[Hit]]


class Repair:
    """One run of a dataset's kept lines through a scratch lane."""

    def __init__(self, domain: Domain, watches: Watches, scan: Scan, checkpoint: Checkpoint, streams: list[Stream]) -> None:
        self.domain = domain
        self.is_given_up = False
        self._watches = watches
        self._scan = scan
        self._checkpoint = checkpoint
        domain.repairing = {stream: domain.backlogs.pop(stream) for stream in streams}
        late = {rule for backlog in domain.repairing.values() for rule in backlog.rules}
        plan = watches.plan
        numbers = [rule.number for rule in plan.detections if rule.rule.id in late]
        self._reach = reach(plan, numbers)
        self._first_us = min(backlog.first_us for backlog in domain.repairing.values())
        with checkpoint.locked():
            self._since = checkpoint.late.since(domain.dataset)
            self._through = checkpoint.late.kept.last_position()
        main = domain.lane(MAIN)
        self._until_us = main.watermark_us
        room_us = main.watermark_us - self._since.since_us
        self._begins = {
            rule_id: self._since.since_us + span_us for rule_id, span_us in self._reach.items() if 2 * span_us <= room_us
        }
        self.too_wide = sorted(set(self._reach) - set(self._begins))
        self._names = spans_of(plan, numbers)
        self._names = {name: span_us for name, span_us in self._names.items() if 2 * span_us <= room_us}
        self._lane = Lane(domain.dataset, watches, is_main=True)
        self._lane.native.next_episode = main.native.next_episode + _EPISODES_APART
        self._found: dict[str, Alert] = {}
        self._block: Block | None = None
        self._position = 0
        self._is_following = False

    def piece(self) -> bool:
        """Read some; whether there is more."""
        lines = 0
        while self._names and not self.is_given_up:
            block = self._next()
            if block is None:
                return False
            lines += self._take(block)
            if lines >= _PIECE_LINES:
                return True
        return False

    def finish(self) -> None:
        """Everything is read and committed: say what follows, and let the main lane go on from there."""
        domain, main = self.domain, self.domain.lane(MAIN)
        if self._names and not self.is_given_up:
            self._advance(main.watermark_us)
            self._collect()
        domain.mend(domain.repairing)
        touched: set[str] = set(self._reach)
        if not self.is_given_up:
            self._settle()
            self._adopt(main)
            for stream in domain.repairing:
                if stream not in domain.backlogs:
                    domain.drop_lane(stream)
        self._complete(touched)
        domain.counts["repairs"] += 1
        domain.counts["repair_too_wide"] += len(self.too_wide)
        domain.counts["repair_too_large"] += self.is_given_up
        domain.counts["repair_evicted"] += self._lane.counts["groups_evicted"]
        domain.repairing = {}

    def abandon(self) -> None:
        """Begin anew another time."""
        for stream, backlog in self.domain.repairing.items():
            known = self.domain.backlogs.setdefault(stream, Backlog())
            known.add(backlog.rules, first_us=backlog.first_us, heard_us=backlog.heard_us)
        self.domain.repairing = {}

    def _next(self) -> Block | None:
        late, name = self._checkpoint.late, self.domain.dataset
        with self._checkpoint.locked():
            if not self._is_following:
                block = late.kept.following(name, self._block, through=self._through)
                if block is not None:
                    return block
                self._is_following, self._position = True, self._through
            return late.kept.added(name, after=self._position)

    def _take(self, block: Block) -> int:
        if not self._is_following:
            # By time: what comes now is not older than its first line.
            self._advance(min(block.first_us - 1, self._until_us))
            self._block = block
        self._position = block.position
        hits = self._scan(block.lines)
        if hits:
            self._lane.observe(block.lines, hits, ingested_us=block.ingested_us, latest_us=block.ingested_us + SKEW_US)
        if self._is_following:
            self._advance(block.watermark_us)
        self._collect()
        return len(hits)

    def _advance(self, watermark_us: int) -> None:
        lane = self._lane
        if lane.watermark_us == BEGINNING:
            if watermark_us < self._since.began_us or self._since.began_us == BEGINNING:
                return
            # Absence is judged from the first watermark on.
            lane.advance(self._since.began_us)
        if watermark_us >= END > lane.watermark_us:
            lane.advance(max(self.domain.last_us, lane.watermark_us))
        if watermark_us > lane.watermark_us:
            lane.advance(watermark_us)

    def _collect(self) -> None:
        for alert in self._lane.alerts.values():
            if self._is_judged(alert):
                self._found[alert.id] = alert
        self._lane.alerts = {}
        self.is_given_up = len(self._found) > MOST_ALERTS or len(self._lane.opened) > MOST_ALERTS

    def _is_judged(self, alert: Alert) -> bool:
        """Whether late events may have changed it, and all that could make it is kept."""
        begins_us = self._begins.get(alert.rule.id)
        if begins_us is None or alert.first_us <= begins_us:
            return False
        return max(alert.last_us, alert.window.end_us) >= self._first_us - self._reach[alert.rule.id]

    def _settle(self) -> None:
        domain = self.domain
        if not self._begins:
            return
        from_us = self._first_us - max(self._reach.values())
        # What only a newer backlog shows is not judged yet.
        newer_us = min((one.first_us for one in domain.backlogs.values() if one.rules), default=END)
        with self._checkpoint.locked():
            said = [alert for alert in self._checkpoint.late.said(domain.dataset, from_us=from_us) if self._is_judged(alert)]
        before = [alert for alert in said if alert.id in self._found or alert.last_us < newer_us]
        after = [self._completed(alert) for alert in self._found.values()]
        for alert in settle(before, after):
            domain.repaired[alert.id] = alert
        domain.counts["repaired"] += len(domain.repaired)

    def _adopt(self, main: Lane) -> None:
        if not self._names:
            return
        openings = {number: self._completed(alert) for number, alert in self._lane.openings.items()}
        left = [number for number, alert in openings.items() if not self._is_ours(alert)]
        main.adopt(list(self._names), self._lane, openings, left=left)

    def _is_ours(self, alert: Alert) -> bool:
        begins_us = self._begins.get(alert.rule.id)
        return begins_us is not None and alert.first_us > begins_us

    def _completed(self, alert: Alert) -> Alert:
        from_us = alert.first_us - self._reach.get(alert.rule.id, 0)
        has_gap = self.domain.has_gap(from_us, max(alert.last_us, alert.window.end_us))
        return alert if alert.complete != has_gap else alert.model_copy(update={"complete": not has_gap})

    def _complete(self, touched: set[str]) -> None:
        """Alerts that nothing late could change, of a time of which nothing is missing any more."""
        after = ""
        while True:
            with self._checkpoint.locked():
                found = self._checkpoint.late.incomplete(self.domain.dataset, limit=_AT_ONCE, after=after)
            if not found:
                return
            after = found[-1].id
            for alert in found:
                is_settled = alert.id in self.domain.repaired or alert.rule.id in self.too_wide
                is_old = alert.rule.id in touched and not self._is_ours(alert)
                span_us = spans_of(self._watches.plan, None).get(f"{alert.rule.id}@{alert.rule.version}", 0)
                if is_settled or is_old or self.domain.has_gap(alert.first_us - span_us, max(alert.last_us, alert.window.end_us)):
                    continue
                self.domain.repaired[alert.id] = alert.model_copy(update={"complete": True, "amended": alert.amended + 1})


class Repairs:
    """At most one repair at a time. `step` is called between batches, by the thread that steps the correlator."""

    def __init__(self, watches: Watches, scan: Scan, checkpoint: Checkpoint, *, clock: Clock) -> None:
        self._watches = watches
        self._scan = scan
        self._checkpoint = checkpoint
        self._clock = clock
        self._run: Repair | None = None
        self._took = 0.0
        self._not_before = 0.0

    def step(self, domains: dict[str, Domain], *, commit: Callable[[], None]) -> bool:
        """A piece of what there is to do; whether there was anything."""
        begin = self._clock.monotonic()
        if self._run is None:
            return self._start(domains, begin=begin, commit=commit)
        is_more = self._run.piece()
        if not is_more:
            commit()
            # What this commit wrote belongs to it; nothing comes in between.
            while self._run.piece():
                pass
            self._run.finish()
            self._run = None
            commit()
        now = self._clock.monotonic()
        self._took += now - begin
        if not is_more:
            self._not_before = now + _REST * self._took
        return True

    def abandon(self) -> None:
        """The rules, or the state, are others now."""
        if self._run is not None:
            self._run.abandon()
            self._run = None

    def _start(self, domains: dict[str, Domain], *, begin: float, commit: Callable[[], None]) -> bool:
        if begin < self._not_before:
            return False
        now_us = self._clock.now_us()
        for domain in domains.values():
            streams = domain.ready(now_us=now_us) if domain.is_repaired else []
            if streams:
                commit()
                self._took = 0.0
                self._run = Repair(domain, self._watches, self._scan, self._checkpoint, streams)
                return True
        return False
