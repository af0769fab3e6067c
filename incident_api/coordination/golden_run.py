"""The rules' answers to the worked cases: a policy that answers one of them otherwise is not loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from incident_api.coordination import approvals, obligations, periodic, sharing
from incident_api.coordination.calendar import Day
from incident_api.coordination.case import AffectedAsset, Case, Clocks, Severity
from incident_api.coordination.golden import (
    GoldenAct,
    GoldenApproval,
    GoldenAssessment,
    GoldenPeriodic,
    GoldenRequest,
    GoldenSharing,
    GoldenSteps,
    GoldenTimeline,
    GoldenWorkingDay,
    Worked,
    local_us,
)
from incident_api.coordination.obligations import Judged, Key, Planned, Standing
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy
from incident_api.coordination.severity import assess
from khien.errors import KhienError

_ASSESSED_AT = "2026-11-10 09:00"


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose answer is another: what was asked, expected and found."""

    case: str
    what: str
    expected: str
    found: str


def failures(policy: Policy) -> tuple[Failure, ...]:
    """Every difference between the cases and the rules, in the order of the file."""
    return tuple(failure for case in policy.golden.cases() for failure in _answer(policy, case))


def check_golden(policy: Policy) -> None:
    """Raises `policy.golden` with the first difference and how many there are."""
    found = failures(policy)
    if found:
        first = found[0]
        raise KhienError(
            "policy.golden",
            case=first.case,
            what=first.what,
            expected=first.expected,
            found=first.found,
            count=len({each.case for each in found}),
        )


def _differences(case: Worked, pairs: dict[str, tuple[object, object]]) -> Iterator[Failure]:
    for what, (expected, found) in pairs.items():
        if expected != found:
            yield Failure(case.id, what, _text(expected), _text(found))


def _text(value: object) -> str:
    if isinstance(value, tuple | list | set | frozenset):
        return " ".join(str(each) for each in value) or "–"
    return "–" if value is None else str(value)


def _case(policy: Policy, assets: tuple[str, ...], facts: dict[str, bool | int | str], flags: tuple[str, ...]) -> Case:
    known = policy.golden.assets
    affected = tuple(AffectedAsset(each, known[each].level, known[each].owner, known[each].flags) for each in assets)
    return policy.severity.complete(Case(assets=affected, facts=facts, flags=frozenset(flags)))


def _judged(policy: Policy, case: Case, severity: Severity | None, highest: Severity | None) -> Judged:
    return Judged(case, severity, highest, policy.unknown_asset_level, policy.severity.unknown_owner)


def _assessment(policy: Policy, case: GoldenAssessment) -> Iterator[Failure]:
    judged_case = _case(policy, case.assets, case.facts, case.flags)
    found = assess(policy.severity, judged_case, unknown_level=policy.unknown_asset_level)
    at = local_us(policy.calendar, _ASSESSED_AT)
    clocks = Clocks(detected_us=at)
    if found.severity is not None:
        clocks = obligations.raised(clocks, found.severity, at_us=at)
    clocks = obligations.flagged(policy.obligations, clocks, judged_case.flags, at_us=at)
    judged = _judged(policy, judged_case, found.severity, found.severity)
    planned = obligations.plan(policy.obligations, judged, clocks, now_us=at)
    yield from _differences(
        case,
        {
            "group": (case.group, policy.taxonomy.group(case.type, case.tags)),
            "class": (case.severity, found.severity),
            "rule": (case.rule, found.rule),
            "lead": (case.lead, found.lead + ("+p" if "p" in found.joins else "")),
            "obligations": (sorted(case.owes), sorted({each.key.code for each in planned})),
            "recipients": (case.count, len(planned)),
        },
    )


@dataclass(slots=True)
class _Course:
    """A timeline as it goes on."""

    policy: Policy
    case: Case
    clocks: Clocks
    severity: Severity | None = None
    highest: Severity | None = None
    made: dict[Key, Planned] = field(default_factory=dict)
    cancelled: set[Key] = field(default_factory=set)
    overdue: set[str] = field(default_factory=set)

    def act(self, act: GoldenAct) -> None:
        at = local_us(self.policy.calendar, act.at)
        rules = self.policy.obligations
        if act.severity is not None:
            self.severity = act.severity
            if self.highest is None or act.severity.rank > self.highest.rank:
                self.highest = act.severity
            self.clocks = obligations.raised(self.clocks, act.severity, at_us=at)
        if act.flags:
            self.case = self.policy.severity.complete(replace(self.case, flags=self.case.flags | set(act.flags)))
            self.clocks = obligations.flagged(rules, self.clocks, self.case.flags, at_us=at)
        if act.recovered:
            self.clocks = replace(self.clocks, recovered_us=at)
        if act.move is not None and act.to is not None:
            to = local_us(self.policy.calendar, act.to)
            is_personal_data = act.move == "pd"
            self.clocks = replace(self.clocks, personal_data_us=to) if is_personal_data else replace(self.clocks, detected_us=to)
        self._reconcile(at)

    def _reconcile(self, at: int) -> None:
        standing = [Standing(key, each.due_us, key not in self.cancelled) for key, each in self.made.items()]
        judged = _judged(self.policy, self.case, self.severity, self.highest)
        changes = obligations.reconcile(self.policy.obligations, standing, judged, self.clocks, now_us=at)
        for each in (*changes.make, *changes.move):
            self.made[each.key] = each
        self.overdue |= {each.key.code for each in changes.make if each.due_us <= at}
        self.cancelled |= set(changes.cancel)

    def due(self, code: str) -> tuple[str, ...]:
        times = {each.due_us for key, each in self.made.items() if key.code == code and key not in self.cancelled}
        return tuple(_time(self.policy, each) for each in sorted(times))


def _timeline(policy: Policy, case: GoldenTimeline) -> Iterator[Failure]:
    detected = case.detected or case.acts[0].at
    course = _Course(policy, _case(policy, case.assets, {}, ()), Clocks(detected_us=local_us(policy.calendar, detected)))
    for act in case.acts:
        course.act(act)
    pairs: dict[str, tuple[object, object]] = {code: (times, course.due(code)) for code, times in case.due.items()}
    for code, recipients in case.told.items():
        pairs[f"told {code}"] = (sorted(recipients), sorted(key.recipient for key in course.made if key.code == code))
    for code in case.cancelled:
        pairs[f"cancelled {code}"] = ((), course.due(code))
    for code in case.never:
        pairs[f"never {code}"] = ((), tuple(key.recipient for key in course.made if key.code == code))
    if case.overdue_at_birth:
        pairs["overdue at birth"] = (sorted(case.overdue_at_birth), sorted(course.overdue))
    yield from _differences(case, pairs)
    for act in case.then:
        course.act(act)
    yield from _differences(case, {f"then {code}": (times, course.due(code)) for code, times in case.due_then.items()})


def _steps(policy: Policy, case: GoldenSteps) -> Iterator[Failure]:
    start, due = local_us(policy.calendar, case.start), local_us(policy.calendar, case.due)
    times = obligations.steps_of(policy.obligations, Planned(Key(case.code, "–"), start, due))
    pairs: dict[str, tuple[object, object]] = {"steps": (case.at, tuple(_time(policy, each) for each in times))}
    if case.back is not None:
        fired = obligations.next_step(times, taken=case.taken, now_us=local_us(policy.calendar, case.back))
        pairs |= {"fires": (case.fires, fired.step), "skips": (case.skips, fired.skipped)}
    yield from _differences(case, pairs)


def _periodic(policy: Policy, case: GoldenPeriodic) -> Iterator[Failure]:
    found = periodic.deadline(policy.periodic.duty(case.duty), policy.calendar, year=case.year, number=case.number)
    pairs: dict[str, tuple[object, object]] = {"due": (case.due, _time(policy, found.due_us))}
    if case.target is not None:
        pairs["target"] = (case.target, _time(policy, found.target_us))
    yield from _differences(case, pairs)


def _working_day(policy: Policy, case: GoldenWorkingDay) -> Iterator[Failure]:
    calendar = policy.calendar
    if case.override is not None:
        text = Text(vi=case.text.vi, en=case.text.en)
        day = Day(date=case.override.date, kind="override", works=case.override.works, text=text, source=case.id)
        calendar = calendar.with_overrides((day,))
    found = calendar.next_working_day(dt.date.fromisoformat(case.after))
    yield from _differences(case, {"next": (case.next, found.isoformat())})


def _request(policy: Policy, case: GoldenRequest) -> Iterator[Failure]:
    found = policy.requests.due_us(case.kind, received_us=local_us(policy.calendar, case.received), urgent=case.urgent)
    yield from _differences(case, {"due": (case.due, _time(policy, found))})


def _approval(policy: Policy, case: GoldenApproval) -> Iterator[Failure]:
    one = approvals.Party("1", case.first.roles, case.first.home)
    other = approvals.Party("2", case.second.roles, case.second.home)
    refused = approvals.refusal(policy.approvals, case.act, one, other)
    yield from _differences(case, {"refused": (case.refused, refused.code if refused else None)})


def _sharing(policy: Policy, case: GoldenSharing) -> Iterator[Failure]:
    items = tuple(sharing.Item(each.id, each.tlp, each.text) for each in case.items)
    found = sharing.share(policy.sharing, items, recipient=case.recipient, key=case.id.encode())
    masked: dict[str, dict[str, int]] = {}
    for each in found.masked:
        masked.setdefault(each.id, {})[each.kind] = each.count
    leaked = tuple(text for text in case.hidden if any(text in item.text for item in found.items))
    yield from _differences(
        case,
        {
            "withheld": (case.withheld, tuple(each.id for each in found.withheld)),
            "masked": (case.masked, masked),
            "hidden": ((), leaked),
        },
    )


def _time(policy: Policy, at_us: int) -> str:
    local = policy.calendar.local(at_us)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def _answer(policy: Policy, case: Worked) -> Iterator[Failure]:  # noqa: PLR0911 - one a kind of case
    match case:
        case GoldenAssessment():
            return _assessment(policy, case)
        case GoldenTimeline():
            return _timeline(policy, case)
        case GoldenSteps():
            return _steps(policy, case)
        case GoldenPeriodic():
            return _periodic(policy, case)
        case GoldenWorkingDay():
            return _working_day(policy, case)
        case GoldenRequest():
            return _request(policy, case)
        case GoldenApproval():
            return _approval(policy, case)
        case GoldenSharing():
            return _sharing(policy, case)
        case _:
            raise TypeError(type(case).__name__)
