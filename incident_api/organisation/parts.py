"""The pieces of the organisation's files, each refused with its place when it is misspelt (city and coordination designs).

Dates are days of the city (`2025-06-30`); both ends belong to the time in which something holds, and no date means no end.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from incident_api.people.rights import ROLE_CAPACITY
from khien.clock import CITY_ZONE, MICROSECONDS

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Tlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
#: TLP 2.0, from open to closed.
TLP_ORDER: tuple[Tlp, ...] = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
ChannelKind = Literal["mail", "sms", "voice", "webhook", "syslog", "app"]


def _is_day(text: str) -> str:
    if dt.date.fromisoformat(text).isoformat() != text:
        msg = f"`{text}` is not a day such as 2026-11-23"
        raise ValueError(msg)
    return text


#: ISO 8601, so that days compare as text.
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_is_day)]


def day_of(at_us: int) -> str:
    """The day in the city."""
    return dt.datetime.fromtimestamp(at_us // MICROSECONDS, tz=CITY_ZONE).date().isoformat()


class Part(BaseModel):
    """A piece of a file that people write: what is misspelt is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Part):
    """A text in both languages."""

    vi: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Dated(Part):
    """Something that holds from a day to a day."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError("`from` is later than `to`")
        return self

    def holds(self, day: str) -> bool:
        """Whether it holds on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)

    def overlaps(self, other: Dated) -> bool:
        """Whether there is a day on which both hold."""
        starts_in_time = self.from_ is None or other.to is None or self.from_ <= other.to
        return starts_in_time and (other.from_ is None or self.to is None or other.from_ <= self.to)

    def covers(self, other: Dated) -> bool:
        """Whether this holds whenever the other does."""
        starts = self.from_ is None or (other.from_ is not None and self.from_ <= other.from_)
        return starts and (self.to is None or (other.to is not None and other.to <= self.to))


class Unit(Dated):
    """An agency of the city. `successors`: who answers for it after it ended."""

    name: Text
    successors: tuple[Identifier, ...] = ()


class PersonalData(Part):
    """Whose personal data a system holds: how many people, and of how many it is sensitive data (Personal Data Law 91/2025)."""

    subjects: Annotated[int, Field(ge=1)]
    sensitive: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _parts_fit_the_whole(self) -> Self:
        if self.sensitive > self.subjects:
            raise ValueError("more people with sensitive data than people")
        return self

    @property
    def kind(self) -> Literal["basic", "sensitive"]:
        """Sensitive as soon as it is so for one person."""
        return "sensitive" if self.sensitive else "basic"


class Ownership(Part):
    """Who owned and ran a system up to a day; a level that is not given is the present one."""

    to: Day
    owner: Identifier
    operator: Identifier
    level: Annotated[int | None, Field(ge=1, le=5)] = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who had a system on a day, and its level then."""

    owner: str
    operator: str
    level: int


class Asset(Dated):
    """A monitored system. `earlier`: its owners before the present one, the oldest first. `tlp`: of alerts about it."""

    name: Text
    level: Annotated[int, Field(ge=1, le=5)]
    owner: Identifier
    operator: Identifier
    flags: tuple[Literal["military", "city_portal"], ...] = ()
    earlier: tuple[Ownership, ...] = ()
    personal_data: PersonalData | None = None
    tlp: Tlp | None = None

    @model_validator(mode="after")
    def _owners_follow_one_another(self) -> Self:
        days = [each.to for each in self.earlier]
        if days != sorted(set(days)):
            raise ValueError("`earlier` is not in the order of time")
        if days and ((self.from_ is not None and days[0] < self.from_) or (self.to is not None and days[-1] >= self.to)):
            raise ValueError("an earlier owner is outside the time of the asset")
        return self

    def on(self, day: str) -> Standing | None:
        """Who had it on a day; None when it did not exist."""
        if not self.holds(day):
            return None
        before = next((each for each in self.earlier if day <= each.to), None)
        if before is None:
            return Standing(self.owner, self.operator, self.level)
        return Standing(before.owner, before.operator, before.level or self.level)

    def times_of_owners(self) -> Iterator[tuple[str, Dated]]:
        """Each owner and operator with the time in which they had it."""
        start = self.from_
        for each in self.earlier:
            time = Dated.model_validate({"from": start, "to": each.to})
            yield each.owner, time
            yield each.operator, time
            start = (dt.date.fromisoformat(each.to) + dt.timedelta(days=1)).isoformat()
        time = Dated.model_validate({"from": start, "to": self.to})
        yield self.owner, time
        yield self.operator, time

    @property
    def owners_and_operators(self) -> tuple[tuple[str, str], ...]:
        """All that ever were, the present ones last."""
        return (*((each.owner, each.operator) for each in self.earlier), (self.owner, self.operator))


class Network(Dated):
    """Addresses of an asset."""

    cidr: str
    asset: Identifier

    @model_validator(mode="after")
    def _is_a_network(self) -> Self:
        ipaddress.ip_network(self.cidr)
        return self


class Host(Dated):
    """A machine of an asset, by the name that its own logs carry."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    asset: Identifier


class RosterPerson(Part):
    """Somebody by role.

    `identities`: their accounts on monitored systems, for conflicts of interest. `units`: whose alerts they may handle, none =
    every unit's. `availability`: the share of a full post, by which open work weighs more.
    """

    name: Text
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    home: Identifier
    skills: tuple[Identifier, ...] = ()
    desk: tuple[Identifier, ...] = ()
    clearance: Tlp = "AMBER+STRICT"
    identities: tuple[Annotated[str, Field(pattern=r"^\S{1,320}$")], ...] = ()
    units: tuple[Identifier, ...] = ()
    availability: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _roles_are_known(self) -> Self:
        for role in self.roles:
            if role not in ROLE_CAPACITY:
                msg = f"`{role}` is not a role"
                raise ValueError(msg)
        return self


class SigningKey(Part):
    """A public Ed25519 key (32 bytes, base64) and whose it is."""

    person: Identifier
    public: Annotated[str, Field(min_length=44, max_length=44)]


#: What an address must look like; none can carry a line break into a header or a command of a modem.
_ADDRESSES: dict[str, re.Pattern[str]] = {
    "mail": re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"),
    "sms": re.compile(r"\+?[0-9]{3,15}"),
    "voice": re.compile(r"\+?[0-9]{3,15}"),
    "webhook": re.compile(r"https://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]{1,500}"),
    "syslog": re.compile(r"(?:tls|tcp|udp)://[A-Za-z0-9.\[\]:-]{1,253}:[0-9]{1,5}"),
    "app": re.compile(r"[a-z0-9][a-z0-9._-]{0,62}"),
}


class Channel(Part):
    """One way to reach somebody."""

    kind: ChannelKind
    address: str

    @model_validator(mode="after")
    def _address_fits(self) -> Self:
        if _ADDRESSES[self.kind].fullmatch(self.address) is None:
            msg = f"`{self.address[:80]}` is not an address for {self.kind}"
            raise ValueError(msg)
        return self


class ContactEntry(Dated):
    """Where a recipient of the rules, a unit's function (`p-an-binh.head`) or a person is reached; the primary channel first.

    `deputies`: other contacts or people, asked when nobody answers. `verified_on`: when somebody last tried it.
    """

    id: Identifier
    name: Text
    unit: Identifier | None = None
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=8)]
    deputies: tuple[Identifier, ...] = ()
    verified_on: Day | None = None
