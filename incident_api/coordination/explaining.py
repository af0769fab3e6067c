"""What the rules say of a case, with every reason: class, lead, obligations with recipient, due time and basis, and approvals.

Nothing is stored. The same answer for the command line and the API; the words are in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from incident_api.coordination import obligations, words
from incident_api.coordination.case import AffectedAsset, Case, Clocks, FactValue, Severity
from incident_api.coordination.obligations import Judged, Planned
from incident_api.coordination.organisation import Organisation, Text
from incident_api.coordination.policy import Basis, Policy
from incident_api.coordination.severity import Assessment, assess
from khien.errors import KhienError


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A case that somebody asks about; times are microseconds (UTC). `at_us`: when class and flags were set."""

    assets: tuple[AffectedAsset, ...]
    facts: Mapping[str, FactValue]
    flags: tuple[str, ...]
    detected_us: int
    at_us: int
    recovered_us: int | None = None
    type: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that holds; `is_deciding`: it set the class."""

    id: str
    severity: Severity
    text: Text
    basis: Basis
    is_deciding: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """One obligation of the case."""

    code: str
    text: Text
    recipient: str
    recipient_text: Text
    means: str
    occurrence: int
    start_us: int
    due_us: int
    status: str
    basis: Text


@dataclass(frozen=True, slots=True)
class TwoParties:
    """An act on this case that takes two persons of different homes."""

    act: str
    text: Text
    first: tuple[str, ...]
    second: tuple[str, ...]
    basis: Text


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole answer. `severity` None: outside of what the city judges."""

    severity: Severity | None
    severity_text: Text
    reasons: tuple[Reason, ...]
    lead: str
    lead_text: Text
    joins: tuple[tuple[str, Text, Text], ...]
    could_raise: tuple[tuple[str, tuple[Text, ...]], ...]
    flags: tuple[tuple[str, Text], ...]
    group: str | None
    owed: tuple[Owed, ...]
    approvals: tuple[TwoParties, ...]


def asset_of(organisation: Organisation, name: str) -> AffectedAsset:
    """A system of the inventory; a name nobody registered has neither level nor owner, as in the rules."""
    found = organisation.assets.get(name)
    return AffectedAsset(name) if found is None else AffectedAsset(name, found.level, found.owner, tuple(found.flags))


def explain(policy: Policy, asked: Question) -> Explained:
    """Raises `case.*` for an answer or a flag that the policy does not know."""
    case = policy.severity.complete(Case(assets=asked.assets, facts=asked.facts, flags=frozenset(asked.flags)))
    found = assess(policy.severity, case, unknown_level=policy.unknown_asset_level)
    rules = {rule.id: rule for rule in policy.severity.rules}
    outside = policy.severity.outside
    return Explained(
        severity=found.severity,
        severity_text=policy.severity.classes[found.severity] if found.severity else outside.text,
        reasons=tuple(
            Reason(each, rules[each].severity, rules[each].text, policy.bases[rules[each].basis], each == found.rule)
            for each in found.matched
        ),
        lead=found.lead,
        lead_text=policy.leads[found.lead],
        joins=tuple(
            (join.id, join.text, policy.bases[join.basis].text) for join in policy.severity.joins if join.id in found.joins
        ),
        could_raise=tuple(
            (each.rule, tuple(policy.severity.facts[name].text for name in each.facts)) for each in found.could_raise
        ),
        flags=tuple((flag, policy.severity.flags[flag].text) for flag in policy.severity.flags if flag in case.flags),
        group=_group(policy, asked),
        owed=tuple(_owed(policy, each) for each in _planned(policy, asked, case, found)),
        approvals=tuple(_approvals(policy, case, found)),
    )


def _planned(policy: Policy, asked: Question, case: Case, found: Assessment) -> tuple[Planned, ...]:
    clocks = Clocks(detected_us=asked.detected_us)
    if found.severity is not None:
        clocks = obligations.raised(clocks, found.severity, at_us=asked.at_us)
    clocks = obligations.flagged(policy.obligations, clocks, case.flags, at_us=asked.at_us)
    clocks = replace(clocks, recovered_us=asked.recovered_us)
    judged = Judged(case, found.severity, found.severity, policy.unknown_asset_level, policy.severity.unknown_owner)
    return obligations.plan(policy.obligations, judged, clocks, now_us=asked.at_us)


def _owed(policy: Policy, planned: Planned) -> Owed:
    rule = policy.obligations.rule(planned.key.code)
    return Owed(
        code=rule.code,
        text=rule.text,
        recipient=planned.key.recipient,
        recipient_text=words.recipient(policy, planned.key.recipient),
        means=rule.means,
        occurrence=planned.key.occurrence,
        start_us=planned.start_us,
        due_us=planned.due_us,
        status=policy.status_of(rule),
        basis=policy.basis_text(rule),
    )


def _approvals(policy: Policy, case: Case, found: Assessment) -> list[TwoParties]:
    """Which acts on such a case take two: by its class, its level, its flags (coordination design, section 6)."""
    grave = found.severity in {Severity.M1, Severity.M2}
    personal = policy.obligations.personal_data_flag in case.flags
    applies = {
        "lower": grave,
        "reject": grave,
        "close": grave,
        "isolate": case.level(unknown=policy.unknown_asset_level) >= _ISOLATE_FROM,
        "exclude_harm": personal,
        "move_clock_later": found.severity is not None,
    }
    basis = policy.bases[policy.approvals.basis].text
    return [
        TwoParties(act, row.text, row.first, row.second, basis)
        for act, row in policy.approvals.acts.items()
        if applies.get(act, True)
    ]


#: From which level isolating takes two (response design, section 10).
_ISOLATE_FROM = 3


def _group(policy: Policy, asked: Question) -> str | None:
    if asked.type is None:
        return None
    try:
        return policy.taxonomy.group(asked.type, asked.tags)
    except (KeyError, StopIteration) as error:
        raise KhienError("case.bad_fact", fact="type", value=asked.type) from error
