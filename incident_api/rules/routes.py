"""Rules: the list and one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right
from incident_api.rules import listing, reading
from incident_api.rules.published import MOST_RULES, RuleLevel, RuleState
from incident_api.rules.schemas import DatasetKind, RulesAnswer, RuleSort, RuleView

router = APIRouter(prefix="/rules", tags=["rules"])

Reader = Annotated[Caller, Depends(requires(Right.RULES_READ))]
RuleName = Annotated[str, Path(min_length=1, max_length=300, description="The row's id, or the rule's own")]
KindOf = Annotated[DatasetKind, Query(description="Which alerts are counted")]


@router.get("", operation_id="listRules", responses=problem_responses(401, 403, 422))
def list_rules(  # noqa: PLR0913, PLR0917 - a filter each
    found: Reader,
    runtime: RuntimeOf,
    q: Annotated[str | None, Query(max_length=200, description="Words, with or without tone marks")] = None,
    state: Annotated[list[RuleState] | None, Query(max_length=7)] = None,
    level: RuleLevel | None = None,
    technique: Annotated[str | None, Query(pattern=r"^[Tt]\d{4}(\.\d{3})?$")] = None,
    pack: Annotated[str | None, Query(max_length=300)] = None,
    dataset_kind: KindOf = "live",
    sort: RuleSort = "noise",
    offset: Annotated[int, Query(ge=0, le=MOST_RULES)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> RulesAnswer:
    """The rules in force, and those that are not, with what became of their alerts."""
    filters = listing.RuleFilters(text=q, states=tuple(state or ()), level=level, technique=technique, pack=pack, kind=dataset_kind)
    language = found.person.language
    return listing.listing(runtime, caller=found, filters=filters, sort=sort, language=language, offset=offset, limit=limit)


@router.get("/{name}", operation_id="readRule", responses=problem_responses(401, 403, 404, 422))
def read_rule(name: RuleName, found: Reader, runtime: RuntimeOf, dataset_kind: KindOf = "live") -> RuleView:
    """One rule with its text, what it needs, what was tuned upon it and what it made."""
    return reading.read(runtime, caller=found, name=name, kind=dataset_kind)
