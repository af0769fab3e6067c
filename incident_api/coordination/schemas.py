"""Bodies of the coordination policy and of the inventory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request
from incident_api.people.schemas import PersonBrief

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: The last moment of the calendar's last year, 2100.
_LATEST_US = 4_133_980_799_000_000
#: Incidents of one answer of a simulation; `next` leads on.
MOST_INCIDENTS = 2_000


class PartyView(Answer):
    """A party to the rules and the side it stands on."""

    id: str
    name: LocalText
    side: Literal["A", "B"] | None


class SignatureView(Answer):
    """A signature over the policy's hash: with a key, or on paper with what two persons entered."""

    party: str
    person: PersonBrief
    side: Literal["A", "B"] | None
    signed_at: str
    method: Literal["ed25519", "paper"]
    key_id: str | None
    sha256: str
    document_number: str | None
    scan_sha256: str | None
    entered_by: list[PersonBrief]


class RefusedPolicy(Answer):
    """A policy on disk that was not put in force, and why; the one before stays."""

    at_us: Microseconds
    code: str
    text: LocalText


class PolicyAnswer(Answer):
    """The coordination policy in force."""

    id: str
    version: str
    profile: str
    title: LocalText
    document_number: str | None
    effective_from: str
    effective_to: str | None
    sha256: str
    in_force_since_us: Microseconds
    parties: list[PartyView]
    signatures: list[SignatureView]
    assignment_rules: int
    refused: RefusedPolicy | None


class InventoryNetwork(Answer):
    """A network of the city; the longest prefix that holds an address speaks for it."""

    cidr: str
    asset: str | None
    unit: str | None


class InventoryHost(Answer):
    """A machine, by the name that its own logs carry."""

    name: str
    asset: str | None
    unit: str | None


class InventoryAsset(Answer):
    """A monitored system."""

    name: LocalText
    level: int
    owner: str | None
    operator: str | None


class InventoryAnswer(Answer):
    """What ingest stamps events from; the version is the hash of the rest."""

    version: str
    networks: list[InventoryNetwork]
    hosts: list[InventoryHost]
    assets: dict[str, InventoryAsset]


class PolicyStep(Answer):
    """Something that happened to a version."""

    at_us: Microseconds
    act: str
    from_state: str | None
    to_state: str
    actor: str
    reason: str | None
    audit_seq: int


class PaperEntryView(Answer):
    """What one person entered of a signature on paper; the second person has yet to enter the same."""

    party: str
    person: str
    signed_at: str
    document_number: str
    scan_sha256: str
    entered_by: str


class PolicyVersion(Answer):
    """A version of the coordination rules. `short`: the first digits of the hash as they are read aloud and typed."""

    sha256: str
    short: str
    id: str
    version: str
    profile: str
    effective_from: str
    effective_to: str | None
    document_number: str | None
    state: Literal["draft", "signed_a", "signed_b", "signed", "in_force", "superseded", "withdrawn"]
    since_us: Microseconds
    signatures: list[SignatureView]
    paper: list[PaperEntryView]
    steps: list[PolicyStep]


class PolicyVersions(Answer):
    """Every version, the newest first."""

    versions: list[PolicyVersion]


class RuleOverlap(Answer):
    """Two rules hold for one case and answer differently; the first one decides."""

    part: str
    decides: str
    beside: str
    case: str


class PolicyDetail(Answer):
    """A version with what its checks say: on what its obligations rest, and where the order of rules decides."""

    version: PolicyVersion
    title: LocalText
    cases: int
    obligations: int
    sourced: int
    partly: int
    assumed: int
    legacy: int
    overlaps: list[RuleOverlap]


class RuleChange(Answer):
    """One difference in words."""

    part: str
    name: str
    place: str
    kind: Literal["added", "removed", "changed"]
    before: str | None
    after: str | None
    text: LocalText


class CaseAnswer(Answer):
    """A worked case that the other version answers differently."""

    case: str
    what: str
    expected: str
    found: str


class PolicyDifferences(Answer):
    """What a version changes. `old_cases`: worked cases of the former version that the new rules answer otherwise."""

    before: str
    after: str
    rules: list[RuleChange]
    cases: list[RuleChange]
    old_cases: list[CaseAnswer]


class DraftPolicy(Request):
    """The files of a policy: named texts (`severity.yaml`, `calendar/2027.yaml` …), or a folder as zip or tar in base64."""

    files: Annotated[dict[str, str], Field(max_length=64)] | None = None
    archive: Annotated[str, Field(max_length=1 << 20)] | None = None


class SignPolicy(Request):
    """A signature that `khien policy sign` made, as it stands in `signatures.yaml`."""

    party: Name
    person: Name
    signed_at: Annotated[str, Field(max_length=40)]
    key_id: Name
    sha256: Hash
    signature: Annotated[str, Field(min_length=88, max_length=88)]


class PaperSignatureEntry(Request):
    """A signature on paper. `typed`: the short form of the hash, read from the paper; `signed_at`: the day on it."""

    party: Name
    person: Name
    signed_at: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    document_number: Annotated[str, Field(min_length=1, max_length=80)]
    scan_sha256: Hash
    typed: Annotated[str, Field(min_length=1, max_length=80)]


class WithdrawPolicy(Request):
    """Why a version is given up."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class ExplainAsset(Request):
    """A system: its name in the inventory, or with the level and owner to suppose."""

    id: Annotated[str, Field(min_length=1, max_length=63)]
    level: Annotated[int, Field(ge=1, le=5)] | None = None
    owner: Annotated[str, Field(max_length=63)] | None = None
    flags: Annotated[list[Annotated[str, Field(max_length=63)]], Field(max_length=8)] = Field(default_factory=list)


class ExplainCase(Request):
    """A case to explain; nothing is stored. Times default to now; `sha256`: another version than the one in force."""

    assets: Annotated[list[ExplainAsset], Field(max_length=50)] = Field(default_factory=list)
    facts: Annotated[dict[str, bool | int | str], Field(max_length=64)] = Field(default_factory=dict)
    flags: Annotated[list[Annotated[str, Field(max_length=63)]], Field(max_length=32)] = Field(default_factory=list)
    detected_us: Annotated[int, Field(ge=0, le=_LATEST_US)] | None = None
    at_us: Annotated[int, Field(ge=0, le=_LATEST_US)] | None = None
    recovered_us: Annotated[int, Field(ge=0, le=_LATEST_US)] | None = None
    type: Annotated[str, Field(max_length=63)] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=63)]], Field(max_length=32)] = Field(default_factory=list)
    sha256: Hash | None = None


class BasisOf(Answer):
    """On what a rule stands."""

    status: Literal["S", "A", "L", "S/A"]
    text: LocalText


class ExplainedReason(Answer):
    """A rule of severity that holds."""

    id: str
    severity: str
    text: LocalText
    basis: BasisOf
    is_deciding: bool


class ExplainedPart(Answer):
    """Something with its name: who joins, a flag, a rule that unanswered questions keep from holding."""

    id: str
    texts: list[LocalText]


class ExplainedObligation(Answer):
    """An obligation with the time its clock started and the time it is due."""

    code: str
    text: LocalText
    recipient: str
    recipient_text: LocalText
    means: str
    occurrence: int
    start_us: Microseconds
    due_us: Microseconds
    basis: BasisOf


class ExplainedApproval(Answer):
    """An act on this case that takes two persons of different homes."""

    act: str
    text: LocalText
    first: list[str]
    second: list[str]
    basis: LocalText


class CaseExplanation(Answer):
    """What the rules say of a case, and why. `severity` null: outside of what the city judges."""

    policy: str
    severity: str | None
    severity_text: LocalText
    reasons: list[ExplainedReason]
    lead: str
    lead_text: LocalText
    joins: list[ExplainedPart]
    could_raise: list[ExplainedPart]
    flags: list[ExplainedPart]
    group: str | None
    obligations: list[ExplainedObligation]
    approvals: list[ExplainedApproval]


class SimulatedIncident(Answer):
    """An incident that a version would have judged otherwise; obligations are written `CODE recipient`."""

    incident: str
    severity_before: str | None
    severity_after: str | None
    lead_before: str
    lead_after: str
    new: list[str]
    gone: list[str]
    moved: list[str]


class Simulation(Answer):
    """A version against past incidents. `unanswerable`: the version does not know their questions or flags.

    `all` counts every incident, `looked_at` those of this answer; `next` null: there are no more behind them.
    """

    all: int
    looked_at: int
    unanswerable: list[str]
    different: list[SimulatedIncident]
    next: str | None
