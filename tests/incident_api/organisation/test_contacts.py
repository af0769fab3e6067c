"""Recipients' names lead to somebody who can be reached, on the day on which something is sent."""

from __future__ import annotations

import pytest

from incident_api.coordination.organisation import Organisation
from incident_api.organisation import contacts
from incident_api.organisation.parts import ContactEntry
from incident_api.runtime import Runtime
from khien.clock import parse_utc
from khien.errors import KhienError
from tests.incident_api.city import ROOT, START_US, add_person
from tests.incident_api.coordination.city_rules import policy

CITY = Organisation.load(ROOT / "coordination" / "example")
#: Before and after midnight in the city, where the district ended on 30/06/2025.
LAST_DAY_US, NEXT_DAY_US = parse_utc("2025-06-30T16:59:59Z"), parse_utc("2025-06-30T17:00:00Z")


@pytest.mark.parametrize("profile", ["vn-2026", "vn-2017"])
def test_every_recipient_that_the_rules_can_produce_is_somebody(profile: str) -> None:
    names = contacts.recipients_of(CITY, policy(profile))
    assert "owner:city_pc_office" in names
    assert {"city_police.intake", "irt.shift_lead"} <= set(names) or profile == "vn-2017"
    assert contacts.unreached(CITY, policy(profile), at_us=START_US) == ()


def test_a_recipient_that_nobody_answers_for_is_named() -> None:
    fewer = CITY.with_parts(
        contacts=tuple(each for each in CITY.contacts if each.id != "mps.duty" and "mps.duty" not in each.deputies)
    )
    assert contacts.unreached(fewer, policy(), at_us=START_US) == ("mps.duty", "mps.intake")


def test_the_primary_channel_comes_first_and_a_person_can_always_be_told_on_the_page() -> None:
    intake = contacts.find(CITY, "city_police.intake", at_us=START_US)
    assert intake is not None
    assert [each.kind for each in intake.channels] == ["mail", "sms"]
    assert (intake.deputies, intake.unit, intake.is_stale) == (("city_police.duty",), "ca-tp", False)
    leader = contacts.find(CITY, "irt.leader", at_us=START_US)
    assert leader is not None
    assert [each.kind for each in leader.channels] == ["mail", "sms", "voice", "app"]


def test_an_owner_is_reached_through_the_head_of_the_unit_and_a_unit_that_ended_through_its_heirs() -> None:
    found = [contacts.find(CITY, "owner:q-trung-tam", at_us=each) for each in (LAST_DAY_US, NEXT_DAY_US)]
    assert [each.id if each else None for each in found] == ["q-trung-tam.head", "p-an-binh.head"]
    unknown = contacts.find(CITY, "owner:city_pc_office", at_us=START_US)
    assert unknown is not None
    assert unknown.id == "vp-ubnd.head"


def test_what_means_somebody_else_in_every_case_is_asked_for_each_unit() -> None:
    units = ("p-an-binh", "x-phu-my")
    assert contacts.scoped("unit.head", owners=("vp-ubnd",), units=units) == ("unit.head:p-an-binh", "unit.head:x-phu-my")
    assert contacts.scoped("owner.dpo", owners=("so-yt",), units=units) == ("owner.dpo:so-yt",)
    assert contacts.scoped("mps.duty", owners=("vp-ubnd",), units=units) == ("mps.duty",)
    found = contacts.find(CITY, "unit.head:x-phu-my", at_us=START_US)
    assert found is not None
    assert found.id == "x-phu-my.head"


def test_a_role_means_whoever_is_on_duty_in_it(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        assert contacts.resolve(runtime, session, "irt.shift_lead", at_us=START_US).id == "irt.shift_lead.2"


def test_an_entry_that_nobody_tried_for_more_than_a_year_is_stale() -> None:
    # Verified on 15/09/2026: 365 days later it still counts, a day after that it is warned about.
    for day, stale in (("2027-09-15T05:00:00Z", False), ("2027-09-16T05:00:00Z", True)):
        found = contacts.find(CITY, "mps.duty", at_us=parse_utc(day))
        assert found is not None
        assert found.is_stale is stale
    assert contacts.stale(CITY, at_us=START_US) == ()
    assert len(contacts.stale(CITY, at_us=parse_utc("2027-12-01T00:00:00Z"))) == len(CITY.contacts) - 1


def test_somebody_made_on_this_machine_is_told_on_the_page_and_nobody_is_an_error(runtime: Runtime) -> None:
    add_person(runtime, "khach", role="irt.analyst", home="tt-dl")
    with runtime.database.read() as session:
        guest = contacts.resolve(runtime, session, "khach", at_us=START_US)
        assert [(each.kind, each.address) for each in guest.channels] == [("app", "khach")]
        with pytest.raises(KhienError) as caught:
            contacts.resolve(runtime, session, "nobody", at_us=START_US)
    assert caught.value.code == "contact.unknown"


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("mail", "a@b.example\r\nBcc: c@d.example"),
        ("mail", "no-at-sign"),
        ("sms", "+84 12"),
        ("sms", "113;AT"),
        ("webhook", "http://plain.example"),
        ("syslog", "siem.example"),
    ],
)
def test_an_address_that_could_carry_something_else_is_refused(kind: str, address: str) -> None:
    row = {"id": "x", "name": {"vi": "x", "en": "x"}, "channels": [{"kind": kind, "address": address}]}
    with pytest.raises(ValueError, match="not an address"):
        ContactEntry.model_validate(row)
