"""What is asked of the queue, as query parameters: the same for the list, its strip and whatever else reads it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from incident_api.alerts import queue
from incident_api.alerts.schemas import Life, SeverityName, State, Tab
from incident_api.http.schemas import MOST

_Value = Annotated[str | None, Query(max_length=300, description="Empty: those without one")]


def asked(  # noqa: PLR0913, PLR0917 - each is a query parameter of the document
    tab: Tab = "team",
    dataset: Annotated[
        list[str] | None,
        Query(description="`live` (default), `import`, `exercise`, or one dataset such as `exercise:lab`", max_length=20),
    ] = None,
    severity: Annotated[list[SeverityName] | None, Query()] = None,
    state: Annotated[list[State] | None, Query()] = None,
    life: Annotated[list[Life] | None, Query(description="Only groups with alerts of which late events or tuning say so")] = None,
    rule: Annotated[str | None, Query(max_length=200, description="Rule id or name")] = None,
    asset: _Value = None,
    unit: _Value = None,
    source: _Value = None,
    destination: _Value = None,
    technique: _Value = None,
    incident: _Value = None,
    assignee: Annotated[str | None, Query(max_length=128)] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words, tone marks do not matter")] = None,
    since_us: Annotated[int | None, Query(ge=0, le=MOST, description="Last seen at or after")] = None,
    until_us: Annotated[int | None, Query(ge=0, le=MOST, description="First seen before")] = None,
    before_us: Annotated[int | None, Query(ge=0, le=MOST, description="Last seen before")] = None,
) -> queue.Filters:
    """The filter of a request."""
    return queue.Filters(
        tab=tab,
        datasets=tuple(dataset or ("live",)),
        severities=tuple(severity or ()),
        states=tuple(state or ()),
        lives=tuple(life or ()),
        rule=rule,
        asset=asset,
        unit=unit,
        source=source,
        destination=destination,
        technique=technique,
        incident=incident,
        assignee=assignee,
        text=q,
        since_us=since_us,
        until_us=until_us,
        before_us=before_us,
    )


FiltersOf = Annotated[queue.Filters, Depends(asked)]
