"""Taking alerts in: the same call twice changes nothing, and fifty calls at once make one group (response design, section 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts import assigning, grouping, life, linking, suppression, transition
from incident_api.alerts.guards import REOPEN_US
from incident_api.alerts.models import GroupLabel, StoredAlert, TriageGroup
from incident_api.alerts.schemas import TriagePlace
from incident_api.alerts.states import Action, State
from incident_api.alerts.storable import storable
from incident_api.assignments import open_work
from incident_api.coordination.alert_rules import CameBack
from incident_api.database import put_off, write_rows
from incident_api.escalation import service as escalation
from incident_api.escalation.models import EscalationRun
from incident_api.ledger.models import IntakeCount
from incident_api.organisation.placing import chief_of, placed
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.alert import Alert
from khien.errors import KhienError
from khien.ids import Dataset
from khien.text import normalise

OutcomeName = Literal["created", "updated", "known"]
_ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a batch asks of the store once: which alerts are known, and of which things there are groups."""

    keys: dict[str, str]
    known: set[str]
    seen: set[tuple[str, str]]
    #: New groups that are not written yet, with the clocks of those that have told nobody.
    unwritten: list[TriageGroup] = field(default_factory=list)
    begun: list[tuple[TriageGroup, EscalationRun, tuple[str, ...]]] = field(default_factory=list)

    @classmethod
    def read(cls, session: Session, batch: Sequence[tuple[Alert, str]]) -> Ahead:
        """Two questions for each few hundred alerts."""
        known: set[str] = set()
        seen: set[tuple[str, str]] = set()
        for begin in range(0, len(batch), _ASKED_AT_ONCE):
            some = batch[begin : begin + _ASKED_AT_ONCE]
            known |= set(session.scalars(select(StoredAlert.id).where(StoredAlert.id.in_([alert.id for alert, _ in some]))))
            groups = select(TriageGroup.dataset, TriageGroup.triage_key).where(TriageGroup.triage_key.in_([key for _, key in some]))
            seen |= {(dataset, key) for dataset, key in session.execute(groups)}
        # Of two alerts of one name the first makes the matter; the second is known by then.
        return cls(keys={alert.id: key for alert, key in reversed(batch)}, known=known, seen=seen)

    def is_waited_for(self, alert: Alert) -> bool:
        """Whether an alert may look at what is not written yet: a known one, one that joins, or one that supersedes."""
        is_alone = (alert.dataset, self.keys[alert.id]) not in self.seen and alert.id not in self.known
        return bool(self.unwritten) and (not is_alone or bool(alert.supersedes))

    def write(self, runtime: Runtime, session: Session, *, now: int) -> None:
        """The new groups, then what refers to them, then what their clocks say: each as one statement for all."""
        write_rows(session)
        with open_work.asked_anew(session):
            # A clock whose first step is due gives its group to somebody else, by the work of this moment without its own.
            for group, run, inform in self.begun:
                escalation.tell_first(runtime, session, group, run, now_us=now, inform=inform)
        self.unwritten.clear()
        self.begun.clear()
        write_rows(session)


def take_in(runtime: Runtime, *, alerts: Sequence[Alert], actor: Actor) -> list[TriagePlace]:
    """Store, group and assign a batch in one transaction; durable on return."""
    now = runtime.clock.now_us()
    batch = [prepared(runtime, alert, now_us=now) for alert in alerts]
    with runtime.database.write() as session:
        return take_in_within(runtime, session, alerts=batch, actor=actor, now=now)


def prepared(runtime: Runtime, alert: Alert, *, now_us: int) -> Alert:
    """As a database can hold it, with its systems and units. Raises `request.invalid`, `alert.bad_dataset`."""
    found = placed(runtime.organisation, storable(alert), now_us=now_us)
    _check_dataset(found)
    return found


def take_in_within(runtime: Runtime, session: Session, *, alerts: Sequence[Alert], actor: Actor, now: int) -> list[TriagePlace]:
    """The same for prepared alerts in the caller's transaction."""
    places: list[TriagePlace] = []
    touched: dict[str, TriageGroup] = {}
    stood: dict[str, bool] = {}
    ahead = Ahead.read(session, [(alert, grouping.triage_key(alert, runtime.organisation)) for alert in alerts])
    open_work.keep(session, assets=((alert.dataset, alert.assets) for alert in alerts))
    for alert in alerts:
        if ahead.is_waited_for(alert):
            ahead.write(runtime, session, now=now)
        outcome, group = _one(runtime, session, alert, actor=actor, now=now, stood=stood, ahead=ahead)
        if group is not None:
            # An alert that joins may make its group graver, or bring it back: what weighs on whom is read again.
            open_work.read_again(session)
        places.append(TriagePlace(id=alert.id, outcome=outcome))
        if group is not None:
            touched[group.id] = group
    ahead.write(runtime, session, now=now)
    open_work.keep_nothing(session)
    for group in touched.values():
        life.settle(runtime, session, group, stood=stood.get(group.id, group.stands), actor=actor, now=now)
        _announce(runtime, session, group, now=now)
    _count(session, Counter(place.outcome for place in places))
    write_rows(session)
    return places


def _check_dataset(alert: Alert) -> None:
    try:
        Dataset.parse(alert.dataset)
    except ValueError as error:
        raise KhienError("alert.bad_dataset", alert=alert.id, dataset=alert.dataset) from error


def _one(
    runtime: Runtime, session: Session, alert: Alert, *, actor: Actor, now: int, stood: dict[str, bool], ahead: Ahead
) -> tuple[OutcomeName, TriageGroup | None]:
    """A group is returned when it must still be announced; a new one has announced itself. `stood`: what stood before the batch."""
    stored = session.get(StoredAlert, alert.id) if alert.id in ahead.known else None
    if stored is not None:
        return _again(runtime, session, stored, alert, actor=actor, now=now, stood=stood)
    key = ahead.keys[alert.id]
    ahead.known.add(alert.id)
    is_seen = (alert.dataset, key) in ahead.seen
    group = _group_of_superseded(session, alert)
    if group is None and is_seen:
        group = _collecting(session, alert, key=key)
    came_back: CameBack | None = None
    if group is None and is_seen:
        group, came_back = _closed_before(runtime, session, alert, key=key, now=now)
    broken = None
    is_new = group is None
    old_labels = set() if group is None else grouping.labels(group)
    if group is None:
        group = _new_group(alert, key=key, chief=chief_of(runtime.organisation, alert), now=now)
        ahead.seen.add((alert.dataset, key))
    else:
        stood.setdefault(group.id, group.stands)
        broken = suppression.broken_by(session, group, alert) if group.state == State.SUPPRESSED else None
        _join(group, alert, now=now)
    if came_back is not None:
        group.is_returned, group.came_back = True, came_back
    life.count(group, before=life.Life(), after=life.Life.of(alert))
    group.search_text = grouping.search_text(group, alert)
    if is_new:
        _arrive(runtime, session, group, actor=actor, now=now, ahead=ahead)
    if broken is not None:
        act = transition.Act(Action.UNSUPPRESS, group.version, reason=broken)
        transition.by_job(runtime, session, group, actor=Actor.job("suppressions"), act=act, now=now)
    _store(session, alert, group_id=group.id, now=now)
    _label(session, group, old=old_labels)
    if is_new:
        ahead.unwritten.append(group)
        if life.Life.of(alert) != life.Life():
            # Its history has a line at once, which refers to the group.
            ahead.write(runtime, session, now=now)
    life.record(runtime, session, group, alert=alert, before=life.Life(), hits_before=alert.hits, actor=actor, now=now)
    return "created", None if is_new else group


def _again(
    runtime: Runtime, session: Session, stored: StoredAlert, alert: Alert, *, actor: Actor, now: int, stood: dict[str, bool]
) -> tuple[OutcomeName, TriageGroup | None]:
    """A known alert: it grew, late events changed it, or nothing."""
    known = session.get_one(TriageGroup, stored.group_id)
    stood.setdefault(known.id, known.stands)
    before, hits = life.Life.of(stored), stored.hits
    group = _update(session, stored, alert, now=now)
    if group is None:
        return "known", None
    life.record(runtime, session, group, alert=alert, before=before, hits_before=hits, actor=actor, now=now)
    return "updated", group


def _arrive(runtime: Runtime, session: Session, group: TriageGroup, *, actor: Actor, now: int, ahead: Ahead) -> None:
    """A1: somebody is made responsible, then it can be stored, and the clock begins; what that says waits until it is written."""
    inform = assigning.assign(runtime, session, group, cause="arrived", now_us=now).inform
    session.add(group)
    open_work.add(session, group)
    transition.created(runtime, session, group, actor=actor, now=now)
    run = escalation.planned(runtime, session, group, now_us=now)
    if run is not None:
        session.add(run)
        ahead.begun.append((group, run, inform))


def _group_of_superseded(session: Session, alert: Alert) -> TriageGroup | None:
    """The matter of an alert that this one takes the place of, open or closed: state, assignee and verdict stay with it."""
    for alert_id in alert.supersedes:
        stored = session.get(StoredAlert, alert_id)
        if stored is not None and stored.dataset == alert.dataset:
            return session.get_one(TriageGroup, stored.group_id)
    return None


def _collecting(session: Session, alert: Alert, *, key: str) -> TriageGroup | None:
    """The one group of this thing that new hits join; one whose incident has ended gives way to a new matter."""
    query = select(TriageGroup).where(TriageGroup.dataset == alert.dataset, TriageGroup.triage_key == key, TriageGroup.collects)
    group = session.scalar(query)
    if group is None or group.state != State.LINKED or not linking.is_over(session, group):
        return group
    group.collects = False
    session.flush()
    return None


def _closed_before(
    runtime: Runtime, session: Session, alert: Alert, *, key: str, now: int
) -> tuple[TriageGroup | None, CameBack | None]:
    """Of a thing that people have closed: the group that the alert joins, None for a new one, and what the rules say became of it.

    What is graver than what was closed, or was closed too long ago to be opened again, is always a new matter.
    """
    query = select(TriageGroup).where(
        TriageGroup.dataset == alert.dataset, TriageGroup.triage_key == key, TriageGroup.collects.is_(False)
    )
    group = session.scalar(query.order_by(func.coalesce(TriageGroup.closed_us, 0).desc()).limit(1))
    if group is None:
        return None, None
    then = runtime.policy.policy.alerts.came_back(group.verdict)
    is_old = group.closed_us is None or now - group.closed_us > REOPEN_US
    if then == "new" or group.state != State.CLOSED or is_old or alert.severity > group.severity:
        return None, "new"
    if then == "reopen":
        act = transition.Act(Action.REOPEN, group.version, reason="new_hits")
        transition.by_job(runtime, session, group, actor=Actor.job("intake"), act=act, now=now)
    return group, then


def _update(session: Session, stored: StoredAlert, alert: Alert, *, now: int) -> TriageGroup | None:
    """Hits and last time grow to the larger; a repeat changes nothing. The state of the group stays what it is.

    What late events changed (`amended`) replaces what was said before, also by smaller numbers.
    """
    if alert.amended > stored.amended:
        return _amend(session, stored, alert, now=now)
    if alert.amended < stored.amended:
        return None
    is_grown = alert.hits > stored.hits or alert.last_us > stored.last_us or alert.event_count > stored.event_count
    if not is_grown and alert.superseded_by == stored.superseded_by:
        return None
    group = session.get_one(TriageGroup, stored.group_id)
    group.hits += max(0, alert.hits - stored.hits)
    group.last_us = max(group.last_us, alert.last_us)
    stored.hits, stored.last_us = max(stored.hits, alert.hits), max(stored.last_us, alert.last_us)
    stored.event_count = max(stored.event_count, alert.event_count)
    _take_over(session, group, stored, alert, now=now)
    return group


def _amend(session: Session, stored: StoredAlert, alert: Alert, *, now: int) -> TriageGroup:
    group = session.get_one(TriageGroup, stored.group_id)
    group.hits = max(1, group.hits + alert.hits - stored.hits)
    group.first_us, group.last_us = min(group.first_us, alert.first_us), max(group.last_us, alert.last_us)
    stored.hits, stored.event_count = alert.hits, alert.event_count
    stored.first_us, stored.last_us = alert.first_us, alert.last_us
    _take_over(session, group, stored, alert, now=now)
    return group


def _take_over(session: Session, group: TriageGroup, stored: StoredAlert, alert: Alert, *, now: int) -> None:
    """The newest word on an alert, and whom it names now: what a suppression counted into it may have met others."""
    after = life.Life.of(alert)
    life.count(group, before=life.Life.of(stored), after=after)
    life.keep(stored, after)
    stored.document, stored.complete, stored.updated_us = alert.model_dump_json(), alert.complete, now
    old_labels = grouping.labels(group)
    _name(group, alert)
    group.search_text = grouping.search_text(group, alert)
    _label(session, group, old=old_labels)
    session.flush()


def _label(session: Session, group: TriageGroup, *, old: set[tuple[str, str]]) -> None:
    for kind, value in sorted(grouping.labels(group) - old):
        put_off(session, GroupLabel, group_id=group.id, kind=kind, value=value)


def _new_group(alert: Alert, *, key: str, chief: tuple[str | None, str | None], now: int) -> TriageGroup:
    assets, units = sorted(set(alert.assets)), sorted(set(alert.units))
    return TriageGroup(
        id=grouping.group_id(dataset=alert.dataset, key=key, first_alert_id=alert.id),
        dataset=alert.dataset,
        dataset_kind=Dataset(alert.dataset).kind,
        triage_key=key,
        is_open=True,
        collects=True,
        state=State.NEW.value,
        verdict=None,
        severity=alert.severity,
        rule_id=alert.rule.id,
        rule_name=alert.rule.name,
        title_vi=normalise(alert.rule.title.get("vi", alert.rule.name)),
        title_en=normalise(alert.rule.title.get("en", alert.rule.name)),
        tags=list(alert.rule.tags),
        skills=list(alert.rule.skills),
        assets=assets,
        units=units,
        sources=grouping.sources(alert),
        destinations=grouping.destinations(alert),
        identities=grouping.identities(alert),
        asset=chief[0],
        unit=chief[1],
        alerts=1,
        hits=alert.hits,
        withdrawn=0,
        superseded=0,
        amended=0,
        estimated=0,
        folded=0,
        first_us=alert.first_us,
        last_us=alert.last_us,
        received_us=now,
        latest_alert_id=alert.id,
        is_unattended=False,
        is_returned=False,
        version=1,
        stream_seq=0,
        search_text="",
    )


def _join(group: TriageGroup, alert: Alert, *, now: int) -> None:
    """One more alert of an open group. The version stays: it counts what people and the ladder did, not arrivals."""
    group.alerts += 1
    group.hits += alert.hits
    group.severity = max(group.severity, alert.severity)
    group.first_us = min(group.first_us, alert.first_us)
    if alert.last_us >= group.last_us:
        group.last_us, group.latest_alert_id = alert.last_us, alert.id
    group.received_us = now
    _name(group, alert)


def _name(group: TriageGroup, alert: Alert) -> None:
    """Whom and what the group is about, with this alert in it."""
    group.assets = sorted({*group.assets, *alert.assets})
    group.units = sorted({*group.units, *alert.units})
    group.sources = grouping.merged(group.sources, grouping.sources(alert))
    group.destinations = grouping.merged(group.destinations, grouping.destinations(alert))
    group.identities = grouping.merged(group.identities, grouping.identities(alert))


def _store(session: Session, alert: Alert, *, group_id: str, now: int) -> None:
    put_off(
        session,
        StoredAlert,
        id=alert.id,
        group_id=group_id,
        dataset=alert.dataset,
        severity=alert.severity,
        first_us=alert.first_us,
        last_us=alert.last_us,
        hits=alert.hits,
        event_count=alert.event_count,
        complete=alert.complete,
        withdrawn=alert.withdrawn,
        superseded_by=alert.superseded_by,
        amended=alert.amended,
        estimated=alert.explanation.estimated,
        folded=alert.folded,
        group_values=list(alert.group.values),
        document=alert.model_dump_json(),
        received_us=now,
        updated_us=now,
    )


def _announce(runtime: Runtime, session: Session, group: TriageGroup, *, now: int) -> None:
    group.stream_seq = stream.append(
        session,
        kind="group",
        object_id=group.id,
        version=group.version,
        at_us=now,
        units=group.units,
        keep=runtime.settings.stream_rows,
    )


def _count(session: Session, outcomes: Counter[str]) -> None:
    for outcome, alerts in outcomes.items():
        row = session.get(IntakeCount, outcome)
        if row is None:
            session.add(IntakeCount(outcome=outcome, alerts=alerts))
        else:
            row.alerts += alerts
