"""A person as the services see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from incident_api.people.models import PersonRow
from incident_api.people.rights import Capacity, Right, capacity_of, is_unit_bound, rights_of


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by role; the id is also the account."""

    id: str
    name_vi: str
    name_en: str
    roles: tuple[str, ...]
    home: str
    language: Literal["vi", "en"]
    is_active: bool
    #: What an access token carries; None: everything that the roles give.
    limited_to: frozenset[Right] | None = None

    @classmethod
    def of(cls, row: PersonRow) -> Person:
        """From the table."""
        return cls(
            id=row.id,
            name_vi=row.name_vi,
            name_en=row.name_en,
            roles=tuple(row.roles),
            home=row.home,
            language=cast("Literal['vi', 'en']", row.language),
            is_active=row.is_active,
        )

    @property
    def rights(self) -> frozenset[Right]:
        """Everything the roles give, as far as the token of a script carries it."""
        given = rights_of(self.roles)
        return given if self.limited_to is None else given & self.limited_to

    @property
    def capacity(self) -> Capacity:
        """The one capacity this person acts in."""
        return capacity_of(self.roles)

    @property
    def unit(self) -> str | None:
        """The unit of somebody whose view is bound to one."""
        return self.home if is_unit_bound(self.roles) else None

    @property
    def visible_units(self) -> tuple[str, ...] | None:
        """Units whose alerts exist for this person; None = all."""
        return (self.home,) if is_unit_bound(self.roles) else None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for the record: a person in a capacity, or a job of ours."""

    id: str
    capacity: str | None
    home: str | None

    @classmethod
    def of(cls, person: Person) -> Actor:
        """A person."""
        return cls(person.id, person.capacity, person.home)

    @classmethod
    def job(cls, name: str) -> Actor:
        """A job of this process."""
        return cls(f"job:{name}", None, None)

    @classmethod
    def component(cls, name: str) -> Actor:
        """Another part of the platform, known by its certificate."""
        return cls(f"component:{name}", None, None)
