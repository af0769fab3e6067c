"""The organisation's files: both forms say the same, a round trip gives the same bytes, a fault is told with its place."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Organisation
from incident_api.organisation import importing, reading, writing
from khien.errors import KhienError
from tests.incident_api.city import ROOT

EXAMPLE = ROOT / "coordination" / "example"
CITY = Organisation.load(EXAMPLE)
ROTA, KEYS = read_document(EXAMPLE / "rota.yaml"), read_document(EXAMPLE / "keys.yaml")
YAML, CSV = writing.as_yaml(CITY), writing.as_csv(CITY)


def read(files: dict[str, str], *, before: Organisation | None = None) -> Organisation:
    return reading.organisation_of(importing.source_of(files, before=before), rota=ROTA, keys=KEYS)


@pytest.mark.parametrize("files", [YAML, CSV], ids=["yaml", "csv"])
def test_what_is_written_reads_as_the_same_organisation_and_is_written_as_the_same_bytes(files: dict[str, str]) -> None:
    again = read(files)
    assert again == CITY
    assert writing.as_yaml(again) == YAML
    assert writing.as_csv(again) == CSV


def test_a_table_that_is_not_given_stays_as_it_is_in_force() -> None:
    hosts = CSV["hosts.csv"] + "may-moi,mail,,\r\n"
    after = read({"hosts.csv": hosts}, before=CITY)
    assert [each.name for each in after.hosts] == [*(each.name for each in CITY.hosts), "may-moi"]
    assert (after.assets, after.contacts) == (CITY.assets, CITY.contacts)
    # Assets without the table of their owners keep the owners they had.
    assert read({"assets.csv": CSV["assets.csv"]}, before=CITY) == CITY


def test_a_spreadsheet_of_vietnamese_settings_separates_by_semicolons() -> None:
    rows = csv.reader(io.StringIO(CSV["units.csv"].removeprefix("\ufeff"), newline=""))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    assert read({"units.csv": out.getvalue()}, before=CITY) == CITY


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("=+-@'\t\r\n,\";ab đ"), min_size=1, max_size=12).filter(lambda each: each.strip()))
def test_no_cell_is_a_formula_and_every_text_comes_back(name: str) -> None:
    units = dict(CITY.units)
    units["p-tan-hoa"] = units["p-tan-hoa"].model_copy(update={"name": units["p-tan-hoa"].name.model_copy(update={"vi": name})})
    city = CITY.with_parts(units=units)
    text = writing.as_csv(city)["units.csv"]
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert read({"units.csv": text}, before=CITY).units["p-tan-hoa"].name.vi == name


BROKEN: list[tuple[dict[str, str], tuple[str, int, int], str]] = [
    ({"organisation.yaml": "id: x\nunits: {a: [}\n"}, ("organisation.yaml", 2, 13), "expected"),
    ({"organisation.yaml": "id: x\nid: y\n"}, ("organisation.yaml", 1, 1), "twice"),
    (
        {"organisation.yaml": YAML["organisation.yaml"].replace("level: 2", "level: 9", 1)},
        ("organisation.yaml", 23, 71),
        "less than",
    ),
    ({"units.csv": "id;name\n"}, ("units.csv", 1, 2), "the columns are"),
    ({"units.csv": CSV["units.csv"] + "x,y\r\n"}, ("units.csv", 14, 2), "2 cells in place of 6"),
    ({"units.csv": CSV["units.csv"] + "so-yt,y,y,,,\r\n"}, ("units.csv", 14, 1), "twice"),
    (
        {"assets.csv": CSV["assets.csv"].replace("công vụ,Official e-mail,2,", "công vụ,Official e-mail,two,")},
        ("assets.csv", 2, 4),
        "whole number",
    ),
    (
        {"assets.csv": CSV["assets.csv"].replace("công vụ,Official e-mail,2,", "công vụ,Official e-mail,9,")},
        ("assets.csv", 2, 4),
        "less than",
    ),
    ({"networks.csv": CSV["networks.csv"] + "10.10.20.1/24,mail,,\r\n"}, ("networks.csv", 31, 1), "host bits"),
    ({"networks.csv": CSV["networks.csv"] + "10.10.20.0/24,mail,,\r\n"}, ("networks.csv", 31, 1), "twice on one day"),
    (
        {"contacts.csv": CSV["contacts.csv"].replace("mail:tiep-nhan@mps.example", "mail:tiep nhan")},
        ("contacts.csv", 7, 5),
        "not an address",
    ),
    ({"owners.csv": CSV["owners.csv"] + "nowhere,2024-01-01,so-yt,so-yt,\r\n"}, ("owners.csv", 4, 1), "not known"),
    ({"hosts.csv": CSV["hosts.csv"] + "h,nowhere,,\r\n"}, ("hosts.csv", 6, 1), "`nowhere` is not known"),
]


@pytest.mark.parametrize(
    ("files", "spot", "says"), BROKEN, ids=[f"{spot[0]}-{number}" for number, (_, spot, _) in enumerate(BROKEN)]
)
def test_a_fault_is_told_with_its_file_line_and_column(files: dict[str, str], spot: tuple[str, int, int], says: str) -> None:
    with pytest.raises(KhienError) as caught:
        read(files, before=CITY)
    params: Any = caught.value.params
    assert caught.value.code == "organisation.invalid"
    assert (params["file"], params["line"], params["column"]) == spot
    assert says in caught.value.sentence()


def test_files_without_any_table_are_said_to_be_none() -> None:
    with pytest.raises(KhienError) as caught:
        read({"readme.txt": "x"}, before=CITY)
    assert caught.value.code == "organisation.no_files"
