"""Alerts from the correlator's outbox."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from incident_api.http.schemas import Answer, Request
from khien.alert import Alert


class TriagePlace(Answer):
    """What a retried intake answers for one alert."""

    id: str
    outcome: Literal["created", "updated", "known"]


class AlertBatch(Request):
    """Alerts from the correlator's outbox."""

    alerts: Annotated[list[Alert], Field(min_length=1, max_length=500)]

    @model_validator(mode="before")
    @classmethod
    def _storable_only(cls, data: Any) -> Any:
        """Attackers write what is in alerts: refusing them would hide an attack, so `storable` escapes instead."""
        return data


class AlertBatchAnswer(Answer):
    """One result per alert, in the order they came."""

    results: list[TriagePlace]
