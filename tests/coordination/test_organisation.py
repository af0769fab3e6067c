"""The example city: complete, consistent, and what the lab's addresses belong to."""

from __future__ import annotations

import ipaddress
import shutil
from pathlib import Path

import pytest

from incident_api.coordination.organisation import Organisation
from khien.errors import KhienError

EXAMPLE = Path(__file__).resolve().parents[2] / "coordination" / "example"
CITY = Organisation.load(EXAMPLE)
DAY = "2026-11-23"
INVENTORY = CITY.inventory_on(DAY)

#: The lab's hosts (lab/plan.py) and the assets and units that the city page gives them.
LAB = {
    "10.10.10.10": ("cong-tt", "vp-ubnd"),
    "10.10.20.10": ("mail", "vp-ubnd"),
    "10.10.60.53": ("ad", "vp-ubnd"),
    "10.10.99.10": ("ttdl", "vp-ubnd"),
    "10.30.1.21": ("lan-p-an-binh", "p-an-binh"),
    "10.30.2.21": ("lan-x-vinh-loc", "x-vinh-loc"),
}


def longest(address: str) -> dict[str, str] | None:
    """What ingest does with the inventory, the plain way."""
    found = ipaddress.ip_address(address)
    holding = [each for each in INVENTORY["networks"] if found in ipaddress.ip_network(each["cidr"])]
    return max(holding, key=lambda each: ipaddress.ip_network(each["cidr"]).prefixlen, default=None)


@pytest.mark.parametrize("address", LAB)
def test_the_inventory_knows_the_hosts_of_the_lab(address: str) -> None:
    network = longest(address)
    assert network is not None
    assert (network["asset"], network["unit"]) == LAB[address]


def test_a_host_that_nobody_registered_belongs_to_nobody() -> None:
    assert longest("10.30.9.77") is None
    assert not CITY.is_inside("10.30.9.77")
    assert CITY.is_inside("10.30.1.21")
    assert not CITY.is_inside("not an address")


def test_the_version_of_the_inventory_changes_with_its_content_only(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "city")
    assert Organisation.load(tmp_path / "city").inventory_on(DAY)["version"] == INVENTORY["version"]
    path = tmp_path / "city" / "organisation.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("level: 2, owner: vp-ubnd", "level: 3, owner: vp-ubnd", 1))
    assert Organisation.load(tmp_path / "city").inventory_on(DAY)["version"] != INVENTORY["version"]


def test_the_homes_allow_every_rule_of_two_homes_to_be_tested_both_ways() -> None:
    """City page: leader, one shift lead and two analysts from `ca-tp`, the rest of the team from `tt-dl`."""
    police = [name for name, each in CITY.people.items() if name.startswith("irt.") and each.home == "ca-tp"]
    assert sorted(name.rpartition(".")[0] if name[-1].isdigit() else name for name in police) == [
        "irt.analyst",
        "irt.analyst",
        "irt.leader",
        "irt.shift_lead",
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("home: so-nv}", "home: nowhere}", "home of auditor"),
        ("asset: mail}", "asset: post}", "asset of network"),
        ("10.10.20.0/24", "10.10.20.1/24", "host bits set"),
        ("roles: [auditor]", "roles: [king]", "not a role"),
        ("level: 2", "level: 7", "less than or equal to 5"),
    ],
)
def test_a_name_that_points_nowhere_is_refused_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "city")
    path = tmp_path / "city" / "organisation.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KhienError) as caught:
        Organisation.load(tmp_path / "city")
    assert caught.value.code == "policy.invalid"
    assert says in caught.value.sentence()
