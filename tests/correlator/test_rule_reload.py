"""Hot reload: what changed in the folders runs, what did not keeps its state, what is broken takes nothing down."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.compiler.ruleset import compile_folders
from correlator.rule_reload import RuleReload
from tests.correlator.stream import RULES, Plant, login

RULE = """title: Rule {name}
id: 11111111-1111-4111-8111-1111111111{name}
name: rule_{name}
logsource: {{product: khien, service: host.auth}}
detection:
  selection: {{event.action: {action}}}
  condition: selection
level: high
"""
COUNT = """title: Many
id: 22222222-2222-4222-8222-222222222222
name: many
correlation:
  type: event_count
  rules: [rule_01]
  group-by: [source.ip]
  timespan: 5m
  condition: {gte: 3}
level: high
"""
FILTER = """title: Not the scanner
id: 55555555-5555-4555-8555-555555555555
name: not_scanner
logsource: {product: khien, service: host.auth}
filter:
  rules: [rule_01]
  selection: {user.name: scanner}
  condition: not selection
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name in ("01", "02"):
        write(folder / f"{name}.yml", RULE.format(name=name, action="login"))
    write(folder / "many.yml", COUNT)
    write(folder / "filter.yml", FILTER)
    return folder


def write(path: Path, text: str) -> None:
    """A write that is seen even within one tick of the file system's clock."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def versions(reload: RuleReload) -> dict[str, str]:
    plan = reload.current.plan
    rules = [one.rule for one in plan.detections] + [one.rule for one in plan.correlations]
    return {rule.name: rule.version for rule in rules}


def test_nothing_is_compiled_while_nothing_changes(folder: Path) -> None:
    reload = RuleReload([folder])
    assert not reload.look()
    assert reload.take() is None
    assert reload.trouble() is None


def test_a_new_a_changed_and_a_deleted_rule_are_offered_once_and_the_others_keep_their_version(folder: Path) -> None:
    reload = RuleReload([folder], cache=folder.parent / "rules.cache")
    before = versions(reload)
    write(folder / "03.yml", RULE.format(name="03", action="logout"))
    (folder / "02.yml").unlink()
    assert reload.look()
    taken = reload.take()
    assert taken is reload.current
    assert reload.take() is None
    assert set(versions(reload)) == {"rule_01", "rule_03", "many"}
    write(folder / "01.yml", RULE.format(name="01", action="logout"))
    assert reload.look()
    after = versions(reload)
    assert after["rule_01"] != before["rule_01"]
    # A correlation over a changed rule is another one; its state would mix what two rules mean.
    assert after["many"] != before["many"]


def test_a_comment_makes_no_new_version(folder: Path) -> None:
    reload = RuleReload([folder])
    before = versions(reload)
    write(folder / "01.yml", "# seen by the night shift\n" + RULE.format(name="01", action="login"))
    assert reload.look()
    assert versions(reload) == before


@pytest.mark.parametrize("name", ["01.yml", "many.yml", "filter.yml"])
@pytest.mark.parametrize("damage", ["not: [yaml", "title: Broken\nid: 99999999-9999-4999-8999-999999999999\ndetection: 5\n"])
def test_a_broken_new_document_leaves_the_old_version_running_and_is_named(folder: Path, name: str, damage: str) -> None:
    reload = RuleReload([folder])
    before = reload.current
    good = (folder / name).read_text()
    write(folder / name, damage)
    assert reload.look()
    assert (reload.current.ir, reload.current.plan) == (before.ir, before.plan)
    trouble = reload.trouble()
    assert trouble is not None
    assert trouble.code == "rule.old_version_kept"
    assert len(reload.current.rejections) == 1
    # It stays so with the next change elsewhere, and ends when the document is mended.
    write(folder / "02.yml", RULE.format(name="02", action="logout"))
    assert reload.look()
    assert len(reload.current.kept) == 1
    write(folder / name, good)
    assert reload.look()
    assert reload.trouble() is None
    assert not reload.current.kept


def test_a_folder_that_is_gone_takes_no_rule_away(folder: Path) -> None:
    reload = RuleReload([folder])
    before = reload.current
    moved = folder.rename(folder.with_name("elsewhere"))
    assert not reload.look()
    assert reload.current is before
    trouble = reload.trouble()
    assert trouble is not None
    assert trouble.code == "rule.path_missing"
    moved.rename(folder)
    reload.look()
    assert reload.trouble() is None


def test_a_table_of_the_site_that_is_broken_takes_no_rule_away(folder: Path) -> None:
    reload = RuleReload([folder])
    write(folder / "site.yml", "time_zone: Somewhere/Else")
    assert not reload.look()
    trouble = reload.trouble()
    assert trouble is not None
    assert trouble.code == "rule.site_invalid"
    write(folder / "site.yml", "time_zone: Asia/Ho_Chi_Minh")
    assert reload.look()
    assert reload.trouble() is None


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    shutil.copytree(RULES, tmp_path / "rules")
    plant = Plant(tmp_path, rules=compile_folders([tmp_path / "rules"]))
    yield plant
    plant.close()


def test_a_reload_in_the_middle_of_a_window_loses_nothing_of_an_unchanged_rule(plant: Plant, tmp_path: Path) -> None:
    """Four failures before, four after; the threshold of `ssh_bruteforce` is eight."""
    plant.promise(-1)
    plant.events([login(second) for second in range(4)])
    plant.promise(3.5)
    plant.settle()
    write(tmp_path / "rules" / "new.yml", RULE.format(name="77", action="logout"))
    assert plant.correlator.reload(compile_folders([tmp_path / "rules"]))
    assert not plant.correlator.reload(compile_folders([tmp_path / "rules"]))
    assert {rule.rule.name for rule in plant.correlator.rules.plan.detections} >= {"rule_77"}
    plant.events([login(second) for second in range(4, 8)])
    plant.promise(60)
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]
