"""The account of a folder: what runs and can never fire is said, and a pack from outside owes us no Vietnamese."""

from __future__ import annotations

from pathlib import Path

from correlator.lint.report import Because, report
from correlator.packs.store import PackStore
from khien.clock import SystemClock

CLOUD = """title: In the cloud
id: 11111111-1111-4111-8111-111111111111
level: low
logsource: {product: macos, category: process_creation}
detection: {s: {eventName: x}, condition: s}
"""
FILTER = """title: Nobody's filter
id: 22222222-2222-4222-8222-222222222222
logsource: {product: windows}
filter: {rules: [33333333-3333-4333-8333-333333333333], s: {a.b: c}, condition: not s}
"""


def test_a_rule_whose_log_source_nothing_delivers_is_named_silent(tmp_path: Path) -> None:
    (tmp_path / "cloud.yml").write_text(CLOUD)
    found = report([tmp_path])
    assert [(one.title, one.because) for one in found.silent] == [("In the cloud", Because.WITHOUT_SOURCE)]


def test_a_filter_that_meets_no_rule_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "cloud.yml").write_text(CLOUD)
    (tmp_path / "filter.yml").write_text(FILTER)
    assert "unused_filter" in report([tmp_path]).by_code()


def test_a_pack_from_outside_owes_no_cases_and_no_vietnamese(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "cloud.yml").write_text(CLOUD)
    (source / "LICENSE").write_text("Detection Rule License (DRL) 1.1")
    assert {"no_tests", "no_title_vi"} <= set(report([source]).by_code())
    packs = PackStore(tmp_path / "packs", clock=SystemClock())
    folder = packs.folder_of(packs.install(source, name="cloud"))
    assert not {"no_tests", "no_title_vi", "no_triage"} & set(report([folder]).by_code())
