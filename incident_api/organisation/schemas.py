"""Bodies of the organisation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request

TableName = Literal["city", "parties", "units", "assets", "networks", "hosts", "people", "contacts"]
ChangeKind = Literal["added", "changed", "ended", "removed"]


class RefusedOrganisation(Answer):
    """A folder on disk that was not taken at a start, and why."""

    at_us: Microseconds
    code: str
    text: LocalText


class OrganisationAnswer(Answer):
    """The organisation in force. `stale_contacts`: that nobody tried for a year; `unreached`: recipients without one."""

    id: str
    name: LocalText
    version: str
    number: int
    sha256: str
    origin: Literal["folder", "import"]
    since_us: Microseconds
    adopted_by: str
    units: int
    assets: int
    networks: int
    people: int
    contacts: int
    inventory_version: str
    stale_contacts: list[str]
    unreached: list[str]
    refused: RefusedOrganisation | None


class UnitView(Answer):
    """An agency; days are days of the city, no day means no end."""

    id: str
    name: LocalText
    from_day: str | None
    to_day: str | None
    is_present: bool
    successors: list[str]
    contact: str | None


class UnitsAnswer(Answer):
    """Agencies that this person may see."""

    at_us: Microseconds
    units: list[UnitView]


class PersonalDataView(Answer):
    """Whose personal data a system holds."""

    kind: Literal["basic", "sensitive"]
    subjects: int
    sensitive: int


class AssetView(Answer):
    """A system as it stood on the day, with its addresses then."""

    id: str
    name: LocalText
    level: int
    owner: str
    operator: str
    flags: list[str]
    tlp: str | None
    personal_data: PersonalDataView | None
    networks: list[str]
    hosts: list[str]
    contact: str | None


class AssetsAnswer(Answer):
    """A page of systems in the order of their ids."""

    at_us: Microseconds
    assets: list[AssetView]
    total: int
    next: str | None


class ChannelView(Answer):
    """One way to reach somebody."""

    kind: Literal["mail", "sms", "voice", "webhook", "syslog", "app"]
    address: str


class ContactView(Answer):
    """Where somebody is reached; the primary channel first."""

    id: str
    name: LocalText
    unit: str | None
    channels: list[ChannelView]
    deputies: list[str]
    verified_on: str | None
    is_stale: bool


class ContactsAnswer(Answer):
    """Contacts that hold on the day."""

    at_us: Microseconds
    contacts: list[ContactView]


class PlaceAnswer(Answer):
    """Whose an address or a machine was. `is_known` false: chưa xác định chủ quản, and the rules say who answers."""

    at_us: Microseconds
    is_known: bool
    asset: str | None
    level: int
    unit: str | None
    operator: str | None
    contact: ContactView | None


class PreviewOrganisation(Request):
    """An import: `organisation.yaml`, or tables such as `assets.csv`; a table that is not given stays as it is."""

    files: Annotated[dict[str, str], Field(min_length=1, max_length=12)]


class OrganisationChange(Answer):
    """One row that the import changes. `fields`: what differs in it."""

    table: TableName
    id: str
    kind: ChangeKind
    fields: list[str]


class OrganisationPreviewAnswer(Answer):
    """What the import would do; `left_off` changes are counted and not listed. `working`: people with open work who would go."""

    token: str
    base: int
    expires_us: Microseconds
    counts: dict[ChangeKind, int]
    changes: list[OrganisationChange]
    left_off: int
    stale_contacts: list[str]
    working: list[str]


class OrganisationFiles(Answer):
    """The organisation as files, formulas neutralised."""

    files: dict[str, str]
