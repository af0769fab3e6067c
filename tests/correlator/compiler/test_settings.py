"""The site's table: placeholders, time zones, pipelines; what is wrong in it is one clear error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from correlator import ir
from correlator.compiler.ruleset import compile_folders
from correlator.compiler.settings import offsets_of, read_settings
from khien.errors import KhienError

RULE = """title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {product: khien, service: host.auth}
detection:
  selection: {SELECTION}
  condition: selection
"""


def program(folder: Path, selection: str) -> ir.Node:
    (folder / "rule.yml").write_text(RULE.replace("SELECTION", selection))
    (found,) = compile_folders([folder]).plan.detections
    return found.program.program


def test_placeholders_are_filled_in_every_combination(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("placeholders: {city: [Huế, 'Đà*'], n: 7}")
    assert program(tmp_path, "f|expand: '%city%-%n%'") == ir.Or((ir.Text("f", ("Huế-7",)), ir.Text("f", ("Đà", ir.ANY_RUN, "-7"))))
    assert program(tmp_path, r"f|expand: '100\% %n%'") == ir.Text("f", ("100% 7",))
    assert program(tmp_path, "f|re|expand: '^%n%.%n%$'") == ir.Regex("f", r"^7.7(?:\n?\z)")
    assert program(tmp_path, "f: '%n%'") == ir.Text("f", ("%n%",))


def test_values_of_several_folders_are_one_table_and_a_zone_is_of_its_folder(tmp_path: Path) -> None:
    for name, text in {"a": "placeholders: {x: [1]}\ntime_zone: Asia/Ho_Chi_Minh", "b": "placeholders: {x: [2]}"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "site.yml").write_text(text)
    settings = read_settings([tmp_path / "a", tmp_path / "b"])
    assert settings.placeholders == {"x": ("1", "2")}
    assert settings.of_pack(str(tmp_path / "a"))[-1][1] == 7 * 3_600
    assert settings.of_pack(str(tmp_path / "b")) == ((0, 0),)


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"])
def test_the_offsets_of_a_zone_are_those_of_the_time_zone_database(zone: str) -> None:
    offsets = offsets_of(zone)
    for year in range(1991, 2059):
        for month, day, hour in ((1, 15, 0), (3, 31, 1), (7, 1, 12), (10, 27, 1), (11, 5, 6)):
            moment = datetime(year, month, day, hour, 30, tzinfo=UTC)
            wanted = moment.astimezone(ZoneInfo(zone)).utcoffset()
            assert wanted is not None
            since = [east for start, east in offsets if start <= moment.timestamp()]
            assert since[-1] == wanted.total_seconds(), moment


def test_a_pipeline_of_the_site_comes_before_our_names(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("pipelines: [../own.yml]")
    (tmp_path.parent / "own.yml").write_text(
        "name: own\npriority: 10\ntransformations:\n- {id: a, type: field_name_mapping, mapping: {Nguoi: user.name}}\n"
    )
    assert program(tmp_path, "Nguoi: x") == ir.Text("user.name", ("x",))


@pytest.mark.parametrize(
    "text",
    [
        "placeholder: {x: [1]}",
        "placeholders: 5",
        "placeholders: {x: []}",
        "placeholders: {x: [[1]]}",
        "time_zone: Mars/Olympus",
        "time_zone: ../../etc/passwd",
        "pipelines: [none.yml]",
        "pipelines: [code.yml]",
        "pipelines: [wrong.yml]",
        "a: [",
        "x: &a 1\ny: *a",
        "--- {}\n--- {}",
    ],
)
def test_a_table_that_cannot_be_used_is_one_error_with_its_place(text: str, tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(text)
    (tmp_path / "rule.yml").write_text(RULE.replace("SELECTION", "f: x"))
    # A template may name a file of Python code, which pySigma runs.
    (tmp_path / "code.yml").write_text("name: x\npriority: 1\npostprocessing: [{type: template, template: x, vars: evil.py}]")
    (tmp_path / "wrong.yml").write_text("name: x\npriority: 1\ntransformations: [{id: a, type: no_such_thing}]")
    with pytest.raises(KhienError) as caught:
        compile_folders([tmp_path])
    assert caught.value.code == "rule.site_invalid"
    assert str(caught.value.location).endswith("site.yml")
