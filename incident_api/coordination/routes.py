"""The coordination rules: what is in force, the life of versions, and what they say of a case."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from incident_api.coordination import checking, life, rulebook, service, versions, vocabulary
from incident_api.coordination.checking_schemas import PolicyCheck
from incident_api.coordination.rulebook_schemas import Rulebook
from incident_api.coordination.schemas import (
    MOST_INCIDENTS,
    CaseExplanation,
    DraftPolicy,
    ExplainCase,
    PaperSignatureEntry,
    PolicyAnswer,
    PolicyDetail,
    PolicyDifferences,
    PolicyVersion,
    PolicyVersions,
    SignPolicy,
    Simulation,
    WithdrawPolicy,
)
from incident_api.coordination.signatures import Signature
from incident_api.http.identity import Caller, RuntimeOf, changes, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right

router = APIRouter(prefix="/policy", tags=["coordination"])

Reader = Annotated[Caller, Depends(requires(Right.POLICY_READ))]
#: Nothing changes, but the question is a body: a foreign page may not ask it either.
Asker = Annotated[Caller, Depends(changes(Right.POLICY_READ))]
Drafter = Annotated[Caller, Depends(changes(Right.POLICY_DRAFT))]
#: A signature binds a party: the second factor is asked for.
Signer = Annotated[Caller, Depends(changes(Right.POLICY_SIGN, second_factor=True))]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="The hash that both parties sign")]
_READ = problem_responses(401, 403, 404, 422)
_CHANGE = problem_responses(401, 403, 404, 409, 413, 422)


@router.get("", operation_id="readPolicy", responses=problem_responses(401, 403))
def read_policy(_found: Reader, runtime: RuntimeOf) -> PolicyAnswer:
    """The coordination rules (quy chế phối hợp) in force, with the hash that both parties signed."""
    return service.in_force(runtime)


@router.get("/vocabulary", operation_id="readPolicyVocabulary", responses=problem_responses(401, 403))
def read_vocabulary(_found: Reader, runtime: RuntimeOf) -> vocabulary.PolicyVocabulary:
    """The names of the policy in force: questions, flags, classes, kinds of incident, forms and roles."""
    return vocabulary.of(runtime.policy.policy)


@router.get("/rulebook", operation_id="readRulebook", responses=_READ)
def read_rulebook(
    _found: Reader,
    runtime: RuntimeOf,
    version: Annotated[
        str | None, Query(pattern=r"^[0-9a-f]{64}$", description="The hash of another version than the one in force")
    ] = None,
) -> Rulebook:
    """The rules in words: classes, obligations, approvals of two parties, assignment, police requests, periodic duties."""
    return rulebook.read(runtime, version)


@router.post("/check", operation_id="checkPolicy", responses=problem_responses(401, 403, 413, 422))
def check_policy(body: DraftPolicy, _found: Drafter, runtime: RuntimeOf) -> PolicyCheck:
    """Every check of an upload without keeping it: faults by file and line, worked cases, overlaps, what it would change."""
    return checking.check(runtime, body)


@router.post("/explain", operation_id="explainCase", responses=_READ)
def explain_case(body: ExplainCase, _found: Asker, runtime: RuntimeOf) -> CaseExplanation:
    """What the rules say of a case and why: class, lead, obligations with due times and bases, approvals. Nothing is stored."""
    return versions.explained(runtime, body)


@router.get("/versions", operation_id="listPolicyVersions", responses=problem_responses(401, 403))
def list_versions(_found: Reader, runtime: RuntimeOf) -> PolicyVersions:
    """Every version of the rules with its signatures and its history."""
    return versions.listed(runtime)


@router.post("/versions", operation_id="draftPolicy", status_code=201, responses=_CHANGE)
def draft_policy(body: DraftPolicy, found: Drafter, runtime: RuntimeOf) -> PolicyVersion:
    """Upload a version. It is kept when every check holds: schema, totality, contradictions, worked cases, calendar."""
    return versions.draft(runtime, body, person=found.person)


@router.get("/versions/{sha256}", operation_id="readPolicyVersion", responses=_READ)
def read_version(sha256: Sha256, _found: Reader, runtime: RuntimeOf) -> PolicyDetail:
    """One version with what its checks say."""
    return versions.detail(runtime, sha256)


@router.get("/versions/{sha256}/differences", operation_id="comparePolicy", responses=_READ)
def compare_policy(
    sha256: Sha256, _found: Reader, runtime: RuntimeOf, against: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")] = None
) -> PolicyDifferences:
    """What a version changes against the one in force, or another: rules and worked cases in words."""
    return versions.compared(runtime, sha256, against=against)


@router.post("/versions/{sha256}/simulation", operation_id="simulatePolicy", responses=_READ)
def simulate_policy(
    sha256: Sha256,
    _found: Drafter,
    runtime: RuntimeOf,
    after: Annotated[str | None, Query(max_length=63, description="`next` of the answer before: the incidents behind it")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_INCIDENTS)] = MOST_INCIDENTS,
) -> Simulation:
    """What a version would have said of past incidents, the newest first. Nothing is written."""
    return versions.simulated(runtime, sha256, after=after, limit=limit)


@router.post("/versions/{sha256}/signatures", operation_id="signPolicy", responses=_CHANGE)
def sign_policy(sha256: Sha256, body: SignPolicy, found: Signer, runtime: RuntimeOf) -> PolicyVersion:
    """Hand in one's own signature (`khien policy sign` makes it where the key is)."""
    life.sign(runtime, sha256=sha256, signature=Signature(**body.model_dump(), method="ed25519"), person=found.person)
    return versions.version(runtime, sha256)


@router.post("/versions/{sha256}/paper", operation_id="enterPaperSignature", responses=_CHANGE)
def enter_paper(sha256: Sha256, body: PaperSignatureEntry, found: Signer, runtime: RuntimeOf) -> PolicyVersion:
    """Enter a signature on paper; it counts when a second person of another home entered the same."""
    entry = body.model_dump(exclude={"typed"})
    life.enter_paper(runtime, sha256=sha256, entry=entry, typed=body.typed, person=found.person)
    return versions.version(runtime, sha256)


@router.post("/versions/{sha256}/withdrawal", operation_id="withdrawPolicy", responses=_CHANGE)
def withdraw_policy(sha256: Sha256, body: WithdrawPolicy, found: Drafter, runtime: RuntimeOf) -> PolicyVersion:
    """Give up a version that is not in force."""
    life.withdraw(runtime, sha256=sha256, reason=body.reason, person=found.person)
    return versions.version(runtime, sha256)
