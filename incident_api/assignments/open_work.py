"""The open work that a decision weighs, by person, and who already handles the same systems: read for each question, or kept.

A batch (`keep`) reads it once. Whoever works on a group of it sets that aside (`aside`): the work on the object itself does not
count, and from then on it counts as what became of it. Counts are kept, not sums: what is weighed is the same either way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import GroupLabel, TriageGroup
from incident_api.alerts.states import State
from incident_api.coordination.policy import Policy
from incident_api.incidents.models import Incident
from incident_api.incidents.states import ENDED

_KEPT = "open_work"


@dataclass(frozen=True, slots=True)
class Work:
    """Open alerts by person and severity, open incidents by person and class; live work, drills and replays are not mixed."""

    alerts: Counter[tuple[str, int]]
    incidents: Counter[tuple[str, str | None]]

    def weights(self, policy: Policy) -> dict[str, float]:
        """What weighs on each."""
        found: dict[str, float] = {}
        for (person, severity), count in sorted(self.alerts.items()):
            found[person] = found.get(person, 0.0) + policy.load.of(severity) * count
        for (person, of_class), count in sorted(self.incidents.items(), key=lambda each: (each[0][0], each[0][1] or "")):
            found[person] = found.get(person, 0.0) + policy.load.of_incident(of_class) * count
        return found


@dataclass(slots=True)
class Kept:
    """What a batch knows. `assets`: the systems of its groups by dataset, so that one question answers for all of them."""

    assets: Mapping[str, frozenset[str]]
    work: dict[str, Work] = field(default_factory=dict)
    #: By dataset and since when: of each system, how many of its groups who has taken.
    holders: dict[tuple[str, int], dict[str, Counter[str]]] = field(default_factory=dict)

    def count(self, group: TriageGroup, change: int) -> None:
        """One more or less, as the group stands."""
        if group.is_open and group.state != State.LINKED and group.dataset_kind in self.work:
            self.work[group.dataset_kind].alerts[group.assignee, group.severity] += change
        if group.state != State.TAKEN or group.taken_us is None:
            return
        for (dataset, since_us), known in self.holders.items():
            if dataset == group.dataset and group.taken_us >= since_us:
                for asset in known.keys() & set(group.assets):
                    known[asset][group.assignee] += change


def keep(session: Session, *, assets: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
    """From now on in this transaction open work is read once, and counted by whoever changes it.

    `assets`: dataset and systems of what is worked on. What changes open work without counting (`aside`, `add`) says this again.
    """
    by_dataset: dict[str, set[str]] = {}
    for dataset, names in assets:
        by_dataset.setdefault(dataset, set()).update(names)
    session.info[_KEPT] = Kept({dataset: frozenset(names) for dataset, names in by_dataset.items()})


def read_again(session: Session) -> None:
    """Something else changed open work: what was kept is read anew."""
    kept: Kept | None = session.info.get(_KEPT)
    if kept is not None:
        session.info[_KEPT] = Kept(kept.assets)


def keep_nothing(session: Session) -> None:
    """The batch is over: each question reads it."""
    session.info.pop(_KEPT, None)


@contextmanager
def asked_anew(session: Session) -> Iterator[None]:
    """Within, open work is read for each question, and what was kept is read again after it."""
    kept: Kept | None = session.info.pop(_KEPT, None)
    yield
    if kept is not None:
        session.info[_KEPT] = Kept(kept.assets)


@contextmanager
def aside(session: Session, group: TriageGroup) -> Iterator[None]:
    """Within, the group does not count; after it, as it stands then. Without a batch the questions leave it out themselves."""
    kept: Kept | None = session.info.get(_KEPT)
    if kept is None:
        yield
        return
    kept.count(group, -1)
    try:
        yield
    finally:
        kept.count(group, +1)


def add(session: Session, group: TriageGroup) -> None:
    """A new group was given to somebody; for what was kept."""
    kept: Kept | None = session.info.get(_KEPT)
    if kept is not None:
        kept.count(group, +1)


def weights(session: Session, policy: Policy, *, dataset_kind: str, object_id: str) -> dict[str, float]:
    """Weight of open work by person, but for that of the object."""
    kept: Kept | None = session.info.get(_KEPT)
    if kept is None:
        return _work(session, dataset_kind=dataset_kind, object_id=object_id).weights(policy)
    if dataset_kind not in kept.work:
        kept.work[dataset_kind] = _work(session, dataset_kind=dataset_kind, object_id=object_id)
    return kept.work[dataset_kind].weights(policy)


def holders(session: Session, assets: Iterable[str], *, dataset: str, since_us: int, object_id: str) -> set[str]:
    """Who took open alerts on one of these systems lately, and who handles an open incident on one; but for the object."""
    wanted = frozenset(assets)
    if not wanted:
        return set()
    kept: Kept | None = session.info.get(_KEPT)
    if kept is None:
        known = _taken(session, wanted, dataset=dataset, since_us=since_us, object_id=object_id)
    else:
        known = kept.holders.setdefault((dataset, since_us), {})
        missing = wanted - known.keys()
        if missing:
            missing |= kept.assets.get(dataset, frozenset()) - known.keys()
            known.update(_taken(session, missing, dataset=dataset, since_us=since_us, object_id=object_id))
    taken = {person for asset in wanted for person, count in known[asset].items() if count > 0}
    return taken | {
        person
        for incident, person, systems in _open_incidents(session, dataset=dataset, since_us=since_us)
        if incident != object_id and not systems.isdisjoint(wanted)
    }


def _work(session: Session, *, dataset_kind: str, object_id: str) -> Work:
    open_groups = TriageGroup.is_open & (TriageGroup.dataset_kind == dataset_kind) & (TriageGroup.id != object_id)
    alerts = session.execute(
        select(TriageGroup.assignee, TriageGroup.severity, func.count())
        # A linked group is part of its incident, which weighs for it.
        .where(open_groups, TriageGroup.state != State.LINKED)
        .group_by(TriageGroup.assignee, TriageGroup.severity)
    )
    open_incidents = Incident.state.not_in(list(ENDED)) & (Incident.dataset_kind == dataset_kind) & (Incident.id != object_id)
    incidents = session.execute(
        select(Incident.assignee, Incident.severity, func.count())
        .where(open_incidents)
        .group_by(Incident.assignee, Incident.severity)
    )
    return Work(
        alerts=Counter({(person, severity): count for person, severity, count in alerts}),
        incidents=Counter({(person, of_class): count for person, of_class, count in incidents}),
    )


def _taken(session: Session, assets: frozenset[str], *, dataset: str, since_us: int, object_id: str) -> dict[str, Counter[str]]:
    """Of each system, how many of its groups who has taken since."""
    query = (
        select(GroupLabel.value, TriageGroup.assignee, func.count())
        .join(GroupLabel, GroupLabel.group_id == TriageGroup.id)
        .where(
            GroupLabel.kind == "asset",
            GroupLabel.value.in_(assets),
            TriageGroup.dataset == dataset,
            TriageGroup.state == State.TAKEN,
            TriageGroup.taken_us >= since_us,
            TriageGroup.id != object_id,
        )
        .group_by(GroupLabel.value, TriageGroup.assignee)
    )
    found: dict[str, Counter[str]] = {asset: Counter() for asset in assets}
    # What is written later in this transaction is no work that somebody took: no need to write it first.
    with session.no_autoflush:
        for asset, person, count in session.execute(query):
            found[asset][person] = count
    return found


def _open_incidents(session: Session, *, dataset: str, since_us: int) -> list[tuple[str, str, frozenset[str]]]:
    """Incidents opened lately with handler and systems; read once a transaction."""
    known: dict[tuple[str, int], list[tuple[str, str, frozenset[str]]]] = session.info.setdefault("handled", {})
    key = (dataset, since_us)
    if key not in known:
        query = select(Incident.id, Incident.assignee, Incident.assets).where(
            Incident.dataset == dataset, Incident.state.not_in(list(ENDED)), Incident.opened_us >= since_us
        )
        known[key] = [(found, person, frozenset(each["id"] for each in assets)) for found, person, assets in session.execute(query)]
    return known[key]
