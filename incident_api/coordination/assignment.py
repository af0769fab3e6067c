"""Who gets an alert, and why that person: a pure function of the policy, the rota and the facts (response design, section 6).

Nothing here asks the clock, the store or chance: `decide` gives for the same `Inputs` the same `Decision`, and the hash of the
inputs is stored with it, so that an old decision can be checked years later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from incident_api.coordination.canonical import canonical_bytes
from incident_api.coordination.policy import AssignmentRule, LadderRung, Policy
from incident_api.organisation.parts import TLP_ORDER
from khien.alert import Level
from khien.errors import KhienError


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. `asset_level` None: nobody registered the asset."""

    object_id: str
    level: Level
    tags: tuple[str, ...]
    assets: tuple[str, ...]
    asset_level: int | None
    asset_flags: tuple[str, ...]
    units: tuple[str, ...]
    skills: tuple[str, ...]
    identities: tuple[str, ...]
    #: What a candidate must be cleared for; None: the policy's own for every alert.
    tlp: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateInput:
    """One person as they stood at that moment.

    `duty`: (role, priority) of the shifts they are on. `load`: open work by their `availability`. `units`: whose work they may
    handle, none = every unit's.
    """

    person: str
    roles: tuple[str, ...]
    duty: tuple[tuple[str, int], ...]
    capacity: str
    on_leave: bool
    is_active: bool
    has_log_in: bool
    clearance: str
    skills: tuple[str, ...]
    desk: tuple[str, ...]
    identities: tuple[str, ...]
    load: float
    last_assigned_us: int
    holds_same_asset: bool
    units: tuple[str, ...] = ()
    availability: float = 1.0

    def __hash__(self) -> int:
        """Of what differs between two moments; the rest is compared."""
        return hash((self.person, self.load, self.last_assigned_us))


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a decision depends on."""

    policy_sha256: str
    rota_version: str
    facts: Facts
    candidates: tuple[CandidateInput, ...]
    excluded: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain values, for the store and for the hash; written out because `asdict` copies everything twice."""
        return {
            "policy_sha256": self.policy_sha256,
            "rota_version": self.rota_version,
            "facts": {name: _plain(getattr(self.facts, name)) for name in _FACT_NAMES},
            "candidates": [_candidate_document(each) for each in self.candidates],
            "excluded": list(self.excluded),
        }

    @property
    def sha256(self) -> str:
        """Hash of the canonical form; the members stand in the order of RFC 8785, those of a candidate are written once each."""
        facts = {name: _plain(getattr(self.facts, name)) for name in _FACT_NAMES}
        parts = (
            b'{"candidates":[',
            b",".join(_candidate_bytes(each) for each in self.candidates),
            b'],"excluded":',
            canonical_bytes(list(self.excluded)),
            b',"facts":',
            canonical_bytes(facts),
            b',"policy_sha256":',
            canonical_bytes(self.policy_sha256),
            b',"rota_version":',
            canonical_bytes(self.rota_version),
            b"}",
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()


_FACT_NAMES = tuple(each.name for each in fields(Facts))
_CANDIDATE_NAMES = tuple(each.name for each in fields(CandidateInput))


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


@lru_cache(maxsize=4096)
def _candidate_document(candidate: CandidateInput) -> dict[str, Any]:
    """Shared by every decision that this person stands the same in; nobody changes it."""
    return {name: _plain(getattr(candidate, name)) for name in _CANDIDATE_NAMES}


@lru_cache(maxsize=4096)
def _candidate_bytes(candidate: CandidateInput) -> bytes:
    return canonical_bytes(_candidate_document(candidate))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate of the rung that decided: excluded for a reason, or with the scores in the order they are compared."""

    person: str
    exclusion: str | None
    scores: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RungResult:
    """A rung that was asked."""

    id: str
    eligible: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The assignee and the whole reason. `decided_by` is the first criterion in which the winner differed from the next."""

    person: str
    is_unattended: bool
    matched: tuple[str, ...]
    deciding_rule: str
    lead: str
    inform: tuple[str, ...]
    rungs: tuple[RungResult, ...]
    weighed: tuple[Weighed, ...]
    decided_by: str
    inputs_sha256: str


def decide(policy: Policy, inputs: Inputs) -> Decision:
    """Climb the ladder until somebody is eligible; when nobody is, the least unfit of the last rung's roles is of record.

    Raises `alert.nobody_at_all` only when no rung has any person.
    """
    matched = tuple(rule for rule in policy.rules if holds(rule, inputs.facts, unknown_level=policy.unknown_asset_level))
    deciding = matched[0]
    rungs: list[RungResult] = []
    # Weighed on the way up, the last exclusion of a person is the one that kept them out.
    seen: dict[str, Weighed] = {}
    for rung in policy.ladder:
        weighed = _weigh(policy, rung, deciding, inputs)
        eligible = [each for each in weighed if each.exclusion is None]
        rungs.append(RungResult(rung.id, len(eligible)))
        seen |= {each.person: each for each in weighed if each.exclusion != _OUTSIDE or each.person not in seen}
        if not eligible:
            continue
        chosen, decided_by = _first(eligible, inputs)
        return Decision(
            person=chosen,
            is_unattended=rung.unattended,
            matched=tuple(rule.id for rule in matched),
            deciding_rule=deciding.id,
            lead=deciding.lead,
            inform=_inform(matched),
            rungs=tuple(rungs),
            weighed=tuple(seen[person] for person in sorted(seen) if seen[person].exclusion != _OUTSIDE),
            decided_by=decided_by,
            inputs_sha256=inputs.sha256,
        )
    person = _of_record(policy, deciding, inputs)
    return Decision(
        person=person,
        is_unattended=True,
        matched=tuple(rule.id for rule in matched),
        deciding_rule=deciding.id,
        lead=deciding.lead,
        inform=_inform(matched),
        rungs=tuple(rungs),
        weighed=tuple(seen[name] for name in sorted(seen) if seen[name].exclusion != _OUTSIDE),
        decided_by="last_resort",
        inputs_sha256=inputs.sha256,
    )


def _inform(matched: tuple[AssignmentRule, ...]) -> tuple[str, ...]:
    """Whom the deciding rule tells, and what conditional rules add."""
    return tuple(dict.fromkeys(role for rule in matched if rule is matched[0] or _adds(rule) for role in rule.inform))


#: Why somebody is left out, from what a name on a record can bear to what it cannot.
_LEAST_UNFIT = (
    "did_not_take_it",
    "off_duty",
    "no_log_in",
    "skills",
    "on_leave",
    "unit_scope",
    "clearance",
    "capacity",
    "conflict_of_interest",
    "account_disabled",
)


def _of_record(policy: Policy, rule: AssignmentRule, inputs: Inputs) -> str:
    """There is never nobody: the highest rung that has any person, and of those the one with the lightest reason against them."""
    for rung in reversed(policy.ladder):
        left_out = [each for each in _weigh(policy, rung, rule, inputs) if each.exclusion not in {None, _OUTSIDE}]
        if left_out:
            by_name = {candidate.person: candidate for candidate in inputs.candidates}
            return min(
                left_out,
                key=lambda each: (_LEAST_UNFIT.index(str(each.exclusion)), _scores(by_name[each.person], inputs, rule)[-1][1]),
            ).person
    raise KhienError("alert.nobody_at_all", policy=policy.id)


def holds(rule: AssignmentRule, facts: Facts, *, unknown_level: int) -> bool:
    """Whether a rule speaks about an alert: every named condition, any value of a list."""
    when = rule.when
    level = facts.asset_level if facts.asset_level is not None else unknown_level
    return (
        (not when.levels or facts.level in when.levels)
        and _any(when.tags, facts.tags)
        and _any(when.asset_flags, facts.asset_flags)
        and _any(when.units, facts.units)
        and (when.asset_level_at_least is None or level >= when.asset_level_at_least)
        and (when.asset_level_at_most is None or level <= when.asset_level_at_most)
    )


_OUTSIDE = "not_on_this_rung"


def _adds(rule: AssignmentRule) -> bool:
    """Only a conditional rule may add people to inform."""
    return not rule.when.is_empty


def _any(wanted: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return not wanted or any(each in given for each in wanted)


def _weigh(policy: Policy, rung: LadderRung, rule: AssignmentRule, inputs: Inputs) -> list[Weighed]:
    """Everybody of the rung's roles, with the first reason that keeps them out."""
    roles = (rule.role,) if rung.who == "rule_role" else rung.who
    weighed = []
    eligible = []
    for candidate in inputs.candidates:
        reason = _exclusion(policy, rung, roles, candidate, inputs)
        if reason is None:
            eligible.append(candidate)
        else:
            weighed.append(Weighed(candidate.person, reason))
    below = [each for each in eligible if each.load < policy.load.skip_above]
    for candidate in eligible:
        if below and candidate not in below:
            weighed.append(Weighed(candidate.person, "overloaded", scores=_scores(candidate, inputs, rule)))
        else:
            weighed.append(Weighed(candidate.person, None, scores=_scores(candidate, inputs, rule)))
    return weighed


def _exclusion(  # noqa: C901, PLR0911 - one line a reason, in the order the design names them
    policy: Policy, rung: LadderRung, roles: Iterable[str], candidate: CandidateInput, inputs: Inputs
) -> str | None:
    wanted = set(roles)
    if not wanted & set(candidate.roles):
        return _OUTSIDE
    if candidate.person in inputs.excluded:
        return "did_not_take_it"
    if candidate.on_leave:
        return "on_leave"
    if not candidate.is_active:
        return "account_disabled"
    if rung.priority is not None and not any(role in wanted and priority == rung.priority for role, priority in candidate.duty):
        return "off_duty"
    if not rung.any_account and not candidate.has_log_in:
        return "no_log_in"
    asked: Any = inputs.facts.tlp or policy.alert_tlp
    cleared: Any = candidate.clearance
    if TLP_ORDER.index(cleared) < TLP_ORDER.index(asked):
        return "clearance"
    if candidate.capacity not in {"responder", "approver"}:
        return "capacity"
    if candidate.units and not set(inputs.facts.units) <= set(candidate.units):
        return "unit_scope"
    if rung.skills and not set(inputs.facts.skills) <= set(candidate.skills):
        return "skills"
    if accounts(candidate.identities) & accounts(inputs.facts.identities):
        return "conflict_of_interest"
    return None


def accounts(identities: Iterable[str]) -> frozenset[str]:
    r"""Bare account names: logs write `BENSEN\\an`, `an@bensen.example` and `an` for one person; in doubt it is the same one."""
    return frozenset(each.rpartition("\\")[2].partition("@")[0] for each in identities)


#: Criteria in the order in which the first difference decides.
CRITERIA = ("named", "same_asset", "desk", "load", "last_assigned", "lot")


def _scores(candidate: CandidateInput, inputs: Inputs, rule: AssignmentRule) -> tuple[tuple[str, str], ...]:
    return (
        ("named", "1" if candidate.person in rule.named else "0"),
        ("same_asset", "1" if candidate.holds_same_asset else "0"),
        ("desk", "1" if set(candidate.desk) & set(inputs.facts.assets) else "0"),
        ("load", f"{candidate.load:g}"),
        ("last_assigned", str(candidate.last_assigned_us)),
        ("lot", hashlib.sha256(f"{inputs.facts.object_id}\n{candidate.person}".encode()).hexdigest()[:16]),
    )


def _first(eligible: list[Weighed], inputs: Inputs) -> tuple[str, str]:
    """The winner and the criterion that decided."""
    by_name = {candidate.person: candidate for candidate in inputs.candidates}
    ordered = sorted(eligible, key=lambda each: _key(each, by_name[each.person]))
    if len(ordered) == 1:
        return ordered[0].person, "only_one"
    best, second = (_key(each, by_name[each.person]) for each in ordered[:2])
    different = next(index for index, (one, other) in enumerate(zip(best, second, strict=True)) if one != other)
    return ordered[0].person, CRITERIA[different]


def _key(weighed: Weighed, candidate: CandidateInput) -> tuple[int, int, int, float, int, str]:
    scores = dict(weighed.scores)
    return (
        -int(scores["named"]),
        -int(scores["same_asset"]),
        -int(scores["desk"]),
        candidate.load,
        candidate.last_assigned_us,
        scores["lot"],
    )
