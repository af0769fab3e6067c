"""The coordination policy as data: its schema, what it says about an alert, and its hash.

A folder of YAML files is one object; `signatures.yaml` is not part of what is signed. Validation is total: no alert can be without
a rule, a lead, a rung of the ladder or a deadline, and every basis has its text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.alert_rules import AlertRules
from incident_api.coordination.approvals import ApprovalRules
from incident_api.coordination.calendar import Calendar
from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.case import Severity
from incident_api.coordination.documents import document_of, read_document
from incident_api.coordination.golden import Golden
from incident_api.coordination.obligations import ObligationRule, ObligationRules
from incident_api.coordination.organisation import Identifier, Part, Text, Tlp, validated
from incident_api.coordination.periodic import PeriodicRules, RequestRules
from incident_api.coordination.reports import ReportRules
from incident_api.coordination.severity import SeverityRules
from incident_api.coordination.sharing import SharingRules
from incident_api.coordination.taxonomy import Taxonomy
from incident_api.escalation.chain import ChainStep, Jump
from incident_api.people.rights import ROLE_CAPACITY
from khien.alert import Level
from khien.clock import CITY_ZONE, MICROSECONDS
from khien.errors import KhienError

PARTS = (
    "policy",
    "assignment",
    "acknowledge",
    "severity",
    "obligations",
    "approvals",
    "requests",
    "periodic",
    "sharing",
    "reports",
    "taxonomy",
    "week",
    "golden",
    "basis",
)
#: A part that a policy need not have; what it says without is in its model.
_OPTIONAL = "alerts"
ALL_PARTS = (*PARTS, _OPTIONAL)
_CALENDAR = "calendar"


class Party(Part):
    """A body that takes part; a side of the agreement, or none. `endpoints`: who can be reached there."""

    side: Literal["A", "B"] | None
    name: Text
    endpoints: tuple[Identifier, ...] = ()


#: How a basis begins or ends, by what it is (coordination design, section 13).
_FORMS: dict[str, Text] = {
    "A": Text(vi="Căn cứ: giả định nội bộ, chưa có văn bản quy định", en="Basis: internal assumption, no legal text"),
    "L": Text(vi="(hết cơ sở pháp lý, hồ sơ vn-2017)", en="(legal basis gone, profile vn-2017)"),
    "S/A": Text(vi="do quy chế tự đặt", en="set by these rules"),
}


class Basis(Part):
    """On what a rule stands. Its text says so in a fixed form, so that nobody takes an assumption for the law."""

    status: Literal["S", "A", "L", "S/A"]
    text: Text

    @model_validator(mode="after")
    def _text_has_its_form(self) -> Self:
        for text, begin, form in (
            (self.text.vi, "Căn cứ: ", _FORMS.get(self.status, self.text).vi),
            (self.text.en, "Basis: ", _FORMS.get(self.status, self.text).en),
        ):
            fits = text.startswith(form) if self.status == "A" else text.endswith(form)
            is_told_assumed = self.status != "A" and text.startswith(_FORMS["A"].vi if begin == "Căn cứ: " else _FORMS["A"].en)
            if not text.startswith(begin) or not fits or is_told_assumed:
                msg = f"the text of a basis of status {self.status} must have the form of that status: {begin if fits else form}"
                raise ValueError(msg)
        return self


class Condition(Part):
    """When a rule speaks: all named members must hold, any of a list."""

    levels: tuple[Level, ...] = ()
    tags: tuple[str, ...] = ()
    asset_flags: tuple[Literal["military", "city_portal"], ...] = ()
    asset_level_at_least: Annotated[int, Field(ge=1, le=5)] | None = None
    asset_level_at_most: Annotated[int, Field(ge=1, le=5)] | None = None
    units: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds for every alert."""
        return self == Condition()


class AssignmentRule(Part):
    """One sentence of the agreement about who gets an alert."""

    id: Identifier
    when: Condition
    role: str
    named: tuple[Identifier, ...] = ()
    lead: str
    inform: tuple[str, ...] = ()
    basis: str
    text: Text


def _incident_weights() -> dict[Severity, float]:
    """Those of the response rules, for policies signed before incidents were weighed."""
    return {Severity.M1: 8.0, Severity.M2: 5.0, Severity.M3: 2.0, Severity.M4: 0.5}


class LoadWeights(Part):
    """What open work weighs: alerts by level, incidents by class."""

    critical: float
    high: float
    medium: float
    low: float
    skip_above: Annotated[float, Field(gt=0)]
    incidents: dict[Severity, Annotated[float, Field(ge=0)]] = Field(default_factory=_incident_weights)

    @model_validator(mode="after")
    def _every_class_weighs(self) -> Self:
        if set(self.incidents) != set(Severity):
            raise ValueError("a class of incidents has no weight")
        return self

    def of_incident(self, severity: str | None) -> float:
        """The weight of a class; what has none yet weighs as M3."""
        return self.incidents[Severity(severity) if severity else Severity.M3]

    def of(self, severity: int) -> float:
        """The weight of severity 1 … 4."""
        return (self.low, self.medium, self.high, self.critical)[severity - 1]


class LadderRung(Part):
    """Who is asked when the rung below had nobody.

    `who`: roles, or the role of the deciding rule. `priority` null: duty is not needed.
    """

    id: Identifier
    who: Literal["rule_role"] | tuple[str, ...]
    priority: int | None
    skills: bool
    unattended: bool = False
    any_account: bool = False
    text: Text


class Step(Part):
    """Who is told, so many minutes after arrival, when nobody took the alert."""

    after_minutes: Annotated[int, Field(ge=0, le=10_080)]
    notify: Literal["assignee", "next_on_duty", "shift_lead", "leader"]
    channel: Literal["app", "second"]


class Deadline(Part):
    """Until when an alert of a level must be taken."""

    minutes: Annotated[int, Field(ge=1, le=10_080)]
    time: Literal["wall", "business"]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=20)]
    #: What follows the last of them: waits, conditions, jumps, further people.
    then: Annotated[tuple[ChainStep, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _jumps_lead_somewhere(self) -> Self:
        for step in self.then:
            if isinstance(step, Jump) and step.to >= len(self.steps) + len(self.then):
                msg = f"a jump to step {step.to}, which the chain has not"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _steps_go_forward(self) -> Self:
        minutes = [step.after_minutes for step in self.steps]
        if minutes != sorted(set(minutes)):
            raise ValueError("steps are not in the order of time")
        return self


class Policy(Part):
    """The whole policy."""

    id: Identifier
    version: str
    profile: Literal["vn-2026", "vn-2017"]
    title: Text
    document_number: str | None
    effective_from: str
    effective_to: str | None
    parties: dict[Identifier, Party]
    signers: dict[Literal["A", "B"], tuple[str, ...]]
    leads: dict[str, Text]
    rules: Annotated[tuple[AssignmentRule, ...], Field(min_length=1, max_length=500)]
    unknown_asset_level: Annotated[int, Field(ge=1, le=5)]
    alert_tlp: Tlp
    load: LoadWeights
    same_asset_days: Annotated[int, Field(ge=0, le=365)]
    ladder: Annotated[tuple[LadderRung, ...], Field(min_length=1)]
    acknowledge_basis: str
    deadlines: dict[Level, Deadline]
    alerts: AlertRules = Field(default_factory=AlertRules)
    severity: SeverityRules
    obligations: ObligationRules
    approvals: ApprovalRules
    requests: RequestRules
    periodic: PeriodicRules
    sharing: SharingRules
    reports: ReportRules
    taxonomy: Taxonomy
    calendar: Calendar
    golden: Golden
    bases: dict[str, Basis]

    @model_validator(mode="after")
    def _days_are_days(self) -> Self:
        first = dt.date.fromisoformat(self.effective_from)
        if self.effective_to is not None and dt.date.fromisoformat(self.effective_to) < first:
            raise ValueError("`effective_to` lies before `effective_from`")
        return self

    @model_validator(mode="after")
    def _is_total(self) -> Self:
        if not self.rules[-1].when.is_empty:
            raise ValueError("the last assignment rule must hold for every alert")
        if any(rule.when.is_empty for rule in self.rules[:-1]):
            raise ValueError("only the last assignment rule may hold for every alert; rules behind it would never be read")
        if set(self.deadlines) != set(Level):
            raise ValueError("a level has no deadline")
        if self.ladder[-1].priority is not None or not self.ladder[-1].any_account:
            raise ValueError("the last rung of the ladder must need neither duty nor log-in, so that it never ends in nobody")
        if set(self.signers) != {"A", "B"}:
            raise ValueError("both sides need signers")
        return self

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise ValueError("two assignment rules have one id")
        for rule in self.rules:
            for role in (rule.role, *rule.inform):
                _must_be(role, ROLE_CAPACITY, f"role of rule {rule.id}")
            _must_be(rule.lead, self.leads, f"lead of rule {rule.id}")
            _must_be(rule.basis, self.bases, f"basis of rule {rule.id}")
        for rung in self.ladder:
            for role in rung.who if isinstance(rung.who, tuple) else ():
                _must_be(role, ROLE_CAPACITY, f"role of rung {rung.id}")
        for lead in (*(rule.lead for rule in self.severity.leads), self.severity.outside.lead):
            _must_be(lead, self.leads, "lead of an incident")
        _must_be(self.severity.unknown_owner, self.parties, "owner of what nobody registered")
        return self

    @model_validator(mode="after")
    def _obligations_reach_somebody(self) -> Self:
        flags = self.severity.flags
        for flag in (self.obligations.personal_data_flag, self.obligations.contact_only_flag):
            _must_be(flag, flags, "flag of the obligations")
        recipients = set(self.parties) | {f"{party}.{each}" for party, row in self.parties.items() for each in row.endpoints}
        for name, members in self.obligations.groups.items():
            for member in members:
                _must_be(member.to, recipients, f"recipient of group {name}")
        for duty in self.obligations.rules:
            for condition in duty.when:
                self.severity.check(condition, where=f"obligation {duty.code}")
            for to in duty.to:
                _must_be(to, recipients | set(self.obligations.groups), f"recipient of obligation {duty.code}")
        for step in self.obligations.steps:
            for to in step.tell:
                _must_be(to, recipients | set(ROLE_CAPACITY) | {"assignee"}, f"recipient of the step at {step.percent} percent")
        return self

    @model_validator(mode="after")
    def _every_rule_has_its_basis(self) -> Self:
        for where, basis in self._bases_used():
            _must_be(basis, self.bases, f"basis of {where}")
        return self

    def _bases_used(self) -> Iterator[tuple[str, str]]:
        yield "the deadlines", self.acknowledge_basis
        yield "the outside cases", self.severity.outside.basis
        yield "the approvals", self.approvals.basis
        yield "sharing", self.sharing.basis
        for kind, report in self.reports.kinds.items():
            yield f"report {kind}", report.basis
        yield "the week", self.calendar.week.basis
        yield "the rules for alerts", self.alerts.basis or self.acknowledge_basis
        for registered in self.alerts.registered:
            yield f"registered alerts {registered.id}", registered.basis
        yield "the steps", self.obligations.steps_basis
        yield "the logs", self.periodic.logs_basis
        for rule in self.severity.rules:
            yield f"severity rule {rule.id}", rule.basis
        for join in self.severity.joins:
            yield f"join {join.id}", join.basis
        for obligation in self.obligations.rules:
            yield f"obligation {obligation.code}", obligation.basis
        for kind, request in self.requests.kinds.items():
            yield f"request {kind}", request.basis
        for duty in self.periodic.duties:
            yield f"periodic duty {duty.code}", duty.basis
        for kind, kept in self.periodic.retention.items():
            yield f"retention of {kind}", kept.basis

    def status_of(self, rule: ObligationRule) -> str:
        """On what an obligation rests: sourced, sourced with numbers of our own (S/A), assumed, or legacy."""
        status = self.bases[rule.basis].status
        return "S/A" if status == "S" and rule.own is not None else status

    def basis_text(self, rule: ObligationRule) -> Text:
        """What a notice shows as its basis; what the parties set themselves is named."""
        text = self.bases[rule.basis].text
        if rule.own is None:
            return text
        return Text(vi=f"{text.vi}; {rule.own.vi} do quy chế tự đặt", en=f"{text.en}; {rule.own.en} is set by these rules")

    @property
    def begins_us(self) -> int:
        """The first moment of its first day, on the city's clock."""
        return int(dt.datetime.fromisoformat(self.effective_from).replace(tzinfo=CITY_ZONE).timestamp()) * MICROSECONDS

    def is_effective(self, at_us: int) -> bool:
        """Whether its own dates (city time) cover this time."""
        day = dt.datetime.fromtimestamp(at_us // MICROSECONDS, tz=CITY_ZONE).date().isoformat()
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


def read_policy_folder(folder: Path) -> dict[str, Any]:
    """The files of a policy as the one object that is hashed and signed.

    A part that has no file here is the one of the folder that `policy.yaml` names as `base`, and is signed like the others.
    """
    head = read_document(folder / "policy.yaml")
    base = folder.parent / str(head["base"]) if "base" in head else folder
    document = {part: read_document(_there(folder, base, f"{part}.yaml")) for part in PARTS[1:]}
    optional = _there(folder, base, f"{_OPTIONAL}.yaml")
    if optional.exists():
        document[_OPTIONAL] = read_document(optional)
    years = sorted(_there(folder, base, _CALENDAR).glob("*.yaml"))
    return {"policy": head, **document, _CALENDAR: {year.stem: read_document(year) for year in years}}


def policy_of_files(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The same object from the files of an upload by their names; nothing outside of them is read. Raises `policy.unreadable`."""
    document: dict[str, Any] = {}
    for name, content in sorted(files.items()):
        stem = name.removesuffix(".yaml")
        if stem in ALL_PARTS:
            document[stem] = document_of(content, name=name)
        elif stem.startswith(f"{_CALENDAR}/"):
            document.setdefault(_CALENDAR, {})[stem.removeprefix(f"{_CALENDAR}/")] = document_of(content, name=name)
    return document


def policy_of(document: dict[str, Any], *, path: Path) -> Policy:
    """The validated policy of that object. Raises `policy.invalid`."""
    missing = [part for part in (*PARTS, _CALENDAR) if not isinstance(document.get(part), dict)]
    if missing:
        raise KhienError("policy.invalid", path=str(path), place=missing[0], reason="the part is missing", count=len(missing))
    return validated(Policy, merged_of(document), path=path)


def merged_of(document: dict[str, Any]) -> dict[str, Any]:
    """The parts of the object as the members of a policy."""
    head, assignment, acknowledge = document["policy"], document["assignment"], document["acknowledge"]
    return {
        **{key: value for key, value in head.items() if key != "base"},
        **{key: value for key, value in assignment.items() if key not in head},
        "acknowledge_basis": acknowledge.get("basis"),
        **{key: value for key, value in acknowledge.items() if key != "basis"},
        **{part: document[part] for part in _OWN_MODELS},
        **({_OPTIONAL: document[_OPTIONAL]} if _OPTIONAL in document else {}),
        "calendar": {"week": document["week"], "years": document[_CALENDAR]},
        "bases": document["basis"],
    }


#: Parts whose file is a member of `Policy` under its own name.
_OWN_MODELS = ("severity", "obligations", "approvals", "requests", "periodic", "sharing", "reports", "taxonomy", "golden")


def _there(folder: Path, base: Path, name: str) -> Path:
    own = folder / name
    return own if own.exists() else base / name


def policy_hash(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical object, in hex: what is signed."""
    return sha256_of(document)


def _must_be(name: str, known: Any, what: str) -> None:
    if name not in known:
        msg = f"{what}: `{name}` is not known"
        raise ValueError(msg)
