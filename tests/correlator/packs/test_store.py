"""A pack keeps its licence and its bytes: what changed after the import is named and not run, the others are."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.packs.manifest import MANIFEST, hashes_of
from correlator.packs.store import PackStore
from khien.clock import SystemClock
from khien.errors import KhienError

DRL = "Detection Rule License (DRL) 1.1\n\nPermission is hereby granted …\n"


def rule(number: int, level: str = "low") -> str:
    return (
        f"title: Rule {number}\nid: 11111111-1111-4111-8111-{number:012d}\nauthor: An\nlevel: {level}\n"
        "logsource: {product: khien, service: host.auth}\ndetection: {s: {event.action: login}, condition: s}\n"
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "LICENSE").write_text(DRL)
    for number in range(3):
        (folder / f"r{number}.yml").write_text(rule(number))
    return folder


@pytest.fixture
def packs(tmp_path: Path) -> PackStore:
    return PackStore(tmp_path / "packs", clock=SystemClock())


def test_a_pack_is_off_until_it_is_activated(packs: PackStore, source: Path) -> None:
    manifest = packs.install(source, name="sigma")
    assert (manifest.licence, manifest.licence_file) == ("DRL-1.1", "LICENSE")
    assert packs.active_folders() == ([], [])
    packs.activate(manifest)
    assert packs.active_folders() == ([packs.folder_of(manifest)], [])
    packs.deactivate("sigma")
    assert packs.active_folders() == ([], [])


def test_the_same_bytes_are_the_same_pack(packs: PackStore, source: Path) -> None:
    assert packs.install(source, name="sigma").digest == packs.install(source, name="sigma").digest
    assert len(packs.packs()) == 1


def test_a_newer_pack_is_compared_with_the_active_one(packs: PackStore, source: Path) -> None:
    packs.activate(packs.install(source, name="sigma"))
    (source / "r0.yml").unlink()
    (source / "r1.yml").write_text(rule(1, "high"))
    (source / "r9.yml").write_text(rule(9))
    newer = packs.install(source, name="sigma")
    difference = packs.difference(newer)
    assert difference is not None
    assert [one[-1] for one in (*difference.added, *difference.removed, *difference.changed)] == ["9", "0", "1"]
    assert packs.active()["sigma"] != newer.digest


@pytest.mark.parametrize("change", ["byte", "new", "gone", "manifest", "hashes"])
def test_what_was_changed_after_the_import_is_named_and_not_run_and_the_others_are(
    packs: PackStore, source: Path, change: str
) -> None:
    good = packs.install(source, name="good")
    bad = packs.install(source, name="bad")
    for manifest in (good, bad):
        packs.activate(manifest)
    folder = packs.folder_of(bad)
    victim = folder / "r1.yml"
    victim.chmod(0o644)
    if change == "byte":
        victim.write_text(rule(1).replace("login", "logout"))
    elif change == "new":
        (folder / "more.yml").write_text(rule(7))
    elif change == "gone":
        victim.unlink()
    elif change == "manifest":
        (folder / MANIFEST).write_text("{}")
    else:  # the rule and its hash together: the digest still gives it away
        victim.write_text(rule(1).replace("login", "logout"))
        text = (folder / MANIFEST).read_text()
        new = hashes_of({"r1.yml": victim.read_bytes()})["r1.yml"]
        (folder / MANIFEST).write_text(text.replace(bad.files["r1.yml"], new))
    folders, errors = packs.active_folders()
    assert folders == [packs.folder_of(good)]
    assert [error.code for error in errors] == ["pack.altered"]
    with pytest.raises(KhienError) as caught:
        packs.activate(bad)
    assert caught.value.code == "pack.altered"


def test_a_pack_without_a_licence_is_refused_unless_one_is_given(packs: PackStore, source: Path, tmp_path: Path) -> None:
    (source / "LICENSE").unlink()
    with pytest.raises(KhienError) as caught:
        packs.install(source, name="sigma")
    assert caught.value.code == "pack.no_licence"
    (tmp_path / "DRL.txt").write_text(DRL)
    assert packs.install(source, name="sigma", licence=tmp_path / "DRL.txt").licence == "DRL-1.1"
