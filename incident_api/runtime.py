"""The parts one process is put together from, handed to every service instead of globals."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from incident_api.audit.progress import Walking
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy
from incident_api.database import Database
from incident_api.duty.roster import Roster
from incident_api.notifications.settings import NotificationSettings
from incident_api.settings import IncidentApiSettings
from incident_api.stream.bus import Bus
from khien.clock import Clock
from khien.errors import KhienError


class EventReader(Protocol):
    """What this API needs of an event store: the lines of these events, those that exist."""

    def get_events(self, ids: Sequence[str], *, dataset: str | None = None) -> dict[str, bytes]:
        """Line by event id; what is not stored is missing."""


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policy that decides now."""

    policy: Policy
    sha256: str
    since_us: int

    @property
    def label(self) -> str:
        """What audit rows store: id, version and the start of the hash."""
        return f"{self.policy.id} {self.policy.version} {self.sha256[:16]}"


@dataclass(slots=True)
class Runtime:
    """Settings, clock, store, organisation and the policy in force."""

    settings: IncidentApiSettings
    clock: Clock
    database: Database
    organisation: Organisation
    bus: Bus
    events: EventReader | None = None
    #: The ways out of the house; none unless the folder of data has a file of them.
    notifications: NotificationSettings = field(default_factory=lambda: NotificationSettings())  # noqa: PLW0108 - mypy
    #: Of the organisation's version in the store; both are replaced together (`organisation.versions.follow`).
    organisation_number: int = 0
    #: Policies by hash that open incidents were opened under; as many as there were versions.
    pinned: dict[str, Policy] = field(default_factory=dict)
    #: The rota in force by what it was read from (`duty.current`).
    rosters: dict[tuple[int, int, int, str], Roster] = field(default_factory=dict)
    #: The verification of the audit log that goes on, if one does.
    walking: Walking | None = None
    _policy: PolicyInForce | None = None
    _refusal: str = "–"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def policy(self) -> PolicyInForce:
        """The policy in force, or `policy.none_in_force`."""
        with self._lock:
            if self._policy is None:
                raise KhienError("policy.none_in_force", reason=self._refusal)
            return self._policy

    def put_in_force(self, policy: PolicyInForce) -> None:
        """From the next decision on."""
        with self._lock:
            self._policy = policy

    def refuse(self, reason: str) -> None:
        """Remember why a policy was not loaded."""
        with self._lock:
            self._refusal = reason
