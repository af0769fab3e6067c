"""The alert: what a rule says, the unit of triage (docs/concepts/contracts.md, section 5).

Made by the correlator, kept by the stores, answered by the incident API. The same id again is an update: hits, last time and event
ids grow, nothing else changes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

#: Raised when a field changes its meaning; adding one keeps it.
ALERT_SCHEMA = 1  # `Alert.schema_version`
#: An alert names its first events; the count goes on.
EVENT_IDS_KEPT = 100


class Level(StrEnum):
    """Sigma's levels that make alerts; `informational` is stored and never an alert."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def severity(self) -> int:
        """1 (low) … 4 (critical)."""
        return list(Level).index(self) + 1


class EntityKind(StrEnum):
    """What an entity is."""

    IP = "ip"
    HOST = "host"
    USER = "user"
    DOMAIN = "domain"
    URL = "url"
    FILE_HASH = "file_hash"
    MAIL = "mail"


class EntityRole(StrEnum):
    """What an entity did."""

    SOURCE = "source"
    TARGET = "target"
    OBSERVED = "observed"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AlertRule(_Part):
    """The rule that spoke, as it was at that time; titles in both languages."""

    id: str
    version: str
    name: str
    title: dict[Literal["vi", "en"], str]
    description: dict[Literal["vi", "en"], str]
    level: Level
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    #: Who wrote it: the Detection Rule License asks that the author stays with what the rule says.
    author: str = ""
    false_positives: dict[Literal["vi", "en"], tuple[str, ...]] = Field(default_factory=dict)
    triage: dict[Literal["vi", "en"], tuple[str, ...]] = Field(default_factory=dict)
    skills: tuple[str, ...] = ()


class Group(_Part):
    """The fields and values that the alert is about; both empty for a rule without a group."""

    fields: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class Window(_Part):
    """Event time in microseconds since 1970 UTC; both ends belong to it."""

    start_us: int
    end_us: int


class Entity(_Part):
    """Something named by the events."""

    kind: EntityKind
    value: str
    role: EntityRole


class Leaf(_Part):
    """One comparison of a rule that held on the sample event."""

    selection: str
    field: str | None
    expected: str
    actual: str


class Explanation(_Part):
    """Why it fired: of a single event its condition and leaves; of a correlation the count against its threshold and window.

    `observed` is a count, or of the numeric types a decimal number as text.
    """

    kind: Literal[
        "event",
        "event_count",
        "value_count",
        "temporal",
        "temporal_ordered",
        "value_sum",
        "value_avg",
        "value_median",
        "value_percentile",
    ]
    condition: str
    leaves: tuple[Leaf, ...] = ()
    sample: dict[str, Any] | None = None
    threshold: str | None = None
    observed: int | str | None = None
    timespan_us: int | None = None
    members: tuple[dict[Literal["vi", "en"], str], ...] = ()
    #: Counts of groups that had been forgotten were carried on as an estimate, which may be too high.
    estimated: bool = False


class Alert(_Part):
    """An alert. Times are event times in microseconds since 1970 UTC."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    schema_version: Literal[1] = 1
    dataset: str
    rule: AlertRule
    severity: Annotated[int, Field(ge=1, le=4)]
    group: Group
    window: Window
    first_us: int
    last_us: int
    hits: Annotated[int, Field(ge=1)]
    event_ids: Annotated[tuple[str, ...], Field(max_length=EVENT_IDS_KEPT)]
    event_count: Annotated[int, Field(ge=0)]
    entities: tuple[Entity, ...] = ()
    assets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    complete: bool
    explanation: Explanation
    #: An alert that covers this one, found when late events were evaluated again; and the other way round.
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()
    #: Late events showed that it was none.
    withdrawn: bool = False
    #: How often late events changed what it says.
    amended: Annotated[int, Field(ge=0)] = 0
    #: Further alerts that a suppression counted into this one, and which suppressions did.
    folded: Annotated[int, Field(ge=0)] = 0
    suppressions: tuple[str, ...] = ()
