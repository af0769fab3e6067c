"""Alerts of other tools, and warnings of authorities, as a script or a person posts them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.alerts.schemas.words import SeverityName
from incident_api.http.schemas import MOST, Answer, Microseconds, Request
from khien.alert import EntityKind, EntityRole

ForeignKind = Literal["alert", "warning"]
ForeignTlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
_Text = Annotated[str, Field(min_length=1, max_length=300)]
_Long = Annotated[str, Field(max_length=8000)]


class ForeignEntity(Request):
    """Something that the alert names."""

    kind: EntityKind
    value: Annotated[str, Field(min_length=1, max_length=1000)]
    role: EntityRole = EntityRole.OBSERVED


class PostAlert(Request):
    """One alert of another tool, or a warning (cảnh báo) of an authority. The same source and reference is the same alert."""

    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="Which tool or channel")]
    source_ref: Annotated[str, Field(min_length=1, max_length=200, description="Its name there; unique in the source")]
    kind: ForeignKind = "alert"
    authority: Annotated[str | None, Field(max_length=200, description="Who warns; needed for a warning")] = None
    document_number: Annotated[str | None, Field(max_length=100, description="Number of the letter or telegram")] = None
    rule: Annotated[str, Field(max_length=100, description="What spoke there, when the tool has rules")] = ""
    title_vi: _Text
    title_en: _Text | None = None
    description_vi: _Long = ""
    description_en: _Long = ""
    level: SeverityName
    tlp: ForeignTlp = "AMBER"
    dataset: Annotated[str, Field(max_length=80)] = "live"
    first_us: Annotated[int | None, Field(ge=0, le=MOST, description="Event time; without one: now")] = None
    last_us: Annotated[int | None, Field(ge=0, le=MOST)] = None
    hits: Annotated[int, Field(ge=1, le=MOST)] = 1
    entities: Annotated[tuple[ForeignEntity, ...], Field(max_length=500)] = ()
    tags: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,100}$")], ...], Field(max_length=50)] = ()
    references: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "warning") != (self.authority is not None):
            raise ValueError("a warning names the authority, and nothing else does")
        if self.last_us is not None and (self.first_us is None or self.last_us < self.first_us):
            raise ValueError("last_us is before first_us")
        return self


class PostedAlert(Answer):
    """What became of it; `known`: nothing changed."""

    id: str
    group: str
    outcome: Literal["created", "updated", "known"]


class ForeignView(Answer):
    """Where an alert of the group came from, when not from our own detection."""

    alert_id: str
    source: str
    source_ref: str
    kind: ForeignKind
    authority: str | None
    document_number: str | None
    tlp: ForeignTlp
    posted_by: str
    received_us: Microseconds
