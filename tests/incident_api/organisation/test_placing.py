"""Every alert belongs to the system, unit and contact of its own day, or is said to be nobody's."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_api.coordination.organisation import Organisation
from incident_api.organisation import placing
from incident_api.organisation.parts import Asset, Host, Network, Unit
from incident_api.organisation.registry import Registry
from incident_api.runtime import Runtime
from khien.alert import Entity, EntityKind, EntityRole
from khien.clock import parse_utc
from tests.incident_api.city import ROOT, START_US, Page, alert, post
from tests.incident_api.coordination.city_rules import policy

CITY = Organisation.load(ROOT / "coordination" / "example")
OLD_US = parse_utc("2025-06-30T12:00:00Z")


def test_an_address_of_a_ward_belonged_to_the_district_before_it_was_split() -> None:
    now = placing.place_of(CITY, policy(), address="10.30.1.21", at_us=START_US)
    then = placing.place_of(CITY, policy(), address="10.30.1.21", at_us=OLD_US)
    assert (now.asset, now.level, now.unit, now.contact and now.contact.id) == ("lan-p-an-binh", 2, "p-an-binh", "p-an-binh.head")
    assert (then.asset, then.unit, then.contact and then.contact.id) == ("lan-p-an-binh", "q-trung-tam", "q-trung-tam.head")


def test_what_nobody_registered_counts_as_level_three_and_the_office_of_the_committee_answers() -> None:
    found = placing.place_of(CITY, policy(), address="10.30.9.77", at_us=START_US)
    assert (found.is_known, found.level, found.unit) == (False, 3, None)
    assert found.contact is not None
    assert found.contact.unit == "vp-ubnd"


def test_a_machine_is_known_by_the_name_in_its_own_logs() -> None:
    assert placing.place_of(CITY, policy(), host="PHAN-GIAI", at_us=START_US).asset == "ad"


def test_an_alert_about_last_year_is_seen_by_the_unit_that_had_the_network_then(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh", target="10.30.1.21", at_us=OLD_US))
    (row,) = Page(runtime, "irt.analyst.2").rows()
    assert (row["asset"], row["unit"]) == ("lan-p-an-binh", "q-trung-tam")
    assert Page(runtime, "unit.contact.p-an-binh").rows() == []


def test_an_alert_from_elsewhere_without_a_stamp_finds_its_system_by_the_address(runtime: Runtime) -> None:
    post(runtime, alert(1, asset=None, unit=None, target="10.10.20.9"))
    (row,) = Page(runtime, "irt.analyst.2").rows()
    assert (row["asset"], row["unit"]) == ("mail", "vp-ubnd")


def test_a_row_names_what_was_attacked_and_else_the_machine_of_ours_that_did_it() -> None:
    # A resolver answered for the mail server: the alphabet would name `ad`.
    attacked = alert(1).model_copy(update={"assets": ("ad", "mail"), "units": ("p-an-binh", "vp-ubnd")})
    inside = Entity(kind=EntityKind.IP, value="10.10.20.10", role=EntityRole.SOURCE)
    seen = Entity(kind=EntityKind.DOMAIN, value="uy-tin-thu.example", role=EntityRole.OBSERVED)
    assert placing.chief_of(CITY, attacked.model_copy(update={"entities": (inside, seen)})) == ("mail", "vp-ubnd")
    target = Entity(kind=EntityKind.IP, value="10.10.60.53", role=EntityRole.TARGET)
    assert placing.chief_of(CITY, attacked.model_copy(update={"entities": (inside, target)}))[0] == "ad"
    assert placing.chief_of(CITY, attacked.model_copy(update={"entities": (seen,)})) == ("ad", "vp-ubnd")
    assert placing.chief_of(CITY, alert(1, asset=None, unit=None).model_copy(update={"entities": (seen,)})) == (None, None)


def test_an_alert_without_a_registered_address_stays_without_an_owner(runtime: Runtime) -> None:
    post(runtime, alert(1, asset=None, unit=None, target="10.30.9.77"))
    (row,) = Page(runtime, "irt.analyst.2").rows()
    assert (row["asset"], row["unit"]) == (None, None)


def test_a_network_that_moved_to_another_system_counts_for_the_one_it_was_on() -> None:
    moved = CITY.with_parts(
        networks=(
            *(each for each in CITY.networks if each.cidr != "10.10.80.0/24"),
            Network.model_validate({"cidr": "10.10.80.0/24", "asset": "mail", "to": "2026-10-31"}),
            Network.model_validate({"cidr": "10.10.80.0/24", "asset": "hop-tt", "from": "2026-11-01"}),
        )
    )
    stamped = alert(1, asset="hop-tt", target="10.10.80.5", at_us=parse_utc("2026-10-31T16:59:00Z"))
    assert placing.placed(moved, stamped, now_us=START_US).assets == ("mail",)
    later = alert(1, asset="hop-tt", target="10.10.80.5", at_us=parse_utc("2026-10-31T17:00:00Z"))
    assert placing.placed(moved, later, now_us=START_US) is later


@pytest.mark.parametrize(
    ("unit", "asset", "says"),
    [
        ({"from": "2025-01-01"}, {}, "does not exist all the time"),
        (
            {},
            {"earlier": [{"to": "2025-06-30", "owner": "u", "operator": "u"}, {"to": "2024-01-01", "owner": "u", "operator": "u"}]},
            "order",
        ),
        ({}, {"from": "2026-01-01", "earlier": [{"to": "2025-06-30", "owner": "u", "operator": "u"}]}, "outside the time"),
        ({}, {"from": "2026-01-02", "to": "2026-01-01"}, "later than"),
        ({}, {"personal_data": {"subjects": 5, "sensitive": 6}}, "more people"),
        ({}, {"from": "2026-02-30"}, "day is out of range|not a day"),
    ],
)
def test_times_that_cannot_be_are_refused(unit: dict[str, object], asset: dict[str, object], says: str) -> None:
    name = {"vi": "x", "en": "x"}
    with pytest.raises(ValueError, match=says):
        CITY.with_parts(
            units={**CITY.units, "u": Unit.model_validate({"name": name, **unit})},
            assets={**CITY.assets, "a": Asset.model_validate({"name": name, "level": 1, "owner": "u", "operator": "u", **asset})},
        )


_days = st.sampled_from(["2026-01-01", "2026-06-30", "2026-07-01", "2026-12-31"])
_networks = st.builds(
    lambda number, length, asset: Network(
        cidr=ipaddress.ip_network((number << 24 | 10 << 16, length), strict=False).compressed, asset=asset
    ),
    st.integers(0, 3),
    st.integers(4, 32),
    st.sampled_from(["a", "b", "c"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_networks, max_size=12, unique_by=lambda each: each.cidr), st.integers(0, 2**26 - 1), _days)
def test_the_longest_prefix_is_the_one_that_a_plain_search_finds(networks: list[Network], number: int, day: str) -> None:
    address = ipaddress.ip_address(number)
    holding = [each for each in networks if address in ipaddress.ip_network(each.cidr)]
    expected = max(holding, key=lambda each: ipaddress.ip_network(each.cidr).prefixlen, default=None)
    registry = Registry(networks=networks, hosts=[Host(name="h", asset="a")])
    assert registry.asset_of_address(str(address), day=day) == (expected.asset if expected else None)
    assert registry.knows(str(address)) is bool(holding)


def test_an_incident_about_last_year_belongs_to_who_had_the_system_then(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh", target="10.30.1.21", at_us=OLD_US))
    page = Page(runtime, "irt.analyst.2")
    opened = page.post("/incidents", {"title": "Việc cũ", "groups": [page.rows()[0]["id"]]})
    assert opened.status_code == 201, opened.text
    assert [(each["id"], each["owner"]) for each in opened.json()["assets"]] == [("lan-p-an-binh", "q-trung-tam")]
    now = page.post("/incidents", {"title": "Việc mới", "assets": ["lan-p-an-binh"]})
    assert [(each["id"], each["owner"]) for each in now.json()["assets"]] == [("lan-p-an-binh", "p-an-binh")]
