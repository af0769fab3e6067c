"""Bodies of the ledger."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from incident_api.http.schemas import Answer, Microseconds, Request


class PublishLedger(Request):
    """The correlator's ledger: counts by source and reason, as it committed them."""

    ledger: dict[str, Any]


class ComponentLedger(Answer):
    """The last ledger that a component gave."""

    component: str
    received_us: Microseconds
    ledger: dict[str, Any]


class AlertCounts(Answer):
    """What this API took in and where it stands."""

    posted: Annotated[int, Field(ge=0)]
    created: int
    updated: int
    known: int
    stored: int
    groups: int


class LedgerAnswer(Answer):
    """`read = stored + duplicates + rejected(by reason) + spooled`, as the stages counted it, and the alerts here."""

    components: list[ComponentLedger]
    alerts: AlertCounts
    balances: bool
